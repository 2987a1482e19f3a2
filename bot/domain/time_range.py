"""A stretch of time, and whole days in somebody's time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRange:
    """A stretch of time. Aware, UTC; an end that is None is open."""

    start: datetime | None = None
    """The first moment in it."""
    end: datetime | None = None
    """The first moment after it."""


def day_of(day: date, zone: tzinfo) -> TimeRange:
    """A whole day in a zone; 23 or 25 hours when the clocks change."""
    return TimeRange(start=midnight(day, zone), end=midnight(day + DAY, zone))


def midnight(day: date, zone: tzinfo) -> datetime:
    """When a day begins in a zone, in UTC; one o'clock there if the clocks skip the hour before."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
