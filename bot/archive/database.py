"""Open the database, and run functions in a thread, each in one transaction.

SQLAlchemy's AsyncConnection would switch threads for every statement. Each switch can take 5 ms while the event loop is
busy.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from bot.archive.dialects import Dialect
from bot.archive.dialects.postgresql import Postgresql
from bot.archive.dialects.sqlite import Sqlite
from bot.errors import ArchiveError

BUSY = timedelta(seconds=5)
"""How long a writer waits for the lock of another process."""
READERS = 3
"""Threads that read, each with its own connection. One stays free while two run slow counts. With more, the threads
would mostly wait for the interpreter's lock."""

Answer = TypeVar("Answer")


class Database:
    """Runs transactions. `work` is a synchronous function that takes a SQLAlchemy connection; it runs in a thread.

    If the caller is cancelled, a transaction that has started continues to its end.
    """

    def __init__(
        self, engine: Engine, dialect: Dialect, *, readers: ThreadPoolExecutor, writer: ThreadPoolExecutor
    ) -> None:
        self.engine = engine
        self.dialect = dialect
        self._reading, self._writing = dialect.for_reading(engine), dialect.for_writing(engine)
        self._readers, self._writer = readers, writer

    async def read(self, work: Callable[[Connection], Answer]) -> Answer:
        """Run `work` in a transaction that sees one snapshot of the database. Raises ArchiveError."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._run, self._reading, work)

    async def write(self, work: Callable[[Connection], Answer]) -> Answer:
        """Run `work` in a transaction without any other writer between its statements. Raises ArchiveError.

        Writers of this process run one after the other in one thread. Writers of other processes wait in the database,
        for at most `busy`.
        """
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._run, self._writing, work)

    def _run(self, engine: Engine, work: Callable[[Connection], Answer]) -> Answer:
        with _archive_errors(self.dialect), engine.begin() as connection:
            return work(connection)


@asynccontextmanager
async def open_database(database_url: str, *, busy: timedelta = BUSY) -> AsyncIterator[Database]:
    """Open `sqlite:///path`, `sqlite://` (a database in memory) or `postgresql://user:password@host/name`.

    Raises ArchiveError if a file cannot be opened, and for all other URLs.
    """
    url = read_url(database_url)
    dialect = dialect_of(url)
    with _archive_errors(dialect):
        engine = await asyncio.to_thread(dialect.create_engine, url, busy=busy)
    writer = ThreadPoolExecutor(1, thread_name_prefix="archive-writer")
    is_shared = url.drivername == "sqlite" and not url.database  # memory has one connection, so use one thread
    readers = writer if is_shared else ThreadPoolExecutor(READERS, thread_name_prefix="archive-reader")
    try:
        yield Database(engine, dialect, readers=readers, writer=writer)
    finally:
        for threads in (readers, writer):
            await asyncio.to_thread(threads.shutdown, cancel_futures=True)
        engine.dispose()


def read_url(database_url: str) -> URL:
    """Parse the URL and set the driver. Raises ArchiveError without the URL, which may contain a password."""
    try:
        url = make_url(database_url)
    except ArgumentError:
        raise ArchiveError("DATABASE_URL is not a URL such as sqlite:///recordings.db.") from None
    kind = url.drivername.partition("+")[0]
    if kind in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if kind != "sqlite":
        raise ArchiveError(
            f"DATABASE_URL names {url.drivername}: use a file, such as sqlite:///recordings.db, or postgresql://…"
        )
    database = "" if url.database in {None, ":memory:"} else url.database
    return url.set(drivername="sqlite", database=database)


def dialect_of(url: URL) -> Dialect:
    """Return the dialect for a URL from `read_url`."""
    return Sqlite() if url.drivername == "sqlite" else Postgresql()


def database_file(database_url: str) -> Path | None:
    """Return the path of the database file; None if it is not a file. Raises ArchiveError."""
    url = read_url(database_url)
    return Path(url.database) if url.drivername == "sqlite" and url.database else None


@contextmanager
def _archive_errors(dialect: Dialect) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        cause = None if dialect.quotes_values(error.orig) else error
        raise ArchiveError(dialect.error_text(error.orig)) from cause
    except sqlite3.Error as error:  # raised by `create_engine` of the dialect, which opens the file without SQLAlchemy
        raise ArchiveError(dialect.error_text(error)) from error
