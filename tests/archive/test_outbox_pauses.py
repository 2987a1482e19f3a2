from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.archive import Database, SqlArchive, SqlOutbox
from bot.domain.alert import Alert, Happening
from bot.domain.delivery import Kind, Retry
from bot.domain.recording import Recording
from tests.archive.posting import claimed, send, send_all

Maker = Callable[..., Recording]
SECOND = timedelta(seconds=1)
MINUTES = timedelta(minutes=2)
CLOSED = "not_in_channel"


@pytest.fixture
async def paused(archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime) -> SqlOutbox:
    """C1 takes nothing since noon: recording 1 failed there, 2 and 3 wait. C1 and D1 are told of alerts."""
    await welcomed.set_alert_channels("T1", ["C1", "D1"], now=noon)
    await archive.store([recording(pbx_id) for pbx_id in (1, 2, 3)], now=noon, synced=3)
    await _close(welcomed, noon)
    return welcomed


async def _close(outbox: SqlOutbox, now: datetime) -> None:
    post = await claimed(outbox, now)
    await outbox.failed(post, Retry(at=now + MINUTES, pauses=CLOSED), problem="I am not in this channel.", now=now)


async def _alerts(outbox: SqlOutbox, now: datetime, channel: str) -> list[Alert | None]:
    return [post.alert for post in await send_all(outbox, now, channel)]


async def test_that_a_channel_is_closed_is_told_elsewhere(paused: SqlOutbox, noon: datetime) -> None:
    closed = Alert(happening=Happening.CLOSED, channel="C1", reason=CLOSED, since=noon)
    assert await _alerts(paused, noon, "D1") == [closed]
    (state,) = await paused.channel_states()
    assert (state.pending, state.paused_since, state.problem) == (3, noon, "I am not in this channel.")


async def test_it_is_told_once_however_often_it_is_tried(paused: SqlOutbox, noon: datetime) -> None:
    assert len(await _alerts(paused, noon, "D1")) == 1
    for tries in range(1, 4):
        await _close(paused, noon + tries * MINUTES)
    assert await _alerts(paused, noon + 4 * MINUTES, "D1") == []
    assert [state.paused_since for state in await paused.channel_states()] == [noon]


async def test_nothing_passes_what_a_closed_channel_is_owed(paused: SqlOutbox, noon: datetime) -> None:
    assert await paused.due_channels(now=noon + MINUTES - SECOND) == ("D1",)
    assert await paused.claim_next("C1", now=noon + MINUTES - SECOND) is None
    assert await send(paused, noon + MINUTES) == [1]


async def test_that_it_is_open_again_is_told_everywhere(paused: SqlOutbox, noon: datetime) -> None:
    await _alerts(paused, noon, "D1")
    later = noon + MINUTES
    assert await send(paused, later) == [1]
    opened = Alert(happening=Happening.OPEN, channel="C1", since=noon, until=later, came=2)
    assert await _alerts(paused, later, "D1") == [opened]
    posts = await send_all(paused, later)
    assert [(post.alert, [row.id for row in post.recordings]) for post in posts] == [
        (opened, []),
        (None, [2]),
        (None, [3]),
    ]
    assert [state.paused_since for state in await paused.channel_states()] == [None]


