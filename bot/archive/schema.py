"""The tables. Times of our own are UTC in milliseconds since 1970; those of the PBX are in whole seconds.

Columns that hold the PBX's values have no CHECK: a wrong row must not stop the sync. None of them is NULL but
`direction`: 0 and "" stand for an unknown value, as on the PBX itself, and sort before everything else.
"""

from sqlalchemy import (
    BigInteger,
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

INTEGER = BigInteger().with_variant(Integer, "sqlite")
"""64 bits on both databases; SQLite's row id must be named INTEGER."""
DUE = "due"
"""To be posted; certainly not in the channel."""
SENDING = "sending"
"""Handed to Slack, or about to be; perhaps in the channel."""
SENT = "sent"
LOST = "lost"
"""Given up."""
IS_OPEN = "state IN ('due', 'sending')"
IS_CLAIMED = "state IN ('due', 'sending') AND post IS NOT NULL"
IS_LOST = "state = 'lost'"
IS_GONE = "gone_at IS NOT NULL"
IS_ACTIVE = "ended_at IS NULL"

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    },
)


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """Return an index of the rows for which a condition holds."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


recordings = Table(
    "recordings",
    metadata,
    Column("id", INTEGER, primary_key=True),
    Column("site", String, nullable=False),
    Column("generation", INTEGER, nullable=False),
    Column("pbx_id", INTEGER, nullable=False),
    Column("started_at", INTEGER, nullable=False),
    Column("local_time", String, nullable=False),
    Column("uid", String, nullable=False),
    Column("caller_name", String, nullable=False),
    Column("caller_number", String, nullable=False),
    Column("callee_name", String, nullable=False),
    Column("callee_number", String, nullable=False),
    Column("direction", String),
    Column("duration", INTEGER, nullable=False),
    Column("size", INTEGER, nullable=False),
    Column("file", String, nullable=False),
    Column("first_seen_at", INTEGER, nullable=False),
    Column("gone_at", INTEGER),
    *(make_column() for make_column in SEARCH_COLUMNS),
    UniqueConstraint("site", "generation", "pbx_id"),
    Index("recordings_by_time_idx", "site", "generation", "started_at", "pbx_id"),
    Index("recordings_by_length_idx", "site", "generation", "length", "pbx_id"),
    _partial("recordings_gone_idx", "site", "generation", "gone_at", where=IS_GONE),
)
"""`generation` counts how often the PBX's ids have started again; look-ups read the newest one."""

channels = Table(
    "channels",
    metadata,
    Column("id", INTEGER, primary_key=True),
    Column("workspace", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("alerts", Boolean, nullable=False),
    Column("problem", String, nullable=False),
    Column("paused_at", INTEGER),
    Column("last_ts", String),
    Column("last_sent_at", INTEGER),
    Column("last_delay", INTEGER),
    Column("created_at", INTEGER, nullable=False),
    UniqueConstraint("workspace", "channel"),
)
"""A channel of Slack that the bot posts to. It is the same for every site.

`alerts`: whether it receives alerts. `problem`: why the last post failed, "" when it did not. `paused_at`: since when
the channel accepts no posts. `last_ts`: our last message there. `last_sent_at`: when recordings were last posted;
`last_delay`: how many milliseconds after the end of the newest call among them. Retention does not delete these.
"""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", INTEGER, primary_key=True),
    Column("channel", ForeignKey("channels.id"), nullable=False),
    Column("site", String, nullable=False),
    Column("query", String, nullable=False),
    Column("digest", String),
    Column("quiet_from", INTEGER),
    Column("quiet_until", INTEGER),
    Column("zone", String),
    Column("threads", Boolean, nullable=False),
    Column("source", String, nullable=False),
    Column("created_by", String, nullable=False),
    Column("created_at", INTEGER, nullable=False),
    Column("ended_at", INTEGER),
    CheckConstraint("source IN ('setting', 'person')", name="source"),
    _partial("subscriptions_active_idx", "channel", "site", "query", where=IS_ACTIVE, unique=True),
)
"""A query whose new matches one channel receives. `query` is its text; "" matches every recording.

`source`: RECORDINGS_CHANNEL (`setting`) or a person, whose Slack id is `created_by`. `digest`: how often matches are
posted together, NULL for at once. `quiet_from` and `quiet_until`: minutes of the day in `zone` without posts.
`threads`: whether the legs of a call are posted in a thread. A subscription that is over has `ended_at`.
"""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", INTEGER, primary_key=True),
    Column("channel", ForeignKey("channels.id"), nullable=False),
    Column("recording", ForeignKey("recordings.id")),
    Column("kind", String, nullable=False),
    Column("site", String, nullable=False),
    Column("generation", INTEGER, nullable=False),
    Column("pbx_id", INTEGER, nullable=False),
    Column("state", String, nullable=False),
    Column("post", String),
    Column("attempts", INTEGER, nullable=False),
    Column("plain", Boolean, nullable=False),
    Column("due_at", INTEGER, nullable=False),
    Column("failed_at", INTEGER),
    Column("started_at", INTEGER),
    Column("claimed_until", INTEGER),
    Column("ts", String),
    Column("sent_at", INTEGER),
    Column("problem", String, nullable=False),
    Column("alert", String),
    Column("created_at", INTEGER, nullable=False),
    UniqueConstraint("channel", "recording"),
    CheckConstraint("kind IN ('welcome', 'alert', 'recordings')", name="kind"),
    CheckConstraint("state IN ('due', 'sending', 'sent', 'lost')", name="state"),
    CheckConstraint("(recording IS NOT NULL) = (kind = 'recordings')", name="recording"),
    CheckConstraint("(alert IS NOT NULL) = (kind = 'alert')", name="alert"),
    CheckConstraint("state = 'due' OR post IS NOT NULL", name="post"),
    CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
    _partial("deliveries_open_idx", "channel", "site", "generation", "pbx_id", where=IS_OPEN),
    _partial("deliveries_claimed_idx", "channel", "site", where=IS_CLAIMED),
    _partial("deliveries_lost_idx", "site", "post", where=IS_LOST),
    Index("deliveries_sent_idx", "channel", "sent_at"),
    Index("deliveries_post_idx", "post"),
    Index("deliveries_recording_idx", "recording"),
)
"""One recording to be posted to one channel; or a welcome or an alert (as JSON), which have no recording.

`generation` and `pbx_id` are the recording's and order the deliveries of a channel; they are 0 for welcomes and alerts,
which come first. `post`: the key of the message, given at the first claim and never changed; deliveries in one message
share it. `started_at`: set while the outcome of that message is unknown. `claimed_until`: no other worker may claim it
before. `failed_at`: when the last try failed; a clock that shows an earlier time was set back, and `due_at` is void.
"""

