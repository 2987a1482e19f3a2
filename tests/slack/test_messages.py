"""Every answer: as it is, and within Slack's limits for any input."""

from dataclasses import replace
from datetime import UTC, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from bot.domain.health import Level, Part
from bot.domain.query import Cursor, DirectionFilter, Order, Query, Side, Sort, Term
from bot.domain.reconciliation import Reconciliation
from bot.domain.recording import Direction, Party, Recording
from bot.domain.results import Hint, ListResult, ShowResult, Stale, StaleReason
from bot.domain.statistics import Bucket, GroupBy, Statistics
from bot.domain.status import Status
from bot.domain.time_range import TimeRange
from bot.errors import PbxRefused, PbxUnreachable, QueryError
from bot.language.examples import examples
from bot.language.writing import line_of
from bot.slack.answering import failed, pbx_problem, query_error, still_asking, too_old
from bot.slack.blocks.values import LIST, OPEN, RUN, SHARE, SharedAnswer
from bot.slack.features import alerts, listing, share, show
from bot.slack.features import help as help_
from bot.slack.features import status as status_feature
from bot.slack.features.listing import NEXT
from bot.slack.features.show import CLOSE
from bot.slack.features.stats import figures
from tests.slack.anything import (
    BROAD,
    FEW_ROWS,
    HINTS,
    MOMENTS,
    NAMES,
    QUERIES,
    RECORDINGS,
    STALE,
    STATUSES,
    many_rows,
)
from tests.slack.limits import controls, faults, label
from tests.slack.makers import MORNING, ROWS, channel, found, health, recording, status


def unreadable(nearest: str | None) -> QueryError:
    return QueryError("“sort:” takes time or id, not “tme”", word="sort:tme", position=(10, 18), nearest=nearest)


HARRIS, EVELYN = Party("Harris", "+44 20 7946 0000"), Party("Evelyn", "5566")
PROOF = Reconciliation(at=MORNING, listed=1_284, stored=1_284, late=0, deleted=3)
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
        channel(
            channel="C2", pending=3, oldest_pending_at=MORNING - timedelta(minutes=34), problem="Slack limits the post"
        ),
        channel(channel="C3", pending=1, paused_since=MORNING, problem="Slack refuses the post (is_archived)"),
    ),
)
AS_OF = Stale(MORNING, StaleReason.UNREACHABLE)
LONDON = ZoneInfo("Europe/London")
SEARCH = Query(
    callers=(Term("Harris"),),
    directions=(DirectionFilter(Direction.INBOUND),),
    time_ranges=(TimeRange(start=MORNING - timedelta(days=1)),),
)
TOO_LONG = Query(words=tuple(Term(f"word{number:03}") for number in range(300)))
OTHERS = tuple(recording(number, caller=caller) for number, caller in ((600, EVELYN), (590, HARRIS), (580, HARRIS)))
MANY_OTHERS = tuple(recording(600 - number) for number in range(5))
TALLY = Statistics(
    query=SEARCH,
    by=GroupBy.WEEKDAY,
    total=3,
    length=timedelta(minutes=12),
    measured=3,
    longest=timedelta(minutes=7),
    buckets=(
        Bucket(label="Mon", directions={Direction.INBOUND: 2}),
        Bucket(label="Tue", directions={Direction.INBOUND: 1}),
    ),
)


def searched(**told: Any) -> ListResult:
    return found(ROWS[:1], **({"query": SEARCH, "first": 1, "total": 1} | told))


def nothing(**told: Any) -> ListResult:
    return found((), query=SEARCH, first=0, total=0, **told)


