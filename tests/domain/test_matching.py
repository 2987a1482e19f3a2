"""What each filter means."""

import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.matching import matches
from bot.domain.query import DirectionFilter, Query, Term
from bot.domain.recording import Direction, Party, Recording
from bot.domain.time_range import TimeRange
from tests.domain.queries import QUERIES
from tests.stage import NOON, recording

SECOND = timedelta(seconds=1)
CALL = recording(
    614,
    started_at=NOON,
    uid="2022011217362446627",
    caller=Party("José Núñez", "+44 20 7946 0000"),
    callee=Party("Dave Harris", "5556"),
    direction=Direction.INBOUND,
    duration=120 * SECOND,
    file="20220112173629-1641980184.14-5566-5556-Internal.wav",
)


def term(text: str) -> Term:
    return Term(text)


def no(text: str) -> Term:
    return Term(text, excluded=True)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param({}, True, id="no filter"),
        pytest.param({"words": (term("nunez"),)}, True, id="a part of a name, without its accents"),
        pytest.param({"words": (term("e har"),)}, True, id="across a blank"),
        pytest.param({"words": (term("nunez"), term("harris"))}, True, id="two words"),
        pytest.param({"words": (term("nunez"), term("evelyn"))}, False, id="two words, one of which is not there"),
        pytest.param({"words": (term("nunez"), no("harris"))}, False, id="a word left out"),
        pytest.param({"words": (term("1641980184.14"),)}, True, id="a part of the file"),
        pytest.param({"words": (term("0112173624"),)}, True, id="a part of the uid"),
        pytest.param({"words": (term("020 7946 0000"),)}, True, id="a number written another way"),
        pytest.param({"words": (term("020 7946"),)}, True, id="the beginning of one, with its zero"),
        pytest.param({"words": (term("0044 20 7946"),)}, True, id="the beginning of one, with its country"),
        pytest.param({"words": (term("7946"),)}, True, id="a part of a number"),
        pytest.param({"words": (term("794600"),)}, True, id="a part of it across its blanks"),
        pytest.param({"words": (term("7946 00"),)}, True, id="and with them"),
        pytest.param({"words": (term("09460"),)}, True, id="four digits behind a zero, without it"),
        pytest.param({"words": (term("0946"),)}, False, id="three digits are looked for as they are typed"),
        pytest.param({"words": (no("evelyn"),)}, True, id="a word left out that is not there"),
        pytest.param({"callers": (term("nunez"),)}, True, id="who called"),
        pytest.param({"callees": (term("nunez"),)}, False, id="who did not"),
        pytest.param({"parties": (term("5556"),)}, True, id="either end"),
        pytest.param({"parties": (term("5566"),)}, False, id="a number in the file is nobody's"),
        pytest.param({"callees": (term("evelyn"), term("harris"))}, True, id="any of two"),
        pytest.param({"callees": (term("55xx"),)}, True, id="a pattern"),
        pytest.param({"callees": (term("harris"), no("5556"))}, False, id="wanted and unwanted"),
        pytest.param({"parties": (no("evelyn"),)}, True, id="without somebody"),
        pytest.param({"directions": (DirectionFilter(Direction.INBOUND),)}, True, id="its direction"),
        pytest.param(
            {"directions": (DirectionFilter(Direction.INBOUND, excluded=True),)}, False, id="its direction left out"
        ),
        pytest.param(
            {"directions": (DirectionFilter(Direction.OUTBOUND), DirectionFilter(Direction.INTERNAL))},
            False,
            id="other directions",
        ),
        pytest.param({"time_ranges": (TimeRange(start=NOON),)}, True, id="the first moment is in it"),
        pytest.param({"time_ranges": (TimeRange(end=NOON),)}, False, id="the end is not"),
        pytest.param(
            {"time_ranges": (TimeRange(end=NOON), TimeRange(start=NOON, end=NOON + SECOND))},
            True,
            id="one of two spans",
        ),
        pytest.param({"longer": 120 * SECOND}, True, id="at least as long"),
        pytest.param({"longer": 121 * SECOND}, False, id="not as long"),
        pytest.param({"shorter": 120 * SECOND}, True, id="at most as long"),
        pytest.param({"shorter": 119 * SECOND}, False, id="longer than that"),
        pytest.param({"longer": SECOND, "shorter": 119 * SECOND}, False, id="long enough, but too long"),
        pytest.param({"longer": 121 * SECOND, "shorter": 200 * SECOND}, False, id="short enough, but too short"),
        pytest.param({"time_ranges": (TimeRange(end=NOON + SECOND),)}, True, id="before the end"),
        pytest.param({"time_ranges": (TimeRange(start=NOON + SECOND),)}, False, id="before the start"),
        pytest.param({"time_ranges": (TimeRange(start=NOON - SECOND, end=NOON),)}, False, id="at the end of a stretch"),
        pytest.param({"callers": (no("nunez"), no("leo"))}, False, id="one of two that are left out"),
        pytest.param({"callers": (no("leo"), no("ana"))}, True, id="neither of two that are left out"),
        pytest.param({"parties": (no("5556"),)}, False, id="either end left out"),
        pytest.param({"callers": (term("5556"),)}, False, id="the number of the other end"),
        pytest.param({"ids": (600, 614)}, True, id="its number is the last"),
        pytest.param({"ids": (614, 700)}, True, id="its number is the first"),
        pytest.param({"ids": (600, 613)}, False, id="not its number: lower ones"),
        pytest.param({"ids": (615, 700)}, False, id="not its number: higher ones"),
    ],
)
def test_each_filter(filters: dict[str, Any], *, found: bool) -> None:
    assert matches(Query(**filters), CALL, region="GB") is found


