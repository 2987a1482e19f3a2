import asyncio
import threading
import traceback
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.archive import Database, SqlArchive, SqlOutbox, SqlTokens, migrate, open_database
from bot.archive.database import database_file, read_url
from bot.archive.dialects.postgresql import Postgresql
from bot.errors import ArchiveError
from tests import postgresql
from tests.tables import execute, writing

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AT_ONCE = timedelta(milliseconds=1)
COUNT = text("SELECT count(*) FROM tokens")
INSERT = text("INSERT INTO tokens VALUES (:site, '0', 0)")


@pytest.mark.parametrize(
    ("address", "file"),
    [
        pytest.param("sqlite:///recordings.db", Path("recordings.db"), id="a file here"),
        pytest.param("sqlite:////var/lib/recordings.db", Path("/var/lib/recordings.db"), id="a file elsewhere"),
        pytest.param("sqlite+aiosqlite:///recordings.db", Path("recordings.db"), id="with a driver's name"),
        pytest.param("sqlite://", None, id="in memory"),
        pytest.param("sqlite:///:memory:", None, id="in memory, in SQLite's own words"),
        pytest.param("postgresql://bot:secret@db/recordings", None, id="PostgreSQL"),
    ],
)
def test_where_the_database_is(address: str, file: Path | None) -> None:
    assert database_file(address) == file


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_name_of_postgresql_is_read(scheme: str) -> None:
    assert read_url(f"{scheme}://bot@db/recordings").drivername == "postgresql+psycopg"


@pytest.mark.parametrize("address", ["mysql://bot:s3cret@db/recordings", "recordings.db", ""])
def test_any_other_url_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(ArchiveError, match=r"sqlite:///recordings\.db") as caught:
        read_url(address)
    assert "s3cret" not in str(caught.value)


@pytest.mark.sqlite
async def test_a_connection_is_set_up(database: Database) -> None:
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    values = [(await execute(database, f"PRAGMA {name}"))[0][0] for name in names]
    assert values == ["wal", 1, 1, 5000]


async def test_tables_are_made_in_the_transaction(database: Database) -> None:
    def work(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE passing (id INTEGER)"))
        raise ZeroDivisionError

    with suppress(ZeroDivisionError):
        await database.write(work)
    with pytest.raises(ArchiveError, match="python -m bot migrate"):
        await execute(database, "SELECT * FROM passing")


async def test_writers_take_turns_in_the_order_they_came(database: Database) -> None:
    order: list[int] = []

    async def write(number: int) -> None:
        def work(connection: Connection) -> None:
            connection.execute(INSERT, {"site": str(number)})
            order.append(number)

        await database.write(work)

    await asyncio.gather(*(write(number) for number in range(20)))
    assert order == list(range(20))


async def test_readers_see_one_moment_and_do_not_wait_for_a_writer(database: Database) -> None:
    first_read, written = threading.Event(), threading.Event()

    def twice(connection: Connection) -> list[int]:
        counts = [connection.execute(COUNT).scalar_one()]
        first_read.set()
        written.wait(5)
        return [*counts, connection.execute(COUNT).scalar_one()]

    reader = asyncio.create_task(database.read(twice))
    await asyncio.to_thread(first_read.wait, 5)
    await execute(database, INSERT.text, site="main")
    written.set()
    assert await reader == [0, 0]
    assert (await execute(database, COUNT.text))[0][0] == 1


async def test_two_processes_that_write_what_they_read_lose_nothing(database: Database, url: str) -> None:
    def add_one(connection: Connection) -> None:
        number = connection.execute(COUNT).scalar_one()
        connection.execute(INSERT, {"site": str(number)})

    async with open_database(url) as other:
        await asyncio.gather(*(each.write(add_one) for each in (database, other) * 10))
    assert (await execute(database, COUNT.text))[0][0] == 20


async def test_many_at_once_share_a_database_in_memory() -> None:
    async with open_database("sqlite://") as database:
        await migrate(database)
        archives = [SqlArchive(database, site=str(number)) for number in range(8)]
        await asyncio.gather(*(archive.count() for archive in archives), migrate(database))


async def test_missing_tables_name_the_remedy(empty_url: str) -> None:
    async with open_database(empty_url) as database:
        with pytest.raises(ArchiveError, match="python -m bot migrate"):
            await SqlOutbox(database, site="main").lost()


async def test_a_database_locked_for_too_long(url: str, database: Database) -> None:
    async with open_database(url, busy=AT_ONCE) as other, writing(database):
        with pytest.raises(ArchiveError, match="locked by another process") as caught:
            await execute(other, "SELECT 1")
        assert caught.value.__cause__ is not None
        assert await SqlArchive(other, site="main").count() == 0, "reading goes on"


async def test_a_database_that_must_not_be_written() -> None:
    async with open_database("sqlite://") as database:
        await migrate(database)
        await database.read(lambda connection: connection.execute(text("PRAGMA query_only = 1")))
        with pytest.raises(ArchiveError, match="not writable"):
            await SqlOutbox(database, site="main").subscribe("T1", "C1", now=NOON)


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="folder must exist"):
        async with open_database(f"sqlite:///{tmp_path}/nowhere/recordings.db"):
            pass


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("Dear diary, " * 1000)
    with pytest.raises(ArchiveError, match="damaged, or is no SQLite database"):
        async with open_database(f"sqlite:///{tmp_path}/notes.db"):
            pass


