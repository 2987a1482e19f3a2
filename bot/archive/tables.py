"""The tables. Every time of our own is UTC in milliseconds since 1970; what the PBX tells is in whole seconds.

What comes from the PBX has no CHECK: a row that lies must not stop the sync. No column of its facts is NULL but
`direction`: 0 and "" stand for "not told", as on the PBX itself, and sort before everything else.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    literal_column,
    text,
)

from bot.archive.search_columns import SEARCH_COLUMNS

DUE = "due"
"""To be posted; surely not in the channel."""
SENDING = "sending"
"""Handed to Slack, or about to be; perhaps in the channel."""
SENT = "sent"
LOST = "lost"
"""Given up."""

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    },
)

recordings = Table(
    "recordings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site", String, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("pbx_id", Integer, nullable=False),
    Column("started_at", Integer, nullable=False),
    Column("local_time", String, nullable=False),
    Column("uid", String, nullable=False),
    Column("caller_name", String, nullable=False),
    Column("caller_number", String, nullable=False),
    Column("callee_name", String, nullable=False),
    Column("callee_number", String, nullable=False),
    Column("direction", String),
    Column("duration", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("file", String, nullable=False),
    Column("first_seen_at", Integer, nullable=False),
    Column("gone_at", Integer),
    *(make() for make in SEARCH_COLUMNS),
    UniqueConstraint("site", "generation", "pbx_id"),
    Index("recordings_by_time_idx", "site", "generation", "started_at", "pbx_id"),
    Index("recordings_by_length_idx", "site", "generation", "length", "pbx_id"),
    Index("recordings_gone_idx", "site", "generation", "gone_at", sqlite_where=text("gone_at IS NOT NULL")),
)
"""`generation` counts how often the ids of a site began anew; the listing is that of the newest."""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workspace", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("recordings", Boolean, nullable=False),
    Column("alerts", Boolean, nullable=False),
    Column("problem", String, nullable=False),
    Column("paused_at", Integer),
    Column("last_ts", String),
    Column("last_sent_at", Integer),
    Column("last_delay", Integer),
    Column("created_at", Integer, nullable=False),
    UniqueConstraint("workspace", "channel"),
)
"""A channel, and what it is told: of `recordings`, of `alerts`, or of both.

`problem` is why the last try to post failed, "" when it did not; `paused_at` is since when the channel takes nothing.
`last_ts` is our last message there. `last_sent_at` is when recordings were last posted, `last_delay` how many
milliseconds after the end of the newest call among them. They outlive the deliveries, which retention removes.
"""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscription", ForeignKey("subscriptions.id"), nullable=False),
    Column("recording", ForeignKey("recordings.id")),
    Column("kind", String, nullable=False),
    Column("site", String, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("pbx_id", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("post", String),
    Column("attempts", Integer, nullable=False),
    Column("plain", Boolean, nullable=False),
    Column("due_at", Integer, nullable=False),
    Column("failed_at", Integer),
    Column("started_at", Integer),
    Column("ts", String),
    Column("sent_at", Integer),
    Column("problem", String, nullable=False),
    Column("alert", String),
    Column("created_at", Integer, nullable=False),
    UniqueConstraint("subscription", "recording"),
    CheckConstraint("kind IN ('welcome', 'alert', 'recordings')", name="kind"),
    CheckConstraint("state IN ('due', 'sending', 'sent', 'lost')", name="state"),
    CheckConstraint("(recording IS NOT NULL) = (kind = 'recordings')", name="recording"),
    CheckConstraint("(alert IS NOT NULL) = (kind = 'alert')", name="alert"),
    CheckConstraint("state = 'due' OR post IS NOT NULL", name="post"),
    CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
    Index(
        "deliveries_open_idx",
        "subscription",
        "site",
        "generation",
        "pbx_id",
        sqlite_where=text("state IN ('due', 'sending')"),
    ),
    Index(
        "deliveries_in_hand_idx",
        "subscription",
        "site",
        sqlite_where=text("state IN ('due', 'sending') AND post IS NOT NULL"),
    ),
    Index("deliveries_lost_idx", "site", "post", sqlite_where=text("state = 'lost'")),
    Index("deliveries_sent_idx", "subscription", "sent_at"),
    Index("deliveries_post_idx", "post"),
    Index("deliveries_recording_idx", "recording"),
)
"""One recording owed to one channel, or a welcome or an alert (as JSON), which have none.

`generation` and `pbx_id` are the recording's and put a channel's deliveries in order; the others have 0 in both and
come first. `post` is the key of the message that carries it: given at the first claim, the same for all that share the
message, and kept for ever. `started_at` is set while the outcome of that message is unknown. `failed_at` is when the
last try failed: a clock that shows less has been set back, and `due_at` means nothing to it.
"""

OPEN = deliveries.c.state.in_([literal_column(f"'{DUE}'"), literal_column(f"'{SENDING}'")])
"""Still owed. Written out, for SQLite must see it in the words of the indexes to use them."""
GIVEN_UP = deliveries.c.state == literal_column(f"'{LOST}'")

sync_states = Table(
    "sync_states",
    metadata,
    Column("site", String, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("baseline", Integer),
    Column("synced", Integer, nullable=False),
    Column("history", Integer),
    Column("looked_at", Integer),
    Column("total", Integer, nullable=False),
    Column("renewed_at", Integer),
)
"""How far the sync of each site has come: `bot.domain.sync.SyncState`. `history` is NULL once all of it is held."""

healths = Table(
    "healths",
    metadata,
    Column("site", String, primary_key=True),
    Column("part", String, primary_key=True),
    Column("level", String, nullable=False),
    Column("since", Integer),
    Column("reason", String, nullable=False),
    Column("well_since", Integer),
    Column("told", Boolean, nullable=False),
    Column("well_at", Integer),
    Column("checked_at", Integer, nullable=False),
    CheckConstraint("part IN ('pbx', 'slack', 'database', 'bot')", name="part"),
    CheckConstraint("level IN ('ok', 'degraded', 'down')", name="level"),
)
"""`bot.domain.health.Health` of each part, written by the process that leads; `checked_at` shows that it lives."""

proofs = Table(
    "proofs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site", String, nullable=False),
    Column("at", Integer, nullable=False),
    Column("listed", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    Column("late", Integer, nullable=False),
    Column("gone", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Index(None, "site", "at"),
)
"""`bot.domain.reconciliation.Proof` of each day."""

tokens = Table(
    "tokens",
    metadata,
    Column("site", String, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("saved_at", Integer, nullable=False),
)
"""The PBX's access token, encrypted by whoever saves it: SQL never sees it open."""
