from collections.abc import Callable

import pytest

from bot.domain.query import Order, Sort
from bot.domain.recording import Recording, RecordingPage
from bot.errors import PbxNotFound
from bot.yeastar.walk import FIND_SIZE, find, pages

Change = Callable[["FakeList"], None]


class FakeList:
    """A list that caps its pages and changes while it is walked: `changes` happen after the page of that number."""

    def __init__(self, ids: range | list[int], *, most: int = 10_000, total: int | None = None) -> None:
        self.ids = list(ids)
        self.most = most
        self.total = total
        self.changes: dict[int, Change] = {}
        self.asked: list[int] = []

    async def __call__(self, *, page: int, size: int, sort: Sort, order: Order) -> RecordingPage:
        self.asked.append(page)
        size = min(size, self.most)
        ids = sorted(self.ids, reverse=order is Order.DESC)[(page - 1) * size : page * size]
        rows = tuple(Recording(id=id_, started_at=None) for id_ in ids)
        listing = RecordingPage(rows=rows, total=len(self.ids) if self.total is None else self.total)
        if len(self.asked) in self.changes:
            self.changes.pop(len(self.asked))(self)
        return listing


async def walked(calls: FakeList, size: int = 10) -> list[int]:
    return [row.id async for row in pages(calls, sort=Sort.ID, order=Order.DESC, size=size)]


@pytest.mark.parametrize(
    ("calls", "asked"),
    [
        pytest.param(FakeList([]), 1, id="none"),
        pytest.param(FakeList(range(1, 26)), 3, id="a short page at the end"),
        pytest.param(FakeList(range(1, 21)), 3, id="a full page at the end"),
        pytest.param(FakeList(range(1, 26), most=4), 7, id="fewer rows a page than asked for"),
        pytest.param(FakeList(range(1, 26), total=5), 3, id="a total that is too small"),
        pytest.param(FakeList(range(1, 26), total=500), 4, id="a total that is too large"),
    ],
)
async def test_every_row_comes_once(calls: FakeList, asked: int) -> None:
    assert await walked(calls) == sorted(calls.ids, reverse=True)
    assert len(calls.asked) == asked


@pytest.mark.parametrize("size", [1, 2, 10])
async def test_rows_that_arrive_meanwhile_double_and_lose_nothing(size: int) -> None:
    calls = FakeList(range(1, 26))
    calls.changes = {1: lambda now: now.ids.append(26), 2: lambda now: now.ids.append(27)}
    assert await walked(calls, size) == list(range(25, 0, -1))


async def test_a_list_that_repeats_itself_has_an_end() -> None:
    async def again(*, page: int, size: int, sort: Sort, order: Order) -> RecordingPage:
        return RecordingPage(rows=(Recording(id=1, started_at=None),), total=1000)

    assert [row.id async for row in pages(again, sort=Sort.ID, order=Order.DESC, size=1)] == [1]


async def test_a_page_of_bad_rows_is_not_the_end() -> None:
    answers = [
        RecordingPage(rows=(), total=3, skipped=2),
        RecordingPage(rows=(Recording(id=1, started_at=None),), total=3),
    ]

    async def odd(*, page: int, size: int, sort: Sort, order: Order) -> RecordingPage:
        return answers[page - 1] if page <= len(answers) else RecordingPage(rows=(), total=3)

    assert [row.id async for row in pages(odd, sort=Sort.ID, order=Order.DESC, size=2)] == [1]


@pytest.mark.parametrize("wanted", [1, 2, 100, 101, 4_999, 5_000, 9_900, 9_901, 10_000])
@pytest.mark.parametrize("most", [30, 10_000])
async def test_a_recording_is_found_by_halves(wanted: int, most: int) -> None:
    calls = FakeList(range(1, 10_001), most=most)
    assert (await find(calls, wanted)).id == wanted
    assert len(calls.asked) <= 11


async def test_the_newest_page_is_looked_at_first() -> None:
    calls = FakeList(range(1, 10_001))
    await find(calls, 9_950)
    assert calls.asked == [1]


async def test_a_recording_pushed_to_the_next_page_meanwhile_is_found() -> None:
    calls = FakeList(range(1, 3 * FIND_SIZE + 1))
    calls.changes = {2: lambda now: now.ids.append(1_000)}
    assert (await find(calls, 2 * FIND_SIZE + 1)).id == 2 * FIND_SIZE + 1


@pytest.mark.parametrize("calls", [FakeList([]), FakeList(range(2, 900, 2)), FakeList(range(1000, 2000))])
async def test_a_recording_that_is_not_there_is_not_found(calls: FakeList) -> None:
    with pytest.raises(PbxNotFound, match="451"):
        await find(calls, 451)
    assert len(calls.asked) <= 12


async def test_a_list_that_lies_about_its_length_is_given_up() -> None:
    calls = FakeList(range(1000, 1100), total=2**62)
    with pytest.raises(PbxNotFound):
        await find(calls, 5)
    assert len(calls.asked) <= 42
