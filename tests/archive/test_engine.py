import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive import SqlArchive, SqlOutbox, SqlTokens, migrate, open_engine
from bot.archive.engine import database_file, read_url, reading, writing
from bot.errors import ArchiveError

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AT_ONCE = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("url", "file"),
    [
        pytest.param("sqlite:///recordings.db", Path("recordings.db"), id="a file here"),
        pytest.param("sqlite:////var/lib/recordings.db", Path("/var/lib/recordings.db"), id="a file elsewhere"),
        pytest.param("sqlite+aiosqlite:///recordings.db", Path("recordings.db"), id="with the driver's name"),
        pytest.param("sqlite://", None, id="in memory"),
        pytest.param("sqlite:///:memory:", None, id="in memory, in SQLite's own words"),
    ],
)
def test_where_the_database_is(url: str, file: Path | None) -> None:
    assert database_file(url) == file


@pytest.mark.parametrize("url", ["postgresql://bot:s3cret@db/recordings", "recordings.db", ""])
def test_any_other_url_is_refused_without_telling_its_password(url: str) -> None:
    with pytest.raises(ArchiveError, match=r"sqlite:///recordings\.db") as caught:
        read_url(url)
    assert "s3cret" not in str(caught.value)


async def test_a_connection_is_set_up(engine: AsyncEngine) -> None:
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    async with reading(engine) as connection:
        values = [(await connection.execute(text(f"PRAGMA {name}"))).scalar_one() for name in names]
    assert values == ["wal", 1, 1, 5000]


async def test_tables_are_made_in_the_transaction(engine: AsyncEngine) -> None:
    with suppress(ZeroDivisionError):
        async with writing(engine) as connection:
            await connection.execute(text("CREATE TABLE passing (id)"))
            raise ZeroDivisionError
    with pytest.raises(ArchiveError, match="python -m bot migrate"):
        async with reading(engine) as connection:
            await connection.execute(text("SELECT * FROM passing"))


async def test_writers_take_turns_in_the_order_they_came(engine: AsyncEngine) -> None:
    order: list[int] = []

    async def write(number: int) -> None:
        async with writing(engine) as connection:
            await connection.execute(text("INSERT INTO tokens VALUES (:site, x'00', 0)"), {"site": str(number)})
            order.append(number)

    await asyncio.gather(*(write(number) for number in range(20)))
    assert order == list(range(20))


async def test_readers_see_one_moment_and_do_not_wait_for_a_writer(engine: AsyncEngine) -> None:
    count = text("SELECT count(*) FROM tokens")
    async with reading(engine) as reader:
        before = (await reader.execute(count)).scalar_one()
        async with writing(engine) as writer:
            await writer.execute(text("INSERT INTO tokens VALUES ('main', x'00', 0)"))
        assert (await reader.execute(count)).scalar_one() == before
    async with reading(engine) as reader:
        assert (await reader.execute(count)).scalar_one() == before + 1


async def test_many_at_once_share_a_database_in_memory() -> None:
    async with open_engine("sqlite://") as engine:
        await migrate(engine)
        archives = [SqlArchive(engine, site=str(number)) for number in range(8)]
        await asyncio.gather(*(archive.count() for archive in archives), migrate(engine))


async def test_missing_tables_name_the_remedy(url: str) -> None:
    async with open_engine(url) as engine:
        with pytest.raises(ArchiveError, match="python -m bot migrate"):
            await SqlOutbox(engine, site="main").lost()


async def test_a_database_locked_for_too_long(url: str, engine: AsyncEngine) -> None:
    async with open_engine(url, busy=AT_ONCE) as other, writing(engine):
        with pytest.raises(ArchiveError, match="locked by another process") as caught:
            async with writing(other):
                pass
        assert caught.value.__cause__ is not None
        assert await SqlArchive(other, site="main").count() == 0, "reading goes on"


async def test_a_database_that_must_not_be_written() -> None:
    async with open_engine("sqlite://") as engine:
        await migrate(engine)
        async with reading(engine) as connection:
            await connection.execute(text("PRAGMA query_only = 1"))
        with pytest.raises(ArchiveError, match="not writable"):
            await SqlOutbox(engine, site="main").subscribe("T1", "C1", now=NOON)


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="folder must exist"):
        async with open_engine(f"sqlite:///{tmp_path}/nowhere/recordings.db"):
            pass


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("Dear diary, " * 1000)
    with pytest.raises(ArchiveError, match="damaged, or is no SQLite database"):
        async with open_engine(f"sqlite:///{tmp_path}/notes.db"):
            pass


async def test_a_full_disk() -> None:
    async with open_engine("sqlite://") as engine:
        await migrate(engine)
        async with reading(engine) as connection:
            await connection.execute(text("PRAGMA max_page_count = 1"))
        with pytest.raises(ArchiveError, match="disk is full"):
            await SqlTokens(engine, site="main").save(bytes(1_000_000))
        assert await SqlTokens(engine, site="main").load() is None


async def test_an_error_tells_no_name_and_no_number(engine: AsyncEngine) -> None:
    with pytest.raises(ArchiveError) as caught:
        async with writing(engine) as connection:
            await connection.execute(text("INSERT INTO tokens VALUES (:site, NULL, 0)"), {"site": "+44 20 7946 0000"})
    assert "7946" not in f"{caught.value} {caught.value.__cause__}"
