"""PostgreSQL through psycopg 3.

psycopg and not asyncpg, because transactions run in threads here: psycopg has a synchronous API, and sends text
parameters without a type. asyncpg is fast only with an event loop.
"""

from contextlib import suppress
from datetime import timedelta
from types import MappingProxyType

from sqlalchemy import URL, Connection, Engine, NullPool, QueuePool, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from bot.archive.dialects import LOCKED, NO_TABLES
from bot.errors import ArchiveError

WRITER_KEY, LEADER_KEY = 7_305_001, 7_305_002
"""Keys of our advisory locks, which belong to one database of the server."""
CONNECT_SECONDS = 5

_NO_DRIVER = "PostgreSQL needs a driver: install it with pip install '.[postgresql]'."
_LOST = "The connection to PostgreSQL was lost: see whether the server runs."
_CROWDED = "PostgreSQL has no connection left: raise its max_connections, or stop what uses it."
_READ_ONLY = "PostgreSQL only takes reads: name the primary server in DATABASE_URL, not a standby."
_NO_RIGHT = "PostgreSQL refuses this user: make it the owner of the database in DATABASE_URL."
_BY_STATE = MappingProxyType(
    {
        "25006": _READ_ONLY,
        "53100": "The disk of the PostgreSQL server is full: free some space there.",
        "53300": _CROWDED,
        "42P01": NO_TABLES,
        "42703": NO_TABLES,
        "42501": _NO_RIGHT,
        "55P03": LOCKED,
        "40P01": LOCKED,
        "57P01": _LOST,
        "57P02": _LOST,
        "57P03": "PostgreSQL is starting or stopping: it is tried again.",
    }
)
_BY_WORDS = (
    ("password authentication failed", "PostgreSQL refuses the password: see the user and password in DATABASE_URL."),
    ("no password supplied", "PostgreSQL wants a password: add it to DATABASE_URL, as in postgresql://user:password@…"),
    ('database "', "PostgreSQL has no such database: create it, or correct its name in DATABASE_URL."),
    ('role "', "PostgreSQL has no such user: create it, or correct its name in DATABASE_URL."),
    ("too many clients", _CROWDED),
    ("remaining connection slots", _CROWDED),
    ("pg_hba.conf", "PostgreSQL lets nobody in from here: allow this host, user and database in its pg_hba.conf."),
)
"""Parts of messages of libpq, which reports a refused login without an SQLSTATE."""
_NO_SERVER = "PostgreSQL cannot be reached: see that the server runs, and host and port in DATABASE_URL."
_WRITING = "archive_writing"


class Postgresql:
    """Implements the protocol `Dialect`."""

    leader_is_alone = False  # a connection can break, which ends its lock, while a post is being sent

    def create_engine(self, url: URL, *, busy: timedelta) -> Engine:
        """Return an engine, not connected yet. `busy` is how long a writer waits for another one."""
        try:
            engine = create_engine(
                url,
                poolclass=QueuePool,
                pool_size=0,
                max_overflow=-1,
                pool_pre_ping=True,  # the server may have been restarted
                connect_args={
                    "connect_timeout": CONNECT_SECONDS,
                    "options": f"-c lock_timeout={max(busy // timedelta(milliseconds=1), 1)} -c timezone=UTC",
                },
                hide_parameters=True,  # they contain names and numbers, and errors are logged
            )
        except ModuleNotFoundError as error:
            raise ArchiveError(_NO_DRIVER) from error
        event.listen(engine, "begin", _begin)
        return engine

    def for_reading(self, engine: Engine) -> Engine:
        """Use REPEATABLE READ, which sees one snapshot from its first statement."""
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def for_writing(self, engine: Engine) -> Engine:
        """Use READ COMMITTED with an advisory lock, so that each statement sees the commits of earlier writers."""
        return engine.execution_options(**{_WRITING: True})

    def error_text(self, error: BaseException | None) -> str:
        """Return a sentence by SQLSTATE; if the connection fails, by the message of libpq."""
        state = getattr(error, "sqlstate", None)
        if state is None:
            words = str(error)
            if "failed to resolve host" in words:
                return _NO_SERVER
            if "connection" in words and ("failed" in words or "could not" in words or "timeout" in words):
                return next((sentence for part, sentence in _BY_WORDS if part in words), _NO_SERVER)
            return _LOST if "connection" in words else f"The database refuses: {type(error).__name__}."
        if state.startswith("08"):
            return _LOST
        words = "" if self.quotes_values(error) else getattr(getattr(error, "diag", None), "message_primary", "")
        return _BY_STATE.get(state) or f"The database refuses: {words or state}."

    def quotes_values(self, error: BaseException | None) -> bool:
        """Return True for error class 22, which quotes the wrong value, and 23, which quotes the wrong row."""
        return str(getattr(error, "sqlstate", None) or "").startswith(("22", "23"))

    def leader_lock(self, url: URL) -> "AdvisoryLock":
        """Return a session-level advisory lock."""
        return AdvisoryLock(self, url)


class AdvisoryLock:
    """A session-level advisory lock of the server, which ends with its connection.

    If the connection breaks, another process may become the leader before this one ends. Then `claimed_until` prevents
    that both post the same delivery.
    """

    def __init__(self, dialect: Postgresql, url: URL) -> None:
        self._dialect = dialect
        self._engine = create_engine(
            url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": CONNECT_SECONDS, "keepalives_idle": 10},
        )
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Acquire the lock without waiting. Returns False if another process has it."""
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            locked = self._connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": LEADER_KEY})
            return bool(locked.scalar_one())
        except DBAPIError as error:
            raise ArchiveError(self._dialect.error_text(error.orig)) from error

    def release(self) -> None:
        """Release the lock."""
        if self._connection is not None:
            with suppress(DBAPIError):  # a broken connection has released it already
                self._connection.execute(text("SELECT pg_advisory_unlock_all()"))  # closing would release it later
            self._connection.close()


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get(_WRITING):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_KEY})")
