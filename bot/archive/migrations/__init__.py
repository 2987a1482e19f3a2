"""The steps that create the tables and bring older ones up to date."""

from sqlalchemy import Connection, inspect, text

from bot.archive.database import Database

HEAD = "0005"
"""The newest step. Alembic, a tenth of the bot's memory, is loaded only for a database that is not there yet."""


async def migrate(database: Database) -> None:
    """Bring the tables up to date; does nothing when they are.

    All missing steps, and the record of them, are one transaction. Of two processes that call it at once the second
    waits and then finds nothing to do. Raises ArchiveError, also for a database of a newer version of the bot.
    """
    if await is_migrated(database):
        return
    from bot.archive.migrations.upgrading import upgrade  # noqa: PLC0415 - see HEAD

    await database.write(upgrade)


async def is_migrated(database: Database) -> bool:
    """Return whether the tables are up to date. Raises ArchiveError."""
    return await database.read(_step) == HEAD


def _step(connection: Connection) -> str | None:
    """Return the step that the database is at; None before the first one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
