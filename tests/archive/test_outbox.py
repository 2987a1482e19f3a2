from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive import SqlArchive, SqlOutbox, open_engine
from bot.archive.claims import MOST_LEGS
from bot.domain.delivery import Kind, Post, Retry
from bot.domain.recording import Recording
from bot.domain.status import ChannelState

Maker = Callable[..., Recording]
SECOND = timedelta(seconds=1)


@pytest.fixture
def outbox(engine: AsyncEngine) -> SqlOutbox:
    """Its keys are key-1, key-2 and so on."""
    numbers = count(1)
    return SqlOutbox(engine, site="main", new_key=lambda: f"key-{next(numbers)}")


@pytest.fixture
async def welcomed(archive: SqlArchive, outbox: SqlOutbox, noon: datetime) -> SqlOutbox:
    """C1 has had its welcome, as key-1, and is owed nothing."""
    await archive.begin([], baseline=0, total=0, now=noon)
    await outbox.subscribe("T1", "C1", now=noon)
    await _send(outbox, now=noon)
    return outbox


async def _claimed(outbox: SqlOutbox, now: datetime, channel: str = "C1") -> Post:
    post = await outbox.claim(channel, now=now)
    assert post is not None
    return post


async def _send(outbox: SqlOutbox, now: datetime) -> list[int]:
    post = await _claimed(outbox, now)
    await outbox.sent(post, ts="1.1", now=now)
    return [row.id for row in post.recordings]


async def test_a_new_channel_is_owed_a_welcome_once_the_first_look_is_over(
    archive: SqlArchive, outbox: SqlOutbox, noon: datetime
) -> None:
    assert await outbox.subscribe("T1", "C1", now=noon) is True
    assert await outbox.due(now=noon) == (), "a call that comes now may still become part of the baseline"
    await archive.begin((), baseline=0, total=0, now=noon)
    assert await outbox.due(now=noon) == ("C1",)
    post = await outbox.claim("C1", now=noon)
    assert post == Post(key="key-1", workspace="T1", channel="C1", kind=Kind.WELCOME, site="main")


async def test_subscribing_again_owes_nothing(welcomed: SqlOutbox, noon: datetime) -> None:
    assert await welcomed.subscribe("T1", "C1", now=noon) is False
    assert await welcomed.due(now=noon) == ()
    assert await welcomed.claim("C1", now=noon) is None


