"""What the bot remembers, in SQL, and SQL only here.

- `engine` opens the database; `migrations` brings its tables up to date.
- `SqlArchive` mirrors the PBX's list; whoever first meets a recording hands it to `keep`, the one door.
- `SqlOutbox` holds what is owed to channels, written in the same transaction as its cause.
- `SqlHealth` stores the health of the parts; `SqlReconciliations` stores reconciliations and applies the retention.
- `Leader` lets one process deliver at a time; `SqlTokens` keeps the PBX's token over a restart.
"""

from bot.archive.engine import open_engine
from bot.archive.leader import Leader
from bot.archive.ledger import SqlReconciliations
from bot.archive.migrations import is_migrated, migrate
from bot.archive.outbox import SqlOutbox
from bot.archive.store import SqlArchive
from bot.archive.tokens import SqlTokens
from bot.archive.vitals import SqlHealth

__all__ = [
    "Leader",
    "SqlArchive",
    "SqlHealth",
    "SqlOutbox",
    "SqlReconciliations",
    "SqlTokens",
    "is_migrated",
    "migrate",
    "open_engine",
]
