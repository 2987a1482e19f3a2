"""What is found, counted: in the asker's zone, also where its clock jumps."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from bot.archive.statistics import MOST_DAYS
from bot.domain.access import SYSTEM
from bot.domain.matching import matches
from bot.domain.query import Query, Term
from bot.domain.recording import Direction, Party, Recording
from bot.domain.statistics import GroupBy, Statistics
from tests.archive.test_search import QUERIES, REGION, ROWS, holding
from tests.stage import costly

ZURICH, KATHMANDU = ZoneInfo("Europe/Zurich"), ZoneInfo("Asia/Kathmandu")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def call(id_: int, at: datetime = NOON, **facts: Any) -> Recording:
    usual: dict[str, Any] = {"caller": Party("Evelyn", "5566"), "direction": Direction.INTERNAL}
    return Recording(id=id_, started_at=at, **{**usual, **facts})


async def tallied(
    rows: Sequence[Recording],
    by: GroupBy,
    *,
    zone: ZoneInfo = ZURICH,
    query: Query = Query(),  # noqa: B008 - a value
) -> Statistics:
    async with holding(rows) as archive:
        return await archive.statistics(replace(SYSTEM, zone=zone), query, by)


def counts(tally: Statistics) -> dict[str, int]:
    return {bucket.label: bucket.count for bucket in tally.buckets if bucket.count}


async def test_figures_of_all() -> None:
    rows = [call(1, duration=timedelta(seconds=90)), call(2, duration=timedelta(seconds=30)), call(3)]
    tally = await tallied(rows, GroupBy.DIRECTION)
    assert (tally.total, tally.measured) == (3, 2)
    assert (tally.length, tally.longest) == (timedelta(minutes=2), timedelta(seconds=90))


async def test_a_length_is_told_to_the_nearest_second_and_a_call_without_a_time_in_the_sum_alone() -> None:
    rows = [call(1, size=44 + 16_000 * 9 + 9_000, file="a.wav"), replace(call(2), started_at=None)]
    for by in (GroupBy.HOUR, GroupBy.DAY, GroupBy.WEEKDAY):
        tally = await tallied(rows, by)
        assert (tally.total, tally.length, sum(counts(tally).values())) == (2, timedelta(seconds=10), 1)


async def test_of_nothing() -> None:
    for by in GroupBy:
        tally = await tallied([], by)
        assert (tally.total, tally.buckets, tally.longest, tally.left_out) == (0, (), timedelta(0), 0)


@pytest.mark.parametrize("by", [GroupBy.HOUR, GroupBy.WEEKDAY, GroupBy.DIRECTION])
async def test_what_always_fits_is_listed_whole(by: GroupBy) -> None:
    ways = (Direction.INBOUND, Direction.OUTBOUND, None)
    rows = [call(id_, NOON + timedelta(hours=7 * id_), direction=ways[id_ % 3]) for id_ in range(100)]
    tally = await tallied(rows, by)
    assert (sum(bucket.count for bucket in tally.buckets), tally.left_out) == (100, 0)


@pytest.mark.parametrize(
    ("zone", "label"),
    [pytest.param(ZURICH, "13", id="an hour off"), pytest.param(KATHMANDU, "17", id="three quarters of an hour off")],
)
async def test_hours_are_the_askers(zone: ZoneInfo, label: str) -> None:
    tally = await tallied([call(1), call(2, NOON + timedelta(minutes=14))], GroupBy.HOUR, zone=zone)
    assert counts(tally) == {label: 2}
    assert len(tally.buckets) == 24


async def test_an_hour_that_comes_twice_is_one_hour() -> None:
    """On 25 October 2026 Zurich's clock shows two o'clock twice."""
    twice = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    assert counts(await tallied([call(1, twice[0]), call(2, twice[1])], GroupBy.HOUR)) == {"02": 2}


async def test_days_without_a_call_stand_between_those_with_one() -> None:
    tally = await tallied([call(1), call(2, NOON + timedelta(days=3))], GroupBy.DAY)
    assert [bucket.label for bucket in tally.buckets] == ["2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"]
    assert counts(tally) == {"2026-11-24": 1, "2026-11-27": 1}


async def test_midnight_is_the_askers() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert counts(await tallied([call(1, late)], GroupBy.DAY)) == {"2026-11-25": 1}
    assert counts(await tallied([call(1, late)], GroupBy.WEEKDAY)) == {"Wed": 1}


async def test_the_newest_days_are_shown_and_the_others_counted() -> None:
    rows = [call(id_, NOON + timedelta(days=2 * id_)) for id_ in range(1, 61)]
    tally = await tallied(rows, GroupBy.DAY)
    assert len(tally.buckets) == MOST_DAYS
    assert tally.left_out == 60 - sum(bool(bucket.count) for bucket in tally.buckets)


async def test_people_are_told_by_name_whatever_way_their_number_is_written() -> None:
    rows = [
        call(1, caller=Party("Ana", "+44 20 7946 0000"), callee=Party("", "5566")),
        call(2, caller=Party("", "5566"), callee=Party("Ana", "+442079460000")),
        call(3, caller=Party("Ana B.", "+442079460000"), callee=Party("Evelyn", "5566")),
        call(4, caller=Party("Nobody's number", ""), callee=Party()),
    ]
    tally = await tallied(rows, GroupBy.PERSON)
    assert counts(tally) == {"Ana": 3, "5566": 3, "Nobody's number": 1}
    assert tally.buckets[-1].label == "Nobody's number", "the least frequent comes last"


async def test_the_most_frequent_people_are_shown_and_the_others_counted() -> None:
    rows = [call(id_, caller=Party("", str(5_000 + id_))) for id_ in range(1, 31)]
    tally = await tallied(rows, GroupBy.PERSON)
    assert (len(tally.buckets), tally.left_out) == (15, 15)


async def test_what_is_asked_for_is_counted_alone() -> None:
    rows = [call(1), call(2, caller=Party("Leo", "5555"))]
    assert (await tallied(rows, GroupBy.PERSON, query=Query(words=(Term("leo"),)))).total == 1


@pytest.mark.parametrize(
    ("days", "first", "shown", "left_out"),
    [
        pytest.param([0, 61], 0, 62, 0, id="as many as are shown"),
        pytest.param([0, 62], 1, 62, 1, id="one more: the oldest is left out"),
        pytest.param([0, 1, 5, 70], 9, 62, 3, id="days without a call are not counted among those"),
        pytest.param([3], 3, 1, 0, id="a single day"),
    ],
)
async def test_two_months_are_shown(days: list[int], first: int, shown: int, left_out: int) -> None:
    tally = await tallied([call(1 + day, NOON + timedelta(days=day)) for day in days], GroupBy.DAY)
    assert (len(tally.buckets), tally.left_out, tally.total) == (shown, left_out, len(days))
    assert [bucket.label for bucket in (tally.buckets[0], tally.buckets[-1])] == [
        str((NOON + timedelta(days=day)).date()) for day in (first, days[-1])
    ]


async def test_of_people_who_called_as_often_the_lower_number_comes_first() -> None:
    rows = [
        call(1, caller=Party("Leo", "5550"), callee=Party("Ana", "5560"), duration=timedelta(seconds=90)),
        call(2, caller=Party("Ana", "5560"), callee=Party("Leo", "5550"), direction=Direction.INBOUND),
        call(
            3, caller=Party("Zoe", "5580"), callee=Party("Zoe", "5580"), duration=timedelta(seconds=7), direction=None
        ),
        call(4, caller=Party("Zoe Q.", "5580"), callee=Party(), duration=timedelta(seconds=2)),
    ]
    tally = await tallied(rows, GroupBy.PERSON)
    assert [(bucket.label, bucket.count, bucket.length.total_seconds()) for bucket in tally.buckets] == [
        ("Zoe", 3, 16),
        ("Leo", 2, 90),
        ("Ana", 2, 90),
    ]
    assert tally.buckets[0].directions == {None: 2, Direction.INTERNAL: 1}
    assert (tally.total, tally.length, tally.longest, tally.measured, tally.left_out) == (
        4,
        timedelta(seconds=99),
        timedelta(seconds=90),
        3,
        0,
    ), "each call once, though it stands with two people"


async def test_directions_stand_in_order_and_none_is_left_out() -> None:
    ways = (None, Direction.INTERNAL, Direction.OUTBOUND, Direction.INBOUND, None)
    tally = await tallied([call(id_, direction=way) for id_, way in enumerate(ways, 1)], GroupBy.DIRECTION)
    assert [(bucket.label, bucket.count) for bucket in tally.buckets] == [
        ("inbound", 1),
        ("outbound", 1),
        ("internal", 1),
        ("unknown", 2),
    ]


def label(by: GroupBy, row: Recording) -> str | None:
    """What a recording is counted under."""
    if row.started_at is None:
        return None
    return row.started_at.astimezone(ZURICH).strftime(
        {GroupBy.HOUR: "%H", GroupBy.WEEKDAY: "%a", GroupBy.DAY: "%Y-%m-%d"}[by]
    )


@costly(5)
@given(ROWS, QUERIES)
async def test_the_sums_are_those_of_what_matches(rows: list[Recording], query: Query) -> None:
    found = [row for row in rows if matches(query, row, region=REGION)]
    ways = Counter(row.direction for row in found)
    timed = sum(row.started_at is not None for row in found)
    async with holding(rows) as archive:
        for by in GroupBy:
            tally = await archive.statistics(replace(SYSTEM, zone=ZURICH), query, by)
            assert tally.total == len(found)
            assert tally.measured == sum(row.length is not None for row in found)
            if by in {GroupBy.HOUR, GroupBy.WEEKDAY, GroupBy.DAY}:
                assert sum(bucket.count for bucket in tally.buckets) == timed
            else:
                continue
            for bucket in tally.buckets:
                those = [row for row in found if label(by, row) == bucket.label]
                assert {way: count for way, count in bucket.directions.items() if count} == Counter(
                    row.direction for row in those
                )
                length = sum((row.length.value for row in those if row.length), timedelta(0))
                assert bucket.length == timedelta(seconds=round(length.total_seconds()))
        told = await archive.statistics(replace(SYSTEM, zone=ZURICH), query, GroupBy.DIRECTION)
        assert {way: count for bucket in told.buckets for way, count in bucket.directions.items()} == dict(ways)
