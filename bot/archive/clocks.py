"""What a zone's clocks show, as SQL: so that hours and days are counted by the database, not row after row here."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

from sqlalchemy import ColumnElement, Integer, literal_column

DAY = 86_400
YEAR_ONE = date(1970, 1, 1).toordinal() * DAY - DAY
"""Seconds from the first of January of the year 1, a Monday, to 1970."""
LAST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())
"""Clocks are looked at from 1970 until then; a row that lies beyond has the nearest of their offsets."""

Stretch = tuple[int, int]
"""From a second since 1970 on, the zone is so many seconds ahead of UTC."""


def clock(zone: tzinfo) -> ColumnElement[int]:
    """What the zone's clocks show when a call starts, in seconds of theirs since the year 1 began."""
    return literal_column(f"(recordings.started_at + {_ahead(stretches(zone))})", Integer)


@lru_cache(maxsize=64)
def stretches(zone: tzinfo) -> tuple[Stretch, ...]:
    """Between the changes of the zone's clocks, oldest first. Takes some 50 ms, the first time."""
    told: list[Stretch] = []
    known = None
    for day in range(0, LAST, DAY):
        if (ahead := _offset(zone, day)) != known:
            told.append((_change(zone, day) if told else 0, ahead))
            known = ahead
    return tuple(told)


def _change(zone: tzinfo, day: int) -> int:
    """The first second that has the offset of this day's beginning; it is in the day before."""
    early, late, ahead = day - DAY, day, _offset(zone, day)
    while late - early > 1:
        middle = (early + late) // 2
        early, late = (early, middle) if _offset(zone, middle) == ahead else (middle, late)
    return late


def _offset(zone: tzinfo, second: int) -> int:
    ahead = datetime.fromtimestamp(second, zone).utcoffset() or timedelta(0)
    return int(ahead.total_seconds())


def _ahead(told: tuple[Stretch, ...]) -> str:
    """From 1970 to the year 1, and from UTC to the zone; halved again and again, or each row would meet each change."""
    if len(told) == 1:
        return str(YEAR_ONE + told[0][1])
    middle = len(told) // 2
    since = told[middle][0]
    return f"CASE WHEN recordings.started_at < {since} THEN {_ahead(told[:middle])} ELSE {_ahead(told[middle:])} END"
