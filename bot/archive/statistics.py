"""Statistics of the matches of a query. The database groups and sums; this module makes the buckets."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from heapq import nsmallest
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Row, case, func, literal_column

from bot.archive.schema import recordings
from bot.archive.search import Search, index_query, recordings_in
from bot.archive.search_columns import LENGTH_UNITS
from bot.domain.number import compact
from bot.domain.recording import Direction
from bot.domain.statistics import Bucket, GroupBy, Statistics

HOUR, DAY = 3_600, 86_400
MOST_DAYS = 62
MOST_PEOPLE = 15
LABELS = {
    GroupBy.HOUR: tuple(f"{hour:02}" for hour in range(24)),
    GroupBy.WEEKDAY: ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
ROWS_IN_MEMORY = 250
"""Rows that are fetched at a time. There may be a hundred thousand people."""
YEAR_ONE = date(1970, 1, 1).toordinal() * DAY - DAY
"""Seconds from 1 January of the year 1, a Monday, to 1970."""
LAST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())
"""End of the known clock changes, which start in 1970. Times outside use the nearest offset."""


class _Tally:
    """Sums by bucket and in total. Lengths are in `LENGTH_UNITS`.

    The counters are flat, because garbage collection of a hundred thousand nested objects takes long.
    """

    def __init__(self) -> None:
        self.total = self.length = self.longest = self.measured = 0
        self.recordings, self.lengths = Counter[Any](), Counter[Any]()
        self.directions = Counter[tuple[Any, Direction | None]]()

    def add(self, key: Any, row: Row[Any]) -> None:
        """Add a row of `_grouped` to a bucket."""
        self.recordings[key] += row.recordings
        self.lengths[key] += int(row.length)
        self.directions[key, Direction(row.direction) if row.direction else None] += row.recordings

    def add_to_all(self, row: Row[Any]) -> None:
        """Add a row to the totals."""
        self.total += row.recordings
        self.length += int(row.length)
        self.longest = max(self.longest, row.longest)
        self.measured += row.measured

    def bucket(self, key: Any, label: str) -> Bucket:
        """Return a bucket, which may be empty."""
        directions = {one: self.directions[key, one] for one in (*Direction, None) if (key, one) in self.directions}
        return Bucket(label=label, directions=directions, length=_duration(self.lengths[key]))


def count_by(connection: Connection, search: Search, by: GroupBy, *, zone: tzinfo) -> Statistics:
    """Return the statistics of the matches, in total and by bucket. Hours, days and weekdays are in `zone`."""
    tally = _Tally()
    if by is GroupBy.PERSON:
        buckets, left_out = _people(connection, search, tally)
    else:
        buckets, left_out = _buckets(connection, search, by, zone, tally)
    return Statistics(
        query=search.query,
        by=by,
        total=tally.total,
        length=_duration(tally.length),
        measured=tally.measured,
        longest=_duration(tally.longest),
        buckets=tuple(buckets),
        left_out=left_out,
    )


def _grouped(connection: Connection, search: Search, *columns: ColumnElement[Any]) -> Iterator[Row[Any]]:
    """Yield a row for each direction and each value of the columns."""
    length, by = recordings.c.length, (recordings.c.direction, *columns)
    sums = (
        func.count().label("recordings"),
        func.sum(length).label("length"),
        func.max(length).label("longest"),
        func.count(func.nullif(length, 0)).label("measured"),
    )
    match = index_query(connection, search)
    index = None if search.query.ids else "started_at" if search.query.time_ranges else "id"
    statement = recordings_in(search, *by, *sums, match=match, index=index).group_by(*by)
    yield from connection.execute(statement, execution_options={"yield_per": ROWS_IN_MEMORY})


def _buckets(
    connection: Connection, search: Search, by: GroupBy, zone: tzinfo, tally: _Tally
) -> tuple[Sequence[Bucket], int]:
    place = recordings.c.direction if by is GroupBy.DIRECTION else _place(by, zone)
    for row in _grouped(connection, search, place.label("place")):
        tally.add_to_all(row)
        tally.add(row.place, row)
    if by is GroupBy.DIRECTION:
        return [tally.bucket(one, one or "unknown") for one in (*Direction, None) if one in tally.recordings], 0
    counted = [place for place in tally.recordings if place is not None]
    if not counted:
        return [], 0
    if by is not GroupBy.DAY:
        return [tally.bucket(place, label) for place, label in enumerate(LABELS[by])], 0
    first = max(min(counted), max(counted) - (MOST_DAYS - 1))
    days = range(first, max(counted) + 1)
    buckets = [tally.bucket(day, date.fromordinal(day + 1).isoformat()) for day in days]
    return buckets, sum(day < first for day in counted)


def _people(connection: Connection, search: Search, tally: _Tally) -> tuple[Sequence[Bucket], int]:
    """Count callers and callees by number, or by name if there is none. The label is the most frequent name."""
    names = Counter[tuple[str, str]]()
    for end in ("caller", "callee"):
        name, number = recordings.c[f"{end}_name"], recordings.c[f"{end}_number"]
        for row in _grouped(connection, search, name.label("name"), number.label("number")):
            if end == "caller":
                tally.add_to_all(row)
            if key := compact(row.number) or row.name:
                tally.add(key, row)
                names[key, row.name or row.number] += row.recordings
    top = nsmallest(MOST_PEOPLE, tally.recordings, key=lambda key: (-tally.recordings[key], key))
    labels = {key: Counter[str]() for key in top}
    for (key, label), count in names.items():
        if key in labels:
            labels[key][label] = count
    return [tally.bucket(key, labels[key].most_common(1)[0][0]) for key in top], len(tally.recordings) - len(top)


def _duration(units: int) -> timedelta:
    return timedelta(seconds=round(units / LENGTH_UNITS))


def _place(by: GroupBy, zone: tzinfo) -> ColumnElement[Any]:
    """Return the SQL for the number of the hour, weekday or day of a call; NULL if its time is unknown."""
    clock = local_seconds(zone)
    places = {GroupBy.HOUR: clock // HOUR % 24, GroupBy.WEEKDAY: clock // DAY % 7, GroupBy.DAY: clock // DAY}
    return case((recordings.c.started_at != 0, places[by]))


def local_seconds(zone: tzinfo) -> ColumnElement[int]:
    """Return the SQL for the local start time of a call, in seconds since the start of the year 1."""
    return literal_column(f"(recordings.started_at + {_offset_sql(clock_changes(zone))})", Integer)


@lru_cache(maxsize=64)
def clock_changes(zone: tzinfo) -> tuple[tuple[int, int], ...]:
    """Return pairs of a start, in seconds since 1970, and the UTC offset from then on. The first call takes 50 ms."""
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
    """Return nested CASEs, a binary search for the offset, so that a row is not compared with each change."""
    if len(changes) == 1:
        return str(YEAR_ONE + changes[0][1])
    middle = len(changes) // 2
    early, late = _offset_sql(changes[:middle]), _offset_sql(changes[middle:])
    return f"CASE WHEN recordings.started_at < {changes[middle][0]} THEN {early} ELSE {late} END"
