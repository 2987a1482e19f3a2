"""History that is past keeping, and ids that start again."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive import SqlArchive, SqlOutbox, open_engine
from bot.domain.alert import Alert, Happening
from bot.domain.recording import Recording
from bot.domain.sync import Kept
from tests.archive.posting import claimed

Maker = Callable[..., Recording]
DAY = timedelta(days=1)


@pytest.fixture
def short(engine: AsyncEngine) -> SqlArchive:
    """It keeps calls for ten days."""
    return SqlArchive(engine, site="main", keep_for=10 * DAY)


def _aged(recording: Maker, now: datetime, days: dict[int, int]) -> list[Recording]:
    return [recording(pbx_id, started_at=now - age * DAY) for pbx_id, age in days.items()]


async def test_the_first_look_takes_in_nothing_past_keeping(
    short: SqlArchive, recording: Maker, noon: datetime
) -> None:
    rows = [*_aged(recording, noon, {1: 11, 2: 10, 3: 0}), recording(4, started_at=None)]
    await short.begin(rows, baseline=4, total=9, now=noon)
    assert await short.known(range(9)) == {2, 3, 4}
    assert (await short.state()).history == 1, "it was read all the same"


async def test_history_past_keeping_is_not_taken_in(short: SqlArchive, recording: Maker, noon: datetime) -> None:
    await short.begin([], baseline=9, total=9, now=noon)
    assert await short.keep(_aged(recording, noon, {7: 12, 8: 9}), now=noon, history=7) == Kept(filled=1)
    assert (await short.state()).history == 7
    assert await short.keep(_aged(recording, noon, {7: 12, 8: 9}), now=noon) == Kept()


async def test_a_look_up_before_the_first_look_takes_in_nothing_past_keeping(
    short: SqlArchive, recording: Maker, noon: datetime
) -> None:
    assert await short.keep(_aged(recording, noon, {7: 12, 8: 9}), now=noon) == Kept(filled=1)


async def test_a_new_recording_is_announced_however_old_its_call_is_said_to_be(
    short: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    """The PBX's clock may be wrong: what comes above the baseline has only just been recorded."""
    await outbox.subscribe("T1", "C1", now=noon)
    await short.begin([], baseline=9, total=9, now=noon)
    assert await short.keep(_aged(recording, noon, {10: 9_999}), now=noon, synced=10) == Kept(new=(10,))
    assert [state.owed for state in await outbox.states()] == [2], "the welcome, and it"


async def test_what_is_held_changes_though_it_is_past_keeping(
    short: SqlArchive, recording: Maker, noon: datetime
) -> None:
    (row,) = _aged(recording, noon, {5: 9})
    await short.begin([row], baseline=5, total=1, now=noon)
    longer = recording(5, started_at=row.started_at, duration=timedelta(seconds=9))
    assert await short.keep([longer], now=noon + 5 * DAY) == Kept(changed=1)


async def test_everything_is_taken_in_without_a_limit(archive: SqlArchive, recording: Maker, noon: datetime) -> None:
    ancient = recording(5, started_at=datetime.fromisoformat("1969-01-01T00:00Z"))
    await archive.begin([ancient], baseline=5, total=1, now=noon)
    assert await archive.count() == 1


async def test_that_ids_started_again_is_told(archive: SqlArchive, outbox: SqlOutbox, noon: datetime) -> None:
    await archive.begin([], baseline=9, total=9, now=noon)
    await outbox.tell_alerts("T1", ["D1"], now=noon)
    await archive.renew([], total=0, now=noon + DAY)
    renewed = Alert(happening=Happening.RENEWED, since=noon + DAY)
    assert (await claimed(outbox, noon + DAY, "D1")).alert == renewed


async def test_every_process_knows_when_ids_started_again(url: str, archive: SqlArchive, noon: datetime) -> None:
    await archive.begin([], baseline=9, total=9, now=noon)
    assert (await archive.state()).renewed_at is None
    await archive.renew([], total=0, now=noon + DAY)
    async with open_engine(url) as engine:
        assert (await SqlArchive(engine, site="main").state()).renewed_at == noon + DAY


async def test_calls_later_than_all_that_is_held_are_news_of_the_new_generation(
    short: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await short.begin(_aged(recording, noon, {90: 1}), baseline=90, total=1, now=noon)
    await outbox.subscribe("T1", "C1", now=noon)
    rows = _aged(recording, noon, {1: 30, 2: 2, 3: 0})
    assert await short.renew(rows, total=3, now=noon) == Kept(new=(3,), filled=1), "1 is past keeping"
    state = await short.state()
    assert (state.generation, state.baseline, state.synced, state.history) == (2, 2, 3, None)
    assert [state.owed for state in await outbox.states()] == [2], "the welcome and 3"
