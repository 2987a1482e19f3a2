import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from bot.archive import Database, SqlArchive, SqlOutbox, SqlReconciliations
from bot.domain.access import SYSTEM, Asker
from bot.domain.query import Cursor, Order, Query, Side, Sort, Term
from bot.domain.recording import Party, Recording
from bot.domain.results import Hint, Stale, StaleReason
from bot.domain.statistics import GroupBy
from bot.domain.status import PbxActivity
from bot.domain.sync import StoreResult
from bot.domain.time_range import TimeRange
from bot.errors import ArchiveError, PbxError, PbxForbidden, PbxLoginRefused, PbxNotFound, PbxUnreachable
from bot.services.lookup import Lookup
from bot.services.sync import Sync
from tests.stage import NOON, FakeClock, FakePhones, recording

HANG, FAIL = "hangs", "fails"

SOON = timedelta(seconds=5)
AT_ONCE = timedelta(milliseconds=5)
LATER = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


class Nudges:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def trouble(phones: FakePhones, kind: str) -> None:
    """The PBX does not answer any more, or refuses the connection."""
    phones.hang = asyncio.Event() if kind == HANG else None
    phones.failure = PbxUnreachable("no route to host")


def call(phones: FakePhones, id_: int, **facts: object) -> None:
    """The PBX lists this recording, which is another than the one it listed under that id, if any."""
    phones.remove([id_])
    phones.rows.append(recording(id_, **facts))


@pytest.fixture
def unlogged() -> Iterator[None]:
    """Tracebacks are not drawn, which takes longer than the test."""
    with capture_logs():
        yield


@pytest.fixture
def nudges() -> Nudges:
    return Nudges()


@pytest.fixture
def lookup(phones: FakePhones, archive: SqlArchive, activity: PbxActivity, clock: FakeClock, nudges: Nudges) -> Lookup:
    phones.add(range(1, 185))
    return Lookup(phones, archive, activity, clock, nudge=nudges)


async def test_the_pbx_is_asked_as_typed(lookup: Lookup, phones: FakePhones) -> None:
    query = Query(count=10, sort=Sort.TIME, order=Order.ASC, page=2)
    found = await lookup.listing(SYSTEM, query, patience=SOON)
    assert found
    assert phones.requests == [(2, 10, Sort.TIME, Order.ASC)]
    assert [row.id for row in found.rows] == list(range(11, 21))
    assert (found.first, found.last, found.total, found.stale) == (11, 20, 184, None)


async def test_fifty_who_ask_the_same_cost_one_request(lookup: Lookup, phones: FakePhones) -> None:
    answers = await asyncio.gather(*(lookup.listing(SYSTEM, Query(), patience=SOON) for _ in range(50)))
    assert len(phones.requests) == 1
    assert len(set(map(id, answers))) == 1


async def test_a_burst_of_look_ups_with_filters_costs_one_request_at_a_time(lookup: Lookup, phones: FakePhones) -> None:
    queries = [Query(words=(Term(word),)) for word in ("one", "two", "three")]
    await asyncio.gather(*(lookup.listing(SYSTEM, query, patience=SOON) for query in queries))
    assert len(phones.requests) == 1
    phones.add([185])
    found = await lookup.listing(SYSTEM, Query(ids=(185, 185)), patience=SOON)
    assert found
    assert [row.id for row in found.rows] == [185]
    assert len(phones.requests) == 2


async def test_who_asks_after_a_call_came_does_not_share_what_was_read_before(
    lookup: Lookup, phones: FakePhones, clock: FakeClock
) -> None:
    evelyn = Query(words=(Term("evelyn"),))
    await lookup.listing(SYSTEM, evelyn, patience=SOON)
    clock.time += SECOND
    phones.add([185])
    answers = await asyncio.gather(*(lookup.listing(SYSTEM, evelyn, patience=SOON) for _ in range(9)))
    assert {answer.rows[0].id for answer in answers if answer} == {185}


