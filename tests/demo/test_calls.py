import re
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.calls import HOSTILE, LONGEST, SHORTEST, Call, Company

UNTIL = datetime(2026, 3, 4, 16, 30, 7, 123456, tzinfo=UTC)
FICTION = re.compile(r"\+(44207946\d{4}|12125550[01]\d\d|33199000\d{3}|441632960\d{3}|493023125\d{3}|6125550\d{4})")


def calls(count: int = 600, seed: int = 1) -> tuple[Call, ...]:
    return Company(seed).history(count, until=UNTIL)


def ended_at(call: Call) -> datetime:
    return call.started_at + call.legs[-1].begins + call.legs[-1].length


def test_the_same_seed_gives_the_same_calls() -> None:
    assert calls(seed=4) == calls(seed=4)


def test_another_seed_gives_others() -> None:
    assert calls(seed=4) != calls(seed=5)


@settings(max_examples=25)
@given(count=st.integers(0, 60), seed=st.integers(0, 10_000))
def test_a_history_has_as_many_recordings_as_asked_for(count: int, seed: int) -> None:
    assert sum(len(call.legs) for call in calls(count, seed)) == count


def test_a_history_ends_now_and_is_told_in_the_order_calls_ended() -> None:
    ends = [ended_at(call) for call in calls(seed=2) if len(call.legs) == 1]
    assert all(earlier <= later for earlier, later in pairwise(ends))
    assert ended_at(calls()[-1]) == UNTIL.replace(microsecond=0)


def test_most_calls_are_in_business_hours() -> None:
    local = [call.started_at.astimezone(ZoneInfo("Asia/Shanghai")) for call in calls()]
    working = [moment for moment in local if moment.weekday() < 5 and 8 <= moment.hour < 18]
    assert len(working) > 0.85 * len(local)


def test_every_recording_lasts_from_eight_seconds_to_twenty_five_minutes() -> None:
    lengths = [leg.length for call in calls(2000) for leg in call.legs]
    assert min(lengths) >= SHORTEST == timedelta(seconds=8)
    assert max(lengths) <= LONGEST == timedelta(minutes=25)
    assert len(set(lengths)) > 100


def test_a_transferred_call_goes_on_with_somebody_else() -> None:
    transferred = [call for call in calls() if len(call.legs) == 2]
    assert transferred
    for call in transferred:
        first, second = call.legs
        assert first.caller == second.caller
        assert first.callee != second.callee
        assert second.begins > first.begins + first.length


@pytest.mark.parametrize(
    ("direction", "outside"),
    [
        pytest.param("Inbound", "caller", id="inbound: the caller is outside"),
        pytest.param("Outbound", "callee", id="outbound: the callee is outside"),
        pytest.param("Internal", None, id="internal: nobody is outside"),
    ],
)
def test_who_is_outside_follows_from_the_direction(direction: str, outside: str | None) -> None:
    legs = [leg for call in calls() if call.direction == direction for leg in call.legs]
    assert legs
    for leg in legs:
        assert {side for side in ("caller", "callee") if "+" in getattr(leg, side)} <= {outside}
        assert leg.caller != leg.callee


def test_outside_numbers_are_fictional() -> None:
    parties = [party for call in calls(2000) for leg in call.legs for party in (leg.caller, leg.callee)]
    numbers = [number for party in parties for number in re.findall(r"\+\d+", party)]
    assert numbers
    assert all(FICTION.fullmatch(number) for number in numbers)


@pytest.mark.parametrize(
    ("letters", "script"),
    [
        pytest.param("éüñőÅł", "Latin with accents", id="Latin with accents"),
        pytest.param("ИрДе", "Cyrillic", id="Cyrillic"),
        pytest.param("Ελγ", "Greek", id="Greek"),
        pytest.param("محل", "Arabic", id="Arabic"),
        pytest.param("王陳", "Chinese", id="Chinese"),
        pytest.param("佐鈴", "Japanese", id="Japanese"),
        pytest.param("पर", "Hindi", id="Hindi"),
        pytest.param("🌻", "emoji", id="emoji"),
    ],
)
def test_names_come_in_many_scripts(letters: str, script: str) -> None:
    text = "".join(leg.caller for call in calls() for leg in call.legs)
    assert set(letters) & set(text), script


def test_hostile_names_and_withheld_numbers_turn_up() -> None:
    callers = [leg.caller for call in calls() for leg in call.legs]
    assert any(caller.startswith(HOSTILE) for caller in callers)
    assert {"", "Anonymous", "anonymous<anonymous>"} & set(callers)


def test_the_next_call_has_just_ended_and_channels_count_up() -> None:
    company = Company(3)
    made = list(islice((company.next_call(UNTIL) for _ in iter(int, 1)), 20))
    assert {ended_at(call) for call in made} == {UNTIL.replace(microsecond=0)}
    assert all(earlier.channel < later.channel for earlier, later in pairwise(made))
