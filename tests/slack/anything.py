"""Any input at all: what hostile callers, odd PBXs and long outages may hand to the texts."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from bot.domain.alert import Alert, Happening
from bot.domain.health import Health, Level, Part
from bot.domain.query import MAX_ROWS, DirectionFilter, Order, Query, Sort, Term
from bot.domain.reconciliation import Reconciliation
from bot.domain.recording import Direction, Party, Recording
from bot.domain.results import Hint, Stale, StaleReason
from bot.domain.status import ChannelState, Status
from bot.domain.time_range import TimeRange
from tests.slack.makers import MORNING

BROAD = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)

NASTY = st.sampled_from(
    (
        "",
        "<!channel>",
        "<https://x|Bank>",
        "@everyone",
        "http://x.example",
        "&" * 300,
        "<" * 300,
        "```",
        "> quoted",
        "&gt;",
        "\u202eevil\u2066",
        "علي بن محمد " * 20,
        "\u200b",
        "👨\u200d👩\u200d👧" * 40,
        "e" + "\u0301" * 400,
        "\ud800",
        "W" * 500,
    )
)
NAMES = NASTY | st.text(max_size=30)
COUNTS = st.integers(0, 10**10)
MOMENTS = st.datetimes(timezones=st.just(UTC))
PERHAPS = st.none() | MOMENTS
CHANNEL_IDS = st.from_regex("[CGD][A-Z0-9]{1,10}", fullmatch=True) | NAMES

RECORDINGS = st.builds(
    Recording,
    id=st.integers(1, 10**10 - 1),
    started_at=PERHAPS,
    local_time=NAMES,
    uid=NAMES,
    caller=st.builds(Party, NAMES, NAMES),
    callee=st.builds(Party, NAMES, NAMES),
    direction=st.none() | st.sampled_from(Direction),
    duration=st.timedeltas(min_value=timedelta(0)),
    size=st.integers(0, 2**50),
    file=NAMES.map(lambda name: f"{name}.wav"),
)
FEW_ROWS = st.lists(RECORDINGS, max_size=6)


def many_rows(most: int) -> st.SearchStrategy[list[Recording]]:
    """From one to `most`, a few of them over and over."""
    few = st.lists(RECORDINGS, min_size=1, max_size=3)
    return st.builds(lambda rows, count: (rows * most)[:count], few, st.integers(1, most))


STALE = st.none() | st.builds(Stale, st.none() | st.just(MORNING), st.sampled_from(StaleReason))

DAYS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
TERMS = st.lists(st.builds(Term, NAMES.filter(bool), st.booleans()), max_size=4).map(tuple)
LENGTHS = st.none() | st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=9))
QUERIES = st.builds(
    Query,
    count=st.integers(1, MAX_ROWS),
    sort=st.sampled_from(Sort),
    order=st.sampled_from(Order),
    page=st.integers(1, 10**6),
    ids=st.none() | st.tuples(st.integers(0, 10**18), st.integers(0, 10**18)).map(lambda ids: (min(ids), max(ids))),
    words=TERMS,
    callers=TERMS,
    callees=TERMS,
    parties=TERMS,
    directions=st.lists(st.builds(DirectionFilter, st.sampled_from(Direction), st.booleans()), max_size=4).map(tuple),
    time_ranges=st.lists(st.builds(TimeRange, start=st.none() | DAYS, end=st.none() | DAYS), max_size=3).map(tuple),
    longer=LENGTHS,
    shorter=LENGTHS,
)
HINTS = st.none() | st.builds(Hint, QUERIES, st.integers(1, 1_000), st.booleans())

ALERTS = st.builds(
    Alert,
    happening=st.sampled_from(Happening),
    part=st.none() | st.sampled_from(Part),
    channel=CHANNEL_IDS,
    reason=NAMES,
    since=PERHAPS,
    until=PERHAPS,
    came=COUNTS,
    waiting=COUNTS,
    recordings=st.lists(st.integers(1, 10**18), max_size=500).map(tuple),
)
HEALTHS = st.builds(
    Health,
    part=st.sampled_from(Part),
    level=st.sampled_from(Level),
    since=PERHAPS,
    reason=NAMES,
    well_since=PERHAPS,
    is_reported=st.booleans(),
)
CHANNELS = st.builds(
    ChannelState,
    channel=CHANNEL_IDS,
    pending=COUNTS,
    oldest_pending_at=PERHAPS,
    last_sent_at=PERHAPS,
    last_delay=st.none() | st.timedeltas(),
    paused_since=PERHAPS,
    problem=NAMES,
)
STATUSES = st.builds(
    Status,
    now=MOMENTS,
    looked_at=PERHAPS,
    next_look_at=PERHAPS,
    problem=NAMES,
    token_until=PERHAPS,
    healths=st.lists(HEALTHS, max_size=4).map(tuple),
    watched_at=PERHAPS,
    stored=COUNTS,
    deleted=COUNTS,
    total=COUNTS,
    skipped=COUNTS,
    renewed_at=PERHAPS,
    history_done=st.booleans(),
    reconciliation=st.none()
    | st.builds(Reconciliation, at=MOMENTS, listed=COUNTS, stored=COUNTS, late=COUNTS, deleted=COUNTS, skipped=COUNTS),
    history_back_to=PERHAPS,
    channels=st.lists(CHANNELS, max_size=40).map(tuple),
    given_up=COUNTS,
)
