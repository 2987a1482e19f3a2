"""Time ranges, and whole days in a time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRange:
    """A range of time. Both ends are aware, in UTC, and None where the range is open."""

    start: datetime | None = None
    """The first moment of the range."""
    end: datetime | None = None
    """The first moment after the range."""


def day_of(day: date, zone: tzinfo) -> TimeRange:
    """Return a whole day in a zone; it has 23 or 25 hours when the clocks change."""
    return TimeRange(start=midnight(day, zone), end=midnight(day + DAY, zone))


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the beginning of a day in a zone, in UTC; it is one o'clock there if the clocks skip the hour before."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
