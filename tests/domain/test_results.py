"""Pages of recordings: their position, and the cursors of the next and the previous page."""

import pytest

from bot.domain.query import Cursor, Query, Side
from bot.domain.results import ListResult
from tests.stage import recording


def page(first: int, rows: int, total: int, *, is_least: bool = False) -> ListResult:
    """So many rows of ten a page; the one at position 1 is number 100."""
    shown = tuple(recording(101 - position) for position in range(first, first + rows))
    return ListResult(query=Query(count=10), rows=shown, total=total, first=first, is_least=is_least)


@pytest.mark.parametrize(
    ("found", "last", "previous", "following"),
    [
        pytest.param(page(0, 0, 0), 0, None, None, id="nothing"),
        pytest.param(page(0, 0, 30), 0, None, None, id="a page past the end"),
        pytest.param(page(1, 10, 10), 10, None, None, id="all of it"),
        pytest.param(page(1, 10, 11), 10, None, 10, id="one more than stands on it"),
        pytest.param(page(11, 10, 30), 20, 11, 20, id="a page between others"),
        pytest.param(page(21, 10, 30), 30, 21, None, id="the last page"),
        pytest.param(page(2, 1, 2), 2, 2, None, id="one row behind the first"),
        pytest.param(page(21, 10, 30, is_least=True), 30, 21, 30, id="as many as were counted, and more"),
        pytest.param(page(21, 9, 29, is_least=True), 29, 21, None, id="the end of more than were counted"),
    ],
)
def test_cursors_of_a_page(found: ListResult, last: int, previous: int | None, following: int | None) -> None:
    def turn(side: Side, position: int | None) -> Cursor | None:
        if position is None:
            return None
        anchor = recording(101 - position)
        return Cursor(side=side, id=anchor.id, at=anchor.started_at, position=position)

    assert found.last == last
    assert (found.previous, found.next) == (turn(Side.BEFORE, previous), turn(Side.AFTER, following))
