"""Tallies with boring defaults, and any tally at all."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.domain.query import Query
from bot.domain.recording import Direction
from bot.domain.statistics import Bucket, GroupBy, Statistics

PEOPLE = ("Evelyn", "Dave Harris", "علي بن محمد", "Ελένη", "山田太郎", "+44 20 7946 0000", "W" * 80, "$x$ \\frac", "")
WAYS = st.dictionaries(st.sampled_from((*Direction, None)), st.integers(0, 10**6))
LENGTHS = st.timedeltas(timedelta(0), timedelta(days=4_000))


def bucket(label: str, *counts: int, **told: Any) -> Bucket:
    """Inbound, outbound, internal and unknown, as many as are told."""
    return Bucket(label=label, directions=dict(zip((*Direction, None), counts, strict=False)), **told)


def tally(by: GroupBy, *buckets: Bucket, **told: Any) -> Statistics:
    """Every recording is three minutes long."""
    total = sum(bucket.count for bucket in buckets)
    usual: dict[str, Any] = {
        "query": Query(),
        "total": total,
        "length": total * timedelta(minutes=3),
        "measured": total,
        "longest": timedelta(minutes=3),
    }
    return Statistics(by=by, buckets=buckets, **(usual | told))


HOURS = tally(GroupBy.HOUR, *(bucket(f"{hour:02}", hour, 3, 2) for hour in range(7, 20)))


def labels(by: GroupBy, count: int) -> list[str]:
    """As the archive names buckets: so many days, and of the others as many as there can be."""
    match by:
        case GroupBy.HOUR:
            return [f"{hour:02}" for hour in range(min(count, 24))]
        case GroupBy.DAY:
            return [str(date(2026, 11, 24) - timedelta(days=day)) for day in reversed(range(count))]
        case GroupBy.WEEKDAY:
            return ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        case GroupBy.PERSON:
            return [PEOPLE[place % len(PEOPLE)] for place in range(min(count, 15))]
        case GroupBy.DIRECTION:
            return [*Direction, "unknown"]


@st.composite
def tallies(drawn: st.DrawFn, names: st.SearchStrategy[str] | None = None) -> Statistics:
    """Any tally with a bucket. People have these `names`, if any are told."""
    by = drawn(st.sampled_from(GroupBy))
    told = labels(by, drawn(st.integers(1, 120)))
    ways = drawn(st.lists(WAYS, min_size=1, max_size=8))
    if by is GroupBy.PERSON and names is not None:
        told = [drawn(names) for _ in told]
    buckets = (
        Bucket(label=label, directions=ways[place % len(ways)], length=drawn(LENGTHS))
        for place, label in enumerate(told)
    )
    return tally(by, *buckets, left_out=drawn(st.integers(0, 10**6)))
