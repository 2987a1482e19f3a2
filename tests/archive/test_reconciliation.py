from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.archive import Database, SqlArchive, SqlOutbox, SqlReconciliations
from bot.archive.dialects import HIGHEST
from bot.domain.reconciliation import Reconciliation
from bot.domain.recording import Recording
from bot.domain.sync import StoreResult
from tests.archive.posting import send, send_all
from tests.tables import execute

Maker = Callable[..., Recording]
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def held(archive: SqlArchive, recording: Maker, noon: datetime) -> SqlArchive:
    """Recordings 1 to 10, of a day each, the last one of today; all but the last are history."""
    rows = [recording(pbx_id, started_at=noon - (10 - pbx_id) * DAY) for pbx_id in range(1, 11)]
    await archive.set_baseline(rows[:9], baseline=9, total=9, now=noon)
    await archive.store(rows, now=noon, synced=10, total=10)
    return archive


async def _count(database: Database, table: str) -> int:
    ((found,),) = await execute(database, f"SELECT count(*) FROM {table}")  # noqa: S608 - a name of ours
    return int(found)


async def test_what_is_not_listed_is_gone(held: SqlArchive, ledger: SqlReconciliations, noon: datetime) -> None:
    listed = [1, 9, 10, 11]
    assert await ledger.mark_deleted(listed, lowest=0, highest=HIGHEST, generation=1, now=noon + SECOND) == 7
    assert await held.count_deleted() == 7
    assert await ledger.mark_deleted(listed, lowest=0, highest=HIGHEST, generation=1, now=noon + DAY) == 0, (
        "noted already"
    )
    assert await held.count() == 10, "the rows stay"


async def test_only_what_was_read_is_judged(held: SqlArchive, ledger: SqlReconciliations, noon: datetime) -> None:
    assert await ledger.mark_deleted([4], lowest=3, highest=5, generation=1, now=noon + SECOND) == 2
    assert await ledger.mark_deleted([], lowest=11, highest=10**30, generation=1, now=noon + SECOND) == 0


async def test_a_recording_that_came_after_the_question_is_not_gone(
    held: SqlArchive, ledger: SqlReconciliations, recording: Maker, noon: datetime
) -> None:
    asked_at = noon + SECOND
    await held.store([recording(11)], now=asked_at, synced=11)
    assert await ledger.mark_deleted(range(1, 11), lowest=0, highest=HIGHEST, generation=1, now=asked_at) == 0
    assert await ledger.mark_deleted(range(1, 11), lowest=0, highest=HIGHEST, generation=1, now=asked_at + SECOND) == 1


async def test_a_generation_that_is_over_is_left_alone(
    held: SqlArchive, ledger: SqlReconciliations, recording: Maker, noon: datetime
) -> None:
    await held.start_generation([recording(1)], total=1, now=noon)
    assert await ledger.mark_deleted([], lowest=0, highest=HIGHEST, generation=1, now=noon + SECOND) == 0
    assert await ledger.mark_deleted([], lowest=0, highest=HIGHEST, generation=2, now=noon + SECOND) == 1
    assert await held.count_deleted() == 1


async def test_sites_are_judged_apart(database: Database, held: SqlArchive, recording: Maker, noon: datetime) -> None:
    branch = SqlReconciliations(database, site="branch")
    assert await branch.mark_deleted([], lowest=0, highest=HIGHEST, generation=1, now=noon + SECOND) == 0
    assert await branch.delete_expired(before=noon + DAY, deleted_before=noon + DAY) == 0
    assert await held.count() == 10


async def test_the_newest_proof_comes_back(database: Database, ledger: SqlReconciliations, noon: datetime) -> None:
    assert await ledger.latest() is None
    proof = Reconciliation(at=noon, listed=1_284, stored=1_283, late=2, deleted=3, skipped=1)
    await ledger.record(proof)
    assert await ledger.latest() == proof
    assert await SqlReconciliations(database, site="branch").latest() is None


async def test_the_proof_recorded_last_is_the_newest_also_when_the_clock_was_set_back(
    ledger: SqlReconciliations, noon: datetime
) -> None:
    for at in (noon, noon - DAY):
        await ledger.record(Reconciliation(at=at, listed=0, stored=0, late=0, deleted=0))
    last = await ledger.latest()
    assert last is not None
    assert last.at == noon - DAY


