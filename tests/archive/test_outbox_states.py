from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.archive import Database, SqlArchive, SqlOutbox
from bot.domain.delivery import Retry
from bot.domain.recording import Recording
from bot.domain.status import ChannelState
from tests.archive.posting import claimed, send

Maker = Callable[..., Recording]
SECOND = timedelta(seconds=1)


async def test_what_is_told_of_a_channel(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    later = noon + 9 * SECOND
    rows = [recording(1, started_at=noon), recording(2, started_at=noon, duration=4 * SECOND)]
    await archive.store(rows, now=later, synced=2)
    told: dict[str, Any] = {"channel": "C1", "paused_since": None, "problem": ""}
    calm = ChannelState(pending=2, oldest_pending_at=later, last_sent_at=None, last_delay=None, **told)
    assert await welcomed.channel_states() == (calm,), "the welcome is no recording"
    await welcomed.failed(await claimed(welcomed, later), Retry(at=later), problem="busy", now=later)
    assert [state.problem for state in await welcomed.channel_states()] == ["busy"]
    await send(welcomed, later)
    await send(welcomed, later)
    idle = ChannelState(pending=0, oldest_pending_at=None, last_sent_at=later, last_delay=5 * SECOND, **told)
    assert await welcomed.channel_states() == (idle,)


async def test_each_channel_is_told_of_by_itself_and_each_site_too(
    database: Database, archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    branch, branch_outbox = SqlArchive(database, site="branch"), SqlOutbox(database, site="branch")
    later = noon + 9 * SECOND
    await archive.store([recording(1)], now=noon, synced=1)
    await archive.store([recording(2)], now=later, synced=2)
    await branch.set_baseline([], baseline=0, total=0, now=noon)
    await branch_outbox.subscribe("T1", "C1", now=noon)
    await send(branch_outbox, noon)
    await branch.store([recording(1)], now=later, synced=1)
    await welcomed.subscribe("T1", "C0", now=later)
    await welcomed.failed(await claimed(welcomed, later), Retry(at=later + 60 * SECOND), problem="busy", now=later)
    await claimed(welcomed, later, "C0")
    assert [
        [
            (state.channel, state.pending, state.oldest_pending_at, state.problem)
            for state in await outbox.channel_states()
        ]
        for outbox in (welcomed, branch_outbox)
    ] == [
        [("C1", 2, noon, "busy"), ("C0", 1, later, "")],
        [("C1", 1, later, "busy")],
    ], "in the order of subscribing; what is under way is still owed, since when it came"


@pytest.mark.parametrize(
    ("facts", "delay"),
    [
        pytest.param({}, timedelta(0), id="the PBX's clock goes ahead: no negative delay"),
        pytest.param({"started_at": None}, None, id="the PBX told no time"),
    ],
)
async def test_the_delay_of_the_last_post(
    archive: SqlArchive,
    welcomed: SqlOutbox,
    recording: Maker,
    noon: datetime,
    *,
    facts: dict[str, Any],
    delay: timedelta | None,
) -> None:
    await archive.store([recording(1, **facts)], now=noon, synced=1)
    await send(welcomed, noon)
    assert [state.last_delay for state in await welcomed.channel_states()] == [delay]
