import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive import SqlArchive, SqlOutbox
from bot.domain.found import Held, Hint
from bot.domain.query import Order, Query, Sort, Term, Turn
from bot.domain.status import Activity
from bot.domain.sync import Kept
from bot.domain.tally import By
from bot.errors import ArchiveError, PbxForbidden, PbxLoginRefused, PbxNotFound, PbxUnreachable
from bot.services.lately import FRESH
from bot.services.lookup import Lookup
from bot.services.sync import Sync
from tests.stage import NOON, FakeClock, FakePhones, recording

SOON = timedelta(seconds=5)
AT_ONCE = timedelta(milliseconds=5)
LATER = timedelta(minutes=5)


class Nudges:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def nudges() -> Nudges:
    return Nudges()


@pytest.fixture
def lookup(phones: FakePhones, archive: SqlArchive, activity: Activity, clock: FakeClock, nudges: Nudges) -> Lookup:
    phones.add(range(1, 185))
    return Lookup(phones, archive, activity, clock, nudge=nudges)


async def test_the_pbx_is_asked_as_typed(lookup: Lookup, phones: FakePhones) -> None:
    query = Query(count=10, sort=Sort.TIME, order=Order.ASC, page=2)
    found = await lookup.listing(query, patience=SOON)
    assert found
    assert phones.requests == [(2, 10, Sort.TIME, Order.ASC)]
    assert [row.id for row in found.rows] == list(range(11, 21))
    assert (found.first, found.last, found.total, found.stale) == (11, 20, 184, None)


async def test_fifty_who_ask_the_same_cost_one_request(lookup: Lookup, phones: FakePhones) -> None:
    answers = await asyncio.gather(*(lookup.listing(Query(), patience=SOON) for _ in range(50)))
    assert len(phones.requests) == 1
    assert len(set(map(id, answers))) == 1


async def test_a_burst_of_questions_with_filters_costs_the_pbx_one_request_a_second(
    lookup: Lookup, phones: FakePhones, clock: FakeClock
) -> None:
    for word in ("one", "two", "three"):
        await lookup.listing(Query(words=(Term(word),)), patience=SOON)
    assert len(phones.requests) == 1
    clock.time += FRESH
    phones.add([185])
    found = await lookup.listing(Query(ids=(185, 185)), patience=SOON)
    assert found
    assert [row.id for row in found.rows] == [185]
    assert len(phones.requests) == 2


async def test_the_same_question_in_the_same_second_is_read_once_unless_a_call_came(
    lookup: Lookup, phones: FakePhones, archive: SqlArchive
) -> None:
    evelyn = Query(words=(Term("evelyn"),))
    first = await lookup.listing(evelyn, patience=SOON)
    assert await archive.keep([recording(185)], now=NOON) != Kept(), "as another process would"
    assert await lookup.listing(evelyn, patience=SOON) == first
    phones.add([185, 186])
    await lookup.listing(Query(), patience=SOON)
    found = await lookup.listing(evelyn, patience=SOON)
    assert found
    assert found.rows[0].id == 186


async def test_who_asks_after_a_call_came_does_not_share_what_was_read_before(
    lookup: Lookup, phones: FakePhones, clock: FakeClock
) -> None:
    evelyn = Query(words=(Term("evelyn"),))
    await lookup.listing(evelyn, patience=SOON)
    clock.time += FRESH
    phones.add([185])
    answers = await asyncio.gather(*(lookup.listing(evelyn, patience=SOON) for _ in range(9)))
    assert {answer.rows[0].id for answer in answers if answer} == {185}


class Counting(SqlArchive):
    """Counts how often it is read for a look-up."""

    finds = 0

    async def find(self, query: Query, turn: Turn | None = None, *, most: int | None) -> Held:
        self.finds += 1
        await asyncio.sleep(0)
        return await super().find(query, turn, most=most)


async def test_nine_who_ask_the_same_at_once_are_read_for_once(
    engine: AsyncEngine, phones: FakePhones, activity: Activity, clock: FakeClock
) -> None:
    phones.add(range(1, 12))
    archive = Counting(engine, site="main")
    lookup = Lookup(phones, archive, activity, clock, nudge=lambda: None)
    evelyn = Query(words=(Term("evelyn"),))
    await asyncio.gather(*(lookup.listing(evelyn, patience=SOON) for _ in range(9)))
    assert archive.finds == 1


async def test_a_page_that_did_not_come_serves_nobody(lookup: Lookup, phones: FakePhones) -> None:
    phones.failure = PbxUnreachable("no route")
    stale = await lookup.listing(Query(words=(Term("one"),)), patience=SOON)
    phones.failure = None
    fresh = await lookup.listing(Query(words=(Term("two"),)), patience=SOON)
    assert stale
    assert stale.stale
    assert fresh
    assert fresh.stale is None