async def test_recordings_of_calls_past_keeping_are_removed(
    held: SqlArchive, ledger: SqlReconciliations, noon: datetime
) -> None:
    assert await ledger.delete_expired(before=noon - 4 * DAY, deleted_before=noon - 4 * DAY) == 5
    assert await held.stored_ids(range(1, 11)) == {6, 7, 8, 9, 10}
    assert await ledger.delete_expired(before=noon - 4 * DAY, deleted_before=noon - 4 * DAY) == 0


async def test_without_a_limit_only_what_is_gone_for_long_is_removed(
    held: SqlArchive, ledger: SqlReconciliations, noon: datetime
) -> None:
    await ledger.mark_deleted([1, 10], lowest=0, highest=HIGHEST, generation=1, now=noon + SECOND)
    assert await ledger.delete_expired(before=None, deleted_before=noon + SECOND) == 0
    assert await ledger.delete_expired(before=None, deleted_before=noon + DAY) == 8
    assert await held.stored_ids(range(1, 11)) == {1, 10}


async def test_a_call_without_a_time_counts_from_when_it_was_first_seen(
    archive: SqlArchive, ledger: SqlReconciliations, recording: Maker, noon: datetime
) -> None:
    await archive.set_baseline([recording(1, started_at=None)], baseline=1, total=1, now=noon)
    assert await ledger.delete_expired(before=noon, deleted_before=noon) == 0
    assert await ledger.delete_expired(before=noon + SECOND, deleted_before=noon) == 1


async def test_what_is_removed_is_not_announced_when_it_is_listed_again(
    archive: SqlArchive, welcomed: SqlOutbox, ledger: SqlReconciliations, recording: Maker, noon: datetime
) -> None:
    rows = [recording(pbx_id, started_at=noon - (10 - pbx_id) * DAY) for pbx_id in range(1, 6)]
    await archive.store(rows, now=noon, synced=5)
    await send_all(welcomed, noon)
    assert await ledger.delete_expired(before=noon, deleted_before=noon) == 5
    assert (await archive.state()).baseline == 5
    assert await archive.store(rows, now=noon, synced=5) == StoreResult(filled=5)
    assert await welcomed.claim_next("C1", now=noon) is None


async def test_the_baseline_never_falls(held: SqlArchive, ledger: SqlReconciliations, noon: datetime) -> None:
    await ledger.delete_expired(before=noon - 4 * DAY, deleted_before=noon - 4 * DAY)
    assert (await held.state()).baseline == 9


async def test_what_is_owed_stays_until_it_is_posted(
    archive: SqlArchive, welcomed: SqlOutbox, ledger: SqlReconciliations, recording: Maker, noon: datetime
) -> None:
    await welcomed.subscribe("T1", "C2", now=noon)
    await archive.store([recording(1), recording(2)], now=noon, synced=2)
    assert await send(welcomed, noon) == [1]
    later = noon + 400 * DAY
    assert await ledger.delete_expired(before=later, deleted_before=later) == 0
    assert await welcomed.claim_next("C1", now=noon) is not None, "recording 2 is under way"
    await send_all(welcomed, later, "C2")
    assert await ledger.delete_expired(before=later, deleted_before=later) == 1, "recording 1, which C2 was still owed"
    await send_all(welcomed, later)
    assert await ledger.delete_expired(before=later, deleted_before=later) == 1


async def test_what_no_poll_has_seen_stays(
    archive: SqlArchive, ledger: SqlReconciliations, recording: Maker, noon: datetime
) -> None:
    """A look-up met it first; were it removed, the baseline would rise above calls that are still to be announced."""
    await archive.set_baseline([], baseline=0, total=0, now=noon)
    await archive.store([recording(5, started_at=noon - DAY)], now=noon)
    assert await ledger.delete_expired(before=noon, deleted_before=noon) == 0
    await archive.store([], now=noon, synced=5)
    assert await ledger.delete_expired(before=noon, deleted_before=noon) == 1


async def test_nothing_is_removed_before_the_first_look(
    archive: SqlArchive, ledger: SqlReconciliations, recording: Maker, noon: datetime
) -> None:
    assert await ledger.delete_expired(before=noon, deleted_before=noon) == 0
    await archive.store([recording(5, started_at=noon - DAY)], now=noon)
    assert await ledger.delete_expired(before=noon, deleted_before=noon) == 0
    assert (await archive.state()).baseline is None


