from datetime import timedelta

import pytest

from bot.archive import Database, SqlArchive, SqlReconciliations
from bot.services.retention import delete_expired
from tests.stage import NOON, FakeClock, recording

DAY = timedelta(days=1)
HIGH = 10_000


@pytest.fixture
def ledger(database: Database) -> SqlReconciliations:
    return SqlReconciliations(database, site="main")


@pytest.fixture
async def held(archive: SqlArchive) -> None:
    """Ten recordings, one a day, the newest of today."""
    rows = [recording(id_, started_at=NOON - (10 - id_) * DAY) for id_ in range(1, 11)]
    await archive.set_baseline(rows, baseline=10, total=10, now=NOON)


@pytest.mark.usefixtures("held")
async def test_rows_go_when_their_days_are_over(archive: SqlArchive, ledger: SqlReconciliations) -> None:
    assert await delete_expired(ledger, FakeClock(), keep_for=5 * DAY) == 4
    assert await archive.stored_ids(range(1, 11)) == {5, 6, 7, 8, 9, 10}


@pytest.mark.usefixtures("held")
async def test_without_a_limit_rows_stay_as_long_as_the_pbx_holds_them_and_a_while(
    archive: SqlArchive, ledger: SqlReconciliations
) -> None:
    await ledger.mark_deleted([9, 10], lowest=1, highest=HIGH, generation=1, now=NOON + timedelta(seconds=1))
    clock = FakeClock(time=NOON + 90 * DAY)
    assert await delete_expired(ledger, clock, keep_for=None) == 0
    clock.time += timedelta(seconds=2)
    assert await delete_expired(ledger, clock, keep_for=None) == 8
    assert await archive.stored_ids(range(1, 11)) == {9, 10}


@pytest.mark.usefixtures("held")
async def test_a_limit_holds_for_what_the_pbx_has_deleted_too(archive: SqlArchive, ledger: SqlReconciliations) -> None:
    await ledger.mark_deleted([], lowest=1, highest=HIGH, generation=1, now=NOON + timedelta(seconds=1))
    assert await delete_expired(ledger, FakeClock(time=NOON + 180 * DAY), keep_for=365 * DAY) == 0
    assert await archive.count() == 10
    assert await delete_expired(ledger, FakeClock(time=NOON + 2 * DAY), keep_for=DAY) == 10


@pytest.mark.usefixtures("held")
async def test_a_call_is_kept_for_exactly_its_days(archive: SqlArchive, ledger: SqlReconciliations) -> None:
    clock = FakeClock(time=NOON - 4 * DAY + 5 * DAY)
    assert await delete_expired(ledger, clock, keep_for=5 * DAY) == 5, (
        "calls 1 to 5; call 6 is five days old to the second"
    )
    assert await archive.stored_ids(range(1, 11)) == {6, 7, 8, 9, 10}
    clock.time += timedelta(seconds=1)
    assert await delete_expired(ledger, clock, keep_for=5 * DAY) == 1
