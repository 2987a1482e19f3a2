"""What is offered when nothing was found."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from bot.domain.matching import matches
from bot.domain.query import Query, Term
from bot.domain.relaxations import MAXIMUM, relaxations
from bot.language.context import LineContext
from bot.language.grammar import Latest, read_command
from bot.text.query_words import describe_query
from tests.domain.queries import QUERIES
from tests.stage import NOON, recording

ZURICH = ZoneInfo("Europe/Zurich")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def offered(line: str) -> list[str]:
    command = read_command(line, LineContext(now=NOW, zone=ZURICH))
    assert isinstance(command, Latest)
    return [describe_query(wider, ZURICH) for wider in relaxations(command.query, NOW, ZURICH)]


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("from:harris on:yesterday", "Calls from Harris, since 18 Nov 2026"),
        ("from:harris on:2026-11-01", "Calls from Harris, since 26 Oct 2026"),
        ("from:harris on:2026-11-18", "Calls from Harris, since 18 Nov 2026"),
        ("from:harris on:2026-11-17", "Calls from Harris, since 26 Oct 2026"),
        ("from:harris on:2026-10-26", "Calls from Harris, since 26 Oct 2026"),
        ("from:harris on:2026-10-25", "Calls from Harris"),
        ("from:harris on:today on:2026-11-17", "Calls from Harris, since 26 Oct 2026"),
        ("from:harris before:2026-11-01", "Calls from Harris"),
        ("from:harris shorter:2m", "Calls from Harris"),
        ("from:harris -from:reception", "Calls not from Reception, with Harris"),
        ("to:harris", "Calls with Harris"),
        ("from:harris with:evelyn", "Calls with Evelyn"),
        ("from:harris longer:2m", "Calls from Harris"),
        ("from:harris type:inbound", "Calls from Harris"),
        ("from:harris", "Calls with Harris"),
        ("harris evelyn", "Calls that mention “evelyn”"),
    ],
)
def test_the_closest_query_comes_first(line: str, first: str) -> None:
    assert offered(line)[0] == first


@pytest.mark.parametrize(
    ("line", "all_of_them"),
    [
        (
            "from:harris to:evelyn on:yesterday",
            [
                "Calls from Harris, to Evelyn, since 18 Nov 2026",
                "Calls from Harris, to Evelyn, since 26 Oct 2026",
                "Calls from Harris, to Evelyn",
                "Calls to Evelyn, on 23 Nov 2026",
                "Calls from Harris, on 23 Nov 2026",
            ],
        ),
        ("harris -test", ["Calls that mention “harris”"]),
        (
            "from:harris type:inbound after:today",
            [
                "Calls from Harris, inbound, since 18 Nov 2026",
                "Calls from Harris, inbound, since 26 Oct 2026",
                "Calls from Harris, inbound",
                "Calls from Harris, since 24 Nov 2026",
                "Calls with Harris, inbound, since 24 Nov 2026",
                "Calls from Harris",
                "Calls with Harris",
            ],
        ),
    ],
)
def test_all_wider_queries(line: str, all_of_them: list[str]) -> None:
    assert offered(line) == all_of_them


@pytest.mark.parametrize("line", ["", "latest 10 order:asc", "harris", "sort:duration"])
def test_nothing_can_be_left_out(line: str) -> None:
    assert offered(line) == []


def test_at_most_eight_and_the_widest_is_last() -> None:
    wider = offered("a b c from:x -from:y type:in longer:2m id:1..9 on:yesterday")
    assert len(wider) == 8
    assert wider[-1] == "Calls that mention “a”, “b” and “c”, with X"


def test_a_wider_query_begins_at_its_first_page() -> None:
    query = Query(words=(Term("a"), Term("b")), page=3, count=25)
    assert {(wider.page, wider.count) for wider in relaxations(query, NOW, ZURICH)} == {(1, 25)}


@given(QUERIES)
def test_each_differs_from_the_query_and_has_a_filter(query: Query) -> None:
    wider = relaxations(query, NOW, ZURICH)
    assert len(wider) == len(set(wider)) <= MAXIMUM
    assert all(found.filters not in {query.filters, Query()} for found in wider)


@given(QUERIES)
def test_each_finds_at_least_what_the_query_finds(query: Query) -> None:
    call = recording(started_at=NOON)
    if matches(query, call):
        assert all(matches(wider, call) for wider in relaxations(query, NOW, ZURICH))