async def test_a_page_that_did_not_come_serves_nobody(lookup: Lookup, phones: FakePhones) -> None:
    phones.failure = PbxUnreachable("no route")
    stale = await lookup.listing(SYSTEM, Query(words=(Term("one"),)), patience=SOON)
    phones.failure = None
    fresh = await lookup.listing(SYSTEM, Query(words=(Term("two"),)), patience=SOON)
    assert stale
    assert stale.stale
    assert fresh
    assert fresh.stale is None


async def test_one_who_gives_up_does_not_end_it_for_the_others(lookup: Lookup, phones: FakePhones) -> None:
    phones.hang = asyncio.Event()
    impatient = asyncio.create_task(lookup.listing(SYSTEM, Query(), patience=SOON))
    patient = asyncio.create_task(lookup.listing(SYSTEM, Query(), patience=SOON))
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
    await lookup.listing(SYSTEM, Query(), patience=SOON)
    assert nudges.count == 1
    assert await sync.poll() == StoreResult(), "the look-up has stored it"
    states = await outbox.channel_states()
    assert states[0].pending == 2, "the welcome and the recording"


async def test_a_page_past_the_end_is_empty(lookup: Lookup) -> None:
    found = await lookup.listing(SYSTEM, Query(page=99), patience=SOON)
    assert found
    assert (found.rows, found.first, found.last, found.total) == ((), 0, 0, 184)
    assert (found.next, found.previous) == (None, None)


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        pytest.param(PbxUnreachable("no answer"), StaleReason.UNREACHABLE, id="down"),
        pytest.param(PbxLoginRefused("wrong secret"), StaleReason.REFUSED, id="login refused"),
        pytest.param(PbxForbidden("no right"), StaleReason.REFUSED, id="forbidden"),
    ],
)
async def test_the_archive_stands_in_and_says_how_old_it_is(
    lookup: Lookup, phones: FakePhones, clock: FakeClock, activity: PbxActivity, failure: Exception, reason: StaleReason
) -> None:
    await lookup.listing(SYSTEM, Query(), patience=SOON)
    clock.time += LATER
    await lookup.listing(SYSTEM, Query(), patience=SOON)
    clock.time += LATER
    phones.failure = failure  # type: ignore[assignment]
    found = await lookup.listing(SYSTEM, Query(count=5), patience=SOON)
    assert found
    assert found.stale
    assert found.stale == Stale(NOON + LATER, reason), "nothing was new then, and yet it was read"
    assert [row.id for row in found.rows] == [184, 183, 182, 181, 180]
    assert activity.failing_since == NOON + 2 * LATER


@pytest.mark.parametrize("kind", [HANG, FAIL])
async def test_a_page_turn_goes_on_in_the_archive_when_the_pbx_goes_away(
    lookup: Lookup, phones: FakePhones, kind: str
) -> None:
    await lookup.listing(SYSTEM, Query(count=30), patience=SOON)
    first = await lookup.listing(SYSTEM, Query(count=10), patience=SOON)
    assert first
    trouble(phones, kind)
    second = await lookup.listing(SYSTEM, Query(count=10), first.next, patience=AT_ONCE)
    assert second
    assert second.stale
    await lookup.close()
    assert [row.id for row in second.rows] == list(range(174, 164, -1))


async def test_a_slow_pbx_is_not_waited_for_when_the_archive_can_answer(lookup: Lookup, phones: FakePhones) -> None:
    await lookup.listing(SYSTEM, Query(), patience=SOON)
    phones.hang = asyncio.Event()
    found = await lookup.listing(SYSTEM, Query(count=5), patience=AT_ONCE)
    assert found
    assert found.stale
    assert found.stale.reason == StaleReason.SLOW
    await lookup.close()


async def test_a_slow_pbx_and_an_empty_archive_leave_the_request_going(lookup: Lookup, phones: FakePhones) -> None:
    phones.hang = asyncio.Event()
    assert await lookup.listing(SYSTEM, Query(), patience=AT_ONCE) is None
    phones.hang.set()
    found = await lookup.listing(SYSTEM, Query(), patience=SOON)
    assert found
    assert len(found.rows) == 10
    assert len(phones.requests) == 1, "the second one has joined the first"


