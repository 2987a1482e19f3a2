"""What the bot tells of itself, without being asked: each once."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.health import Part


class Happening(StrEnum):
    """What an alert is about."""

    DOWN = "down"
    """A part has been away for long."""
    BACK = "back"
    """It is well again."""
    CLOSED = "closed"
    """A channel does not take our posts."""
    OPEN = "open"
    """It takes them again."""
    REFUSED = "refused"
    """Slack took a message in no form: it was given up."""
    RENEWED = "renewed"
    """The PBX's ids have started again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One happening. What does not belong to its kind is empty."""

    happening: Happening
    part: Part | None = None
    """Of DOWN and BACK."""
    channel: str = ""
    """Of CLOSED, OPEN and REFUSED: Slack's id."""
    reason: str = ""
    """What is wrong, for people; of DOWN, CLOSED and REFUSED."""
    since: datetime | None = None
    """When it began."""
    until: datetime | None = None
    """When it ended; of BACK and OPEN."""
    came: int = 0
    """Recordings met meanwhile (BACK), or that waited (OPEN)."""
    waiting: int = 0
    """Of those, the ones that are still to be posted (BACK)."""
    recordings: tuple[int, ...] = ()
    """The PBX's ids of what a message given up carried (REFUSED)."""
