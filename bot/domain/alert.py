"""Alerts about the bot itself. Each is sent once to every alert channel."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.health import Part


class Happening(StrEnum):
    """What an alert is about."""

    DOWN = "down"
    """A part has failed for longer than `Patience.failure`."""
    BACK = "back"
    """The part works again."""
    CLOSED = "closed"
    """A channel does not accept posts."""
    OPEN = "open"
    """The channel accepts posts again."""
    REFUSED = "refused"
    """Slack refused a message, also as plain text; it is not tried again."""
    RENEWED = "renewed"
    """The PBX's ids have started again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One event. Fields that its kind does not use are empty."""

    happening: Happening
    part: Part | None = None
    """For DOWN and BACK."""
    channel: str = ""
    """For CLOSED, OPEN and REFUSED: the id in Slack."""
    reason: str = ""
    """For DOWN, CLOSED and REFUSED: what is wrong, as text for people."""
    since: datetime | None = None
    """When it began."""
    until: datetime | None = None
    """For BACK and OPEN: when it ended."""
    came: int = 0
    """For BACK: number of new recordings since it began. For OPEN: number of recordings that waited."""
    waiting: int = 0
    """For BACK: how many of these are still to be posted."""
    recordings: tuple[int, ...] = ()
    """For REFUSED: the PBX's ids of the recordings in the message."""
