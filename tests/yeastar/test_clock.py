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


def test_a_leg_has_its_own_time_though_it_shares_the_uid() -> None:
    row = Recording(id=1, started_at=None, local_time="02/03/2025 12:30:00", uid="202503021200003E81A")
    assert started(row, zone=ZoneInfo("UTC")) == [datetime(2025, 3, 2, 12, 30, tzinfo=UTC)]


def test_the_uid_is_believed_where_the_time_is_another_day() -> None:
    row = Recording(id=1, started_at=None, local_time="2024/01/01 00:00:00", uid="202503021200003E81A")
    result = timed([row], Known(zone=ZoneInfo("UTC")))
    assert result.rows[0].started_at == datetime(2025, 3, 2, 12, tzinfo=UTC)
    assert "recording 1" in result.conflict


@pytest.mark.parametrize(
    ("time", "uid"),
    [
        pytest.param("01/12/2023 17:36:24", "", id="time is a year off"),
        pytest.param("01/12/2022 17:36:24", "2023011217362446627", id="uid is a year off"),
        pytest.param("01/12/2023 17:36:24", "2023011217362446627", id="both are"),
        pytest.param("01/12/2022 17:29:24", "", id="no zone has such an offset"),
    ],
)
def test_the_epoch_is_believed_where_sources_differ(time: str, uid: str) -> None:
    row = read_row(0, {**VENDORS_ROWS[0], "time": time, "uid": uid})
    assert isinstance(row, Recording)
    result = timed([row], Known())
    assert result.rows[0].started_at == datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC)
    assert "recording 614" in result.conflict


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
        ("20220112173629-99999999999.14-5566-5556-Internal.wav", None),
        ("20220112173629-5566-5556-Internal.wav", None),
        ("", None),
    ],
)
def test_the_epoch_in_a_file_name(file: str, epoch: datetime | None) -> None:
    assert read_epoch(file) == epoch


@pytest.mark.parametrize(
    ("shape", "order"),
    [("DD/MM/YYYY", True), ("dd-mm-yyyy", True), ("MM/DD/YYYY", False), ("YYYY/MM/DD", None), ("", None), ("?", None)],
)
def test_the_order_a_format_tells(shape: str, order: bool | None) -> None:
    assert date_order(shape) is order


@pytest.mark.parametrize(
    ("local_time", "offset"),
    [
        ("2025/08/22 16:44:40", timedelta(hours=8)),
        ("08/09/2025 16:44:40", None),
        ("22/08/2025 04:44:41 AM", timedelta(hours=-4)),
        ("?", None),
    ],
)
def test_the_present_offset(local_time: str, offset: timedelta | None) -> None:
    assert current_offset(local_time, datetime(2025, 8, 22, 8, 44, 40, tzinfo=UTC)) == offset


def test_an_offset_is_a_whole_quarter_of_an_hour_within_reach() -> None:
    moment = datetime(2025, 8, 22, 8, tzinfo=UTC)
    naive = moment.replace(tzinfo=None)
    assert offset_between(naive + timedelta(hours=5, minutes=45, seconds=3), moment) == timedelta(hours=5, minutes=45)
    assert offset_between(naive + timedelta(minutes=7), moment) is None
    assert offset_between(naive + timedelta(hours=16), moment) is None


def both_sides_of_a_fold(moment: datetime, zone: ZoneInfo) -> set[datetime]:
    """The moments at which that clock shows what it shows at this one."""
    local = moment.astimezone(zone).replace(tzinfo=None)
    return {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
