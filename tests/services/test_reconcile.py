"""The daily proof finds what was missed, marks what is gone, and tells no lie."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.archive import Database, SqlArchive, SqlOutbox, SqlReconciliations
from bot.domain.access import SYSTEM
from bot.domain.query import Order, Sort
from bot.domain.reconciliation import Reconciliation
from bot.domain.recording import Recording, RecordingPage
from bot.domain.status import PbxActivity
from bot.errors import PbxUnreachable
from bot.services.reconcile import is_due, reconcile
from bot.services.sync import Sync
from tests.stage import NOON, FakeClock, FakePhones, costly, recording
from tests.tables import open_tables

PAUSE = timedelta(seconds=0.2)
ZURICH = ZoneInfo("Europe/Zurich")


@pytest.fixture
def ledger(database: Database) -> SqlReconciliations:
    return SqlReconciliations(database, site="main")


@pytest.fixture
async def caught_up(phones: FakePhones, sync: Sync) -> None:
    """A thousand recordings, all of them held."""
    phones.add(range(1, 1_001))
    await sync.poll()
    await sync.fill(pause=timedelta(0))


LATER = NOON + timedelta(minutes=1)


def other(id_: int) -> Recording:
    """Another recording than the usual one with this id, of a call later than all of those."""
    return recording(id_, started_at=LATER, uid=f"other-{id_}", file=f"other-{id_}.wav")


def proof(**figures: int) -> Reconciliation:
    return Reconciliation(at=LATER, **{"listed": 1_000, "stored": 1_000, "late": 0, "deleted": 0, **figures})


async def shown(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations, *, keep_for: timedelta | None = None
) -> Reconciliation | None:
    return await reconcile(phones, archive, ledger, FakeClock(time=LATER), pause=PAUSE, keep_for=keep_for)


@pytest.mark.usefixtures("caught_up")
async def test_all_is_held(phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations) -> None:
    assert await shown(phones, archive, ledger) == proof()
    assert await ledger.latest() == proof()


@pytest.mark.usefixtures("caught_up")
async def test_what_is_gone_is_marked_and_comes_back(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations
) -> None:
    kept = phones.rows.copy()
    phones.remove([1, 2, 3, 500, 501, 1_000])
    assert await shown(phones, archive, ledger) == proof(listed=994, stored=994, deleted=6)
    assert await archive.count_deleted() == 6
    phones.rows = kept
    assert await shown(phones, archive, ledger) == proof()
    assert await archive.count_deleted() == 0


@pytest.mark.usefixtures("caught_up")
async def test_an_empty_pbx_has_deleted_everything(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations
) -> None:
    phones.rows = []
    assert await shown(phones, archive, ledger) == proof(listed=0, stored=0, deleted=1_000)


@pytest.mark.usefixtures("caught_up")
async def test_what_no_poll_has_found_is_found_and_owed(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations, outbox: SqlOutbox, sync: Sync
) -> None:
    await outbox.subscribe("T1", "C1", now=NOON)
    phones.add(range(1_002, 1_302))
    await sync.poll()
    phones.rows.append(recording(1_001))
    await sync.poll()
    assert await archive.stored_ids([1_001]) == frozenset(), "it is too deep for a poll"
    assert await shown(phones, archive, ledger) == proof(listed=1_301, stored=1_301, late=1)
    assert (await outbox.channel_states())[0].pending == 302, "with the welcome"


@pytest.mark.usefixtures("caught_up")
async def test_a_call_that_has_only_just_come_is_not_late(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations
) -> None:
    phones.add([1_001])
    assert await shown(phones, archive, ledger) == proof(listed=1_001, stored=1_001)


@pytest.mark.usefixtures("caught_up")
async def test_what_comes_while_pages_are_read_is_not_taken_for_gone(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations, sync: Sync
) -> None:
    phones.before_answer = lambda count: phones.add([1_000 + count])

    class Polling(FakeClock):
        async def sleep(self, pause: timedelta) -> None:
            await FakeClock.sleep(self, pause)
            await sync.poll()

    found = await reconcile(phones, archive, ledger, Polling(time=LATER), pause=PAUSE)
    assert found is not None
    assert (found.deleted, found.late) == (0, 0)
    assert await archive.count_deleted() == 0


async def test_what_is_stored_while_a_page_is_on_its_way_is_not_taken_for_gone(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations, sync: Sync
) -> None:
    clock = FakeClock(time=LATER)
    phones.add(range(2, 2_002, 2))
    await sync.poll()
    await sync.fill(pause=timedelta(0))

    class Slow(FakePhones):
        async def recordings(self, *, page: int, size: int, sort: Sort, order: Order) -> RecordingPage:
            listing = await FakePhones.recordings(self, page=page, size=size, sort=sort, order=order)
            await archive.store([recording(min(row.id for row in listing.rows) + 1)], now=clock.time)
            clock.time += timedelta(seconds=1)
            return listing

    found = await reconcile(Slow(rows=phones.rows), archive, ledger, clock, pause=PAUSE)
    assert found is not None
    assert found.deleted == 0


@pytest.mark.usefixtures("caught_up")
async def test_what_is_stored_and_deleted_while_pages_are_read_is_gone(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations
) -> None:
    """It was first seen before the second page was asked for, which does not list it."""

    class LookingUp(FakeClock):
        async def sleep(self, pause: timedelta) -> None:
            await archive.store([recording(0)], now=self.time)
            await FakeClock.sleep(self, pause)

    clock = LookingUp(time=LATER)
    assert await reconcile(phones, archive, ledger, clock, pause=PAUSE) == proof(deleted=1)
    assert await archive.is_deleted(0)


@pytest.mark.usefixtures("caught_up")
async def test_pages_are_read_with_a_pause_between_them(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations
) -> None:
    clock = FakeClock(time=LATER)
    await reconcile(phones, archive, ledger, clock, pause=PAUSE)
    assert len(clock.slept) > 1
    assert set(clock.slept) == {PAUSE}


LAST = range(1, 6)


@pytest.mark.parametrize(
    "unreadable",
    [
        pytest.param({75}, id="in the middle of a page"),
        pytest.param({51}, id="the lowest row of a page"),
        pytest.param({50}, id="the first row below a page"),
        pytest.param({46, 47, 48, 49, 50, 51}, id="both sides of where two pages meet"),
        pytest.param({100}, id="the newest row"),
        pytest.param({1}, id="the last row of the list"),
        pytest.param(set(LAST), id="every row below the last that can be read"),
        pytest.param({75, 1}, id="two, one of them the last"),
    ],
)
@pytest.mark.parametrize("count", [50, 55, 100], ids=["on one page", "five rows on the last page", "on two pages"])
async def test_a_row_that_cannot_be_read_is_not_gone(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations, sync: Sync, count: int, unreadable: set[int]
) -> None:
    phones.cap = 50
    phones.add(range(101 - count, 101) if min(unreadable) > LAST[-1] else range(1, count + 1))
    listed = {row.id for row in phones.rows}
    await sync.poll()
    await sync.fill(pause=timedelta(0))
    phones.unreadable = unreadable
    found = await shown(phones, archive, ledger)
    assert found is not None
    assert [id_ for id_ in listed if await archive.is_deleted(id_)] == []
    assert (found.deleted, found.listed) == (0, len(listed - unreadable))
    assert (found.skipped > 0) == bool(listed & unreadable)
    assert found == await ledger.latest()


@pytest.mark.parametrize(
    ("unreadable", "gone"),
    [
        pytest.param(1_000, {5}, id="the newest row: what is far below is ids_checked"),
        pytest.param(1, {980}, id="the last row: what is far above is ids_checked"),
    ],
)
@pytest.mark.usefixtures("caught_up")
async def test_pages_that_can_be_read_whole_are_judged(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations, unreadable: int, gone: set[int]
) -> None:
    phones.unreadable = {unreadable}
    phones.remove([5, 980])
    await shown(phones, archive, ledger)
    assert {id_ for id_ in (1, 5, 980, 1_000) if await archive.is_deleted(id_)} == gone
    phones.unreadable = set()
    assert await shown(phones, archive, ledger) == proof(listed=998, stored=998, deleted=1)


@pytest.mark.usefixtures("caught_up")
async def test_a_list_of_which_nothing_can_be_read_marks_nothing(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations
) -> None:
    phones.unreadable = set(range(1, 1_001))
    result = await shown(phones, archive, ledger)
    assert result
    assert (result.listed, result.deleted, await archive.count_deleted()) == (0, 0, 0)
    assert result.skipped >= 1_000, "each row that could not be read is counted"


async def test_the_lowest_and_the_highest_of_all_ids_are_judged(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations, sync: Sync
) -> None:
    phones.rows = [replace(recording(1), id=id_, uid=f"{id_}") for id_ in (0, 1, 2, 2**63 - 1)]
    await sync.poll()
    await sync.fill(pause=timedelta(0))
    phones.remove([0, 2**63 - 1])
    assert await shown(phones, archive, ledger) == proof(listed=2, stored=2, deleted=2)


async def test_nothing_is_proven_while_the_history_is_being_read(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations, sync: Sync
) -> None:
    assert await shown(phones, archive, ledger) is None
    phones.add(range(1, 1_001))
    await sync.poll()
    assert await shown(phones, archive, ledger) is None


@pytest.mark.usefixtures("caught_up")
async def test_ids_that_start_again_meanwhile_end_it(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations
) -> None:
    """What is still read of the old ids neither comes into the new generation nor marks anything in it."""
    new = recording(1_001, started_at=LATER)

    class Resetting(FakeClock):
        async def sleep(self, pause: timedelta) -> None:
            await FakeClock.sleep(self, pause)
            if (await archive.state()).generation == 1:
                await archive.start_generation([new], total=1, now=self.time)
                self.time += timedelta(seconds=1)

    assert await reconcile(phones, archive, ledger, Resetting(time=LATER), pause=PAUSE) is None
    assert await ledger.latest() is None
    assert await archive.stored_ids(range(1, 1_002)) == {1_001}
    assert await archive.count_deleted() == 0


@pytest.mark.usefixtures("caught_up")
async def test_ids_that_have_started_again_are_left_to_the_next_poll(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations
) -> None:
    phones.rows = [other(id_) for id_ in range(1, 11)]
    assert await shown(phones, archive, ledger) is None
    assert await ledger.latest() is None
    assert (await archive.state()).generation == 1
    assert await archive.count_deleted() == 0


@pytest.mark.usefixtures("caught_up")
async def test_a_generation_that_begins_meanwhile_is_the_only_one(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations
) -> None:
    """The proof finds other recordings under stored ids, but a poll has noticed the reset before it ends."""
    phones.cap = 250
    phones.remove([600])
    phones.rows += [other(600)]

    class Resetting(FakeClock):
        async def sleep(self, pause: timedelta) -> None:
            await FakeClock.sleep(self, pause)
            if len(self.slept) == 3:  # the page with recording 600 has been read
                await archive.start_generation(phones.rows[:5], total=1_000, now=self.time)

    await reconcile(phones, archive, ledger, Resetting(time=LATER), pause=PAUSE)
    assert (await archive.state()).generation == 2


@pytest.mark.usefixtures("caught_up")
async def test_other_recordings_deep_in_the_list_begin_a_new_generation(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations, outbox: SqlOutbox, sync: Sync
) -> None:
    await outbox.subscribe("T1", "C1", now=NOON)
    phones.cap = 250
    phones.remove([10, 600])
    phones.rows += [other(10), other(600)]
    assert await shown(phones, archive, ledger) is None
    assert await ledger.latest() is None
    state = await archive.state()
    assert (state.generation, state.total) == (2, 1_000)
    assert state.renewed_at is not None
    assert state.renewed_at > LATER
    assert await archive.get(SYSTEM, [10, 600]) == (other(10), other(600))
    assert (await outbox.channel_states())[0].pending == 3, "both are announced, after the welcome"
    await sync.fill(pause=timedelta(0))
    assert await archive.stored_ids(range(1, 1_001)) == set(range(1, 1_001))
    assert await shown(phones, archive, ledger) == proof()


@pytest.mark.usefixtures("caught_up")
async def test_a_pbx_that_goes_away_meanwhile_leaves_it_due(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations
) -> None:
    phones.failure = PbxUnreachable("no answer")
    with pytest.raises(PbxUnreachable):
        await shown(phones, archive, ledger)
    assert await ledger.latest() is None


async def test_what_is_too_old_to_be_kept_is_not_expected(
    database: Database, phones: FakePhones, ledger: SqlReconciliations
) -> None:
    keep_for = timedelta(days=30) - timedelta(minutes=500)  # `recording` lies a minute apart from 30 days ago
    archive = SqlArchive(database, site="main", keep_for=keep_for)
    sync = Sync(phones, archive, PbxActivity(), FakeClock())
    phones.add(range(1, 1_001))
    await sync.poll()
    await sync.fill(pause=timedelta(0))
    assert await shown(phones, archive, ledger, keep_for=keep_for) == proof(listed=500, stored=500)
    assert await shown(phones, archive, ledger) == proof(stored=501), "what is expected and not held shows"


async def test_what_was_announced_is_expected_whatever_its_age(
    database: Database, phones: FakePhones, ledger: SqlReconciliations
) -> None:
    keep_for, old = timedelta(days=1), NOON - timedelta(days=2)
    archive = SqlArchive(database, site="main", keep_for=keep_for)
    sync = Sync(phones, archive, PbxActivity(), FakeClock())
    phones.rows = [recording(1, started_at=None), recording(2, started_at=NOON), recording(3, started_at=old)]
    await sync.poll()
    await sync.fill(pause=timedelta(0))
    phones.rows.append(recording(4, started_at=old))
    await sync.poll()
    assert await shown(phones, archive, ledger, keep_for=keep_for) == proof(listed=3, stored=3), "all but 3, history"


async def test_history_that_no_reading_has_found_is_late(
    phones: FakePhones, archive: SqlArchive, ledger: SqlReconciliations, sync: Sync
) -> None:
    phones.add([1, 3])
    await sync.poll()
    await sync.fill(pause=timedelta(0))
    phones.add([2])
    assert await shown(phones, archive, ledger) == proof(listed=3, stored=3, late=1)


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        pytest.param(None, "2026-11-24T12:00+01:00", True, id="never yet"),
        pytest.param("2026-11-24T03:00+01:00", "2026-11-24T12:00+01:00", False, id="today already"),
        pytest.param("2026-11-24T03:00+01:00", "2026-11-25T02:59+01:00", False, id="not three o'clock yet"),
        pytest.param("2026-11-24T03:00+01:00", "2026-11-25T03:00+01:00", True, id="three o'clock"),
        pytest.param("2026-11-24T02:59+01:00", "2026-11-25T02:59+01:00", True, id="before three yesterday"),
        pytest.param("2026-11-24T12:00+01:00", "2026-11-24T12:00+01:00", False, id="at this moment"),
        pytest.param("2026-11-23T12:00+01:00", "2026-11-24T03:01+01:00", True, id="yesterday at noon"),
        pytest.param("2026-11-24T12:00+01:00", "2026-11-24T11:00+01:00", True, id="the clock was set back"),
        pytest.param("2026-03-29T03:00+02:00", "2026-03-29T12:00+02:00", False, id="the hour that is left out"),
    ],
)
def test_a_proof_is_due_once_a_day(last: str | None, now: str, due: bool) -> None:
    at = datetime.fromisoformat(last).astimezone(UTC) if last else None
    made = Reconciliation(at=at, listed=0, stored=0, late=0, deleted=0) if at else None
    assert is_due(made, datetime.fromisoformat(now).astimezone(UTC), zone=ZURICH) is due


IDS = st.sets(st.integers(1, 120), max_size=100)


@costly(3)
@given(held=IDS, listed=IDS, unreadable=st.sets(st.integers(1, 120), max_size=3), cap=st.sampled_from([20, 1_000]))
async def test_whatever_is_listed_the_archive_agrees_with_it_afterwards(
    held: set[int], listed: set[int], unreadable: set[int], cap: int
) -> None:
    assume(not listed or listed - unreadable)
    async with open_tables("sqlite://") as database:
        archive, clock = SqlArchive(database, site="main"), FakeClock()
        phones = FakePhones(cap=cap)
        phones.add(held)
        sync = Sync(phones, archive, PbxActivity(), clock)
        await sync.poll()
        await sync.fill(pause=timedelta(0))
        phones.rows, phones.unreadable = [recording(id_) for id_ in listed], unreadable
        clock.time += timedelta(minutes=1)
        found = await reconcile(phones, archive, SqlReconciliations(database, site="main"), clock, pause=PAUSE)
        assert found is not None
        assert found.listed == found.stored == len(listed - unreadable)
        gone = {id_ for id_ in held if await archive.is_deleted(id_)}
        assert len(gone) == found.deleted
        assert gone <= held - listed
        if not listed & unreadable:
            assert gone == held - listed
            assert await archive.count() - found.deleted == found.stored