async def test_what_waited_is_counted_for_that_channel_and_site(
    database: Database, archive: SqlArchive, paused: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await _alerts(paused, noon, "D1")
    branch, branch_outbox = SqlArchive(database, site="branch"), SqlOutbox(database, site="branch")
    await branch.set_baseline([], baseline=0, total=0, now=noon)
    await branch_outbox.subscribe("T1", "C1", now=noon)
    await branch.store([recording(1)], now=noon, synced=1)
    await paused.subscribe("T1", "C2", now=noon)
    await archive.store([recording(4)], now=noon, synced=4)
    await archive.start_generation([], total=0, now=noon)
    assert await send(paused, noon + MINUTES) == [1]
    told = await _alerts(paused, noon + MINUTES, "D1")
    assert [(alert.happening, alert.came) for alert in told if alert] == [
        (Happening.RENEWED, 0),
        (Happening.OPEN, 3),
    ]


async def test_that_it_was_closed_is_not_told_once_it_is_open(paused: SqlOutbox, noon: datetime) -> None:
    await send(paused, noon + MINUTES)
    told = await _alerts(paused, noon + MINUTES, "D1")
    assert [alert.happening for alert in told if alert] == [Happening.OPEN]


async def test_another_closing_is_told_again(paused: SqlOutbox, noon: datetime) -> None:
    await send(paused, noon + MINUTES)
    await _alerts(paused, noon + MINUTES, "D1")
    await _close(paused, noon + 2 * MINUTES)
    assert [alert.since for alert in await _alerts(paused, noon + 2 * MINUTES, "D1") if alert] == [noon + 2 * MINUTES]


async def test_a_paused_channel_can_be_tried_at_once(paused: SqlOutbox, noon: datetime) -> None:
    assert await paused.resume("T1", "C1", now=noon + SECOND) is True
    assert await send(paused, noon + SECOND) == [1]


async def test_to_resume_a_channel_is_to_resume_it_alone_and_at_this_site(
    database: Database, archive: SqlArchive, paused: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    branch, branch_outbox = SqlArchive(database, site="branch"), SqlOutbox(database, site="branch")
    await branch.set_baseline([], baseline=0, total=0, now=noon)
    await branch_outbox.subscribe("T1", "C1", now=noon)
    await send(branch_outbox, noon)
    await branch.store([recording(1)], now=noon, synced=1)
    await _close(branch_outbox, noon)
    await paused.subscribe("T1", "C2", now=noon)
    post = await claimed(paused, noon, "C2")
    await paused.failed(post, Retry(at=noon + MINUTES, pauses=CLOSED), problem="closed", now=noon)
    assert await paused.resume("T1", "C1", now=noon + SECOND) is True
    assert await paused.claim_next("C2", now=noon + SECOND) is None
    assert await branch_outbox.claim_next("C1", now=noon + SECOND) is None
    assert await send(paused, noon + SECOND) == [1]


async def test_to_resume_a_channel_leaves_that_of_another_workspace_alone(
    paused: SqlOutbox, archive: SqlArchive, noon: datetime
) -> None:
    await paused.subscribe("T2", "C1", now=noon)
    theirs = await claimed(paused, noon)
    assert theirs.workspace == "T2"
    await paused.failed(theirs, Retry(at=noon + MINUTES, pauses=CLOSED), problem="closed", now=noon)
    assert await paused.resume("T2", "C1", now=noon + SECOND) is True
    assert (await claimed(paused, noon + SECOND)).workspace == "T2"
    assert await paused.resume("T3", "C1", now=noon + SECOND) is False


@pytest.mark.parametrize("channel", [pytest.param("C1", id="an open channel"), pytest.param("C9", id="unknown")])
async def test_there_is_nothing_to_resume(welcomed: SqlOutbox, noon: datetime, *, channel: str) -> None:
    assert await welcomed.resume("T1", channel, now=noon) is False


async def test_a_resumed_channel_that_is_still_closed_waits_again(paused: SqlOutbox, noon: datetime) -> None:
    await paused.resume("T1", "C1", now=noon + SECOND)
    await _close(paused, noon + SECOND)
    assert await paused.claim_next("C1", now=noon + 2 * SECOND) is None
    assert [state.paused_since for state in await paused.channel_states()] == [noon]


async def test_other_trouble_pauses_nothing(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await welcomed.set_alert_channels("T1", ["D1"], now=noon)
    await archive.store([recording(1)], now=noon, synced=1)
    await welcomed.failed(await claimed(welcomed, noon), Retry(at=noon), problem="busy", now=noon)
    assert await _alerts(welcomed, noon, "D1") == []
    assert await welcomed.resume("T1", "C1", now=noon) is False


async def test_what_is_given_up_is_told(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await welcomed.set_alert_channels("T1", ["C1"], now=noon)
    await archive.store([recording(1, uid="a"), recording(2, uid="a")], now=noon, synced=2)
    await welcomed.mark_given_up(await claimed(welcomed, noon), problem="invalid_blocks", now=noon)
    refused = Alert(happening=Happening.REFUSED, channel="C1", reason="invalid_blocks", since=noon, recordings=(1, 2))
    assert (await claimed(welcomed, noon)).alert == refused
    assert [state.problem for state in await welcomed.channel_states()] == ["invalid_blocks"]


async def test_a_welcome_that_is_given_up_is_told_too(archive: SqlArchive, outbox: SqlOutbox, noon: datetime) -> None:
    await archive.set_baseline([], baseline=0, total=0, now=noon)
    await outbox.subscribe("T1", "C1", now=noon)
    await outbox.set_alert_channels("T1", ["D1"], now=noon)
    await outbox.mark_given_up(await claimed(outbox, noon), problem="invalid_blocks", now=noon)
    refused = Alert(happening=Happening.REFUSED, channel="C1", reason="invalid_blocks", since=noon)
    assert await _alerts(outbox, noon, "D1") == [refused]


async def test_an_alert_that_is_given_up_begets_none(archive: SqlArchive, welcomed: SqlOutbox, noon: datetime) -> None:
    await welcomed.set_alert_channels("T1", ["C1"], now=noon)
    await archive.start_generation([], total=0, now=noon)
    post = await claimed(welcomed, noon)
    assert post.kind is Kind.ALERT
    await welcomed.mark_given_up(post, problem="invalid_blocks", now=noon)
    assert await welcomed.claim_next("C1", now=noon) is None
    assert await welcomed.lost() == 1
