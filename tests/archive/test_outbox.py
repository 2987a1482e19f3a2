from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.archive import Database, SqlArchive, SqlOutbox
from bot.domain.delivery import Kind, Post, Retry
from bot.domain.digest import MOST_LEGS
from bot.domain.recording import Recording
from tests.archive.posting import claimed, send

Maker = Callable[..., Recording]
SECOND = timedelta(seconds=1)


async def test_the_channel_that_has_been_due_longest_comes_first(
    archive: SqlArchive, outbox: SqlOutbox, noon: datetime
) -> None:
    await archive.set_baseline((), baseline=0, total=0, now=noon)
    for channel, moment in [("C1", 0), ("C2", 5), ("C3", 2), ("C0", 5), ("C5", 9)]:
        await outbox.subscribe("T1", channel, now=noon + moment * SECOND)
    assert await outbox.due_channels(now=noon + 9 * SECOND) == ("C1", "C3", "C2", "C0", "C5")
    await outbox.failed(await claimed(outbox, noon), Retry(at=noon + 7 * SECOND), problem="busy", now=noon)
    assert await outbox.due_channels(now=noon + 9 * SECOND) == ("C3", "C2", "C0", "C1", "C5"), "due again is due anew"


async def test_a_channel_of_another_workspace_is_another_channel(
    archive: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.set_baseline((), baseline=0, total=0, now=noon)
    await outbox.set_alert_channels("T1", ["C1", "D1"], now=noon)
    assert await outbox.subscribe("T2", "C1", now=noon) is True
    assert [state.channel for state in await outbox.channel_states()] == ["C1"], "T1's is told of alerts alone"
    assert await outbox.subscribe("T1", "C1", now=noon) is True
    await outbox.set_alert_channels("T2", ["C1"], now=noon)
    assert await outbox.alert_channels() == ("C1", "D1"), "both workspaces' C1, named once, and T1's D1 as before"
    assert await outbox.due_channels(now=noon) == ("C1",), "named once"
    posts = [await claimed(outbox, noon)]
    await outbox.mark_sent(posts[0], ts="1.1", now=noon)
    posts.append(await claimed(outbox, noon))
    assert sorted((post.workspace, post.after) for post in posts) == [("T1", None), ("T2", None)]


async def test_an_id_is_owed_for_its_own_site_and_generation(
    database: Database, archive: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    async def owed() -> list[int]:
        return [state.pending for each in (outbox, branch_outbox) for state in await each.channel_states()]

    branch, branch_outbox = SqlArchive(database, site="branch"), SqlOutbox(database, site="branch")
    await branch.set_baseline([recording(3)], baseline=3, total=1, now=noon)
    await archive.set_baseline([recording(1), recording(2)], baseline=2, total=2, now=noon)
    await outbox.subscribe("T1", "C1", now=noon)
    await branch_outbox.subscribe("T1", "C1", now=noon)
    await archive.store([recording(3)], now=noon, synced=3)
    assert await owed() == [2, 1], (
        "the welcome and the new recording; of the branch the welcome, not its recording of before"
    )
    await archive.start_generation([], total=0, now=noon)
    await archive.store([recording(1, file="new.wav")], now=noon, synced=1)
    assert await owed() == [3, 1], "nor the one that had this id before the ids began anew"


async def test_a_new_channel_is_owed_a_welcome_once_the_first_look_is_over(
    archive: SqlArchive, outbox: SqlOutbox, noon: datetime
) -> None:
    assert await outbox.subscribe("T1", "C1", now=noon) is True
    assert await outbox.due_channels(now=noon) == (), "a call that comes now may still become part of the baseline"
    await archive.set_baseline((), baseline=0, total=0, now=noon)
    assert await outbox.due_channels(now=noon) == ("C1",)
    post = await outbox.claim_next("C1", now=noon)
    assert post == Post(key="key-1", workspace="T1", channel="C1", kind=Kind.WELCOME, site="main")


async def test_a_look_up_before_the_first_look_releases_no_welcome(
    archive: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await outbox.subscribe("T1", "C1", now=noon)
    await archive.store([recording(1)], now=noon)
    assert await outbox.due_channels(now=noon) == ()
    assert await outbox.claim_next("C1", now=noon) is None


async def test_subscribing_again_owes_nothing(welcomed: SqlOutbox, noon: datetime) -> None:
    assert await welcomed.subscribe("T1", "C1", now=noon) is False
    assert await welcomed.due_channels(now=noon) == ()
    assert await welcomed.claim_next("C1", now=noon) is None


async def test_the_welcome_stands_before_every_recording(
    archive: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.set_baseline([], baseline=0, total=0, now=noon)
    await outbox.subscribe("T1", "C1", now=noon)
    await archive.store([recording(2), recording(1)], now=noon - SECOND, synced=2)
    assert [await send(outbox, noon) for _ in range(3)] == [[], [1], [2]]


async def test_a_recording_waits_until_a_whole_poll_has_seen_it(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.store([recording(2)], now=noon)
    assert await welcomed.due_channels(now=noon) == ()
    assert await welcomed.claim_next("C1", now=noon) is None
    await archive.store([recording(1)], now=noon, synced=2)
    assert await welcomed.due_channels(now=noon) == ("C1",)
    assert [await send(welcomed, noon) for _ in range(2)] == [[1], [2]]


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
    await archive.store(rows, now=noon, synced=len(rows))
    assert [await send(welcomed, noon) for _ in messages] == messages
    assert await welcomed.claim_next("C1", now=noon) is None


async def test_a_leg_that_is_not_released_yet_follows_later(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.store([recording(1, uid="a"), recording(2, uid="a")], now=noon, synced=1)
    assert await send(welcomed, noon) == [1]
    await archive.store([], now=noon, synced=2)
    assert await send(welcomed, noon) == [2]


async def test_what_a_look_up_saw_first_holds_up_nothing_before_it(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.store([recording(5, uid="a")], now=noon)
    await archive.store([recording(3)], now=noon, synced=3)
    assert await send(welcomed, noon) == [3]
    assert await welcomed.claim_next("C1", now=noon) is None
    await archive.store([recording(4, uid="a")], now=noon, synced=5)
    assert await send(welcomed, noon) == [4, 5], "in the PBX's order, not in that of their coming"


async def test_a_call_of_very_many_legs_is_several_messages(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    rows = [recording(pbx_id, uid="a") for pbx_id in range(1, MOST_LEGS + 2)]
    await archive.store(rows, now=noon, synced=100)
    assert len(await send(welcomed, noon)) == MOST_LEGS
    assert await send(welcomed, noon) == [MOST_LEGS + 1]


async def test_a_call_listed_late_does_not_pass_the_message_under_way(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.store([recording(5)], now=noon, synced=5)
    await welcomed.failed(await claimed(welcomed, noon), Retry(at=noon + SECOND), problem="busy", now=noon)
    await archive.store([recording(4)], now=noon, synced=5)
    assert await welcomed.claim_next("C1", now=noon) is None
    assert [await send(welcomed, noon + SECOND) for _ in range(2)] == [[5], [4]]


async def test_a_channel_that_is_told_of_alerts_alone_is_owed_no_recording(
    archive: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.set_baseline([], baseline=0, total=0, now=noon)
    await outbox.set_alert_channels("T1", ["D1"], now=noon)
    await archive.store([recording(1)], now=noon, synced=1)
    assert await outbox.due_channels(now=noon) == ()
    assert await outbox.channel_states() == ()
    assert await outbox.subscribe("T1", "D1", now=noon) is True
    assert (await claimed(outbox, noon, "D1")).kind is Kind.WELCOME


async def test_what_was_posted_last_tells_from_where_to_look(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.store([recording(1)], now=noon, synced=1)
    post = await claimed(welcomed, noon)
    assert post.after == "1.1", "the welcome"
    assert (await claimed(welcomed, noon)).after == "1.1", "also for one that comes back"


async def test_each_site_has_its_own_order_in_a_channel(
    database: Database, archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    branch, branch_outbox = SqlArchive(database, site="branch"), SqlOutbox(database, site="branch")
    await branch.set_baseline([], baseline=0, total=0, now=noon)
    await branch_outbox.subscribe("T1", "C1", now=noon)
    await send(branch_outbox, noon)
    await branch.store([recording(1, uid="branch")], now=noon, synced=1)
    await archive.store([recording(5)], now=noon, synced=5)
    posts = [await claimed(outbox, noon) for outbox in (welcomed, branch_outbox)]
    assert [(post.site, [row.id for row in post.recordings]) for post in posts] == [("main", [5]), ("branch", [1])]
