"""The first tables: recordings, subscriptions, deliveries, the state of the sync, the PBX's token."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    if op.get_bind().dialect.name == "postgresql":  # 0004 creates everything there
        return
    _recordings()
    _subscriptions()
    _deliveries()
    _sync_states()
    _tokens()


def _recordings() -> None:
    op.create_table(
        "recordings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("site", sa.String, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("pbx_id", sa.Integer, nullable=False),
        sa.Column("started_at", sa.Integer, nullable=False),
        sa.Column("local_time", sa.String, nullable=False),
        sa.Column("uid", sa.String, nullable=False),
        sa.Column("caller_name", sa.String, nullable=False),
        sa.Column("caller_number", sa.String, nullable=False),
        sa.Column("callee_name", sa.String, nullable=False),
        sa.Column("callee_number", sa.String, nullable=False),
        sa.Column("direction", sa.String),
        sa.Column("duration", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("file", sa.String, nullable=False),
        sa.Column("first_seen_at", sa.Integer, nullable=False),
        sa.Column("gone_at", sa.Integer),
        sa.UniqueConstraint("site", "generation", "pbx_id"),
    )
    op.create_index("recordings_by_time_idx", "recordings", ["site", "generation", "started_at", "pbx_id"])


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("workspace", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("problem", sa.String, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.UniqueConstraint("workspace", "channel"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("subscription", sa.Integer, sa.ForeignKey("subscriptions.id"), nullable=False),
        sa.Column("recording", sa.Integer, sa.ForeignKey("recordings.id")),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("site", sa.String, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("pbx_id", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("post", sa.String),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("plain", sa.Boolean, nullable=False),
        sa.Column("due_at", sa.Integer, nullable=False),
        sa.Column("started_at", sa.Integer),
        sa.Column("ts", sa.String),
        sa.Column("sent_at", sa.Integer),
        sa.Column("problem", sa.String, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.UniqueConstraint("subscription", "recording"),
        sa.CheckConstraint("kind IN ('welcome', 'recordings')", name="kind"),
        sa.CheckConstraint("state IN ('due', 'sending', 'sent', 'lost')", name="state"),
        sa.CheckConstraint("(recording IS NULL) = (kind = 'welcome')", name="recording"),
        sa.CheckConstraint("state = 'due' OR post IS NOT NULL", name="post"),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
    )
    owed, order = sa.text("state IN ('due', 'sending')"), ["subscription", "site", "generation", "pbx_id"]
    in_hand = sa.text("state IN ('due', 'sending') AND post IS NOT NULL")
    op.create_index("deliveries_open_idx", "deliveries", order, sqlite_where=owed)
    op.create_index("deliveries_in_hand_idx", "deliveries", ["subscription", "site"], sqlite_where=in_hand)
    op.create_index("deliveries_lost_idx", "deliveries", ["site", "post"], sqlite_where=sa.text("state = 'lost'"))
    op.create_index("deliveries_last_sent_idx", "deliveries", ["subscription", "sent_at"])
    op.create_index("deliveries_post_idx", "deliveries", ["post"])


def _sync_states() -> None:
    op.create_table(
        "sync_states",
        sa.Column("site", sa.String, primary_key=True),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("baseline", sa.Integer),
        sa.Column("synced", sa.Integer, nullable=False),
        sa.Column("history", sa.Integer),
        sa.Column("looked_at", sa.Integer),
        sa.Column("total", sa.Integer, nullable=False),
    )


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("site", sa.String, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("saved_at", sa.Integer, nullable=False),
    )
