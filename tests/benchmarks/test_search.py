"""A million recordings: how long a search takes, beside a LIKE over the same rows; and what the archive weighs."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest

from bot.archive import SqlArchive, migrate, open_database
from bot.archive.database import database_file
from bot.domain.access import SYSTEM
from bot.domain.query import Cursor, DirectionFilter, Query, Sort, Term
from bot.domain.recording import Direction, Party, Recording
from bot.domain.results import ListResult
from bot.domain.statistics import GroupBy
from bot.domain.time_range import TimeRange
from bot.logs import configure
from tests.benchmarks.figures import Figure, show
from tests.stage import NOON

ROWS = 1_000_000
BATCH = 20_000
EXTENSIONS = 300
CUSTOMERS = 60_000
SYLLABLES = ("ka", "lo", "mi", "ra", "ste", "vin", "do", "her", "zu", "an", "bel", "tor", "quin", "ley", "son", "wick")
TIMES = 40
COLUMNS = ("caller_name", "caller_number", "callee_name", "callee_number", "uid", "file")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def company(random: Random) -> tuple[list[Party], list[Party]]:
    """Staff with short numbers, and customers with long ones."""

    def name() -> str:
        return " ".join("".join(random.choices(SYLLABLES, k=3)).capitalize() for _ in range(2))

    staff = [Party(name(), str(5_000 + number)) for number in range(EXTENSIONS)]
    return staff, [Party(name(), f"+4420{random.randrange(10**7, 10**8)}") for _ in range(CUSTOMERS)]


def calls(random: Random) -> Callable[[int], Recording]:
    staff, customers = company(random)

    def make(id_: int) -> Recording:
        agent, customer = random.choice(staff), random.choice(customers)
        direction = random.choice(list(Direction)[:2])
        caller, callee = (customer, agent) if direction is Direction.INBOUND else (agent, customer)
        at = NOON - (ROWS - id_) * MINUTE / 2
        local = f"{at:%Y%m%d%H%M%S}"
        epoch = f"{at.timestamp():.0f}.{id_ % 100_000}"
        return Recording(
            id=id_,
            started_at=at,
            local_time=f"{at:%m/%d/%Y %H:%M:%S}",
            uid=f"{local}{random.randrange(16**5):05X}",
            caller=caller,
            callee=callee,
            direction=direction,
            duration=timedelta(seconds=random.randrange(5, 1_500)),
            size=random.randrange(50_000, 5_000_000),
            file=f"{local}-{epoch}-{caller.number}-{callee.number}-{direction.value.capitalize()}.wav",
        )

    return make


class Clocked:
    """Runs what is measured some times, in milliseconds."""

    def __init__(self, archive: SqlArchive) -> None:
        self.archive = archive

    async def p95(self, query: Query, *, turn_at: int | None = None) -> float:
        """Of a page and its count, as a look-up asks for both; or of a page turn from that position."""
        turn = await self._anchor(query, turn_at) if turn_at else None
        taken: list[float] = []
        for _ in range(TIMES):
            started = perf_counter()
            rows, _ = await self.archive.page(SYSTEM, query, turn)
            if turn is None:
                await self.archive.count_matching(SYSTEM, query, most=1_000)
            taken.append((perf_counter() - started) * 1e3)
            assert rows
        return sorted(taken)[TIMES * 95 // 100]

    async def _anchor(self, query: Query, position: int) -> Cursor:
        rows, first = await self.archive.page(SYSTEM, replace(query, page=position // query.count))
        found = ListResult(query=query, rows=rows, total=10**6, first=first)
        assert found.next
        return found.next


def like(database: Path, word: str) -> float:
    """Milliseconds of a scan."""
    columns = " || ' ' || ".join(COLUMNS)
    with closing(sqlite3.connect(database)) as connection:
        started = perf_counter()
        connection.execute(
            f"SELECT id FROM recordings WHERE {columns} LIKE ? ORDER BY started_at DESC LIMIT 10",  # noqa: S608 - ours
            (f"%{word}%",),
        ).fetchall()
        return (perf_counter() - started) * 1e3


@pytest.mark.benchmark
@pytest.mark.timeout(1_500)
async def test_a_million_recordings(tmp_path: Path) -> None:
    configure("ERROR")
    url = f"sqlite:///{tmp_path / 'recordings.db'}"
    make = calls(Random(1))
    async with open_database(url) as database:
        await migrate(database)
        archive = SqlArchive(database, site="main", region="GB")
        await archive.set_baseline([], baseline=ROWS, total=ROWS, now=NOON)
        started = perf_counter()
        for first in range(1, ROWS + 1, BATCH):
            await archive.store([make(id_) for id_ in range(first, first + BATCH)], now=NOON)
        built = perf_counter() - started
        file = database_file(url)
        assert file is not None
        (row,) = await archive.get(SYSTEM, [ROWS // 2])
        rare, number = row.uid[-9:].lower(), max(row.caller.number, row.callee.number, key=len)
        clocked = Clocked(archive)
        found = Query(words=(Term(rare),))
        rare_ms, scan_ms = await clocked.p95(found), like(file, rare)
        frequent = Query(words=(Term("kalo"),))
        filtered = Query(
            directions=(DirectionFilter(Direction.INBOUND),), time_ranges=(TimeRange(end=NOON - 300_000 * MINUTE),)
        )
        named = Query(parties=(Term("5123"),), longer=10 * MINUTE)
        figures = [
            Figure(
                name="a rare word, p95 / a LIKE scan",
                measured=f"{rare_ms:.1f} ms",
                against=f"{scan_ms:.0f} ms",
                ratio=scan_ms / rare_ms,
                target="< 20 ms",
            ),
            _figure("a frequent part", await clocked.p95(frequent)),
            _figure("a frequent part, turning to page 1,000", await clocked.p95(frequent, turn_at=9_990)),
            _figure("a frequent part, page:100 typed", await clocked.p95(replace(frequent, page=100))),
            _figure("a frequent part by duration", await clocked.p95(replace(frequent, sort=Sort.DURATION))),
            _figure("a frequent part, very long", await clocked.p95(replace(frequent, longer=1_497 * SECOND)), 150),
            _figure("a whole number", await clocked.p95(Query(parties=(Term(number),)))),
            _figure("a part of a number", await clocked.p95(Query(words=(Term(number[-6:]),)))),
            _figure("an extension", await clocked.p95(Query(parties=(Term("5123"),)))),
            _figure("inbound before a date", await clocked.p95(filtered)),
            _figure("inbound, turning to page 1,000", await clocked.p95(filtered, turn_at=9_990)),
            _figure("one extension's long calls", await clocked.p95(named)),
            _figure("two characters", await clocked.p95(Query(words=(Term("zu"),))), 700),
            *[figure for by in (GroupBy.HOUR, GroupBy.DAY, GroupBy.PERSON) for figure in await _tallied(archive, by)],
            await _added(archive, make),
        ]
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        weight = file.stat().st_size / (ROWS + 1_000)
        figures += [
            Figure(name="bytes a row, index and all", measured=f"{weight:.0f}", target="<= 415"),
            Figure(name="rows a second into it", measured=f"{ROWS / built:.0f}", target="-"),
        ]
        show(f"{ROWS:,} recordings", figures)
        _weigh(file)


def _figure(name: str, milliseconds: float, most: int = 100) -> Figure:
    return Figure(name=f"{name}, p95", measured=f"{milliseconds:.1f} ms", target=f"<= {most} ms")


async def _tallied(archive: SqlArchive, by: GroupBy) -> list[Figure]:
    pauses: list[float] = []
    ticking = asyncio.create_task(_tick(pauses))
    started = perf_counter()
    await archive.statistics(replace(SYSTEM, zone=ZoneInfo("Europe/Zurich")), Query(), by)
    taken = perf_counter() - started
    ticking.cancel()
    return [
        Figure(name=f"statistics of all of it, by {by}", measured=f"{taken:.1f} s", target="-"),
        Figure(name="meanwhile, the event loop's longest pause", measured=f"{max(pauses):.0f} ms", target="< 50 ms"),
    ]


async def _tick(pauses: list[float]) -> None:
    """Note, in milliseconds, how long the loop takes from one turn to one that is due a millisecond later."""
    while True:
        started = perf_counter()
        await asyncio.sleep(0.001)
        pauses.append((perf_counter() - started) * 1e3)


async def _added(archive: SqlArchive, make: Callable[[int], Recording]) -> Figure:
    rows = [make(id_) for id_ in range(ROWS + 1, ROWS + 1_001)]
    started = perf_counter()
    await archive.store(rows, now=NOON, synced=ROWS + 1_000)
    taken = perf_counter() - started
    return Figure(name="adding 1,000 rows", measured=f"{taken:.2f} s", target="< 0.5 s")


def _weigh(file: Path) -> None:
    """What of it is what, where this SQLite can tell."""
    with closing(sqlite3.connect(file)) as connection:
        try:
            rows = connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 6")
            for name, size in rows.fetchall():
                print(f"  {name}: {size / ROWS:.0f} bytes a row")
        except sqlite3.OperationalError:
            print("  (this SQLite has no dbstat)")
