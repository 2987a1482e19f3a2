from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.query import Cursor, Order, Query, Side, Sort
from bot.domain.results import ListResult
from bot.services.cursor import MOST_PAGES, AnchorLost, page_beside
from tests.stage import NOON, FakePhones, recording


async def first_page(phones: FakePhones, query: Query) -> ListResult:
    page = await phones.recordings(page=1, size=query.count, sort=query.sort, order=query.order)
    return ListResult(query=query, rows=page.rows, total=page.total, first=1 if page.rows else 0)


async def test_next_shows_the_rows_below_though_calls_arrived() -> None:
    phones = FakePhones()
    phones.add(range(1, 31))
    shown = await first_page(phones, Query(count=10))
    phones.add(range(31, 38))
    assert shown.next
    turned = await page_beside(phones, shown.query, shown.next)
    assert [row.id for row in turned.rows] == list(range(20, 10, -1))
    assert (turned.first, turned.total) == (18, 37), "seven have come before them"


async def test_previous_shows_the_page_one_came_from_though_calls_arrived() -> None:
    phones = FakePhones()
    phones.add(range(1, 31))
    shown = await first_page(phones, Query(count=10))
    assert shown.next
    second = await page_beside(phones, shown.query, shown.next)
    phones.add(range(31, 34))
    assert second.previous
    back = await page_beside(phones, shown.query, second.previous)
    assert back.rows == shown.rows
    assert back.previous, "the newcomers are one page further up"
    newest = await page_beside(phones, shown.query, back.previous)
    assert [row.id for row in newest.rows] == [33, 32, 31]


async def test_an_anchor_that_was_deleted_still_says_where_to_go_on() -> None:
    phones = FakePhones()
    phones.add(range(1, 31))
    shown = await first_page(phones, Query(count=10))
    phones.remove([21, 20, 25])
    assert shown.next
    turned = await page_beside(phones, shown.query, shown.next)
    assert [row.id for row in turned.rows] == list(range(19, 9, -1))


async def test_an_anchor_that_has_moved_too_far_is_the_archives_to_find() -> None:
    phones = FakePhones()
    phones.add(range(1, 31))
    shown = await first_page(phones, Query(count=10))
    phones.add(range(31, 31 + 10 * (MOST_PAGES + 1)))
    assert shown.next
    phones.requests.clear()
    with pytest.raises(AnchorLost):
        await page_beside(phones, shown.query, shown.next)
    assert len(phones.requests) == MOST_PAGES


@pytest.mark.parametrize(
    ("turn", "count", "arrived", "ids", "first", "requests"),
    [
        pytest.param((Side.AFTER, 250), 10, 0, range(250, 240, -1), 251, 2, id="the rows below, far down"),
        pytest.param((Side.BEFORE, 250), 10, 0, range(261, 251, -1), 240, 2, id="the rows above, far down"),
        pytest.param((Side.AFTER, 241), 9, 0, range(259, 250, -1), 242, 1, id="a page has just enough below"),
        pytest.param((Side.BEFORE, 250), 9, 0, range(260, 251, -1), 241, 1, id="a page has just enough above"),
        pytest.param((Side.AFTER, 500), 10, 0, range(0), 0, 1, id="nothing is below"),
        pytest.param((Side.BEFORE, 1), 10, 0, range(0), 0, 1, id="nothing is above"),
        pytest.param((Side.BEFORE, 4), 10, 0, range(500, 497, -1), 1, 1, id="less than a page is above"),
        pytest.param((Side.AFTER, 3), 3, 3, range(497, 494, -1), 7, 1, id="a short page, and a few have arrived"),
        pytest.param((Side.BEFORE, 11), 10, 15, range(500, 490, -1), 16, 2, id="the anchor has moved to a later page"),
    ],
)
async def test_a_turn_reads_a_page_or_two_around_its_anchor(
    *, turn: tuple[Side, int], count: int, arrived: int, ids: range, first: int, requests: int
) -> None:
    """Of 500 rows, the newest first: the one at position 1 has the id 500."""
    phones = FakePhones()
    phones.add(range(1, 501 + arrived))
    side, position = turn
    anchor = recording(501 - position)
    asked = Cursor(side=side, id=anchor.id, at=anchor.started_at, position=position)
    found = await page_beside(phones, Query(count=count), asked)
    assert ([row.id for row in found.rows], found.first, found.total) == (list(ids), first, 500 + arrived)
    assert len(phones.requests) == requests