async def test_the_welcome_stands_before_every_recording(
    archive: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.begin([], baseline=0, total=0, now=noon)
    await outbox.subscribe("T1", "C1", now=noon)
    await archive.keep([recording(2), recording(1)], now=noon - SECOND, synced=2)
    assert [await _send(outbox, noon) for _ in range(3)] == [[], [1], [2]]


async def test_a_recording_waits_until_a_whole_poll_has_seen_it(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.keep([recording(2)], now=noon)
    assert await welcomed.due(now=noon) == ()
    assert await welcomed.claim("C1", now=noon) is None
    await archive.keep([recording(1)], now=noon, synced=2)
    assert await welcomed.due(now=noon) == ("C1",)
    assert [await _send(welcomed, noon) for _ in range(2)] == [[1], [2]]


@pytest.mark.parametrize(
    ("uids", "messages"),
    [
        pytest.param(["a", "a", "a"], [[1, 2, 3]], id="the legs of one call are one message"),
        pytest.param(["a", "b", "a"], [[1], [2], [3]], id="a leg behind another call waits its turn"),
        pytest.param(["a", "a", "b", "b"], [[1, 2], [3, 4]], id="two calls"),
        pytest.param(["", "", ""], [[1], [2], [3]], id="calls without a uid are not one call"),
    ],
)
async def test_what_goes_into_one_message(
    archive: SqlArchive,
    welcomed: SqlOutbox,
    recording: Maker,
    noon: datetime,
    *,
    uids: list[str],
    messages: list[list[int]],
) -> None:
    rows = [recording(pbx_id, uid=uid) for pbx_id, uid in enumerate(uids, start=1)]
    await archive.keep(rows, now=noon, synced=len(rows))
    assert [await _send(welcomed, noon) for _ in messages] == messages
    assert await welcomed.claim("C1", now=noon) is None


async def test_a_leg_that_is_not_released_yet_follows_later(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.keep([recording(1, uid="a"), recording(2, uid="a")], now=noon, synced=1)
    assert await _send(welcomed, noon) == [1]
    await archive.keep([], now=noon, synced=2)
    assert await _send(welcomed, noon) == [2]


async def test_a_call_of_very_many_legs_is_several_messages(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    rows = [recording(pbx_id, uid="a") for pbx_id in range(1, MOST_LEGS + 2)]
    await archive.keep(rows, now=noon, synced=100)
    assert len(await _send(welcomed, noon)) == MOST_LEGS
    assert await _send(welcomed, noon) == [MOST_LEGS + 1]


async def test_a_claim_that_nobody_finished_comes_back_at_once(
    url: str, archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.keep([recording(1, uid="a"), recording(2, uid="a")], now=noon, synced=2)
    first = await _claimed(welcomed, noon)
    await archive.keep([recording(3, uid="a")], now=noon, synced=3)
    async with open_engine(url) as engine:
        restarted = SqlOutbox(engine, site="main")
        assert await restarted.due(now=noon + SECOND) == ("C1",)
        again = await _claimed(restarted, noon + SECOND)
        third = await _claimed(restarted, noon + 2 * SECOND)
    assert first.started_at is None
    assert (again.key, again.recordings, again.started_at) == (first.key, first.recordings, noon)
    assert third == again, "it started when it was first claimed"


async def test_after_an_unknown_outcome_it_is_looked_for(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.keep([recording(1), recording(2)], now=noon, synced=2)
    first = await _claimed(welcomed, noon)
    await welcomed.failed(first, Retry(at=noon + 5 * SECOND, look=True), problem="no answer")
    assert await welcomed.due(now=noon + 4 * SECOND) == ()
    assert await welcomed.claim("C1", now=noon + 4 * SECOND) is None, "nothing passes it"
    again = await _claimed(welcomed, noon + 5 * SECOND)
    assert (again.key, again.recordings, again.started_at, again.attempts) == ("key-2", (recording(1),), noon, 1)


async def test_after_a_sure_failure_it_goes_back_as_it_was(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.keep([recording(1, uid="a"), recording(2, uid="b")], now=noon, synced=2)
    await welcomed.failed(await _claimed(welcomed, noon), Retry(at=noon + SECOND), problem="busy")
    await archive.keep([recording(3, uid="a")], now=noon, synced=3)
    assert await welcomed.claim("C1", now=noon) is None, "nothing passes it"
    again = await _claimed(welcomed, noon + SECOND)
    assert (again.key, again.recordings, again.started_at, again.attempts) == (
        "key-2",
        (recording(1, uid="a"),),
        None,
        1,
    )
    crashed = await _claimed(welcomed, noon + 9 * SECOND)
    assert crashed.started_at == noon + SECOND


async def test_a_call_listed_late_does_not_pass_the_message_under_way(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.keep([recording(5)], now=noon, synced=5)
    await welcomed.failed(await _claimed(welcomed, noon), Retry(at=noon + SECOND), problem="busy")
    await archive.keep([recording(4)], now=noon, synced=5)
    assert await welcomed.claim("C1", now=noon) is None
    assert [await _send(welcomed, noon + SECOND) for _ in range(2)] == [[5], [4]]


async def test_once_plain_it_stays_plain(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.keep([recording(1)], now=noon, synced=1)
    await welcomed.failed(await _claimed(welcomed, noon), Retry(at=noon, plain=True), problem="invalid_blocks")
    plain = await _claimed(welcomed, noon)
    assert plain.plain
    await welcomed.failed(plain, Retry(at=noon), problem="busy")
    assert (await _claimed(welcomed, noon)).plain


async def test_what_is_given_up_lets_the_next_one_pass(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    rows = [recording(1, uid="a"), recording(2, uid="a"), recording(3)]
    await archive.keep(rows, now=noon, synced=3)
    await welcomed.given_up(await _claimed(welcomed, noon), problem="invalid_blocks")
    assert await welcomed.lost() == 1, "one message, of two legs"
    assert await _send(welcomed, noon) == [3]


async def test_a_settled_post_stays_settled(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.keep([recording(1)], now=noon, synced=1)
    post = await _claimed(welcomed, noon)
    await welcomed.sent(post, ts="1.1", now=noon)
    await welcomed.failed(post, Retry(at=noon), problem="too late")
    await welcomed.given_up(post, problem="too late")
    assert await welcomed.due(now=noon + SECOND) == ()
    assert await welcomed.lost() == 0


async def test_a_stuck_channel_holds_up_no_other(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await welcomed.subscribe("T1", "C2", now=noon)
    await archive.keep([recording(1)], now=noon, synced=1)
    await welcomed.failed(await _claimed(welcomed, noon), Retry(at=noon + SECOND), problem="channel_not_found")
    assert await welcomed.due(now=noon) == ("C2",)
    assert (await _claimed(welcomed, noon, "C2")).kind is Kind.WELCOME


async def test_what_is_told_of_a_channel(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    later = noon + 9 * SECOND
    await archive.keep([recording(1), recording(2)], now=later, synced=2)
    calm = ChannelState(channel="C1", owed=2, oldest_owed_at=later, last_sent_at=noon, problem="")
    assert await welcomed.states() == (calm,)
    await welcomed.failed(await _claimed(welcomed, later), Retry(at=later), problem="busy")
    assert [state.problem for state in await welcomed.states()] == ["busy"]
    await _send(welcomed, later)
    await _send(welcomed, later)
    idle = ChannelState(channel="C1", owed=0, oldest_owed_at=None, last_sent_at=later, problem="")
    assert await welcomed.states() == (idle,)


async def test_each_site_has_its_own_order_in_a_channel(
    engine: AsyncEngine, archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    branch = SqlArchive(engine, site="branch")
    await branch.begin([], baseline=0, total=0, now=noon)
    await branch.keep([recording(1, uid="branch")], now=noon, synced=1)
    await archive.keep([recording(5)], now=noon, synced=5)
    posts = [await _claimed(outbox, noon) for outbox in (welcomed, SqlOutbox(engine, site="branch"))]
    assert [(post.site, [row.id for row in post.recordings]) for post in posts] == [("main", [5]), ("branch", [1])]


async def test_the_look_at_what_is_due_reads_no_whole_table(
    engine: AsyncEngine, outbox: SqlOutbox, noon: datetime, watched: Callable[[], Any]
) -> None:
    with watched() as statements:
        await outbox.due(now=noon)
    (look,) = (statement for statement in statements if "deliveries" in statement)
    async with engine.connect() as connection:
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {look}", (None,) * look.count("?"))
        steps = [row.detail for row in plan]
    assert [step for step in steps if step.startswith("SCAN")] == [scan for scan in steps if scan.startswith("SCAN s")]
    assert any("deliveries_in_hand_idx" in step for step in steps)
    assert any("deliveries_open_idx" in step for step in steps)
