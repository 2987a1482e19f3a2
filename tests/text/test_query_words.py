"""Descriptions of queries in English."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.query import Query
from bot.language.context import LineContext
from bot.language.grammar import Latest, read_command
from bot.text.query_words import describe_query
from tests.domain.queries import QUERIES

ZURICH = ZoneInfo("Europe/Zurich")
ASKER = LineContext(now=datetime(2026, 11, 24, 12, tzinfo=UTC), zone=ZURICH)


def query(line: str) -> Query:
    command = read_command(line, ASKER)
    assert isinstance(command, Latest)
    return command.query


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "Latest recordings"),
        ("latest 10 order:asc", "Oldest recordings"),
        ("sort:duration", "Longest recordings"),
        ("sort:duration order:asc", "Shortest recordings"),
        ("sort:size", "Largest recordings"),
        ("sort:size order:asc", "Smallest recordings"),
        ("sort:id", "Recordings by number, highest first"),
        ("sort:id order:asc", "Recordings by number, lowest first"),
        ("harris sort:id", "Calls that mention “harris”, by number, highest first"),
        ("harris sort:id order:asc", "Calls that mention “harris”, by number, lowest first"),
        ("harris sort:duration order:asc", "Calls that mention “harris”, shortest first"),
        ("harris sort:size", "Calls that mention “harris”, largest first"),
        ("harris sort:size order:asc", "Calls that mention “harris”, smallest first"),
        ("type:inbound id:600..614", "Inbound calls 600 to 614"),
        ("from:harris id:614", "Calls from Harris, 614"),
        ("-type:inbound -type:internal", "Calls that are not inbound or internal"),
        ("before:9:30", "Calls before 24 Nov 2026 09:30"),
        ("after:9:30 before:22:00", "Calls from 24 Nov 2026 09:30 to 24 Nov 2026 22:00"),
        ("after:yesterday before:22:00", "Calls from 23 Nov 2026 to 24 Nov 2026 22:00"),
        ("after:today before:monday", "Calls from 24 Nov 2026 to 23 Nov 2026"),
        ("on:..", "Calls at any time"),
        ("id:600..614", "Recordings 600 to 614"),
        ("id:614", "Recording 614"),
        ("id:600..614 order:asc", "Recordings 600 to 614, oldest first"),
        ("harris", "Calls that mention “harris”"),
        ("harris 5566 -test", "Calls that mention “harris” and “5566”, without “test”"),
        ("from:harris", "Calls from Harris"),
        ("to:5566 to:5556", "Calls to 5566 or 5556"),
        ('with:"McKay" -from:reception', "Calls not from Reception, with McKay"),
        ("type:inbound type:outbound", "Inbound or outbound calls"),
        ("type:inbound from:harris sort:duration", "Calls from Harris, inbound, longest first"),
        ("type:inbound sort:duration", "Inbound calls, longest first"),
        ("-type:inbound", "Calls that are not inbound"),
        ("harris -type:inbound", "Calls that mention “harris”, not inbound"),
        ("type:inbound after:yesterday", "Inbound calls since 23 Nov 2026"),
        ('from:"van der berg"', "Calls from Van Der Berg"),
        ("from:ana@firm.example", "Calls from ana@firm.example"),
        ("after:yesterday", "Calls since 23 Nov 2026"),
        ("before:monday", "Calls before 23 Nov 2026"),
        ("on:yesterday", "Calls on 23 Nov 2026"),
        ("after:2026-11-01 before:2026-11-04", "Calls from 1 Nov 2026 to 3 Nov 2026"),
        ("on:monday on:2026-11-01", "Calls on 23 Nov 2026 or on 1 Nov 2026"),
        ("after:9:30", "Calls since 24 Nov 2026 09:30"),
        ("longer:2m shorter:1h30m", "Calls 2 min or longer, 1 h 30 min or shorter"),
        ("from:harris longer:90 sort:duration", "Calls from Harris, 90 s or longer, longest first"),
    ],
)
def test_a_description(line: str, words: str) -> None:
    assert describe_query(query(line), ZURICH) == words


def test_a_day_without_a_midnight_is_a_whole_day() -> None:
    beirut = ZoneInfo("Asia/Beirut")
    command = read_command("on:2026-03-29", LineContext(now=ASKER.now, zone=beirut))
    assert isinstance(command, Latest)
    assert describe_query(command.query, beirut) == "Calls on 29 Mar 2026"


@given(QUERIES, st.sampled_from(["Pacific/Kiritimati", "Pacific/Niue"]))
def test_any_query_has_a_description(any_query: Query, zone: str) -> None:
    assert describe_query(any_query, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (60, "1 min"),
        (3600, "1 h"),
        (3601, "3601 s"),
        (90, "90 s"),
        (120, "2 min"),
        (5400, "1 h 30 min"),
        (7200, "2 h"),
    ],
)
def test_a_duration_in_a_description(seconds: int, words: str) -> None:
    assert describe_query(Query(longer=timedelta(seconds=seconds)), ZURICH) == f"Calls {words} or longer"
