"""What is asked for, in words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.query import Query
from bot.language.context import LineContext
from bot.language.grammar import Latest, read_command
from bot.language.writing import line_of, said
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
        ("with:“McKay” -from:reception", "Calls not from Reception, with McKay"),
        ("type:inbound type:outbound", "Inbound or outbound calls"),
        ("type:inbound from:harris sort:duration", "Calls from Harris, inbound, longest first"),
        ("type:inbound sort:duration", "Inbound calls, longest first"),
        ("-type:inbound", "Calls that are not inbound"),
        ("harris -type:inbound", "Calls that mention “harris”, not inbound"),
        ("type:inbound after:yesterday", "Inbound calls since 23 Nov 2026"),
        ("from:“van der berg”", "Calls from Van Der Berg"),
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
def test_a_question_in_words(line: str, words: str) -> None:
    assert said(query(line), ZURICH) == words


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("", "latest 10 sort:time"),
        ("harris", "search harris"),
        ("harris sort:id order:asc page:2", "search harris sort:id order:asc page:2"),
        ("25 order:asc page:2", "latest 25 sort:time order:asc page:2"),
        ("-to:dave -type:in with:5566", "latest 10 sort:time -to:dave with:5566 -type:inbound"),
        ('with:"monday"', 'latest 10 sort:time with:"monday"'),
        ("after:today", "latest 10 sort:time after:2026-11-23T23:00Z"),
        ("before:today", "latest 10 sort:time before:2026-11-23T23:00Z"),
        (
            "on:today on:..",
            "latest 10 sort:time on:2026-11-23T23:00Z..2026-11-24T23:00Z on:..",
        ),
        ("from:dave", "latest 10 sort:time from:dave"),
        ('search "dave harris" count:25', 'search "dave harris" count:25'),
        ("on:yesterday", "latest 10 sort:time after:2026-11-22T23:00Z before:2026-11-23T23:00Z"),
        ("longer:90 shorter:2h", "latest 10 sort:time longer:90s shorter:2h"),
    ],
)
def test_the_line_of_a_question(line: str, written: str) -> None:
    assert line_of(query(line)) == written


def test_a_day_is_a_day_where_it_has_no_midnight() -> None:
    beirut = ZoneInfo("Asia/Beirut")
    command = read_command("on:2026-03-29", LineContext(now=ASKER.now, zone=beirut))
    assert isinstance(command, Latest)
    assert said(command.query, beirut) == "Calls on 29 Mar 2026"


@given(QUERIES, st.sampled_from(["Pacific/Kiritimati", "Pacific/Niue"]))
def test_any_question_can_be_told(asked: Query, zone: str) -> None:
    assert said(asked, ZoneInfo(zone))


def test_a_line_is_the_same_for_everybody() -> None:
    there = LineContext(now=ASKER.now + timedelta(days=9), zone=ZoneInfo("Asia/Tokyo"))
    asked = query("on:yesterday after:9:30 -from:“a b”")
    assert read_command(line_of(asked), there) == Latest(asked)
