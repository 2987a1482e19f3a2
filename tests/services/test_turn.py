import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.found import Found
from bot.domain.query import Order, Query, Sort
from bot.services.turn import MOST_PAGES, AnchorLost, turn_live
from tests.stage import FakePhones


async def first_page(phones: FakePhones, query: Query) -> Found:
    page = await phones.recordings(page=1, size=query.count, sort=query.sort, order=query.order)
    return Found(query=query, rows=page.rows, total=page.total, first=1 if page.rows else 0)


async def test_next_shows_the_rows_below_though_calls_arrived() -> None:
    phones = FakePhones()
    phones.add(range(1, 31))
    shown = await first_page(phones, Query(count=10))
    phones.add(range(31, 38))
    assert shown.next
    turned = await turn_live(phones, shown.query, shown.next)
    assert [row.id for row in turned.rows] == list(range(20, 10, -1))
    assert (turned.first, turned.total) == (18, 37), "seven have come before them"


async def test_previous_shows_the_page_one_came_from_though_calls_arrived() -> None:
    phones = FakePhones()
    phones.add(range(1, 31))
    shown = await first_page(phones, Query(count=10))
    assert shown.next
    second = await turn_live(phones, shown.query, shown.next)
    phones.add(range(31, 34))
    assert second.previous
    back = await turn_live(phones, shown.query, second.previous)
    assert back.rows == shown.rows
    assert back.previous, "the newcomers are one page further up"
    newest = await turn_live(phones, shown.query, back.previous)
    assert [row.id for row in newest.rows] == [33, 32, 31]


async def test_an_anchor_that_was_deleted_still_says_where_to_go_on() -> None:
    phones = FakePhones()
    phones.add(range(1, 31))
    shown = await first_page(phones, Query(count=10))
    phones.remove([21, 20, 25])
    assert shown.next
    turned = await turn_live(phones, shown.query, shown.next)
    assert [row.id for row in turned.rows] == list(range(19, 9, -1))


async def test_an_anchor_that_has_moved_too_far_is_the_archives_to_find() -> None:
    phones = FakePhones()
    phones.add(range(1, 31))
    shown = await first_page(phones, Query(count=10))
    phones.add(range(31, 31 + 10 * (MOST_PAGES + 1)))
    assert shown.next
    with pytest.raises(AnchorLost):
        await turn_live(phones, shown.query, shown.next)


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
        found = await turn_live(phones, query, found.next)
    assert len(shown) == len(set(shown))
    assert set(range(1, held + 1)) - gone <= set(shown)
