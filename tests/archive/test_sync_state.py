"""How far the sync has come: marks that move with the rows, and never in the wrong direction."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.archive import SqlArchive
from bot.domain.recording import Recording

Maker = Callable[..., Recording]


@pytest.mark.parametrize(
    ("moves", "synced", "history", "total"),
    [
        pytest.param({}, 100, 91, 100, id="nothing given: nothing moves"),
        pytest.param({"synced": 105}, 105, 91, 100, id="synced rises"),
        pytest.param({"synced": 95}, 100, 91, 100, id="synced never falls"),
        pytest.param({"history": 81}, 100, 81, 100, id="history falls"),
        pytest.param({"history": 95}, 100, 91, 100, id="history never rises"),
        pytest.param({"history_done": True}, 100, None, 100, id="history is complete"),
        pytest.param({"history": 1, "history_done": True}, 100, None, 100, id="complete wins over a mark"),
        pytest.param({"total": 7}, 100, 91, 7, id="total goes both ways"),
        pytest.param({"total": 0}, 100, 91, 0, id="an emptied PBX"),
    ],
)
async def test_where_the_marks_go(
    archive: SqlArchive,
    recording: Maker,
    noon: datetime,
    *,
    moves: dict[str, Any],
    synced: int,
    history: int | None,
    total: int,
) -> None:
    await archive.set_baseline([recording(91)], baseline=100, total=100, now=noon)
    await archive.store([], now=noon + timedelta(minutes=1), **moves)
    state = await archive.state()
    assert (state.baseline, state.synced, state.history, state.total) == (100, synced, history, total)
    have_moved = (synced, history, total) != (100, 91, 100)
    assert state.looked_at == noon + timedelta(minutes=have_moved)


async def test_a_complete_history_stays_complete(archive: SqlArchive, recording: Maker, noon: datetime) -> None:
    await archive.set_baseline([recording(91)], baseline=100, total=100, now=noon)
    await archive.store([], now=noon, history_done=True)
    await archive.store([], now=noon, history=5)
    assert (await archive.state()).history is None


async def test_before_the_first_look_synced_rises_and_no_history_is_marked(archive: SqlArchive, noon: datetime) -> None:
    await archive.store([], now=noon, history=5, synced=7)
    state = await archive.state()
    assert (state.baseline, state.synced, state.history) == (None, 7, None)
    await archive.set_baseline([], baseline=3, total=0, now=noon)
    assert ((await archive.state()).baseline, (await archive.state()).synced) == (3, 7)
