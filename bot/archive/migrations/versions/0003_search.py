"""The index of words, filled from what is held, and an index of lengths.

The first one's tables are FTS5's own, so they are made by its own words. See `bot.archive.indexing`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

LENGTH = (
    "CASE WHEN duration > 0 THEN duration * 16000 "
    "WHEN size > 44 AND lower(substr(file, -4)) = '.wav' THEN size - 44 ELSE 0 END"
)
WORDS = (
    "CREATE VIRTUAL TABLE recordings_search USING fts5"
    "(body, content='', detail='none', columnsize=0, tokenize='trigram case_sensitive 1')"
)
VOCABULARY = "CREATE VIRTUAL TABLE recordings_search_words USING fts5vocab(recordings_search, 'row')"
FILL = (
    "INSERT INTO recordings_search(rowid, body) SELECT ((max(started_at, 0) >> 16) << 30) | id, "
    "recordings_haystack(caller_name, caller_number, callee_name, callee_number, uid, file) "
    "FROM recordings ORDER BY 1"
)


def upgrade() -> None:
    """Make and fill them."""
    if op.get_bind().dialect.name == "postgresql":  # 0004 creates everything there
        return
    op.create_index("recordings_by_length_idx", "recordings", ["site", "generation", sa.text(LENGTH), "pbx_id"])
    op.execute(WORDS)
    op.execute(VOCABULARY)
    op.execute(FILL)
