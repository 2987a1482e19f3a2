from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.time_range import TimeRange, day_of, midnight
from bot.language.context import LineContext
from bot.language.dates import read_time_range

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ZURICH = LineContext(now=NOON, zone=ZoneInfo("Europe/Zurich"))
"""It is Tuesday, 13:00."""


def zurich(text: str) -> datetime:
    """A moment by Zurich's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=ZURICH.zone)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        pytest.param("today", "2026-11-24", id="today"),
        pytest.param("Yesterday", "2026-11-23", id="yesterday"),
        pytest.param("tues", "2026-11-24", id="today's weekday is today"),
        pytest.param("wednesday", "2026-11-18", id="tomorrow's is last week's"),
        pytest.param("2026-11-01", "2026-11-01", id="ISO"),
        pytest.param("23 Nov", "2026-11-23", id="day and month"),
        pytest.param("23nov", "2026-11-23", id="in one"),
        pytest.param("23rd November", "2026-11-23", id="in full"),
        pytest.param("23. Nov. 2024", "2024-11-23", id="with dots"),
        pytest.param("23Nov2024", "2024-11-23", id="in one, with the year"),
        pytest.param("Nov-23", "2026-11-23", id="month and day"),
        pytest.param("Sept-5", "2026-09-05", id="a month of four letters and a hyphen"),
        pytest.param("july-4", "2026-07-04", id="another"),
        pytest.param("November 23, 2024", "2024-11-23", id="the American way"),
        pytest.param("25 Nov", "2025-11-25", id="one that has not come is last year's"),
        pytest.param("24 Nov", "2026-11-24", id="today by its date is this year's"),
        pytest.param("Nov 24", "2026-11-24", id="and the American way"),
        pytest.param("23-Nov-2024", "2024-11-23", id="with hyphens and the year"),
        pytest.param("1st   January", "2026-01-01", id="the first of the year"),
        pytest.param("31 Dec", "2025-12-31", id="the last of the year"),
        pytest.param("2 may", "2026-05-02", id="a month of three letters"),
        pytest.param("29 Feb", "2024-02-29", id="a day that few years have"),
        pytest.param("1900-07-01", "1900-07-01", id="the first year that is read"),
        pytest.param("1 July 2999", "2999-07-01", id="the last year that is read"),
        *(
            pytest.param(name, f"2026-11-{day}", id=f"the latest {name}")
            for name, day in zip(
                ("mon", "tue", "wednes", "thursday", "fri", "saturday", "sun"),
                (23, 24, 18, 19, 20, 21, 22),
                strict=True,
            )
        ),
        *(
            pytest.param(f"1 {name} 2026", f"2026-{month:02}-01", id=name)
            for month, name in enumerate(("jan", "feb", "march", "apr", "may", "jun", "july", "aug", "sep", "oct"), 1)
        ),
    ],
)
def test_a_day(text: str, day: str) -> None:
    assert read_time_range(text, ZURICH) == TimeRange(start=zurich(day), end=zurich(day) + timedelta(days=1))


@pytest.mark.parametrize(
    ("now", "text", "day"),
    [
        pytest.param("2026-11-25 00:30", "today", "2026-11-25", id="half past midnight, while UTC has the day before"),
        pytest.param("2026-11-25 00:30", "yesterday", "2026-11-24", id="the day before"),
        pytest.param("2026-11-25 00:30", "wed", "2026-11-25", id="a weekday that has just begun"),
        pytest.param("2026-11-25 00:30", "25 Nov", "2026-11-25", id="a date that has just begun"),
        pytest.param("2026-11-24 23:59", "25 Nov", "2025-11-25", id="a date that begins in a minute"),
        pytest.param("2027-01-01 00:30", "31 Dec", "2026-12-31", id="New Year's Eve on New Year's Day"),
        pytest.param("2104-02-28 12:00", "29 Feb", "2096-02-29", id="a leap day eight years ago"),
    ],
)
def test_a_day_is_in_the_zone_of_the_context(now: str, text: str, day: str) -> None:
    asker = LineContext(now=zurich(now).astimezone(UTC), zone=ZURICH.zone)
    assert read_time_range(text, asker) == TimeRange(start=zurich(day), end=zurich(day) + timedelta(days=1))


def test_a_time_is_of_today_in_that_zone() -> None:
    late = LineContext(now=zurich("2026-11-25 00:30").astimezone(UTC), zone=ZURICH.zone)
    assert read_time_range("9:30", late) == TimeRange(start=zurich("2026-11-25 09:30"))


@pytest.mark.parametrize(
    ("text", "start"),
    [
        pytest.param("now", NOON, id="now"),
        pytest.param("90m", NOON - timedelta(minutes=90), id="minutes ago"),
        pytest.param("2 hours ago", NOON - timedelta(hours=2), id="hours ago, in full"),
        pytest.param("3d", NOON - timedelta(days=3), id="days ago"),
        pytest.param("2w", NOON - timedelta(weeks=2), id="weeks ago"),
        pytest.param("1 week ago", NOON - timedelta(weeks=1), id="one week ago, in full"),
        pytest.param("5 mins", NOON - timedelta(minutes=5), id="minutes ago, shortened"),
        pytest.param("999999m", NOON - timedelta(minutes=999_999), id="the most of them"),
        pytest.param("9:30", zurich("2026-11-24 09:30"), id="a time of today"),
        pytest.param("9:30 pm", zurich("2026-11-24 21:30"), id="of its second half"),
        pytest.param("9am", zurich("2026-11-24 09:00"), id="the hour alone"),
        pytest.param("12am", zurich("2026-11-24 00:00"), id="midnight"),
        pytest.param("12pm", zurich("2026-11-24 12:00"), id="noon"),
        pytest.param("1 pm", zurich("2026-11-24 13:00"), id="an hour behind noon"),
        pytest.param("0:00", zurich("2026-11-24 00:00"), id="the day's first minute"),
        pytest.param("23:59", zurich("2026-11-24 23:59"), id="its last, though it is still to come"),
        pytest.param("24 Nov 9:30", zurich("2026-11-24 09:30"), id="today by its date, and a time"),
        pytest.param("yesterday 14:00", zurich("2026-11-23 14:00"), id="a day and a time"),
        pytest.param("monday at 2pm", zurich("2026-11-23 14:00"), id="as people say it"),
        pytest.param("23 Nov 2024, 9:30", zurich("2024-11-23 09:30"), id="a date and a time"),
        pytest.param("2026-11-23T09:30", zurich("2026-11-23 09:30"), id="ISO"),
        pytest.param("2026-11-23 9:30", zurich("2026-11-23 09:30"), id="nearly ISO"),
        pytest.param("2026-11-23T09:30:15.5+05:30", datetime(2026, 11, 23, 4, 0, 15, 500_000, UTC), id="with offset"),
    ],
)
def test_a_moment(text: str, start: datetime) -> None:
    assert read_time_range(text, ZURICH) == TimeRange(start=start)


@pytest.mark.parametrize(
    "text",
    [
        *("now 9:30", "2h 9:30", "9:30 9:30", "now now", "24:00", "9999999m", "31 Nov", "0 Nov", "23 no", "23 ma"),
        *("1899-07-01", "3000-07-01", "1 July 1899", "1 July 3000"),
        *("2026-11-24T12:00Z..soon", "soon..2026-11-24T12:00Z", "2026-11-24T12:00Z..3500-01-01T00:00Z"),
        *("1066-01-01T00:00Z..2026-11-24T12:00Z", "2026-11-24..2026-11-25"),
        *("", "soon", "mo", "tomorrow", "01/02/2026", "23.11.2026", "23-11-2026", "2026-02-30", "30 Feb", "2026-11"),
        *(
            "25:00",
            "9:75",
            "13pm",
            "0am",
            "9",
            "14",
            "23 marmalade",
            "nov 2026",
            "May",
            "3 months",
            "99999999d",
            "99999w",
        ),
        *("0001-01-01", "9999-12-31", "31 Dec 9999", "١٢:٣٠", "a..b", "2026-11-23..", "yesterday yesterday"),
    ],
)
def test_no_time_or_an_ambiguous_one(text: str) -> None:
    assert read_time_range(text, ZURICH) is None


def test_a_range_has_two_ends_or_one() -> None:
    noon = "2026-11-24T12:00Z"
    assert read_time_range(f"{noon}..", ZURICH) == TimeRange(start=NOON)
    assert read_time_range(f"..{noon}", ZURICH) == TimeRange(end=NOON)
    assert read_time_range("..", ZURICH) == TimeRange()


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param(date(2026, 3, 29), 23, id="the clocks go forward"),
        pytest.param(date(2026, 10, 25), 25, id="the clocks go back"),
        pytest.param(date(2026, 11, 24), 24, id="any other day"),
    ],
)
def test_a_day_has_23_or_25_hours_when_clocks_change(day: date, hours: int) -> None:
    span = day_of(day, ZURICH.zone)
    assert span.start is not None
    assert span.end == span.start + timedelta(hours=hours)


def test_a_day_without_a_midnight_begins_at_one() -> None:
    beirut = ZoneInfo("Asia/Beirut")
    assert midnight(date(2026, 3, 29), beirut).astimezone(beirut).hour == 1


@given(
    st.text(max_size=20) | st.text("0123456789 :.-/amptodyesrwhnvu", max_size=20),
    st.sampled_from(["Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati"]),
)
def test_any_text_is_a_valid_range_or_none(text: str, zone: str) -> None:
    asker = LineContext(now=NOON, zone=ZoneInfo(zone))
    span = read_time_range(text, asker)
    for moment in (span.start, span.end) if span else ():
        assert moment is None or moment.astimezone(asker.zone)
