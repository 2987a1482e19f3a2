"""No look-up gives away a recording outside the asker's scope: not as a row, and not in a count."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.archive import SqlArchive
from bot.domain.access import SYSTEM, AnyOf, Asker, is_in_scope
from bot.domain.matching import matches
from bot.domain.query import DirectionFilter, Order, Query, Sort, Term
from bot.domain.recording import Direction, Party, Recording
from bot.domain.statistics import GroupBy
from bot.domain.status import PbxActivity
from bot.errors import PbxNotFound, PbxUnreachable
from bot.services.lookup import Lookup
from tests.stage import FakeClock, FakePhones, costly, recording
from tests.tables import open_tables

SOON = timedelta(seconds=5)
PARTIES = (Party("Evelyn", "5566"), Party("Dave Harris", "5556"), Party("Harris", "5599"), Party("", "+442079460000"))
ROWS = tuple(
    recording(
        id_,
        caller=PARTIES[id_ % 4],
        callee=PARTIES[id_ // 4 % 4],
        direction=tuple(Direction)[id_ % 3],
        duration=timedelta(seconds=id_ * 7 % 100),
    )
    for id_ in range(1, 41)
)
TERMS = st.builds(Term, st.sampled_from(["evelyn", "harris", "5566", "55xx", "nobody"]), st.booleans())
FILTERS = st.builds(
    Query,
    ids=st.none() | st.tuples(st.integers(1, 20), st.integers(20, 60)),
    words=st.lists(TERMS, max_size=1).map(tuple),
    callers=st.lists(TERMS, max_size=2).map(tuple),
    parties=st.lists(TERMS, max_size=2).map(tuple),
    directions=st.lists(st.builds(DirectionFilter, st.sampled_from(Direction), st.booleans()), max_size=1).map(tuple),
    longer=st.none() | st.just(timedelta(seconds=50)),
)
SCOPES = st.lists(FILTERS, max_size=2).map(lambda queries: AnyOf(tuple(queries)))
QUERIES = st.one_of(
    FILTERS, st.builds(replace, FILTERS, sort=st.sampled_from(Sort), order=st.sampled_from(Order), count=st.just(3))
)


def asker(*queries: Query) -> Asker:
    return Asker(scope=AnyOf(queries))


@pytest.fixture
def lookup(phones: FakePhones, archive: SqlArchive, activity: PbxActivity, clock: FakeClock) -> Lookup:
    phones.rows = list(ROWS)
    return Lookup(phones, archive, activity, clock, nudge=lambda: None)


async def seen_in_listing(lookup: Lookup, asker: Asker, query: Query) -> tuple[list[Recording], int]:
    """Every row on every page, and the count."""
    rows: list[Recording] = []
    page = await lookup.listing(asker, query, patience=SOON)
    while page is not None:
        rows += page.rows
        assert page.total == 0 or page.last <= page.total
        if page.hint is not None:
            expected = [row for row in ROWS if in_scope(row, asker) and matches(page.hint.query, row)]
            assert page.hint.total == len(expected)
        if page.next is None:
            return rows, page.total
        page = await lookup.listing(asker, query, page.next, patience=SOON)
    raise AssertionError("the archive always answers")


def in_scope(row: Recording, asker: Asker) -> bool:
    return is_in_scope(row, asker.scope)


@costly(2)
@given(scope=SCOPES, query=QUERIES, is_away=st.booleans())
async def test_nothing_outside_the_scope_is_given_away(scope: AnyOf, query: Query, *, is_away: bool) -> None:
    """Listings on every page, counts, hints, statistics, the newest, the shown, one in full and its related calls."""
    phones, clock, narrow = FakePhones(rows=list(ROWS)), FakeClock(), Asker(scope=scope)
    async with open_tables("sqlite://") as database:
        lookup = Lookup(phones, SqlArchive(database, site="main"), PbxActivity(), clock, nudge=lambda: None)
        await lookup.listing(SYSTEM, Query(count=100), patience=SOON)
        phones.failure = PbxUnreachable("no route to host") if is_away else None

        allowed = {row.id for row in ROWS if in_scope(row, narrow)}
        expected = {row.id for row in ROWS if row.id in allowed and matches(query, row)}
        rows, total = await seen_in_listing(lookup, narrow, query)
        assert ({row.id for row in rows}, total) == (expected, len(expected))

        counted = await lookup.stats(narrow, query, GroupBy.PERSON, patience=SOON)
        assert counted.total == len(expected)
        assert {row.id for row in await lookup.newest(narrow, 100)} == allowed
        assert {row.id for row in await lookup.shown(narrow, tuple(range(1, 41)))} == allowed
        for row in ROWS[::7]:
            if row.id not in allowed:
                with pytest.raises(PbxNotFound):
                    await lookup.show(narrow, row.id, patience=SOON)
                continue
            shown = await lookup.show(narrow, row.id, patience=SOON)
            assert shown
            assert shown.recording == row
            assert {other.id for other in shown.others} <= allowed


async def test_a_plain_look_up_of_a_narrow_scope_is_answered_from_the_archive(
    lookup: Lookup, phones: FakePhones
) -> None:
    """It is brought up to date with the PBX's newest page first."""
    found = await lookup.listing(asker(Query(ids=(10, 12))), Query(count=2), patience=SOON)
    assert found
    assert ([row.id for row in found.rows], found.total, found.stale) == ([12, 11], 3, None)
    assert phones.requests == [(1, 100, Sort.ID, Order.DESC)]


async def test_a_scope_without_a_query_holds_nothing(lookup: Lookup) -> None:
    found = await lookup.listing(asker(), Query(), patience=SOON)
    assert found
    assert (found.rows, found.total, found.hint) == ((), 0, None)


async def test_a_recording_out_of_scope_cannot_be_told_from_one_that_does_not_exist(lookup: Lookup) -> None:
    narrow = asker(Query(ids=(10, 12)))
    messages = []
    for id_ in (13, 999):
        with pytest.raises(PbxNotFound) as raised:
            await lookup.show(narrow, id_, patience=SOON)
        messages.append(str(raised.value).replace(str(id_), "N"))
    assert messages[0] == messages[1]


async def test_askers_of_different_scopes_share_no_answer(lookup: Lookup, phones: FakePhones) -> None:
    """Who asks the same at the same time shares the request to the PBX alone."""
    phones.hang = asyncio.Event()
    askers = [SYSTEM, asker(Query(ids=(10, 12))), asker(Query(ids=(20, 21))), asker()]
    listings = [asyncio.create_task(lookup.listing(each, Query(count=5), patience=SOON)) for each in askers]
    shows = [asyncio.create_task(lookup.show(each, 11, patience=SOON)) for each in askers[:2]]
    await asyncio.sleep(0)
    phones.hang.set()
    ids = [[row.id for row in found.rows] for found in await asyncio.gather(*listings) if found]
    assert ids == [[40, 39, 38, 37, 36], [12, 11, 10], [21, 20], []]
    everything, narrow = await asyncio.gather(*shows)
    assert everything
    assert narrow
    assert {other.id for other in narrow.others} <= {10, 12}
