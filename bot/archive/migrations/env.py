"""Run by Alembic: the steps, on the connection and in the transaction that `migrate` gives."""

from alembic import context

from bot.archive.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
