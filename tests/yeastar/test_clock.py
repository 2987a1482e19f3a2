from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.recording import Recording
from bot.yeastar.clock import Known, current_offset, date_order, offset_between, read_epoch, timed
from bot.yeastar.rows import read_row
from tests.yeastar.stand_in import VENDORS_ROWS

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


def started(*rows: Recording, **known: Any) -> list[datetime | None]:
    return [row.started_at for row in timed(rows, Known(**known)).rows]


def test_the_vendors_rows_come_back_right() -> None:
    rows = [row for index, told in enumerate(VENDORS_ROWS) if isinstance(row := read_row(index, told), Recording)]
    result = timed(rows, Known())
    assert [row.started_at for row in result.rows] == [
        datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC),
        datetime(2022, 1, 13, 6, 9, 4, tzinfo=UTC),
        datetime(2022, 1, 25, 6, 32, 6, tzinfo=UTC),
    ]
    assert (result.guessed, result.conflict) == (False, "")


@given(moments, zones, formats)
def test_the_epoch_tells_everything(moment: datetime, zone: ZoneInfo, shape: str) -> None:
    result = timed([on_the_pbx(moment, zone, shape)], Known())
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
def test_a_zone_is_learnt_from_the_nearest_row_with_an_epoch(moment: datetime, zone: ZoneInfo, shape: str) -> None:
    summer_or_winter = on_the_pbx(moment + timedelta(days=182), zone, shape)
    nearer = on_the_pbx(moment, zone, shape)
    lacking = on_the_pbx(moment, zone, shape, epoch=False)
    assert started(summer_or_winter, nearer, lacking)[-1] == moment


@given(st.text(), st.text(), st.text())
def test_no_text_is_too_odd(time: str, uid: str, file: str) -> None:
    recording = read_row(0, {"id": 1, "time": time, "uid": uid, "file": file})
    assert isinstance(recording, Recording)
    assert len(timed([recording], Known(zone=BERLIN)).rows) == 1


def test_the_zone_that_is_set_wins_over_offsets_that_were_seen() -> None:
    summer, winter = datetime(2025, 7, 1, 10, tzinfo=UTC), datetime(2025, 12, 1, 10, tzinfo=UTC)
    rows = [on_the_pbx(winter, BERLIN), on_the_pbx(summer, BERLIN, epoch=False)]
    assert started(*rows, zone=BERLIN) == [winter, summer]
    assert started(*rows) == [winter, summer + timedelta(hours=1)]


def test_an_offset_that_was_seen_wins_over_the_present_one() -> None:
    summer = datetime(2025, 7, 1, 10, tzinfo=UTC)
    rows = [on_the_pbx(summer, BERLIN), on_the_pbx(summer, BERLIN, epoch=False)]
    assert started(*rows, offset=timedelta(hours=1)) == [summer, summer]


def test_the_present_offset_serves_where_nothing_else_does() -> None:
    moment = datetime(2025, 7, 1, 10, tzinfo=UTC)
    result = timed([on_the_pbx(moment, SHANGHAI, epoch=False)], Known(offset=timedelta(hours=8)))
    assert result.rows[0].started_at == moment
    assert not result.guessed


def test_utc_is_a_guess() -> None:
    moment = datetime(2025, 7, 1, 10, tzinfo=UTC)
    result = timed([on_the_pbx(moment, SHANGHAI, epoch=False)], Known())
    assert result.rows[0].started_at == moment + timedelta(hours=8)
    assert result.guessed


def test_other_rows_of_the_page_show_the_order_of_day_and_month() -> None:
    plain = on_the_pbx(datetime(2025, 7, 25, 10, tzinfo=UTC), BERLIN, "%d/%m/%Y %H:%M:%S", uid=False, epoch=False)
    moment = datetime(2025, 7, 4, 10, tzinfo=UTC)
    unclear = on_the_pbx(moment, BERLIN, "%d/%m/%Y %H:%M:%S", uid=False, epoch=False)
    assert started(unclear, plain, zone=BERLIN, day_first=False)[0] == moment
    alone = timed([unclear], Known(zone=BERLIN))
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
def test_the_uid_settles_what_the_time_means(time: str, start: str, agree: bool) -> None:
    row = Recording(id=1, started_at=None, local_time=time, uid=UID)
    result = timed([row], Known(zone=ZoneInfo("UTC")))
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
@pytest.mark.parametrize("known", [True, False, None])
def test_another_row_of_the_page_settles_which_of_day_and_month_is_first(
    settled: list[tuple[str, str]], start: str, known: bool | None
) -> None:
    unclear = Recording(id=1, started_at=None, local_time="04/07/2025 10:00:00")
    others = [Recording(id=2, started_at=None, local_time=time, uid=uid) for time, uid in settled]
    result = timed([unclear, *others], Known(zone=ZoneInfo("UTC"), day_first=known))
    assert result.rows[0].started_at == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert not result.guessed


