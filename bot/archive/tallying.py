"""What a query finds, counted: in SQL, by what the asker's clocks show, and put into buckets here."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, func

from bot.archive.clocks import DAY, clock
from bot.archive.counting import Count, People, talk
from bot.archive.filters import CALLEE, CALLER, length
from bot.archive.schema import recordings
from bot.archive.searching import Finding
from bot.domain.recording import Direction
from bot.domain.statistics import Bucket, GroupBy, Statistics

HOUR = 3_600
MOST_DAYS = 62
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = tuple(f"{hour:02}" for hour in range(24))
AT_ONCE = 250
"""Rows that are in memory at a time."""

Counts = Mapping[Any, Count]
"""By a direction, an hour from 0 on, a weekday from Monday, 0, on, or a day from the year 1's first, 0, on."""


def tally(connection: Connection, found: Finding, by: GroupBy, *, zone: tzinfo) -> Statistics:
    """What is found, in all and by bucket; hours, days and weekdays are the zone's."""
    whole = Count()
    if by is GroupBy.PERSON:
        buckets, left_out = _people(connection, found, whole)
    else:
        buckets, left_out = _buckets(connection, found, whole, by, zone)
    return Statistics(
        query=found.query,
        by=by,
        total=whole.ways.total(),
        length=talk(whole.length),
        measured=whole.measured,
        longest=talk(whole.longest),
        buckets=tuple(buckets),
        left_out=left_out,
    )


def _grouped(connection: Connection, found: Finding, **columns: ColumnElement[Any]) -> Iterator[Row[Any]]:
    """A row for each direction and whatever else, few at once: people may be a hundred thousand."""
    by = [column.label(name) for name, column in columns.items()]
    statement = found.as_a_whole.select(
        *by,
        recordings.c.direction,
        func.count().label("recordings"),
        func.sum(length()).label("length"),
        func.max(length()).label("longest"),
        func.count(func.nullif(length(), 0)).label("measured"),
    ).group_by(*by, recordings.c.direction)
    yield from connection.execute(statement, execution_options={"yield_per": AT_ONCE})


def _buckets(
    connection: Connection, found: Finding, whole: Count, by: GroupBy, zone: tzinfo
) -> tuple[list[Bucket], int]:
    place = _place(by, zone)
    counts: dict[Any, Count] = {}
    for row in _grouped(connection, found, place=place):
        whole.add(row)
        counts.setdefault(row.place, Count()).add(row)
    if by is GroupBy.DIRECTION:
        return _directions(counts), 0
    counts.pop(None, None)
    if by is GroupBy.DAY:
        return _days(counts)
    return _in_order(counts, HOURS if by is GroupBy.HOUR else WEEKDAYS), 0


def _place(by: GroupBy, zone: tzinfo) -> ColumnElement[Any]:
    """What a recording is counted by; NULL where that is not known. Takes a moment when the zone is new."""
    match by:
        case GroupBy.HOUR:
            place = clock(zone) // HOUR % len(HOURS)
        case GroupBy.WEEKDAY:
            place = clock(zone) // DAY % len(WEEKDAYS)
        case GroupBy.DAY:
            place = clock(zone) // DAY
        case _:
            return recordings.c.direction
    return case((recordings.c.started_at != 0, place))


def _in_order(counts: Counts, labels: Sequence[str]) -> list[Bucket]:
    """All of them, from the first one, 0, on; none where nothing is counted."""
    return [counts.get(place, Count()).bucket(label) for place, label in enumerate(labels)] if counts else []


def _days(counts: Counts) -> tuple[list[Bucket], int]:
    if not counts:
        return [], 0
    first, last = min(counts), max(counts)
    shown = max(first, last - (MOST_DAYS - 1))
    days = [(day, date.fromordinal(day + 1)) for day in range(shown, last + 1)]
    return [counts.get(day, Count()).bucket(told.isoformat()) for day, told in days], sum(day < shown for day in counts)


def _directions(counts: Counts) -> list[Bucket]:
    ordered = [way for way in (*Direction, None) if way in counts]
    return [counts[way].bucket(str(way) if way else "unknown") for way in ordered]


def _people(connection: Connection, found: Finding, whole: Count) -> tuple[list[Bucket], int]:
    """Each end of a call."""
    people = People()
    for end in (CALLER, CALLEE):
        name, number = end
        for row in _grouped(connection, found, name=name, number=number):
            if end is CALLER:  # every recording has one, be it nobody
                whole.add(row)
            people.add(row)
    return people.buckets()
