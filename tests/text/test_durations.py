"""Durations for people."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.recording import Length
from bot.text.durations import clock_text, duration_text, talk_time_text


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(Length(timedelta(seconds=52)), "0:52", id="under a minute"),
        pytest.param(Length(timedelta(seconds=192)), "3:12", id="minutes"),
        pytest.param(Length(timedelta(hours=1, minutes=2, seconds=3)), "1:02:03", id="hours"),
        pytest.param(Length(timedelta(seconds=51.6), approximate=True), "≈ 0:52", id="worked out from the size"),
        pytest.param(Length(timedelta(seconds=0.2), approximate=True), "≈ 0:01", id="never no time at all"),
        pytest.param(Length(timedelta(seconds=59.9)), "1:00", id="rounded up to the minute"),
        pytest.param(Length(timedelta(hours=99, minutes=59, seconds=59)), "99:59:59", id="four days"),
        pytest.param(Length(timedelta(hours=100)), "over 99 h", id="beyond belief"),
        pytest.param(Length(timedelta.max, approximate=True), "≈ over 99 h", id="and worked out"),
    ],
)
def test_a_clock(told: Length, expected: str) -> None:
    assert clock_text(told) == expected


@pytest.mark.parametrize(
    ("length", "said"),
    [
        pytest.param(timedelta(0), "0 s", id="nothing"),
        pytest.param(timedelta(seconds=-5), "0 s", id="less than nothing"),
        pytest.param(timedelta(seconds=45.4), "45 s", id="seconds"),
        pytest.param(timedelta(seconds=59.7), "1 min", id="nearly a minute"),
        pytest.param(timedelta(minutes=12, seconds=50), "12 min", id="minutes"),
        pytest.param(timedelta(hours=2), "2 h", id="whole hours"),
        pytest.param(timedelta(hours=2, minutes=10), "2 h 10 min", id="hours and minutes"),
        pytest.param(timedelta(days=1), "1 day", id="a day"),
        pytest.param(timedelta(days=3, hours=4, minutes=59), "3 days 4 h", id="days and hours"),
        pytest.param(timedelta(days=1_000), "1,000 days", id="years"),
    ],
)
def test_an_age(length: timedelta, said: str) -> None:
    assert duration_text(length) == said


@given(st.timedeltas(timedelta(0), timedelta(days=10_000)))
def test_talk_time_is_short_and_never_a_full_unit_too_many(told: timedelta) -> None:
    assert len(talk_time_text(told)) <= 11
    assert not talk_time_text(told).startswith(("60 s", "60 min"))
