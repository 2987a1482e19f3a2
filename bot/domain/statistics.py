"""The number and length of calls, by hour, day, weekday, person or direction."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from bot.domain.query import Query
from bot.domain.recording import Direction


class GroupBy(StrEnum):
    """How recordings are grouped."""

    HOUR = "hour"
    """Hour of the day, 0 to 23, in the asker's zone."""
    DAY = "day"
    WEEKDAY = "weekday"
    """Monday first."""
    PERSON = "person"
    """Callers and callees, the most frequent first."""
    DIRECTION = "direction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """The recordings of one hour, day, weekday, person or direction."""

    label: str
    """`09`, `2026-11-24`, `Mon`, `Evelyn`, `inbound`."""
    directions: Mapping[Direction | None, int] = field(default_factory=dict)
    """Number of recordings by direction; the key None is for an unknown direction."""
    length: timedelta = timedelta(0)
    """Sum over the recordings of known length."""

    @property
    def count(self) -> int:
        """Number of recordings in all directions."""
        return sum(self.directions.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """The result of the command `stats`."""

    query: Query
    by: GroupBy
    total: int
    """Number of matches. Grouped by person, each recording is counted in two buckets."""
    length: timedelta
    """Sum over the recordings of known length."""
    measured: int
    """Number of recordings of known length."""
    longest: timedelta
    buckets: tuple[Bucket, ...]
    """In the order of time or weekday, including empty ones; people in descending order of calls."""
    left_out: int = 0
    """Number of buckets that are not listed: the less frequent people, or the older days."""


def without_empty_ends(buckets: Sequence[Bucket]) -> tuple[Bucket, ...]:
    """Return the buckets without the empty ones at the start and the end."""
    busy = [place for place, bucket in enumerate(buckets) if bucket.count]
    return tuple(buckets[busy[0] : busy[-1] + 1]) if busy else ()


def in_pairs(buckets: Sequence[Bucket]) -> tuple[Bucket, ...]:
    """Merge every two neighbouring buckets into one, with the label of the first."""
    return tuple(_sum(buckets[first].label, buckets[first : first + 2]) for first in range(0, len(buckets), 2))


def in_weeks(days: Sequence[Bucket]) -> tuple[Bucket, ...]:
    """Merge days, the oldest first, into weeks from Monday to Sunday. The label is the Monday: `2026-11-23`."""
    weeks: dict[date, list[Bucket]] = {}
    for bucket in days:
        day = date.fromisoformat(bucket.label)
        weeks.setdefault(day - timedelta(days=day.weekday()), []).append(bucket)
    return tuple(_sum(monday.isoformat(), buckets) for monday, buckets in weeks.items())


def _sum(label: str, buckets: Sequence[Bucket]) -> Bucket:
    directions: Counter[Direction | None] = Counter()
    for bucket in buckets:
        directions.update(bucket.directions)
    return Bucket(label=label, directions=directions, length=sum((bucket.length for bucket in buckets), timedelta(0)))
