import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.archive import Database, SqlArchive, SqlOutbox
from bot.domain.access import SYSTEM
from bot.domain.query import Order, Sort
from bot.domain.recording import Recording, RecordingPage
from bot.domain.status import PbxActivity
from bot.domain.sync import StoreResult, SyncState
from bot.errors import ArchiveError, PbxUnreachable
from bot.services.sync import Sync
from tests.stage import NOON, FakeClock, FakePhones, FakeSlack, recording

NO_PAUSE = timedelta(0)
MINUTE = timedelta(minutes=1)
PAUSE = timedelta(seconds=0.1)


async def posted(outbox: SqlOutbox, clock: FakeClock, channel: str = "C1") -> list[int]:
    """What this channel would be posted now, in order."""
    slack = FakeSlack()
    while (post := await outbox.claim_next(channel, now=clock.now())) is not None:
        await slack.post(post)
        await outbox.mark_sent(post, ts="1.0", now=clock.now())
    return slack.ids(channel)


async def test_the_first_look_announces_nothing(
    sync: Sync, phones: FakePhones, outbox: SqlOutbox, archive: SqlArchive, clock: FakeClock
) -> None:
    phones.add(range(1, 185))
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    assert await posted(outbox, clock) == []
    assert (await archive.state()).baseline == 184


async def test_the_first_look_at_an_empty_pbx_announces_what_comes_later(
    sync: Sync, phones: FakePhones, outbox: SqlOutbox, clock: FakeClock
) -> None:
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    phones.add([1, 2])
    await sync.poll()
    assert await posted(outbox, clock) == [1, 2]


async def test_new_recordings_are_owed_once_and_oldest_first(
    sync: Sync, phones: FakePhones, outbox: SqlOutbox, clock: FakeClock
) -> None:
    phones.add(range(1, 185))
    await sync.poll()
    await outbox.subscribe("T1", "C1", now=NOON)
    phones.add(range(185, 320))  # two pages, after the PBX was away for a night
    kept = await sync.poll()
    await sync.poll()
    assert len(kept.new) == 135
    assert await posted(outbox, clock) == list(range(185, 320))


async def test_with_nothing_new_a_poll_is_one_request(sync: Sync, phones: FakePhones) -> None:
    phones.add(range(1, 1_000))
    await sync.poll()
    phones.requests.clear()
    await sync.poll()
    assert phones.requests == [(1, 100, Sort.ID, Order.DESC)]


async def test_rows_that_look_ups_have_stored_cost_no_second_request(
    sync: Sync, phones: FakePhones, archive: SqlArchive
) -> None:
    """The page reaches down just to the highest id that polls have seen."""
    phones.add(range(1, 185))
    await sync.poll()
    phones.add(range(185, 284))
    await archive.store(phones.rows[184:], now=NOON, ids_checked=False)
    phones.requests.clear()
    await sync.poll()
    assert len(phones.requests) == 1


async def test_a_late_id_below_its_neighbours_is_new(
    sync: Sync, phones: FakePhones, outbox: SqlOutbox, clock: FakeClock
) -> None:
    phones.add([1, 2])
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    phones.add([3, 5])
    await sync.poll()
    phones.add([4])
    await sync.poll()
    assert sorted(await posted(outbox, clock)) == [3, 4, 5]


async def test_late_ids_are_new_however_deep_while_each_page_holds_one(
    sync: Sync, phones: FakePhones, outbox: SqlOutbox, clock: FakeClock
) -> None:
    phones.add([1])
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    late = {150, 250}
    phones.add(set(range(2, 302)) - late)
    await sync.poll()
    phones.add(late)
    assert (await sync.poll()).new == (150, 250)
    assert sorted(await posted(outbox, clock)) == list(range(2, 302))


async def test_a_row_listed_twice_is_stored_as_it_was_told_last(
    sync: Sync, phones: FakePhones, archive: SqlArchive
) -> None:
    """It stands at the end of a page; a call that comes then pushes it to the next."""
    phones.add([1])
    await sync.poll()
    phones.add(range(2, 151))
    longer = recording(51, duration=timedelta(seconds=9))
    phones.before_answer = lambda count: phones.rows.__setitem__(50, longer) if count == 3 else None
    await sync.poll()
    assert await archive.get(SYSTEM, [51]) == (longer,)


