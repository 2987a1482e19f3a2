from datetime import datetime

import pytest

from bot.yeastar.shown import Shown, read_digits, read_shown


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


TWELFTH_OF_JANUARY = Shown(wall("2022-01-12T17:36:24"), wall("2022-12-01T17:36:24"))
ONLY = Shown(wall("2022-01-25T14:32:06"), wall("2022-01-25T14:32:06"))


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
        pytest.param(
            "2022/01/25 14:32", Shown(wall("2022-01-25T14:32"), wall("2022-01-25T14:32")), id="without seconds"
        ),
        pytest.param(
            "2022/01/25 12:00:01 AM", Shown(wall("2022-01-25T00:00:01"), wall("2022-01-25T00:00:01")), id="midnight"
        ),
        pytest.param(
            "2022/01/25 12:00:01 PM", Shown(wall("2022-01-25T12:00:01"), wall("2022-01-25T12:00:01")), id="noon"
        ),
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
        ("20221312173624", None),
        ("19700101000000", None),
        ("1641980184.14", None),
        ("٢٠٢٢٠١١٢١٧٣٦٢٤", None),
        ("", None),
    ],
)
def test_the_start_of_a_uid(uid: str, moment: datetime | None) -> None:
    assert read_digits(uid) == moment
