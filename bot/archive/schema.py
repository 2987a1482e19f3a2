"""The tables. Times of this program are milliseconds since 1970, UTC; times of the PBX are seconds since 1970.

Columns with values of the PBX have no CHECK, so that a wrong row does not stop the sync. In these columns 0 or ""
means an unknown value, as on the PBX, and sorts before all others. Only `direction` is NULL if unknown.
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
"""64 bits in both databases. In SQLite, only a primary key of type INTEGER is the row id."""
DUE = "due"
"""To be posted, and certainly not in the channel yet."""
SENDING = "sending"
"""Claimed for posting; perhaps in the channel already."""
SENT = "sent"
LOST = "lost"
"""Not tried again."""
IS_OPEN = "state IN ('due', 'sending')"
IS_CLAIMED = f"{IS_OPEN} AND post IS NOT NULL"
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
    """Return a partial index."""
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
"""`generation` increases when the PBX's ids start again. Look-ups read only the newest generation."""

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
"""A Slack channel to which the bot posts. It is shared by all sites.

`alerts`: whether it receives alerts. `problem`: why the last post failed, "" if it did not. `paused_at`: since when
the channel accepts no posts. `last_ts`: the bot's last message there. `last_sent_at`: when recordings were last posted.
`last_delay`: milliseconds from the end of the newest of these calls until then. Retention does not delete these rows.
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
"""A query whose new matches are posted to a channel. `query` is its text; "" matches every recording.

`source`: RECORDINGS_CHANNEL (`setting`) or a person, whose Slack id is `created_by`. `digest`: how often matches are
posted together, NULL for at once. `quiet_from` and `quiet_until`: minutes of the day in `zone` without posts.
`threads`: whether the legs of a call are posted in a thread. `ended_at`: when the subscription ended, else NULL.
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
"""One recording to be posted to one channel; or a welcome or an alert (as JSON), without a recording.

`generation` and `pbx_id` are those of the recording and order the deliveries of a channel; they are 0 for welcomes and
alerts, which come first. `post`: the key of the message, set at the first claim and never changed; deliveries in the
same message share it. `started_at`: set while the outcome of the message is unknown. `claimed_until`: until then, no
other worker may claim it. `failed_at`: when the last try failed. If this is later than now, the clock was set back, and
`due_at` is ignored.
"""

OPEN = deliveries.c.state.in_([literal_column(f"'{DUE}'"), literal_column(f"'{SENDING}'")])
"""Deliveries that are not finished. The values are literals, as in the conditions of the partial indexes."""
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
"""The progress of the sync of each site: `bot.domain.sync.SyncState`. `history` is NULL if it is complete."""

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
"""`bot.domain.health.Health` of each part, saved by the leader at `checked_at`. `told` is `Health.is_reported`."""

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
"""`bot.domain.reconciliation.Reconciliation` of each day. `held` is its `stored`, and `gone` its `deleted`."""

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
"""Actions of users. Rows are only added. `recording` is the PBX's id of a recording, which may be deleted since."""
