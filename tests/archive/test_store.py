import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.archive import Database, SqlArchive, SqlOutbox, SqlReconciliations, open_database
from bot.domain.access import SYSTEM
from bot.domain.query import Cursor, Query, Side
from bot.domain.recording import Direction, Party, Recording
from bot.domain.sync import StoreResult, SyncState
from bot.errors import ArchiveError
from tests.tables import writing

Maker = Callable[..., Recording]
LENGTH = timedelta(seconds=9)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


async def test_nothing_is_known_before_the_first_look(archive: SqlArchive) -> None:
    assert await archive.state() == SyncState()
    assert await archive.count() == 0
    assert await archive.oldest_start() is None
    assert await archive.page(SYSTEM, Query()) == ((), 0)


async def test_the_first_look_sets_the_baseline(archive: SqlArchive, recording: Maker, noon: datetime) -> None:
    await archive.set_baseline([recording(9), recording(10)], baseline=10, total=10, now=noon)
    assert await archive.state() == SyncState(baseline=10, synced=10, highest=10, history=9, looked_at=noon, total=10)
    assert await archive.stored_ids([8, 9, 10]) == {9, 10}


@pytest.mark.parametrize(
    ("ids", "baseline", "total", "history"),
    [
        pytest.param([1, 2], 2, 2, None, id="the first page is everything"),
        pytest.param([], 0, 0, None, id="an empty PBX"),
        pytest.param([7, 5], 7, 3, 5, id="more behind the first page"),
        pytest.param([], 7, 3, 8, id="no row of the first page could be read"),
    ],
)
async def test_from_where_up_the_history_is_held(
    archive: SqlArchive,
    recording: Maker,
    noon: datetime,
    *,
    ids: list[int],
    baseline: int,
    total: int,
    history: int | None,
) -> None:
    await archive.set_baseline([recording(pbx_id) for pbx_id in ids], baseline=baseline, total=total, now=noon)
    assert (await archive.state()).history == history


async def test_a_second_first_look_changes_nothing(archive: SqlArchive, recording: Maker, noon: datetime) -> None:
    await archive.set_baseline([recording(10)], baseline=10, total=10, now=noon)
    before = await archive.state()
    await archive.set_baseline([recording(20)], baseline=20, total=20, now=noon + timedelta(hours=1))
    assert await archive.state() == before
    assert await archive.stored_ids([20]) == frozenset()


