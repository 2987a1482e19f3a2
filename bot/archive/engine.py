"""The SQLite database: one file, and transactions that mean what they say.

Readers see one moment and never wait. Writers of this process queue for one lock, so that they go in turn instead
of fighting for the file; writers of other processes wait in SQLite, for as long as `busy` says.

What people ask is read as a whole in a thread. An AsyncConnection would go to its thread and back for every
statement, and wait each time until the interpreter changes threads: up to 5 ms while the event loop is busy.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.errors import ArchiveError

BUSY = timedelta(seconds=5)
"""How long a writer waits for one of another process."""
CONNECTIONS = 4
"""Each is a thread; more than this wait for one another."""
READERS = 3
"""Threads that look up what people ask, each with a connection of its own, once they are needed: one is free while two
count everything. More of them would wait for the interpreter more than for the disk."""

Answer = TypeVar("Answer")

_WRITERS = "archive_writers"
_READERS = "archive_readers"
_IMMEDIATE = "archive_immediate"

_PRAGMAS = (
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -1000",  # KiB of each connection; the system keeps the file in memory anyway
)

_NO_TABLES = "The database has no tables yet, or old ones: run `python -m bot migrate`."
_LOCKED = "The database is locked by another process: let it finish or stop it."
_DAMAGED = "The database file is damaged, or is no SQLite database: restore it, or name another in DATABASE_URL."
_SENTENCES = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_FULL: "The disk is full: free some space where the database file is.",
    sqlite3.SQLITE_READONLY: "The database is not writable: give this user the right to write to its file and folder.",
    sqlite3.SQLITE_CANTOPEN: "The database file cannot be opened: its folder must exist and be writable.",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_IOERR: "The disk fails under the database: see the system's log.",
}


@dataclass(frozen=True, slots=True)
class _Readers:
    """Who reads what people ask."""

    engine: Engine
    threads: Executor

    def read(self, ask: Callable[[Connection], Answer]) -> Answer:
        """Ask, in this thread."""
        with self.engine.begin() as connection:
            return ask(connection)


@asynccontextmanager
async def open_engine(database_url: str, *, busy: timedelta = BUSY) -> AsyncIterator[AsyncEngine]:
    """Open `sqlite:///path`, or `sqlite://` for a database in memory that lives as long as the engine.

    Raises ArchiveError for a file that cannot be opened, and for any other kind of URL.
    """
    url = read_url(database_url)
    if url.database:
        with _archive_errors():
            await asyncio.to_thread(_open_file, url.database, busy)
    async with _readers(url, busy) as readers:
        engine = create_async_engine(
            url,
            poolclass=AsyncAdaptedQueuePool,
            pool_size=CONNECTIONS if url.database else 1,  # a second connection would open a second, empty memory
            execution_options={_WRITERS: asyncio.Lock(), _READERS: readers},
            **_options(busy),
        )
        _listen(engine.sync_engine)
        try:
            yield engine
        finally:
            await engine.dispose()


@asynccontextmanager
async def _readers(url: URL, busy: timedelta) -> AsyncIterator[_Readers | None]:
    """None for a database in memory, which only one connection can see."""
    if not url.database:
        yield None
        return
    engine = create_engine(url.set(drivername="sqlite"), poolclass=QueuePool, pool_size=READERS, **_options(busy))
    _listen(engine)
    threads = ThreadPoolExecutor(READERS, thread_name_prefix="archive")
    try:
        yield _Readers(engine, threads)
    finally:
        await asyncio.to_thread(threads.shutdown, cancel_futures=True)
        engine.dispose()


def _options(busy: timedelta) -> dict[str, Any]:
    return {
        "max_overflow": 0,
        "connect_args": {  # we say BEGIN ourselves; a pool gives a connection to one thread at a time
            "timeout": busy.total_seconds(),
            "isolation_level": None,
            "check_same_thread": False,
        },
        "hide_parameters": True,  # they hold names and numbers, and errors are logged
    }


def _listen(engine: Engine) -> None:
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)


async def look_up(engine: AsyncEngine, ask: Callable[[Connection], Answer]) -> Answer:
    """What `ask` reads, in one transaction and in a thread: everything in it is of one moment. Raises ArchiveError.

    Whoever gives up does not end it: it is read to its end.
    """
    readers: _Readers | None = engine.get_execution_options()[_READERS]
    with _archive_errors():
        if readers is not None:
            return await asyncio.get_running_loop().run_in_executor(readers.threads, readers.read, ask)
        async with engine.begin() as connection:
            return await connection.run_sync(ask)


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction that only reads: everything in it is of one moment. Raises ArchiveError."""
    with _archive_errors():
        async with engine.begin() as connection:
            yield connection


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction that may write, alone from its first line on. Raises ArchiveError.

    BEGIN IMMEDIATE: a transaction that reads first and then writes would be refused, without waiting, when another
    one has written in between. Source: SQLite, "Transaction", 2.1.
    """
    with _archive_errors():
        async with engine.get_execution_options()[_WRITERS], engine.connect() as connection:
            await connection.execution_options(**{_IMMEDIATE: True})
            async with connection.begin():
                yield connection


def read_url(database_url: str) -> URL:
    """The URL with the driver that we use. Raises ArchiveError; the text, which may hold a password, is not in it."""
    try:
        url = make_url(database_url)
    except ArgumentError:
        raise ArchiveError("DATABASE_URL is not a URL such as sqlite:///recordings.db.") from None
    if url.drivername not in {"sqlite", "sqlite+aiosqlite"}:
        raise ArchiveError(f"DATABASE_URL names {url.drivername}: use a file, such as sqlite:///recordings.db.")
    database = "" if url.database in {None, ":memory:"} else url.database
    return url.set(drivername="sqlite+aiosqlite", database=database)


def database_file(database_url: str) -> Path | None:
    """Where the database is; None when it is in memory. Raises ArchiveError."""
    database = read_url(database_url).database
    return Path(database) if database else None


def _open_file(database: str, busy: timedelta) -> None:
    """See that the file can be opened, and give it its journal: a write-ahead log, by which readers never wait."""
    with closing(sqlite3.connect(database, timeout=busy.total_seconds())) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def _prepare(connection: Any, _record: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma).close()


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get(_IMMEDIATE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def _archive_errors() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise ArchiveError(_sentence(error.orig)) from error
    except sqlite3.Error as error:  # raised while a file is opened, where SQLAlchemy has no part
        raise ArchiveError(_sentence(error)) from error
    except PoolTimeout as error:
        raise ArchiveError("The database is too slow: all its connections have been busy for long.") from error


def _sentence(error: BaseException | None) -> str:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the rest of it is detail
    if code == sqlite3.SQLITE_ERROR and str(error).startswith(("no such table", "no such column")):
        return _NO_TABLES
    return _SENTENCES.get(code) or f"The database refuses: {error}."
