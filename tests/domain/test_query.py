"""What the PBX itself can list, and what only the archive can."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.query import DirectionFilter, Order, Query, Sort, Term
from bot.domain.recording import Direction
from bot.domain.time_range import TimeRange

WHO = (Term("harris"),)


@pytest.mark.parametrize(
    ("told", "is_plain"),
    [
        pytest.param({}, True, id="the latest ten"),
        pytest.param({"sort": Sort.ID, "order": Order.ASC, "count": 25, "page": 3}, True, id="by number, any page"),
        pytest.param({"sort": Sort.DURATION}, False, id="by length"),
        pytest.param({"sort": Sort.SIZE}, False, id="by size"),
        pytest.param({"ids": (1, 2)}, False, id="certain numbers"),
        pytest.param({"words": WHO}, False, id="words"),
        pytest.param({"callers": WHO}, False, id="a caller"),
        pytest.param({"callees": WHO}, False, id="a callee"),
        pytest.param({"parties": WHO}, False, id="either end"),
        pytest.param({"ways": (DirectionFilter(Direction.INBOUND),)}, False, id="a direction"),
        pytest.param({"spans": (TimeRange(),)}, False, id="any time"),
        pytest.param({"longer": timedelta(0)}, False, id="at least so long"),
        pytest.param({"shorter": timedelta(0)}, False, id="at most so long"),
    ],
)
def test_what_the_pbx_can_list(told: dict[str, Any], is_plain: bool) -> None:
    assert Query(**told).is_plain is is_plain


def test_filters_leave_out_order_and_page() -> None:
    query = Query(words=WHO, count=25, sort=Sort.ID, order=Order.ASC, page=2)
    assert query.filters == Query(words=WHO)
