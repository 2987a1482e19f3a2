from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.archive import SqlArchive, SqlOutbox
from bot.domain.digest import FEW, GATHER, MOST_IN_DIGEST, WINDOW
from bot.domain.recording import Recording
from tests.archive.posting import claimed, send, send_all

Maker = Callable[..., Recording]
SECOND = timedelta(seconds=1)
MANY = FEW + 1


async def _flood(archive: SqlArchive, recording: Maker, now: datetime, ids: range) -> None:
    await archive.store([recording(pbx_id) for pbx_id in ids], now=now, synced=ids[-1])


@pytest.mark.parametrize(
    ("calls", "messages"),
    [
        pytest.param(FEW, [[1], [2], [3], [4], [5]], id="a few are told one by one"),
        pytest.param(MANY, [[1, 2, 3, 4, 5, 6]], id="more than a few are one digest"),
    ],
)
async def test_how_many_calls_make_a_digest(
    archive: SqlArchive,
    welcomed: SqlOutbox,
    recording: Maker,
    noon: datetime,
    *,
    calls: int,
    messages: list[list[int]],
) -> None:
    await _flood(archive, recording, noon, range(1, calls + 1))
    posts = await send_all(welcomed, noon)
    assert [[row.id for row in post.recordings] for post in posts] == messages
    assert [post.is_digest for post in posts] == [len(ids) > 1 for ids in messages]


async def test_a_flood_is_gathered_and_ends_by_itself(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await _flood(archive, recording, noon, range(1, MANY + 1))
    assert len(await send(welcomed, noon)) == MANY
    soon = noon + 10 * SECOND
    await _flood(archive, recording, soon, range(11, 14))
    assert await welcomed.claim_next("C1", now=soon + GATHER - SECOND) is None, "more may come"
    await _flood(archive, recording, soon + GATHER - SECOND, range(14, 15))
    assert await send(welcomed, soon + GATHER) == [11, 12, 13, 14]
    later = soon + GATHER + WINDOW + SECOND
    await _flood(archive, recording, later, range(21, 23))
    assert [await send(welcomed, later) for _ in range(2)] == [[21], [22]]


async def test_a_flood_holds_up_no_other_channel(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await _flood(archive, recording, noon, range(1, MANY + 1))
    await send(welcomed, noon)
    await welcomed.subscribe("T1", "C2", now=noon)
    await send(welcomed, noon, "C2")
    await _flood(archive, recording, noon + SECOND, range(11, 12))
    assert await welcomed.claim_next("C1", now=noon + SECOND) is None
    assert await send(welcomed, noon + SECOND, "C2") == [11]


async def test_the_legs_of_one_call_are_no_flood(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    rows = [recording(pbx_id, uid="transferred") for pbx_id in range(1, 9)]
    await archive.store(rows, now=noon, synced=8)
    assert len(await send(welcomed, noon)) == 8
    await _flood(archive, recording, noon, range(11, 13))
    assert [await send(welcomed, noon) for _ in range(2)] == [[11], [12]]


async def test_a_digest_that_nobody_finished_comes_back_as_it_was(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await _flood(archive, recording, noon, range(1, MANY + 1))
    first = await claimed(welcomed, noon)
    await _flood(archive, recording, noon, range(7, 20))
    again = await claimed(welcomed, noon + SECOND)
    assert (again.key, again.recordings, again.started_at) == (first.key, first.recordings, noon)
    await welcomed.mark_sent(again, ts="1.1", now=noon + SECOND)
    assert await send(welcomed, noon + SECOND) == list(range(7, 20))
    assert await welcomed.claim_next("C1", now=noon + SECOND) is None


async def test_very_many_calls_are_several_digests(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await _flood(archive, recording, noon, range(1, MOST_IN_DIGEST + 10))
    assert await send(welcomed, noon) == list(range(1, MOST_IN_DIGEST + 1))
    assert await send(welcomed, noon) == list(range(MOST_IN_DIGEST + 1, MOST_IN_DIGEST + 10))


async def test_a_digest_holds_one_generation(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await _flood(archive, recording, noon, range(101, 101 + MANY))
    await archive.start_generation([], total=0, now=noon)
    await _flood(archive, recording, noon, range(1, MANY + 1))
    posts = await send_all(welcomed, noon)
    assert [([row.id for row in post.recordings], post.is_current) for post in posts] == [
        (list(range(101, 101 + MANY)), False),
        (list(range(1, MANY + 1)), True),
    ]


async def test_a_clock_that_was_set_back_holds_no_call_back_for_a_digest(
    archive: SqlArchive, welcomed: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await _flood(archive, recording, noon, range(1, MANY + 1))
    await send(welcomed, noon)
    await _flood(archive, recording, noon + SECOND, range(11, 12))
    assert await welcomed.claim_next("C1", now=noon + SECOND) is None
    assert await send(welcomed, noon - timedelta(hours=1)) == [11]


@pytest.mark.parametrize(
    ("sent_at", "claimed_at", "held_back"),
    [
        pytest.param(0, 0, True, id="told of in the same moment"),
        pytest.param(0, 59, True, id="told of within the last minute"),
        pytest.param(0, 60, False, id="told of a minute ago"),
        pytest.param(60, 0, False, id="told of by a clock that was set back since"),
    ],
)
async def test_which_calls_count_towards_a_flood(
    archive: SqlArchive,
    welcomed: SqlOutbox,
    recording: Maker,
    noon: datetime,
    *,
    sent_at: int,
    claimed_at: int,
    held_back: bool,
) -> None:
    rows = [recording(pbx_id, uid="") for pbx_id in range(1, MANY)]
    await archive.store(rows, now=noon + sent_at * SECOND, synced=FEW)
    assert len(await send_all(welcomed, noon + sent_at * SECOND)) == FEW
    now = noon + claimed_at * SECOND
    await archive.store([recording(MANY)], now=now, synced=MANY)
    assert (await welcomed.claim_next("C1", now=now) is None) is held_back
