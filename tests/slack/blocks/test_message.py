"""The shapes of a message: lines that say something, rows to choose from; nothing is lost to Slack's limits."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.recording import Party
from bot.domain.results import Stale, StaleReason
from bot.slack.blocks.elements import button
from bot.slack.blocks.message import MAX_TEXT, join_lines, list_message, recordings_message, text_message
from bot.slack.features import listing
from bot.text.lines import Words
from tests.slack.limits import controls, faults, label, long
from tests.slack.makers import MORNING, ROWS, found, recording


def test_lines_that_say_nothing_leave_no_gap() -> None:
    message = text_message([(Words("One", "bold"),), (), ("two",)])
    assert message.text == "One\ntwo"
    assert [block["type"] for block in message.blocks] == ["rich_text"]


def test_controls_stand_below_what_is_said() -> None:
    message = text_message([("Again?",)], button("Try", "try.v1", spoken_label="Try again"))
    assert [block["type"] for block in message.blocks] == ["rich_text", "actions"]
    assert [label(element) for element in controls(message)] == ["Try"]


@pytest.mark.parametrize(
    ("numbered", "marks", "style"),
    [
        pytest.param(True, ["1. ", "2. "], "ordered", id="numbers"),
        pytest.param(False, ["• ", "• "], "bullet", id="dots"),
    ],
)
def test_a_list_stands_between_lines(numbered: bool, marks: list[str], style: str) -> None:
    message = list_message([("Calls",), ()], [("one",), ("two",)], end=[("Done",)], numbered=numbered)
    assert message.text == f"Calls\n{marks[0]}one\n{marks[1]}two\nDone"
    assert [part.get("style") for part in message.blocks[0]["elements"]] == [None, style, None]


def test_without_a_list_the_lines_stand_alone() -> None:
    assert list_message([("Calls",)], []) == text_message([("Calls",)])


def test_rows_are_numbered_from_the_first() -> None:
    message = recordings_message([("Calls",)], ROWS[:2], 11)
    assert [line.split(" ")[0] for line in message.text.splitlines()] == ["Calls", "11.", "12."]
    assert message.blocks[0]["elements"][1]["offset"] == 10


@given(st.lists(st.text(st.characters(exclude_characters="\n"), max_size=300), min_size=1, max_size=60))
def test_lines_that_are_too_many_give_way_to_an_ellipsis(lines: list[str]) -> None:
    text = join_lines(lines)
    assert long(text) <= MAX_TEXT
    assert text == "\n".join(lines) or text.endswith("…")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(["x" * 3_900], "x" * 3_900, id="all that Slack takes"),
        pytest.param(["x" * 3_901], "…", id="a unit more"),
        pytest.param(["x" * 1_000] * 5, "\n".join(["x" * 1_000] * 3 + ["…"]), id="as many lines as there is room for"),
    ],
)
def test_how_much_text_there_is_room_for(lines: list[str], expected: str) -> None:
    assert join_lines(lines) == expected


def test_rows_become_tight_where_the_text_would_be_too_long_by_a_unit() -> None:
    room = 3_900 - long(recordings_message([("",)], ROWS[:2], 1).text)
    assert "Times in UTC" not in recordings_message([("x" * room,)], ROWS[:2], 1).text
    assert "Times in UTC" in recordings_message([("x" * (room + 1),)], ROWS[:2], 1).text


def test_a_row_of_today_is_told_without_its_day() -> None:
    message = listing.message(found(ROWS[:1], at=MORNING + timedelta(minutes=1)))
    assert "^{time}|" in message.text


@pytest.mark.parametrize("rows", [pytest.param(10, id="ten rows"), pytest.param(100, id="a hundred rows")])
def test_the_text_has_a_line_for_every_row(rows: int) -> None:
    answer = found(tuple(recording(10_000 - number) for number in range(rows)), first=1, total=rows)
    lines = listing.message(answer).text.splitlines()[-rows:]
    assert [int(re.split(r"\D", line)[0]) for line in lines] == list(range(1, rows + 1))
    assert all("Har" in line and "Eve" in line for line in lines)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("W" * 300, id="wide letters"),
        pytest.param("&" * 300, id="all to be escaped"),
        pytest.param("ع" * 300, id="right to left"),
        pytest.param("👨\u200d👩\u200d👧" * 40, id="families"),
    ],
)
def test_a_hundred_rows_of_the_longest_names_lose_no_row(name: str) -> None:
    row = replace(recording(), id=9_999_999_999, caller=Party(name), callee=Party(name), duration=timedelta(hours=99))
    rows = tuple(replace(row, started_at=MORNING + timedelta(days=number)) for number in range(100))
    message = listing.message(
        found(rows, first=98_901, total=99_000, stale=Stale(MORNING, StaleReason.UNREACHABLE)), shared_by="U1"
    )
    assert list(faults(message)) == []
    assert len(message.text.splitlines()) == 4 + 100
