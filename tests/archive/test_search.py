"""Whatever is asked, the archive finds what `matches` says, in order, each once, however it is paged."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.archive import Database, SqlArchive
from bot.archive.search import PROBE
from bot.domain.access import SYSTEM, AnyOf, Asker, is_in_scope
from bot.domain.matching import matches
from bot.domain.query import Cursor, DirectionFilter, Order, Query, Side, Sort, Term
from bot.domain.recording import Direction, Party, Recording
from bot.domain.results import ListResult
from bot.domain.statistics import GroupBy
from bot.domain.time_range import TimeRange
from tests.stage import costly
from tests.tables import open_tables

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)
REGION = "GB"
NAMES = ("Evelyn", "Dave Harris", "José Núñez", "李梅", "王小明", "Łukasz", 'O\'Brien "Bob"', "", "ß", "*100% OR NOT")
NUMBERS = ("5566", "5556", "+442079460000", "02079460000", "020 7946 0000", "00442079460001", "*97", "", "sip-5566")
TEXTS = (
    *NAMES[:-1],
    *NUMBERS,
    "eve",
    "har",
    "梅",
    "小明",
    "n",
    "nunez",
    "55xx",
    "7946",
    "+44 20 7946 0000",
    '"',
    "OR",
    "gone",
)

PARTIES = st.builds(Party, st.sampled_from(NAMES), st.sampled_from(NUMBERS))
ROWS = st.lists(
    st.builds(
        Recording,
        id=st.integers(1, 60),
        started_at=st.none() | st.integers(0, 12).map(lambda hours: NOON + timedelta(hours=hours)),
        uid=st.sampled_from(["", "2022011217362446627", "202201131409043E81A"]),
        caller=PARTIES,
        callee=PARTIES,
        direction=st.none() | st.sampled_from(Direction),
        duration=st.sampled_from([timedelta(0), timedelta(seconds=90), timedelta(hours=1)]),
        size=st.sampled_from([0, 44, 4_148, 825_588]),
        file=st.sampled_from(["", "20220112173629-1641980184.14-5566-5556-Internal.wav", "x.MP3", "X.WAV"]),
    ),
    max_size=25,
    unique_by=lambda row: row.id,
)
TERMS = st.builds(Term, st.sampled_from([text for text in TEXTS if text]), st.booleans())
MOMENTS = st.builds(
    lambda hours, microseconds: NOON + timedelta(hours=hours, microseconds=microseconds),
    st.integers(0, 12),
    st.sampled_from([0, 1, -1]),
)
"""When calls start, and just before and after."""
SPANS = st.builds(TimeRange, start=st.none() | MOMENTS, end=st.none() | MOMENTS)
LENGTHS = st.none() | st.sampled_from([0, 1, 51, 52, 90, 91, 3_600, 3_601]).map(
    lambda length: timedelta(seconds=length)
)
QUERIES = st.builds(
    Query,
    count=st.integers(1, 5),
    sort=st.sampled_from(Sort),
    order=st.sampled_from(Order),
    ids=st.none() | st.tuples(st.integers(1, 30), st.integers(30, 60)),
    words=st.lists(TERMS, max_size=2).map(tuple),
    callers=st.lists(TERMS, max_size=2).map(tuple),
    callees=st.lists(TERMS, max_size=2).map(tuple),
    parties=st.lists(TERMS, max_size=2).map(tuple),
    directions=st.lists(st.builds(DirectionFilter, st.sampled_from(Direction), st.booleans()), max_size=2).map(tuple),
    time_ranges=st.lists(SPANS, max_size=2).map(tuple),
    longer=LENGTHS,
    shorter=LENGTHS,
)


LAST_TO_ARRIVE = 75
"""Calls that arrive for ever, a page each, would never be caught up with."""


@asynccontextmanager
async def holding(rows: Sequence[Recording]) -> AsyncIterator[SqlArchive]:
    async with open_tables("sqlite://") as database:
        archive = SqlArchive(database, site="main", region=REGION)
        await archive.set_baseline(rows, baseline=100, total=len(rows), now=NOON)
        yield archive


def expected(query: Query, rows: Sequence[Recording]) -> list[int]:
    """The ids of what is found, in order."""

    def place(row: Recording) -> tuple[Any, ...]:
        length = row.length.value if row.length else timedelta(0)
        started_at = row.started_at or datetime.fromtimestamp(0, UTC)
        keys: dict[Sort, Any] = {Sort.TIME: started_at, Sort.ID: 0, Sort.DURATION: length, Sort.SIZE: row.size}
        return keys[query.sort], row.id

    found = [row for row in rows if matches(query, row, region=REGION)]
    return [row.id for row in sorted(found, key=place, reverse=query.order is Order.DESC)]


@costly(3)
@given(ROWS, st.lists(QUERIES, min_size=1, max_size=4))
async def test_the_archive_finds_what_is_meant(rows: list[Recording], queries: list[Query]) -> None:
    async with holding(rows) as archive:
        for query in queries:
            wanted = expected(query, rows)
            assert await archive.count_matching(SYSTEM, query, most=1_000) == len(wanted)
            assert await by_number(archive, query) == wanted
            assert await by_turns(archive, query, len(wanted)) == wanted
            for page in (1, 2, 99):
                held = await archive.find(SYSTEM, replace(query, page=page), most=None)
                shown = wanted[(page - 1) * query.count : page * query.count]
                assert ([row.id for row in held.rows], held.total) == (shown, len(wanted))


@costly(3)
@given(ROWS, QUERIES, st.lists(QUERIES, max_size=2))
async def test_every_read_respects_a_narrow_scope(rows: list[Recording], query: Query, limits: list[Query]) -> None:
    scope = AnyOf(tuple(limits))
    asker = Asker(scope=scope)
    visible = [row for row in rows if is_in_scope(row, scope, region=REGION)]
    wanted = expected(query, visible)
    async with holding(rows) as archive:
        assert await archive.count_matching(asker, query, most=1_000) == len(wanted)
        assert await by_number(archive, query, asker) == wanted
        assert await by_turns(archive, query, len(wanted), asker) == wanted
        assert (await archive.find(asker, query, most=None)).total == len(wanted)
        assert {row.id for row in await archive.get(asker, [row.id for row in rows])} == {row.id for row in visible}
        for by in GroupBy:
            assert (await archive.statistics(asker, query, by)).total == len(wanted)
        for row in rows[:3]:
            assert set(await archive.between(asker, row, count=99)) <= set(visible)


def among_others() -> list[Recording]:
    """Two of each kind, and some at every edge of what the questions below ask."""
    ana, bob, nobody = Party("Ana", "5566"), Party("Bob Harris", "+442079460000"), Party()
    edges = (-1, 0, 1)
    calls: list[dict[str, Any]] = [
        *(
            {"direction": way, "caller": one, "callee": other}
            for way in (*Direction, None)
            for one, other in ((ana, bob), (bob, ana))
        ),
        *({"started_at": NOON + DAY + timedelta(seconds=edge), "caller": ana} for edge in edges),
        *({"started_at": NOON + 2 * DAY + timedelta(seconds=edge), "callee": bob} for edge in edges),
        *({"size": 44 + 16_000 * 51 + edge, "file": "x.wav", "caller": bob} for edge in edges),
        *({"duration": timedelta(seconds=51 + edge), "callee": ana} for edge in edges),
        *({"started_at": None, "caller": who} for who in (ana, nobody)),
        *({"caller": ana, "callee": ana} for _ in range(2)),
    ]
    return [
        Recording(**{"id": 30 - id_, "started_at": NOON + timedelta(hours=id_), **facts})
        for id_, facts in enumerate(calls)
    ]


def each_question() -> list[Query]:
    """Each filter alone and, of those that take several values, with two of them, wanted and not."""
    ana, bob, no_ana, no_bob = (Term(text, excluded) for excluded in (False, True) for text in ("ana", "020 7946 0000"))
    inbound, no_inbound, outbound, no_outbound = (
        DirectionFilter(way, excluded) for way in (Direction.INBOUND, Direction.OUTBOUND) for excluded in (False, True)
    )
    first, second = TimeRange(start=NOON + DAY), TimeRange(end=NOON + 2 * DAY)
    some = ((ana,), (ana, bob), (no_ana,), (no_ana, no_bob), (ana, no_bob), (Term("55xx"),), (Term("ha"),))
    length = timedelta(seconds=51)
    return [
        Query(),
        *(Query(words=terms) for terms in some),
        *(Query(callers=terms) for terms in some),
        *(Query(callees=terms) for terms in some),
        *(Query(parties=terms) for terms in some),
        Query(time_ranges=(TimeRange(end=NOON + timedelta(hours=1)), TimeRange(end=NOON + timedelta(hours=3)))),
        Query(
            time_ranges=(TimeRange(end=NOON), TimeRange(start=NOON + DAY + timedelta(microseconds=1), end=second.end))
        ),
        *(
            Query(directions=ways)
            for ways in ((inbound,), (inbound, outbound), (no_inbound,), (no_inbound, no_outbound))
        ),
        *(Query(time_ranges=spans) for spans in ((first,), (second,), (first, second), (TimeRange(),))),
        Query(time_ranges=(TimeRange(start=first.start, end=second.end),)),
        Query(time_ranges=(TimeRange(start=NOON, end=NOON + timedelta(hours=2)), TimeRange(start=second.end))),
        Query(
            time_ranges=(TimeRange(start=NOON + timedelta(microseconds=1), end=NOON + DAY + timedelta(microseconds=1)),)
        ),
        *(Query(longer=longer) for longer in (timedelta(0), length, length + timedelta(seconds=1))),
        *(Query(shorter=shorter) for shorter in (timedelta(0), length, length - timedelta(seconds=1))),
        Query(longer=length, shorter=length),
        *(Query(ids=ids) for ids in ((10, 20), (20, 20), (1, 9), (900, 999))),
        Query(words=(ana,), callees=(bob,), directions=(no_inbound,), time_ranges=(second,), ids=(1, 40)),
    ]


async def test_each_question_alone_finds_what_is_meant_and_counts_it() -> None:
    rows = among_others()
    async with holding(rows) as archive:
        for query, sort in zip(each_question(), cycle(Sort), strict=False):
            for asked in (
                replace(query, count=3),
                replace(query, count=3, page=2),
                replace(query, count=5, sort=sort, order=Order.ASC),
            ):
                wanted = expected(asked, rows)
                skip = (asked.page - 1) * asked.count
                shown = wanted[skip : skip + asked.count]
                held = await archive.find(SYSTEM, asked, most=None)
                found = [row.id for row in held.rows], held.first, held.total
                assert found == (shown, skip + 1 if shown else 0, len(wanted)), asked


async def test_a_page_that_is_turned_to_is_of_as_many_as_any_other() -> None:
    rows = among_others()
    async with holding(rows) as archive:
        for query in (Query(count=9), Query(count=9, words=(Term("ana"),))):
            wanted = expected(query, rows)
            for side, shown in ((Side.BEFORE, wanted[:3]), (Side.AFTER, wanted[4:13])):
                anchor = next(row for row in rows if row.id == wanted[3])
                turn = Cursor(side=side, id=anchor.id, at=anchor.started_at, position=4)
                held = await archive.find(SYSTEM, query, turn, most=None)
                assert ([row.id for row in held.rows], held.total) == (shown, len(wanted))


async def by_number(archive: SqlArchive, query: Query, asker: Asker = SYSTEM) -> list[int]:
    ids: list[int] = []
    for page in range(1, 99):
        rows, first = await archive.page(asker, replace(query, page=page))
        if not rows:
            return ids
        assert first == len(ids) + 1
        ids += [row.id for row in rows]
    raise AssertionError("no end")


async def by_turns(archive: SqlArchive, query: Query, total: int, asker: Asker = SYSTEM) -> list[int]:
    """Forwards, and then backwards to the first page."""
    rows, first = await archive.page(asker, query)
    page = ListResult(query=query, rows=rows, total=total, first=first)
    ids = [row.id for row in rows]
    while page.next:
        rows, first = await archive.page(asker, query, page.next)
        assert first == len(ids) + 1
        page = ListResult(query=query, rows=rows, total=total, first=first)
        ids += [row.id for row in rows]
    back = [row.id for row in page.rows]
    while page.previous:
        rows, first = await archive.page(asker, query, page.previous)
        page = ListResult(query=query, rows=rows, total=total, first=first)
        back = [row.id for row in rows] + back
    assert back == ids
    return ids


@costly(5)
@given(ROWS, QUERIES, st.integers(61, 70))
async def test_no_row_repeats_and_none_is_skipped_while_calls_arrive(
    rows: list[Recording], query: Query, fresh: int
) -> None:
    """Of those that were there at first."""
    async with holding(rows) as archive:
        wanted, seen = expected(query, rows), list[int]()
        found, first = await archive.page(SYSTEM, query)
        while found:
            seen += [row.id for row in found]
            if fresh < LAST_TO_ARRIVE:
                new = Recording(id=fresh, started_at=NOON + timedelta(hours=fresh), caller=Party("Evelyn", "5566"))
                await archive.store([new], now=NOON)
                fresh += 1
            page = ListResult(query=query, rows=found, total=10**6, first=first)
            assert page.next
            found, first = await archive.page(SYSTEM, query, page.next)
        assert len(seen) == len(set(seen))
        assert [id_ for id_ in seen if id_ <= 60] == [id_ for id_ in wanted if id_ in seen]
        assert set(wanted) <= set(seen)


async def test_what_a_row_is_found_by_changes_with_it() -> None:
    before = Recording(id=1, started_at=None, caller=Party("Evelyn", ""))
    async with holding([before]) as archive:
        after = replace(before, started_at=NOON, caller=Party("Evelina", "5566"))
        await archive.store([after], now=NOON)
        assert await archive.count_matching(SYSTEM, Query(words=(Term("evelina"),)), most=9) == 1
        assert await archive.count_matching(SYSTEM, Query(words=(Term("evelyn"),)), most=9) == 0
        rows, _ = await archive.page(SYSTEM, Query(words=(Term("5566"),)))
        assert rows == (after,)


async def test_a_generation_that_is_over_is_not_searched() -> None:
    row = Recording(id=1, started_at=NOON, caller=Party("Evelyn", "5566"))
    async with holding([row]) as archive:
        await archive.start_generation([replace(row, caller=Party("Leo", "5555"), uid="new")], total=1, now=NOON)
        assert await archive.count_matching(SYSTEM, Query(words=(Term("evelyn"),)), most=9) == 0
        assert await archive.count_matching(SYSTEM, Query(words=(Term("leo"),)), most=9) == 1
        for query in (Query(), Query(ids=(1, 1)), Query(sort=Sort.SIZE), Query(parties=(Term("leo"),))):
            held = await archive.find(SYSTEM, query, most=None)
            assert ([found.caller.name for found in held.rows], held.total) == (["Leo"], 1)


async def test_counting_stops_behind_the_most_that_is_asked_for() -> None:
    rows = [Recording(id=id_, started_at=NOON, caller=Party("Evelyn", "5566")) for id_ in range(1, 31)]
    async with holding(rows) as archive:
        asked = Query(words=(Term("evelyn"),))
        assert [await archive.count_matching(SYSTEM, asked, most=most) for most in (10, 29, 30, 31)] == [11, 30, 30, 30]


async def test_each_question_is_of_one_site(database: Database) -> None:
    here, there = SqlArchive(database, site="main"), SqlArchive(database, site="branch")
    ana, bob = Party("Ana", "5566"), Party("Bob", "5555")
    for archive, first in ((here, 1), (there, 11)):
        rows = [
            Recording(id=first + day, started_at=NOON + timedelta(days=first + day), caller=ana, callee=bob)
            for day in range(2)
        ]
        await archive.set_baseline(rows, baseline=20, total=9, now=NOON)
    for query in (Query(), Query(words=(Term("ana"),)), Query(parties=(Term("5566"),)), Query(sort=Sort.DURATION)):
        held = await there.find(SYSTEM, query, most=None)
        assert (sorted(row.id for row in held.rows), held.total) == ([11, 12], 2)
        assert await there.count_matching(SYSTEM, query, most=9) == 2
        assert (await there.statistics(SYSTEM, query, GroupBy.DAY)).total == 2
    assert held.complete_since == await there.oldest_start() == NOON + timedelta(days=11)
    assert [row.id for row in await there.between(SYSTEM, rows[0], count=5)] == [12]


@pytest.mark.parametrize("continuations", [1, 59, 60, 61, 62, 120])
async def test_a_short_word_is_found_whatever_follows_it(continuations: int) -> None:
    """The index knows three characters; for fewer it is asked for all that may follow, unless they are too many."""
    following = [chr(0x4E00 + number) for number in range(continuations)]
    rows = [Recording(id=id_, started_at=NOON, caller=Party(f"qj{sign}")) for id_, sign in enumerate(following, 1)]
    async with holding([*rows, Recording(id=900, started_at=NOON, caller=Party("q j"))]) as archive:
        found = await archive.find(SYSTEM, Query(words=(Term("qj"),)), most=None)
        assert found.total == continuations


@pytest.mark.parametrize(
    ("side", "ids", "first"),
    [
        pytest.param(Side.AFTER, [14, 13, 12], 7, id="below it"),
        pytest.param(Side.BEFORE, [18, 17, 16], 3, id="above it"),
    ],
)
async def test_the_rows_beside_a_row_are_told_where_they_stand(side: Side, ids: list[int], first: int) -> None:
    """Wherever the row stood when it was shown."""
    rows = [Recording(id=id_, started_at=NOON + timedelta(minutes=id_), caller=Party("Evelyn")) for id_ in range(1, 21)]
    query = Query(words=(Term("evelyn"),), count=3)
    async with holding(rows) as archive:
        found = await archive.find(
            SYSTEM, query, Cursor(side=side, id=15, at=rows[14].started_at, position=4), most=None
        )
    assert ([row.id for row in found.rows], found.first, found.total) == (ids, first, 20)


@pytest.mark.parametrize(
    ("most", "is_exact"),
    [
        pytest.param(None, True, id="without a limit"),
        pytest.param(5_000, True, id="up to more than there are"),
        pytest.param(100, False, id="up to fewer than are known already"),
    ],
)
async def test_many_matches_are_counted_as_far_as_is_wanted(most: int | None, is_exact: bool) -> None:
    count = PROBE + 100
    rows = [Recording(id=id_, started_at=NOON, direction=Direction.INBOUND) for id_ in range(1, count + 1)]
    query = Query(directions=(DirectionFilter(Direction.INBOUND),))
    async with holding(rows) as archive:
        total = (await archive.find(SYSTEM, query, most=most)).total
    assert total == count if is_exact else 100 < total < count


async def test_how_far_the_archive_reaches_back_is_told_by_calls_whose_time_is_known() -> None:
    rows = [Recording(id=1, started_at=None), Recording(id=2, started_at=NOON), Recording(id=3, started_at=NOON - DAY)]
    async with holding(rows) as archive:
        assert await archive.oldest_start() == NOON - DAY
        assert (await archive.find(SYSTEM, Query(), most=None)).complete_since is None, "all of the history is held"


async def test_the_other_calls_between_the_same_two() -> None:
    ana, bob = Party("Ana", "5566"), Party("Bob", "+442079460000")
    rows = [
        Recording(id=1, started_at=NOON, caller=ana, callee=bob),
        Recording(id=2, started_at=NOON + timedelta(hours=1), caller=bob, callee=ana),
        Recording(id=3, started_at=NOON + timedelta(hours=2), caller=ana, callee=Party("Leo", "5555")),
        Recording(id=4, started_at=NOON + timedelta(hours=3), caller=ana, callee=Party("", "020 7946 0000")),
    ]
    async with holding(rows) as archive:
        assert [row.id for row in await archive.between(SYSTEM, rows[0], count=5)] == [4, 2]
        assert [row.id for row in await archive.between(SYSTEM, rows[0], count=1)] == [4]
        assert await archive.between(SYSTEM, replace(rows[0], callee=Party()), count=5) == ()


async def test_as_many_other_calls_as_are_asked_for_the_newest_first() -> None:
    """Whoever called, and wherever among them the recording itself stands; ids do not tell when a call was."""
    ana, bob = Party("Ana", "5566"), Party("Bob", "5555")
    ends = [(ana, bob), (ana, bob), (bob, ana), (ana, bob), (bob, ana), (bob, ana)]
    rows = [
        Recording(id=id_, started_at=NOON - timedelta(hours=id_), caller=caller, callee=callee)
        for id_, (caller, callee) in enumerate(ends, 1)
    ]
    async with holding(rows) as archive:
        for row, count in product(rows, range(1, 8)):
            found = await archive.between(SYSTEM, row, count=count)
            assert [other.id for other in found] == [other.id for other in rows if other != row][:count]


@pytest.mark.parametrize(
    "word", ['"', "'", "*", "a*", "a OR b", "NEAR(a b)", "body:x", "-", "^a", "\x00", "%", "_", "\\"]
)
async def test_no_word_is_taken_for_a_command(word: str) -> None:
    async with holding([Recording(id=1, started_at=NOON, caller=Party("Evelyn", "5566"))]) as archive:
        assert await archive.count_matching(SYSTEM, Query(words=(Term(word),)), most=9) == 0
