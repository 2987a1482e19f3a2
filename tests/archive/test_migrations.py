import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bot.archive import Database, migrate, migrations, open_database
from bot.archive.schema import metadata
from bot.archive.search_columns import SEARCH_TABLE as SEARCH
from bot.errors import ArchiveError
from tests.archive.sql_text import parts
from tests.tables import execute

OBJECTS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL",
    "postgresql": """
        SELECT indexname AS name, indexdef AS sql FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL
        SELECT conrelid::regclass::text || '.' || conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL
        SELECT table_name || '.' || column_name, data_type || is_nullable || coalesce(column_default, '')
        FROM information_schema.columns WHERE table_schema = 'public'
    """,
}


def _is_ours(_object: object, name: str | None, *_: object) -> bool:
    """FTS5 stores its index in tables of its own; the index of an expression is compared by its text."""
    return not (name or "").startswith((SEARCH, "recordings_by_length_idx"))


def _drift(connection: Connection) -> Any:
    opts = {"compare_type": True, "compare_server_default": True, "include_object": _is_ours}
    context = MigrationContext.configure(connection, opts=opts)
    return compare_metadata(context, metadata)


def definitions(connection: Connection) -> dict[str, str]:
    """Return the definition of each table and index, without spaces: it holds what Alembic does not compare."""
    rows = connection.execute(text(OBJECTS[connection.dialect.name]))
    return {name: parts(sql) for name, sql in rows if not name.startswith(("alembic_version", SEARCH))}


# SQLite's index of lengths is of an expression, which SQLAlchemy does not read back; its text is compared below.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection", "ignore:autogenerate skipping")
async def test_the_steps_create_the_tables_that_the_code_uses(database: Database) -> None:
    assert await database.read(_drift) == []


async def test_the_steps_create_the_same_conditions_and_indexes(database: Database, empty_url: str) -> None:
    async with open_database(empty_url) as plain:
        await plain.write(metadata.create_all)
        assert await database.read(definitions) == await plain.read(definitions)


def test_the_newest_step_is_the_one_that_a_database_is_compared_with() -> None:
    assert ScriptDirectory(str(Path(migrations.__file__).parent)).get_current_head() == migrations.HEAD


async def test_migrating_again_changes_nothing(database: Database) -> None:
    before = await database.read(definitions)
    await migrate(database)
    assert await database.read(definitions) == before


async def test_two_processes_may_migrate_at_once(empty_url: str) -> None:
    async with open_database(empty_url) as one, open_database(empty_url) as other:
        await asyncio.gather(migrate(one), migrate(other), migrate(one))
        assert await one.read(definitions) == await other.read(definitions)
        assert (await execute(one, "SELECT count(*) FROM alembic_version"))[0][0] == 1


async def test_a_step_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    async with open_database(empty_url) as database:
        await execute(database, "CREATE TABLE tokens (taken INTEGER)")
        before = await database.read(definitions)
        with pytest.raises(ArchiveError, match="already exists"):
            await migrate(database)
        assert await database.read(definitions) == before


async def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    await execute(database, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ArchiveError, match=r"newer version of the bot .* 9999.*update the bot"):
        await migrate(database)


async def test_the_log_stays_as_it_was_set_up(database: Database) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers), logging.getLogger("alembic").level)
    await migrate(database)
    assert (root.level, list(root.handlers), logging.getLogger("alembic").level) == before
