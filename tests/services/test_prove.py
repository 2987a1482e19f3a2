"""The daily proof finds what was missed, marks what is gone, and tells no lie."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive import SqlArchive, SqlLedger, SqlOutbox
from bot.domain.proof import Proof
from bot.domain.query import Order, Sort
from bot.domain.recording import Listing
from bot.domain.status import Activity
from bot.errors import PbxUnreachable
from bot.services.prove import is_due, prove
from bot.services.sync import Sync
from tests.stage import NOON, FakeClock, FakePhones, costly, recording
from tests.tables import open_tables

PAUSE = timedelta(seconds=0.2)
ZURICH = ZoneInfo("Europe/Zurich")


@pytest.fixture
def ledger(engine: AsyncEngine) -> SqlLedger:
    return SqlLedger(engine, site="main")


@pytest.fixture
async def caught_up(phones: FakePhones, sync: Sync) -> None:
    """A thousand recordings, all of them held."""
    phones.add(range(1, 1_001))
    await sync.poll()
    await sync.fill(pause=timedelta(0))


LATER = NOON + timedelta(minutes=1)


def proof(**figures: int) -> Proof:
    return Proof(at=LATER, **{"listed": 1_000, "held": 1_000, "late": 0, "gone": 0, **figures})


async def shown(
    phones: FakePhones, archive: SqlArchive, ledger: SqlLedger, *, keep_for: timedelta | None = None
) -> Proof | None:
    return await prove(phones, archive, ledger, FakeClock(time=LATER), pause=PAUSE, keep_for=keep_for)


@pytest.mark.usefixtures("caught_up")
async def test_all_is_held(phones: FakePhones, archive: SqlArchive, ledger: SqlLedger) -> None:
    assert await shown(phones, archive, ledger) == proof()
    assert await ledger.last_proof() == proof()


@pytest.mark.usefixtures("caught_up")
async def test_what_is_gone_is_marked_and_comes_back(
    phones: FakePhones, archive: SqlArchive, ledger: SqlLedger
) -> None:
    kept = phones.rows.copy()
    phones.remove([1, 2, 3, 500, 501, 1_000])
    assert await shown(phones, archive, ledger) == proof(listed=994, held=994, gone=6)
    assert await archive.gone() == 6
    phones.rows = kept
    assert await shown(phones, archive, ledger) == proof()
    assert await archive.gone() == 0


@pytest.mark.usefixtures("caught_up")
async def test_an_empty_pbx_has_deleted_everything(phones: FakePhones, archive: SqlArchive, ledger: SqlLedger) -> None:
    phones.rows = []
    assert await shown(phones, archive, ledger) == proof(listed=0, held=0, gone=1_000)


@pytest.mark.usefixtures("caught_up")
async def test_what_no_poll_has_found_is_found_and_owed(
    phones: FakePhones, archive: SqlArchive, ledger: SqlLedger, outbox: SqlOutbox, sync: Sync
) -> None:
    await outbox.subscribe("T1", "C1", now=NOON)
    phones.add(range(1_002, 1_302))
    await sync.poll()
    phones.rows.append(recording(1_001))
    await sync.poll()
    assert await archive.known([1_001]) == frozenset(), "it is too deep for a poll"
    assert await shown(phones, archive, ledger) == proof(listed=1_301, held=1_301, late=1)
    assert (await outbox.states())[0].owed == 302, "with the welcome"


@pytest.mark.usefixtures("caught_up")
async def test_a_call_that_has_only_just_come_is_not_late(
    phones: FakePhones, archive: SqlArchive, ledger: SqlLedger
) -> None:
    phones.add([1_001])
    assert await shown(phones, archive, ledger) == proof(listed=1_001, held=1_001)


@pytest.mark.usefixtures("caught_up")
async def test_what_comes_while_pages_are_read_is_not_taken_for_gone(
    phones: FakePhones, archive: SqlArchive, ledger: SqlLedger, sync: Sync
) -> None:
    phones.before_answer = lambda count: phones.add([1_000 + count])

    class Polling(FakeClock):
        async def sleep(self, pause: timedelta) -> None:
            await FakeClock.sleep(self, pause)
            await sync.poll()

    found = await prove(phones, archive, ledger, Polling(time=LATER), pause=PAUSE)
    assert found is not None
    assert (found.gone, found.late) == (0, 0)
    assert await archive.gone() == 0


@pytest.mark.usefixtures("caught_up")
async def test_a_page_with_a_row_that_cannot_be_read_marks_nothing(
    phones: FakePhones, archive: SqlArchive, ledger: SqlLedger
) -> None:
    class Spoilt(FakePhones):
        async def recordings(self, *, page: int, size: int, sort: Sort, order: Order) -> Listing:
            listing = await FakePhones.recordings(self, page=page, size=size, sort=sort, order=order)
            return replace(listing, rows=listing.rows[:-1], skipped=1)

    found = await prove(Spoilt(rows=phones.rows[:50]), archive, ledger, FakeClock(time=LATER), pause=PAUSE)
    assert found is not None
    assert found.skipped >= 1
    assert 50 in await archive.known([50])


async def test_nothing_is_proven_while_the_history_is_being_read(
    phones: FakePhones, archive: SqlArchive, ledger: SqlLedger, sync: Sync
) -> None:
    assert await shown(phones, archive, ledger) is None
    phones.add(range(1, 1_001))
    await sync.poll()
    assert await shown(phones, archive, ledger) is None


@pytest.mark.usefixtures("caught_up")
async def test_ids_that_start_again_meanwhile_end_it(
    phones: FakePhones, archive: SqlArchive, ledger: SqlLedger
) -> None:
    class Resetting(FakeClock):
        async def sleep(self, pause: timedelta) -> None:
            await FakeClock.sleep(self, pause)
            await archive.renew((), total=0, now=self.time)

    assert await prove(phones, archive, ledger, Resetting(), pause=PAUSE) is None
    assert await ledger.last_proof() is None


@pytest.mark.usefixtures("caught_up")
async def test_a_pbx_that_goes_away_meanwhile_leaves_it_due(
    phones: FakePhones, archive: SqlArchive, ledger: SqlLedger
) -> None:
    phones.failure = PbxUnreachable("no answer")
    with pytest.raises(PbxUnreachable):
        await shown(phones, archive, ledger)
    assert await ledger.last_proof() is None


async def test_what_is_too_old_to_be_kept_is_not_expected(
    engine: AsyncEngine, phones: FakePhones, ledger: SqlLedger
) -> None:
    keep_for = timedelta(days=30) - timedelta(minutes=500)  # `recording` lies a minute apart from 30 days ago
    archive = SqlArchive(engine, site="main", keep_for=keep_for)
    sync = Sync(phones, archive, Activity(), FakeClock())
    phones.add(range(1, 1_001))
    await sync.poll()
    await sync.fill(pause=timedelta(0))
    found = await shown(phones, archive, ledger, keep_for=keep_for)
    assert found == proof(listed=500, held=500)


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        pytest.param(None, "2026-11-24T12:00+01:00", True, id="never yet"),
        pytest.param("2026-11-24T03:00+01:00", "2026-11-24T12:00+01:00", False, id="today already"),
        pytest.param("2026-11-24T03:00+01:00", "2026-11-25T02:59+01:00", False, id="not three o'clock yet"),
        pytest.param("2026-11-24T03:00+01:00", "2026-11-25T03:00+01:00", True, id="three o'clock"),
        pytest.param("2026-11-23T12:00+01:00", "2026-11-24T03:01+01:00", True, id="yesterday at noon"),
        pytest.param("2026-11-24T12:00+01:00", "2026-11-24T11:00+01:00", True, id="the clock was set back"),
        pytest.param("2026-03-29T03:00+02:00", "2026-03-29T12:00+02:00", False, id="the hour that is left out"),
    ],
)
def test_a_proof_is_due_once_a_day(last: str | None, now: str, due: bool) -> None:
    at = datetime.fromisoformat(last).astimezone(UTC) if last else None
    made = Proof(at=at, listed=0, held=0, late=0, gone=0) if at else None
    assert is_due(made, datetime.fromisoformat(now).astimezone(UTC), zone=ZURICH) is due


@costly(3)
@given(held=st.sets(st.integers(1, 700), max_size=300), listed=st.sets(st.integers(1, 700), max_size=300))
async def test_whatever_is_listed_the_archive_agrees_with_it_afterwards(held: set[int], listed: set[int]) -> None:
    async with open_tables("sqlite://") as engine:
        archive, clock = SqlArchive(engine, site="main"), FakeClock()
        phones = FakePhones()
        phones.add(held)
        sync = Sync(phones, archive, Activity(), clock)
        await sync.poll()
        await sync.fill(pause=timedelta(0))
        phones.rows = [recording(id_) for id_ in listed]
        clock.time += timedelta(minutes=1)
        found = await prove(phones, archive, SqlLedger(engine, site="main"), clock, pause=PAUSE)
        assert found is not None
        assert (found.listed, found.gone) == (len(listed), len(held - listed))
        assert await archive.count() - await archive.gone() == found.held
