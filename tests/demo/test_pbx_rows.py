from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.calls import Call, Leg
from bot.demo.pbx.rows import Display, Row, Setup, name_of, number_of, vendor_rows

AFTERNOON = datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC)
MOMENTS = st.integers(1_400_000_000, 2_000_000_000).map(lambda epoch: datetime.fromtimestamp(epoch, tz=UTC))
ZONES = st.sampled_from(("Asia/Shanghai", "Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"))


def setup(zone: str = "Asia/Shanghai", edition: str = "seed", container: str = "wav") -> Setup:
    display = Display(ZoneInfo(zone), "MM/DD/YYYY")
    return Setup(display, "new" if edition == "new" else "seed", "mp3" if container == "mp3" else "wav")


def row(caller: str = "Evelyn<5566>", callee: str = "+442079460100", at: datetime = AFTERNOON) -> Row:
    leg = Leg(caller=caller, callee=callee, begins=timedelta(seconds=5), length=timedelta(seconds=61.5))
    return Row(id=7, leg=leg, call=Call(started_at=at, direction="Outbound", legs=(leg,), channel=14, mark="46627"))


@pytest.mark.parametrize(
    ("at", "date_format", "twelve_hour", "shown"),
    [
        pytest.param(AFTERNOON, "MM/DD/YYYY", False, "01/12/2022 17:36:24", id="month first"),
        pytest.param(AFTERNOON, "DD/MM/YYYY", False, "12/01/2022 17:36:24", id="day first"),
        pytest.param(AFTERNOON, "YYYY/MM/DD", False, "2022/01/12 17:36:24", id="year first"),
        pytest.param(AFTERNOON, "DD/MM/YYYY", True, "12/01/2022 05:36:24 PM", id="day first, afternoon of 12 hours"),
        pytest.param(AFTERNOON.replace(hour=16), "MM/DD/YYYY", True, "01/13/2022 12:36:24 AM", id="past midnight"),
        pytest.param(AFTERNOON.replace(hour=4), "MM/DD/YYYY", True, "01/12/2022 12:36:24 PM", id="past noon"),
    ],
)
def test_the_administrators_format(at: datetime, date_format: str, twelve_hour: bool, shown: str) -> None:
    assert Display(ZoneInfo("Asia/Shanghai"), date_format, twelve_hour).time(at) == shown


def test_the_clock_is_the_pbxs_own_on_both_sides_of_a_fold() -> None:
    display = Display(ZoneInfo("Europe/Berlin"), "YYYY/MM/DD")
    first = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    assert display.time(first) == display.time(first + timedelta(hours=1)) == "2025/10/26 02:30:00"


@settings(max_examples=60)
@given(at=MOMENTS, zone=ZONES)
def test_uid_file_and_epoch_tell_the_same_moment(at: datetime, zone: str) -> None:
    listed = setup(zone).render(row(at=at))
    local = at.astimezone(ZoneInfo(zone))
    begins, call_id, *_ = listed["file"].split("-")
    assert listed["uid"] == f"{local:%Y%m%d%H%M%S}46627"
    assert begins == f"{(at + timedelta(seconds=5)).astimezone(ZoneInfo(zone)):%Y%m%d%H%M%S}"
    assert call_id == f"{int(at.timestamp())}.14"


def test_the_seed_edition_has_nine_fields_and_tells_no_duration() -> None:
    listed = setup().render(row())
    assert list(listed) == ["id", "time", "uid", "call_from", "call_to", "duration", "size", "call_type", "file"]
    assert (listed["duration"], listed["size"]) == (0, 44 + 16_000 * 61.5)


def test_the_new_edition_tells_duration_names_and_numbers() -> None:
    listed = setup(edition="new").render(row())
    assert listed["duration"] == 61
    assert (listed["call_from_name"], listed["call_from_number"]) == ("Evelyn", "5566")
    assert (listed["call_to_name"], listed["call_to_number"]) == ("", "+442079460100")
    assert listed["archive_status"] == "jump_over"


@pytest.mark.parametrize("container", ["wav", "mp3"])
def test_the_size_listed_is_the_size_of_the_sound(container: str) -> None:
    pbx = setup(container=container)
    assert pbx.render(row())["size"] == len(pbx.sound(row()))
    assert pbx.render(row())["file"].endswith(f"-Outbound.{container}")


@pytest.mark.parametrize(
    ("party", "name", "number", "in_file"),
    [
        pytest.param("Evelyn<5566>", "Evelyn", "5566", "5566", id="name and number"),
        pytest.param("<1002>", "", "1002", "1002", id="brackets alone"),
        pytest.param("+442079460100", "", "+442079460100", "+442079460100", id="a bare number"),
        pytest.param("Anonymous", "Anonymous", "", "unknown", id="a name alone"),
        pytest.param("", "", "", "unknown", id="nothing"),
        pytest.param("a<b>c<5>", "a<b>c", "5", "5", id="brackets in the name"),
        pytest.param("<https://x|Bank>", "", "https://x|Bank", "https___x_Bank", id="a link"),
    ],
)
def test_how_a_party_is_taken_apart(party: str, name: str, number: str, in_file: str) -> None:
    assert (name_of(party), number_of(party)) == (name, number)
    assert f"-{in_file}-+442079460100-Outbound.wav" in setup().file(row(caller=party))


def test_the_vendors_rows() -> None:
    rows = [setup().render(Row(id=call.id, call=call, leg=call.legs[0])) for call in vendor_rows()]
    assert [tuple(listed.values()) for listed in rows] == [
        (
            614, "01/12/2022 17:36:24", "2022011217362446627", "Evelyn<5566>", "Dave Harris<5556>", 0, 825588,
            "Internal", "20220112173629-1641980184.14-5566-5556-Internal.wav",
        ),
        (
            615, "01/13/2022 14:09:04", "202201131409043E81A", "Leo Ball<5555>", "Dave Harris<5556>", 0, 4148,
            "Internal", "20220113140906-1642054144.17-5555-5556-Internal.wav",
        ),
        (
            618, "01/25/2022 14:32:06", "202201251432063097C", "Leo Ball<5555>", "Dave Harris<5556>", 0, 177588,
            "Internal", "20220125143212-1643092326.23-5555-5556-Internal.wav",
        ),
    ]  # fmt: skip
