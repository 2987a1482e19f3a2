"""How the bot is: what `/recordings status` tells."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.health import Health, LastSeen
from bot.domain.reconciliation import Reconciliation

SILENT = timedelta(minutes=2)
"""Without a sign of the process that follows the PBX for so long, it is taken for dead."""


@dataclass(slots=True)
class PbxActivity(LastSeen):
    """What this process has seen of the PBX since it started."""

    skipped: int = 0
    """Rows that could not be read on the newest page looked at."""
    next_look_at: datetime | None = None
    """When the PBX is asked again; None in a process that does not follow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """One channel that is told of recordings."""

    channel: str
    owed: int
    oldest_owed_at: datetime | None
    last_sent_at: datetime | None
    """When recordings were last posted there: real ones, no test proves that path."""
    last_delay: timedelta | None
    """How long after the end of its call the newest of those was posted; None where the PBX did not tell the time."""
    paused_since: datetime | None
    """Since when it does not take our posts; None while it does."""
    problem: str
    """Why the last try failed, for people; empty when it did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything `status` shows, at one moment."""

    now: datetime
    looked_at: datetime | None
    next_look_at: datetime | None
    """None when another process follows the PBX."""
    problem: str
    token_until: datetime | None
    """How long this process's access token for the PBX holds; None without one."""
    healths: tuple[Health, ...]
    """Of each part, as the process that follows the PBX sees it; empty before its first look."""
    watched_at: datetime | None
    """When that process last wrote `healths`: when it stops doing so, it has died."""
    held: int
    """Recordings in the archive that the PBX has not been seen to delete."""
    gone: int
    """Recordings in the archive that it has."""
    total: int
    """Recordings the PBX says it holds."""
    skipped: int
    renewed_at: datetime | None
    """When the PBX's ids were seen to start again; None when they have not."""
    history_done: bool
    proof: Reconciliation | None
    """The newest one; None before the first."""
    history_back_to: datetime | None
    """The oldest call held, while the history is still being read in."""
    channels: tuple[ChannelState, ...]
    given_up: int
    """Messages that Slack would not take in any form."""
