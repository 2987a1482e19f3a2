from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.archive import SqlArchive
from bot.domain.access import SYSTEM
from bot.domain.query import Cursor, Order, Query, Side, Sort
from bot.domain.recording import Recording
from bot.domain.results import ListResult
from tests.stage import costly
from tests.tables import open_tables

Maker = Callable[..., Recording]

MINUTES = {1: 30, 2: 10, 3: None, 4: 20, 5: 20, 6: None, 7: 5}
"""When each call started, in minutes after noon; two at once, two without a time."""


@pytest.fixture
async def listed(archive: SqlArchive, recording: Maker, noon: datetime) -> SqlArchive:
    rows = [
        recording(pbx_id, started_at=None if minutes is None else noon + timedelta(minutes=minutes))
        for pbx_id, minutes in MINUTES.items()
    ]
    await archive.store(rows, now=noon)
    return archive


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        pytest.param(Query(), [1, 5, 4, 2, 7, 6, 3], id="by time, newest first, those without one last"),
        pytest.param(Query(order=Order.ASC), [3, 6, 7, 2, 4, 5, 1], id="by time, oldest first"),
        pytest.param(Query(sort=Sort.ID), [7, 6, 5, 4, 3, 2, 1], id="by id, highest first"),
        pytest.param(Query(sort=Sort.ID, order=Order.ASC), [1, 2, 3, 4, 5, 6, 7], id="by id, lowest first"),
    ],
)
async def test_the_order_of_a_listing(listed: SqlArchive, query: Query, ids: list[int]) -> None:
    rows, first = await listed.page(SYSTEM, query)
    assert [row.id for row in rows] == ids
    assert first == 1


@pytest.mark.parametrize(
    ("page", "ids", "first"),
    [
        pytest.param(1, [7, 6, 5], 1, id="the first page"),
        pytest.param(3, [1], 7, id="the last page"),
        pytest.param(4, [], 0, id="a page past the end"),
        pytest.param(10**30, [], 0, id="a page number that nothing can hold"),
    ],
)
async def test_pages_by_number(listed: SqlArchive, page: int, ids: list[int], first: int) -> None:
    rows, position = await listed.page(SYSTEM, Query(sort=Sort.ID, count=3, page=page))
    assert ([row.id for row in rows], position) == (ids, first)


async def test_turning_holds_its_place_though_calls_arrive(
    listed: SqlArchive, recording: Maker, noon: datetime
) -> None:
    query = Query(count=3)
    turn = Cursor(side=Side.AFTER, id=4, at=noon + timedelta(minutes=20), position=3)
    await listed.store([recording(100), recording(101)], now=noon)
    rows, first = await listed.page(SYSTEM, query, turn)
    assert ([row.id for row in rows], first) == ([2, 7, 6], 6)


async def test_turning_back_shows_the_nearest_rows(listed: SqlArchive, noon: datetime) -> None:
    turn = Cursor(side=Side.BEFORE, id=7, at=noon + timedelta(minutes=5), position=5)
    rows, first = await listed.page(SYSTEM, Query(count=2), turn)
    assert ([row.id for row in rows], first) == ([4, 2], 3)


@pytest.mark.parametrize(
    ("turn", "ids", "first"),
    [
        pytest.param(
            Cursor(side=Side.AFTER, id=50, at=None, position=9), [6, 3], 6, id="without a time, above the rest"
        ),
        pytest.param(Cursor(side=Side.AFTER, id=10**30, at=None, position=9), [6, 3], 6, id="an id nothing can hold"),
        pytest.param(Cursor(side=Side.AFTER, id=0, at=None, position=9), [], 0, id="nothing after it"),
        pytest.param(
            Cursor(side=Side.BEFORE, id=6, at=None, position=6), [1, 5, 4, 2, 7], 1, id="before those without"
        ),
    ],
)
async def test_the_anchor_may_be_gone(listed: SqlArchive, turn: Cursor, ids: list[int], first: int) -> None:
    rows, position = await listed.page(SYSTEM, Query(), turn)
    assert ([row.id for row in rows], position) == (ids, first)


QUERIES = st.builds(Query, count=st.integers(1, 7), sort=st.sampled_from(Sort), order=st.sampled_from(Order))


@costly(5)
@given(QUERIES, st.lists(st.none() | st.integers(0, 4), max_size=12))
async def test_turning_to_the_end_and_back_shows_every_row_once(query: Query, minutes: list[int | None]) -> None:
    noon = datetime.fromisoformat("2026-11-24T12:00Z")
    rows = [
        Recording(id=pbx_id, started_at=None if minute is None else noon + timedelta(minutes=minute))
        for pbx_id, minute in enumerate(minutes)
    ]
    with TemporaryDirectory() as folder:
        async with open_tables(f"sqlite:///{Path(folder)}/x.db") as database:
            archive = SqlArchive(database, site="main")
            await archive.store(rows, now=noon)
            there = await _walk(archive, query)
            back = await _walk(archive, query, there[-1])
    assert sorted(row.id for page in there for row in page.rows) == list(range(len(rows)))
    assert [page.first for page in there if page.rows] == list(range(1, len(rows) + 1, query.count))
    assert back == there[::-1]


async def _walk(archive: SqlArchive, query: Query, start: ListResult | None = None) -> list[ListResult]:
    """The pages from the first to the last, or from `start` back to the first."""
    total = await archive.count()
    pages = [start]
    if start is None:
        rows, first = await archive.page(SYSTEM, query)
        pages = [ListResult(query=query, rows=rows, total=total, first=first)]
    while (last := pages[-1]) and (turn := last.previous if start else last.next):
        rows, first = await archive.page(SYSTEM, query, turn)
        pages.append(ListResult(query=query, rows=rows, total=total, first=first))
    return [page for page in pages if page]