async def test_a_full_disk() -> None:
    async with open_database("sqlite://") as database:
        await migrate(database)
        await database.read(lambda connection: connection.execute(text("PRAGMA max_page_count = 1")))
        with pytest.raises(ArchiveError, match="disk is full"):
            await SqlTokens(database, site="main").save(bytes(1_000_000))
        assert await SqlTokens(database, site="main").load() is None


async def test_an_error_tells_no_name_and_no_number(database: Database) -> None:
    number = f"+44 20 {7946} 0000"  # a traceback shows the lines of this file
    with pytest.raises(ArchiveError) as caught:
        await execute(database, "INSERT INTO tokens VALUES (:site, NULL, 0)", site=number)
    assert "20 7946" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.skipif(bool(postgresql.why_not()), reason=postgresql.why_not())
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(("host=", "host=/nowhere"), "cannot be reached", id="no server"),
        pytest.param(("/test_", "/none_"), "no such database", id="no such database"),
        pytest.param(("bot@", "nobody:s3cret@"), "no such user", id="no such user"),
    ],
)
async def test_a_connection_that_postgresql_refuses(change: tuple[str, str], sentence: str) -> None:
    with postgresql.new_database() as address:
        async with open_database(address.replace(*change)) as database:
            with pytest.raises(ArchiveError, match=sentence) as caught:
                await migrate(database)
        assert "s3cret" not in str(caught.value)


class Refused(Exception):
    """An error of psycopg's, as far as the sentences look at it."""

    def __init__(self, words: str, sqlstate: str | None = None) -> None:
        super().__init__(words)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        pytest.param(
            Refused("failed to resolve host 'db': [Errno -2] Name or service not known"),
            "cannot be reached",
            id="no such host",
        ),
        pytest.param(
            Refused("connection failed: FATAL:  password authentication failed for user"),
            "refuses the password",
            id="wrong password",
        ),
        pytest.param(
            Refused("connection failed: fe_sendauth: no password supplied"), "wants a password", id="no password"
        ),
        pytest.param(
            Refused("connection failed: FATAL:  sorry, too many clients already"),
            "no connection left",
            id="too many at the door",
        ),
        pytest.param(Refused("too many", "53300"), "no connection left", id="too many"),
        pytest.param(Refused("cannot execute INSERT", "25006"), "only takes reads", id="a standby"),
        pytest.param(Refused("full", "53100"), "disk of the PostgreSQL server is full", id="disk full"),
        pytest.param(Refused("lost", "08006"), "was lost", id="connection lost"),
        pytest.param(Refused("the connection is closed"), "was lost", id="connection closed"),
        pytest.param(Refused("secret words", "XX000"), "XX000", id="anything else: its state alone"),
    ],
)
def test_what_postgresql_says(error: Exception, sentence: str) -> None:
    assert sentence in Postgresql().error_text(error)
