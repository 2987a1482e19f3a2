from collections.abc import Collection
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import PbxNotUnderstood
from bot.services.pages import MAX_REQUESTS, OVERLAP, PAGE, PageReader
from tests.stage import NOON, FakePhones, recording


async def walked(phones: FakePhones, **where: int) -> list[int]:
    walk = PageReader(phones=phones, **where)
    ids: list[int] = []
    while (page := await walk.next()) is not None:
        ids += [row.id for row in page.rows]
    return ids


@pytest.mark.parametrize("count", [0, 1, OVERLAP, PAGE - 1, PAGE, PAGE + 1, 5 * PAGE + 3])
async def test_a_quiet_list_is_read_whole(count: int) -> None:
    phones = FakePhones()
    phones.add(range(1, count + 1))
    assert set(await walked(phones)) == set(range(1, count + 1))


async def test_a_list_is_read_by_id_though_its_times_run_the_other_way() -> None:
    rows = [recording(id_, started_at=NOON - timedelta(minutes=id_)) for id_ in range(1, 301)]
    assert set(await walked(FakePhones(rows=rows))) == set(range(1, 301))


@pytest.mark.parametrize("cap", [20, 37, 50, 99])
async def test_a_pbx_that_caps_its_pages_is_read_whole(cap: int) -> None:
    phones = FakePhones(cap=cap)
    phones.add(range(1, 1_000))
    assert set(await walked(phones)) == set(range(1, 1_000))


@pytest.mark.parametrize("lie", [-500, -1, 1, 1_000_000])
async def test_a_total_that_lies_neither_ends_the_walk_early_nor_keeps_it_going(lie: int) -> None:
    phones = FakePhones(lie=lie)
    phones.add(range(1, 451))
    assert set(await walked(phones)) == set(range(1, 451))
    assert len(phones.requests) < 15


async def test_a_page_of_nothing_new_ends_on_the_newest_page() -> None:
    phones = FakePhones()
    phones.add(range(1, 20))
    assert len(await walked(phones)) == 19
    assert len(phones.requests) <= 2


async def test_a_walk_that_starts_too_deep_steps_back() -> None:
    phones = FakePhones()
    phones.add(range(1, 1_001))
    ids = await walked(phones, floor=700, depth=900)
    assert set(range(1, 700)) <= set(ids)


@pytest.mark.parametrize(
    ("floor", "depth", "most_requests"),
    [
        pytest.param(4_000, 4_300, 4, id="a little too deep"),
        pytest.param(7_000, 6_000, 12, id="far too deep"),
    ],
)
async def test_a_walk_that_starts_too_deep_joins_soon(floor: int, depth: int, most_requests: int) -> None:
    phones = FakePhones()
    phones.add(range(1, 8_001))
    page = await PageReader(phones=phones, floor=floor, depth=depth).next()
    assert page
    assert page.rows[0].id >= floor > page.rows[-1].id
    assert len(phones.requests) <= most_requests


async def test_a_row_that_cannot_be_read_does_not_hide_that_a_walk_starts_too_deep() -> None:
    phones = FakePhones(unreadable={60})
    phones.add(range(1, 1_001))
    assert set(range(1, 700)) - {60} <= set(await walked(phones, floor=700, depth=900))


async def test_a_full_page_of_which_a_row_cannot_be_read_is_not_the_end() -> None:
    """Though the total says so."""
    phones = FakePhones(unreadable={950}, lie=-950)
    phones.add(range(1, 1_001))
    assert set(await walked(phones)) == set(range(1, 1_001)) - {950}


@pytest.mark.parametrize("first", [2, 3, 5])
async def test_many_rows_deleted_between_two_pages_again_and_again_hide_none(first: int) -> None:
    phones = FakePhones()
    phones.add(range(1, 1_001))

    def delete(request: int) -> None:
        if first <= request < first + 4:
            phones.remove([row.id for row in phones.rows[-20:]])

    phones.before_answer = delete
    read = set(await walked(phones))
    assert {row.id for row in phones.rows} <= read


async def test_rows_deleted_above_a_page_that_joined_do_not_stop_the_reader() -> None:
    phones = FakePhones()
    phones.add(range(1, 1_001))

    def delete(request: int) -> None:
        if request == 2:
            phones.remove(range(981, 1_001))

    phones.before_answer = delete
    page = await PageReader(phones=phones, floor=600, depth=300, size=100).next()
    assert page
    assert page.rows[0].id >= 600 > page.rows[-1].id
    assert len(phones.requests) < 10


