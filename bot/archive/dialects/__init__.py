"""What differs between SQLite and PostgreSQL. Everything else in `bot.archive` is portable SQLAlchemy Core."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import URL, Connection, Engine, Table
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

HIGHEST = 2**63 - 1
"""The largest integer that both databases store."""
NO_TABLES = "The database has no tables yet, or old ones: run `python -m bot migrate`."
LOCKED = "The database is locked by another process: let it finish or stop it."


class Lock(Protocol):
    """A lock of one database. It is released when the process ends. Its methods may raise ArchiveError."""

    def acquire(self) -> bool:
        """Acquire the lock without waiting. Returns False if another process has it."""

    def release(self) -> None:
        """Release the lock."""


class Dialect(Protocol):
    """One kind of database."""

    leader_is_alone: bool
    """Whether the leader's lock proves that no other process can still be posting."""

    def create_engine(self, url: URL, *, busy: timedelta) -> Engine:
        """Return an engine for the URL. Its pool has no limit. Raises sqlite3.Error if a file cannot be opened."""

    def for_reading(self, engine: Engine) -> Engine:
        """Return the engine with transactions that see one snapshot of the database."""

    def for_writing(self, engine: Engine) -> Engine:
        """Return the engine with transactions that exclude all other writers, from their first statement."""

    def error_text(self, error: BaseException | None) -> str:
        """Return a sentence that says what is wrong and what to do, without a password."""

    def quotes_values(self, error: BaseException | None) -> bool:
        """Return whether the text of the driver's error contains stored values, which must not be logged."""

    def leader_lock(self, url: URL) -> Lock | None:
        """Return the leader's lock; None for a database that no other process can open."""


def insert(connection: Connection, table: Table) -> SqliteInsert | PostgresqlInsert:
    """Return an INSERT that supports ON CONFLICT, for the dialect of the connection."""
    return postgresql_insert(table) if connection.dialect.name == "postgresql" else sqlite_insert(table)


class IdList(FunctionElement[Any]):
    """A subquery of ids, for `column.op("IN")`, with one bound parameter for any number of ids."""

    name = "id_list"
    inherit_cache = True

    def __init__(self, ids: Iterable[int]) -> None:
        """Ids that are too large for a database match nothing and are left out."""
        super().__init__(json.dumps([number for number in ids if abs(number) <= HIGHEST]))


@compiles(IdList, "sqlite")
def _in_sqlite(element: IdList, compiler: Any, **options: Any) -> str:
    ids = compiler.process(element.clauses, **options)
    return f"(SELECT value FROM json_each({ids}))"  # noqa: S608 - a placeholder


@compiles(IdList, "postgresql")
def _in_postgresql(element: IdList, compiler: Any, **options: Any) -> str:
    ids = compiler.process(element.clauses, **options)
    return f"(SELECT value::bigint FROM json_array_elements_text(CAST({ids} AS json)))"  # noqa: S608 - a placeholder