@pytest.mark.parametrize(
    ("sort", "order", "ids"),
    [
        pytest.param(Sort.TIME, Order.DESC, range(11, 21), id="latest first"),
        pytest.param(Sort.TIME, Order.ASC, range(20, 10, -1), id="earliest first"),
        pytest.param(Sort.ID, Order.DESC, range(20, 10, -1), id="highest id first"),
        pytest.param(Sort.ID, Order.ASC, range(11, 21), id="lowest id first"),
    ],
)
async def test_a_deleted_anchor_still_stands_where_the_order_asked_for_puts_it(
    sort: Sort, order: Order, ids: range
) -> None:
    """Here, times run against the ids."""
    phones = FakePhones(rows=[recording(id_, started_at=NOON - timedelta(minutes=id_)) for id_ in range(1, 31)])
    shown = await first_page(phones, Query(count=10, sort=sort, order=order))
    phones.remove([shown.rows[-1].id])
    assert shown.next
    found = await page_beside(phones, shown.query, shown.next)
    assert [row.id for row in found.rows] == list(ids)


@pytest.mark.parametrize(
    ("order", "anchor", "ids"),
    [
        pytest.param(Order.DESC, 12, range(11, 1, -1), id="below a call at a known time, latest first"),
        pytest.param(Order.DESC, 8, range(7, 0, -1), id="below a call at an unknown time, latest first"),
        pytest.param(Order.ASC, 8, range(9, 19), id="below a call at an unknown time, earliest first"),
    ],
)
async def test_calls_at_an_unknown_time_count_as_the_earliest(order: Order, anchor: int, ids: range) -> None:
    """Ten of the thirty. The anchor was deleted, so that it is looked for by its time."""
    phones = FakePhones()
    phones.add(range(11, 31))
    phones.rows += [recording(id_, started_at=None) for id_ in range(1, 11)]
    query = Query(count=10, sort=Sort.TIME, order=order)
    position = anchor if order is Order.ASC else 31 - anchor
    row = next(row for row in phones.rows if row.id == anchor)
    phones.remove([anchor])
    found = await page_beside(phones, query, Cursor(side=Side.AFTER, id=row.id, at=row.started_at, position=position))
    assert [row.id for row in found.rows] == list(ids)


async def test_a_call_that_arrives_between_two_pages_of_a_turn_repeats_no_row() -> None:
    phones = FakePhones()
    phones.add(range(1, 31))
    shown = await first_page(phones, Query(count=10))
    phones.before_answer = lambda request: phones.add([31]) if request == 3 else None
    assert shown.next
    assert [row.id for row in (await page_beside(phones, shown.query, shown.next)).rows] == list(range(20, 10, -1))


async def test_more_rows_than_the_total_says_are_counted() -> None:
    phones = FakePhones(lie=-25)
    phones.add(range(1, 31))
    turn = Cursor(side=Side.AFTER, id=16, at=recording(16).started_at, position=15)
    found = await page_beside(phones, Query(count=5), turn)
    assert ([row.id for row in found.rows], found.total) == ([15, 14, 13, 12, 11], 20)


@given(
    held=st.integers(0, 60),
    count=st.integers(1, 15),
    sort=st.sampled_from(Sort),
    order=st.sampled_from(Order),
    arrivals=st.lists(st.integers(0, 10), max_size=80),
    deletions=st.lists(st.sets(st.integers(1, 60), max_size=3), max_size=80),
)
async def test_leafing_to_the_end_shows_each_row_once(
    held: int, count: int, sort: Sort, order: Order, arrivals: list[int], deletions: list[set[int]]
) -> None:
    """Calls arrive and rows are deleted between any two clicks: what stands there all the time is shown, once."""
    phones, query = FakePhones(), Query(count=count, sort=sort, order=order)
    phones.add(range(1, held + 1))
    shown: list[int] = []
    found, newest, gone = await first_page(phones, query), held, set[int]()
    while True:
        shown += [row.id for row in found.rows]
        if found.next is None:
            break
        newcomers = arrivals.pop() if arrivals else 0
        phones.add(range(newest + 1, newest + 1 + newcomers))
        newest += newcomers
        if deletions:
            gone |= (vanishing := deletions.pop())
            phones.remove(vanishing)
        found = await page_beside(phones, query, found.next)
    assert len(shown) == len(set(shown))
    assert set(range(1, held + 1)) - gone <= set(shown)
