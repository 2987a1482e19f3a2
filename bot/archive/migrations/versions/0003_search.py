"""An index of lengths.

This step also made an index of words, by a Python function that is gone; step 0004 replaces it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

LENGTH = (
    "CASE WHEN duration > 0 THEN duration * 16000 "
    "WHEN size > 44 AND lower(substr(file, -4)) = '.wav' THEN size - 44 ELSE 0 END"
)


def upgrade() -> None:
    """Create it."""
    if op.get_bind().dialect.name == "postgresql":  # 0004 creates everything there
        return
    op.create_index("recordings_by_length_idx", "recordings", ["site", "generation", sa.text(LENGTH), "pbx_id"])
