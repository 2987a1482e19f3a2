from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.archive import SqlArchive
from bot.domain.status import Activity
from bot.errors import PbxNotUnderstood
from bot.services.sync import Sync
from bot.services.walk import OVERLAP, PAGE, Walk
from tests.stage import FakePhones


async def walked(phones: FakePhones, **where: int) -> list[int]:
    walk = Walk(phones=phones, **where)
    ids: list[int] = []
    while (page := await walk.next()) is not None:
        ids += [row.id for row in page.rows]
    return ids


@pytest.mark.parametrize("count", [0, 1, OVERLAP, PAGE - 1, PAGE, PAGE + 1, 5 * PAGE + 3])
async def test_a_quiet_list_is_read_whole(count: int) -> None:
    phones = FakePhones()
    phones.add(range(1, count + 1))
    assert set(await walked(phones)) == set(range(1, count + 1))


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
    ("unreadable", "requests"),
    [
        pytest.param(range(1, 1_001), 1, id="none of all rows"),
        pytest.param(range(900, 1_001), 1, id="none of the newest"),
        pytest.param(range(400, 601), 60, id="none of many in the middle"),
        pytest.param(range(1, 301), 60, id="none of the last ones"),
    ],
)
async def test_a_list_that_cannot_be_read_ends_the_walk_with_an_error(unreadable: range, requests: int) -> None:
    phones = FakePhones(unreadable=set(unreadable))
    phones.add(range(1, 1_001))
    with pytest.raises(PbxNotUnderstood):
        await walked(phones)
    assert len(phones.requests) <= requests


@pytest.mark.parametrize("size", [100, 500])
@pytest.mark.parametrize("unreadable", [range(1, 40), range(480, 520), range(901, 908), range(971, 1_001), (1, 501)])
async def test_the_rest_of_a_list_is_read_though_some_rows_cannot_be(unreadable: Collection[int], size: int) -> None:
    phones = FakePhones(unreadable=set(unreadable))
    phones.add(range(1, 1_001))
    assert set(await walked(phones, size=size)) == set(range(1, 1_001)) - set(unreadable)
    assert len(phones.requests) < 20


async def test_a_first_look_at_what_cannot_be_read_makes_no_history_of_nothing(
    phones: FakePhones, sync: Sync, archive: SqlArchive, activity: Activity
) -> None:
    """Else all of it would be new, and announced, once it can be read."""
    phones.add(range(1, 31))
    phones.unreadable = set(range(1, 31))
    with pytest.raises(PbxNotUnderstood):
        await sync.poll()
    assert (await archive.state()).baseline is None
    assert activity.problem


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
