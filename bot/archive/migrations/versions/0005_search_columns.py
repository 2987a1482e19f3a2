"""Columns that a search reads, filled from the rows, and the index over them in place of the one of step 0003."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

from bot.archive.search_columns import SEARCH_COLUMN_NAMES, SEARCH_COLUMNS, create_search_index, search_values
from bot.domain.recording import Party, Recording

revision = "0005"
down_revision = "0004"

READ = """
    SELECT id, caller_name, caller_number, callee_name, callee_number, duration, size, file FROM recordings
    WHERE id > :after ORDER BY id LIMIT 10000
"""


def upgrade() -> None:
    """Create and fill them."""
    op.drop_index("recordings_by_length_idx", "recordings", if_exists=True)
    op.execute("DROP TABLE IF EXISTS recordings_search_words")
    op.execute("DROP TABLE IF EXISTS recordings_search")
    for make in SEARCH_COLUMNS:
        op.add_column("recordings", make())
    _fill(op.get_bind())
    op.create_index("recordings_by_length_idx", "recordings", ["site", "generation", "length", "pbx_id"])
    create_search_index(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    names = ", ".join(f"{name} = :{name}" for name in SEARCH_COLUMN_NAMES)
    write = sa.text(f"UPDATE recordings SET {names} WHERE id = :id")  # noqa: S608 - our own text
    after = 0
    while rows := connection.execute(sa.text(READ), {"after": after}).all():
        connection.execute(
            write,
            [
                {"id": row.id, **dict(zip(SEARCH_COLUMN_NAMES, search_values(_recording(row)), strict=True))}
                for row in rows
            ],
        )
        after = rows[-1].id


def _recording(row: sa.Row[tuple[object, ...]]) -> Recording:
    """Return the recording, as far as its search columns need it."""
    return Recording(
        id=row.id,
        started_at=None,
        caller=Party(row.caller_name, row.caller_number),
        callee=Party(row.callee_name, row.callee_number),
        duration=timedelta(seconds=row.duration),
        size=row.size,
        file=row.file,
    )