MESSAGES = {
    "a page in the middle": listing.message(found()),
    "a page from the archive": listing.message(found(first=1, total=5, stale=AS_OF)),
    "a shared page": listing.message(found(query=Query(sort=Sort.ID, order=Order.ASC)), shared_by="U1"),
    "an empty list": listing.message(found((), first=0, total=0)),
    "an empty page from the archive": listing.message(found((), first=0, query=Query(page=99), stale=AS_OF)),
    "one recording": show.message(ShowResult(recording(local_time="12/01/2022 17:36:24"))),
    "one recording that is gone": show.message(ShowResult(ROWS[3], is_deleted=True)),
    "a shared recording": show.message(ShowResult(recording()), shared_by="U1"),
    "one recording with others": show.message(ShowResult(recording(), others=OTHERS), zone=LONDON),
    "one recording of an outage": show.message(ShowResult(recording(local_time="12/01/2022 17:36:24"), AS_OF)),
    "help": help_.message(examples(ROWS)),
    "help for an empty archive": help_.message(examples(())),
    "help with filters": help_.filters_message(),
    "a search": listing.message(searched(), zone=LONDON),
    "a search that finds very much": listing.message(searched(total=1_000, total_is_minimum=True), zone=LONDON),
    "a search while history is read in": listing.message(searched(complete_since=MORNING)),
    "a search that finds nothing": listing.message(nothing(hint=Hint(replace(SEARCH, time_ranges=()), 3)), zone=LONDON),
    "a search that finds nothing anywhere": listing.message(nothing(), zone=LONDON),
    "a search that finds nothing yet": listing.message(nothing(complete_since=MORNING), zone=LONDON),
    "a shared search": listing.message(searched(), zone=LONDON, shared_by="U1"),
    "a search too long for buttons": listing.message(searched(query=TOO_LONG, total=5)),
    "figures": figures(TALLY, zone=LONDON),
    "certain recordings": listing.message(found(query=Query(count=5, ids=(600, 614)), first=1, total=12)),
    "certain recordings that are gone": listing.message(found((), query=Query(ids=(600, 614)), first=0, total=0)),
    "status": status_feature.message(status(reconciliation=PROOF)),
    "status in trouble": status_feature.message(TROUBLE),
    "tried again": alerts.resumed(found=True),
    "not paused": alerts.resumed(found=False),
    "words that cannot be read": query_error(unreadable("latest 10 sort:time")),
    "words with nothing near": query_error(unreadable(None)),
    "the PBX refuses": pbx_problem(PbxRefused("", meaning="a parameter is wrong"), "k3x9"),
    "no such recording": show.not_found(614),
    "a fault of ours": failed("k3x9"),
    "still asking": still_asking(),
    "not shared": share.failed(),
    "too old": too_old(),
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
def test_only_buttons_that_lead_somewhere(answer: ListResult, labels: list[str]) -> None:
    assert [label(element) for element in controls(listing.message(answer))] == labels


def test_a_shared_list_is_not_turned_for_everybody() -> None:
    assert [label(element) for element in controls(listing.message(found(), shared_by="U1"))] == ["Open…"]


def test_what_the_controls_of_a_list_carry() -> None:
    query = line_of(found().query)
    opener, previous, following, share = controls(listing.message(found()))
    assert [OPEN.read(option["value"]) for option in opener["options"]] == [614, 613, 612, 611, 610]
    back, on = NEXT.read(previous["value"]), NEXT.read(following["value"])
    assert back == (query, Cursor(side=Side.BEFORE, id=614, at=MORNING, position=11))
    assert on == (query, Cursor(side=Side.AFTER, id=610, at=ROWS[4].started_at, position=15))
    assert SHARE.read(share["value"]) == SharedAnswer(ids=(614, 613, 612, 611, 610), query=query, first=11, total=184)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(found(), ["Previous page, 6–10 of 184", "Next page, 16–20 of 184"], id="in the middle"),
        pytest.param(found(first=3, total=9), ["Previous page, 1–2 of 9", "Next page, 8–9 of 9"], id="short pages"),
        pytest.param(found(first=2, total=7), ["Previous page, 1 of 7", "Next page, 7 of 7"], id="pages of one"),
        pytest.param(
            found(first=996, total=1_000, total_is_minimum=True),
            ["Previous page, 991–995 of more than 1,000", "Next page, 1,001–1,005 of more than 1,000"],
            id="past where counting stopped",
        ),
    ],
)
def test_page_buttons_say_where_they_lead(answer: ListResult, said: list[str]) -> None:
    elements = controls(listing.message(answer))
    assert [element["accessibility_label"] for element in elements[1:3]] == said


