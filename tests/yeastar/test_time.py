from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.recording import Recording
from bot.yeastar.time import (
    ClockFacts,
    DateReadings,
    add_start_times,
    date_order,
    offset_at,
    offset_between,
    read_date_text,
    read_epoch,
    read_uid_time,
)
from bot.yeastar.wire import read_row
from tests.yeastar.stand_in import VENDORS_ROWS


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


TWELFTH_OF_JANUARY = DateReadings(wall("2022-01-12T17:36:24"), wall("2022-12-01T17:36:24"))
ONLY = DateReadings(wall("2022-01-25T14:32:06"), wall("2022-01-25T14:32:06"))


def both(text: str) -> DateReadings:
    """The one way to read a date whose year comes first."""
    return DateReadings(wall(text), wall(text))


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        pytest.param("01/12/2022 17:36:24", TWELFTH_OF_JANUARY, id="the vendor's example, readable both ways"),
        pytest.param("01-12-2022 05:36:24 PM", TWELFTH_OF_JANUARY, id="dashes and PM behind"),
        pytest.param("01.12.2022 pm 5:36:24", TWELFTH_OF_JANUARY, id="dots and pm between"),
        pytest.param("PM 01/12/2022 05:36:24", TWELFTH_OF_JANUARY, id="PM in front"),
        pytest.param("1/12/2022, 5:36:24 p.m.", TWELFTH_OF_JANUARY, id="a comma and single digits"),
        pytest.param("01/12/2022 17:36:24 PM", TWELFTH_OF_JANUARY, id="an hour of 24 beside PM"),
        pytest.param("2022/01/25 14:32:06", ONLY, id="the year first"),
        pytest.param("2022-01-25T14:32:06", ONLY, id="ISO"),
        pytest.param("01/25/2022 14:32:06", DateReadings(ONLY.month_first, None), id="the 25th is no month"),
        pytest.param("25/01/2022 14:32:06", DateReadings(None, ONLY.day_first), id="nor here"),
        pytest.param("2022/01/25 14:32", both("2022-01-25T14:32:00"), id="without seconds"),
        pytest.param("2022/01/25 12:00:01 AM", both("2022-01-25T00:00:01"), id="midnight"),
        pytest.param("2022/01/25 12:00:01 PM", both("2022-01-25T12:00:01"), id="noon"),
        pytest.param("PM 2022/01/25 02:32:06", ONLY, id="PM in front of the year"),
        pytest.param("2022/01/25 14:32:06 AM", ONLY, id="an hour of 24 beside AM, as the vendor's format allows"),
        pytest.param("am 2022/01/25 12:32:06", both("2022-01-25T00:32:06"), id="am in front"),
        pytest.param("2022/01/25 AM 12:32:06", both("2022-01-25T00:32:06"), id="AM between"),
        pytest.param("2022/01/25 02:32:06 a.m.", both("2022-01-25T02:32:06"), id="a.m. behind"),
        pytest.param("2022-01-25T14:32:06.987", ONLY, id="parts of a second are dropped"),
        pytest.param(
            "18/10/2025 03:10:26 PM", DateReadings(None, wall("2025-10-18T15:10:26")), id="seen on a cloud PBX"
        ),
        pytest.param("04/27/2026 18:41:34", DateReadings(wall("2026-04-27T18:41:34"), None), id="seen in Kenya"),
        pytest.param("1990/01/01 00:00:00", both("1990-01-01T00:00:00"), id="the first year"),
        pytest.param("1989/12/31 23:59:59", DateReadings(), id="the year before it"),
        pytest.param("2100/12/31 23:59:59", both("2100-12-31T23:59:59"), id="the last year"),
        pytest.param("2101/01/01 00:00:00", DateReadings(), id="the year after it"),
        pytest.param("01/02/22 14:32:06", DateReadings(), id="a year of two digits"),
        pytest.param("202/01/02 14:32:06", DateReadings(), id="a year of three digits in front"),
        pytest.param("2022/02/30 14:32:06", DateReadings(), id="a 30th of February"),
        pytest.param("at 2022/01/25 14:32:06", DateReadings(), id="a word in front"),
        pytest.param("2022/01/25 14:32:06 or so", DateReadings(), id="words behind"),
        pytest.param("", DateReadings(), id="nothing"),
        pytest.param("yesterday", DateReadings(), id="a word"),
        pytest.param("2022/01/25", DateReadings(), id="a date alone"),
        pytest.param("2022/13/25 14:32:06", DateReadings(), id="a 13th month"),
        pytest.param("2022/01-25 14:32:06", DateReadings(), id="marks that differ"),
        pytest.param("0001/01/01 00:00:00", DateReadings(), id="a year without telephones"),
        pytest.param("2022/01/25 25:00:00", DateReadings(), id="a 25th hour"),
    ],
)
def test_date_texts(text: str, readings: DateReadings) -> None:
    assert read_date_text(text) == readings


