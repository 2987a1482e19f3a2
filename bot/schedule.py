"""What runs by the clock: poll, delivery, history. One process at a time does it for an archive."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import cast

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]

from bot.domain.status import PbxActivity
from bot.errors import ArchiveError, PbxError, SlackError
from bot.services.deliver import Delivery
from bot.services.sync import Sync

DELIVER_EVERY = timedelta(seconds=1)
FILL_EVERY = timedelta(seconds=10)
CHORE_EVERY = timedelta(seconds=30)
CLOCK_LOOK = timedelta(seconds=5)
PAGE_PAUSE = timedelta(seconds=0.1)
"""Between two pages of the history: an appliance has phones to serve."""
MISFIRE_SECONDS = 30
"""How late a run may start and still be worth it."""

log = structlog.get_logger(__name__)

Job = Callable[[], Awaitable[None]]


class Schedule:
    """The bot's jobs on APScheduler; each runs alone, and a run that was missed is made up for once."""

    def __init__(
        self,
        sync: Sync,
        delivery: Delivery,
        activity: PbxActivity,
        *,
        poll_every: timedelta,
        deliver_every: timedelta = DELIVER_EVERY,
        fill_every: timedelta = FILL_EVERY,
    ) -> None:
        """`activity` is told when the PBX is asked next."""
        self._sync = sync
        self._delivery = delivery
        self._activity = activity
        self._failing: dict[str, type[Exception]] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._intervals: dict[str, timedelta] = {}
        self._has_looked = False
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self.every(poll_every, self._poll, "poll")
        self.every(deliver_every, self._delivery.start_due, "deliver")
        self.every(fill_every, self._fill, "fill", at_once=False)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the jobs inside the block; after it none is under way."""
        self._scheduler.start()
        clock = asyncio.create_task(self._mind_the_clock(), name="mind the clock")
        try:
            yield
        finally:
            clock.cancel()
            self._scheduler.pause()
            await asyncio.sleep(0)  # what is about to start does: cancelled before, it would be logged as an error
            self._scheduler.shutdown(wait=False)
            await asyncio.sleep(0)  # APScheduler cancels what is under way at the loop's next turn
            await asyncio.gather(clock, *self._under_way, return_exceptions=True)

    def nudge(self) -> None:
        """Poll now rather than at the next turn."""
        self._at_once("poll")

    def every(self, interval: timedelta, job: Job, name: str, *, at_once: bool = True) -> None:
        """Run a job again and again; `at_once` begins with the start, else one interval later."""
        self._intervals[name] = interval
        self._scheduler.add_job(
            self._watched,
            "interval",
            args=(name, job),
            seconds=interval.total_seconds(),
            id=name,
            next_run_time=datetime.now(UTC) + (timedelta(0) if at_once else interval),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=MISFIRE_SECONDS,
        )

    def once(self, job: Job, name: str, *, every: timedelta = CHORE_EVERY) -> None:
        """Run a job until it has succeeded once; then deliver what it may have owed."""
        self.every(every, partial(self._chore, job, name), name)

    def _at_once(self, name: str) -> None:
        if self._scheduler.running and self._scheduler.get_job(name):
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    async def _mind_the_clock(self) -> None:
        """Run what a clock that was set back has put off: APScheduler would wait until it shows that time again."""
        while True:
            await asyncio.sleep(CLOCK_LOOK.total_seconds())
            for job in self._scheduler.get_jobs():
                latest = datetime.now(UTC) + self._intervals[job.id] + CLOCK_LOOK
                if job.next_run_time and job.next_run_time > latest:
                    log.warning("clock_set_back", job=job.id)
                    self._at_once(job.id)

    async def _watched(self, name: str, job: Job) -> None:
        """Run a job, and tell of its failure. One that is cancelled at the end just ends: APScheduler would log it."""
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._under_way.add(task)
        try:
            await job()
        except asyncio.CancelledError:
            return
        except (PbxError, SlackError, ArchiveError) as error:
            self._tell_once(name, error)
        else:
            self._tell_end(name)
        finally:
            self._under_way.discard(task)

    async def _poll(self) -> None:
        try:
            kept = await self._sync.poll()
        finally:
            job = self._scheduler.get_job("poll")
            self._activity.next_look_at = job.next_run_time if job else None
        if kept.new:
            log.info("recordings_found", count=len(kept.new))
        if kept.new or not self._has_looked:  # a first look makes a channel's welcome due
            self._at_once("deliver")
        self._has_looked = True

    async def _fill(self) -> None:
        if "poll" in self._failing:
            return  # history can wait until the PBX is well
        await self._sync.fill(pause=PAGE_PAUSE)

    async def _chore(self, job: Job, name: str) -> None:
        await job()
        self._scheduler.remove_job(name)
        self._at_once("deliver")

    def _tell_once(self, name: str, error: Exception) -> None:
        """Log a failure when it begins or turns into another kind, not at each run."""
        if self._failing.get(name) is not type(error):
            log.warning("job_failed", job=name, error=str(error))
        self._failing[name] = type(error)

    def _tell_end(self, name: str) -> None:
        if self._failing.pop(name, None) is not None:
            log.info("job_well_again", job=name)