async def test_without_pbx_and_archive_the_error_is_the_answer(lookup: Lookup, phones: FakePhones) -> None:
    phones.failure = PbxUnreachable("no answer")
    with pytest.raises(PbxUnreachable):
        await lookup.listing(SYSTEM, Query(), patience=SOON)


@pytest.mark.usefixtures("unlogged")
async def test_an_archive_that_cannot_be_written_takes_no_answer_with_it(
    phones: FakePhones, archive: SqlArchive, activity: PbxActivity, clock: FakeClock
) -> None:
    class Full:
        """A disk that is full."""

        async def store(self, *_: object, **__: object) -> StoreResult:
            raise ArchiveError("The disk is full")

    phones.add(range(1, 4))
    lookup = Lookup(phones, Full(), activity, clock, nudge=lambda: None)  # type: ignore[arg-type]
    found = await lookup.listing(SYSTEM, Query(), patience=SOON)
    assert found
    assert len(found.rows) == 3


async def test_one_recording_is_shown_live(lookup: Lookup) -> None:
    found = await lookup.show(SYSTEM, 100, patience=SOON)
    assert found
    assert (found.recording.id, found.stale) == (100, None)


async def test_a_recording_that_the_pbx_has_deleted_is_shown_as_such(lookup: Lookup, phones: FakePhones) -> None:
    await lookup.show(SYSTEM, 100, patience=SOON)
    phones.remove([100])
    found = await lookup.show(SYSTEM, 100, patience=SOON)
    assert found
    assert (found.is_deleted, found.stale) == (True, None)


async def test_a_recording_that_nobody_knows_is_not_found(lookup: Lookup) -> None:
    with pytest.raises(PbxNotFound):
        await lookup.show(SYSTEM, 9_999, patience=SOON)


async def test_what_was_shown_can_be_shown_again(lookup: Lookup) -> None:
    await lookup.listing(SYSTEM, Query(count=5), patience=SOON)
    assert [row.id for row in await lookup.shown(SYSTEM, (184, 182))] == [184, 182]


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
    found = await synced.listing(SYSTEM, only(185), patience=SOON)
    assert found
    assert ([row.id for row in found.rows], found.total, found.stale) == ([185], 1, None)


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        pytest.param(PbxUnreachable("no answer"), StaleReason.UNREACHABLE, id="down"),
        pytest.param(PbxForbidden("no right"), StaleReason.REFUSED, id="forbidden"),
        pytest.param(None, StaleReason.SLOW, id="slow"),
    ],
)
async def test_a_filter_is_answered_without_the_pbx(
    synced: Lookup, phones: FakePhones, clock: FakeClock, failure: PbxError | None, reason: StaleReason
) -> None:
    clock.time += LATER
    phones.failure, phones.hang = failure, None if failure else asyncio.Event()
    found = await synced.listing(SYSTEM, only(184), patience=AT_ONCE)
    assert found
    assert [row.id for row in found.rows] == [184]
    assert found.stale == Stale(NOON, reason)
    await synced.close()


async def test_a_filter_takes_in_the_hundred_recordings_with_the_highest_numbers(
    synced: Lookup, phones: FakePhones
) -> None:
    """Also one whose time is wrong: the PBX's clock may have been set back."""
    phones.add(range(185, 284))
    call(phones, 284, started_at=NOON - timedelta(days=90))
    found = await synced.listing(SYSTEM, Query(ids=(185, 284)), patience=SOON)
    assert found
    assert (found.total, found.stale) == (100, None)