@pytest.mark.parametrize(
    ("uid", "moment"),
    [
        ("2022011217362446627", wall("2022-01-12T17:36:24")),
        ("202201131409043E81A", wall("2022-01-13T14:09:04")),
        ("20220112173624", wall("2022-01-12T17:36:24")),
        ("2022011217362", None),
        ("20221312173624", None),
        ("19900101000000", wall("1990-01-01T00:00:00")),
        ("19891231235959", None),
        ("21001231235959", wall("2100-12-31T23:59:59")),
        ("21010101000000", None),
        ("1641980184.14", None),
        ("٢٠٢٢٠١١٢١٧٣٦٢٤", None),
        ("", None),
    ],
)
def test_the_start_of_a_uid(uid: str, moment: datetime | None) -> None:
    assert read_uid_time(uid) == moment


ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Asia/Shanghai",
        "Europe/Berlin",
        "America/New_York",
        "America/St_Johns",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
        "Pacific/Kiritimati",
        "Africa/Casablanca",
    )
]
BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")
DATES = ["%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y", "%Y-%m-%d", "%d.%m.%Y"]
CLOCKS = [" %H:%M:%S", " %I:%M:%S %p", " %p %I:%M:%S", "T%H:%M:%S"]
zones = st.sampled_from(ZONES)
formats = st.builds(str.__add__, st.sampled_from(DATES), st.sampled_from(CLOCKS))
moments = st.datetimes(datetime(2015, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
AUTUMN = datetime(2025, 10, 26, tzinfo=UTC)
autumn_nights = st.builds(lambda minutes: AUTUMN + timedelta(minutes=minutes), st.integers(-180, 300))


def on_the_pbx(
    moment: datetime, zone: ZoneInfo, shape: str = "%m/%d/%Y %H:%M:%S", *, uid: bool = True, epoch: bool = True
) -> Recording:
    """What a PBX in that zone, with that display format, tells of a call."""
    local = moment.astimezone(zone)
    file = f"{local + timedelta(seconds=4):%Y%m%d%H%M%S}-{moment.timestamp():.0f}.17-5566-5556-Internal.wav"
    recording = read_row(
        0,
        {
            "id": 1,
            "time": local.strftime(shape),
            "uid": f"{local:%Y%m%d%H%M%S}3E81A" if uid else "",
            "file": file if epoch else "",
        },
    )
    assert isinstance(recording, Recording)
    return recording


def started(*rows: Recording, **facts: Any) -> list[datetime | None]:
    return [row.started_at for row in add_start_times(rows, ClockFacts(**facts)).rows]


def test_the_vendors_rows_come_back_right() -> None:
    rows = [row for index, value in enumerate(VENDORS_ROWS) if isinstance(row := read_row(index, value), Recording)]
    result = add_start_times(rows, ClockFacts())
    assert [row.started_at for row in result.rows] == [
        datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC),
        datetime(2022, 1, 13, 6, 9, 4, tzinfo=UTC),
        datetime(2022, 1, 25, 6, 32, 6, tzinfo=UTC),
    ]
    assert (result.guessed, result.conflict) == (False, "")


@given(moments, zones, formats)
def test_the_epoch_alone_is_enough(moment: datetime, zone: ZoneInfo, shape: str) -> None:
    result = add_start_times([on_the_pbx(moment, zone, shape)], ClockFacts())
    assert [row.started_at for row in result.rows] == [moment]
    assert (result.guessed, result.conflict) == (False, "")


@given(moments, zones, formats)
def test_without_epoch_the_uid_fixes_the_day_and_the_zone_the_hour(
    moment: datetime, zone: ZoneInfo, shape: str
) -> None:
    (start,) = started(on_the_pbx(moment, zone, shape, epoch=False), zone=zone)
    assert start in both_sides_of_a_fold(moment, zone)


@given(moments, zones, formats)
def test_without_uid_the_format_fixes_the_day(moment: datetime, zone: ZoneInfo, shape: str) -> None:
    row = on_the_pbx(moment, zone, shape, uid=False, epoch=False)
    (start,) = started(row, zone=zone, day_first=shape.startswith("%d"))
    assert start in both_sides_of_a_fold(moment, zone)


@given(autumn_nights, st.sampled_from([BERLIN]), formats)
def test_a_repeated_hour_is_settled_by_the_nearest_row_with_an_epoch(
    moment: datetime, zone: ZoneInfo, shape: str
) -> None:
    lacking = on_the_pbx(moment, zone, shape, epoch=False)
    neighbour = on_the_pbx(moment, zone, shape)
    assert started(neighbour, lacking, zone=zone) == [moment, moment]
    assert started(neighbour, lacking) == [moment, moment]


@given(moments, zones, formats)
def test_the_offset_is_that_of_the_nearest_row_with_an_epoch(moment: datetime, zone: ZoneInfo, shape: str) -> None:
    summer_or_winter = on_the_pbx(moment + timedelta(days=182), zone, shape)
    nearer = on_the_pbx(moment, zone, shape)
    lacking = on_the_pbx(moment, zone, shape, epoch=False)
    assert started(summer_or_winter, nearer, lacking)[-1] == moment


@given(st.text(), st.text(), st.text())
def test_no_text_is_too_odd(time: str, uid: str, file: str) -> None:
    recording = read_row(0, {"id": 1, "time": time, "uid": uid, "file": file})
    assert isinstance(recording, Recording)
    assert len(add_start_times([recording], ClockFacts(zone=BERLIN)).rows) == 1


def test_the_set_zone_wins_over_offsets_of_other_rows() -> None:
    summer, winter = datetime(2025, 7, 1, 10, tzinfo=UTC), datetime(2025, 12, 1, 10, tzinfo=UTC)
    rows = [on_the_pbx(winter, BERLIN), on_the_pbx(summer, BERLIN, epoch=False)]
    assert started(*rows, zone=BERLIN) == [winter, summer]
    assert started(*rows) == [winter, summer + timedelta(hours=1)]


def test_an_offset_of_another_row_wins_over_the_present_one() -> None:
    summer = datetime(2025, 7, 1, 10, tzinfo=UTC)
    rows = [on_the_pbx(summer, BERLIN), on_the_pbx(summer, BERLIN, epoch=False)]
    assert started(*rows, offset=timedelta(hours=1)) == [summer, summer]


def test_the_present_offset_is_used_last() -> None:
    moment = datetime(2025, 7, 1, 10, tzinfo=UTC)
    result = add_start_times([on_the_pbx(moment, SHANGHAI, epoch=False)], ClockFacts(offset=timedelta(hours=8)))
    assert result.rows[0].started_at == moment
    assert not result.guessed


def test_utc_is_a_guess() -> None:
    moment = datetime(2025, 7, 1, 10, tzinfo=UTC)
    result = add_start_times([on_the_pbx(moment, SHANGHAI, epoch=False)], ClockFacts())
    assert result.rows[0].started_at == moment + timedelta(hours=8)
    assert result.guessed


def test_other_rows_of_the_page_show_the_order_of_day_and_month() -> None:
    plain = on_the_pbx(datetime(2025, 7, 25, 10, tzinfo=UTC), BERLIN, "%d/%m/%Y %H:%M:%S", uid=False, epoch=False)
    moment = datetime(2025, 7, 4, 10, tzinfo=UTC)
    unclear = on_the_pbx(moment, BERLIN, "%d/%m/%Y %H:%M:%S", uid=False, epoch=False)
    assert started(unclear, plain, zone=BERLIN, day_first=False)[0] == moment
    alone = add_start_times([unclear], ClockFacts(zone=BERLIN))
    assert alone.rows[0].started_at == datetime(2025, 4, 7, 10, tzinfo=UTC)
    assert alone.guessed


UID = "202503021200003E81A"
"""The second of March 2025, at noon."""


@pytest.mark.parametrize(
    ("time", "start", "agree"),
    [
        pytest.param("03/02/2025 12:00:00", "2025-03-02 12:00:00", True, id="month first, as the uid says"),
        pytest.param("02/03/2025 12:00:00", "2025-03-02 12:00:00", True, id="day first, as the uid says"),
        pytest.param("02/03/2025 12:00:00 PM", "2025-03-02 12:00:00", True, id="noon by a clock of twelve hours"),
        pytest.param("02/03/2025 12:30:00", "2025-03-02 12:30:00", True, id="a leg has a time of its own"),
        pytest.param("03/02/2025 18:00:00", "2025-03-02 18:00:00", True, id="up to six hours later"),
        pytest.param("03/02/2025 18:00:01", "2025-03-02 12:00:00", False, id="no later"),
        pytest.param("03/02/2025 06:00:00", "2025-03-02 06:00:00", True, id="or six hours earlier"),
        pytest.param("03/02/2025 05:59:59", "2025-03-02 12:00:00", False, id="no earlier"),
        pytest.param("02/03/2024 12:00:00", "2025-03-02 12:00:00", False, id="another year"),
        pytest.param("2024/01/01 00:00:00", "2025-03-02 12:00:00", False, id="another day"),
        pytest.param("03/02/2025 12:00:00 AM", "2025-03-02 12:00:00", False, id="midnight by a clock of twelve hours"),
        pytest.param("03/02/2025 12:00:00 am", "2025-03-02 12:00:00", False, id="in small letters, too"),
        pytest.param("", "2025-03-02 12:00:00", True, id="no time: the uid alone"),
        pytest.param("lunch time", "2025-03-02 12:00:00", True, id="no time that can be read"),
    ],
)
def test_the_uid_settles_the_reading_of_time(time: str, start: str, agree: bool) -> None:
    row = Recording(id=1, started_at=None, local_time=time, uid=UID)
    result = add_start_times([row], ClockFacts(zone=ZoneInfo("UTC")))
    assert result.rows[0].started_at == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert result.conflict == ("" if agree else "recording 1: time, uid and file name differ")
    assert not result.guessed


@pytest.mark.parametrize(
    ("settled", "start"),
    [
        pytest.param([("25/07/2025 10:00:00", "")], "2025-07-04 10:00:00", id="a day that is no month"),
        pytest.param([("07/25/2025 10:00:00", "")], "2025-04-07 10:00:00", id="a month first"),
        pytest.param([("05/07/2025 10:00:00", "20250705100000")], "2025-07-04 10:00:00", id="a uid: day first"),
        pytest.param([("07/05/2025 10:00:00", "20250705100000")], "2025-04-07 10:00:00", id="a uid: month first"),
        pytest.param(
            [("2025/07/05 10:00:00", "20250705100000"), ("05/07/2025 10:00:00", "20250705100000")],
            "2025-07-04 10:00:00",
            id="not a row with its year in front",
        ),
        pytest.param(
            [("05/05/2025 10:00:00", "20250505100000"), ("25/07/2025 10:00:00", "")],
            "2025-07-04 10:00:00",
            id="not a row of the fifth of May",
        ),
        pytest.param(
            [("05/07/2019 10:00:00", "20250705100000"), ("25/07/2025 10:00:00", "")],
            "2025-07-04 10:00:00",
            id="not a row whose uid names another day",
        ),
    ],
)
@pytest.mark.parametrize("day_first", [True, False, None])
def test_another_row_of_the_page_settles_the_date_order(
    settled: list[tuple[str, str]], start: str, day_first: bool | None
) -> None:
    unclear = Recording(id=1, started_at=None, local_time="04/07/2025 10:00:00")
    others = [Recording(id=2, started_at=None, local_time=time, uid=uid) for time, uid in settled]
    result = add_start_times([unclear, *others], ClockFacts(zone=ZoneInfo("UTC"), day_first=day_first))
    assert result.rows[0].started_at == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert not result.guessed


@pytest.mark.parametrize(
    ("day_first", "start", "guessed"),
    [
        pytest.param(True, "2025-07-04 10:00:00", False, id="day first"),
        pytest.param(False, "2025-04-07 10:00:00", False, id="month first"),
        pytest.param(None, "2025-04-07 10:00:00", True, id="unknown: month first is a guess"),
    ],
)
def test_otherwise_the_pbxs_format_settles_the_date_order(day_first: bool | None, start: str, guessed: bool) -> None:
    unclear = Recording(id=1, started_at=None, local_time="04/07/2025 10:00:00")
    result = add_start_times([unclear], ClockFacts(zone=ZoneInfo("UTC"), day_first=day_first))
    assert result.rows[0].started_at == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert result.guessed is guessed


def test_a_date_that_reads_the_same_both_ways_is_no_guess() -> None:
    result = add_start_times(
        [Recording(id=1, started_at=None, local_time="05/05/2025 10:00:00")], ClockFacts(zone=ZoneInfo("UTC"))
    )
    assert result.rows[0].started_at == datetime(2025, 5, 5, 10, tzinfo=UTC)
    assert not result.guessed


@pytest.mark.parametrize(
    ("offsets", "hours"),
    [
        pytest.param([2, 8, None], 8, id="the row before it, not the first"),
        pytest.param([None, 8, 2], 8, id="the row behind it, not the last"),
        pytest.param([8, None, None, 2], 8, id="the row before, not one two rows behind"),
    ],
)
def test_the_offset_of_the_nearest_row_is_used(offsets: list[int | None], hours: int) -> None:
    """Each row but one was recorded at noon in a zone so many hours ahead of UTC."""
    rows = [
        Recording(
            id=number,
            started_at=None if ahead is None else datetime(2025, 7, 1, 12 - ahead, tzinfo=UTC),
            local_time="07/01/2025 12:00:00",
            uid="20250701120000",
        )
        for number, ahead in enumerate(offsets)
    ]
    result = add_start_times(rows, ClockFacts(offset=timedelta(hours=5)))
    lacking = offsets.index(None)
    assert result.rows[lacking].started_at == datetime(2025, 7, 1, 12 - hours, tzinfo=UTC)
    assert not result.guessed


def test_the_offset_of_a_later_leg_is_that_of_its_call() -> None:
    leg = Recording(
        id=1,
        started_at=datetime(2025, 7, 1, 10, tzinfo=UTC),
        local_time="07/01/2025 12:15:00",
        uid="20250701120000",
    )
    lacking = Recording(id=2, started_at=None, local_time="07/01/2025 13:00:00", uid="20250701130000")
    assert started(leg, lacking)[1] == datetime(2025, 7, 1, 11, tzinfo=UTC)


def test_a_page_of_a_later_leg_and_a_row_without_uid_agrees() -> None:
    leg = {
        "id": 1,
        "time": "30/06/2026 09:40:17 PM",
        "uid": "2026063021371710F70",
        "file": "20260630214000-1782844637.854-0538123446-4005-Inbound.wav",
    }
    bare = {"id": 2, "time": "30/06/2026 09:50:00 PM", "uid": "", "file": "old.wav"}
    rows = [row for index, one in enumerate((leg, bare)) if isinstance(row := read_row(index, one), Recording)]
    result = add_start_times(rows, ClockFacts())
    assert [row.started_at for row in result.rows] == [
        datetime(2026, 6, 30, 18, 37, 17, tzinfo=UTC),
        datetime(2026, 6, 30, 18, 50, tzinfo=UTC),
    ]
    assert (result.guessed, result.conflict) == (False, "")


def test_a_repeated_hour_is_the_first_without_other_rows() -> None:
    lacking = Recording(id=1, started_at=None, local_time="2025/10/26 02:30:00")
    assert started(lacking, zone=BERLIN) == [datetime(2025, 10, 26, 0, 30, tzinfo=UTC)]


def test_one_guessed_row_makes_a_page_guessed() -> None:
    sure = on_the_pbx(datetime(2025, 7, 1, 10, tzinfo=UTC), BERLIN)
    unclear = Recording(id=2, started_at=None, local_time="04/07/2025 10:00:00")
    year_first = Recording(id=3, started_at=None, local_time="2025/07/01 10:00:00")
    assert add_start_times([unclear, year_first], ClockFacts(zone=BERLIN)).guessed
    assert add_start_times([year_first, unclear], ClockFacts(day_first=True)).guessed
    assert not add_start_times([sure, year_first], ClockFacts()).guessed


@pytest.mark.parametrize(
    ("time", "uid"),
    [
        pytest.param("01/12/2023 17:36:24", "", id="time is a year off"),
        pytest.param("01/12/2022 17:36:24", "2023011217362446627", id="uid is a year off"),
        pytest.param("01/12/2023 17:36:24", "2023011217362446627", id="both are"),
        pytest.param("01/12/2023 17:50:00", "2023011217362446627", id="a leg of a call a year off"),
        pytest.param("", "2023011217362446627", id="no time, and uid is a year off"),
        pytest.param("01/12/2022 17:29:24", "", id="no zone has such an offset"),
    ],
)
def test_the_epoch_wins_over_conflicting_sources(time: str, uid: str) -> None:
    row = read_row(0, {**VENDORS_ROWS[0], "time": time, "uid": uid})
    assert isinstance(row, Recording)
    result = add_start_times([row], ClockFacts())
    assert result.rows[0].started_at == datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC)
    assert "recording 614" in result.conflict


