"""The rows of a listing, by page number or by turning from a row that was shown."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.archive.rows import FACTS, HIGHEST, recording_of, seconds
from bot.archive.tables import recordings, sync_states
from bot.domain.query import Order, Query, Side, Sort, Turn
from bot.domain.recording import Recording

Page = tuple[tuple[Recording, ...], int]
"""The rows, and the position of the first one from 1 (0 without rows)."""


def of_site(site: str) -> ColumnElement[bool]:
    """Holds for the site's recordings of its newest generation."""
    generation = select(sync_states.c.generation).where(sync_states.c.site == site).scalar_subquery()
    return (recordings.c.site == site) & (recordings.c.generation == generation)


def listed(site: str, query: Query) -> ColumnElement[bool]:
    """Holds for the recordings that the query lists."""
    if query.ids is None:
        return of_site(site)
    return of_site(site) & recordings.c.pbx_id.between(*query.ids)


async def numbered_page(connection: AsyncConnection, site: str, query: Query) -> Page:
    """The rows of page `query.page`, counted from the listing's start as it is now."""
    offset = min((query.page - 1) * query.count, HIGHEST)
    statement = select(*FACTS).where(listed(site, query)).order_by(*_order(query)).limit(query.count).offset(offset)
    rows = tuple(recording_of(row) for row in await connection.execute(statement))
    return rows, offset + 1 if rows else 0


async def turned_page(connection: AsyncConnection, site: str, query: Query, turn: Turn) -> Page:
    """The `query.count` rows that stand nearest to the anchor on its side, in the listing's order.

    The anchor itself may be gone: only its place counts, which its time and id give.
    """
    anchor = (seconds(turn.at), min(turn.id, HIGHEST))
    statement = (
        select(*FACTS)
        .where(listed(site, query), _beyond(query, turn.side, anchor))
        .order_by(*_order(query, away_from_start=turn.side is Side.AFTER))
        .limit(query.count)
    )
    rows = [recording_of(row) for row in await connection.execute(statement)]
    if turn.side is Side.BEFORE:
        rows.reverse()
    return tuple(rows), await _position(connection, site, query, rows)


async def count_listed(connection: AsyncConnection, site: str, query: Query) -> int:
    """How many recordings the query lists."""
    statement = select(func.count()).select_from(recordings).where(listed(site, query))
    return (await connection.execute(statement)).scalar_one()


async def _position(connection: AsyncConnection, site: str, query: Query, rows: Sequence[Recording]) -> int:
    if not rows:
        return 0
    first = (seconds(rows[0].started_at), rows[0].id)
    statement = (
        select(func.count()).select_from(recordings).where(listed(site, query), _beyond(query, Side.BEFORE, first))
    )
    return (await connection.execute(statement)).scalar_one() + 1


def _order(query: Query, *, away_from_start: bool = True) -> tuple[ColumnElement[int], ...]:
    """The listing's order, or the reverse: by time, then by id; a call without a time counts as the oldest."""
    falling = (query.order is Order.DESC) is away_from_start
    return tuple(column.desc() if falling else column.asc() for column in _columns(query))


def _beyond(query: Query, side: Side, anchor: tuple[int, int]) -> ColumnElement[bool]:
    """Holds for the rows on that side of the anchor, a time and an id."""
    columns = _columns(query)
    place = tuple_(*(literal(value) for value in anchor[-len(columns) :]))
    lower = (query.order is Order.DESC) is (side is Side.AFTER)
    return tuple_(*columns) < place if lower else tuple_(*columns) > place


def _columns(query: Query) -> tuple[ColumnElement[int], ...]:
    return (recordings.c.started_at, recordings.c.pbx_id) if query.sort is Sort.TIME else (recordings.c.pbx_id,)
