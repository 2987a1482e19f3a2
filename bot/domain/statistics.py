"""How many calls and how long, by hour, day, weekday, person or direction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from bot.domain.query import Query
from bot.domain.recording import Direction


class GroupBy(StrEnum):
    """What the recordings are counted by."""

    HOUR = "hour"
    """Of the day, 0 to 23, in the asker's zone."""
    DAY = "day"
    WEEKDAY = "weekday"
    """Monday first."""
    PERSON = "person"
    """Each end of a call, the most frequent first."""
    DIRECTION = "direction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One bar."""

    label: str
    """`09`, `2026-11-24`, `Mon`, `Evelyn`, `inbound`."""
    ways: Mapping[Direction | None, int] = field(default_factory=dict)
    """How many recordings went which way; those of unknown direction under None."""
    length: timedelta = timedelta(0)
    """Of those whose length is known, together."""

    @property
    def count(self) -> int:
        """Recordings in all."""
        return sum(self.ways.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """The answer to `stats`."""

    query: Query
    by: GroupBy
    total: int
    """Recordings that the query finds; by person each stands in two buckets."""
    length: timedelta
    """Of those whose length is known, together."""
    measured: int
    """How many those are."""
    longest: timedelta
    buckets: tuple[Bucket, ...]
    """In order: of time, of the week, or the largest first; empty ones between two that are not are there too."""
    left_out: int = 0
    """Buckets that were too many to show: people beyond the most frequent, days before the newest."""
