"""A line for people: spans of words, times, people and channels, which Slack and the terminal show in their own way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

# How much of a time is shown, in Slack's own words. Source: Slack, "Date element".
CLOCK = "{time}"
SHORT = "{date_short_pretty} {time}"
FULL = "{date_pretty} {time}"
DAY = "{date_short}"


@dataclass(frozen=True, slots=True)
class Words:
    """Words as they stand. `aloud` replaces them in the text, for what only the eye understands."""

    text: str
    style: Literal["plain", "bold", "italic", "code"] = "plain"
    aloud: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, shown in each reader's own zone and clock, and as UTC where that is not possible."""

    at: datetime
    shown: str = SHORT

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