async def test_a_call_that_a_look_up_stored_is_posted_though_the_pbx_has_deleted_it(
    sync: Sync, phones: FakePhones, archive: SqlArchive, outbox: SqlOutbox, clock: FakeClock
) -> None:
    phones.add(range(1, 11))
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    await archive.store([recording(11), recording(12)], now=NOON, ids_checked=False)
    phones.add([11])
    await sync.poll()
    assert await posted(outbox, clock) == [11, 12]


async def test_rows_that_a_look_up_stored_hide_none_below_them(
    sync: Sync, phones: FakePhones, outbox: SqlOutbox, archive: SqlArchive, clock: FakeClock
) -> None:
    phones.add(range(1, 11))
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    phones.add(range(11, 141))
    await archive.store([recording(id_) for id_ in range(41, 141)], now=NOON)  # `latest 100`
    assert await posted(outbox, clock) == [], "posts wait for the whole poll, so that they go out in order"
    await sync.poll()
    assert await posted(outbox, clock) == list(range(11, 141))


async def test_a_failed_poll_loses_nothing_and_is_seen(
    sync: Sync, phones: FakePhones, outbox: SqlOutbox, clock: FakeClock, activity: PbxActivity
) -> None:
    phones.add([1])
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    phones.add(range(2, 132))
    phones.before_answer = away_after(2)
    with pytest.raises(PbxUnreachable):
        await sync.poll()
    assert (activity.failing_since, activity.problem) == (NOON, "no answer")
    phones.before_answer = lambda _: None
    await sync.poll()
    assert activity.failing_since is None
    assert await posted(outbox, clock) == list(range(2, 132))


def away_after(requests: int) -> Callable[[int], None]:
    def answer(request: int) -> None:
        if request > requests:
            raise PbxUnreachable("no answer")

    return answer


async def test_history_is_filled_in_behind_and_never_announced(
    sync: Sync, phones: FakePhones, outbox: SqlOutbox, archive: SqlArchive, clock: FakeClock
) -> None:
    phones.add(range(1, 1_451))
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    await sync.fill(pause=NO_PAUSE)
    assert await archive.count() == 1_450
    assert (await archive.state()).history is None
    assert await posted(outbox, clock) == []


def after_a_reset(*ids: int) -> list[Recording]:
    """Calls that came after all others, under ids that start again."""
    late = NOON + timedelta(days=1)
    return [recording(id_, uid=f"new-{id_}", file=f"new-{id_}.wav", started_at=late + id_ * MINUTE) for id_ in ids]


@pytest.mark.parametrize("first_asked_for", [False, True], ids=["the poll sees it first", "a look-up sees it first"])
@pytest.mark.parametrize("held", [range(1, 185), range(500, 700)], ids=["its ids are held", "its ids are not held"])
async def test_ids_that_start_again_are_announced_and_said(
    sync: Sync,
    phones: FakePhones,
    archive: SqlArchive,
    outbox: SqlOutbox,
    clock: FakeClock,
    *,
    held: range,
    first_asked_for: bool,
) -> None:
    phones.add(held)
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    phones.rows = after_a_reset(1, 2, 3)
    if first_asked_for:
        await archive.store(phones.rows, now=NOON, ids_checked=False)
    await sync.poll()
    await sync.poll()
    assert await posted(outbox, clock) == [1, 2, 3]
    assert (await archive.state()).generation == 2
    assert (await archive.state()).renewed_at == NOON
    await sync.fill(pause=NO_PAUSE)
    assert await archive.count() == 3, "the old ones belong to the generation before"


async def test_a_restored_backup_floods_no_channel(
    sync: Sync, phones: FakePhones, archive: SqlArchive, outbox: SqlOutbox, clock: FakeClock
) -> None:
    phones.add(range(1, 185))
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    phones.remove(range(151, 185))
    await sync.poll()
    assert (await archive.state()).generation == 1, "what is left is what it was"
    phones.rows += after_a_reset(151)
    await sync.poll()
    assert await posted(outbox, clock) == [151]
    await sync.fill(pause=NO_PAUSE)
    assert await archive.count() == 151


async def test_history_read_while_the_ids_started_again_is_left_out(
    sync: Sync, phones: FakePhones, archive: SqlArchive
) -> None:
    phones.add(range(1, 2_001))
    await sync.poll()
    old = [row for row in phones.rows if row.id < 1_900]
    await archive.start_generation([recording(3)], total=9, now=NOON)
    await archive.store(old, now=NOON, generation=1, history=1, ids_checked=False)
    assert (await archive.count(), (await archive.state()).history) == (1, 3)


