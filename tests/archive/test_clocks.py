"""A zone's clocks in SQL show what they show in Python."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.archive.statistics import DAY, LAST, clock_changes, local_seconds

ZONES: tuple[tzinfo, ...] = (
    UTC,
    timezone(timedelta(hours=-3, minutes=-30)),
    *map(
        ZoneInfo,
        (
            "Africa/Casablanca",  # Ramadan moves its clocks
            "America/New_York",
            "Asia/Kathmandu",
            "Australia/Lord_Howe",  # by half an hour
            "Europe/Zurich",
            "Pacific/Apia",  # left out a day
        ),
    ),
)
SECONDS = st.integers(1, LAST - 1)


def shown(zone: tzinfo, second: int) -> datetime:
    with closing(sqlite3.connect(":memory:")) as connection:
        asked = f"SELECT {local_seconds(zone)} FROM (SELECT ? AS started_at) AS recordings"  # noqa: S608 - ours
        ((told,),) = connection.execute(asked, (second,)).fetchall()
    return datetime.combine(date.fromordinal(told // DAY + 1), datetime.min.time()) + timedelta(seconds=told % DAY)


@given(st.sampled_from(ZONES), SECONDS)
def test_at_any_moment(zone: tzinfo, second: int) -> None:
    assert shown(zone, second) == datetime.fromtimestamp(second, zone).replace(tzinfo=None)


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_round_each_change(zone: tzinfo) -> None:
    changes = [since for since, _ in clock_changes(zone)[1:9]]
    for second in [near for since in changes for near in (since - 1, since, since + 1)]:
        assert shown(zone, second) == datetime.fromtimestamp(second, zone).replace(tzinfo=None)


@pytest.mark.parametrize("zone", [*ZONES[2:], ZoneInfo("America/St_Johns")], ids=str)  # at a minute past midnight
def test_a_change_is_found_to_the_second(zone: tzinfo) -> None:
    offsets = [timedelta(seconds=offset) for _, offset in clock_changes(zone)]
    changes = [since for since, _ in clock_changes(zone)[1:]]
    found = [[datetime.fromtimestamp(at, zone).utcoffset() for at in (since - 1, since)] for since in changes]
    assert found == [[before, after] for before, after in pairwise(offsets)]


def test_beyond_all_changes_the_last_one_lasts() -> None:
    zurich = ZoneInfo("Europe/Zurich")
    assert shown(zurich, LAST + 180 * DAY).hour == 1, "in summer, at what is midnight in UTC"
