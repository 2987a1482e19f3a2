"""Any query, for the properties of whatever takes one."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from bot.domain.folding import fold
from bot.domain.query import MAX_ROWS, DirectionFilter, Order, Query, Sort, Term
from bot.domain.recording import Direction
from bot.domain.time_range import TimeRange

ODD = (
    "yesterday",
    "Monday",
    "10",
    "latest",
    "by",
    "@ana",
    "<@U0ANA>",
    "<!here>",
    "-x",
    "–x",
    "a:b",
    "“x”",
    "&amp;",
    "#5",
)
"""Texts that would mean something else if they were not quoted."""
TEXTS = st.sampled_from(ODD) | st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=20
).filter(lambda text: text == " ".join(text.split()) and fold(text))
"""What a word can hold: no line end, a single blank between two words, and something to look for."""
TERMS = st.builds(Term, TEXTS, st.booleans())
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
SPANS = st.builds(TimeRange, start=st.none() | MOMENTS, end=st.none() | MOMENTS)
LENGTHS = st.none() | st.integers(0, 3_000_000).map(lambda seconds: timedelta(seconds=seconds))
IDS = st.none() | st.lists(st.integers(0, 10**18 - 1), min_size=2, max_size=2).map(sorted).map(tuple)


def terms() -> st.SearchStrategy[tuple[Term, ...]]:
    return st.lists(TERMS, max_size=3).map(tuple)


QUERIES = st.builds(
    Query,
    count=st.integers(1, MAX_ROWS),
    sort=st.sampled_from(Sort),
    order=st.sampled_from(Order),
    page=st.integers(1, 10_000),
    ids=IDS,
    words=terms(),
    callers=terms(),
    callees=terms(),
    parties=terms(),
    directions=st.lists(st.builds(DirectionFilter, st.sampled_from(Direction), st.booleans()), max_size=3).map(tuple),
    time_ranges=st.lists(SPANS, max_size=3).map(tuple),
    longer=LENGTHS,
    shorter=LENGTHS,
)
