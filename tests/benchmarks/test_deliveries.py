"""10,000 owed deliveries over 50 channels, by a clock that only moves for whoever waits.

Slack allows a post a second and channel: that is the ideal. What a post costs us is held against the two updates that
record it, made with plain sqlite3 on the same tables.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time

import psutil
import pytest

from bot.archive import SqlArchive, SqlOutbox, migrate, open_database
from bot.domain.delivery import Post
from bot.domain.digest import FEW
from bot.domain.health import LastSeen
from bot.services.deliver import Delivery
from tests.benchmarks.figures import Figure, show
from tests.stage import NOON, recording

CHANNELS, CALLS = 50, 200
OWED = CHANNELS * CALLS
MINUTE = timedelta(minutes=1)
MEBIBYTE = 2**20

CLAIM = "UPDATE deliveries SET post = ?, state = 'sending', started_at = 1 WHERE id = ?"
RECORD = (
    "UPDATE deliveries SET state = 'sent', ts = '1.000100', sent_at = 1, problem = '' "
    "WHERE post = ? AND state = 'sending'"
)

_waited: ContextVar[timedelta] = ContextVar("waited", default=timedelta(0))


@dataclass
class SideBySide:
    """Each channel's task has a clock of its own: while one waits, no time passes for the others."""

    time: datetime = NOON
    longest: timedelta = timedelta(0)
    """What the channel has waited that waited most since the last `move`."""

    def now(self) -> datetime:
        return self.time + _waited.get()

    async def sleep(self, pause: timedelta) -> None:
        _waited.set(_waited.get() + pause)
        self.longest = max(self.longest, _waited.get())
        await asyncio.sleep(0)

    def move(self, by: timedelta) -> None:
        """Time passes for all of them."""
        self.time += by
        self.longest = timedelta(0)


@dataclass
class CountingSlack:
    """Takes every post and keeps none."""

    posts: int = 0
    recordings: int = 0

    async def post(self, post: Post) -> str:
        self.posts += 1
        self.recordings += len(post.recordings)
        return f"{self.posts}.000100"

    async def find(self, post: Post) -> None:
        raise AssertionError(post.key)


@dataclass(frozen=True, slots=True)
class Cost:
    """What it took of our own, in seconds: by the clock on the wall, and of the processor in all threads.

    A machine that is busy with something else stretches the first.
    """

    wall: float = 0
    processor: float = 0

    @classmethod
    def now(cls) -> "Cost":
        return cls(perf_counter(), process_time())

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.wall + other.wall, self.processor + other.processor)

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(self.wall - other.wall, self.processor - other.processor)


@dataclass
class Bench:
    """An archive that owes and a Slack that takes, with what it took to get from one to the other."""

    archive: SqlArchive
    outbox: SqlOutbox
    clock: SideBySide = field(default_factory=SideBySide)
    slack: CountingSlack = field(default_factory=CountingSlack)
    waited: timedelta = timedelta(0)
    """On Slack's clock, from the first to the last of each `deliver`."""
    cost: Cost = Cost()

    async def subscribe(self, channels: int) -> None:
        """Subscribe so many, and see them welcomed."""
        for number in range(channels):
            await self.outbox.subscribe("T1", f"C{number}", now=self.clock.now())
        await self.deliver()
        self.clock.move(2 * MINUTE)
        self.slack, self.waited, self.cost = CountingSlack(), timedelta(0), Cost()

    async def deliver(self) -> None:
        """Post what is due now, in all channels side by side."""
        delivery = Delivery(self.outbox, self.slack, self.clock, LastSeen())
        started = Cost.now()
        others = asyncio.all_tasks()
        await delivery.start_due()
        await asyncio.gather(*asyncio.all_tasks() - others)
        self.cost += Cost.now() - started
        self.waited += self.clock.longest

    async def arrive(self, first: int, count: int) -> None:
        """So many calls have ended: each is owed to every channel."""
        rows = [recording(id_) for id_ in range(first, first + count)]
        await self.archive.store(rows, now=self.clock.time, synced=first + count - 1)


