"""The rows of a listing, by page number or by turning from a row that was shown.

In order of time, words and names lead to the rows: the index of words gives the newest first. Whatever else it is, the
order is that of `_columns`, and the same row never stands on two pages.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, column, func, literal, literal_column, select, table, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.archive.candidates import candidates
from bot.archive.filters import bounds, holds, length, lengths
from bot.archive.indexing import BITS, MASK, SEARCH, first_entry, last_entry
from bot.archive.rows import FACTS, HIGHEST, recording_of, seconds, storable
from bot.archive.tables import recordings, sync_states
from bot.domain.query import Order, Query, Side, Sort, Term, Turn
from bot.domain.recording import Recording

Page = tuple[tuple[Recording, ...], int]
"""The rows, and the position of the first one from 1 (0 without rows)."""
MOST_COUNTED = 10_000
"""Rows before a page that are counted, to tell its position; farther down it is told as no more than that."""

MOST_IN_HAND = 2_000
"""Recordings of some length, or with some numbers, that are read one by one and put in order."""

_search = table(SEARCH, column("rowid"))
_entry = _search.c.rowid


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a query's recordings are: all of a site's that hold, led to by the index where it can."""

    site: str
    query: Query
    region: str | None
    match: str | None = None
    """What to ask the index of words; None to read the recordings themselves."""
    few: bool = False
    """Whether the length alone leaves few recordings: its index leads to them."""

    def select(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """A statement for these columns of what is found."""
        found = select(*columns).where(of_site(self.site), holds(self.query, self.region))
        if self.few:
            found = found.where(recordings.c.id.in_(_by_length(self.site, self.query, recordings.c.id)))
        if self.match is None:
            return found.select_from(recordings)
        joined = _search.join(recordings, recordings.c.id == _entry.op("&")(MASK))
        asked = literal_column(SEARCH).op("MATCH")(self.match)
        return found.select_from(joined).where(asked, *_entries(self.query))

    @property
    def by_entry(self) -> bool:
        """Whether the index gives the rows in the listing's order, but within a stretch of time."""
        return self.match is not None and self.query.sort is Sort.TIME


def of_site(site: str) -> ColumnElement[bool]:
    """Holds for the site's recordings of its newest generation."""
    generation = select(sync_states.c.generation).where(sync_states.c.site == site).scalar_subquery()
    return (recordings.c.site == site) & (recordings.c.generation == generation)


async def finding(connection: AsyncConnection, site: str, query: Query, region: str | None) -> Finding:
    """How to find what the query asks for."""
    query = _storable(query)
    if query.ids is not None and query.ids[1] - query.ids[0] < MOST_IN_HAND:
        return Finding(site, query, region)
    match = await candidates(connection, query, region)
    if match is not None or query.sort is not Sort.TIME or not lengths(query):
        return Finding(site, query, region, match)
    some = _by_length(site, query, literal(1)).limit(MOST_IN_HAND + 1).subquery()
    counted = (await connection.execute(select(func.count()).select_from(some))).scalar_one()
    return Finding(site, query, region, few=counted <= MOST_IN_HAND)


async def numbered_page(connection: AsyncConnection, found: Finding) -> Page:
    """The rows of page `query.page`, counted from the listing's start as it is now."""
    query = found.query
    offset = min((query.page - 1) * query.count, HIGHEST)
    rows = await _rows(connection, found, found.select(*FACTS), skip=offset, falling=query.order is Order.DESC)
    return rows, offset + 1 if rows else 0


async def turned_page(connection: AsyncConnection, found: Finding, turn: Turn) -> Page:
    """The `query.count` rows that stand nearest to the anchor on its side, in the listing's order.

    The anchor itself may be gone: only its place counts, which its time and id give. By length and size they do not:
    there its position must do, which may have moved.
    """
    falling = (found.query.order is Order.DESC) is (turn.side is Side.AFTER)
    anchor = await _place(connection, found, turn)
    if anchor is None:
        return await _page_around(connection, found, turn)
    statement = found.select(*FACTS).where(_beyond(found, anchor, falling=falling))
    rows = await _rows(connection, found, statement, falling=falling)
    if turn.side is Side.BEFORE:
        rows = tuple(reversed(rows))
    return rows, await _position(connection, found, turn, rows)


async def count_found(connection: AsyncConnection, found: Finding, *, most: int) -> int:
    """How many recordings the query finds; counting stops behind `most`."""
    some = found.select(literal(1)).limit(most + 1).subquery()
    return (await connection.execute(select(func.count()).select_from(some))).scalar_one()


async def _rows(
    connection: AsyncConnection, found: Finding, statement: Select[Any], *, falling: bool, skip: int = 0
) -> tuple[Recording, ...]:
    count = found.query.count
    if found.by_entry:
        stretches, skip = await _stretches(connection, statement, skip, count, falling=falling)
        if not stretches:
            return ()
        statement = statement.where(_entry.between(min(stretches) << BITS, max(stretches) << BITS | MASK))
    ordered = statement.order_by(*(each.desc() if falling else each.asc() for each in _columns(found.query)))
    result = await connection.execute(ordered.limit(count).offset(skip))
    return tuple(recording_of(row) for row in result)


async def _stretches(
    connection: AsyncConnection, statement: Select[Any], skip: int, count: int, *, falling: bool
) -> tuple[list[int], int]:
    """The stretches of time that `count` rows behind `skip` are in, and how many of their rows are to be skipped.

    The index knows the order but for that within a stretch: they are put in order as a whole, and no others.
    """
    entry = _entry.desc() if falling else _entry.asc()
    stretch = _entry.op(">>")(BITS).label("stretch")
    first = statement.with_only_columns(stretch, maintain_column_froms=True).order_by(entry)
    some = first.limit(min(skip + count, HIGHEST)).subquery()
    order = some.c.stretch.desc() if falling else some.c.stretch.asc()
    counted = select(some.c.stretch, func.count()).group_by(some.c.stretch).order_by(order)
    stretches: list[int] = []
    for number, rows in await connection.execute(counted):
        if not stretches and rows <= skip:
            skip -= rows
        else:
            stretches.append(number)
    return stretches, skip


async def _page_around(connection: AsyncConnection, found: Finding, turn: Turn) -> Page:
    """The page on one side of where the anchor stood."""
    before = max(turn.position - 1, 0)
    skip = before if turn.side is Side.AFTER else max(before - found.query.count, 0)
    falling = found.query.order is Order.DESC
    rows = await _rows(connection, found, found.select(*FACTS), skip=min(skip, HIGHEST), falling=falling)
    rows = rows if turn.side is Side.AFTER else rows[: before - skip]
    return rows, skip + 1 if rows else 0


async def _place(connection: AsyncConnection, found: Finding, turn: Turn) -> tuple[object, ...] | None:
    """Where the anchor stands, in the order of `_columns`; None where nothing tells that any more."""
    told: dict[Sort, tuple[object, ...]] = {Sort.ID: (turn.id,), Sort.TIME: (seconds(turn.at), turn.id)}
    if found.query.sort in told:
        return tuple(min(int(str(value)), HIGHEST) for value in told[found.query.sort])
    held = select(*_columns(found.query)).where(of_site(found.site), recordings.c.pbx_id == min(turn.id, HIGHEST))
    row = (await connection.execute(held)).one_or_none()
    return tuple(row) if row else None


async def _position(connection: AsyncConnection, found: Finding, turn: Turn, rows: Sequence[Recording]) -> int:
    """Of the first row: one behind those that stand before it; where those are very many, by the anchor's own."""
    if not rows:
        return 0
    first = Turn(side=Side.BEFORE, id=rows[0].id, at=rows[0].started_at, position=0)
    place = await _place(connection, found, first) or ()
    before = found.select(literal(1)).where(_beyond(found, place, falling=found.query.order is Order.ASC))
    some = before.limit(MOST_COUNTED + 1).subquery()
    counted: int = (await connection.execute(select(func.count()).select_from(some))).scalar_one()
    if counted <= MOST_COUNTED:
        return counted + 1
    return max(turn.position + 1 if turn.side is Side.AFTER else turn.position - len(rows), 1)


def _beyond(found: Finding, place: tuple[object, ...], *, falling: bool) -> ColumnElement[bool]:
    """Holds for the rows behind a place, in falling or rising order."""
    columns, values = tuple_(*_columns(found.query)), tuple_(*(literal(value) for value in place))
    behind = columns < values if falling else columns > values
    if not found.by_entry:
        return behind
    second = int(str(place[0]))
    return behind & (_entry <= last_entry(second) if falling else _entry >= first_entry(second))


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


def _storable(query: Query) -> Query:
    """The query without half characters, which no row holds and SQL does not take."""

    def whole(terms: Sequence[Term]) -> tuple[Term, ...]:
        return tuple(replace(term, text=storable(term.text)) for term in terms)

    words, callers, callees, parties = map(whole, (query.words, query.callers, query.callees, query.parties))
    return replace(query, words=words, callers=callers, callees=callees, parties=parties)


def _entries(query: Query) -> Iterable[ColumnElement[bool]]:
    """Bounds of the index for what the query asks of the time."""
    start, end = bounds(query.spans)
    if start is not None:
        yield _entry >= first_entry(start)
    if end is not None:
        yield _entry <= last_entry(end)


def _by_length(site: str, query: Query, column: ColumnElement[int]) -> Select[Any]:
    return select(column).select_from(recordings).where(of_site(site), *lengths(query, by_index=True))
