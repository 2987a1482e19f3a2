"""What channels are sent unasked: as it is, and within Slack's limits for any input."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from bot.domain.alert import Alert, Happening
from bot.domain.delivery import Kind, Post
from bot.domain.health import Part
from bot.domain.query import MOST_ROWS, Query
from bot.domain.recording import Direction, Recording
from bot.language.grammar import Latest, read_command
from bot.slack.blocks.message import Message
from bot.slack.blocks.values import LIST, OPEN, RUN
from bot.slack.features import announcements
from bot.slack.features.alerts import RESUME
from tests.slack.anything import ALERTS, BROAD, RECORDINGS, many_rows
from tests.slack.limits import controls, faults, label
from tests.slack.makers import MORNING, ROWS, calls, post, recording

LATER = MORNING + timedelta(hours=2, minutes=10)


def alert(happening: Happening, **facts: Any) -> Post:
    told = Alert(happening=happening, **facts)
    return replace(post(kind=Kind.ALERT, alert=told), recordings=())


def many(*ids: int) -> Post:
    """A digest of as many calls, the longest of them the last."""
    rows = [recording(id_, uid=f"call {id_}", duration=timedelta(minutes=id_ - 600)) for id_ in ids]
    return post(*rows)


DIGEST = post(*(replace(row, uid=f"call {row.id}") for row in ROWS))
POSTS = {
    "a new recording": post(),
    "a new recording of a hostile caller": post(ROWS[4]),
    "the legs of one call": post(*ROWS[:2]),
    "a new recording, plain": post(plain=True),
    "welcome": replace(post(kind=Kind.WELCOME), recordings=()),
    "a digest": DIGEST,
    "a digest, plain": replace(DIGEST, plain=True),
    "a digest of numbers that are over": replace(DIGEST, is_current=False),
    "the PBX is down": alert(Happening.DOWN, part=Part.PBX, since=MORNING, reason="no answer in 5 s"),
    "Slack is back": alert(Happening.BACK, part=Part.SLACK, since=MORNING, until=LATER, came=12),
    "a channel is closed": alert(Happening.CLOSED, channel="C2", since=MORNING, reason="is_archived"),
    "a channel is open": alert(Happening.OPEN, channel="C2", since=MORNING, until=LATER, came=12),
    "a message was given up": alert(
        Happening.REFUSED, channel="C2", since=MORNING, reason="Slack refuses the post", recordings=(614, 612)
    ),
    "the numbers have started again": alert(Happening.RENEWED, since=MORNING),
}


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in POSTS])
def test_post(name: str, snapshot: SnapshotAssertion) -> None:
    assert announcements.message(POSTS[name]).payload() == snapshot


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in POSTS])
def test_post_is_within_the_limits(name: str) -> None:
    assert list(faults(announcements.message(POSTS[name]))) == []


def test_a_refused_announcement_says_the_same_in_text_alone() -> None:
    assert announcements.message(post(plain=True)) == Message(announcements.message(post()).text)


@pytest.mark.parametrize("happening", Happening)
def test_a_refused_alert_says_the_same_in_text_alone(happening: Happening) -> None:
    told = alert(happening, part=Part.PBX, channel="C2")
    assert announcements.message(replace(told, plain=True)) == Message(announcements.message(told).text)


def test_a_new_recording_is_three_lines_with_its_button() -> None:
    message = announcements.message(post())
    assert len(message.text.splitlines()) == 2
    assert [OPEN.read(element["value"]) for element in controls(message)] == [614]


def test_a_call_of_endless_legs_stays_within_the_limits() -> None:
    message = announcements.message(post(*(recording(number) for number in range(1, 131))))
    assert list(faults(message)) == []
    assert message.text.startswith("One call · 130 recordings\n")


def test_the_legs_of_one_call_are_no_digest() -> None:
    assert [label(element) for element in controls(announcements.message(post(*ROWS[:2])))] == ["Open…"]


@pytest.mark.parametrize(
    ("digest", "query"),
    [
        pytest.param(many(610, 614, 612), Query(count=3, ids=(610, 614)), id="a few"),
        pytest.param(calls(500), Query(count=25, ids=(115, 614)), id="as many as go into one"),
    ],
)
def test_the_button_of_a_digest_lists_its_recordings(digest: Post, query: Query) -> None:
    (button,) = controls(announcements.message(digest))
    line = RUN.read(button["value"])
    assert (label(button), button["action_id"]) == ("List them", LIST.action)
    assert line is not None
    assert read_command(line) == Latest(query)
    assert query.count <= MOST_ROWS


def test_a_digest_counts_and_names_the_longest() -> None:
    lines = announcements.message(many(610, 614, 612)).text.splitlines()
    assert lines[0].startswith("3 new recordings · <!date^")
    assert lines[1] == "3 inbound"
    assert lines[2].startswith("Longest: Inbound: Harris to Evelyn · ")
    assert lines[2].endswith(" · 14:00")


def test_a_digest_of_numbers_that_are_over_has_no_button() -> None:
    """A look-up does not find them."""
    old = replace(calls(9), is_current=False)
    assert controls(announcements.message(old)) == []
    assert "id:" not in announcements.message(replace(old, plain=True)).text


def test_a_digest_in_text_alone_tells_what_to_type() -> None:
    told = announcements.message(replace(many(610, 614), plain=True))
    assert told.blocks == ()
    assert told.text.splitlines()[-1] == "/recordings latest 2 sort:time id:610..614 lists them."


def test_a_closed_channel_can_be_tried_again_by_a_button() -> None:
    (button,) = controls(announcements.message(alert(Happening.CLOSED, channel="C2")))
    assert (label(button), button["action_id"]) == ("Try again now", RESUME.action)
    assert RESUME.read(button["value"]) == "C2"


@pytest.mark.parametrize("happening", [happening for happening in Happening if happening is not Happening.CLOSED])
def test_no_other_alert_has_a_button(happening: Happening) -> None:
    assert controls(announcements.message(alert(happening, part=Part.PBX, channel="C2"))) == []


# Any input at all.


@BROAD
@given(st.lists(RECORDINGS, min_size=1, max_size=4), st.booleans())
def test_any_announcement_is_within_the_limits(legs: list[Recording], plain: bool) -> None:
    one_call = [replace(leg, uid="call") for leg in legs]
    message = announcements.message(post(*one_call, plain=plain))
    assert list(faults(message)) == []
    assert len(message.text.splitlines()) == len(legs) + 1 or len(legs) == 1


@BROAD
@given(many_rows(500), st.booleans(), st.booleans())
def test_any_digest_is_within_the_limits(rows: list[Recording], plain: bool, current: bool) -> None:
    separate = [replace(row, uid=f"call {number}") for number, row in enumerate(rows)]
    message = announcements.message(post(*separate, plain=plain, is_current=current))
    assert list(faults(message)) == []
    assert len(message.text.splitlines()) <= 4


@BROAD
@given(ALERTS, st.booleans())
def test_any_alert_is_within_the_limits(told: Alert, plain: bool) -> None:
    message = announcements.message(replace(post(kind=Kind.ALERT, alert=told, plain=plain), recordings=()))
    assert list(faults(message)) == []
    assert len(message.text.splitlines()) <= 4


@given(st.lists(st.sampled_from([*Direction, None]), min_size=2, max_size=12))
def test_a_digest_tells_the_way_of_every_recording(ways: list[Direction | None]) -> None:
    rows = [recording(number, uid=f"call {number}", direction=way) for number, way in enumerate(ways, 1)]
    counted = announcements.message(post(*rows)).text.splitlines()[1]
    told = sum(int(part.split()[0]) for part in counted.split(", ") if part[0].isdecimal())
    assert told == len(ways) or not any(ways)