@asynccontextmanager
async def bench(database: Path) -> AsyncIterator[Bench]:
    async with open_database(f"sqlite:///{database}") as opened:
        await migrate(opened)
        made = Bench(SqlArchive(opened, site="main"), SqlOutbox(opened, site="main"))
        await made.archive.set_baseline((), baseline=0, total=0, now=NOON)
        await made.subscribe(CHANNELS)
        yield made


@pytest.mark.benchmark
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("quiet")
async def test_ten_thousand_deliveries_that_are_owed_at_once(tmp_path: Path) -> None:
    """As after an outage: they go out as digests."""
    async with bench(tmp_path / "flood.db") as made:
        await made.arrive(1, CALLS)
        await made.deliver()
        assert made.slack.recordings == OWED
    show(
        f"{OWED} owed at once, over {CHANNELS} channels",
        [
            _pace(made),
            Figure(name="messages", measured=str(made.slack.posts), against=str(OWED), target="-"),
            Figure(name="our own time", measured=f"{made.cost.wall:.1f} s", target="-"),
        ],
    )


@pytest.mark.benchmark
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("quiet")
async def test_ten_thousand_deliveries_one_by_one(tmp_path: Path) -> None:
    """As many at a time as a channel is told one by one, time and again."""
    memory: list[int] = []
    costs: list[Cost] = []
    async with bench(tmp_path / "trickle.db") as made:
        for first in range(1, CALLS + 1, FEW):
            await made.arrive(first, FEW)
            await made.deliver()
            made.clock.move(2 * MINUTE)
            memory.append(psutil.Process().memory_info().rss)
            costs.append(made.cost)
        assert made.slack.recordings == made.slack.posts == OWED
    plain, fifth = await by_plain_sql(tmp_path / "plain.db"), len(costs) // 5
    early, late = costs[fifth - 1], made.cost - costs[-fifth - 1]
    show(
        f"{OWED} owed over {CHANNELS} channels, {FEW} at a time",
        [
            _pace(made),
            _beside("a post, claimed and recorded / two updates", made.cost.wall, plain.wall),
            _beside("- of the processor", made.cost.processor, plain.processor),
            _beside("- in the last fifth / in the first", late.processor, early.processor, count=OWED // 5),
            flat("memory at the end / after a fifth", early=memory[fifth - 1], late=memory[-1]),
        ],
    )


def flat(name: str, *, early: int, late: int) -> Figure:
    """Memory that should not have grown; both in bytes."""
    return Figure(
        name=name,
        measured=f"{late / MEBIBYTE:.1f} MiB",
        against=f"{early / MEBIBYTE:.1f} MiB",
        ratio=late / early,
        target="1",
    )


def _pace(made: Bench) -> Figure:
    waited = made.waited.total_seconds()
    return Figure(
        name="pace: time on Slack's clock / a second each",
        measured=f"{waited:.1f} s",
        against=f"{CALLS} s",
        ratio=CALLS / waited,
        target=">= 0.9",
    )


def _beside(name: str, measured: float, against: float, *, count: int = OWED) -> Figure:
    """Seconds for so many posts, shown for one."""
    return Figure(
        name=name,
        measured=f"{measured / count * 1e3:.2f} ms",
        against=f"{against / count * 1e3:.2f} ms",
        ratio=measured / against,
        target="-",
    )


async def by_plain_sql(file: Path) -> Cost:
    """What the two updates of each delivery take, each in a transaction of its own, on what a bench owes."""
    async with bench(file) as made:
        await made.arrive(1, CALLS)
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous = NORMAL")
        due = [id_ for (id_,) in database.execute("SELECT id FROM deliveries WHERE state = 'due'")]
        started = Cost.now()
        for id_ in due:
            database.execute(CLAIM, (f"key-{id_}", id_))
            database.execute(RECORD, (f"key-{id_}",))
        cost = Cost.now() - started
    assert len(due) == OWED
    return cost
