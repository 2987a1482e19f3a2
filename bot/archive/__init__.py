"""The database of the bot.

- `open_database` opens SQLite or PostgreSQL; `migrate` brings its tables up to date.
- `SqlArchive` stores recordings. The sync and the look-ups write to it.
- `SqlOutbox` stores deliveries, in the same transaction as their cause.
- `SqlHealth` stores the health of the parts. `SqlReconciliations` stores results of reconciliation and deletes old
  rows.
- `Leader` lets one process deliver at a time. `SqlTokens` stores the PBX's token for the next start.
"""

from bot.archive.database import Database, open_database
from bot.archive.health import SqlHealth
from bot.archive.leader import Leader
from bot.archive.migrations import is_migrated, migrate
from bot.archive.outbox import SqlOutbox
from bot.archive.reconciliation import SqlReconciliations
from bot.archive.recordings import SqlArchive
from bot.archive.tokens import SqlTokens

__all__ = [
    "Database",
    "Leader",
    "SqlArchive",
    "SqlHealth",
    "SqlOutbox",
    "SqlReconciliations",
    "SqlTokens",
    "is_migrated",
    "migrate",
    "open_database",
]