async def test_one_who_gives_up_does_not_end_it_for_the_others(lookup: Lookup, phones: FakePhones) -> None:
    phones.hang = asyncio.Event()
    impatient = asyncio.create_task(lookup.listing(Query(), patience=SOON))
    patient = asyncio.create_task(lookup.listing(Query(), patience=SOON))
    await asyncio.sleep(0)
    impatient.cancel()
    phones.hang.set()
    found = await patient
    assert found
    assert found.stale is None


async def test_what_a_look_up_meets_first_is_still_posted(
    lookup: Lookup, sync: Sync, phones: FakePhones, outbox: SqlOutbox, nudges: Nudges
) -> None:
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    phones.add([185])
    await lookup.listing(Query(), patience=SOON)
    assert nudges.count == 1
    assert await sync.poll() == Kept(), "the look-up has stored it"
    states = await outbox.states()
    assert states[0].owed == 2, "the welcome and the recording"


async def test_a_page_past_the_end_is_empty(lookup: Lookup) -> None:
    found = await lookup.listing(Query(page=99), patience=SOON)
    assert found
    assert (found.rows, found.first, found.last, found.total) == ((), 0, 0, 184)
    assert (found.next, found.previous) == (None, None)


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        pytest.param(PbxUnreachable("no answer"), "PBX not reachable", id="down"),
        pytest.param(PbxLoginRefused("wrong secret"), "PBX refuses to answer", id="login refused"),
        pytest.param(PbxForbidden("no right"), "PBX refuses to answer", id="forbidden"),
    ],
)
async def test_the_archive_stands_in_and_says_how_old_it_is(
    lookup: Lookup, phones: FakePhones, clock: FakeClock, activity: Activity, failure: Exception, reason: str
) -> None:
    await lookup.listing(Query(), patience=SOON)
    clock.time += LATER
    phones.failure = failure  # type: ignore[assignment]
    found = await lookup.listing(Query(count=5), patience=SOON)
    assert found
    assert found.stale
    assert (found.stale.reason, found.stale.as_of) == (reason, NOON)
    assert [row.id for row in found.rows] == [184, 183, 182, 181, 180]
    assert activity.failing_since == NOON + LATER


async def test_a_page_turn_goes_on_in_the_archive_when_the_pbx_goes_away(lookup: Lookup, phones: FakePhones) -> None:
    await lookup.listing(Query(count=30), patience=SOON)
    first = await lookup.listing(Query(count=10), patience=SOON)
    assert first
    phones.failure = PbxUnreachable("no answer")
    second = await lookup.listing(Query(count=10), first.next, patience=SOON)
    assert second
    assert second.stale
    assert [row.id for row in second.rows] == list(range(174, 164, -1))


async def test_a_slow_pbx_is_not_waited_for_when_the_archive_can_answer(lookup: Lookup, phones: FakePhones) -> None:
    await lookup.listing(Query(), patience=SOON)
    phones.hang = asyncio.Event()
    found = await lookup.listing(Query(count=5), patience=AT_ONCE)
    assert found
    assert found.stale
    assert found.stale.reason == "PBX slow to answer"
    await lookup.close()


async def test_a_slow_pbx_and_an_empty_archive_leave_the_request_going(lookup: Lookup, phones: FakePhones) -> None:
    phones.hang = asyncio.Event()
    assert await lookup.listing(Query(), patience=AT_ONCE) is None
    phones.hang.set()
    found = await lookup.listing(Query(), patience=SOON)
    assert found
    assert len(found.rows) == 10
    assert len(phones.requests) == 1, "the second one has joined the first"


async def test_without_pbx_and_archive_the_error_is_the_answer(lookup: Lookup, phones: FakePhones) -> None:
    phones.failure = PbxUnreachable("no answer")
    with pytest.raises(PbxUnreachable):
        await lookup.listing(Query(), patience=SOON)


async def test_an_archive_that_cannot_be_written_takes_no_answer_with_it(
    phones: FakePhones, archive: SqlArchive, activity: Activity, clock: FakeClock
) -> None:
    class Full:
        """A disk that is full."""

        async def keep(self, *_: object, **__: object) -> Kept:
            raise ArchiveError("The disk is full")

    phones.add(range(1, 4))
    lookup = Lookup(phones, Full(), activity, clock, nudge=lambda: None)  # type: ignore[arg-type]
    found = await lookup.listing(Query(), patience=SOON)
    assert found
    assert len(found.rows) == 3


async def test_one_recording_is_shown_live(lookup: Lookup) -> None:
    found = await lookup.show(100, patience=SOON)
    assert found
    assert (found.recording.id, found.stale) == (100, None)


