"""History that is past keeping, and ids that start again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.archive import Database, SqlArchive, SqlOutbox, open_database
from bot.domain.alert import Alert, Happening
from bot.domain.recording import Recording
from bot.domain.sync import StoreResult
from tests.archive.posting import claimed

Maker = Callable[..., Recording]
DAY = timedelta(days=1)


@pytest.fixture
def short(database: Database) -> SqlArchive:
    """It keeps calls for ten days."""
    return SqlArchive(database, site="main", keep_for=10 * DAY)


def _aged(recording: Maker, now: datetime, days: dict[int, int]) -> list[Recording]:
    return [recording(pbx_id, started_at=now - age * DAY) for pbx_id, age in days.items()]


async def test_the_first_look_takes_in_nothing_past_keeping(
    short: SqlArchive, recording: Maker, noon: datetime
) -> None:
    rows = [*_aged(recording, noon, {1: 11, 2: 10, 3: 0}), recording(4, started_at=None)]
    await short.set_baseline(rows, baseline=4, total=9, now=noon)
    assert await short.stored_ids(range(9)) == {2, 3, 4}
    assert (await short.state()).history == 1, "it was read all the same"


async def test_history_past_keeping_is_not_taken_in(short: SqlArchive, recording: Maker, noon: datetime) -> None:
    await short.set_baseline([], baseline=9, total=9, now=noon)
    assert await short.store(_aged(recording, noon, {7: 12, 8: 9}), now=noon, history=7) == StoreResult(filled=1)
    assert (await short.state()).history == 7
    assert await short.store(_aged(recording, noon, {7: 12, 8: 9}), now=noon) == StoreResult()


async def test_a_look_up_before_the_first_look_takes_in_nothing_past_keeping(
    short: SqlArchive, recording: Maker, noon: datetime
) -> None:
    assert await short.store(_aged(recording, noon, {7: 12, 8: 9}), now=noon) == StoreResult(filled=1)


async def test_a_new_recording_is_announced_however_old_its_call_is_said_to_be(
    short: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    """The PBX's clock may be wrong: what comes above the baseline has only just been recorded."""
    await outbox.subscribe("T1", "C1", now=noon)
    await short.set_baseline([], baseline=9, total=9, now=noon)
    assert await short.store(_aged(recording, noon, {10: 9_999}), now=noon, synced=10) == StoreResult(new=(10,))
    assert [state.pending for state in await outbox.channel_states()] == [2], "the welcome, and it"


async def test_what_is_held_changes_though_it_is_past_keeping(
    short: SqlArchive, recording: Maker, noon: datetime
) -> None:
    (row,) = _aged(recording, noon, {5: 9})
    await short.set_baseline([row], baseline=5, total=1, now=noon)
    longer = recording(5, started_at=row.started_at, duration=timedelta(seconds=9))
    assert await short.store([longer], now=noon + 5 * DAY) == StoreResult(changed=1)


async def test_everything_is_taken_in_without_a_limit(archive: SqlArchive, recording: Maker, noon: datetime) -> None:
    ancient = recording(5, started_at=datetime.fromisoformat("1969-01-01T00:00Z"))
    await archive.set_baseline([ancient], baseline=5, total=1, now=noon)
    assert await archive.count() == 1


async def test_that_ids_started_again_is_told(archive: SqlArchive, outbox: SqlOutbox, noon: datetime) -> None:
    await archive.set_baseline([], baseline=9, total=9, now=noon)
    await outbox.set_alert_channels("T1", ["D1"], now=noon)
    await archive.start_generation([], total=0, now=noon + DAY)
    renewed = Alert(happening=Happening.RENEWED, since=noon + DAY)
    assert (await claimed(outbox, noon + DAY, "D1")).alert == renewed


async def test_every_process_knows_when_ids_started_again(url: str, archive: SqlArchive, noon: datetime) -> None:
    await archive.set_baseline([], baseline=9, total=9, now=noon)
    assert (await archive.state()).renewed_at is None
    await archive.start_generation([], total=0, now=noon + DAY)
    async with open_database(url) as database:
        assert (await SqlArchive(database, site="main").state()).renewed_at == noon + DAY


