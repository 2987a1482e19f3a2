"""A queue of many deliveries, most of them sent long ago, is found its way through by index: nothing reads it all."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive import SqlArchive, SqlLedger, SqlOutbox, SqlVitals
from bot.domain.alert import Alert, Happening
from bot.domain.delivery import Retry
from bot.domain.health import Health, Part
from bot.domain.recording import Recording
from tests.archive.posting import claimed, send

Maker = Callable[..., Recording]
TABLES = "deliveries", "recordings"


@pytest.fixture
async def queue(archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime) -> SqlOutbox:
    """Three recordings wait for C1, which is told of alerts too."""
    await welcomed.tell_alerts("T1", ["C1"], now=noon)
    await archive.keep([recording(pbx_id) for pbx_id in (1, 2, 3)], now=noon, synced=3)
    return welcomed


async def _plans(engine: AsyncEngine, statements: list[str]) -> dict[str, list[str]]:
    """How SQLite runs each statement about deliveries or recordings."""
    plans = {}
    async with engine.connect() as connection:
        for statement in dict.fromkeys(statements):
            if any(table in statement for table in TABLES):
                values = (None,) * statement.count("?")
                plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                plans[statement] = [row.detail for row in plan]
    return plans


def _scans(plans: dict[str, list[str]]) -> list[str]:
    """The steps that read the whole of something large; `s` are subscriptions, of which there are few."""
    few = ("SCAN s", "SCAN subscriptions", "SCAN (subquery", "SCAN CONSTANT", "SCAN anon_", "SCAN json_each")
    steps = [step for plan in plans.values() for step in plan]
    return [step for step in steps if step.startswith("SCAN") and not step.startswith(few)]


async def _post(outbox: SqlOutbox, now: datetime) -> None:
    post = await claimed(outbox, now)
    await outbox.failed(post, Retry(at=now + timedelta(minutes=2), pauses="is_archived"), problem="closed", now=now)
    await outbox.resume("C1", now=now)
    await send(outbox, now)
    await outbox.given_up(await claimed(outbox, now), problem="invalid_blocks", now=now)


async def _read(outbox: SqlOutbox, now: datetime) -> None:
    await outbox.due(now=now)
    await outbox.states()
    await outbox.lost()
    await outbox.tell_alerts("T1", [], now=now)


@pytest.mark.parametrize("act", [pytest.param(_post, id="posting"), pytest.param(_read, id="looking")])
async def test_the_queue_is_never_read_as_a_whole(
    engine: AsyncEngine,
    queue: SqlOutbox,
    noon: datetime,
    watched: Callable[[], Any],
    *,
    act: Callable[[SqlOutbox, datetime], Awaitable[None]],
) -> None:
    with watched() as statements:
        await act(queue, noon)
    assert _scans(await _plans(engine, statements)) == []


async def test_alerts_and_retention_do_not_read_it_either(
    engine: AsyncEngine,
    queue: SqlOutbox,
    ledger: SqlLedger,
    vitals: SqlVitals,
    noon: datetime,
    watched: Callable[[], Any],
) -> None:
    back = Alert(happening=Happening.BACK, part=Part.PBX)
    await send(queue, noon)
    with watched() as statements:
        await vitals.note(Health(part=Part.PBX), well_at=noon, now=noon, alert=back)
        await ledger.mark_gone([1], lowest=0, highest=9, generation=1, now=noon + timedelta(seconds=1))
        assert await ledger.retire(before=noon + timedelta(days=1), gone_before=noon + timedelta(days=1)) == 1
    assert _scans(await _plans(engine, statements)) == []


async def test_what_is_still_owed_is_found_among_that_alone(
    engine: AsyncEngine, queue: SqlOutbox, noon: datetime, watched: Callable[[], Any]
) -> None:
    """The index of a channel's sent deliveries would find a thousand times as many."""
    with watched() as statements:
        await _read(queue, noon)
        await queue.tell_alerts("T1", ["C1"], now=noon)
        await _post(queue, noon)
    plans = await _plans(engine, statements)
    through_sent = [words for words, steps in plans.items() if any("deliveries_sent_idx" in step for step in steps)]
    assert [words.split()[1] for words in through_sent] == ["count(*)"], "the calls of the last minute"
