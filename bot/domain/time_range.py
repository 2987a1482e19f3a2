"""Time ranges, and whole days in a time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRange:
    """A range of time. Both ends are aware, in UTC; None means no limit."""

    start: datetime | None = None
    """The first moment of the range."""
    end: datetime | None = None
    """The first moment after the range."""


def day_of(day: date, zone: tzinfo) -> TimeRange:
    """Return a whole day in a time zone. It has 23 or 25 hours if the clocks change."""
    return TimeRange(start=midnight(day, zone), end=midnight(day + DAY, zone))


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the start of a day in a time zone, as UTC. It is 1 a.m. there if the clocks skip midnight."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
