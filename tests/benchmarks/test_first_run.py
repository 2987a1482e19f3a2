"""A PBX that holds 200,000 recordings at the first run, while people look calls up and new ones are posted."""

import asyncio
import signal
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from bot.archive import SqlArchive, SqlOutbox, migrate, open_database
from bot.demo.pbx import CLIENT_ID, CLIENT_SECRET
from bot.domain.access import SYSTEM
from bot.domain.query import Order, Query, Sort
from bot.domain.recording import RecordingPage
from bot.domain.status import PbxActivity
from bot.errors import PbxUnreachable
from bot.services.lookup import Lookup
from bot.services.sync import Sync
from bot.yeastar import open_pbx
from tests.benchmarks.figures import Figure, show
from tests.benchmarks.processes import line_of, python
from tests.benchmarks.test_deliveries import MINUTE, Bench, Cost, flat
from tests.benchmarks.test_sync import Noted, by_bare_loop
from tests.stage import FakePhones

ROWS = 200_000
LOOK_EVERY, RING_EVERY = 0.05, 0.5
"""Seconds between two look-ups, and between two calls."""
IDLE_LOOKS, IDLE_CALLS = 200, 40
RINGING_PBX = Path(__file__).with_name("ringing_pbx.py")


@dataclass(slots=True)
class Watched(Noted):
    """Notes the memory of this process with each page."""

    memory: list[int] = field(default_factory=list)
    """Bytes."""

    async def recordings(self, *, page: int, size: int, sort: Sort, order: Order) -> RecordingPage:
        self.memory.append(psutil.Process().memory_info().rss)
        return await Noted.recordings(self, page=page, size=size, sort=sort, order=order)


@dataclass(slots=True)
class Office:
    """People who look up, from the archive alone, and calls that end at the PBX."""

    pbx: Process
    phones: Watched
    bench: Bench
    sync: Sync
    lookup: Lookup
    calls: int = 0

    async def look(self) -> None:
        found = await self.lookup.listing(SYSTEM, Query(), patience=timedelta(seconds=1))
        assert found is not None
        assert found.rows

    async def ring(self) -> None:
        """A call ends; it is over when the call has been posted."""
        self.bench.clock.move(MINUTE)  # or it would be a flood, and they would wait for a digest
        self.calls += 1
        self.pbx.send_signal(signal.SIGUSR1)
        while self.bench.slack.recordings < self.calls:
            await self.sync.poll()
            await self.bench.deliver()


@asynccontextmanager
async def office(database: Path) -> AsyncIterator[tuple[Office, str]]:
    """After the first poll, with one channel that is told of recordings; and where the PBX is."""
    async with (
        python(str(RINGING_PBX), str(ROWS)) as pbx,
        open_pbx(url := await line_of(pbx), client_id=CLIENT_ID, client_secret=CLIENT_SECRET) as client,
        open_database(f"sqlite:///{database}") as opened,
    ):
        await migrate(opened)
        bench, phones = Bench(SqlArchive(opened, site="main"), SqlOutbox(opened, site="main")), Watched(client)
        sync = Sync(phones, bench.archive, PbxActivity(), bench.clock)  # type: ignore[arg-type]  # it lists, and no more
        away = FakePhones(failure=PbxUnreachable("away"))
        lookup = Lookup(away, bench.archive, PbxActivity(), bench.clock, nudge=lambda: None)
        await sync.poll()
        await bench.subscribe(1)
        yield Office(pbx, phones, bench, sync, lookup), url


async def every(pause: float, done: asyncio.Event, doing: Callable[[], Awaitable[None]]) -> list[float]:
    """Do it until all is `done`, with a pause of seconds between; the seconds it took each time."""
    took: list[float] = []
    while not done.is_set():
        took += await times(1, doing)
        await asyncio.sleep(pause)
    return took


async def times(count: int, doing: Callable[[], Awaitable[None]]) -> list[float]:
    """Do it so many times; the seconds it took each time."""
    took: list[float] = []
    for _ in range(count):
        started = time.perf_counter()
        await doing()
        took.append(time.perf_counter() - started)
    return took


@pytest.mark.benchmark
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("quiet")
async def test_two_hundred_thousand_recordings_at_the_first_run(tmp_path: Path) -> None:
    async with office(tmp_path / "recordings.db") as (made, url):
        done = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            looks = tasks.create_task(every(LOOK_EVERY, done, made.look))
            calls = tasks.create_task(every(RING_EVERY, done, made.ring))
            cost = await _cost(made.sync.fill(pause=timedelta(0)))
            done.set()
        pages, memory = tuple(made.phones.pages), tuple(made.phones.memory)
        idle_looks, idle_calls = await times(IDLE_LOOKS, made.look), await times(IDLE_CALLS, made.ring)
        assert await made.bench.archive.count() == ROWS + made.calls
        bare = await _cost(by_bare_loop(url, pages, count=ROWS))
    show(
        f"{ROWS} recordings at the first run: {len(pages)} pages, {len(looks.result())} look-ups, "
        f"{len(calls.result())} calls",
        [
            *_pace(cost, bare),
            flat("memory at the end / after a fifth", early=memory[len(memory) // 5], late=memory[-1]),
            _p95("a look-up from the archive", looks.result(), idle_looks),
            _p95("a new call, until it is posted", calls.result(), idle_calls),
        ],
    )


async def _cost(doing: Awaitable[object]) -> Cost:
    started = Cost.now()
    await doing
    return Cost.now() - started


def _pace(cost: Cost, bare: Cost) -> tuple[Figure, Figure]:
    """By the clock, and by this process's share of the processor, with all that goes on meanwhile."""
    return (
        Figure(
            name="recordings a second / a bare httpx loop's",
            measured=f"{ROWS / cost.wall:.0f}",
            against=f"{ROWS / bare.wall:.0f}",
            ratio=bare.wall / cost.wall,
            target="-",
        ),
        Figure(
            name="- a second of the processor",
            measured=f"{ROWS / cost.processor:.0f}",
            against=f"{ROWS / bare.processor:.0f}",
            ratio=bare.processor / cost.processor,
            target="-",
        ),
    )


def _p95(name: str, meanwhile: list[float], idle: list[float]) -> Figure:
    busy, quiet = (sorted(took)[len(took) * 95 // 100] for took in (meanwhile, idle))
    return Figure(
        name=f"{name}, p95 / idle",
        measured=f"{busy * 1e3:.0f} ms",
        against=f"{quiet * 1e3:.0f} ms",
        ratio=busy / quiet,
        target="-",
    )
