from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.archive import SqlArchive, SqlOutbox
from bot.domain.query import Order, Sort
from bot.domain.recording import Recording
from bot.domain.status import Activity
from bot.errors import PbxUnreachable
from bot.services.sync import Sync
from tests.stage import NOON, FakeClock, FakePhones, FakeSlack, recording

NO_PAUSE = timedelta(0)
MINUTE = timedelta(minutes=1)


async def posted(outbox: SqlOutbox, clock: FakeClock, channel: str = "C1") -> list[int]:
    """What this channel would be posted now, in order."""
    slack = FakeSlack()
    while (post := await outbox.claim(channel, now=clock.now())) is not None:
        await slack.post(post)
        await outbox.sent(post, ts="1.0", now=clock.now())
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


async def test_rows_that_a_look_up_stored_hide_none_below_them(
    sync: Sync, phones: FakePhones, outbox: SqlOutbox, archive: SqlArchive, clock: FakeClock
) -> None:
    phones.add(range(1, 11))
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    phones.add(range(11, 141))
    await archive.keep([recording(id_) for id_ in range(41, 141)], now=NOON)  # `latest 100`
    assert await posted(outbox, clock) == [], "posts wait for the whole poll, so that they go out in order"
    await sync.poll()
    assert await posted(outbox, clock) == list(range(11, 141))


async def test_a_failed_poll_loses_nothing_and_is_seen(
    sync: Sync, phones: FakePhones, outbox: SqlOutbox, clock: FakeClock, activity: Activity
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
        await archive.keep(phones.rows, now=NOON, judged=False)
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
    await archive.renew([recording(3)], total=9, now=NOON)
    await archive.keep(old, now=NOON, generation=1, history=1, judged=False)
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
        pytest.param(range(1_000, 1_500), 14, id="much of what is held is gone"),
    ],
)
async def test_history_is_taken_up_where_it_stood(
    phones: FakePhones, archive: SqlArchive, clock: FakeClock, deleted: range, most_requests: int
) -> None:
    phones.add(range(1, 2_501))
    killed = Sync(phones, archive, Activity(), clock)
    await killed.poll()
    phones.before_answer = away_after(3)
    with pytest.raises(PbxUnreachable):
        await killed.fill(pause=NO_PAUSE)
    phones.before_answer = lambda _: None
    phones.add(range(2_501, 2_551))
    phones.remove(deleted)
    phones.requests.clear()
    restarted = Sync(phones, archive, Activity(), clock)
    await restarted.poll()
    await restarted.fill(pause=NO_PAUSE)
    assert {row.id for row in phones.rows} <= await archive.known([row.id for row in phones.rows])
    assert len(phones.requests) < most_requests


async def test_without_a_baseline_there_is_no_history_to_fill(sync: Sync, phones: FakePhones) -> None:
    await sync.fill(pause=NO_PAUSE)
    assert phones.requests == []
