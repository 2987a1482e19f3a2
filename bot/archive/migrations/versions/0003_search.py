"""The index of words, filled from what is held.

Its tables are FTS5's own, so they are made by its own words. See `bot.archive.indexing`.
"""

import sqlalchemy as sa
from alembic import op

from bot.archive.indexing import ENTRY, SEARCH, TABLES

LENGTH = (
    "CASE WHEN duration > 0 THEN duration * 16000 "
    "WHEN size > 44 AND lower(substr(file, -4)) = '.wav' THEN size - 44 ELSE 0 END"
)

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make and fill it."""
    op.create_index("recordings_by_length_idx", "recordings", ["site", "generation", sa.text(LENGTH), "pbx_id"])
    for statement in TABLES:
        op.execute(statement)
    op.execute(f"INSERT INTO {SEARCH}(rowid, body) SELECT {ENTRY} FROM recordings ORDER BY 1")  # noqa: S608 - text of ours alone
