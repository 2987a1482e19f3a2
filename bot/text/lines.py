"""A line for people: a sequence of words, times, people and channels. Slack and the terminal render it differently."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

# How much of a time to show, as Slack's format strings. Source: Slack, "Date element".
CLOCK = "{time}"
SHORT = "{date_short_pretty} {time}"
FULL = "{date_pretty} {time}"
DAY = "{date_short}"


@dataclass(frozen=True, slots=True)
class Words:
    """Words. `aloud` replaces them in the message text, where a symbol would say nothing."""

    text: str
    style: Literal["plain", "bold", "italic", "code"] = "plain"
    aloud: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A time. Slack shows it in the zone of each reader, and as UTC where that is not possible."""

    at: datetime
    style: str = SHORT

    @property
    def utc(self) -> str:
        """Such as `2022-01-12 09:36 UTC`."""
        return f"{self.at.astimezone(UTC).isoformat(sep=' ')[:16]} UTC"


@dataclass(frozen=True, slots=True)
class Person:
    """A Slack user, by id."""

    id: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A Slack channel, by id."""

    id: str


Span = str | Words | Moment | Person | Channel
Line = Sequence[Span]
