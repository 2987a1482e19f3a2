"""Databases with tables, on SQLite and PostgreSQL: a copy takes a tenth of the time that Alembic takes."""

import asyncio
import atexit
import os
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import pytest
from sqlalchemy import Connection, Row, text

from bot.archive import Database, migrate, open_database
from bot.archive.database import database_file
from tests import postgresql

SQLITE, POSTGRESQL = "sqlite", "postgresql"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests that use `url` on both databases, those marked `sqlite` on SQLite alone. A conftest imports this."""
    if "url" in metafunc.fixturenames and not any(
        "url" in str(mark.args[0]).split(",") for mark in metafunc.definition.iter_markers("parametrize")
    ):
        kinds = [SQLITE] if metafunc.definition.get_closest_marker("sqlite") else [SQLITE, POSTGRESQL]
        metafunc.parametrize("url", kinds, indirect=True)


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a file that is not there yet, or of a PostgreSQL database with its tables. A conftest imports this."""
    if request.param == SQLITE:
        yield f"sqlite:///{tmp_path}/recordings.db"
        return
    with new_postgresql_tables() as made:
        yield made


@pytest.fixture
def empty_url(url: str, tmp_path: Path) -> Iterator[str]:
    """A database of the same kind as `url`, without tables. A conftest imports this."""
    if database_file(url):
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    with postgresql.new_database() as made:
        yield made


@contextmanager
def new_tables() -> Iterator[str]:
    """Yield the URL of a migrated SQLite database in a folder of its own."""
    with TemporaryDirectory(prefix="recordings-tables-") as folder:
        yield f"sqlite:///{shutil.copyfile(fresh_database(), Path(folder) / 'recordings.db')}"


@contextmanager
def new_postgresql_tables() -> Iterator[str]:
    """Yield the URL of a migrated PostgreSQL database. Without PostgreSQL, skip the test, or fail it in `.ci/run`."""
    if why_not := postgresql.why_not():
        (pytest.fail if "POSTGRESQL_REQUIRED" in os.environ else pytest.skip)(why_not)
    with postgresql.new_database(migrated_template()) as made:
        yield made


@asynccontextmanager
async def open_tables(url: str) -> AsyncIterator[Database]:
    """As `open_database`, on a database that `url` has made, and as if it had just been migrated."""
    file = database_file(url)
    if file:
        shutil.copyfile(fresh_database(), file)
    async with open_database(url) as database:
        if url == "sqlite://":
            await database.write(_copy_into_memory)
        yield database


@cache
def migrated_template() -> str:
    """Return the name of a migrated PostgreSQL database to copy."""
    _migrate(postgresql.create_template())
    return postgresql.TEMPLATE


@cache
def fresh_database() -> Path:
    """Return a migrated SQLite database to copy, made once and complete without its journal."""
    folder = mkdtemp(prefix="recordings-tables-")
    atexit.register(shutil.rmtree, folder)
    path = Path(folder) / "fresh.db"
    _migrate(f"sqlite:///{path}")
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    return path


def _migrate(url: str) -> None:
    async def make() -> None:
        async with open_database(url) as database:
            await migrate(database)

    with ThreadPoolExecutor(1) as thread:  # whoever asks first may have a loop that runs
        thread.submit(asyncio.run, make()).result()


def _copy_into_memory(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.rollback()
    with closing(sqlite3.connect(fresh_database())) as fresh:
        fresh.backup(driver)
    driver.execute("BEGIN")


async def execute(database: Database, statement: str, **values: Any) -> Sequence[Row[Any]]:
    """Run a statement in a transaction and return its rows."""

    def work(connection: Connection) -> Sequence[Row[Any]]:
        result = connection.execute(text(statement), values)
        return result.all() if result.returns_rows else ()

    return await database.write(work)


@asynccontextmanager
async def writing(database: Database) -> AsyncIterator[None]:
    """Be in the middle of a writer's transaction while the block runs."""
    loop, begun, done = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def work(_connection: Connection) -> None:
        loop.call_soon_threadsafe(begun.set)
        done.wait()

    writer = asyncio.create_task(database.write(work))
    await begun.wait()
    try:
        yield
    finally:
        done.set()
        await writer
