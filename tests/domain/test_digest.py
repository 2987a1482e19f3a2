from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.digest import FEW, GATHER, MOST_IN_DIGEST, MOST_LEGS, WINDOW, batch_size

NOW = timedelta(0)
LONG = GATHER
SHORT = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("calls", "recent", "waited", "count"),
    [
        pytest.param("a", 0, NOW, 1, id="one call at once"),
        pytest.param("aab", 0, NOW, 2, id="the legs of a call together"),
        pytest.param("aba", 0, NOW, 1, id="a leg behind another call waits its turn"),
        pytest.param("abcde", 0, NOW, 1, id="five calls one by one"),
        pytest.param("abcd", 1, NOW, 1, id="also the fifth within a minute"),
        pytest.param("abcdef", 0, NOW, 6, id="six as a digest, at once"),
        pytest.param("abc", 3, NOW, 0, id="the sixth within a minute is held back"),
        pytest.param("abc", 3, LONG, 3, id="and what has gathered meanwhile is a digest"),
        pytest.param("abc", 3, -LONG, 3, id="a clock that was set back holds nothing back"),
        pytest.param("aa", 5, NOW, 0, id="a call by itself in a flood is held back"),
        pytest.param("abcde", 1, NOW, 0, id="five of them are no digest yet"),
        pytest.param("abc", 3, LONG - SHORT, 0, id="for all of the time"),
        pytest.param("abc", 3, SHORT, 0, id="from the first moment"),
        pytest.param("aa", 5, LONG, 2, id="and then told like any other"),
        pytest.param("aa", 5, LONG - SHORT, 0, id="not sooner"),
        pytest.param("aa", 5, -LONG, 2, id="or at once by a clock that was set back"),
        pytest.param("aa", 4, NOW, 2, id="the fifth call is no flood"),
        pytest.param("abcdef", 500, NOW, 6, id="a full digest waits for nothing"),
    ],
)
def test_how_many_go_into_the_next_message(calls: str, recent: int, waited: timedelta, count: int) -> None:
    assert batch_size(calls, recent=recent, waited=waited) == count


def test_a_call_of_endless_legs_by_itself_in_a_flood_goes_on_in_the_next_message() -> None:
    assert batch_size(["a"] * 50, recent=FEW, waited=LONG) == MOST_LEGS


def test_a_call_of_endless_legs_goes_on_in_the_next_message() -> None:
    assert batch_size(["a"] * 50, recent=0, waited=NOW) == MOST_LEGS


def test_a_digest_has_an_end() -> None:
    assert batch_size([str(number) for number in range(900)], recent=0, waited=NOW) == MOST_IN_DIGEST


def test_a_digest_is_large_enough_to_end_a_flood_and_its_ids_fit_into_metadata() -> None:
    assert 100 <= MOST_IN_DIGEST <= 1_000
    assert 15 <= MOST_LEGS <= 25, "a message has fifty blocks at most"


def test_a_call_is_held_back_for_seconds_and_a_flood_is_over_in_a_minute() -> None:
    assert timedelta(seconds=10) <= GATHER <= timedelta(seconds=30)
    assert timedelta(seconds=30) <= WINDOW <= timedelta(seconds=90)


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=30), st.integers(0, 20))
def test_whoever_has_waited_long_enough_goes_out(calls: list[str], recent: int) -> None:
    assert 1 <= batch_size(calls, recent=recent, waited=LONG) <= len(calls)


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=30), st.integers(0, 20))
def test_more_than_a_few_calls_are_never_told_one_by_one(calls: list[str], recent: int) -> None:
    if len(set(calls)) > FEW:
        assert batch_size(calls, recent=recent, waited=NOW) == len(calls)
