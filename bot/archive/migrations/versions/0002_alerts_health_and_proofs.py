"""Alerts beside recordings in `deliveries`, what outlives them in `subscriptions`, and `healths` and `proofs`.

SQLite changes no CHECK of a table that is there, and adds a column behind the table's conditions: three tables are
made anew and filled from the old ones.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make them."""
    if op.get_bind().dialect.name == "postgresql":  # 0004 creates everything there
        return
    for index in ("open", "in_hand", "lost", "last_sent", "post"):
        op.drop_index(f"deliveries_{index}_idx")
    op.rename_table("deliveries", "deliveries_before")
    op.rename_table("subscriptions", "subscriptions_before")
    op.rename_table("sync_states", "sync_states_before")
    _subscriptions()
    _deliveries()
    _sync_states()
    _copy()
    op.drop_table("deliveries_before")
    op.drop_table("subscriptions_before")
    op.drop_table("sync_states_before")
    _indexes()  # once the rows are there: of a million it takes half the time
    _healths()
    _proofs()


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("workspace", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("recordings", sa.Boolean, nullable=False),
        sa.Column("alerts", sa.Boolean, nullable=False),
        sa.Column("problem", sa.String, nullable=False),
        sa.Column("paused_at", sa.Integer),
        sa.Column("last_ts", sa.String),
        sa.Column("last_sent_at", sa.Integer),
        sa.Column("last_delay", sa.Integer),
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
        sa.Column("failed_at", sa.Integer),
        sa.Column("started_at", sa.Integer),
        sa.Column("ts", sa.String),
        sa.Column("sent_at", sa.Integer),
        sa.Column("problem", sa.String, nullable=False),
        sa.Column("alert", sa.String),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.UniqueConstraint("subscription", "recording"),
        sa.CheckConstraint("kind IN ('welcome', 'alert', 'recordings')", name="kind"),
        sa.CheckConstraint("state IN ('due', 'sending', 'sent', 'lost')", name="state"),
        sa.CheckConstraint("(recording IS NOT NULL) = (kind = 'recordings')", name="recording"),
        sa.CheckConstraint("(alert IS NOT NULL) = (kind = 'alert')", name="alert"),
        sa.CheckConstraint("state = 'due' OR post IS NOT NULL", name="post"),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
    )


def _indexes() -> None:
    owed, order = sa.text("state IN ('due', 'sending')"), ["subscription", "site", "generation", "pbx_id"]
    in_hand = sa.text("state IN ('due', 'sending') AND post IS NOT NULL")
    op.create_index("deliveries_open_idx", "deliveries", order, sqlite_where=owed)
    op.create_index("deliveries_in_hand_idx", "deliveries", ["subscription", "site"], sqlite_where=in_hand)
    op.create_index("deliveries_lost_idx", "deliveries", ["site", "post"], sqlite_where=sa.text("state = 'lost'"))
    op.create_index("deliveries_sent_idx", "deliveries", ["subscription", "sent_at"])
    op.create_index("deliveries_post_idx", "deliveries", ["post"])
    op.create_index("deliveries_recording_idx", "deliveries", ["recording"])
    gone, place = sa.text("gone_at IS NOT NULL"), ["site", "generation", "gone_at"]
    op.create_index("recordings_gone_idx", "recordings", place, sqlite_where=gone)


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
        sa.Column("renewed_at", sa.Integer),
    )


def _copy() -> None:
    op.execute("""
        INSERT INTO subscriptions
            (id, workspace, channel, recordings, alerts, problem, paused_at, last_ts, last_sent_at, last_delay,
             created_at)
        SELECT s.id, s.workspace, s.channel, 1, 0, s.problem, NULL,
            (SELECT d.ts FROM deliveries_before AS d WHERE d.subscription = s.id ORDER BY d.sent_at DESC LIMIT 1),
            (SELECT max(d.sent_at) FROM deliveries_before AS d
             WHERE d.subscription = s.id AND d.kind = 'recordings'),
            NULL, s.created_at
        FROM subscriptions_before AS s
    """)
    kept = (
        "id, subscription, recording, kind, site, generation, pbx_id, state, post, attempts, plain, due_at, "
        "started_at, ts, sent_at, problem, created_at"
    )
    op.execute(f"INSERT INTO deliveries ({kept}) SELECT {kept} FROM deliveries_before")  # noqa: S608 - text of ours alone
    # a generation was begun, at the latest, when the first of its recordings was met
    op.execute("""
        INSERT INTO sync_states (site, generation, baseline, synced, history, looked_at, total, renewed_at)
        SELECT m.site, m.generation, m.baseline, m.synced, m.history, m.looked_at, m.total,
            CASE WHEN m.generation > 1 THEN
                (SELECT min(r.first_seen_at) FROM recordings AS r
                 WHERE r.site = m.site AND r.generation = m.generation)
            END
        FROM sync_states_before AS m
    """)


def _healths() -> None:
    op.create_table(
        "healths",
        sa.Column("site", sa.String, primary_key=True),
        sa.Column("part", sa.String, primary_key=True),
        sa.Column("level", sa.String, nullable=False),
        sa.Column("since", sa.Integer),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("well_since", sa.Integer),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("well_at", sa.Integer),
        sa.Column("checked_at", sa.Integer, nullable=False),
        sa.CheckConstraint("part IN ('pbx', 'slack', 'database', 'bot')", name="part"),
        sa.CheckConstraint("level IN ('ok', 'degraded', 'down')", name="level"),
    )


def _proofs() -> None:
    op.create_table(
        "proofs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("site", sa.String, nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("listed", sa.Integer, nullable=False),
        sa.Column("held", sa.Integer, nullable=False),
        sa.Column("late", sa.Integer, nullable=False),
        sa.Column("gone", sa.Integer, nullable=False),
        sa.Column("skipped", sa.Integer, nullable=False),
    )
    op.create_index("proofs_site_at_idx", "proofs", ["site", "at"])