async def test_another_call_under_the_same_id_is_told(
    sync: Sync, phones: FakePhones, archive: SqlArchive, outbox: SqlOutbox, clock: FakeClock
) -> None:
    """Though newer calls stand above it: when it started tells that it is new."""
    phones.add(range(1, 51))
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    phones.remove([20])
    phones.rows += after_a_reset(20)
    await sync.poll()
    assert await posted(outbox, clock) == [20]
    assert await archive.count() == 50


async def test_more_new_calls_after_a_reset_than_a_page_holds(
    sync: Sync, phones: FakePhones, outbox: SqlOutbox, clock: FakeClock
) -> None:
    phones.add(range(1, 51))
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    phones.rows = after_a_reset(*range(1, 251))
    await sync.poll()
    assert await posted(outbox, clock) == list(range(1, 251))


async def test_more_new_calls_than_a_page_holds_under_ids_that_are_held(
    sync: Sync, phones: FakePhones, archive: SqlArchive, outbox: SqlOutbox, clock: FakeClock
) -> None:
    """A backup was restored, and the first page of new calls shows it: the pages below hold new calls, too."""
    phones.add(range(1, 2_001))
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    await sync.fill(pause=NO_PAUSE)
    phones.remove(range(1_001, 2_001))
    phones.rows += after_a_reset(*range(1_001, 1_351))
    phones.requests.clear()
    kept = await sync.poll()
    assert await posted(outbox, clock) == list(range(1_001, 1_351))
    assert len(kept.new) == 350
    assert len(phones.requests) == 4, "it ends where the history begins"
    await sync.fill(pause=NO_PAUSE)
    assert await archive.count() == 1_350


@pytest.mark.parametrize(
    ("started_at", "generation"),
    [
        pytest.param(timedelta(seconds=1), 2, id="after all that is held: the ids have started again"),
        pytest.param(timedelta(0), 1, id="in the second of the newest"),
        pytest.param(timedelta(seconds=-1), 1, id="before the newest"),
        pytest.param(None, 1, id="at a time that is not told"),
    ],
)
async def test_when_an_unknown_newest_row_started_tells_whether_the_ids_have_started_again(
    sync: Sync, phones: FakePhones, archive: SqlArchive, started_at: timedelta | None, generation: int
) -> None:
    """The ids above it are gone, and none of those below it has changed."""
    phones.add([*range(1, 11), 15])
    await sync.poll()
    newest = phones.rows.pop().started_at
    assert newest
    phones.rows.append(recording(11, started_at=None if started_at is None else newest + started_at))
    await sync.poll()
    assert (await archive.state()).generation == generation


async def test_a_time_that_is_told_later_is_no_reset(sync: Sync, phones: FakePhones, archive: SqlArchive) -> None:
    phones.rows = [recording(1), recording(2), recording(3, started_at=None), recording(4)]
    await sync.poll()
    phones.rows = [recording(1), recording(2), recording(3, started_at=NOON)]
    await sync.poll()
    assert (await archive.state()).generation == 1
    assert [row.started_at for row in await archive.get(SYSTEM, [3])] == [NOON]


@pytest.fixture
def short(database: Database) -> SqlArchive:
    """It keeps calls for a day: none of those that `FakePhones.add` makes."""
    return SqlArchive(database, site="main", keep_for=timedelta(days=1))


async def test_calls_past_keeping_at_the_first_look_are_neither_read_again_nor_a_reset(
    phones: FakePhones, short: SqlArchive, activity: PbxActivity, clock: FakeClock
) -> None:
    sync = Sync(phones, short, activity, clock)
    phones.add(range(1, 301))
    await sync.poll()
    phones.requests.clear()
    await sync.poll()
    state = await short.state()
    assert (state.generation, state.baseline, await short.count()) == (1, 300, 0)
    assert len(phones.requests) == 1