async def test_settled_deliveries_of_all_kinds_go_with_their_age(
    database: Database,
    archive: SqlArchive,
    welcomed: SqlOutbox,
    ledger: SqlReconciliations,
    recording: Maker,
    noon: datetime,
) -> None:
    await welcomed.set_alert_channels("T1", ["C1"], now=noon)
    await archive.store([recording(pbx_id, started_at=None) for pbx_id in range(1, 5)], now=noon, synced=4)
    lost = await welcomed.claim_next("C1", now=noon)
    assert lost is not None
    await welcomed.mark_given_up(lost, problem="invalid_blocks", now=noon)
    await send_all(welcomed, noon)
    assert await _count(database, "deliveries") == 6, "a welcome, four recordings, an alert"
    assert await ledger.delete_expired(before=None, deleted_before=noon) == 0
    assert await _count(database, "deliveries") == 6
    assert await ledger.delete_expired(before=None, deleted_before=noon + SECOND) == 0
    assert await _count(database, "deliveries") == 0
    assert await archive.count() == 4
    assert await archive.store([recording(1)], now=noon) == StoreResult(changed=1), "nothing is announced again"


async def test_proofs_go_but_the_newest(database: Database, ledger: SqlReconciliations, noon: datetime) -> None:
    for days in (3, 2, 1):
        await ledger.record(Reconciliation(at=noon - days * DAY, listed=days, stored=0, late=0, deleted=0))
    await ledger.delete_expired(before=None, deleted_before=noon - 2 * DAY)
    assert await _count(database, "proofs") == 2
    await ledger.delete_expired(before=None, deleted_before=noon)
    assert await _count(database, "proofs") == 1
    last = await ledger.latest()
    assert last is not None
    assert last.listed == 1


@pytest.mark.parametrize(
    ("before", "deleted_before"),
    [
        pytest.param(0, -2, id="calls are kept for less long"),
        pytest.param(-2, 0, id="deleted ones are kept for less long"),
    ],
)
async def test_proofs_and_deliveries_go_with_the_later_of_the_two_moments(
    database: Database,
    welcomed: SqlOutbox,
    ledger: SqlReconciliations,
    noon: datetime,
    before: int,
    deleted_before: int,
) -> None:
    for days in (1, 0):
        await ledger.record(Reconciliation(at=noon - days * DAY, listed=0, stored=0, late=0, deleted=0))
    now = noon + SECOND
    await ledger.delete_expired(before=now + before * DAY, deleted_before=now + deleted_before * DAY)
    assert (await _count(database, "proofs"), await _count(database, "deliveries")) == (1, 0)


async def test_generations_that_are_over_go_too(
    database: Database, held: SqlArchive, ledger: SqlReconciliations, recording: Maker, noon: datetime
) -> None:
    await held.start_generation([recording(1, started_at=noon)], total=1, now=noon)
    assert await ledger.delete_expired(before=noon - 4 * DAY, deleted_before=noon - 4 * DAY) == 5
    assert await _count(database, "recordings") == 6
    assert await ledger.delete_expired(before=None, deleted_before=noon) == 0, "it was over only at noon"
    assert await ledger.delete_expired(before=None, deleted_before=noon + SECOND) == 5, (
        "nothing of it is listed any more"
    )
    assert await _count(database, "recordings") == 1
    assert (await held.state()).baseline == 1, "ids of an old generation do not count"


async def test_what_an_old_generation_still_owes_stays(
    archive: SqlArchive, welcomed: SqlOutbox, ledger: SqlReconciliations, recording: Maker, noon: datetime
) -> None:
    await archive.store([recording(7)], now=noon, synced=7)
    await archive.start_generation([], total=0, now=noon)
    assert await ledger.delete_expired(before=noon + DAY, deleted_before=noon + DAY) == 0
    assert await send(welcomed, noon) == [7]
    assert await ledger.delete_expired(before=noon + DAY, deleted_before=noon + DAY) == 1


async def test_others_may_write_between_two_batches(
    held: SqlArchive, ledger: SqlReconciliations, noon: datetime, watched: Callable[[], Any]
) -> None:
    with watched() as statements:
        await ledger.delete_expired(before=noon + DAY, deleted_before=noon)
    removals = [line for line in statements if line.startswith("DELETE FROM recordings")]
    assert len(removals) == 4, "ten rows, three at a time"