async def test_turning_a_page_of_a_filter_asks_the_pbx_nothing(
    synced: Lookup, phones: FakePhones, clock: FakeClock
) -> None:
    found = await synced.listing(SYSTEM, Query(ids=(1, 184)), patience=SOON)
    assert found
    asked = len(phones.requests)
    clock.time += LATER
    found = await synced.listing(SYSTEM, Query(ids=(1, 184)), found.next, patience=SOON)
    assert found
    assert (len(phones.requests), found.first, found.total) == (asked, 11, 184)


async def test_an_empty_answer_offers_the_nearest_question_that_finds_something(synced: Lookup) -> None:
    found = await synced.listing(SYSTEM, Query(words=(Term("evelyn"),), longer=timedelta(hours=9)), patience=SOON)
    assert found
    assert found.hint == Hint(Query(words=(Term("evelyn"),)), 184)
    found = await synced.listing(SYSTEM, Query(words=(Term("nobody"),), longer=timedelta(hours=9)), patience=SOON)
    assert found
    assert found.hint is None


async def test_while_the_history_is_read_in_it_is_told_how_far(sync: Sync, lookup: Lookup, clock: FakeClock) -> None:
    await sync.poll()
    found = await lookup.listing(SYSTEM, Query(words=(Term("evelyn"),)), patience=SOON)
    assert found
    assert found.complete_since == recording(85).started_at
    await sync.fill(pause=timedelta(0))
    clock.time += SECOND
    found = await lookup.listing(SYSTEM, Query(words=(Term("evelyn"),)), patience=SOON)
    assert found
    assert found.complete_since is None


async def test_beside_a_recording_stand_the_others_between_the_same_two(synced: Lookup) -> None:
    found = await synced.show(SYSTEM, 100, patience=SOON)
    assert found
    assert [row.id for row in found.others] == [184, 183, 182, 181, 180]


async def test_statistics_are_of_all_that_is_held(synced: Lookup, phones: FakePhones) -> None:
    phones.add([185])
    counted = await synced.stats(SYSTEM, Query(), GroupBy.DIRECTION, patience=SOON)
    assert (counted.total, [bucket.label for bucket in counted.buckets]) == (185, ["internal"])


async def test_a_page_by_number_is_counted_on_from_the_rows_before_it(lookup: Lookup, phones: FakePhones) -> None:
    phones.lie = -150
    found = await lookup.listing(SYSTEM, Query(count=20, page=3), patience=SOON)
    assert found
    assert (found.first, found.last, found.total) == (41, 60, 60), "the total is never below the rows shown"


@pytest.mark.parametrize(
    ("query", "turn"),
    [
        pytest.param(Query(), None, id="the first page"),
        pytest.param(Query(count=5, page=4), None, id="a page by number"),
        pytest.param(Query(), Cursor(side=Side.AFTER, id=175, at=recording(175).started_at, position=10), id="a turn"),
        pytest.param(Query(words=(Term("evelyn"),)), None, id="a filter"),
        pytest.param(Query(words=(Term("nobody"),)), None, id="a filter that finds nothing"),
    ],
)
async def test_an_answer_is_marked_with_its_minute(
    synced: Lookup, phones: FakePhones, clock: FakeClock, query: Query, turn: Cursor | None
) -> None:
    clock.time = NOON + timedelta(minutes=17, seconds=36, milliseconds=5)
    live = await synced.listing(SYSTEM, query, turn, patience=SOON)
    trouble(phones, FAIL)
    archived = await synced.listing(SYSTEM, query, turn, patience=SOON)
    assert live
    assert archived
    assert (live.at, archived.at) == (NOON + timedelta(minutes=17), NOON + timedelta(minutes=17))