@pytest.mark.parametrize(
    ("time", "uid"),
    [
        pytest.param("", "", id="neither"),
        pytest.param("lunch time", "1641980184.14", id="neither that can be read"),
        pytest.param("01/12/2022 17:36:24", "", id="no uid"),
        pytest.param("12/01/2022 05:36:24 PM", "2022011217362446627", id="another format"),
        pytest.param("01/12/2022 17:43:00", "2022011217362446627", id="a leg 7 minutes after the call's start"),
        pytest.param("01/12/2022 17:50:00", "2022011217362446627", id="a leg about a quarter of an hour after it"),
    ],
)
def test_sources_that_agree_with_the_epoch_are_no_conflict(time: str, uid: str) -> None:
    row = read_row(0, {**VENDORS_ROWS[0], "time": time, "uid": uid})
    assert isinstance(row, Recording)
    result = add_start_times([row], ClockFacts(zone=SHANGHAI))
    assert result.rows[0].started_at == datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC)
    assert (result.conflict, result.guessed) == ("", False)


def test_a_wrong_zone_is_a_conflict() -> None:
    row = read_row(0, VENDORS_ROWS[0])
    assert isinstance(row, Recording)
    assert add_start_times([row], ClockFacts(zone=SHANGHAI)).conflict == ""
    assert "Europe/Berlin" in add_start_times([row], ClockFacts(zone=BERLIN)).conflict