def test_a_query_too_long_for_a_button_has_none() -> None:
    assert controls(query_error(unreadable("x" * 3_000))) == []


def test_a_list_whose_query_is_too_long_for_a_button_says_how_to_go_on() -> None:
    message = listing.message(found(query=TOO_LONG, first=1))
    assert [label(element) for element in controls(message)] == ["Open…"]
    assert "type it again with page:2 for more" in message.text


def test_an_empty_answer_offers_what_finds_something() -> None:
    (run,) = controls(MESSAGES["a search that finds nothing"])
    assert RUN.read(run["value"]) == line_of(replace(SEARCH, time_ranges=()))
    assert label(run) == "Show them"
    (run,) = controls(listing.message(nothing(hint=Hint(Query(), 1))))
    assert label(run) == "Show it"


def test_a_recording_leads_to_those_like_it() -> None:
    share, with_harris, close = controls(show.message(ShowResult(recording())))
    assert SHARE.read(share["value"]) == SharedAnswer(ids=(614,))
    assert label(with_harris) == "Calls with +44 20 7946 0000"
    assert RUN.read(with_harris["value"]) == line_of(Query(parties=(Term("+442079460000"),)))
    assert close["action_id"] == CLOSE.action


def test_the_others_between_two_can_be_opened_and_listed() -> None:
    opener, everyone, *_ = controls(show.message(ShowResult(recording(), others=MANY_OTHERS)))
    assert [OPEN.read(option["value"]) for option in opener["options"]] == [600, 599, 598, 597, 596]
    ends = (Term("+442079460000"), Term("5566"))
    assert RUN.read(everyone["value"]) == line_of(Query(callers=ends, callees=ends))
    assert label(everyone) == "All between them"


def test_where_all_the_others_are_shown_there_is_no_button_for_them() -> None:
    message = show.message(ShowResult(recording(), others=OTHERS))
    assert "All between them" not in map(label, controls(message))


@pytest.mark.parametrize(
    ("customer", "label_of_it"),
    [
        pytest.param(Party("Harris", "+44 20 7946 0000"), "Calls with +44 20 7946 0000", id="by the number"),
        pytest.param(Party("Harris", "\u200b"), "Calls with Harris", id="by the name where there is no number"),
        pytest.param(Party("W" * 90, ""), f"Calls with {'W' * 63}…", id="cut to what a button takes"),
    ],
)
def test_who_the_other_calls_are_with(customer: Party, label_of_it: str) -> None:
    buttons = controls(show.message(ShowResult(recording(caller=customer))))
    assert label_of_it in map(label, buttons)


@pytest.mark.parametrize(
    "nobody",
    [pytest.param(Party(), id="nothing is told"), pytest.param(Party("\u200b", ""), id="nothing that one can see")],
)
def test_there_is_no_button_for_the_calls_with_somebody_unknown(nobody: Party) -> None:
    message = show.message(ShowResult(recording(caller=nobody)))
    assert [label(element) for element in controls(message)] == ["Share to channel", "Close"]


def test_a_button_says_aloud_what_can_be_seen() -> None:
    (run,) = controls(query_error(unreadable("search a\u202eb\n<!here>")))
    assert run["accessibility_label"] == "Run /recordings search a b <!here>"


def test_a_hint_that_finds_two_is_shown_as_them() -> None:
    (run,) = controls(listing.message(nothing(hint=Hint(Query(), 2))))
    assert label(run) == "Show them"


def test_a_share_of_a_list_says_where_counting_stopped() -> None:
    share = controls(listing.message(found(total=1_000, total_is_minimum=True)))[-1]
    told = SHARE.read(share["value"])
    assert told
    assert (told.total, told.total_is_minimum) == (1_000, True)


def test_of_many_others_five_are_shown() -> None:
    message = show.message(ShowResult(recording(), others=tuple(recording(600 - number) for number in range(9))))
    opener = controls(message)[0]
    assert [OPEN.read(option["value"]) for option in opener["options"]] == [600, 599, 598, 597, 596]
    assert [line[:3] for line in message.text.splitlines() if " called · " in line] == [
        "1. ",
        "2. ",
        "3. ",
        "4. ",
        "5. ",
    ]


