"""Alembic's part: the missing steps, on a connection and in its transaction."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.errors import ArchiveError


def upgrade(connection: Connection) -> None:
    """Run every step that is missing. Raises ArchiveError for a database that a newer version of the bot has made."""
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
