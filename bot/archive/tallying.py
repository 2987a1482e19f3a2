"""What a query finds, counted: by stretches of time in SQL, and those put together in the asker's zone."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func

from bot.archive.filters import CALLEE, CALLER, UNITS, length
from bot.archive.searching import Finding
from bot.archive.tables import recordings
from bot.domain.numbers import compact
from bot.domain.recording import Direction
from bot.domain.tally import Bucket, By, Tally

QUARTER = 900
"""Seconds. Every zone's hours begin at a quarter of UTC's."""
MOST_DAYS = 62
MOST_PEOPLE = 10
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = tuple(f"{hour:02}" for hour in range(24))
DAY = timedelta(days=1)


@dataclass(slots=True)
class Count:
    """A bucket that is still being filled."""

    ways: Counter[Direction | None] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, row: Row[Any]) -> None:
        """Take in a row of the statement."""
        self.ways[Direction(row.direction) if row.direction else None] += row.recordings
        self.seconds += row.seconds or 0

    def bucket(self, label: str) -> Bucket:
        """The bucket, as it is now."""
        return Bucket(label=label, ways=dict(self.ways), length=timedelta(seconds=round(self.seconds)))

    @property
    def count(self) -> int:
        """Recordings in it."""
        return self.ways.total()


def tally(connection: Connection, found: Finding, by: By, *, zone: tzinfo) -> Tally:
    """What is found, in all and by bucket; hours, days and weekdays are the zone's."""
    rows = _grouped(connection, found, (recordings.c.started_at // QUARTER).label("quarter"))
    buckets, left_out = (_people(connection, found)) if by is By.PERSON else _buckets(rows, by, zone)
    return Tally(
        query=found.query,
        by=by,
        total=sum(row.recordings for row in rows),
        length=timedelta(seconds=round(sum(row.seconds or 0 for row in rows))),
        measured=sum(row.measured for row in rows),
        longest=timedelta(seconds=round(max((row.longest or 0 for row in rows), default=0))),
        buckets=tuple(buckets),
        left_out=left_out,
    )


def _grouped(connection: Connection, found: Finding, *columns: ColumnElement[Any]) -> Sequence[Row[Any]]:
    statement = found.as_a_whole.select(
        *columns,
        recordings.c.direction,
        func.count().label("recordings"),
        (func.sum(length()) / float(UNITS)).label("seconds"),
        func.count(func.nullif(length(), 0)).label("measured"),
        (func.max(length()) / float(UNITS)).label("longest"),
    ).group_by(*columns, recordings.c.direction)
    rows: Sequence[Row[Any]] = connection.execute(statement).all()
    return rows


def _buckets(rows: Iterable[Row[Any]], by: By, zone: tzinfo) -> tuple[list[Bucket], int]:
    if by is By.DIRECTION:
        return _directions(rows), 0
    timed = [row for row in rows if row.quarter]
    if by is By.HOUR:
        return _in_order(timed, HOURS, lambda at: HOURS[at.hour], zone), 0
    if by is By.WEEKDAY:
        return _in_order(timed, WEEKDAYS, lambda at: WEEKDAYS[at.weekday()], zone), 0
    return _days(timed, zone)


def _local(row: Row[Any], zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(row.quarter * QUARTER, UTC).astimezone(zone)


def _in_order(
    rows: Sequence[Row[Any]], labels: Sequence[str], label_of: Callable[[datetime], str], zone: tzinfo
) -> list[Bucket]:
    if not rows:
        return []
    counts = {label: Count() for label in labels}
    for row in rows:
        counts[label_of(_local(row, zone))].add(row)
    return [count.bucket(label) for label, count in counts.items()]


def _days(rows: Sequence[Row[Any]], zone: tzinfo) -> tuple[list[Bucket], int]:
    counts: dict[date, Count] = {}
    for row in rows:
        counts.setdefault(_local(row, zone).date(), Count()).add(row)
    if not counts:
        return [], 0
    first, last = min(counts), max(counts)
    shown = max(first, last - (MOST_DAYS - 1) * DAY)
    days = [shown + number * DAY for number in range((last - shown).days + 1)]
    return [counts.get(day, Count()).bucket(day.isoformat()) for day in days], sum(day < shown for day in counts)


def _directions(rows: Iterable[Row[Any]]) -> list[Bucket]:
    counts: dict[Direction | None, Count] = {}
    for row in rows:
        counts.setdefault(Direction(row.direction) if row.direction else None, Count()).add(row)
    ordered = [way for way in (*Direction, None) if way in counts]
    return [counts[way].bucket(str(way) if way else "unknown") for way in ordered]


def _people(connection: Connection, found: Finding) -> tuple[list[Bucket], int]:
    """Each end of a call, by number; a number's name is the one that it has most often."""
    counts: dict[str, Count] = {}
    names: dict[str, Counter[str]] = {}
    for name, number in (CALLER, CALLEE):
        for row in _grouped(connection, found, name.label("name"), number.label("number")):
            key = compact(row.number) or row.name
            if key:
                counts.setdefault(key, Count()).add(row)
                names.setdefault(key, Counter())[row.name or row.number] += row.recordings
    most = sorted(counts, key=lambda key: (-counts[key].count, key))
    shown = [counts[key].bucket(names[key].most_common(1)[0][0]) for key in most[:MOST_PEOPLE]]
    return shown, max(0, len(most) - MOST_PEOPLE)