async def test_who_asks_different_things_at_once_gets_different_answers(synced: Lookup) -> None:
    turn = Cursor(side=Side.AFTER, id=175, at=recording(175).started_at, position=10)
    back = replace(turn, side=Side.BEFORE)
    pages = await asyncio.gather(
        synced.listing(SYSTEM, Query(), patience=SOON),
        synced.listing(SYSTEM, Query(count=5), patience=SOON),
        synced.listing(SYSTEM, Query(), turn, patience=SOON),
        synced.listing(SYSTEM, only(3), patience=SOON),
        synced.listing(SYSTEM, Query(ids=(1, 184)), turn, patience=SOON),
        synced.listing(SYSTEM, Query(ids=(1, 184)), back, patience=SOON),
        synced.listing(SYSTEM, Query(ids=(1, 184)), patience=SOON),
    )
    assert [(page.rows[0].id, len(page.rows)) for page in pages if page] == [
        (184, 10),
        (184, 5),
        (174, 10),
        (3, 1),
        (174, 10),
        (184, 9),
        (184, 10),
    ]
    shown = await asyncio.gather(*(synced.show(SYSTEM, id_, patience=SOON) for id_ in (100, 101)))
    assert [one.recording.id for one in shown if one] == [100, 101]


async def test_an_anchor_that_has_moved_too_far_on_the_pbx_is_found_in_the_archive(
    synced: Lookup, phones: FakePhones, archive: SqlArchive
) -> None:
    shown = await synced.listing(SYSTEM, Query(), patience=SOON)
    phones.add(range(185, 500))
    await archive.store(phones.rows, now=NOON)
    assert shown
    found = await synced.listing(SYSTEM, Query(), shown.next, patience=SOON)
    assert found
    assert [row.id for row in found.rows] == list(range(174, 164, -1))
    assert (found.first, found.total, found.stale) == (326, 499, None)


@pytest.mark.parametrize("kind", [HANG, FAIL])
async def test_the_archives_own_listing_is_counted_to_the_end(
    synced: Lookup, phones: FakePhones, archive: SqlArchive, kind: str
) -> None:
    await archive.store([recording(id_) for id_ in range(185, 1_201)], now=NOON)
    trouble(phones, kind)
    found = await synced.listing(SYSTEM, Query(count=10, page=2, order=Order.ASC), patience=AT_ONCE)
    assert found
    assert [row.id for row in found.rows] == list(range(11, 21))
    assert (found.first, found.total, found.total_is_minimum, found.complete_since) == (11, 1_200, False, None)
    past = await synced.listing(SYSTEM, Query(page=500), patience=AT_ONCE)
    assert past
    assert (past.rows, past.first, past.total) == ((), 0, 1_200), "a page past the end is an answer, too"
    await synced.close()


async def test_while_the_history_is_read_in_the_archives_own_listing_says_how_far(
    sync: Sync, lookup: Lookup, phones: FakePhones
) -> None:
    await sync.poll()
    trouble(phones, FAIL)
    found = await lookup.listing(SYSTEM, Query(), patience=SOON)
    assert found
    assert (found.total, found.complete_since) == (100, recording(85).started_at)


async def test_after_a_restart_the_archive_tells_when_the_pbx_was_last_read(
    synced: Lookup, phones: FakePhones, archive: SqlArchive, clock: FakeClock
) -> None:
    """A new process has seen nothing of the PBX itself."""
    trouble(phones, FAIL)
    clock.time += LATER
    restarted = Lookup(phones, archive, PbxActivity(), clock, nudge=lambda: None)
    found = await restarted.listing(SYSTEM, Query(), patience=SOON)
    shown = await restarted.show(SYSTEM, 100, patience=SOON)
    assert found
    assert shown
    assert found.stale == shown.stale
    assert found.stale
    assert (found.stale.as_of, found.stale.reason) == (NOON, StaleReason.UNREACHABLE)


async def test_what_the_pbx_was_seen_to_do_is_noted(
    lookup: Lookup, phones: FakePhones, activity: PbxActivity, clock: FakeClock
) -> None:
    trouble(phones, FAIL)
    with pytest.raises(PbxUnreachable):
        await lookup.show(SYSTEM, 100, patience=SOON)
    assert (activity.failing_since, activity.problem) == (NOON, "no route to host")
    clock.time += LATER
    phones.failure = None
    await lookup.show(SYSTEM, 100, patience=SOON)
    assert (activity.well_at, activity.failing_since, activity.problem) == (NOON + LATER, None, "")
    activity.missed(NOON, "as the sync noted")
    clock.time += LATER
    with pytest.raises(PbxNotFound):
        await lookup.show(SYSTEM, 9_999, patience=SOON)
    assert (activity.well_at, activity.failing_since) == (NOON + 2 * LATER, None), "that there is none is an answer"