@pytest.mark.parametrize(
    ("listed", "announced"),
    [
        pytest.param(after_a_reset(1, 2), [1, 2], id="an empty PBX has new calls"),
        pytest.param([recording(1), *after_a_reset(2)], [2], id="an old backup has a new call"),
        pytest.param([recording(1), recording(2)], [], id="the newest of what is past keeping were deleted"),
    ],
)
async def test_what_comes_while_nothing_is_held_is_told_by_the_last_look(
    phones: FakePhones,
    short: SqlArchive,
    outbox: SqlOutbox,
    activity: PbxActivity,
    clock: FakeClock,
    *,
    listed: list[Recording],
    announced: list[int],
) -> None:
    sync = Sync(phones, short, activity, clock)
    phones.add(range(1, 301))
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    phones.rows = listed
    await sync.poll()
    assert await posted(outbox, clock) == announced
    assert (await short.state()).generation == (2 if announced else 1)


async def test_deleted_rows_at_the_top_are_no_reset(sync: Sync, phones: FakePhones, archive: SqlArchive) -> None:
    phones.add(range(1, 2_001))
    await sync.poll()
    phones.remove(range(1_850, 2_001))  # more than the page that was read at first
    await sync.poll()
    assert (await archive.state()).generation == 1


@pytest.mark.parametrize(
    ("deleted", "most_requests"),
    [
        pytest.param(range(0), 8, id="all that is held is still listed"),
        pytest.param(range(1_600, 2_100), 14, id="much of what is held is gone"),
    ],
)
async def test_history_is_taken_up_where_it_stood(
    phones: FakePhones, archive: SqlArchive, clock: FakeClock, deleted: range, most_requests: int
) -> None:
    phones.add(range(1, 2_501))
    killed = Sync(phones, archive, PbxActivity(), clock)
    await killed.poll()
    phones.before_answer = away_after(3)
    with pytest.raises(PbxUnreachable):
        await killed.fill(pause=NO_PAUSE)
    phones.before_answer = lambda _: None
    phones.add(range(2_501, 2_551))
    phones.remove(deleted)
    phones.requests.clear()
    restarted = Sync(phones, archive, PbxActivity(), clock)
    await restarted.poll()
    await restarted.fill(pause=NO_PAUSE)
    assert {row.id for row in phones.rows} <= await archive.stored_ids([row.id for row in phones.rows])
    assert len(phones.requests) < most_requests


async def test_history_that_look_ups_have_stored_does_not_lead_too_deep(
    sync: Sync, phones: FakePhones, archive: SqlArchive
) -> None:
    phones.add(range(1, 2_501))
    await sync.poll()
    await archive.store(phones.rows[:900], now=NOON, ids_checked=False)
    phones.requests.clear()
    await sync.fill(pause=NO_PAUSE)
    assert await archive.count() == 2_500
    assert len(phones.requests) <= 7


async def test_without_a_baseline_there_is_no_history_to_fill(sync: Sync, phones: FakePhones) -> None:
    await sync.fill(pause=NO_PAUSE)
    assert phones.requests == []


async def test_pages_of_the_history_lie_a_pause_apart(sync: Sync, phones: FakePhones, clock: FakeClock) -> None:
    phones.add(range(1, 3_001))
    await sync.poll()
    asked_at: list[datetime] = []
    phones.before_answer = lambda _: asked_at.append(clock.now())
    await sync.fill(pause=PAUSE)
    first, *later = asked_at
    assert later == [first + number * PAUSE for number in range(len(later))], "one page is read ahead"
    assert len(later) >= 6


async def test_a_read_ahead_ends_with_a_history_that_cannot_be_stored(
    database: Database, phones: FakePhones, activity: PbxActivity, clock: FakeClock
) -> None:
    class Full(SqlArchive):
        async def store(self, *_: Any, **__: Any) -> StoreResult:
            raise ArchiveError("The disk is full.")

    sync = Sync(phones, Full(database, site="main"), activity, clock)
    phones.add(range(1, 1_501))
    await sync.poll()
    before = asyncio.all_tasks()
    phones.before_answer = lambda _: setattr(phones, "hang", asyncio.Event())  # from the second request on
    with pytest.raises(ArchiveError):
        await sync.fill(pause=NO_PAUSE)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_history_read_after_a_reset_is_left_for_the_poll_to_announce(
    sync: Sync, phones: FakePhones, outbox: SqlOutbox, clock: FakeClock
) -> None:
    phones.add(range(1, 601))
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    phones.rows = after_a_reset(1, 2, 3)
    await sync.fill(pause=NO_PAUSE)
    await sync.poll()
    assert await posted(outbox, clock) == [1, 2, 3]


