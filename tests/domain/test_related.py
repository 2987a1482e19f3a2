"""The questions that a recording leads to."""

from typing import Any

import pytest

from bot.domain.matching import matches
from bot.domain.query import Query, Term
from bot.domain.recording import Direction, Party
from bot.domain.related import calls_between, calls_with, outsiders
from tests.stage import recording

OUTSIDE = Party("Harris", "+44 20 7946 0000")
INSIDE = Party("Evelyn", "5566")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({"direction": Direction.INBOUND}, (OUTSIDE,), id="inbound: the caller"),
        pytest.param(
            {"direction": Direction.OUTBOUND, "caller": INSIDE, "callee": OUTSIDE},
            (OUTSIDE,),
            id="outbound: the callee",
        ),
        pytest.param({"direction": Direction.INTERNAL}, (), id="internal: nobody"),
        pytest.param({"direction": None}, (OUTSIDE,), id="direction unknown: whose number is long"),
        pytest.param({"direction": None, "callee": OUTSIDE}, (OUTSIDE, OUTSIDE), id="direction unknown: both"),
        pytest.param(
            {"direction": None, "caller": Party("", "123 4567"), "callee": Party("", "123-456")},
            (Party("", "123 4567"),),
            id="seven digits are long, six are an extension",
        ),
    ],
)
def test_who_is_outside_the_company(told: dict[str, Any], expected: tuple[Party, ...]) -> None:
    assert outsiders(recording(**({"caller": OUTSIDE, "callee": INSIDE} | told))) == expected


@pytest.mark.parametrize(
    ("party", "expected"),
    [
        pytest.param(OUTSIDE, Query(parties=(Term("+442079460000"),)), id="by number, which needs no quotes"),
        pytest.param(Party("Dave Harris"), Query(parties=(Term("Dave Harris"),)), id="by name where there is none"),
        pytest.param(Party(), None, id="nobody knows who"),
    ],
)
def test_calls_with_a_party(party: Party, expected: Query | None) -> None:
    assert calls_with(party) == expected


def test_calls_between_two_parties_in_both_directions() -> None:
    query = calls_between(recording(caller=INSIDE, callee=OUTSIDE))
    assert query
    assert matches(query, recording(caller=INSIDE, callee=OUTSIDE))
    assert matches(query, recording(caller=OUTSIDE, callee=INSIDE))
    assert not matches(query, recording(caller=INSIDE, callee=Party("", "1002")))
    assert not matches(query, recording(caller=Party("", "1002"), callee=OUTSIDE))


def test_no_query_if_one_party_is_unknown() -> None:
    assert calls_between(recording(callee=Party())) is None
    assert calls_between(recording(caller=Party())) is None