@pytest.mark.parametrize(
    ("arrive", "query", "count", "held"),
    [
        pytest.param(lambda _: None, Query(), 0, [175, 184], id="nothing new"),
        pytest.param(lambda phones: phones.add([185, 186]), Query(), 1, [185, 186], id="two new calls"),
        pytest.param(lambda _: None, Query(order=Order.ASC), 0, [1, 10], id="history that is not read in yet"),
        pytest.param(lambda phones: phones.add([185]), only(185), 1, [185], id="a new call that a filter finds"),
        pytest.param(lambda phones: phones.add([185]), only(3), 1, [185], id="one that it does not find"),
        pytest.param(
            lambda phones: call(phones, 184, caller=Party("Leo", "5555")),
            Query(),
            0,
            [184],
            id="a name that has changed",
        ),
    ],
)
async def test_what_a_look_up_meets_is_stored_and_the_sync_is_told_of_new_calls(
    sync: Sync,
    lookup: Lookup,
    phones: FakePhones,
    archive: SqlArchive,
    nudges: Nudges,
    arrive: Callable[[FakePhones], None],
    query: Query,
    count: int,
    held: list[int],
) -> None:
    await sync.poll()
    arrive(phones)
    await lookup.listing(SYSTEM, query, patience=SOON)
    assert nudges.count == count
    listed = {row.id: row for row in phones.rows}
    assert await archive.get(SYSTEM, held) == tuple(listed[id_] for id_ in held)


async def test_a_recording_that_is_shown_is_stored_and_the_sync_is_told_of_it(
    sync: Sync, lookup: Lookup, phones: FakePhones, archive: SqlArchive, nudges: Nudges
) -> None:
    await sync.poll()
    await lookup.show(SYSTEM, 3, patience=SOON)
    phones.add([185])
    assert nudges.count == 0
    await lookup.show(SYSTEM, 185, patience=SOON)
    assert await archive.stored_ids([3, 185]) == {3, 185}
    assert nudges.count == 1


async def test_a_look_up_does_not_decide_that_the_pbxs_ids_have_started_again(
    synced: Lookup, phones: FakePhones, archive: SqlArchive, nudges: Nudges
) -> None:
    """It shows what the PBX has, and leaves the rest to the sync."""
    phones.remove(range(1, 185))
    call(phones, 50, uid="another", file="another.wav", started_at=NOON)
    call(phones, 0, uid="unknown", file="unknown.wav", started_at=NOON)
    before = await archive.get(SYSTEM, [50])
    found = await synced.listing(SYSTEM, Query(), patience=SOON)
    assert found
    assert found.rows == tuple(phones.rows)
    assert (await archive.get(SYSTEM, [50]), await archive.stored_ids([0])) == (before, frozenset())
    assert nudges.count == 0


async def test_what_a_look_up_has_shown_is_what_the_next_question_finds(synced: Lookup, phones: FakePhones) -> None:
    """Within the same second, too: a name that has changed is as new as a call."""
    leo = Query(words=(Term("leo"),))
    found = await synced.listing(SYSTEM, leo, patience=SOON)
    assert found
    assert found.total == 0
    call(phones, 184, caller=Party("Leo", "5555"))
    await synced.listing(SYSTEM, Query(), patience=SOON)
    found = await synced.listing(SYSTEM, leo, patience=SOON)
    assert found
    assert [row.id for row in found.rows] == [184]