async def test_a_recording_that_the_pbx_has_deleted_is_shown_as_such(lookup: Lookup, phones: FakePhones) -> None:
    await lookup.show(100, patience=SOON)
    phones.remove([100])
    found = await lookup.show(100, patience=SOON)
    assert found
    assert (found.is_gone, found.stale) == (True, None)


async def test_a_recording_that_nobody_knows_is_not_found(lookup: Lookup) -> None:
    with pytest.raises(PbxNotFound):
        await lookup.show(9_999, patience=SOON)


async def test_a_recording_is_shown_from_the_archive_while_the_pbx_hangs(lookup: Lookup, phones: FakePhones) -> None:
    await lookup.show(100, patience=SOON)
    phones.hang = asyncio.Event()
    found = await lookup.show(100, patience=AT_ONCE)
    assert found
    assert found.stale
    await lookup.close()


async def test_what_was_shown_can_be_shown_again(lookup: Lookup) -> None:
    await lookup.listing(Query(count=5), patience=SOON)
    assert [row.id for row in await lookup.shown((184, 182))] == [184, 182]


@pytest.fixture
async def synced(sync: Sync, phones: FakePhones, lookup: Lookup) -> Lookup:
    """All of the PBX's recordings are held."""
    await sync.poll()
    await sync.fill(pause=timedelta(0))
    return lookup


def only(id_: int) -> Query:
    return Query(ids=(id_, id_))


async def test_a_filter_is_answered_from_the_archive_once_it_is_up_to_date(synced: Lookup, phones: FakePhones) -> None:
    phones.add([185])
    found = await synced.listing(only(185), patience=SOON)
    assert found
    assert ([row.id for row in found.rows], found.total, found.stale) == ([185], 1, None)


@pytest.mark.parametrize("trouble", ["hangs", "fails"])
async def test_a_filter_is_answered_without_the_pbx(synced: Lookup, phones: FakePhones, trouble: str) -> None:
    phones.hang = asyncio.Event() if trouble == "hangs" else None
    phones.failure = PbxUnreachable("no answer")
    found = await synced.listing(only(184), patience=AT_ONCE)
    assert found
    assert [row.id for row in found.rows] == [184]
    assert found.stale
    assert found.stale.reason == ("PBX slow to answer" if trouble == "hangs" else "PBX not reachable")
    await synced.close()


async def test_turning_a_page_of_a_filter_asks_the_pbx_nothing(synced: Lookup, phones: FakePhones) -> None:
    found = await synced.listing(Query(ids=(1, 184)), patience=SOON)
    assert found
    asked = len(phones.requests)
    found = await synced.listing(Query(ids=(1, 184)), found.next, patience=SOON)
    assert found
    assert (len(phones.requests), found.first, found.total) == (asked, 11, 184)


async def test_counting_has_an_end(synced: Lookup, phones: FakePhones, sync: Sync) -> None:
    phones.add(range(185, 1_300))
    await sync.poll()
    found = await synced.listing(Query(words=(Term("evelyn"),)), patience=SOON)
    assert found
    assert (found.total, found.is_least) == (1_000, True)


async def test_an_empty_answer_offers_the_nearest_question_that_finds_something(synced: Lookup) -> None:
    found = await synced.listing(Query(words=(Term("evelyn"),), longer=timedelta(hours=9)), patience=SOON)
    assert found
    assert found.hint == Hint(Query(words=(Term("evelyn"),)), 184)
    found = await synced.listing(Query(words=(Term("nobody"),), longer=timedelta(hours=9)), patience=SOON)
    assert found
    assert found.hint is None


async def test_while_the_history_is_read_in_it_is_told_how_far(sync: Sync, lookup: Lookup, clock: FakeClock) -> None:
    await sync.poll()
    found = await lookup.listing(Query(words=(Term("evelyn"),)), patience=SOON)
    assert found
    assert found.back_to == recording(85).started_at
    await sync.fill(pause=timedelta(0))
    clock.time += FRESH
    found = await lookup.listing(Query(words=(Term("evelyn"),)), patience=SOON)
    assert found
    assert found.back_to is None


async def test_beside_a_recording_stand_the_others_between_the_same_two(synced: Lookup) -> None:
    found = await synced.show(100, patience=SOON)
    assert found
    assert [row.id for row in found.others] == [184, 183, 182, 181, 180]


async def test_statistics_are_of_all_that_is_held(synced: Lookup, phones: FakePhones) -> None:
    phones.add([185])
    counted = await synced.stats(Query(), By.DIRECTION, patience=SOON)
    assert (counted.total, [bucket.label for bucket in counted.buckets]) == (185, ["internal"])
