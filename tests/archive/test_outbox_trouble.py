from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.archive import Database, SqlArchive, SqlOutbox, open_database
from bot.archive.outbox import LEASE
from bot.domain.delivery import Kind, Retry
from bot.domain.recording import Recording
from tests.archive.posting import claimed, send

Maker = Callable[..., Recording]
SECOND = timedelta(seconds=1)


@pytest.mark.sqlite  # the lock of the file proves that the process before has ended
async def test_a_claim_that_nobody_finished_comes_back_at_once(
    url: str, archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.store([recording(1, uid="a"), recording(2, uid="a")], now=noon, synced=2)
    first = await claimed(welcomed, noon)
    await archive.store([recording(3, uid="a")], now=noon, synced=3)
    async with open_database(url) as database:
        restarted = SqlOutbox(database, site="main")
        assert await restarted.due_channels(now=noon + SECOND) == ("C1",)
        again = await claimed(restarted, noon + SECOND)
        third = await claimed(restarted, noon + 2 * SECOND)
    assert first.started_at is None
    assert (again.key, again.recordings, again.started_at) == (first.key, first.recordings, noon)
    assert third == again, "it started when it was first claimed"


async def test_two_workers_never_have_the_same_post_before_its_lease_ends(
    url: str, archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    if url.startswith("sqlite"):
        return  # there the lock on the file is proof enough
    await archive.store([recording(1), recording(2)], now=noon, synced=2)
    first = await claimed(welcomed, noon)
    async with open_database(url) as database:
        other = SqlOutbox(database, site="main")
        assert await other.claim_next("C1", now=noon + SECOND) is None
        assert await other.due_channels(now=noon + SECOND) == ()
        assert (await claimed(welcomed, noon + SECOND)).key == first.key, "whoever claimed it may claim it again"
        again = await claimed(other, noon + SECOND + LEASE)
        assert (again.key, again.started_at) == (first.key, noon), "it is looked for first"
        await other.failed(again, Retry(at=noon + SECOND + LEASE, look=True), problem="no answer", now=noon)
        assert (await claimed(welcomed, noon + SECOND + LEASE)).key == first.key, "a settled try ends the lease"


async def test_a_clock_that_was_set_back_does_not_prolong_a_lease(
    url: str, archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.store([recording(1)], now=noon, synced=1)
    first = await claimed(welcomed, noon)
    async with open_database(url) as database:
        assert (await claimed(SqlOutbox(database, site="main"), noon - timedelta(hours=1))).key == first.key


async def test_after_an_unknown_outcome_it_is_looked_for(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.store([recording(1), recording(2)], now=noon, synced=2)
    first = await claimed(welcomed, noon)
    await welcomed.failed(first, Retry(at=noon + 5 * SECOND, look=True), problem="no answer", now=noon)
    assert await welcomed.due_channels(now=noon + 4 * SECOND) == ()
    assert await welcomed.claim_next("C1", now=noon + 4 * SECOND) is None, "nothing passes it"
    again = await claimed(welcomed, noon + 5 * SECOND)
    assert (again.key, again.recordings, again.started_at, again.attempts) == ("key-2", (recording(1),), noon, 1)


async def test_after_a_sure_failure_it_goes_back_as_it_was(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.store([recording(1, uid="a"), recording(2, uid="b")], now=noon, synced=2)
    await welcomed.failed(await claimed(welcomed, noon), Retry(at=noon + SECOND), problem="busy", now=noon)
    await archive.store([recording(3, uid="a")], now=noon, synced=3)
    assert await welcomed.claim_next("C1", now=noon) is None, "nothing passes it"
    again = await claimed(welcomed, noon + SECOND)
    assert (again.key, again.recordings, again.started_at, again.attempts) == (
        "key-2",
        (recording(1, uid="a"),),
        None,
        1,
    )
    crashed = await claimed(welcomed, noon + 9 * SECOND)
    assert crashed.started_at == noon + SECOND


async def test_once_plain_it_stays_plain(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.store([recording(1)], now=noon, synced=1)
    await welcomed.failed(await claimed(welcomed, noon), Retry(at=noon, plain=True), problem="invalid_blocks", now=noon)
    plain = await claimed(welcomed, noon)
    assert plain.plain
    await welcomed.failed(plain, Retry(at=noon), problem="busy", now=noon)
    assert (await claimed(welcomed, noon)).plain


async def test_what_is_given_up_lets_the_next_one_pass(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    rows = [recording(1, uid="a"), recording(2, uid="a"), recording(3)]
    await archive.store(rows, now=noon, synced=3)
    await welcomed.mark_given_up(await claimed(welcomed, noon), problem="invalid_blocks", now=noon)
    assert await welcomed.lost() == 1, "one message, of two legs"
    assert await send(welcomed, noon) == [3]


async def test_a_settled_post_stays_settled(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await welcomed.set_alert_channels("T1", ["D1"], now=noon)
    await archive.store([recording(1)], now=noon, synced=1)
    post = await claimed(welcomed, noon)
    await welcomed.mark_sent(post, ts="1.1", now=noon)
    told = await welcomed.channel_states()
    await welcomed.mark_sent(post, ts="9.9", now=noon + SECOND)
    await welcomed.failed(post, Retry(at=noon, pauses="is_archived"), problem="too late", now=noon)
    await welcomed.mark_given_up(post, problem="too late", now=noon)
    assert await welcomed.due_channels(now=noon + SECOND) == (), "neither a message nor an alert"
    assert await welcomed.channel_states() == told
    assert await welcomed.lost() == 0


async def test_what_was_given_up_is_not_sent_any_more(
    database: Database, archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.store([recording(1)], now=noon, synced=1)
    post = await claimed(welcomed, noon)
    await welcomed.mark_given_up(post, problem="invalid_blocks", now=noon)
    await welcomed.mark_sent(post, ts="9.9", now=noon)
    assert [state.last_sent_at for state in await welcomed.channel_states()] == [None]
    assert (await welcomed.lost(), await SqlOutbox(database, site="branch").lost()) == (1, 0), "at this site"


async def test_a_stuck_channel_holds_up_no_other(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await welcomed.subscribe("T1", "C2", now=noon)
    await archive.store([recording(1)], now=noon, synced=1)
    await welcomed.failed(await claimed(welcomed, noon), Retry(at=noon + SECOND), problem="channel_not_found", now=noon)
    assert await welcomed.due_channels(now=noon) == ("C2",)
    assert (await claimed(welcomed, noon, "C2")).kind is Kind.WELCOME


@pytest.mark.parametrize(
    "minutes",
    [
        pytest.param(-1, id="a minute"),
        pytest.param(-24 * 60, id="a day"),
    ],
)
async def test_a_clock_that_was_set_back_holds_nothing_up(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime, *, minutes: int
) -> None:
    before = noon + timedelta(minutes=minutes)
    await archive.store([recording(1), recording(2)], now=noon, synced=2)
    await welcomed.failed(await claimed(welcomed, noon), Retry(at=noon + SECOND), problem="busy", now=noon)
    assert await welcomed.due_channels(now=noon) == ()
    assert await welcomed.due_channels(now=before) == ("C1",)
    again = await claimed(welcomed, before)
    await welcomed.failed(again, Retry(at=before + SECOND), problem="busy", now=before)
    assert await welcomed.claim_next("C1", now=before) is None, "by the new clock it waits as usual"
    assert [await send(welcomed, before + SECOND) for _ in range(2)] == [[1], [2]]