@pytest.mark.usefixtures("unlogged")
async def test_what_could_not_be_stored_is_no_reason_to_sync(
    database: Database, phones: FakePhones, activity: PbxActivity, clock: FakeClock, nudges: Nudges
) -> None:
    class Full(SqlArchive):
        """It can be read and not written."""

        async def store(self, *_: object, **__: object) -> StoreResult:
            raise ArchiveError("The disk is full")

    phones.add(range(1, 4))
    lookup = Lookup(phones, Full(database, site="main"), activity, clock, nudge=nudges)
    shown = await lookup.show(SYSTEM, 3, patience=SOON)
    found = await lookup.listing(SYSTEM, only(3), patience=SOON)
    assert shown
    assert found
    assert (shown.recording.id, found.total, found.stale, nudges.count) == (3, 0, None, 0)


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        pytest.param(PbxUnreachable("no answer"), StaleReason.UNREACHABLE, id="down"),
        pytest.param(PbxForbidden("no right"), StaleReason.REFUSED, id="forbidden"),
        pytest.param(None, StaleReason.SLOW, id="slow"),
    ],
)
async def test_a_recording_is_shown_from_the_archive_and_says_how_old_that_is(
    synced: Lookup, phones: FakePhones, clock: FakeClock, failure: PbxError | None, reason: StaleReason
) -> None:
    clock.time += LATER
    phones.failure, phones.hang = failure, None if failure else asyncio.Event()
    found = await synced.show(SYSTEM, 100, patience=AT_ONCE)
    assert found
    assert (found.recording, found.stale, found.is_deleted) == (recording(100), Stale(NOON, reason), False)
    assert [row.id for row in found.others] == [184, 183, 182, 181, 180]
    await synced.close()


async def test_a_recording_that_was_deleted_is_shown_as_such_without_the_pbx(
    synced: Lookup, phones: FakePhones, database: Database
) -> None:
    ledger = SqlReconciliations(database, site="main")
    await ledger.mark_deleted([], lowest=100, highest=100, generation=1, now=NOON + LATER)
    trouble(phones, FAIL)
    gone, there = await synced.show(SYSTEM, 100, patience=SOON), await synced.show(SYSTEM, 101, patience=SOON)
    assert gone
    assert there
    assert (gone.is_deleted, there.is_deleted) == (True, False)


async def test_without_pbx_and_archive_a_recording_cannot_be_shown(lookup: Lookup, phones: FakePhones) -> None:
    trouble(phones, HANG)
    assert await lookup.show(SYSTEM, 100, patience=AT_ONCE) is None, "ask again with more patience"
    await lookup.close()
    trouble(phones, FAIL)
    with pytest.raises(PbxUnreachable):
        await lookup.show(SYSTEM, 100, patience=SOON)


@pytest.mark.usefixtures("unlogged")
async def test_an_archive_without_the_others_takes_no_recording_with_it(
    database: Database, phones: FakePhones, activity: PbxActivity, clock: FakeClock
) -> None:
    class Damaged(SqlArchive):
        """Its index cannot be read."""

        async def between(self, asker: Asker, recording: Recording, *, count: int) -> tuple[Recording, ...]:
            raise ArchiveError("malformed")

    phones.add(range(1, 4))
    lookup = Lookup(phones, Damaged(database, site="main"), activity, clock, nudge=lambda: None)
    live = await lookup.show(SYSTEM, 3, patience=SOON)
    trouble(phones, FAIL)
    archived = await lookup.show(SYSTEM, 3, patience=SOON)
    assert [(found.recording.id, found.others) for found in (live, archived) if found] == [(3, ()), (3, ())]


@pytest.mark.parametrize(
    ("held", "page", "first", "total", "total_is_minimum"),
    [
        pytest.param(1_000, 1, 1, 1_000, False, id="as many as are counted"),
        pytest.param(1_001, 1, 1, 1_000, True, id="one more"),
        pytest.param(1_100, 11, 1_001, 1_100, True, id="a page past the thousandth: as many as were seen"),
    ],
)
async def test_more_than_a_thousand_are_not_counted(
    lookup: Lookup, archive: SqlArchive, held: int, page: int, first: int, total: int, total_is_minimum: bool
) -> None:
    await archive.set_baseline([recording(id_) for id_ in range(1, held + 1)], baseline=held, total=held, now=NOON)
    found = await lookup.listing(SYSTEM, Query(words=(Term("evelyn"),), count=100, page=page), patience=SOON)
    assert found
    assert (found.first, found.total, found.total_is_minimum) == (first, total, total_is_minimum)


