"""The bot's status, as `/recordings status` shows it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.health import Health, LastSeen
from bot.domain.reconciliation import Reconciliation

SILENT = timedelta(minutes=2)
"""If the process that polls has not saved its health for this long, it has stopped."""


@dataclass(slots=True)
class PbxActivity(LastSeen):
    """When this process last reached the PBX, and the result of its last poll."""

    skipped: int = 0
    """Rows of the newest page that could not be read at the last poll."""
    next_look_at: datetime | None = None
    """When the next poll is; None in a process that does not poll."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """A channel that is subscribed to recordings."""

    channel: str
    pending: int
    """Deliveries that are still to be posted."""
    oldest_pending_at: datetime | None
    last_sent_at: datetime | None
    """When recordings were last posted there."""
    last_delay: timedelta | None
    """Time from the end of the newest of these calls until it was posted; None if the PBX gave no time."""
    paused_since: datetime | None
    """Since when it accepts no posts; None while it accepts them."""
    problem: str
    """Why the last try failed, as text for people; empty if it succeeded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything that `status` shows, at one moment."""

    now: datetime
    looked_at: datetime | None
    """When the PBX was last read."""
    next_look_at: datetime | None
    """When the next poll is; None when another process polls."""
    problem: str
    """Why the PBX cannot be read, as text for people; empty if it can be read."""
    token_until: datetime | None
    """When this process's access token for the PBX expires; None without one."""
    healths: tuple[Health, ...]
    """The health of each part, as saved by the process that polls; empty before its first check."""
    watched_at: datetime | None
    """When that process last saved `healths`. It saves them regularly while it runs."""
    stored: int
    """Stored recordings that the PBX still has."""
    deleted: int
    """Stored recordings that the PBX has deleted."""
    total: int
    """Recordings on the PBX, as counted by the PBX."""
    skipped: int
    renewed_at: datetime | None
    """When the PBX's ids last started again; None when they never have."""
    history_done: bool
    """Whether all of the history is stored."""
    reconciliation: Reconciliation | None
    """The newest reconciliation; None before the first."""
    history_back_to: datetime | None
    """When the oldest stored call started."""
    channels: tuple[ChannelState, ...]
    given_up: int
    """Messages that are not tried again, because Slack refused them also as plain text."""
