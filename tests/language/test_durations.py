from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.durations import MAXIMUM, read_duration, write_duration

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        pytest.param("2m", 2 * MINUTE, id="minutes"),
        pytest.param("1h30m", 90 * MINUTE, id="hours and minutes"),
        pytest.param("1h30", 90 * MINUTE, id="behind hours come minutes"),
        pytest.param("1h 30 min", 90 * MINUTE, id="with blanks"),
        pytest.param("2 Hours 5 minutes", 125 * MINUTE, id="in full"),
        pytest.param("2hrs15", 135 * MINUTE, id="half in full"),
        pytest.param("2m30", 150 * SECOND, id="behind minutes come seconds"),
        pytest.param("1h2m3s", HOUR + 2 * MINUTE + 3 * SECOND, id="all three"),
        pytest.param("90s", 90 * SECOND, id="seconds"),
        pytest.param("90 secs", 90 * SECOND, id="seconds in full"),
        pytest.param("90", 90 * SECOND, id="a number alone"),
        pytest.param("0", 0 * SECOND, id="nothing"),
        pytest.param("240000h", MAXIMUM, id="the longest"),
        pytest.param("1hour", HOUR, id="an hour in full"),
        pytest.param("3minutes20seconds", 200 * SECOND, id="all in full, in one"),
        pytest.param("1h59", 119 * MINUTE, id="the most minutes behind hours"),
        pytest.param("999:59", 999 * MINUTE + 59 * SECOND, id="the most minutes of a clock"),
        pytest.param("1:30", 90 * SECOND, id="minutes and seconds"),
        pytest.param("1:02:03", HOUR + 2 * MINUTE + 3 * SECOND, id="as a clock"),
    ],
)
def test_a_duration_is_read(text: str, duration: timedelta) -> None:
    assert read_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "m",
        "soon",
        "2d",
        "1:75",
        "-2m",
        "2m1h",
        "1.5h",
        "١",
        "999999h",
        "240000h1s",
        "1000:00",
        "1:2:3:4",
        "1m2m",
    ],
)
def test_no_duration(text: str) -> None:
    assert read_duration(text) is None


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0s"),
        (60, "1m"),
        (3600, "1h"),
        (3601, "3601s"),
        (90, "90s"),
        (120, "2m"),
        (5400, "1h30m"),
        (7200, "2h"),
    ],
)
def test_a_duration_is_written(seconds: int, written: str) -> None:
    assert write_duration(timedelta(seconds=seconds)) == written


@given(st.integers(0, int(MAXIMUM.total_seconds())).map(lambda seconds: timedelta(seconds=seconds)))
def test_a_written_duration_reads_back(duration: timedelta) -> None:
    assert read_duration(write_duration(duration)) == duration


@given(st.text("0123456789hms: inourec", max_size=12))
def test_a_duration_that_was_read_can_be_written(text: str) -> None:
    duration = read_duration(text)
    assert duration is None or read_duration(write_duration(duration)) == duration
