from datetime import datetime

import pytest

from bot.yeastar.shown import Shown, read_digits, read_shown


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


TWELFTH_OF_JANUARY = Shown(wall("2022-01-12T17:36:24"), wall("2022-12-01T17:36:24"))
ONLY = Shown(wall("2022-01-25T14:32:06"), wall("2022-01-25T14:32:06"))


def both(text: str) -> Shown:
    """The one way to read a date whose year comes first."""
    return Shown(wall(text), wall(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("01/12/2022 17:36:24", TWELFTH_OF_JANUARY, id="the vendor's example, readable both ways"),
        pytest.param("01-12-2022 05:36:24 PM", TWELFTH_OF_JANUARY, id="dashes and PM behind"),
        pytest.param("01.12.2022 pm 5:36:24", TWELFTH_OF_JANUARY, id="dots and pm between"),
        pytest.param("PM 01/12/2022 05:36:24", TWELFTH_OF_JANUARY, id="PM in front"),
        pytest.param("1/12/2022, 5:36:24 p.m.", TWELFTH_OF_JANUARY, id="a comma and single digits"),
        pytest.param("01/12/2022 17:36:24 PM", TWELFTH_OF_JANUARY, id="an hour of 24 beside PM"),
        pytest.param("2022/01/25 14:32:06", ONLY, id="the year first"),
        pytest.param("2022-01-25T14:32:06", ONLY, id="ISO"),
        pytest.param("01/25/2022 14:32:06", Shown(ONLY.month_first, None), id="the 25th is no month"),
        pytest.param("25/01/2022 14:32:06", Shown(None, ONLY.day_first), id="nor here"),
        pytest.param("2022/01/25 14:32", both("2022-01-25T14:32:00"), id="without seconds"),
        pytest.param("2022/01/25 12:00:01 AM", both("2022-01-25T00:00:01"), id="midnight"),
        pytest.param("2022/01/25 12:00:01 PM", both("2022-01-25T12:00:01"), id="noon"),
        pytest.param("PM 2022/01/25 02:32:06", ONLY, id="PM in front of the year"),
        pytest.param("2022/01/25 14:32:06 AM", ONLY, id="an hour of 24 beside AM, as the vendor's format allows"),
        pytest.param("am 2022/01/25 12:32:06", both("2022-01-25T00:32:06"), id="am in front"),
        pytest.param("2022/01/25 AM 12:32:06", both("2022-01-25T00:32:06"), id="AM between"),
        pytest.param("2022/01/25 02:32:06 a.m.", both("2022-01-25T02:32:06"), id="a.m. behind"),
        pytest.param("2022-01-25T14:32:06.987", ONLY, id="parts of a second are dropped"),
        pytest.param("18/10/2025 03:10:26 PM", Shown(None, wall("2025-10-18T15:10:26")), id="seen on a cloud PBX"),
        pytest.param("04/27/2026 18:41:34", Shown(wall("2026-04-27T18:41:34"), None), id="seen in Kenya"),
        pytest.param("1990/01/01 00:00:00", both("1990-01-01T00:00:00"), id="the first year"),
        pytest.param("1989/12/31 23:59:59", Shown(), id="the year before it"),
        pytest.param("2100/12/31 23:59:59", both("2100-12-31T23:59:59"), id="the last year"),
        pytest.param("2101/01/01 00:00:00", Shown(), id="the year after it"),
        pytest.param("01/02/22 14:32:06", Shown(), id="a year of two digits"),
        pytest.param("202/01/02 14:32:06", Shown(), id="a year of three digits in front"),
        pytest.param("2022/02/30 14:32:06", Shown(), id="a 30th of February"),
        pytest.param("at 2022/01/25 14:32:06", Shown(), id="a word in front"),
        pytest.param("2022/01/25 14:32:06 or so", Shown(), id="words behind"),
        pytest.param("", Shown(), id="nothing"),
        pytest.param("yesterday", Shown(), id="a word"),
        pytest.param("2022/01/25", Shown(), id="a date alone"),
        pytest.param("2022/13/25 14:32:06", Shown(), id="a 13th month"),
        pytest.param("2022/01-25 14:32:06", Shown(), id="marks that differ"),
        pytest.param("0001/01/01 00:00:00", Shown(), id="a year without telephones"),
        pytest.param("2022/01/25 25:00:00", Shown(), id="a 25th hour"),
    ],
)
def test_times_as_shown(text: str, shown: Shown) -> None:
    assert read_shown(text) == shown


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
    assert read_digits(uid) == moment
