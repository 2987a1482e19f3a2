"""The bot's database, in SQL.

- `open_database` opens SQLite or PostgreSQL; `migrate` brings its tables up to date.
- `SqlArchive` copies the PBX's list; whoever first sees a recording stores it there.
- `SqlOutbox` holds deliveries, written in the same transaction as their cause.
- `SqlHealth` stores the health of the parts; `SqlReconciliations` reconciles and applies the retention.
- `Leader` lets one process deliver at a time; `SqlTokens` stores the PBX's token over a restart.
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
