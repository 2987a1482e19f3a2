"""The rows of a listing, by page number or by turning from a row that was shown.

However they are found, their order is that of `_columns`, and the same row never stands on two pages.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal, select, tuple_

from bot.archive.candidates import has_short_needle
from bot.archive.filters import bounds, holds, in_scope, length, of_site
from bot.archive.indexing import BITS, MASK, first_entry, last_entry
from bot.archive.rows import FACTS, HIGHEST, moment_of, recording_of, seconds
from bot.archive.schema import recordings, sync_states
from bot.archive.searching import ENTRY, STATEMENTS, Finding, count_rows, finding, without_halves
from bot.domain.access import Scope
from bot.domain.query import Cursor, Order, Query, Side, Sort
from bot.domain.recording import Recording

Page = tuple[tuple[Recording, ...], int]
"""The rows, and the position of the first one from 1 (0 without rows)."""
COUNTED, COUNTED_FILTERED = 100_000, 1_000
"""How many rows before a page are counted, to tell its position: without a filter an index tells them, with one each
recording is looked at. Farther down the position is told as if no call had come."""

GLANCE = 300
"""Recordings that are looked at first for a word too short for the index, which most often is in many of them."""


def page_of(
    connection: Connection, site: str, query: Query, turn: Cursor | None, region: str | None, *, scope: Scope
) -> Page:
    """The rows of a listing: the query's own page, or the one beside `turn`'s anchor."""
    if turn is None and (rows := _at_a_glance(connection, site, query, region, scope)):
        return rows, 1
    found = finding(connection, site, query, region, scope)
    return _numbered_page(connection, found) if turn is None else _turned_page(connection, found, turn)


def oldest(connection: Connection, site: str) -> datetime | None:
    """When the oldest call held started, of those whose time the PBX told."""
    found = connection.execute(_oldest(site)).scalar_one_or_none()
    return None if found is None else moment_of(found * 1000)


@lru_cache(maxsize=STATEMENTS)
def _oldest(site: str) -> Select[Any]:
    started_at = recordings.c.started_at
    return select(started_at).where(of_site(site), started_at != 0).order_by(started_at).limit(1)


def back_to(connection: Connection, site: str) -> datetime | None:
    """How far back the archive reaches; None once all of the history is held."""
    return None if connection.execute(_whole(site)).first() else oldest(connection, site)


@lru_cache(maxsize=STATEMENTS)
def _whole(site: str) -> Select[Any]:
    is_whole = (sync_states.c.baseline.is_not(None)) & (sync_states.c.history.is_(None))
    return select(sync_states.c.site).where(sync_states.c.site == site, is_whole)


def _at_a_glance(
    connection: Connection, site: str, query: Query, region: str | None, scope: Scope
) -> tuple[Recording, ...]:
    """The first page, where few recordings need to be looked at for it; nothing where that is not known."""
    query = without_halves(query)
    if query.sort is not Sort.TIME or query.page > 1 or not has_short_needle(query, region):
        return ()
    order = _order(query, falling=query.order is Order.DESC)
    start, end = bounds(query.spans)
    first = select(recordings.c.id).where(
        of_site(site),
        recordings.c.started_at.between(-HIGHEST if start is None else start, HIGHEST if end is None else end),
    )
    looked_at = recordings.c.id.in_(first.order_by(*order).limit(GLANCE))
    statement = (
        select(*FACTS)
        .where(looked_at, holds(query, region), in_scope(scope, region))
        .order_by(*order)
        .limit(query.count)
    )
    rows = connection.execute(statement).all()
    return tuple(map(recording_of, rows)) if len(rows) == query.count else ()


def _numbered_page(connection: Connection, found: Finding) -> Page:
    """The rows of page `query.page`, counted from the listing's start as it is now."""
    skip = min((found.query.page - 1) * found.query.count, HIGHEST)
    rows = _rows_behind(connection, found, skip)
    return rows, skip + 1 if rows else 0


def _rows_behind(connection: Connection, found: Finding, skip: int) -> tuple[Recording, ...]:
    """The rows that stand behind the listing's first `skip`."""
    if found.by_entry:
        falling = found.query.order is Order.DESC
        return _rows(connection, found, found.select(*FACTS), skip=skip, falling=falling)
    return tuple(map(recording_of, connection.execute(_behind(found, skip))))


@lru_cache(maxsize=STATEMENTS)
def _behind(found: Finding, skip: int) -> Select[Any]:
    order = _order(found.query, falling=found.query.order is Order.DESC)
    return found.select(*FACTS).order_by(*order).limit(found.query.count).offset(skip)


def _turned_page(connection: Connection, found: Finding, turn: Cursor) -> Page:
    """The `query.count` rows that stand nearest to the anchor on its side, in the listing's order.

    The anchor itself may be gone: only its place counts, which its time and id give. By length and size they do not:
    there its position must do, which may have moved.
    """
    falling = (found.query.order is Order.DESC) is (turn.side is Side.AFTER)
    anchor = _place(connection, found, turn)
    if anchor is None:
        return _page_around(connection, found, turn)
    statement = found.select(*FACTS).where(_beyond(found, anchor, falling=falling))
    rows = _rows(connection, found, statement, falling=falling)
    if turn.side is Side.BEFORE:
        rows = tuple(reversed(rows))
    return rows, _position(connection, found, turn, rows)


