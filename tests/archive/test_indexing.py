"""The index of words holds what is held, no more and no less, and is written for no other reason."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.archive import Database, SqlArchive, SqlReconciliations
from bot.archive.rows import FACT_NAMES, facts_of
from bot.archive.search import PROBE
from bot.archive.search_columns import (
    CALLEE,
    CALLER,
    FILE,
    SEARCH_COLUMN_NAMES,
    VOCABULARY_TABLE,
    search_values,
    storable,
)
from bot.domain.access import SYSTEM
from bot.domain.matching import haystack
from bot.domain.query import Cursor, Order, Query, Side, Term
from bot.domain.recording import Party, Recording
from bot.domain.time_range import TimeRange
from tests.tables import execute

Maker = Callable[..., Recording]
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
EVELYN = Query(words=(Term("evelyn"),))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


async def _words(database: Database) -> int:
    """How many different trigrams the index has."""
    ((found,),) = await execute(database, f"SELECT count(*) FROM {VOCABULARY_TABLE}")  # noqa: S608 - ours
    return int(found)


def _sql(recording: Recording) -> dict[str, str]:
    """What SQL makes of a recording's row."""
    facts = dict(zip(FACT_NAMES, facts_of(recording), strict=True))
    values = facts | dict(zip(SEARCH_COLUMN_NAMES, search_values(recording), strict=True))
    with closing(sqlite3.connect(":memory:")) as connection:
        row = ", ".join(f":{name} AS {name}" for name in values)
        columns = f"{CALLER}, {CALLEE}, {FILE}"
        (found,) = connection.execute(f"SELECT {columns} FROM (SELECT {row}) AS recordings", values).fetchall()  # noqa: S608 - ours
    return dict(zip(("caller", "callee", "file"), found, strict=True))


@example(["\0", "a\0", "\0", "", "\0", "\0"])
@given(st.lists(TEXTS, min_size=6, max_size=6))
def test_a_word_is_looked_for_where_matching_looks_for_it(texts: Sequence[str]) -> None:
    caller_name, caller_number, callee_name, callee_number, uid, file = [
        storable(text.replace("\n", "")) for text in texts
    ]
    names, numbers = (caller_name, callee_name), (caller_number, callee_number)
    meant = haystack(names=names, numbers=numbers, others=())
    caller, callee = map(Party, names, numbers)
    found = _sql(Recording(id=1, started_at=None, caller=caller, callee=callee, uid=uid.upper(), file=file))
    lines = {line for text in (found["caller"], found["callee"]) for line in text.replace("\t", "\n").split("\n")}
    assert lines | {""} == {*meant.split("\n"), ""}
    assert found["file"].split("\n") == [_ascii_lower(uid.upper()), _ascii_lower(file)]


def _ascii_lower(text: str) -> str:
    return "".join(sign.lower() if sign.isascii() else sign for sign in text)


@pytest.mark.sqlite  # PostgreSQL's indexes follow its rows by themselves
async def test_nothing_stays_in_the_index_of_what_is_removed(
    database: Database, archive: SqlArchive, ledger: SqlReconciliations, recording: Maker, noon: datetime
) -> None:
    await archive.set_baseline([recording(id_) for id_ in range(1, 9)], baseline=8, total=8, now=noon)
    await archive.store([recording(3, started_at=None, caller=Party("Evelina"))], now=noon)
    await archive.start_generation([recording(1, uid="another", started_at=noon)], total=1, now=noon)
    assert await _words(database) > 0
    later = noon + DAY
    assert await ledger.delete_expired(before=later, deleted_before=later) == 9
    assert await _words(database) == 0


async def test_a_time_told_later_moves_a_call_to_its_place(
    archive: SqlArchive, recording: Maker, noon: datetime
) -> None:
    await archive.store([recording(1), recording(2), recording(3)], now=noon)
    await archive.store([recording(3, started_at=noon + SECOND), recording(1, started_at=noon + 9 * DAY)], now=noon)
    for query in (EVELYN, Query()):
        rows, _ = await archive.page(SYSTEM, query)
        assert [row.id for row in rows] == [1, 2, 3]


async def test_a_page_of_words_that_nothing_can_stand_on(archive: SqlArchive, recording: Maker, noon: datetime) -> None:
    await archive.store([recording(1)], now=noon)
    assert await archive.page(SYSTEM, replace(EVELYN, page=10**30)) == ((), 0)


async def test_far_down_a_position_is_told_as_if_no_call_had_come(
    archive: SqlArchive, recording: Maker, noon: datetime
) -> None:
    count = PROBE + 100
    await archive.store([recording(id_) for id_ in range(1, count + 1)], now=noon)
    anchor = recording(60)
    for side, first in ((Side.AFTER, count - 58), (Side.BEFORE, count - 69)):
        turn = Cursor(side=side, id=60, at=anchor.started_at, position=count - 59)
        _, position = await archive.page(SYSTEM, EVELYN, turn)
        assert position == first


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("count", [3, 4, 5])
async def test_a_short_word_that_is_in_many_rows_or_in_few(
    archive: SqlArchive, recording: Maker, noon: datetime, order: Order, count: int
) -> None:
    """Four of the many first rows have it, and one far behind; the ends of time are the same for both."""
    many = 600
    named = {*range(4), many // 2, *range(many - 4, many)}
    rows = [recording(id_, caller=Party("李梅" if id_ in named else "Evelyn")) for id_ in range(many)]
    await archive.store(rows, now=noon)
    query = Query(words=(Term("李梅"),), order=order, count=count)
    found, first = await archive.page(SYSTEM, query)
    assert [row.id for row in found] == sorted(named, reverse=order is Order.DESC)[:count]
    assert first == 1
    assert await archive.page(SYSTEM, replace(query, time_ranges=(TimeRange(end=noon),))) == ((), 0)
