"""The steps that make the tables and bring older ones up to date."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.engine import writing
from bot.errors import ArchiveError


async def migrate(engine: AsyncEngine) -> None:
    """Bring the tables up to date; does nothing when they are.

    All steps that are missing, and the record of them, are one transaction: it is all done or nothing is. Of two
    processes that call it at once the second waits and then finds nothing to do. Raises ArchiveError, also for a
    database that a newer version of the bot has made.
    """
    async with writing(engine) as connection:
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "bot.archive:migrations")
    _refuse_newer(connection, ScriptDirectory.from_config(config))
    command.upgrade(config, "head")


def _refuse_newer(connection: Connection, steps: ScriptDirectory) -> None:
    here = MigrationContext.configure(connection).get_current_revision()
    known = {step.revision for step in steps.walk_revisions()}
    if here is not None and here not in known:
        raise ArchiveError(
            f"A newer version of the bot has made this database (step {here}): "
            "update the bot, or name another database in DATABASE_URL."
        )