def _rows(
    connection: Connection, found: Finding, statement: Select[Any], *, falling: bool, skip: int = 0
) -> tuple[Recording, ...]:
    count, order = found.query.count, _order(found.query, falling=falling)
    if found.by_entry and not skip:
        return _first(connection, statement, order, count, falling=falling)
    if found.by_entry:
        stretches, skip = _stretches(connection, statement, skip, count, falling=falling)
        if not stretches:
            return ()
        statement = statement.where(ENTRY.between(min(stretches) << BITS, max(stretches) << BITS | MASK))
    result = connection.execute(statement.order_by(*order).limit(count).offset(skip))
    return tuple(recording_of(row) for row in result)


def _first(
    connection: Connection,
    statement: Select[Any],
    order: Sequence[ColumnElement[Any]],
    count: int,
    *,
    falling: bool,
) -> tuple[Recording, ...]:
    """The first `count` rows of the statement, in order of time.

    The index knows the order but for that within a stretch: the last one is read to its end.
    """
    by_entry = statement.add_columns(ENTRY.label("entry")).order_by(ENTRY.desc() if falling else ENTRY.asc())
    rows = list(connection.execute(by_entry.limit(count)).all())
    if len(rows) == count:
        last = rows[-1].entry
        rest = ENTRY.between(last & ~MASK, last - 1) if falling else ENTRY.between(last + 1, last | MASK)
        rows += connection.execute(statement.where(rest).order_by(*order).limit(count)).all()
    rows.sort(key=lambda row: (row.started_at, row.pbx_id), reverse=falling)
    return tuple(recording_of(row[: len(FACTS)]) for row in rows[:count])


def _stretches(
    connection: Connection, statement: Select[Any], skip: int, count: int, *, falling: bool
) -> tuple[list[int], int]:
    """The stretches of time that `count` rows behind `skip` are in, and how many of their rows are to be skipped.

    They are put in order as a whole, and no others.
    """
    entry = ENTRY.desc() if falling else ENTRY.asc()
    stretch = ENTRY.op(">>")(BITS).label("stretch")
    first = statement.with_only_columns(stretch, maintain_column_froms=True).order_by(entry)
    some = first.limit(min(skip + count, HIGHEST)).subquery()
    order = some.c.stretch.desc() if falling else some.c.stretch.asc()
    counted = select(some.c.stretch, func.count()).group_by(some.c.stretch).order_by(order)
    stretches: list[int] = []
    for number, rows in connection.execute(counted):
        if not stretches and rows <= skip:
            skip -= rows
        else:
            stretches.append(number)
    return stretches, skip


def _page_around(connection: Connection, found: Finding, turn: Cursor) -> Page:
    """The page on one side of where the anchor stood."""
    before = max(turn.position - 1, 0)
    skip = before if turn.side is Side.AFTER else max(before - found.query.count, 0)
    rows = _rows_behind(connection, found, min(skip, HIGHEST))
    rows = rows if turn.side is Side.AFTER else rows[: before - skip]
    return rows, skip + 1 if rows else 0


def _place(connection: Connection, found: Finding, turn: Cursor) -> tuple[object, ...] | None:
    """Where the anchor stands, in the order of `_columns`; None where nothing tells that any more."""
    told: dict[Sort, tuple[object, ...]] = {Sort.ID: (turn.id,), Sort.TIME: (seconds(turn.at), turn.id)}
    if found.query.sort in told:
        return tuple(min(int(str(value)), HIGHEST) for value in told[found.query.sort])
    held = select(*_columns(found.query)).where(of_site(found.site), recordings.c.pbx_id == min(turn.id, HIGHEST))
    row = connection.execute(held).one_or_none()
    return tuple(row) if row else None


def _position(connection: Connection, found: Finding, turn: Cursor, rows: Sequence[Recording]) -> int:
    """Of the first row: one behind those that stand before it; where those are very many, by the anchor's own."""
    if not rows:
        return 0
    first = Cursor(side=Side.BEFORE, id=rows[0].id, at=rows[0].started_at, position=0)
    place = _place(connection, found, first) or ()
    before = found.select(literal(1)).where(_beyond(found, place, falling=found.query.order is Order.ASC))
    most = COUNTED if found.query.filters == Query() else COUNTED_FILTERED
    counted = count_rows(connection, before, most=most)
    if counted <= most:
        return counted + 1
    return max(turn.position + 1 if turn.side is Side.AFTER else turn.position - len(rows), most + 2)


def _beyond(found: Finding, place: tuple[object, ...], *, falling: bool) -> ColumnElement[bool]:
    """Holds for the rows behind a place, in falling or rising order."""
    columns, values = tuple_(*_columns(found.query)), tuple_(*(literal(value) for value in place))
    behind = columns < values if falling else columns > values
    if not found.by_entry:
        return behind
    second = int(str(place[0]))
    return behind & (last_entry(second) >= ENTRY if falling else first_entry(second) <= ENTRY)


def _order(query: Query, *, falling: bool) -> list[ColumnElement[int]]:
    return [each.desc() if falling else each.asc() for each in _columns(query)]


def _columns(query: Query) -> tuple[ColumnElement[int], ...]:
    """What the listing is sorted by, then the PBX's id; what is not told counts as the least."""
    match query.sort:
        case Sort.ID:
            return (recordings.c.pbx_id,)
        case Sort.TIME:
            return (recordings.c.started_at, recordings.c.pbx_id)
        case Sort.SIZE:
            return (recordings.c.size, recordings.c.pbx_id)
        case Sort.DURATION:
            return (length(), recordings.c.pbx_id)
