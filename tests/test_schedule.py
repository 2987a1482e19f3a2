"""The schedule, on APScheduler itself: what runs, what is told, and that nothing outlives it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from structlog.testing import capture_logs

from bot.domain.status import PbxActivity
from bot.domain.sync import StoreResult
from bot.errors import ArchiveError, BotError, PbxLoginRefused, PbxUnreachable, SlackUnreachable
from bot.parts import SystemClock
from bot.schedule import Job, Schedule
from bot.services.deliver import Delivery
from bot.services.sync import Sync

TICK = timedelta(milliseconds=5)
SILENT = PbxUnreachable("no answer")


@dataclass
class FakeSync:
    """Polls and fills that end as they are told, the last way for ever."""

    polls: list[StoreResult | BotError] = field(default_factory=lambda: [StoreResult()])
    hang: asyncio.Event | None = None
    polled: int = 0
    filled: int = 0
    under_way: int = 0
    most_at_once: int = 0

    async def poll(self) -> StoreResult:
        self.polled += 1
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            if self.hang:
                await self.hang.wait()
        finally:
            self.under_way -= 1
        outcome = self.polls.pop(0) if len(self.polls) > 1 else self.polls[0]
        if isinstance(outcome, BotError):
            raise outcome
        return outcome

    async def fill(self, *, pause: timedelta) -> None:
        self.filled += 1


@dataclass
class FakeDelivery:
    pumped: int = 0
    failure: BotError | None = None

    async def start_due(self) -> None:
        self.pumped += 1
        if self.failure:
            raise self.failure


@dataclass
class Works:
    sync: FakeSync
    delivery: FakeDelivery
    activity: PbxActivity
    schedule: Schedule
    feed: Callable[[], Awaitable[None]] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        if self.feed:
            self.schedule.add(Job(name="feed", run=self.feed, every=TICK, until_done=True))
        async with self.schedule.running():
            yield


@pytest.fixture
def works() -> Works:
    """Jobs that come every few milliseconds; delivery only when it is nudged, after its first run."""
    return scheduled()


CLOCK = SystemClock()


def scheduled(
    *,
    poll_every: timedelta = TICK,
    fill_every: timedelta = TICK,
    now: Callable[[], datetime] = CLOCK.now,
) -> Works:
    sync, delivery, activity = FakeSync(), FakeDelivery(), PbxActivity()
    schedule = Schedule(
        cast(Sync, sync),
        cast(Delivery, delivery),
        activity,
        poll_every=poll_every,
        deliver_every=timedelta(hours=1),
        fill_every=fill_every,
        clock_check=TICK,
        now=now,
    )
    return Works(sync, delivery, activity, schedule)


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.002)


def events(logs: list[object]) -> list[tuple[str, str]]:
    return [(line["event"], line["job"]) for line in logs if isinstance(line, dict) and "job" in line]


async def test_everything_runs_at_once_and_again(works: Works) -> None:
    async with works.running():
        await until(lambda: works.sync.polled > 3 and works.delivery.pumped and works.sync.filled > 3)


async def test_what_the_first_look_makes_due_is_delivered_at_once(works: Works) -> None:
    works.sync.hang = asyncio.Event()
    async with works.running():
        await until(lambda: works.delivery.pumped == 1)
        works.sync.hang.set()
        await until(lambda: works.delivery.pumped == 2)
        await until(lambda: works.sync.polled > 4)
        assert works.delivery.pumped == 2


async def test_new_recordings_are_delivered_at_once(works: Works) -> None:
    async with works.running():
        await until(lambda: works.sync.polled > 2)
        pumped = works.delivery.pumped
        works.sync.polls = [StoreResult(new=(614,)), StoreResult()]
        await until(lambda: works.delivery.pumped == pumped + 1)


async def test_a_nudge_polls_before_its_turn() -> None:
    slow = scheduled(poll_every=timedelta(hours=1))
    slow.schedule.nudge()  # before the start it does nothing
    async with slow.running():
        await until(lambda: slow.sync.polled == 1)
        slow.schedule.nudge()
        await until(lambda: slow.sync.polled == 2)


@pytest.mark.parametrize(
    "outcome", [pytest.param(StoreResult(), id="after a poll"), pytest.param(SILENT, id="after a poll that failed")]
)
async def test_it_is_known_when_the_pbx_is_asked_next(outcome: StoreResult | BotError) -> None:
    hour = timedelta(hours=1)
    slow = scheduled(poll_every=hour)
    slow.sync.polls = [outcome]
    async with slow.running():
        await until(lambda: slow.activity.next_look_at)
        assert slow.activity.next_look_at is not None
        assert hour - timedelta(minutes=1) < slow.activity.next_look_at - datetime.now(UTC) <= hour


async def test_a_job_runs_at_once_or_one_interval_later() -> None:
    """The history has time; a poll does not."""
    slow = scheduled(poll_every=timedelta(hours=1), fill_every=timedelta(hours=1))
    async with slow.running():
        await until(lambda: slow.sync.polled and slow.delivery.pumped)
        slow.schedule.nudge()
        await until(lambda: slow.sync.polled == 2)
        assert slow.sync.filled == 0


async def test_a_failure_is_told_once_and_so_is_its_end(works: Works) -> None:
    works.sync.polls = [SILENT, SILENT, PbxUnreachable("no answer either"), StoreResult(), SILENT, StoreResult()]
    with capture_logs() as logs:
        async with works.running():
            await until(lambda: works.sync.polled > 8)
    told = [("job_failed", "poll"), ("job_well_again", "poll")]
    assert events(cast(list[object], logs)) == told * 2


async def test_another_kind_of_failure_is_told_too(works: Works) -> None:
    works.sync.polls = [SILENT, SILENT, PbxLoginRefused("wrong secret")]
    with capture_logs() as logs:
        async with works.running():
            await until(lambda: works.sync.polled > 5)
    assert [line["error"] for line in logs if line["event"] == "job_failed"] == ["no answer", "wrong secret"]


async def test_two_jobs_that_fail_do_not_take_turns_in_the_log(works: Works) -> None:
    works.sync.polls = [SILENT]

    async def fails() -> None:
        raise SlackUnreachable("no Slack")

    works.feed = fails
    with capture_logs() as logs:
        async with works.running():
            await until(lambda: works.sync.polled > 5)
    assert sorted(events(cast(list[object], logs))) == [("job_failed", "feed"), ("job_failed", "poll")]


async def test_the_history_waits_until_the_pbx_is_well(works: Works) -> None:
    works.sync.polls = [SILENT]
    async with works.running():
        await until(lambda: works.sync.polled > 5)
        assert works.sync.filled == 0
        works.sync.polls = [StoreResult()]
        await until(lambda: works.sync.filled > 5)


async def test_a_database_that_fails_is_told(works: Works) -> None:
    works.delivery.failure = ArchiveError("disk full")
    with capture_logs() as logs:
        async with works.running():
            await until(lambda: works.delivery.pumped)
            await until(lambda: logs)
    assert ("job_failed", "deliver") in events(cast(list[object], logs))


async def test_the_feed_is_tried_until_it_succeeds_and_then_delivered(works: Works) -> None:
    outcomes: list[BotError | None] = [SlackUnreachable("no Slack"), ArchiveError("locked"), None]
    tries: list[int] = []

    async def feed() -> None:
        tries.append(len(tries))
        if error := outcomes.pop(0):
            raise error

    works.feed = feed
    async with works.running():
        await until(lambda: works.delivery.pumped == 2)
        seen = works.sync.polled
        await until(lambda: works.sync.polled > seen + 3)
    assert tries == [0, 1, 2]


async def test_jobs_run_on_when_the_clock_was_set_back() -> None:
    """APScheduler would wait for the hour to come again."""
    ahead = timedelta(hours=1)
    with capture_logs() as logs:
        slow = scheduled(
            poll_every=timedelta(minutes=1), fill_every=timedelta(hours=2), now=lambda: datetime.now(UTC) + ahead
        )
        ahead = timedelta(0)
        async with slow.running():
            await until(lambda: slow.sync.polled and slow.delivery.pumped)
    assert slow.sync.polled == 1
    assert ("clock_set_back", "poll") in events(cast(list[object], logs))


async def test_a_clock_that_runs_on_changes_no_turn() -> None:
    slow = scheduled(poll_every=timedelta(hours=1), fill_every=timedelta(hours=1))
    with capture_logs() as logs:
        async with slow.running():
            await asyncio.sleep(10 * TICK.total_seconds())
    assert (slow.sync.polled, slow.sync.filled) == (1, 0)
    assert "clock_set_back" not in [line["event"] for line in logs]


async def test_no_job_runs_twice_at_once(works: Works) -> None:
    works.sync.hang = asyncio.Event()
    async with works.running():
        await until(lambda: works.sync.under_way)
        works.schedule.nudge()
        await asyncio.sleep(0.03)
        assert works.sync.polled == 1
        works.sync.hang.set()
        await until(lambda: works.sync.polled > 1)
    assert works.sync.most_at_once == 1


async def test_at_the_end_nothing_is_under_way_and_nothing_is_complained_of(
    works: Works, caplog: pytest.LogCaptureFixture
) -> None:
    works.sync.hang = asyncio.Event()
    async with works.running():
        await until(lambda: works.sync.under_way)
    assert works.sync.under_way == 0
    polled = works.sync.polled
    works.schedule.nudge()
    await asyncio.sleep(0.02)
    assert works.sync.polled == polled
    usual = "skipped: maximum number of running instances"  # said of each poll that outlasts the pause; not logged
    said = [record.getMessage() for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]
    assert [message for message in said if usual not in message] == []
