"""A recording's facts in words."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.recording import Direction, Party, Recording
from bot.domain.results import ShowResult, Stale, StaleReason
from bot.slack.blocks.elements import line_text
from bot.text.cleaning import units
from bot.text.lines import Words
from bot.text.recording_lines import (
    compact_rows,
    details,
    parties,
    party_name,
    party_names,
    pbx_state,
    related_call,
    related_call_option,
    row,
    row_option,
    size_text,
    summary,
)

MORNING = datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC)
SHORT = "<!date^1641980184^{date_short_pretty} {time}|2022-01-12 09:36 UTC>"
FULL = "<!date^1641980184^{date_pretty} {time}|2022-01-12 09:36 UTC>"


def recording(**told: Any) -> Recording:
    usual: dict[str, Any] = {
        "id": 614,
        "started_at": MORNING,
        "caller": Party("Harris", "+44 20 7946 0000"),
        "callee": Party("Evelyn", "5566"),
        "direction": Direction.INBOUND,
        "duration": timedelta(seconds=192),
    }
    return Recording(**(usual | told))


@pytest.mark.parametrize(
    ("party", "expected"),
    [
        pytest.param(Party("Evelyn", "5566"), "Evelyn", id="the name comes first"),
        pytest.param(Party("", "1002"), "1002", id="the number where there is no name"),
        pytest.param(Party("\u200b", "1002"), "1002", id="a name one cannot see is none"),
        pytest.param(Party("", "\u200b"), "unknown", id="nor is a number"),
        pytest.param(Party("R\u202eD", ""), "R D", id="without what turns it round"),
        pytest.param(Party(), "unknown", id="nobody"),
    ],
)
def test_who(party: Party, expected: str) -> None:
    assert party_name(party) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(1, "1 kB", id="at least a kilobyte"),
        pytest.param(825_588, "826 kB", id="kilobytes"),
        pytest.param(999_499, "999 kB", id="the most kilobytes"),
        pytest.param(999_700, "1.0 MB", id="rounded up to a megabyte"),
        pytest.param(12_345_678, "12.3 MB", id="megabytes"),
    ],
)
def test_size(told: int, expected: str) -> None:
    assert size_text(told) == expected


def test_a_row_is_who_whom_when_and_how_long() -> None:
    assert line_text(row(recording(), 44)) == f"Inbound: Harris to Evelyn · {SHORT} · 3:12"


@pytest.mark.parametrize(
    ("direction", "glyph", "bold"),
    [
        pytest.param(Direction.INBOUND, "↙\ufe0e ", ["Harris"], id="inbound: the caller is outside"),
        pytest.param(Direction.OUTBOUND, "↗\ufe0e ", ["Evelyn"], id="outbound: the callee is outside"),
        pytest.param(Direction.INTERNAL, "↔\ufe0e ", [], id="internal: nobody is outside"),
        pytest.param(None, "Harris", [], id="direction not told: no glyph"),
    ],
)
def test_who_is_outside_the_company_stands_out(direction: Direction | None, glyph: str, bold: list[str]) -> None:
    words = [span for span in row(recording(direction=direction), 44) if isinstance(span, Words)]
    assert words[0].text == glyph
    assert [span.text for span in words if span.style == "bold"] == bold


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({"duration": timedelta(0)}, f"Inbound · {SHORT}", id="length not told"),
        pytest.param({"started_at": None}, "Inbound · 3:12", id="time not told"),
        pytest.param(
            {"started_at": None, "local_time": "01/12/2022 05:36 PM"},
            "Inbound · 01/12/2022 05:36 PM · 3:12",
            id="only the PBX's own string",
        ),
        pytest.param({"direction": None}, f"{SHORT} · 3:12", id="direction not told"),
        pytest.param({"direction": None, "started_at": None, "duration": timedelta(0)}, "", id="nothing told"),
    ],
)
def test_what_is_not_told_is_not_said(told: dict[str, Any], expected: str) -> None:
    assert line_text(summary(recording(**told))) == expected


def test_parties_in_full_are_names_before_numbers() -> None:
    assert line_text(parties(recording(), aloud="From ")) == "From Harris +44 20 7946 0000 to Evelyn 5566"


def test_everything_says_size_file_and_call_where_they_are_told() -> None:
    told = recording(size=825_588, file="a.wav", uid="20220112173624.14")
    assert [line_text(line) for line in details(told)] == [
        f"Inbound · {FULL} · 3:12 · 826 kB",
        "File a.wav",
        "Call 20220112173624.14",
    ]
    assert [line_text(line) for line in details(recording())] == [f"Inbound · {FULL} · 3:12"]
    assert line_text(details(recording(file=f"\u202e{'a' * 200}.wav"))[1]) == f"File {'a' * 119}…"


def test_a_length_that_is_worked_out_is_marked_without_a_blank_in_a_row() -> None:
    """So that it stays together at the end of a line."""
    told = recording(duration=timedelta(0), size=832_044, file="a.wav")
    spans = row(told, 44)
    assert spans[-1] == Words("≈0:52", aloud="≈ 0:52")


STALE = Stale(MORNING, StaleReason.UNREACHABLE)
DATED = recording(local_time="12/01/2022 17:36:24")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(ShowResult(recording()), "Still on the PBX", id="there"),
        pytest.param(ShowResult(recording(), STALE), "", id="nobody could look"),
        pytest.param(
            ShowResult(recording(), STALE, is_gone=True), "Deleted from the PBX", id="gone, as was seen before"
        ),
        pytest.param(
            ShowResult(DATED), "Still on the PBX, dated 12/01/2022 17:36:24 there", id="there, by its own clock"
        ),
        pytest.param(ShowResult(DATED, STALE), "Dated 12/01/2022 17:36:24 on the PBX", id="its own clock alone"),
        pytest.param(
            ShowResult(recording(started_at=None, local_time="yesterday")),
            "Still on the PBX",
            id="its clock is all there is, and said before",
        ),
    ],
)
def test_whether_the_pbx_still_has_it(found: ShowResult, expected: str) -> None:
    assert line_text(pbx_state(found)) == expected


def test_another_call_of_the_same_two_is_who_called_when_and_how_long() -> None:
    assert line_text(related_call(recording())) == f"Harris called · {SHORT} · 3:12"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({}, "2. 2022-01-12 10:36 CET", id="in the reader's zone"),
        pytest.param({"started_at": None, "local_time": "01/12/2022"}, "2. 01/12/2022", id="by the PBX's own string"),
        pytest.param({"started_at": None}, "2. recording 614", id="by its number"),
        pytest.param(
            {"started_at": datetime.max.replace(tzinfo=UTC)}, "2. 9999-12-31 23:59 UTC", id="at the end of all time"
        ),
    ],
)
def test_another_call_in_a_menu(told: dict[str, Any], expected: str) -> None:
    assert related_call_option(recording(**told), 2, ZoneInfo("Europe/Zurich")) == expected


@pytest.mark.parametrize(
    ("read_after", "token"),
    [
        pytest.param(timedelta(minutes=1), "{time}", id="just now"),
        pytest.param(timedelta(hours=11, minutes=59), "{time}", id="this morning"),
        pytest.param(timedelta(hours=-11), "{time}", id="a clock that is behind"),
        pytest.param(timedelta(hours=12), "{date_short_pretty} {time}", id="just half a day ago"),
        pytest.param(timedelta(hours=13), "{date_short_pretty} {time}", id="half a day ago"),
        pytest.param(timedelta(hours=-13), "{date_short_pretty} {time}", id="a clock that is far off"),
    ],
)
def test_a_row_that_is_read_now_names_the_day_of_older_calls_only(read_after: timedelta, token: str) -> None:
    assert f"^{token}|" in line_text(row(recording(), 60, MORNING + read_after))


def test_an_option_is_the_rows_number_and_names() -> None:
    assert row_option(recording(), 11, 44) == "11. Harris → Evelyn"


HOSTILE = Party("\ud800```\u202e<!here>", "```\ud800@here")
HARMLESS = "\ufffd``` <!here>"


@pytest.mark.parametrize("ends", [("caller",), ("callee",), ("caller", "callee")], ids=" and ".join)
def test_hostile_names_are_harmless_at_either_end(ends: tuple[str, ...]) -> None:
    """Half characters cannot be sent, backticks open code blocks, and other signs turn text round or ping people."""
    told = recording(**dict.fromkeys(ends, HOSTILE))
    shown = [*row(told, 44), *parties(told, aloud="From "), *related_call(told)]
    texts = [span.text for span in shown if isinstance(span, Words)]
    assert [text for text in texts if "\ud800" in text or "\u202e" in text] == []
    assert texts.count(HARMLESS) >= 2 * len(ends)
    assert HARMLESS in row_option(told, 1, 44)
    said = [
        *map(line_text, (row(told, 44), parties(told, aloud="From "), related_call(told))),
        *compact_rows([told], first=1, most=90),
    ]
    assert [line for line in said if "``" in line or "<!here" in line or "@here" in line] == []
    "\n".join([*said, row_option(told, 1, 44)]).encode()


def test_only_names_that_one_can_see_are_names_in_full() -> None:
    """The number stands for a name of signs that nobody sees, at both ends."""
    unseen = recording(caller=Party("\u200b", "1002"), callee=Party("\u200b", "\u200b"))
    assert line_text(parties(unseen, aloud="From ")) == "From 1002 to unknown"


def test_long_names_and_numbers_are_cut() -> None:
    long = Party("W" * 90, "5" * 90)
    names = [span for span in parties(recording(caller=long), aloud="") if isinstance(span, Words)]
    assert names[1].text == "W" * 59 + "…"
    assert f" {'5' * 31}… to " in line_text(parties(recording(caller=long), aloud=""))
    assert line_text(related_call(recording(caller=long))).startswith("W" * 43 + "… called")


def test_the_pbxs_own_time_is_cleaned_and_cut_wherever_it_stands() -> None:
    told = recording(started_at=None, local_time="\u202e<!here> " + "9" * 40)
    cut = "&lt;!here&gt; " + "9" * 11 + "…"
    assert line_text(summary(told)) == f"Inbound · {cut} · 3:12"
    assert (
        line_text(pbx_state(ShowResult(recording(local_time="9" * 40)))) == f"Still on the PBX, dated {'9' * 19}… there"
    )
    assert f" · {'9' * 19}…" in compact_rows([recording(started_at=None, local_time="9" * 40)], first=1, most=90)[0]


def test_a_pair_names_both_ends_by_what_is_known_of_them() -> None:
    unseen = recording(caller=Party("\u200b", "1002"), callee=Party("", "5566"))
    assert party_names(unseen, 44) == ("1002", "5566")


def test_a_pair_takes_no_more_than_its_room() -> None:
    assert party_names(recording(caller=Party("Harris and Sons"), callee=Party("1002")), 14) == ("Harris…", "1002")


def test_tight_rows_say_the_day_where_it_changes() -> None:
    rows = [
        recording(),
        recording(started_at=MORNING - timedelta(hours=1), direction=None),
        recording(started_at=MORNING - timedelta(days=1), duration=timedelta(0)),
        recording(started_at=None, local_time="yesterday"),
        recording(started_at=MORNING - timedelta(days=1)),
    ]
    assert compact_rows(rows, first=9, most=60) == [
        "9 ↙\ufe0e Harris → Evelyn · 2022-01-12 09:36 · 3:12",
        "10 Harris → Evelyn · 08:36 · 3:12",
        "11 ↙\ufe0e Harris → Evelyn · 2022-01-11 09:36",
        "12 ↙\ufe0e Harris → Evelyn · yesterday · 3:12",
        "13 ↙\ufe0e Harris → Evelyn · 2022-01-11 09:36 · 3:12",
    ]


def test_a_tight_row_gives_up_a_long_time_before_the_names() -> None:
    told = recording(started_at=None, local_time="<https://x|Bank>")
    (row,) = compact_rows([told], first=10_098, most=30)
    assert row.endswith("Harris → Evelyn")
    assert units(row) <= 30


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        pytest.param(51, "9 ↙\ufe0e Harris → Evelyn · 2022-01-12 09:36 · 3:12", id="room for 20 letters of names"),
        pytest.param(50, "9 ↙\ufe0e Harris → Evelyn · 2022-01-12 09:36", id="the length goes first"),
        pytest.param(33, "9 ↙\ufe0e Ha… → Ev… · 2022-01-12 09:36", id="room for 9 letters of names"),
        pytest.param(32, "9 ↙\ufe0e Harris → Evelyn", id="the time goes next"),
    ],
)
def test_a_tight_row_gives_up_length_and_time_before_the_names(most: int, expected: str) -> None:
    assert compact_rows([recording()], first=9, most=most) == [expected]
