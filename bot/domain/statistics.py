"""How many calls and how long, by hour, day, weekday, person or direction."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
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


def without_empty_ends(buckets: Sequence[Bucket]) -> tuple[Bucket, ...]:
    """Return the buckets from the first that counts something to the last."""
    busy = [place for place, bucket in enumerate(buckets) if bucket.count]
    return tuple(buckets[busy[0] : busy[-1] + 1]) if busy else ()


def in_pairs(buckets: Sequence[Bucket]) -> tuple[Bucket, ...]:
    """Return every two buckets as one, with the label of the first."""
    return tuple(_sum(buckets[first].label, buckets[first : first + 2]) for first in range(0, len(buckets), 2))


def in_weeks(days: Sequence[Bucket]) -> tuple[Bucket, ...]:
    """Return days, the oldest first, as weeks from Monday to Sunday; the label is the Monday's, as `2026-11-23`."""
    weeks: dict[date, list[Bucket]] = {}
    for bucket in days:
        day = date.fromisoformat(bucket.label)
        weeks.setdefault(day - timedelta(days=day.weekday()), []).append(bucket)
    return tuple(_sum(monday.isoformat(), buckets) for monday, buckets in weeks.items())


def _sum(label: str, buckets: Sequence[Bucket]) -> Bucket:
    ways: Counter[Direction | None] = Counter()
    for bucket in buckets:
        ways.update(bucket.ways)
    return Bucket(label=label, ways=ways, length=sum((bucket.length for bucket in buckets), timedelta(0)))