def test_a_row_without_any_time_has_none() -> None:
    result = add_start_times([Recording(id=1, started_at=None)], ClockFacts())
    assert result.rows[0].started_at is None
    assert not result.guessed


@pytest.mark.parametrize(
    ("file", "epoch"),
    [
        ("20220112173629-1641980184.14-5566-5556-Internal.wav", datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC)),
        ("20220112173629-1641980184.14-+442079460000-55-66-Inbound.mp3", datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC)),
        ("20220112173629-1641980184.105999-5566-5556-Internal.wav", datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC)),
        ("20251104133654-1762252614_105999-5566-5556-Internal.wav", datetime(2025, 11, 4, 10, 36, 54, tzinfo=UTC)),
        (
            "20251104173706-1762252614_105999-104-0819979336-Outbound.wav",
            datetime(2025, 11, 4, 10, 36, 54, tzinfo=UTC),
        ),
        ("20220112173629-1641980184.yswav", None),
        ("19900101000000-631152000.1-1-2-Internal.wav", datetime(1990, 1, 1, tzinfo=UTC)),
        ("19891231235959-631151999.1-1-2-Internal.wav", None),
        ("21001231235959-4133980799.1-1-2-Internal.wav", datetime(2100, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("21010101000000-4133980800.1-1-2-Internal.wav", None),
        ("20220112173629-99999999999.14-5566-5556-Internal.wav", None),
        ("20220112173629-5566-5556-Internal.wav", None),
        ("", None),
    ],
)
def test_the_epoch_in_a_file_name(file: str, epoch: datetime | None) -> None:
    assert read_epoch(file) == epoch