async def test_ids_that_start_again_while_the_history_is_read_leave_it_to_the_next_fill(
    phones: FakePhones, archive: SqlArchive, activity: PbxActivity
) -> None:
    class Resetting(FakeClock):
        async def sleep(self, pause: timedelta) -> None:
            await FakeClock.sleep(self, pause)
            if not self.slept[1:]:
                phones.remove(range(1_501, 2_001))
                phones.rows += after_a_reset(*range(1_501, 1_511))
                await sync.poll()

    sync = Sync(phones, archive, activity, Resetting())
    phones.add(range(1, 2_001))
    await sync.poll()
    await sync.fill(pause=NO_PAUSE)
    state = await archive.state()
    assert (state.generation, state.history, await archive.count()) == (2, 1_411, 100)
    await sync.fill(pause=NO_PAUSE)
    assert ((await archive.state()).history, await archive.count()) == (None, 1_510)


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param([recording(id_) for id_ in range(1, 101)], id="its rows are other than those held since then"),
        pytest.param([recording(9), *after_a_reset(10, 11)], id="its rows are those held since then"),
    ],
)
async def test_a_poll_leaves_a_generation_alone_that_began_meanwhile(
    archive: SqlArchive, activity: PbxActivity, clock: FakeClock, listed: list[Recording]
) -> None:
    """A proof may find that the ids have started again while a poll reads."""
    await archive.set_baseline([recording(id_) for id_ in range(1, 121)], baseline=120, total=120, now=NOON)
    renewed: list[SyncState] = []

    class Proving(FakePhones):
        async def recordings(self, *, page: int, size: int, sort: Sort, order: Order) -> RecordingPage:
            listing = await FakePhones.recordings(self, page=page, size=size, sort=sort, order=order)
            if not renewed:
                await archive.start_generation(after_a_reset(10, 11), total=2, now=NOON)
                renewed.append(await archive.state())
            return listing

    sync = Sync(Proving(rows=listed), archive, activity, clock)
    assert await sync.poll() == StoreResult()
    assert [await archive.state()] == renewed


async def test_rows_that_cannot_be_read_are_counted_at_each_look(
    sync: Sync, phones: FakePhones, archive: SqlArchive, activity: PbxActivity
) -> None:
    phones.add(range(1, 11))
    phones.unreadable = {4, 9}
    await sync.poll()
    assert (activity.skipped, (await archive.state()).total) == (2, 10)
    phones.unreadable = {4}
    phones.add([11])
    assert await sync.poll() == StoreResult(new=(11,), filled=1)
    assert (activity.skipped, (await archive.state()).total) == (1, 11)
    phones.unreadable = set()
    await sync.poll()
    assert activity.skipped == 0


async def test_a_list_of_which_no_row_can_be_read_is_no_first_look(
    sync: Sync, phones: FakePhones, archive: SqlArchive, outbox: SqlOutbox, activity: PbxActivity, clock: FakeClock
) -> None:
    """Else all of it would be announced, once a newer version of the bot reads it."""
    phones.add(range(1, 31))
    phones.unreadable = set(range(1, 31))
    await outbox.subscribe("T1", "C1", now=NOON)
    assert await sync.poll() == StoreResult()
    assert (activity.skipped, activity.well_at, (await archive.state()).baseline) == (30, NOON, None)
    phones.unreadable = set()
    await sync.poll()
    assert await posted(outbox, clock) == []
    phones.unreadable = set(range(1, 41))
    phones.add(range(31, 41))
    await sync.poll()
    assert (activity.skipped, await archive.count()) == (40, 30)


async def test_every_look_at_the_pbx_is_a_sign_of_its_life(
    sync: Sync, phones: FakePhones, clock: FakeClock, activity: PbxActivity
) -> None:
    for rows in ([recording(1), recording(2)], [recording(1), recording(2), recording(3)], after_a_reset(1, 2)):
        phones.rows, phones.failure = rows, PbxUnreachable("no answer")
        with pytest.raises(PbxUnreachable):
            await sync.poll()
        assert activity.problem == "no answer"
        clock.time, phones.failure = clock.time + MINUTE, None
        await sync.poll()
        assert (activity.well_at, activity.failing_since, activity.problem) == (clock.time, None, "")


async def test_the_first_look_says_how_much_it_has_stored(sync: Sync, phones: FakePhones) -> None:
    phones.add(range(1, 8))
    assert await sync.poll() == StoreResult(filled=7)
