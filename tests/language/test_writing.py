"""The line of a query."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.query import Query
from bot.language.context import LineContext
from bot.language.grammar import Latest, read_command
from bot.language.writing import line_of

ZURICH = ZoneInfo("Europe/Zurich")
ASKER = LineContext(now=datetime(2026, 11, 24, 12, tzinfo=UTC), zone=ZURICH)


def query(line: str) -> Query:
    command = read_command(line, ASKER)
    assert isinstance(command, Latest)
    return command.query


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
        ('search "the ""old"" depot"', 'search "the ""old"" depot"'),
        ("search <x> R&D", 'search "<x>" "R&D"'),
        ('search "dave harris" count:25', 'search "dave harris" count:25'),
        ("on:yesterday", "latest 10 sort:time after:2026-11-22T23:00Z before:2026-11-23T23:00Z"),
        ("longer:90 shorter:2h", "latest 10 sort:time longer:90s shorter:2h"),
    ],
)
def test_the_line_of_a_query(line: str, written: str) -> None:
    assert line_of(query(line)) == written


def test_a_line_reads_back_in_any_zone() -> None:
    there = LineContext(now=ASKER.now + timedelta(days=9), zone=ZoneInfo("Asia/Tokyo"))
    written_query = query('on:yesterday after:9:30 -from:"a b"')
    assert read_command(line_of(written_query), there) == Latest(written_query)