@pytest.mark.parametrize(
    ("shape", "order"),
    [
        ("DD/MM/YYYY", True),
        ("dd-mm-yyyy", True),
        ("MM/DD/YYYY", False),
        ("YYYY/MM/DD", None),
        ("DD/YYYY", None),
        ("MM", None),
        ("", None),
        ("?", None),
    ],
)
def test_the_date_order_of_a_format(shape: str, order: bool | None) -> None:
    assert date_order(shape) is order


@pytest.mark.parametrize(
    ("local_time", "offset"),
    [
        ("2025/08/22 16:44:40", timedelta(hours=8)),
        ("08/09/2025 16:44:40", None),
        ("22/08/2025 04:44:41 AM", timedelta(hours=-4)),
        ("08/22/2025 04:44:40 PM", timedelta(hours=8)),
        ("2025/08/22 16:52:10", None),
        ("?", None),
    ],
)
def test_the_present_offset(local_time: str, offset: timedelta | None) -> None:
    assert offset_at(datetime(2025, 8, 22, 8, 44, 40, tzinfo=UTC), local_time) == offset


@pytest.mark.parametrize("local_time", ["08/09/2025 16:44:40", "09/08/2025 16:44:40"])
def test_the_present_offset_uses_the_reading_that_is_today(local_time: str) -> None:
    assert offset_at(datetime(2025, 8, 9, 8, 44, 40, tzinfo=UTC), local_time) == timedelta(hours=8)