async def test_calls_later_than_all_that_is_held_are_news_of_the_new_generation(
    short: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await short.set_baseline(_aged(recording, noon, {90: 1}), baseline=90, total=1, now=noon)
    await outbox.subscribe("T1", "C1", now=noon)
    rows = _aged(recording, noon, {1: 30, 2: 2, 3: 0})
    assert await short.start_generation(rows, total=3, now=noon) == StoreResult(new=(3,), filled=1), "1 is past keeping"
    state = await short.state()
    assert (state.generation, state.baseline, state.synced, state.history) == (2, 2, 3, None)
    assert [state.pending for state in await outbox.channel_states()] == [2], "the welcome and 3"


@pytest.mark.parametrize(
    ("id_", "started_at", "is_news"),
    [
        pytest.param(5, timedelta(seconds=1), True, id="an unknown id, after the latest call held"),
        pytest.param(5, timedelta(0), False, id="an unknown id below what polls have seen, in the same second"),
        pytest.param(20, timedelta(0), False, id="the highest id that polls have seen, in the same second"),
        pytest.param(21, timedelta(0), True, id="an id above what polls have seen, in the same second"),
        pytest.param(21, timedelta(seconds=-1), False, id="an id above what polls have seen, before it"),
        pytest.param(21, None, False, id="at a time that is not told"),
    ],
)
async def test_an_unknown_id_is_news_of_a_new_generation_by_its_time(
    archive: SqlArchive, recording: Maker, noon: datetime, id_: int, started_at: timedelta | None, *, is_news: bool
) -> None:
    await archive.set_baseline([recording(10, started_at=noon)], baseline=20, total=20, now=noon)
    row = recording(id_, started_at=None if started_at is None else noon + started_at)
    kept = await archive.start_generation([row], total=1, now=noon)
    assert kept == (StoreResult(new=(id_,)) if is_news else StoreResult(filled=1))
    assert (await archive.state()).baseline == (id_ - 1 if is_news else id_)


@pytest.mark.parametrize(
    ("facts", "is_news"),
    [
        pytest.param({"uid": "b", "file": "b.wav", "started_at": timedelta(minutes=11)}, True, id="another, later"),
        pytest.param({"uid": "b", "file": "b.wav", "started_at": timedelta(minutes=10)}, False, id="in its second"),
        pytest.param({"uid": "b", "file": "b.wav", "started_at": timedelta(minutes=9)}, False, id="another, earlier"),
        pytest.param({"started_at": timedelta(minutes=30)}, False, id="the same recording"),
    ],
)
async def test_an_id_that_is_held_is_news_when_a_later_call_has_taken_it(
    archive: SqlArchive, recording: Maker, noon: datetime, facts: dict[str, Any], *, is_news: bool
) -> None:
    await archive.set_baseline([recording(10), recording(20)], baseline=20, total=20, now=noon)
    row = recording(10, **{**facts, "started_at": noon + facts["started_at"]})
    assert await archive.start_generation([row], total=1, now=noon) == (
        StoreResult(new=(10,)) if is_news else StoreResult(filled=1)
    )


@pytest.mark.parametrize(
    ("rows", "total", "lowest", "marks"),
    [
        pytest.param({}, 0, None, (0, 0, None), id="an empty PBX"),
        pytest.param({}, 9, None, (0, 0, 1), id="no row could be read"),
        pytest.param({5: 1, 6: 1}, 2, None, (4, 6, None), id="all are news"),
        pytest.param({5: 1, 6: 1}, 6, None, (4, 6, 5), id="all are news, and more is listed below"),
        pytest.param({3: -1, 5: 1}, 5, None, (3, 5, 3), id="history below the news"),
        pytest.param({3: -1, 4: -1}, 2, None, (4, 4, None), id="history alone"),
        pytest.param({3: 1, 5: -1}, 5, None, (5, 5, 3), id="news below history"),
        pytest.param({3: -1, 9: 1}, 2, 7, (3, 9, 7), id="rows from below the page that was read down to 7"),
    ],
)
async def test_where_the_marks_stand_in_a_new_generation(
    archive: SqlArchive,
    recording: Maker,
    noon: datetime,
    *,
    rows: dict[int, int],
    total: int,
    lowest: int | None,
    marks: tuple[int, int, int | None],
) -> None:
    """Baseline, synced and history, by rows which started so many days after the latest call held."""
    await archive.set_baseline([recording(90, started_at=noon)], baseline=90, total=90, now=noon)
    told = [recording(id_, started_at=noon + days * DAY) for id_, days in rows.items()]
    await archive.start_generation(told, total=total, now=noon, lowest=lowest)
    state = await archive.state()
    assert (state.generation, state.total, state.renewed_at) == (2, total, noon)
    assert (state.baseline, state.synced, state.history) == marks


@pytest.mark.parametrize(
    ("id_", "age", "kept"),
    [
        pytest.param(9, 10 * DAY, StoreResult(filled=1), id="history just young enough"),
        pytest.param(9, 10 * DAY + timedelta(seconds=1), StoreResult(), id="history a second too old, at the baseline"),
        pytest.param(10, 10 * DAY + timedelta(seconds=1), StoreResult(new=(10,)), id="new, though a second too old"),
        pytest.param(9, None, StoreResult(filled=1), id="history of an age that is not told"),
    ],
)
async def test_the_age_past_which_history_is_not_taken_in(
    short: SqlArchive, recording: Maker, noon: datetime, id_: int, age: timedelta | None, kept: StoreResult
) -> None:
    await short.set_baseline([], baseline=9, total=9, now=noon)
    assert await short.store([recording(id_, started_at=None if age is None else noon - age)], now=noon) == kept
