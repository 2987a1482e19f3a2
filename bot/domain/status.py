"""How the bot is: what `/recordings status` tells."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class Activity:
    """What this process has seen of the PBX since it started. The one mutable value here: services write it."""

    looked_at: datetime | None = None
    """The last answer that the PBX gave."""
    failing_since: datetime | None = None
    """None while the PBX answers."""
    problem: str = ""
    """What is wrong with the PBX, for people; empty while it answers."""
    skipped: int = 0
    """Rows that could not be read on the newest page looked at."""
    renewed_at: datetime | None = None
    """When the PBX's ids were seen to start again; None when they have not."""

    def saw(self, now: datetime) -> None:
        """The PBX has answered."""
        self.looked_at, self.failing_since, self.problem = now, None, ""

    def missed(self, now: datetime, problem: str) -> None:
        """The PBX has not answered."""
        self.failing_since = self.failing_since or now
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """One channel that is told of recordings."""

    channel: str
    owed: int
    oldest_owed_at: datetime | None
    last_sent_at: datetime | None
    problem: str
    """Why the last try failed, for people; empty when it did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything `status` shows, at one moment."""

    now: datetime
    looked_at: datetime | None
    problem: str
    held: int
    """Recordings in the archive."""
    total: int
    """Recordings the PBX says it holds."""
    skipped: int
    renewed_at: datetime | None
    history_done: bool
    history_back_to: datetime | None
    """The oldest call held, while the history is still being read in."""
    channels: tuple[ChannelState, ...]
    given_up: int
    """Messages that Slack would not take in any form."""