async def test_history_is_not_announced(
    archive: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await outbox.subscribe("T1", "C1", now=noon)
    await archive.set_baseline([recording(10)], baseline=10, total=10, now=noon)
    assert await archive.store([recording(9), recording(8)], now=noon, history=8) == StoreResult(filled=2)
    assert (await outbox.channel_states())[0].pending == 1, "the welcome alone"


async def test_a_call_that_a_look_up_kept_before_the_first_look_is_announced(
    archive: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await outbox.subscribe("T1", "C1", now=noon)
    assert await archive.store([recording(11), recording(10)], now=noon) == StoreResult(filled=2)
    await archive.set_baseline([recording(10)], baseline=10, total=10, now=noon)
    assert (await outbox.channel_states())[0].pending == 2, "the welcome and recording 11"


async def test_a_new_recording_is_owed_to_every_channel(
    archive: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.set_baseline([recording(10)], baseline=10, total=1, now=noon)
    await outbox.subscribe("T1", "C1", now=noon)
    await outbox.subscribe("T2", "C2", now=noon)
    kept = await archive.store([recording(12), recording(11), recording(10)], now=noon, synced=12, total=3)
    assert kept == StoreResult(new=(11, 12))
    assert [state.pending for state in await outbox.channel_states()] == [3, 3]


async def test_rows_kept_twice_are_owed_once(
    archive: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.set_baseline([], baseline=0, total=0, now=noon)
    await outbox.subscribe("T1", "C1", now=noon)
    rows = [recording(1), recording(1), recording(2)]
    assert await archive.store(rows, now=noon) == StoreResult(new=(1, 2))
    assert await archive.store(rows, now=noon, synced=2) == StoreResult()
    assert (await outbox.channel_states())[0].pending == 3


async def test_a_channel_is_owed_nothing_older_than_its_subscription(
    archive: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.set_baseline([], baseline=0, total=0, now=noon)
    await archive.store([recording(1)], now=noon, synced=1)
    await outbox.subscribe("T1", "C1", now=noon)
    await archive.store([recording(1), recording(2)], now=noon, synced=2)
    assert (await outbox.channel_states())[0].pending == 2, "the welcome and recording 2"


async def test_what_is_kept_comes_back_whole(archive: SqlArchive, noon: datetime) -> None:
    recording = Recording(
        id=614,
        started_at=noon,
        local_time="24/11/2026 20:00:00",
        uid="20261124200000162",
        caller=Party("<!channel> Zoë 北京 👋", "1002"),
        callee=Party("", "+44 20 7946 0000"),
        direction=Direction.INTERNAL,
        duration=timedelta(seconds=52),
        size=825_588,
        file="20261124200000-1795521600.14-1002.wav",
    )
    await archive.store([recording], now=noon)
    assert await archive.get(SYSTEM, [614]) == (recording,)


@pytest.mark.parametrize(
    ("before", "after", "held"),
    [
        pytest.param(
            {}, {"duration": timedelta(seconds=9)}, {"duration": timedelta(seconds=9)}, id="a length told later"
        ),
        pytest.param({"started_at": None}, {"started_at": NEW_YEAR}, {"started_at": NEW_YEAR}, id="a time told later"),
        pytest.param({}, {"caller": Party("B")}, {"caller": Party("B")}, id="another name"),
        pytest.param({"size": 9}, {"size": 0}, {"size": 9}, id="a size that is told no more stays"),
        pytest.param({}, {"started_at": None}, {}, id="a time that is told no more stays"),
        pytest.param({"size": 9}, {"size": 0, "uid": "B"}, {"size": 9, "uid": "B"}, id="it stays when others change"),
        pytest.param({}, {}, {}, id="nothing changed"),
    ],
)
async def test_changed_facts_are_taken_over(
    archive: SqlArchive, recording: Maker, noon: datetime, *,
    before: dict[str, Any], after: dict[str, Any], held: dict[str, Any],
) -> None:  # fmt: skip
    await archive.store([recording(1, **before)], now=noon)
    kept = await archive.store([recording(1, **after)], now=noon)
    assert await archive.get(SYSTEM, [1]) == (recording(1, **{**before, **held}),)
    assert kept == StoreResult(changed=int(recording(1, **before) != recording(1, **{**before, **held})))


@pytest.mark.parametrize(
    ("generation", "kept"),
    [
        pytest.param(None, StoreResult(new=(21,), filled=1, changed=1), id="of whatever generation"),
        pytest.param(2, StoreResult(new=(21,), filled=1, changed=1), id="of this one"),
        pytest.param(1, StoreResult(), id="of one that is over"),
        pytest.param(3, StoreResult(), id="of one that has not begun"),
    ],
)
async def test_rows_read_for_another_generation_are_left_out_as_a_whole(
    archive: SqlArchive, recording: Maker, noon: datetime, generation: int | None, kept: StoreResult
) -> None:
    await archive.set_baseline([], baseline=9, total=9, now=noon)
    await archive.start_generation([recording(20)], total=99, now=noon, lowest=15)
    before = await archive.state()
    rows = [recording(8), recording(20, duration=LENGTH), recording(21)]
    assert await archive.store(rows, now=noon, synced=21, history=8, total=98, generation=generation) == kept
    assert (await archive.state() == before) is (kept == StoreResult())
    await archive.store([], now=noon, history_done=True, generation=generation)
    assert ((await archive.state()).history is None) is (kept != StoreResult())


@pytest.mark.parametrize(("generation", "then"), [(None, 3), (2, 3), (1, 2), (3, 2)])
async def test_a_generation_is_renewed_by_rows_that_were_read_for_it(
    archive: SqlArchive, recording: Maker, noon: datetime, generation: int | None, then: int
) -> None:
    await archive.set_baseline([], baseline=9, total=9, now=noon)
    await archive.start_generation([recording(3)], total=1, now=noon)
    kept = await archive.start_generation([recording(5)], total=1, now=noon, generation=generation)
    assert ((await archive.state()).generation, len(kept.new)) == (then, then - 2)
    assert await archive.stored_ids([3, 5]) == {5 if then == 3 else 3}


async def test_rows_of_a_generation_that_ends_while_they_wait_to_be_written_are_left_out(
    database: Database, archive: SqlArchive, recording: Maker, noon: datetime
) -> None:
    await archive.set_baseline([], baseline=9, total=9, now=noon)
    async with writing(database):
        renewal = asyncio.create_task(archive.start_generation([recording(3)], total=1, now=noon))
        await asyncio.sleep(0)  # it is the next to write
        keeping = asyncio.create_task(archive.store([recording(50)], now=noon, synced=50, generation=1))
        for _ in range(20):  # so that the other one has looked, and waits too
            await archive.count()
    assert len((await renewal).new) == 1
    assert await keeping == StoreResult()
    assert (await archive.state()).synced == 3
    assert await archive.stored_ids([3, 50]) == {3}


@pytest.mark.parametrize(
    ("id_", "minute", "ids_checked", "kept"),
    [
        pytest.param(
            15, 21, False, StoreResult(), id="below what polls have seen, of a later call: a poll shall judge"
        ),
        pytest.param(20, 21, False, StoreResult(), id="the highest id that polls have seen, of a later call"),
        pytest.param(15, 18, False, StoreResult(new=(15,)), id="of the same second as the latest call"),
        pytest.param(15, 17, False, StoreResult(new=(15,)), id="of an earlier call"),
        pytest.param(5, 17, False, StoreResult(filled=1), id="history"),
        pytest.param(15, None, False, StoreResult(new=(15,)), id="of a call without a time"),
        pytest.param(21, 21, False, StoreResult(new=(21,)), id="above all that polls have seen"),
        pytest.param(15, 21, True, StoreResult(new=(15,)), id="a poll has ids_checked: a late id"),
        pytest.param(5, 21, True, StoreResult(filled=1), id="a poll has ids_checked: history"),
    ],
)
async def test_an_unknown_id_of_a_later_call_waits_for_a_poll(
    archive: SqlArchive,
    recording: Maker,
    noon: datetime,
    *,
    id_: int,
    minute: int | None,
    ids_checked: bool,
    kept: StoreResult,
) -> None:
    """The latest call held came at 12:18; polls have seen ids up to 20. The rest of the page is kept."""
    await archive.set_baseline([], baseline=10, total=10, now=noon)
    await archive.store([recording(18)], now=noon, synced=20)
    row = recording(id_, started_at=None if minute is None else noon + timedelta(minutes=minute))
    assert await archive.store([row], now=noon, ids_checked=ids_checked) == kept
    assert await archive.store([row, recording(17)], now=noon, ids_checked=ids_checked) == StoreResult(new=(17,))


async def test_a_row_that_waits_for_a_poll_holds_up_none_of_its_page(
    archive: SqlArchive, recording: Maker, noon: datetime
) -> None:
    await archive.set_baseline([], baseline=10, total=10, now=noon)
    await archive.store([recording(18)], now=noon, synced=20)
    a_second_later = recording(15, started_at=noon + timedelta(minutes=18, seconds=1))
    assert await archive.store([a_second_later, recording(21)], now=noon, ids_checked=False) == StoreResult(new=(21,))


async def test_another_recording_under_an_id_that_is_held_is_left_out(
    archive: SqlArchive, recording: Maker, noon: datetime
) -> None:
    await archive.store([recording(1)], now=noon)
    assert await archive.store([recording(1, uid="another", file="another.wav")], now=noon) == StoreResult()
    assert await archive.get(SYSTEM, [1]) == (recording(1),)


async def test_a_recording_listed_again_is_no_longer_gone(
    archive: SqlArchive, ledger: SqlReconciliations, recording: Maker, noon: datetime
) -> None:
    await archive.store([recording(1)], now=noon)
    assert await ledger.mark_deleted([], lowest=1, highest=1, generation=1, now=noon + LENGTH) == 1
    assert await archive.store([recording(1)], now=noon) == StoreResult(changed=1)
    assert await archive.is_deleted(1) is False
    assert await archive.store([recording(1)], now=noon) == StoreResult()


async def test_marks_move_with_their_rows(archive: SqlArchive, recording: Maker, noon: datetime) -> None:
    await archive.set_baseline([recording(10)], baseline=10, total=10, now=noon)
    later = noon + timedelta(minutes=1)
    await archive.store([recording(11)], now=later, synced=11, total=11)
    await archive.store([recording(9)], now=later, history=9)
    assert await archive.state() == SyncState(baseline=10, synced=11, highest=11, history=9, looked_at=later, total=11)
    await archive.store([], now=later, history_done=True)
    assert (await archive.state()).history is None


async def test_a_quiet_poll_does_not_wait_for_another_writer(
    url: str, database: Database, archive: SqlArchive, recording: Maker, noon: datetime
) -> None:
    rows = [recording(9), recording(10)]
    later = noon + timedelta(hours=1)
    await archive.set_baseline(rows, baseline=10, total=10, now=noon)
    async with open_database(url, busy=timedelta(milliseconds=1)) as other, writing(database):
        quiet = SqlArchive(other, site="main")
        assert await quiet.store(rows, now=later, synced=10, history=9, total=10) == StoreResult()
        assert await quiet.store([recording(11)], now=later, synced=11, generation=2) == StoreResult()
        for changed, total in ((rows, 11), ([recording(11)], 10), ([recording(10, size=9)], 10)):
            with pytest.raises(ArchiveError, match="locked"):
                await quiet.store(changed, now=later, total=total)
    assert (await archive.state()).looked_at == noon


async def test_two_processes_that_meet_the_same_call_owe_it_once(
    url: str, archive: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await archive.set_baseline([], baseline=0, total=0, now=noon)
    await outbox.subscribe("T1", "C1", now=noon)
    rows = [recording(pbx_id) for pbx_id in range(1, 200)]
    async with open_database(url) as other:
        both = (SqlArchive(other, site="main"), archive)
        kept = await asyncio.gather(*(one.store(rows, now=noon, synced=199) for one in both))
    assert sorted(len(each.new) for each in kept) == [0, 199]
    assert (await outbox.channel_states())[0].pending == 200


async def test_a_failed_page_leaves_no_trace(
    database: Database, archive: SqlArchive, recording: Maker, noon: datetime
) -> None:
    await archive.set_baseline([], baseline=0, total=0, now=noon)
    before = await archive.state()
    with pytest.raises((OverflowError, ArchiveError)):
        await archive.store([recording(1), recording(2, size=2**63)], now=noon, synced=2)
    assert await archive.state() == before
    assert await archive.count() == 0


async def test_everything_is_there_after_a_restart(
    url: str, archive: SqlArchive, recording: Maker, noon: datetime
) -> None:
    await archive.set_baseline([recording(10)], baseline=10, total=10, now=noon)
    async with open_database(url) as database:
        again = SqlArchive(database, site="main")
        assert await again.state() == await archive.state()
        assert await again.get(SYSTEM, [10]) == (recording(10),)


async def test_sites_know_nothing_of_each_other(
    database: Database, archive: SqlArchive, recording: Maker, noon: datetime
) -> None:
    branch = SqlArchive(database, site="branch")
    await archive.set_baseline([recording(10)], baseline=10, total=10, now=noon)
    await branch.store([recording(10, uid="another call")], now=noon)
    assert (await branch.state()).baseline is None
    assert [row.uid for row in await archive.get(SYSTEM, [10])] == ["call-10"]
    assert await branch.count() == 1
    await branch.store([recording(99)], now=noon)
    assert await archive.newest_start() == noon + timedelta(minutes=10)
    assert (await archive.state()).highest == 10


async def test_only_the_newest_generation_is_listed(archive: SqlArchive, recording: Maker, noon: datetime) -> None:
    await archive.set_baseline([recording(10), recording(11)], baseline=11, total=11, now=noon)
    await archive.start_generation([recording(3)], total=3, now=noon)
    assert await archive.stored_ids([3, 10, 11]) == {3}
    assert [row.id for row in await archive.get(SYSTEM, [3, 10])] == [3]
    assert ((await archive.state()).highest, await archive.count()) == (3, 1)
    assert await archive.newest_start() == noon + timedelta(minutes=3)
    assert await archive.store([recording(10)], now=noon) == StoreResult(new=(10,))
    assert await archive.store([recording(2)], now=noon) == StoreResult(filled=1)


async def test_recordings_come_in_the_order_asked_for(archive: SqlArchive, recording: Maker, noon: datetime) -> None:
    await archive.store([recording(pbx_id) for pbx_id in range(1, 2001)], now=noon)
    wanted = [5, 1, 10**30, 2000, -(10**30), 3]
    assert [row.id for row in await archive.get(SYSTEM, wanted)] == [5, 1, 2000, 3]
    assert await archive.stored_ids(wanted) == {5, 1, 2000, 3}
    assert len(await archive.stored_ids(range(3000))) == 2000


async def test_counting_from_an_id_up(archive: SqlArchive, recording: Maker, noon: datetime) -> None:
    await archive.store([recording(pbx_id) for pbx_id in (3, 5, 8)], now=noon)
    counts = [await archive.count(at_least=pbx_id) for pbx_id in (0, 5, 6, 9, 10**30)]
    assert counts == [3, 2, 1, 0, 0]


async def test_what_a_query_lists_is_counted(archive: SqlArchive, recording: Maker, noon: datetime) -> None:
    await archive.store([recording(pbx_id) for pbx_id in (3, 5, 8)], now=noon)
    assert await archive.count_matching(SYSTEM, Query(), most=9) == 3
    assert await archive.count_matching(SYSTEM, Query(ids=(4, 8), count=1), most=9) == 2


async def test_the_oldest_call_is_one_with_a_time(archive: SqlArchive, recording: Maker, noon: datetime) -> None:
    await archive.store([recording(1, started_at=None)], now=noon)
    assert await archive.oldest_start() is None
    await archive.store([recording(2), recording(3)], now=noon)
    assert await archive.oldest_start() == noon + timedelta(minutes=2)


async def test_the_newest_call_is_the_latest_to_start(archive: SqlArchive, recording: Maker, noon: datetime) -> None:
    assert await archive.newest_start() is None
    await archive.set_baseline([recording(1, started_at=None)], baseline=1, total=1, now=noon + LENGTH)
    assert await archive.newest_start() == noon + LENGTH, "the first look: no call that has a time is held"
    await archive.store([recording(2), recording(3, started_at=noon)], now=noon)
    assert await archive.newest_start() == noon + timedelta(minutes=2)


async def test_what_is_gone_is_known_by_site(
    database: Database, archive: SqlArchive, ledger: SqlReconciliations, recording: Maker, noon: datetime
) -> None:
    for each in (archive, SqlArchive(database, site="branch")):
        await each.store([recording(pbx_id) for pbx_id in (1, 2, 3)], now=noon)
    await ledger.mark_deleted([1], lowest=1, highest=2, generation=1, now=noon + timedelta(minutes=1))
    await SqlReconciliations(database, site="branch").mark_deleted(
        [2, 3], lowest=1, highest=9, generation=1, now=noon + LENGTH
    )
    assert [await archive.is_deleted(pbx_id) for pbx_id in (1, 2, 3, 4, 10**30)] == [False, True, False, False, False]
    assert await archive.count_deleted() == 1


@pytest.mark.parametrize(
    ("page", "most", "ids", "first", "counted"),
    [
        pytest.param(1, None, [5, 4], 1, 5, id="a full page: all are counted"),
        pytest.param(1, 3, [5, 4], 1, 4, id="counting stops behind the most"),
        pytest.param(3, None, [1], 5, 5, id="the last page: its place tells how many there are"),
        pytest.param(4, None, [], 0, 5, id="behind the last page"),
    ],
)
async def test_a_page_is_found_with_its_place_and_the_count(
    archive: SqlArchive,
    recording: Maker,
    noon: datetime,
    *,
    page: int,
    most: int | None,
    ids: list[int],
    first: int,
    counted: int,
) -> None:
    await archive.set_baseline([recording(pbx_id) for pbx_id in range(1, 6)], baseline=5, total=9, now=noon)
    found = await archive.find(SYSTEM, Query(count=2, page=page), most=most)
    assert ([row.id for row in found.rows], found.first, found.total) == (ids, first, counted)
    assert found.complete_since == noon + timedelta(minutes=1), "older history is still to be read in"


async def test_a_page_above_a_row_is_found_with_the_count_of_all(
    archive: SqlArchive, recording: Maker, noon: datetime
) -> None:
    await archive.store([recording(pbx_id) for pbx_id in range(1, 6)], now=noon)
    turn = Cursor(side=Side.BEFORE, id=4, at=noon + timedelta(minutes=4), position=2)
    found = await archive.find(SYSTEM, Query(count=2), turn, most=None)
    assert ([row.id for row in found.rows], found.first, found.total) == ([5], 1, 5)


async def test_other_calls_between_the_same_two_are_the_latest_of_both_ways(
    archive: SqlArchive, recording: Maker, noon: datetime
) -> None:
    one, other = Party("Evelyn", "5566"), Party("Dave", "5556")
    there = {"caller": one, "callee": other}
    back = {"caller": other, "callee": one}
    asked = recording(1, started_at=noon + timedelta(hours=9), **there)
    rows = [
        asked,
        recording(2, **back),
        recording(3, started_at=noon + timedelta(hours=2), **there),
        recording(4, started_at=noon + timedelta(hours=1), **back),
        recording(5, started_at=noon + timedelta(hours=1), **there),
        recording(6, **{**there, "callee": Party("", "9999")}),
    ]
    await archive.store(rows, now=noon)
    assert [row.id for row in await archive.between(SYSTEM, asked, count=9)] == [3, 5, 4, 2]
    assert [row.id for row in await archive.between(SYSTEM, asked, count=2)] == [3, 5]
    assert await archive.between(SYSTEM, recording(7, callee=Party()), count=9) == ()
