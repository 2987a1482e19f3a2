"""Statistics of what a query finds: grouped and summed by the database, put into buckets here."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from heapq import nsmallest
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Row, case, func, literal_column

from bot.archive.search import Search, index_query, recordings_in
from bot.archive.search_columns import LENGTH_UNITS
from bot.archive.tables import recordings
from bot.domain.number import compact
from bot.domain.recording import Direction
from bot.domain.statistics import Bucket, GroupBy, Statistics

HOUR, DAY = 3_600, 86_400
MOST_DAYS = 62
MOST_PEOPLE = 15
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = tuple(f"{hour:02}" for hour in range(24))
ROWS_IN_MEMORY = 250
"""Rows that are read at a time: people may be a hundred thousand."""
YEAR_ONE = date(1970, 1, 1).toordinal() * DAY - DAY
"""Seconds from 1 January of the year 1, a Monday, to 1970."""
LAST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())
"""Clock changes are known from 1970 until then; a row beyond has the nearest offset."""


@dataclass(slots=True)
class Count:
    """Figures of a bucket, or of all that is found. Lengths are in `LENGTH_UNITS`."""

    directions: Counter[Direction | None] = field(default_factory=Counter)
    length: int = 0
    longest: int = 0
    measured: int = 0

    def add(self, row: Row[Any]) -> None:
        """Add a row of `_grouped`."""
        self.directions[Direction(row.direction) if row.direction else None] += row.recordings
        self.length += int(row.length)
        self.longest = max(self.longest, row.longest)
        self.measured += row.measured

    def bucket(self, label: str) -> Bucket:
        """Return the figures as a bucket."""
        return Bucket(label=label, directions=dict(self.directions), length=_duration(self.length))


def count_by(connection: Connection, search: Search, by: GroupBy, *, zone: tzinfo) -> Statistics:
    """Return what the query finds, in all and by bucket; hours, days and weekdays are those of the zone."""
    total = Count()
    if by is GroupBy.PERSON:
        buckets, left_out = _people(connection, search, total)
    else:
        buckets, left_out = _buckets(connection, search, by, zone, total)
    return Statistics(
        query=search.query,
        by=by,
        total=total.directions.total(),
        length=_duration(total.length),
        measured=total.measured,
        longest=_duration(total.longest),
        buckets=tuple(buckets),
        left_out=left_out,
    )


def _grouped(connection: Connection, search: Search, *columns: ColumnElement[Any]) -> Iterator[Row[Any]]:
    """Yield a row for each direction and each value of the columns."""
    by = (recordings.c.direction, *columns)
    length = recordings.c.length
    statement = recordings_in(
        search,
        *by,
        func.count().label("recordings"),
        func.sum(length).label("length"),
        func.max(length).label("longest"),
        func.count(func.nullif(length, 0)).label("measured"),
        match=index_query(connection, search),
    ).group_by(*by)
    yield from connection.execute(statement, execution_options={"yield_per": ROWS_IN_MEMORY})


def _buckets(
    connection: Connection, search: Search, by: GroupBy, zone: tzinfo, total: Count
) -> tuple[Sequence[Bucket], int]:
    counts: dict[Any, Count] = {}
    place = recordings.c.direction if by is GroupBy.DIRECTION else _place(by, zone)
    for row in _grouped(connection, search, place.label("place")):
        total.add(row)
        counts.setdefault(row.place, Count()).add(row)
    if by is GroupBy.DIRECTION:
        return [counts[way].bucket(way or "unknown") for way in (*Direction, None) if way in counts], 0
    counts.pop(None, None)
    if not counts:
        return [], 0
    if by is not GroupBy.DAY:
        labels = HOURS if by is GroupBy.HOUR else WEEKDAYS
        return [counts.get(place, Count()).bucket(label) for place, label in enumerate(labels)], 0
    first = max(min(counts), max(counts) - (MOST_DAYS - 1))
    days = range(first, max(counts) + 1)
    buckets = [counts.get(day, Count()).bucket(date.fromordinal(day + 1).isoformat()) for day in days]
    return buckets, sum(day < first for day in counts)


def _people(connection: Connection, search: Search, total: Count) -> tuple[Sequence[Bucket], int]:
    """Count both ends of calls by number, or by name where there is none; a number has its most frequent name.

    The counters are flat: the garbage collector would pause for long over a hundred thousand nested objects.
    """
    calls, lengths = Counter[str](), Counter[str]()
    names, directions = Counter[tuple[str, str]](), Counter[tuple[str, Direction | None]]()
    for end in ("caller", "callee"):
        name, number = recordings.c[f"{end}_name"], recordings.c[f"{end}_number"]
        for row in _grouped(connection, search, name.label("name"), number.label("number")):
            if end == "caller":
                total.add(row)
            if key := compact(row.number) or row.name:
                calls[key] += row.recordings
                lengths[key] += int(row.length)
                names[key, row.name or row.number] += row.recordings
                directions[key, Direction(row.direction) if row.direction else None] += row.recordings
    top = nsmallest(MOST_PEOPLE, calls, key=lambda key: (-calls[key], key))
    labels = {key: Counter[str]() for key in top}
    for (key, label), count in names.items():
        if key in labels:
            labels[key][label] = count
    buckets = [
        Bucket(
            label=labels[key].most_common(1)[0][0],
            directions={way: directions[key, way] for way in (*Direction, None) if (key, way) in directions},
            length=_duration(lengths[key]),
        )
        for key in top
    ]
    return buckets, len(calls) - len(top)


def _duration(units: int) -> timedelta:
    return timedelta(seconds=round(units / LENGTH_UNITS))


def _place(by: GroupBy, zone: tzinfo) -> ColumnElement[Any]:
    """Return the number of the hour, weekday or day that a call is counted under; NULL where its time is unknown."""
    clock = local_seconds(zone)
    places = {GroupBy.HOUR: clock // HOUR % 24, GroupBy.WEEKDAY: clock // DAY % 7, GroupBy.DAY: clock // DAY}
    return case((recordings.c.started_at != 0, places[by]))


def local_seconds(zone: tzinfo) -> ColumnElement[int]:
    """Return, as SQL, what the zone's clocks show when a call starts, in seconds since the year 1 began."""
    return literal_column(f"(recordings.started_at + {_offset_sql(clock_changes(zone))})", Integer)


@lru_cache(maxsize=64)
def clock_changes(zone: tzinfo) -> tuple[tuple[int, int], ...]:
    """Return from which second since 1970 on the zone is how many seconds ahead of UTC. Takes some 50 ms once."""
    changes: list[tuple[int, int]] = []
    for day in range(0, LAST, DAY):
        offset = _offset(zone, day)
        if not changes or offset != changes[-1][1]:
            early, late = (day - DAY, day) if changes else (0, 0)
            while late - early > 1:
                middle = (early + late) // 2
                early, late = (early, middle) if _offset(zone, middle) == offset else (middle, late)
            changes.append((late, offset))
    return tuple(changes)


def _offset(zone: tzinfo, second: int) -> int:
    return int((datetime.fromtimestamp(second, zone).utcoffset() or timedelta(0)).total_seconds())


def _offset_sql(changes: Sequence[tuple[int, int]]) -> str:
    """Return nested CASEs that halve the changes, so that a row is not compared with each of them."""
    if len(changes) == 1:
        return str(YEAR_ONE + changes[0][1])
    middle = len(changes) // 2
    early, late = _offset_sql(changes[:middle]), _offset_sql(changes[middle:])
    return f"CASE WHEN recordings.started_at < {changes[middle][0]} THEN {early} ELSE {late} END"
