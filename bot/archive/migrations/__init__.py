"""The steps that make the tables and bring older ones up to date."""

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.engine import reading, writing

HEAD = "0003"
"""The newest step. Alembic, a tenth of the bot's memory, is loaded only for a database that is not there yet."""


async def migrate(engine: AsyncEngine) -> None:
    """Bring the tables up to date; does nothing when they are.

    All steps that are missing, and the record of them, are one transaction: it is all done or nothing is. Of two
    processes that call it at once the second waits and then finds nothing to do. Raises ArchiveError, also for a
    database that a newer version of the bot has made.
    """
    if await is_migrated(engine):
        return
    from bot.archive.migrations.upgrading import upgrade  # noqa: PLC0415 - see HEAD

    async with writing(engine) as connection:
        await connection.run_sync(upgrade)


async def is_migrated(engine: AsyncEngine) -> bool:
    """Return whether the tables are up to date. Raises ArchiveError."""
    async with reading(engine) as connection:
        return await connection.run_sync(_step) == HEAD


def _step(connection: Connection) -> str | None:
    """The step that the database is at; None before the first one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