OPEN = deliveries.c.state.in_([literal_column(f"'{DUE}'"), literal_column(f"'{SENDING}'")])
"""Not yet settled. Literals, because the database compares them with the condition of the partial indexes."""
GIVEN_UP = deliveries.c.state == literal_column(f"'{LOST}'")

sync_states = Table(
    "sync_states",
    metadata,
    Column("site", String, primary_key=True),
    Column("generation", INTEGER, nullable=False),
    Column("baseline", INTEGER),
    Column("synced", INTEGER, nullable=False),
    Column("history", INTEGER),
    Column("looked_at", INTEGER),
    Column("total", INTEGER, nullable=False),
    Column("renewed_at", INTEGER),
)
"""How far the sync of each site has come: `bot.domain.sync.SyncState`. `history` is NULL once all of it is stored."""

healths = Table(
    "healths",
    metadata,
    Column("site", String, primary_key=True),
    Column("part", String, primary_key=True),
    Column("level", String, nullable=False),
    Column("since", INTEGER),
    Column("reason", String, nullable=False),
    Column("well_since", INTEGER),
    Column("told", Boolean, nullable=False),
    Column("well_at", INTEGER),
    Column("checked_at", INTEGER, nullable=False),
    CheckConstraint("part IN ('pbx', 'slack', 'database', 'bot')", name="part"),
    CheckConstraint("level IN ('ok', 'degraded', 'down')", name="level"),
)
"""`bot.domain.health.Health` of each part, written by the leader at every check, at `checked_at`."""

proofs = Table(
    "proofs",
    metadata,
    Column("id", INTEGER, primary_key=True),
    Column("site", String, nullable=False),
    Column("at", INTEGER, nullable=False),
    Column("listed", INTEGER, nullable=False),
    Column("held", INTEGER, nullable=False),
    Column("late", INTEGER, nullable=False),
    Column("gone", INTEGER, nullable=False),
    Column("skipped", INTEGER, nullable=False),
    Index(None, "site", "at"),
)
"""`bot.domain.reconciliation.Reconciliation` of each day."""

tokens = Table(
    "tokens",
    metadata,
    Column("site", String, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("saved_at", INTEGER, nullable=False),
)
"""The PBX's access token, encrypted before it is stored."""

audit = Table(
    "audit",
    metadata,
    Column("id", INTEGER, primary_key=True),
    Column("at", INTEGER, nullable=False),
    Column("site", String, nullable=False),
    Column("workspace", String, nullable=False),
    Column("user", String, nullable=False),
    Column("action", String, nullable=False),
    Column("query", String),
    Column("recording", INTEGER),
    Column("channel", String),
    Column("outcome", String, nullable=False),
    Index(None, "site", "at"),
)
"""Who did what: rows are only added. `recording` is the PBX's id; the recording itself may be deleted since."""