def test_a_telephone_without_a_number_is_found_by_a_part_of_its_address() -> None:
    call = recording(caller=Party("", "sip-ana@firm"))
    assert matches(Query(callers=(term("ANA"),)), call)
    assert not matches(Query(callers=(term("5566"),)), recording(caller=Party("5566 Street", "")))
    assert not matches(Query(callers=(term("x"),)), recording(caller=Party("", "5")))


def test_of_unknown_length_or_time_or_direction() -> None:
    unknown = Recording(id=1, started_at=None)
    assert not matches(Query(shorter=9 * SECOND), unknown)
    assert matches(Query(), unknown)
    assert not matches(Query(longer=0 * SECOND), unknown)
    assert not matches(Query(time_ranges=(TimeRange(),)), unknown)
    assert not matches(Query(directions=(DirectionFilter(Direction.INBOUND),)), unknown)
    assert matches(Query(directions=(DirectionFilter(Direction.INBOUND, excluded=True),)), unknown)


@given(QUERIES)
def test_any_query_is_answered(query: Query) -> None:
    assert matches(query, CALL) in {True, False}


FILTERS: tuple[Callable[[Term], Query], ...] = (
    lambda term: Query(words=(term,)),
    lambda term: Query(callers=(term,)),
    lambda term: Query(parties=(term,)),
)
NUMBERS = ("+44 20 7946 0000", "+442079460000", "0044 20 7946 0000", "+44 (0)20 7946 0000", "020 7946 0000")


@given(
    st.sampled_from(NUMBERS),
    st.sampled_from(NUMBERS),
    st.sampled_from(FILTERS),
    st.sampled_from(["GB", None]),
)
def test_a_number_is_found_however_it_is_written(
    typed: str, stored: str, asks: Callable[[Term], Query], region: str | None
) -> None:
    call = recording(caller=Party("", stored))
    assert matches(asks(term(typed)), call, region=region)
    assert not matches(asks(no(typed)), call, region=region)


@given(
    st.sampled_from(["José Núñez", "Łukasz Ørsted", "Straße", "ΓΙΏΡΓΟΣ Νίκου", "Дмитрий", "O'Brien", "李 梅"]),
    st.sampled_from([str.upper, str.lower, str.title, str.swapcase]),
    st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
    st.sampled_from(FILTERS),
)
def test_a_name_is_found_whatever_its_case_and_accents(
    name: str,
    case: Callable[[str], str],
    form: Literal["NFC", "NFD", "NFKC", "NFKD"],
    asks: Callable[[Term], Query],
) -> None:
    call = recording(caller=Party(name, "5566"))
    typed = unicodedata.normalize(form, case(name))
    bare = "".join(char for char in unicodedata.normalize("NFD", typed) if not unicodedata.combining(char))
    for text in (typed, bare):
        assert matches(asks(term(text)), call)