@pytest.mark.parametrize(
    ("held", "hint"),
    [
        pytest.param(1_000, (1_000, False), id="as many as are counted"),
        pytest.param(1_001, (1_000, True), id="one more"),
    ],
)
async def test_a_hint_counts_no_further_either(
    lookup: Lookup, archive: SqlArchive, held: int, hint: tuple[int, bool]
) -> None:
    await archive.set_baseline([recording(id_) for id_ in range(1, held + 1)], baseline=held, total=held, now=NOON)
    found = await lookup.listing(SYSTEM, Query(words=(Term("evelyn"),), shorter=SECOND), patience=SOON)
    assert found
    assert found.hint
    assert (found.hint.total, found.hint.total_is_minimum) == hint


async def test_a_hint_is_for_empty_answers_and_counts_days_as_the_asker_does(
    synced: Lookup, phones: FakePhones, clock: FakeClock
) -> None:
    past_the_end = await synced.listing(SYSTEM, Query(words=(Term("evelyn"),), longer=SECOND, page=99), patience=SOON)
    assert past_the_end
    assert (past_the_end.rows, past_the_end.total, past_the_end.hint) == ((), 184, None)
    tokyo = ZoneInfo("Asia/Tokyo")
    week = NOON.replace(hour=15) - timedelta(days=7)
    """Midnight of 18 November there."""
    call(phones, 185, caller=Party("Leo", "5555"), started_at=week)
    clock.time += LATER
    asked = Query(words=(Term("leo"),), time_ranges=(TimeRange(start=NOON - timedelta(hours=1)),))
    found = await synced.listing(replace(SYSTEM, zone=tokyo), asked, patience=SOON)
    assert found
    assert found.hint == Hint(replace(asked, time_ranges=(TimeRange(start=week),)), 1)


async def test_a_filter_waits_no_longer_than_there_is_patience(synced: Lookup, phones: FakePhones) -> None:
    trouble(phones, HANG)
    async with asyncio.timeout(0.7):
        found = await synced.listing(SYSTEM, only(3), patience=AT_ONCE)
        counted = await synced.stats(SYSTEM, Query(), GroupBy.HOUR, patience=AT_ONCE)
    assert found
    assert (found.stale, counted.total) == (Stale(NOON, StaleReason.SLOW), 184)
    await synced.close()


async def test_statistics_are_of_the_askers_zone_and_need_no_pbx(synced: Lookup, phones: FakePhones) -> None:
    trouble(phones, FAIL)
    kathmandu = replace(SYSTEM, zone=ZoneInfo("Asia/Kathmandu"))
    counted = await synced.stats(kathmandu, only(1), GroupBy.HOUR, patience=SOON)
    assert [bucket.label for bucket in counted.buckets if bucket.count] == ["17"], "12:01 in UTC"


async def test_the_newest_calls_that_are_held(synced: Lookup, phones: FakePhones) -> None:
    call(phones, 185, started_at=NOON - timedelta(days=90))
    await synced.show(SYSTEM, 185, patience=SOON)
    assert [row.id for row in await synced.newest(SYSTEM, 3)] == [184, 183, 182]


async def test_what_is_still_asked_is_given_up_at_the_end(lookup: Lookup, phones: FakePhones) -> None:
    phones.hang = asyncio.Event()
    asked = asyncio.create_task(lookup.listing(SYSTEM, Query(), patience=SOON))
    await asyncio.sleep(0)
    await lookup.close()
    with pytest.raises(asyncio.CancelledError):
        await asked
    phones.hang.set()
    assert await lookup.listing(SYSTEM, Query(), patience=SOON), "and nobody waits for it any more"