async def test_a_list_that_changes_faster_than_it_is_read_is_given_up() -> None:
    phones = FakePhones()
    phones.add(range(1, 501))

    def grow(request: int) -> None:
        phones.add(range(501 + 100 * request, 601 + 100 * request))

    phones.before_answer = grow
    with pytest.raises(PbxNotUnderstood):
        await walked(phones)
    assert len(phones.requests) == 1 + MAX_REQUESTS, "the first page, and all attempts at the second"


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (20, 2), (99, 2), (150, 3)])
async def test_a_list_of_which_the_total_is_right_ends_without_asking_for_less(count: int, requests: int) -> None:
    phones = FakePhones()
    phones.add(range(1, count + 1))
    await walked(phones)
    assert len(phones.requests) <= requests


@pytest.mark.parametrize("size", [100, 500])
@pytest.mark.parametrize("unreadable", [range(1, 40), range(480, 520), range(901, 908), range(971, 1_001), (1, 501)])
async def test_the_rest_of_a_list_is_read_though_some_rows_cannot_be(unreadable: Collection[int], size: int) -> None:
    phones = FakePhones(unreadable=set(unreadable))
    phones.add(range(1, 1_001))
    assert set(await walked(phones, size=size)) == set(range(1, 1_001)) - set(unreadable)
    assert len(phones.requests) < 20


CHANGES = st.lists(
    st.tuples(st.integers(1, 12), st.integers(0, 60), st.sets(st.integers(1, 600), max_size=80)), max_size=8
)


@given(changes=CHANGES, cap=st.sampled_from([20, 100, 1_000]))
async def test_no_row_is_passed_over_however_the_list_shifts(
    changes: list[tuple[int, int, set[int]]], cap: int
) -> None:
    """Calls arrive and rows vanish between any two pages; what stands in the list all the time is read."""
    phones = FakePhones(cap=cap)
    phones.add(range(1, 601))
    next_id = 601
    gone: set[int] = set()

    def shift(request: int) -> None:
        nonlocal next_id
        for at, arriving, vanishing in changes:
            if at == request:
                phones.add(range(next_id, next_id + arriving))
                next_id += arriving
                phones.remove(vanishing)
                gone.update(vanishing)

    phones.before_answer = shift
    read = set(await walked(phones))
    assert set(range(1, 601)) - gone <= read


@pytest.mark.parametrize(
    "unreadable",
    [
        pytest.param({600}, id="the newest row"),
        pytest.param({1}, id="the oldest row"),
        pytest.param(set(range(300, 600, 7)), id="one in seven"),
        pytest.param(set(range(480, 601)), id="more than the first page"),
        pytest.param(set(range(250, 400)), id="more than a page in the middle"),
        pytest.param(set(range(100, 560)), id="many pages in the middle"),
        pytest.param(set(range(1, 150)), id="more than the last page"),
        pytest.param(set(range(1, 601)), id="all rows"),
    ],
)
async def test_rows_that_cannot_be_read_hide_none_below_them(unreadable: set[int]) -> None:
    phones = FakePhones(unreadable=unreadable)
    phones.add(range(1, 601))

    def enough(request: int) -> None:
        assert request < 40

    phones.before_answer = enough
    walk, ids, skipped = PageReader(phones=phones), set[int](), 0
    while (page := await walk.next()) is not None:
        ids |= {row.id for row in page.rows}
        skipped += page.skipped
    assert ids == set(range(1, 601)) - unreadable
    assert skipped + walk.skipped >= len(unreadable), "each of them is counted, by the page below or at the end"


async def test_rows_that_could_not_be_read_are_counted_once_they_are_passed() -> None:
    phones = FakePhones(unreadable=set(range(250, 400)))
    phones.add(range(1, 1_001))
    walk, skipped = PageReader(phones=phones), list[int]()
    while (page := await walk.next()) is not None:
        skipped.append(page.skipped)
    assert 150 <= sum(skipped) <= 150 + 3 * OVERLAP
    assert (skipped[0], skipped[-1], walk.skipped) == (0, 0, 0)
