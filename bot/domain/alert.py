"""Alerts about the bot itself. Each is sent once to every alert channel."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.health import Part


class Happening(StrEnum):
    """What an alert is about."""

    DOWN = "down"
    """A part fails, and has for long."""
    BACK = "back"
    """It works again."""
    CLOSED = "closed"
    """A channel does not accept posts."""
    OPEN = "open"
    """It accepts them again."""
    REFUSED = "refused"
    """Slack refused a message in every form: it was given up."""
    RENEWED = "renewed"
    """The PBX's ids have started again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One event. Fields that do not belong to its kind are empty."""

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
    """New recordings since it began (BACK), or recordings that waited (OPEN)."""
    waiting: int = 0
    """How many of those are still to be posted (BACK)."""
    recordings: tuple[int, ...] = ()
    """The PBX's ids in the message that was given up (REFUSED)."""
