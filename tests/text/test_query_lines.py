"""What was asked and how much of it was found, as it is heard."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.query import DirectionFilter, Order, Query, Sort, Term
from bot.domain.recording import Direction, Recording
from bot.domain.results import Hint, ListResult
from bot.domain.time_range import TimeRange
from bot.slack.blocks.elements import line_text
from bot.text import query_lines
from tests.slack.makers import MORNING

HARRIS = Query(
    callers=(Term("Harris"),),
    ways=(DirectionFilter(Direction.INBOUND),),
    spans=(TimeRange(start=MORNING - timedelta(days=1)),),
)


def found(*, query: Query | None = None, rows: int = 10, total: int = 184, first: int = 1, **told: Any) -> ListResult:
    recordings = tuple(Recording(id=number, started_at=MORNING) for number in range(rows))
    return ListResult(query=query or Query(), rows=recordings, total=total, first=first if rows else 0, **told)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(found(first=11), "Latest recordings · 11–20 of 184", id="the usual order goes without saying"),
        pytest.param(found(query=Query(order=Order.ASC)), "Oldest recordings · 1–10 of 184", id="oldest first"),
        pytest.param(
            found(query=Query(sort=Sort.ID)), "Recordings by number, highest first · 1–10 of 184", id="by number"
        ),
        pytest.param(
            found(query=Query(sort=Sort.ID, order=Order.ASC)),
            "Recordings by number, lowest first · 1–10 of 184",
            id="by number, upwards",
        ),
        pytest.param(
            found(rows=1, total=12_345, first=1_001), "Latest recordings · 1,001 of 12,345", id="a single row"
        ),
        pytest.param(found(total=3), "Latest recordings · 1–10 of 10", id="a total that lags behind the rows"),
        pytest.param(
            found(query=Query(ids=(600, 614)), total=12), "Recordings 600 to 614 · 1–10 of 12", id="certain numbers"
        ),
        pytest.param(
            found(query=Query(ids=(600, 614), order=Order.ASC), total=12),
            "Recordings 600 to 614, oldest first · 1–10 of 12",
            id="certain numbers, oldest first",
        ),
        pytest.param(
            found(query=Query(ids=(600, 614), sort=Sort.ID), total=12),
            "Recordings 600 to 614, by number, highest first · 1–10 of 12",
            id="certain numbers, by number",
        ),
        pytest.param(
            found(query=Query(ids=(600, 614), sort=Sort.ID, order=Order.ASC), total=12),
            "Recordings 600 to 614, by number, lowest first · 1–10 of 12",
            id="certain numbers, by number, upwards",
        ),
        pytest.param(
            found(query=replace(HARRIS, ways=()), rows=3, total=3),
            "Calls from Harris, since 11 Jan 2022 09:36 · 1–3 of 3",
            id="in words, with the zone's clock",
        ),
        pytest.param(found(query=Query(sort=Sort.DURATION)), "Longest recordings · 1–10 of 184", id="by length"),
        pytest.param(found(query=Query(ids=(614, 614)), rows=1, total=1), "Recording 614 · 1 of 1", id="one number"),
    ],
)
def test_heading(answer: ListResult, expected: str) -> None:
    assert line_text(query_lines.heading(answer, UTC)) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(found(rows=0, total=0), "There are no recordings yet.", id="nothing at all"),
        pytest.param(
            found(rows=0, query=Query(page=99)),
            "There is nothing on page 99: 184 recordings in all.",
            id="past the end",
        ),
        pytest.param(
            found(rows=0, total=1, query=Query(page=2)),
            "There is nothing on page 2: 1 recording in all.",
            id="just one",
        ),
        pytest.param(found(rows=0), "There are no more recordings this way.", id="a turn into nothing"),
        pytest.param(
            found(rows=0, total=0, query=Query(ids=(600, 614))),
            "There are no recordings from 600 to 614; they may have been deleted.",
            id="none of certain numbers",
        ),
        pytest.param(
            found(rows=0, total=0, query=Query(ids=(614, 614))),
            "There is no recording 614; it may have been deleted.",
            id="not the one number",
        ),
        pytest.param(
            found(rows=0, total=12, query=Query(ids=(600, 614), page=3)),
            "There is nothing on page 3: 12 recordings in all.",
            id="past the end of certain numbers",
        ),
        pytest.param(
            found(rows=0, total=0, query=Query(ids=(600, 614), callers=(Term("Harris"),))),
            "Calls from Harris, 600 to 614 · none",
            id="none of certain numbers by a caller",
        ),
        pytest.param(
            found(rows=0, total=1, is_least=True, query=Query(page=2)),
            "There is nothing on page 2: more than 1 recordings in all.",
            id="where counting stopped at one",
        ),
    ],
)
def test_nothing(answer: ListResult, expected: str) -> None:
    assert line_text(query_lines.nothing_found(answer, UTC)) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(found(is_least=True, total=1_000), "more than 1,000", id="where counting stopped"),
        pytest.param(found(is_least=True, total=1_000, first=2_001), "more than 2,010", id="on the pages after that"),
        pytest.param(found(total=3), "10", id="never fewer than are shown"),
    ],
)
def test_how_many_there_are(answer: ListResult, expected: str) -> None:
    assert query_lines.total_text(answer) == expected


@pytest.mark.parametrize(
    ("wider", "expected"),
    [
        pytest.param(replace(HARRIS, spans=()), "3 at any time", id="a filter that is left out"),
        pytest.param(
            replace(HARRIS, spans=(), ways=()), "3 whichever way, at any time", id="two filters that are left out"
        ),
        pytest.param(
            replace(HARRIS, callers=(), parties=(Term("Harris"),)),
            "3 calls with Harris, whoever called",
            id="another filter",
        ),
    ],
)
def test_what_would_be_found(wider: Query, expected: str) -> None:
    assert line_text(query_lines.hint(Hint(wider, 3), HARRIS, UTC)) == expected


def test_what_would_be_found_is_told_by_its_number_and_in_the_askers_zone() -> None:
    hint = Hint(replace(HARRIS, spans=(TimeRange(start=MORNING - timedelta(days=7)),)), 1_000, is_least=True)
    said = line_text(query_lines.hint(hint, HARRIS, ZoneInfo("Europe/Zurich")))
    assert said == "more than 1,000 calls since 5 Jan 2022 10:36"


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [(1, 1, "1"), (1, 2, "1–2"), (1_001, 1_010, "1,001–1,010")],
    ids=["one", "two", "thousands"],
)
def test_positions(first: int, last: int, said: str) -> None:
    assert query_lines.positions(first, last) == said


def test_only_the_noun_is_put_into_the_singular() -> None:
    hint = Hint(replace(HARRIS, callers=(Term("calls1"),)), 1)
    assert line_text(query_lines.hint(hint, HARRIS, UTC)) == "1 call from calls1"


def test_a_single_call_that_would_be_found() -> None:
    hint = Hint(replace(HARRIS, spans=(TimeRange(start=MORNING - timedelta(days=7)),)), 1)
    assert line_text(query_lines.hint(hint, HARRIS, UTC)) == "1 call since 5 Jan 2022 09:36"


def test_what_would_be_found_may_be_more_than_was_counted() -> None:
    hint = Hint(replace(HARRIS, spans=()), 1_000, is_least=True)
    assert line_text(query_lines.hint(hint, HARRIS, UTC)) == "more than 1,000 at any time"


DAY = "<!date^1641980184^{date_short}|2022-01-12 09:36 UTC>"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(found(), "", id="all of it is held"),
        pytest.param(found(back_to=MORNING), f"Read in back to {DAY} so far", id="still being read"),
        pytest.param(
            found(rows=0, total=0, back_to=MORNING),
            f"Read in back to {DAY} so far; older calls may follow",
            id="nothing found yet",
        ),
    ],
)
def test_how_far_the_history_goes(answer: ListResult, expected: str) -> None:
    assert line_text(query_lines.history_note(answer)) == expected


@pytest.mark.parametrize(
    ("answer", "can_turn", "expected"),
    [
        pytest.param(
            found(), False, "This is too long for buttons: type it again with page:2 for more.", id="there is more"
        ),
        pytest.param(
            found(query=Query(page=3), first=21),
            False,
            "This is too long for buttons: type it again with page:4 for more.",
            id="there is more after a later page",
        ),
        pytest.param(
            found(total=10),
            False,
            "This is too long to be shared by a button: ask for less to share it.",
            id="all is shown",
        ),
        pytest.param(
            found(),
            True,
            "This is too long to be shared by a button: ask for less to share it.",
            id="it can be turned, and not be shared",
        ),
    ],
)
def test_how_to_go_on_without_a_button(answer: ListResult, can_turn: bool, expected: str) -> None:
    assert line_text(query_lines.too_long(answer, can_turn=can_turn)) == expected


def test_who_shared_it_and_what_was_asked() -> None:
    line = line_text(query_lines.shared_by("U1", "search harris"))
    assert line == "Shared by <@U1> · /recordings search harris"


def test_a_long_question_is_cut_where_it_stands_above_a_list() -> None:
    assert len(line_text([query_lines.command_text("&" * 900)])) <= query_lines.QUERY_ROOM
    assert len(query_lines.title(Query(words=(Term("x" * 900),)), UTC)) <= query_lines.TITLE_ROOM


def test_what_to_type_where_there_is_no_button() -> None:
    assert (
        line_text(query_lines.how_to_list("latest 25 id:600..614")) == "/recordings latest 25 id:600..614 lists them."
    )
