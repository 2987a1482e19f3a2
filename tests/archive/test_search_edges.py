"""What a PBX may tell and a person may type, at the edges of what the index of words can hold."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.archive import SqlArchive
from bot.domain.access import SYSTEM
from bot.domain.query import Cursor, Order, Query, Side, Sort, Term
from bot.domain.recording import Party, Recording
from bot.domain.time_range import TimeRange

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
EVELYN = Party("Evelyn", "5566")


async def ids(archive: SqlArchive, query: Query, turn: Cursor | None = None) -> list[int]:
    rows, _ = await archive.page(SYSTEM, query, turn)
    return [row.id for row in rows]


async def test_times_that_no_call_can_have(archive: SqlArchive) -> None:
    times = {1: LATEST, 2: NOON, 3: datetime(2500, 1, 1, tzinfo=UTC), 4: None, 5: datetime(1960, 1, 1, tzinfo=UTC)}
    rows = [Recording(id=id_, started_at=at, caller=EVELYN) for id_, at in times.items()]
    await archive.store(rows, now=NOON)
    query = Query(words=(Term("evelyn"),))
    assert await ids(archive, query) == [1, 3, 2, 4, 5]
    assert await ids(archive, Query(words=query.words, order=Order.ASC)) == [5, 4, 2, 3, 1]
    assert await ids(archive, query, Cursor(side=Side.AFTER, id=1, at=LATEST, position=1)) == [3, 2, 4, 5]
    assert await ids(archive, Query(words=query.words, time_ranges=(TimeRange(end=LATEST),))) == [3, 2, 5]


@pytest.mark.parametrize("word", ["\ud7ff", "a\ud7ff", "\U0010ffff", "\ud83d", "x\ud83d"])
async def test_characters_at_the_edges(archive: SqlArchive, word: str) -> None:
    await archive.store([Recording(id=1, started_at=NOON, caller=EVELYN)], now=NOON)
    assert await ids(archive, Query(words=(Term(word),))) == []
    assert await ids(archive, Query(parties=(Term(word),))) == []


async def test_what_stands_behind_a_character_that_ends_texts(archive: SqlArchive) -> None:
    await archive.store([Recording(id=1, started_at=NOON, caller=Party("Eve\x00lyn Hopper", "5566"))], now=NOON)
    assert await ids(archive, Query(words=(Term("hopper"),))) == [1]
    assert await ids(archive, Query(callers=(Term("hopper"),))) == [1]


@pytest.mark.parametrize("sort", [Sort.DURATION, Sort.SIZE])
async def test_turning_by_length_from_a_row_that_is_held(archive: SqlArchive, sort: Sort) -> None:
    rows = [
        Recording(id=id_, started_at=NOON, caller=EVELYN, duration=timedelta(seconds=9 - id_), size=9 - id_)
        for id_ in range(1, 6)
    ]
    await archive.store(rows, now=NOON)
    turn = Cursor(side=Side.AFTER, id=2, at=NOON, position=2)
    assert await ids(archive, Query(sort=sort, count=2), turn) == [3, 4]


@pytest.mark.parametrize("sort", [Sort.DURATION, Sort.SIZE])
async def test_turning_by_length_from_a_row_that_was_removed(archive: SqlArchive, sort: Sort) -> None:
    rows = [
        Recording(id=id_, started_at=NOON, caller=EVELYN, duration=timedelta(seconds=9 - id_), size=9 - id_)
        for id_ in (1, 3, 4, 5)
    ]
    await archive.store(rows, now=NOON)
    turn = Cursor(side=Side.AFTER, id=2, at=NOON, position=2)
    assert await ids(archive, Query(sort=sort, count=2), turn) == [3, 4], "where it stood"


async def test_long_and_short_to_the_second(archive: SqlArchive) -> None:
    rows = [
        Recording(id=1, started_at=NOON, size=44 + 16_000 * 51, file="a.WAV"),
        Recording(id=2, started_at=NOON, size=44 + 16_000 * 51 - 1, file="b.wav"),
        Recording(id=3, started_at=NOON, size=44 + 16_000 * 51, file="c.mp3"),
        Recording(id=4, started_at=NOON, duration=timedelta(seconds=51)),
    ]
    await archive.store(rows, now=NOON)
    second = timedelta(seconds=1)
    assert await ids(archive, Query(longer=51 * second)) == [4, 1]
    assert await ids(archive, Query(shorter=51 * second)) == [4, 2, 1]
    assert await ids(archive, Query(shorter=50 * second)) == []
    assert await ids(archive, Query(longer=0 * second)) == [4, 2, 1]


@pytest.mark.parametrize(
    ("pattern", "numbers"),
    [
        pytest.param("55xx", ["5566", "5501"], id="each x is one digit"),
        pytest.param("x", [], id="shorter than any number"),
        pytest.param("*9x", ["*97"], id="a feature code: the star is a star"),
        pytest.param("+4420794600xx", ["+442079460000"], id="a whole number: the plus is a plus"),
    ],
)
async def test_a_pattern_of_digits_stands_for_whole_numbers(
    archive: SqlArchive, pattern: str, numbers: list[str]
) -> None:
    every = ["5566", "5501", "556", "55667", "15566", "55a1", "*97", "997", "+442079460000", "442079460000"]
    rows = [Recording(id=id_, started_at=NOON, callee=Party("", number)) for id_, number in enumerate(every, 1)]
    await archive.store(rows, now=NOON)
    found = await ids(archive, Query(callees=(Term(pattern),), order=Order.ASC))
    assert [every[id_ - 1] for id_ in found] == numbers
