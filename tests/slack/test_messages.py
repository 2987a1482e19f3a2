"""Every answer: as it is, and within Slack's limits for any input."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from bot.domain.found import Found, FoundOne, Stale
from bot.domain.health import Level, Part
from bot.domain.proof import Proof
from bot.domain.query import Order, Query, Side, Sort
from bot.domain.recording import Recording
from bot.domain.status import Status
from bot.errors import PbxRefused, PbxUnreachable, QueryError
from bot.slack import messages, values
from tests.slack.anything import BROAD, FEW_ROWS, NAMES, RECORDINGS, STALE, STATUSES, many_rows
from tests.slack.limits import controls, faults, label
from tests.slack.makers import MORNING, ROWS, channel, found, health, recording, status


def unreadable(nearest: str | None) -> QueryError:
    return QueryError("“sort:” takes time or id, not “tme”", word="sort:tme", span=(10, 18), nearest=nearest)


PROOF = Proof(at=MORNING, listed=1_284, held=1_284, late=0, gone=3)
TROUBLE = status(
    problem="The PBX gives no answer to recording/list (refused).",
    looked_at=MORNING - timedelta(minutes=34),
    healths=(
        health(Part.PBX, level=Level.DOWN, since=MORNING - timedelta(minutes=34)),
        health(Part.SLACK, level=Level.DEGRADED, since=MORNING, reason="Slack cannot be reached for the post"),
        health(Part.DATABASE),
    ),
    history_done=False,
    given_up=1,
    channels=(
        channel(),
        channel(channel="C2", owed=3, oldest_owed_at=MORNING - timedelta(minutes=34), problem="Slack limits the post"),
        channel(channel="C3", owed=1, paused_since=MORNING, problem="Slack refuses the post (is_archived)"),
    ),
)
AS_OF = Stale(MORNING, "PBX not reachable")
MESSAGES = {
    "a page in the middle": messages.listing(found()),
    "a page from the archive": messages.listing(found(first=1, total=5, stale=AS_OF)),
    "a shared page": messages.listing(found(query=Query(sort=Sort.ID, order=Order.ASC)), shared_by="U1"),
    "an empty list": messages.listing(found((), first=0, total=0)),
    "an empty page from the archive": messages.listing(found((), first=0, query=Query(page=99), stale=AS_OF)),
    "one recording": messages.one(FoundOne(recording())),
    "one recording that is gone": messages.one(FoundOne(ROWS[3], Stale(MORNING, "no longer on the PBX"))),
    "a shared recording": messages.one(FoundOne(recording()), shared_by="U1"),
    "help": messages.help_(),
    "certain recordings": messages.listing(found(query=Query(count=5, ids=(600, 614)), first=1, total=12)),
    "certain recordings that are gone": messages.listing(found((), query=Query(ids=(600, 614)), first=0, total=0)),
    "status": messages.status(status(proof=PROOF)),
    "status in trouble": messages.status(TROUBLE),
    "tried again": messages.resumed(found=True),
    "not paused": messages.resumed(found=False),
    "words that cannot be read": messages.query_error(unreadable("latest 10 sort:time")),
    "words with nothing near": messages.query_error(unreadable(None)),
    "the PBX refuses": messages.pbx_problem(PbxRefused("", meaning="a parameter is wrong"), "k3x9"),
    "no such recording": messages.not_found(614),
    "a fault of ours": messages.failed("k3x9"),
    "still asking": messages.still_asking(),
    "not shared": messages.share_failed(),
    "too old": messages.too_old(),
}


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in MESSAGES])
def test_message(name: str, snapshot: SnapshotAssertion) -> None:
    assert MESSAGES[name].payload() == snapshot


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in MESSAGES])
def test_message_is_within_the_limits(name: str) -> None:
    assert list(faults(MESSAGES[name])) == []


@pytest.mark.parametrize(
    ("answer", "labels"),
    [
        pytest.param(found(), ["Open…", "Previous", "Next", "Share to channel"], id="in the middle"),
        pytest.param(found(first=1), ["Open…", "Next", "Share to channel"], id="at the start"),
        pytest.param(found(first=180), ["Open…", "Previous", "Share to channel"], id="at the end"),
        pytest.param(found(first=1, total=5), ["Open…", "Share to channel"], id="all there is"),
    ],
)
def test_only_buttons_that_lead_somewhere(answer: Found, labels: list[str]) -> None:
    assert [label(element) for element in controls(messages.listing(answer))] == labels


def test_a_shared_list_is_not_turned_for_everybody() -> None:
    assert [label(element) for element in controls(messages.listing(found(), shared_by="U1"))] == ["Open…"]


def test_what_the_controls_of_a_list_carry() -> None:
    opener, previous, following, share = controls(messages.listing(found()))
    assert [values.read_open(option["value"]) for option in opener["options"]] == [614, 613, 612, 611, 610]
    back, on, shared = values.read_page(previous["value"]), values.read_page(following["value"]), share["value"]
    assert back
    assert on
    assert (back.query, back.turn.side, back.turn.id, back.turn.position) == (
        "latest 5 sort:time",
        Side.BEFORE,
        614,
        11,
    )
    assert (on.turn, on.turn.id, on.turn.position) == (found().next, 610, 15)
    assert values.read_share(shared) == values.ShareValue(
        ids=(614, 613, 612, 611, 610), query="latest 5 sort:time", first=11, total=184
    )


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(found(), ["Previous page, 6–10 of 184", "Next page, 16–20 of 184"], id="in the middle"),
        pytest.param(found(first=3, total=9), ["Previous page, 1–2 of 9", "Next page, 8–9 of 9"], id="short pages"),
        pytest.param(found(first=2, total=7), ["Previous page, 1 of 7", "Next page, 7 of 7"], id="pages of one"),
    ],
)
def test_page_buttons_say_where_they_lead(answer: Found, said: list[str]) -> None:
    elements = controls(messages.listing(answer))
    assert [element["accessibility_label"] for element in elements[1:3]] == said


def test_a_query_too_long_for_a_button_has_none() -> None:
    assert controls(messages.query_error(unreadable("x" * 3_000))) == []


def test_one_recording_is_shared_as_one_recording() -> None:
    share, close = controls(messages.one(FoundOne(recording())))
    assert values.read_share(share["value"]) == values.ShareValue(ids=(614,))
    assert close["action_id"] == values.CLOSE


def test_a_status_too_long_for_the_text_ends_with_an_ellipsis() -> None:
    waiting = channel(owed=3, problem="&" * 200)
    message = messages.status(status(channels=(waiting,) * 40))
    assert list(faults(message)) == []
    assert message.text.endswith("\n…")


# Any input at all.


@BROAD
@given(FEW_ROWS | many_rows(100), st.integers(1, 99_000), STALE, st.sampled_from([None, "U1"]))
def test_any_listing_is_within_the_limits(
    rows: list[Recording], first: int, stale: Stale | None, shared_by: str | None
) -> None:
    answer = found(tuple(rows), first=first if rows else 0, total=10**5, stale=stale)
    message = messages.listing(answer, shared_by=shared_by)
    assert list(faults(message)) == []
    assert len(message.text.splitlines()) >= len(rows) + 1


@BROAD
@given(RECORDINGS, STALE, st.sampled_from([None, "U1"]))
def test_any_recording_is_within_the_limits(told: Recording, stale: Stale | None, shared_by: str | None) -> None:
    assert list(faults(messages.one(FoundOne(told, stale), shared_by=shared_by))) == []


@BROAD
@given(NAMES, NAMES, st.none() | NAMES)
def test_any_complaint_is_within_the_limits(message: str, word: str, nearest: str | None) -> None:
    error = QueryError(f"“{word}” {message}", word=word, span=(0, 1), nearest=nearest)
    assert list(faults(messages.query_error(error))) == []
    assert list(faults(messages.pbx_problem(PbxRefused(message, errmsg=word), "k3x9"))) == []
    assert list(faults(messages.pbx_problem(PbxUnreachable(message), "k3x9"))) == []


@BROAD
@given(STATUSES)
def test_any_status_is_within_the_limits(state: Status) -> None:
    assert list(faults(messages.status(state))) == []
