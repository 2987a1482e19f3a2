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
    text,
)

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
    UniqueConstraint("site", "generation", "pbx_id"),
    Index("recordings_by_time_idx", "site", "generation", "started_at", "pbx_id"),
)
"""`generation` counts how often the ids of a site began anew; the listing is that of the newest."""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workspace", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("problem", String, nullable=False),
    Column("created_at", Integer, nullable=False),
    UniqueConstraint("workspace", "channel"),
)
"""`problem` is why the last try to post failed; "" when it did not."""

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
    Column("started_at", Integer),
    Column("ts", String),
    Column("sent_at", Integer),
    Column("problem", String, nullable=False),
    Column("created_at", Integer, nullable=False),
    UniqueConstraint("subscription", "recording"),
    CheckConstraint("kind IN ('welcome', 'recordings')", name="kind"),
    CheckConstraint("state IN ('due', 'sending', 'sent', 'lost')", name="state"),
    CheckConstraint("(recording IS NULL) = (kind = 'welcome')", name="recording"),
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
    Index("deliveries_last_sent_idx", "subscription", "sent_at"),
    Index("deliveries_post_idx", "post"),
)
"""One recording owed to one channel, or a welcome, which has none.

`generation` and `pbx_id` are the recording's and put a channel's deliveries in order; a welcome has 0 in both and
comes first. `post` is the key of the message that carries it: given at the first claim, the same for the legs of one
call, and kept for ever. `started_at` is set while the outcome of that message is unknown.
"""

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
)
"""How far the sync of each site has come: `bot.domain.sync.SyncState`. `history` is NULL once all of it is held."""

tokens = Table(
    "tokens",
    metadata,
    Column("site", String, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("saved_at", Integer, nullable=False),
)
"""The PBX's access token, encrypted by whoever saves it: SQL never sees it open."""