def test_the_others_of_a_shared_recording_can_be_opened_and_nothing_else() -> None:
    message = show.message(ShowResult(recording(), others=OTHERS), shared_by="U1")
    assert [label(element) for element in controls(message)] == ["Open…"]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(searched(), id="above a list"),
        pytest.param(nothing(), id="in the place of a list"),
        pytest.param(
            found((), query=Query(words=(Term("x"),)), first=0, total=0, hint=Hint(SEARCH, 3)),
            id="in what would be found",
        ),
    ],
)
def test_what_was_asked_is_told_in_the_askers_zone(answer: ListResult) -> None:
    assert "since 11 Jan 2022 10:36" in listing.message(answer, zone=ZoneInfo("Europe/Zurich")).text


def test_a_shared_recording_says_nothing_of_the_pbx_that_nobody_asked() -> None:
    assert "on the PBX" not in show.message(ShowResult(recording()), shared_by="U1").text
    assert "Deleted from the PBX" in show.message(ShowResult(recording(), is_deleted=True), shared_by="U1").text


def test_every_example_has_a_button_that_runs_it() -> None:
    shown = examples(ROWS)
    buttons = controls(help_.message(shown))
    assert [RUN.read(element["value"]) for element in buttons] == [*(one.line for one in shown), "help filters"]
    assert all(LIST.pattern.search(element["action_id"]) for element in buttons)


def test_a_status_too_long_for_the_text_ends_with_an_ellipsis() -> None:
    waiting = channel(pending=3, problem="&" * 200)
    message = status_feature.message(status(channels=(waiting,) * 40))
    assert list(faults(message)) == []
    assert message.text.endswith("\n…")


# Any input at all.


ZONES = st.sampled_from([UTC, LONDON, ZoneInfo("Pacific/Apia")])
SHARED_BY = st.sampled_from([None, "U1"])
FOUND = st.builds(
    lambda rows, first, **told: ListResult(rows=tuple(rows), first=first if rows else 0, **told),
    rows=FEW_ROWS | many_rows(100),
    first=st.integers(1, 99_000),
    query=QUERIES,
    total=st.sampled_from([0, 1, 10**5]),
    total_is_minimum=st.booleans(),
    stale=STALE,
    complete_since=st.none() | MOMENTS,
    hint=HINTS,
)


@BROAD
@given(FOUND, ZONES, SHARED_BY)
def test_any_listing_is_within_the_limits(answer: ListResult, zone: tzinfo, shared_by: str | None) -> None:
    message = listing.message(answer, zone=zone, shared_by=shared_by)
    assert list(faults(message)) == []
    assert len(message.text.splitlines()) >= len(answer.rows) + 1


@BROAD
@given(RECORDINGS, st.lists(RECORDINGS, max_size=6), STALE, st.booleans(), ZONES, SHARED_BY)
def test_any_recording_is_within_the_limits(
    told: Recording, others: list[Recording], stale: Stale | None, is_deleted: bool, zone: tzinfo, shared_by: str | None
) -> None:
    answer = ShowResult(told, stale, is_deleted, tuple(others))
    assert list(faults(show.message(answer, zone=zone, shared_by=shared_by))) == []


@BROAD
@given(st.lists(RECORDINGS, max_size=6))
def test_any_help_is_within_the_limits(rows: list[Recording]) -> None:
    assert list(faults(help_.message(examples(rows)))) == []


@BROAD
@given(NAMES, NAMES, st.none() | NAMES)
def test_any_complaint_is_within_the_limits(message: str, word: str, nearest: str | None) -> None:
    error = QueryError(f"“{word}” {message}", word=word, position=(0, 1), nearest=nearest)
    assert list(faults(query_error(error))) == []
    assert list(faults(pbx_problem(PbxRefused(message, errmsg=word), "k3x9"))) == []
    assert list(faults(pbx_problem(PbxUnreachable(message), "k3x9"))) == []


@BROAD
@given(STATUSES)
def test_any_status_is_within_the_limits(state: Status) -> None:
    assert list(faults(status_feature.message(state))) == []