@pytest.mark.parametrize(
    ("known", "start", "guessed"),
    [
        pytest.param(True, "2025-07-04 10:00:00", False, id="day first"),
        pytest.param(False, "2025-04-07 10:00:00", False, id="month first"),
        pytest.param(None, "2025-04-07 10:00:00", True, id="not known: month first is a guess"),
    ],
)
def test_the_pbxs_own_format_settles_it_else(known: bool | None, start: str, guessed: bool) -> None:
    unclear = Recording(id=1, started_at=None, local_time="04/07/2025 10:00:00")
    result = timed([unclear], Known(zone=ZoneInfo("UTC"), day_first=known))
    assert result.rows[0].started_at == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert result.guessed is guessed


def test_a_date_that_reads_the_same_both_ways_is_no_guess() -> None:
    result = timed([Recording(id=1, started_at=None, local_time="05/05/2025 10:00:00")], Known(zone=ZoneInfo("UTC")))
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
def test_the_nearest_row_lends_its_offset(offsets: list[int | None], hours: int) -> None:
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
    result = timed(rows, Known(offset=timedelta(hours=5)))
    lacking = offsets.index(None)
    assert result.rows[lacking].started_at == datetime(2025, 7, 1, 12 - hours, tzinfo=UTC)
    assert not result.guessed


def test_a_later_leg_lends_the_offset_of_its_call() -> None:
    leg = Recording(
        id=1,
        started_at=datetime(2025, 7, 1, 10, tzinfo=UTC),
        local_time="07/01/2025 12:15:00",
        uid="20250701120000",
    )
    lacking = Recording(id=2, started_at=None, local_time="07/01/2025 13:00:00", uid="20250701130000")
    assert started(leg, lacking)[1] == datetime(2025, 7, 1, 11, tzinfo=UTC)


def test_an_hour_that_comes_twice_is_the_first_where_no_row_tells() -> None:
    lacking = Recording(id=1, started_at=None, local_time="2025/10/26 02:30:00")
    assert started(lacking, zone=BERLIN) == [datetime(2025, 10, 26, 0, 30, tzinfo=UTC)]


def test_one_guess_on_a_page_is_told_though_other_rows_are_sure() -> None:
    sure = on_the_pbx(datetime(2025, 7, 1, 10, tzinfo=UTC), BERLIN)
    unclear = Recording(id=2, started_at=None, local_time="04/07/2025 10:00:00")
    year_first = Recording(id=3, started_at=None, local_time="2025/07/01 10:00:00")
    assert timed([unclear, year_first], Known(zone=BERLIN)).guessed
    assert timed([year_first, unclear], Known(day_first=True)).guessed
    assert not timed([sure, year_first], Known()).guessed


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
def test_the_epoch_is_believed_where_sources_differ(time: str, uid: str) -> None:
    row = read_row(0, {**VENDORS_ROWS[0], "time": time, "uid": uid})
    assert isinstance(row, Recording)
    result = timed([row], Known())
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
def test_the_epoch_agrees_with_what_else_is_told(time: str, uid: str) -> None:
    row = read_row(0, {**VENDORS_ROWS[0], "time": time, "uid": uid})
    assert isinstance(row, Recording)
    result = timed([row], Known(zone=SHANGHAI))
    assert result.rows[0].started_at == datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC)
    assert (result.conflict, result.guessed) == ("", False)


def test_a_zone_set_wrong_is_noticed() -> None:
    row = read_row(0, VENDORS_ROWS[0])
    assert isinstance(row, Recording)
    assert timed([row], Known(zone=SHANGHAI)).conflict == ""
    assert "Europe/Berlin" in timed([row], Known(zone=BERLIN)).conflict


def test_a_row_that_tells_no_time_has_none() -> None:
    result = timed([Recording(id=1, started_at=None)], Known())
    assert result.rows[0].started_at is None
    assert not result.guessed


@pytest.mark.parametrize(
    ("file", "epoch"),
    [
        ("20220112173629-1641980184.14-5566-5556-Internal.wav", datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC)),
        ("20220112173629-1641980184.14-+442079460000-55-66-Inbound.mp3", datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC)),
        ("20220112173629-1641980184.105999-5566-5556-Internal.wav", datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC)),
        ("20251104133654-1762252614_105999-5566-5556-Internal.wav", datetime(2025, 11, 4, 10, 36, 54, tzinfo=UTC)),
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
def test_the_order_a_format_tells(shape: str, order: bool | None) -> None:
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
    assert current_offset(local_time, datetime(2025, 8, 22, 8, 44, 40, tzinfo=UTC)) == offset


@pytest.mark.parametrize("local_time", ["08/09/2025 16:44:40", "09/08/2025 16:44:40"])
def test_the_present_offset_is_told_by_the_day_that_it_is(local_time: str) -> None:
    assert current_offset(local_time, datetime(2025, 8, 9, 8, 44, 40, tzinfo=UTC)) == timedelta(hours=8)


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
