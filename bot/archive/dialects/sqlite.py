"""SQLite: one file with a write-ahead log, or a database in memory with one connection."""

import fcntl
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event

from bot.archive.dialects import LOCKED, NO_TABLES
from bot.errors import ArchiveError

_PRAGMAS = (
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -1000",  # KiB per connection; the operating system caches the file anyway
)
_DAMAGED = "The database file is damaged, or is no SQLite database: restore it, or name another in DATABASE_URL."
_READ_ONLY = "The database is not writable: give this user the right to write to its file and folder."
_SENTENCES = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: LOCKED,
        sqlite3.SQLITE_LOCKED: LOCKED,
        sqlite3.SQLITE_FULL: "The disk is full: free some space where the database file is.",
        sqlite3.SQLITE_READONLY: _READ_ONLY,
        sqlite3.SQLITE_CANTOPEN: "The database file cannot be opened: its folder must exist and be writable.",
        sqlite3.SQLITE_CORRUPT: _DAMAGED,
        sqlite3.SQLITE_NOTADB: _DAMAGED,
        sqlite3.SQLITE_IOERR: "The disk fails under the database: see the system's log.",
    }
)
_IMMEDIATE = "archive_immediate"


class Sqlite:
    """Implements the protocol `Dialect`."""

    leader_is_alone = True  # the lock of a file ends only with its process

    def create_engine(self, url: URL, *, busy: timedelta) -> Engine:
        """Return an engine. `busy` is how long a writer waits for another one."""
        if url.database:
            with closing(sqlite3.connect(url.database, timeout=busy.total_seconds())) as connection:
                connection.execute("PRAGMA journal_mode = WAL")  # readers never wait for a writer
        engine = create_engine(
            url,
            poolclass=QueuePool,
            pool_size=0 if url.database else 1,  # a second connection would open a second, empty database
            max_overflow=-1 if url.database else 0,
            connect_args={  # `_begin` sends BEGIN; the pool gives a connection to one thread at a time
                "timeout": busy.total_seconds(),
                "isolation_level": None,
                "check_same_thread": False,
            },
            hide_parameters=True,  # they contain names and numbers, and errors are logged
        )
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine

    def for_reading(self, engine: Engine) -> Engine:
        """Use deferred transactions, which see one snapshot from their first statement."""
        return engine

    def for_writing(self, engine: Engine) -> Engine:
        """Use BEGIN IMMEDIATE. A deferred transaction that reads and then writes fails if another one wrote meanwhile.

        Source: SQLite, "Transaction", 2.1.
        """
        return engine.execution_options(**{_IMMEDIATE: True})

    def error_text(self, error: BaseException | None) -> str:
        """Return a sentence by SQLite's result code."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the higher bits are the extended code
        if code == sqlite3.SQLITE_ERROR and str(error).startswith(("no such table", "no such column")):
            return NO_TABLES
        return _SENTENCES.get(code) or f"The database refuses: {error}."

    def quotes_values(self, error: BaseException | None) -> bool:  # noqa: ARG002 - the protocol's
        """Return False: SQLite's errors contain only names of tables and columns."""
        return False

    def leader_lock(self, url: URL) -> "FileLock | None":
        """Return a lock on `<database file>.lock`; None for a database in memory."""
        if not url.database:
            return None
        file = Path(url.database)
        return FileLock(file.with_name(f"{file.name}.lock"))


class FileLock:
    """A lock on a file. The kernel releases it when the process ends, also after a crash."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def acquire(self) -> bool:
        """Acquire the lock without waiting. Returns False if another process has it."""
        if self._file is None:
            try:
                self._file = self._path.open("ab")
            except OSError as error:
                raise ArchiveError(
                    f"The lock {self._path} cannot be opened: its folder must exist and be writable."
                ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Release the lock."""
        if self._file is not None:
            self._file.close()


def _prepare(connection: Any, _record: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma).close()


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get(_IMMEDIATE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
