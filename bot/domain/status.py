"""The bot's status, as `/recordings status` shows it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.health import Health, LastSeen
from bot.domain.reconciliation import Reconciliation

SILENT = timedelta(minutes=2)
"""After so long without a sign the process that follows the PBX counts as dead."""


@dataclass(slots=True)
class PbxActivity(LastSeen):
    """What this process knows of the PBX since it started."""

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
    """How long after the end of its call the newest of those was posted; None without a time from the PBX."""
    paused_since: datetime | None
    """Since when it does not accept posts; None while it does."""
    problem: str
    """Why the last try failed, for people; empty when it succeeded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything that `status` shows, at one moment."""

    now: datetime
    looked_at: datetime | None
    """When the PBX was last read."""
    next_look_at: datetime | None
    """When the next poll is; None when another process polls."""
    problem: str
    """Why the PBX cannot be read, for people; empty when it can."""
    token_until: datetime | None
    """When this process's access token for the PBX expires; None without one."""
    healths: tuple[Health, ...]
    """Of each part, as the process that polls sees it; empty before its first check."""
    watched_at: datetime | None
    """When that process last saved `healths`. It does so regularly while it lives."""
    stored: int
    """Stored recordings that the PBX still has."""
    deleted: int
    """Stored recordings that the PBX has deleted."""
    total: int
    """Recordings on the PBX, by its own count."""
    skipped: int
    renewed_at: datetime | None
    """When the PBX's ids last started again; None when they never have."""
    history_done: bool
    """Whether all of the history is stored."""
    proof: Reconciliation | None
    """The newest reconciliation; None before the first."""
    history_back_to: datetime | None
    """When the oldest stored call started."""
    channels: tuple[ChannelState, ...]
    given_up: int
    """Messages that Slack refused in every form."""
