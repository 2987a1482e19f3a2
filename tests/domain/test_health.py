from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.health import Health, LastSeen, Level, Part, Patience, assess
from tests.stage import NOON

PATIENCE = Patience(failure=timedelta(minutes=5))
WELL = Health(part=Part.PBX)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def well(at: datetime = NOON) -> LastSeen:
    return LastSeen(well_at=at)


def failing(since: datetime = NOON, problem: str = "no answer") -> LastSeen:
    return LastSeen(failing_since=since, problem=problem)


def test_trouble_begins_as_degraded() -> None:
    after = assess(WELL, [failing()], NOON, PATIENCE)
    assert after == Health(part=Part.PBX, level=Level.DEGRADED, since=NOON, reason="no answer")


def test_trouble_that_lasts_is_told_once() -> None:
    young = assess(WELL, [failing()], NOON + minutes(4.9), PATIENCE)
    old = assess(young, [failing()], NOON + minutes(5), PATIENCE)
    assert (young.is_reported, old.is_reported, old.level) == (False, True, Level.DOWN)
    assert assess(old, [failing()], NOON + minutes(600), PATIENCE) == old


def test_an_end_is_believed_after_a_while() -> None:
    down = Health(part=Part.PBX, level=Level.DOWN, since=NOON, reason="no answer", is_reported=True)
    seems = assess(down, [well()], NOON + minutes(10), PATIENCE)
    assert (seems.level, seems.is_reported, seems.well_since) == (Level.DEGRADED, True, NOON + minutes(10))
    assert assess(seems, [well()], NOON + minutes(10.9), PATIENCE) == seems
    assert assess(seems, [well()], NOON + minutes(11), PATIENCE) == WELL


@pytest.mark.parametrize(
    ("seen_well_at", "is_over"),
    [
        pytest.param([10, -50], False, id="set back by an hour"),
        pytest.param([10, -50, -49.1], False, id="set back, and not yet well for a minute since"),
        pytest.param([10, -50, -49], True, id="set back, and well for a minute since"),
        pytest.param([10, 9, 9.9], False, id="set back by a minute"),
        pytest.param([10, 9, 10], True, id="set back by a minute, and well for a minute since"),
    ],
)
def test_a_clock_set_back_during_recovery_starts_the_waiting_anew(seen_well_at: list[float], is_over: bool) -> None:
    health = Health(part=Part.PBX, level=Level.DOWN, since=NOON, reason="no answer", is_reported=True)
    for at in seen_well_at:
        health = assess(health, [well(NOON + minutes(at))], NOON + minutes(at), PATIENCE)
    assert (health == WELL) is is_over
    assert health.is_reported is not is_over


def test_trouble_that_comes_back_meanwhile_is_the_same_trouble() -> None:
    down = Health(part=Part.PBX, level=Level.DOWN, since=NOON, reason="no answer", is_reported=True)
    seems = assess(down, [well()], NOON + minutes(10), PATIENCE)
    again = assess(seems, [failing(NOON + minutes(10.5))], NOON + minutes(10.5), PATIENCE)
    assert again == down


def test_young_trouble_that_ends_is_never_told() -> None:
    young = assess(WELL, [failing()], NOON + minutes(4), PATIENCE)
    seems = assess(young, [well()], NOON + minutes(4.5), PATIENCE)
    assert (seems.level, seems.is_reported, seems.since, seems.reason) == (Level.DEGRADED, False, NOON, "no answer")
    assert assess(seems, [well()], NOON + minutes(5.5), PATIENCE) == WELL


def test_trouble_with_short_breaks_is_told_when_it_has_lasted() -> None:
    young = assess(WELL, [failing()], NOON, PATIENCE)
    pause = assess(young, [well()], NOON + minutes(4.5), PATIENCE)
    again = assess(pause, [failing(NOON + minutes(5), "another problem")], NOON + minutes(5), PATIENCE)
    assert (again.is_reported, again.level, again.since, again.reason) == (True, Level.DOWN, NOON, "another problem")


def test_trouble_that_began_before_this_look_counts_from_its_beginning() -> None:
    assert assess(WELL, [failing(NOON)], NOON + minutes(5), PATIENCE).is_reported
    assert assess(WELL, [failing(NOON)], NOON + minutes(3), PATIENCE).since == NOON


def test_a_pulse_remembers_when_its_trouble_began() -> None:
    pulse = LastSeen()
    pulse.saw(NOON)
    pulse.missed(NOON + minutes(1), "no answer")
    pulse.missed(NOON + minutes(2), "wrong secret")
    assert pulse == LastSeen(well_at=NOON, failing_since=NOON + minutes(1), problem="wrong secret")
    pulse.saw(NOON + minutes(3))
    assert pulse == LastSeen(well_at=NOON + minutes(3))


def test_a_part_is_as_ill_as_the_worst_of_it() -> None:
    pulses = [well(), failing(NOON + minutes(1), "socket"), failing(NOON, "token")]
    assert assess(WELL, pulses, NOON + minutes(1), PATIENCE).reason == "token"


def test_what_has_not_been_seen_yet_changes_nothing() -> None:
    down = Health(part=Part.SLACK, level=Level.DOWN, since=NOON, reason="no answer", is_reported=True)
    assert assess(down, [well(), LastSeen()], NOON + minutes(60), PATIENCE) == down
    assert assess(WELL, [LastSeen()], NOON, PATIENCE) == WELL


def test_a_clock_that_was_set_back_starts_the_waiting_anew() -> None:
    young = assess(WELL, [failing()], NOON, PATIENCE)
    back = assess(young, [failing()], NOON - minutes(60), PATIENCE)
    assert back.since == NOON - minutes(60)
    assert assess(back, [failing()], NOON - minutes(55), PATIENCE).is_reported


def test_trouble_that_was_told_stays_told_when_the_clock_is_set_back() -> None:
    down = Health(part=Part.PBX, level=Level.DOWN, since=NOON, reason="no answer", is_reported=True)
    back = assess(down, [failing()], NOON - minutes(60), PATIENCE)
    assert (back.is_reported, back.level) == (True, Level.DOWN)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 120)), max_size=60))
def test_whatever_flaps_is_told_in_turns_and_with_patience(beats: list[tuple[bool, int]]) -> None:
    """DOWN and its end alternate; each needs its while."""
    health, pulse, now, told = WELL, well(), NOON, []
    for is_well, passed in beats:
        now += timedelta(seconds=passed)
        if is_well:
            pulse.saw(now)
        else:
            pulse.missed(now, "no answer")
        before, health = health, assess(health, [pulse], now, PATIENCE)
        if before.is_reported != health.is_reported:
            told.append((health.is_reported, now, before.since))
    assert [is_down for is_down, _, _ in told] == [index % 2 == 0 for index in range(len(told))]
    assert all(at - since >= PATIENCE.failure for is_down, at, since in told if is_down and since)


@pytest.mark.parametrize("trouble", [timedelta(seconds=1), timedelta(days=1)])
def test_recovery_takes_a_fifth_of_the_patience(trouble: timedelta) -> None:
    assert Patience(failure=trouble).recovery == trouble / 5
