"""Whichever way leads to the recordings, the same are found in the same order."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.archive import SqlArchive
from bot.archive.searching import FEW
from bot.domain.access import SYSTEM
from bot.domain.matching import matches
from bot.domain.query import DirectionFilter, Order, Query, Sort, Term
from bot.domain.recording import Direction, Party, Recording

pytestmark = pytest.mark.sqlite  # until the search is portable


Maker = Callable[..., Recording]
SECOND = timedelta(seconds=1)
MANY = FEW + 200
EVELYN = (Term("evelyn"),)


def _rows(recording: Maker) -> list[Recording]:
    """Of lengths and sizes that fall, rise and repeat; two in three are Evelyn's."""
    return [
        recording(
            id_,
            caller=Party("Evelyn" if id_ % 3 else "Dave", "5566"),
            duration=id_ * 7 % 1_000 * SECOND,
            size=id_ * 11 % 900,
        )
        for id_ in range(1, 2 * MANY)
    ]


def _key(query: Query) -> Callable[[Recording], tuple[Any, ...]]:
    keys: dict[Sort, Callable[[Recording], Any]] = {
        Sort.TIME: lambda row: row.started_at,
        Sort.ID: lambda row: row.id,
        Sort.DURATION: lambda row: row.duration,
        Sort.SIZE: lambda row: row.size,
    }
    return lambda row: (keys[query.sort](row), row.id)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(Query(words=EVELYN), id="a word that many have"),
        pytest.param(Query(words=EVELYN, sort=Sort.ID), id="by number"),
        pytest.param(Query(words=EVELYN, sort=Sort.DURATION, longer=60 * SECOND), id="by length"),
        pytest.param(Query(words=EVELYN, sort=Sort.SIZE, order=Order.ASC), id="by size, upwards"),
        pytest.param(Query(words=(Term("call-44"),), sort=Sort.DURATION), id="a word that few have, by length"),
        pytest.param(Query(longer=990 * SECOND), id="few are so long"),
        pytest.param(Query(longer=10 * SECOND, order=Order.ASC), id="many are so long"),
        pytest.param(Query(shorter=3 * SECOND, words=(Term("evelyn", excluded=True),)), id="few are so short"),
        pytest.param(Query(ids=(50, 70), words=EVELYN), id="few numbers"),
        pytest.param(Query(ids=(50, 4_000), sort=Sort.SIZE), id="many numbers, by size"),
        pytest.param(
            Query(ways=(DirectionFilter(Direction.OUTBOUND),), sort=Sort.DURATION), id="a direction, by length"
        ),
    ],
)
async def test_every_way_leads_to_the_same(archive: SqlArchive, recording: Maker, noon: datetime, query: Query) -> None:
    rows = _rows(recording)
    await archive.store(rows, now=noon)
    found = [row for row in rows if matches(query, row)]
    found.sort(key=_key(query), reverse=query.order is Order.DESC)
    assert await archive.count_matching(SYSTEM, query, most=10_000) == len(found)
    for page in (1, 2, 3):
        wanted = tuple(found[(page - 1) * 10 : page * 10])
        assert (await archive.page(SYSTEM, replace(query, page=page)))[0] == wanted


async def test_calls_of_one_party_with_itself_are_not_between_two(
    archive: SqlArchive, recording: Maker, noon: datetime
) -> None:
    ana, bob = Party("Ana", "5566"), Party("Bob", "5556")
    rows = [
        recording(id_, caller=caller, callee=callee)
        for id_, (caller, callee) in enumerate([(ana, bob), (bob, ana), (ana, ana), (bob, bob), (ana, bob)])
    ]
    await archive.store(rows, now=noon)
    assert [row.id for row in await archive.between(SYSTEM, rows[0], count=5)] == [4, 1]