@pytest.mark.parametrize(
    ("ahead", "offset"),
    [
        pytest.param(timedelta(hours=8), timedelta(hours=8), id="China"),
        pytest.param(timedelta(hours=-3, minutes=-30), timedelta(hours=-3, minutes=-30), id="Newfoundland"),
        pytest.param(timedelta(hours=5, minutes=45, seconds=3), timedelta(hours=5, minutes=45), id="Nepal, 3 s late"),
        pytest.param(timedelta(hours=1, minutes=2), timedelta(hours=1), id="two minutes late"),
        pytest.param(timedelta(hours=1, minutes=-2), timedelta(hours=1), id="two minutes early"),
        pytest.param(timedelta(hours=1, minutes=2, seconds=1), None, id="more than two minutes late"),
        pytest.param(timedelta(hours=1, minutes=-2, seconds=-1), None, id="more than two minutes early"),
        pytest.param(timedelta(minutes=7), None, id="between two quarters"),
        pytest.param(timedelta(hours=15), timedelta(hours=15), id="the widest"),
        pytest.param(timedelta(hours=-15), timedelta(hours=-15), id="the widest behind UTC"),
        pytest.param(timedelta(hours=15, minutes=15), None, id="wider than any"),
        pytest.param(timedelta(hours=-15, minutes=-15), None, id="wider than any behind UTC"),
    ],
)
def test_an_offset_is_a_whole_quarter_of_an_hour_within_reach(ahead: timedelta, offset: timedelta | None) -> None:
    moment = datetime(2025, 8, 22, 8, tzinfo=UTC)
    assert offset_between(moment.replace(tzinfo=None) + ahead, moment) == offset


def both_sides_of_a_fold(moment: datetime, zone: ZoneInfo) -> set[datetime]:
    """The moments at which that clock shows what it shows at this one."""
    local = moment.astimezone(zone).replace(tzinfo=None)
    return {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
