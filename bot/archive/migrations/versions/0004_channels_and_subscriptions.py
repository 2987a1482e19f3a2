"""Channels apart from their subscriptions, leases in `deliveries`, and `audit`. On PostgreSQL: all tables.

No version of the bot before this step ran on PostgreSQL.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INTEGER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
IS_OPEN = "state IN ('due', 'sending')"


def upgrade() -> None:
    """Create the tables, and fill them from the ones that they replace."""
    if op.get_bind().dialect.name == "postgresql":
        _recordings()
        _states()
        _channels()
        _subscriptions()
        _deliveries()
    else:
        for index in ("open", "in_hand", "lost", "sent", "post", "recording"):
            op.drop_index(f"deliveries_{index}_idx")
        op.rename_table("deliveries", "deliveries_before")
        op.rename_table("subscriptions", "subscriptions_before")
        _channels()
        _subscriptions()
        _deliveries()
        _copy()
        op.drop_table("deliveries_before")
        op.drop_table("subscriptions_before")
    _indexes()  # once the rows are there: of a million it takes half the time
    _audit()


def _recordings() -> None:
    texts = ("local_time", "uid", "caller_name", "caller_number", "callee_name", "callee_number")
    op.create_table(
        "recordings",
        sa.Column("id", INTEGER, primary_key=True),
        sa.Column("site", sa.String, nullable=False),
        sa.Column("generation", INTEGER, nullable=False),
        sa.Column("pbx_id", INTEGER, nullable=False),
        sa.Column("started_at", INTEGER, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in texts),
        sa.Column("direction", sa.String),
        sa.Column("duration", INTEGER, nullable=False),
        sa.Column("size", INTEGER, nullable=False),
        sa.Column("file", sa.String, nullable=False),
        sa.Column("first_seen_at", INTEGER, nullable=False),
        sa.Column("gone_at", INTEGER),
        sa.UniqueConstraint("site", "generation", "pbx_id"),
    )
    op.create_index("recordings_by_time_idx", "recordings", ["site", "generation", "started_at", "pbx_id"])
    _partial("recordings_gone_idx", "recordings", ["site", "generation", "gone_at"], "gone_at IS NOT NULL")


def _states() -> None:
    op.create_table(
        "sync_states",
        sa.Column("site", sa.String, primary_key=True),
        sa.Column("generation", INTEGER, nullable=False),
        sa.Column("baseline", INTEGER),
        sa.Column("synced", INTEGER, nullable=False),
        sa.Column("history", INTEGER),
        sa.Column("looked_at", INTEGER),
        sa.Column("total", INTEGER, nullable=False),
        sa.Column("renewed_at", INTEGER),
    )
    op.create_table(
        "healths",
        sa.Column("site", sa.String, primary_key=True),
        sa.Column("part", sa.String, primary_key=True),
        sa.Column("level", sa.String, nullable=False),
        sa.Column("since", INTEGER),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("well_since", INTEGER),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("well_at", INTEGER),
        sa.Column("checked_at", INTEGER, nullable=False),
        sa.CheckConstraint("part IN ('pbx', 'slack', 'database', 'bot')", name="part"),
        sa.CheckConstraint("level IN ('ok', 'degraded', 'down')", name="level"),
    )
    figures = ("at", "listed", "held", "late", "gone", "skipped")
    op.create_table(
        "proofs",
        sa.Column("id", INTEGER, primary_key=True),
        sa.Column("site", sa.String, nullable=False),
        *(sa.Column(name, INTEGER, nullable=False) for name in figures),
    )
    op.create_index("proofs_site_at_idx", "proofs", ["site", "at"])
    op.create_table(
        "tokens",
        sa.Column("site", sa.String, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("saved_at", INTEGER, nullable=False),
    )


def _channels() -> None:
    op.create_table(
        "channels",
        sa.Column("id", INTEGER, primary_key=True),
        sa.Column("workspace", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("alerts", sa.Boolean, nullable=False),
        sa.Column("problem", sa.String, nullable=False),
        sa.Column("paused_at", INTEGER),
        sa.Column("last_ts", sa.String),
        sa.Column("last_sent_at", INTEGER),
        sa.Column("last_delay", INTEGER),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.UniqueConstraint("workspace", "channel"),
    )


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", INTEGER, primary_key=True),
        sa.Column("channel", INTEGER, sa.ForeignKey("channels.id"), nullable=False),
        sa.Column("site", sa.String, nullable=False),
        sa.Column("query", sa.String, nullable=False),
        sa.Column("digest", sa.String),
        sa.Column("quiet_from", INTEGER),
        sa.Column("quiet_until", INTEGER),
        sa.Column("zone", sa.String),
        sa.Column("threads", sa.Boolean, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("created_by", sa.String, nullable=False),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.Column("ended_at", INTEGER),
        sa.CheckConstraint("source IN ('setting', 'person')", name="source"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", INTEGER, primary_key=True),
        sa.Column("channel", INTEGER, sa.ForeignKey("channels.id"), nullable=False),
        sa.Column("recording", INTEGER, sa.ForeignKey("recordings.id")),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("site", sa.String, nullable=False),
        sa.Column("generation", INTEGER, nullable=False),
        sa.Column("pbx_id", INTEGER, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("post", sa.String),
        sa.Column("attempts", INTEGER, nullable=False),
        sa.Column("plain", sa.Boolean, nullable=False),
        sa.Column("due_at", INTEGER, nullable=False),
        sa.Column("failed_at", INTEGER),
        sa.Column("started_at", INTEGER),
        sa.Column("claimed_until", INTEGER),
        sa.Column("ts", sa.String),
        sa.Column("sent_at", INTEGER),
        sa.Column("problem", sa.String, nullable=False),
        sa.Column("alert", sa.String),
        sa.Column("created_at", INTEGER, nullable=False),
        sa.UniqueConstraint("channel", "recording"),
        sa.CheckConstraint("kind IN ('welcome', 'alert', 'recordings')", name="kind"),
        sa.CheckConstraint("state IN ('due', 'sending', 'sent', 'lost')", name="state"),
        sa.CheckConstraint("(recording IS NOT NULL) = (kind = 'recordings')", name="recording"),
        sa.CheckConstraint("(alert IS NOT NULL) = (kind = 'alert')", name="alert"),
        sa.CheckConstraint("state = 'due' OR post IS NOT NULL", name="post"),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
    )


def _copy() -> None:
    """A subscription was a channel for all sites: it becomes a channel, and a subscription to each site known."""
    columns = "id, workspace, channel, alerts, problem, paused_at, last_ts, last_sent_at, last_delay, created_at"
    op.execute(f"INSERT INTO channels ({columns}) SELECT {columns} FROM subscriptions_before")  # noqa: S608 - ours alone
    op.execute("""
        INSERT INTO subscriptions (channel, site, query, threads, source, created_by, created_at)
        SELECT s.id, sites.site, '', 0, 'setting', '', s.created_at
        FROM subscriptions_before AS s
        JOIN (SELECT site FROM sync_states UNION SELECT site FROM deliveries_before UNION SELECT 'main') AS sites
        WHERE s.recordings
    """)
    columns = (
        "id, {}, recording, kind, site, generation, pbx_id, state, post, attempts, plain, due_at, failed_at, "
        "started_at, ts, sent_at, problem, alert, created_at"
    )
    op.execute(
        f"INSERT INTO deliveries ({columns.format('channel')}) "  # noqa: S608 - as above
        f"SELECT {columns.format('subscription')} FROM deliveries_before"
    )


def _indexes() -> None:
    _partial("subscriptions_active_idx", "subscriptions", ["channel", "site", "query"], "ended_at IS NULL", unique=True)
    _partial("deliveries_open_idx", "deliveries", ["channel", "site", "generation", "pbx_id"], IS_OPEN)
    _partial("deliveries_claimed_idx", "deliveries", ["channel", "site"], f"{IS_OPEN} AND post IS NOT NULL")
    _partial("deliveries_lost_idx", "deliveries", ["site", "post"], "state = 'lost'")
    op.create_index("deliveries_sent_idx", "deliveries", ["channel", "sent_at"])
    op.create_index("deliveries_post_idx", "deliveries", ["post"])
    op.create_index("deliveries_recording_idx", "deliveries", ["recording"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", INTEGER, primary_key=True),
        sa.Column("at", INTEGER, nullable=False),
        sa.Column("site", sa.String, nullable=False),
        sa.Column("workspace", sa.String, nullable=False),
        sa.Column("user", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("query", sa.String),
        sa.Column("recording", INTEGER),
        sa.Column("channel", sa.String),
        sa.Column("outcome", sa.String, nullable=False),
    )
    op.create_index("audit_site_at_idx", "audit", ["site", "at"])


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
