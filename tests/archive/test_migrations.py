import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive import migrate, migrations, open_engine
from bot.archive.engine import writing
from bot.archive.search_columns import SEARCH_TABLE as SEARCH
from bot.archive.tables import metadata
from bot.errors import ArchiveError
from tests.archive.sql_text import parts


def _is_ours(_object: object, name: str | None, *_: object) -> bool:
    """The index of words is FTS5's, which keeps it in tables of its own."""
    return not (name or "").startswith(SEARCH)


def _drift(connection: Connection) -> Any:
    opts = {"compare_type": True, "compare_server_default": True, "include_object": _is_ours}
    context = MigrationContext.configure(connection, opts=opts)
    return compare_metadata(context, metadata)


async def _made(engine: AsyncEngine) -> dict[str, str]:
    """The words that made each table and index, without their spaces: they hold what Alembic does not compare."""
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        return {name: parts(sql) for name, sql in rows if name != "alembic_version" and not name.startswith(SEARCH)}


# The index of lengths is of an expression, which SQLAlchemy does not read back; its words are compared below.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection", "ignore:autogenerate skipping")
async def test_the_steps_make_the_tables_that_the_code_speaks_of(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        assert await connection.run_sync(_drift) == []


async def test_the_steps_make_the_same_conditions_and_indexes(engine: AsyncEngine) -> None:
    async with open_engine("sqlite://") as plain, writing(plain) as connection:
        await connection.run_sync(metadata.create_all)
        rows = await connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        wanted = {name: parts(sql) for name, sql in rows}
    assert await _made(engine) == wanted


def test_the_newest_step_is_the_one_that_a_database_is_held_against() -> None:
    assert ScriptDirectory(str(Path(migrations.__file__).parent)).get_current_head() == migrations.HEAD


async def test_migrating_again_changes_nothing(engine: AsyncEngine) -> None:
    before = await _made(engine)
    await migrate(engine)
    assert await _made(engine) == before


async def test_two_processes_may_migrate_at_once(url: str) -> None:
    async with open_engine(url) as one, open_engine(url) as other:
        await asyncio.gather(migrate(one), migrate(other), migrate(one))
        assert await _made(one) == await _made(other)
        async with one.connect() as connection:
            assert (await connection.execute(text("SELECT count(*) FROM alembic_version"))).scalar_one() == 1


async def test_a_step_that_fails_leaves_nothing_behind(url: str) -> None:
    async with open_engine(url) as engine:
        async with writing(engine) as connection:
            await connection.execute(text("CREATE TABLE tokens (taken)"))
        with pytest.raises(ArchiveError, match="already exists"):
            await migrate(engine)
        assert list(await _made(engine)) == ["tokens"]


async def test_a_database_of_a_newer_version_is_left_alone(engine: AsyncEngine) -> None:
    async with writing(engine) as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ArchiveError, match=r"newer version of the bot .* 9999.*update the bot"):
        await migrate(engine)


async def test_the_log_stays_as_it_was_set_up(engine: AsyncEngine) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers), logging.getLogger("alembic").level)
    await migrate(engine)
    assert (root.level, list(root.handlers), logging.getLogger("alembic").level) == before
