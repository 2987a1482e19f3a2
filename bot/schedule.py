"""The jobs of the process that polls the PBX and posts, with APScheduler. Only the leader runs them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import cast
from uuid import uuid4

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]

from bot.domain.health import LastSeen, Part
from bot.domain.status import PbxActivity
from bot.errors import ArchiveError, PbxError, SlackError
from bot.parts import SITE, Parts
from bot.services.deliver import Delivery
from bot.services.monitor import Monitor
from bot.services.reconcile import is_due, reconcile
from bot.services.retention import delete_expired
from bot.services.subscribe import set_alert_channels, subscribe
from bot.services.sync import Sync
from bot.slack.clients import Clients, Identity, probe
from bot.slack.directory import SlackDirectory
from bot.slack.posting import SlackMessenger

DELIVER_EVERY = timedelta(seconds=1)
FILL_EVERY = timedelta(seconds=10)
SETUP_EVERY = timedelta(seconds=30)
MONITOR_EVERY = timedelta(seconds=5)
PROBE_EVERY = timedelta(seconds=60)
RECONCILE_CHECK_EVERY = timedelta(minutes=5)
RETENTION_EVERY = timedelta(hours=1)
HISTORY_PAUSE = timedelta(seconds=0.1)
"""Pause after each page of the history, because the PBX must also serve the phones."""
RECONCILE_PAUSE = timedelta(seconds=0.2)
CLOCK_CHECK = timedelta(seconds=5)
MISFIRE_SECONDS = 30
"""How late a run may start. A later run is skipped."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A function that runs at an interval, never twice at the same time."""

    name: str
    run: Callable[[], Awaitable[object]]
    """May raise PbxError, SlackError or ArchiveError. Only the first failure and the recovery are logged."""
    every: timedelta
    at_once: bool = True
    """Whether the first run is at the start, or one interval later."""
    until_done: bool = False
    """Whether the job ends after its first success. Then the deliveries that it created are posted."""


def schedule_jobs(
    parts: Parts, delivery: Delivery, clients: Clients, identity: Identity, socket: LastSeen | None
) -> "Schedule":
    """Return the schedule of all jobs, not started. `socket` is the connection of Socket Mode; None in HTTP mode."""
    settings, clock, outbox, directory = parts.settings, parts.clock, parts.outbox, SlackDirectory(clients)
    probed = LastSeen()
    monitor = Monitor(
        parts.health,
        outbox,
        SlackMessenger(clients),
        clock,
        {Part.PBX: [parts.activity], Part.SLACK: [parts.slack, probed, *([socket] if socket else [])]},
        patience=settings.patience,
        workspace=identity.team,
        site=SITE,
        new_key=lambda: uuid4().hex,
    )
    subscribe_channel = partial(
        subscribe,
        settings.recordings_channel or "",
        workspace=identity.team,
        directory=directory,
        outbox=outbox,
        clock=clock,
    )
    choose_alert_channels = partial(
        set_alert_channels,
        channel=settings.alert_channel,
        admins=settings.recordings_admins,
        otherwise=settings.recordings_channel,
        workspace=identity.team,
        directory=directory,
        outbox=outbox,
        clock=clock,
    )

    async def reconcile_if_due() -> None:
        if is_due(await parts.reconciliations.latest(), clock.now(), zone=settings.pbx_timezone or UTC):
            await reconcile(
                parts.phones,
                parts.archive,
                parts.reconciliations,
                clock,
                pause=RECONCILE_PAUSE,
                keep_for=settings.keep_for,
            )

    sync = Sync(parts.phones, parts.archive, parts.activity, clock)
    schedule = Schedule(sync, delivery, parts.activity, poll_every=settings.poll_every, now=clock.now)
    if settings.recordings_channel:
        schedule.add(Job(name="feed", run=subscribe_channel, every=SETUP_EVERY, until_done=True))
    for job in (
        Job(name="alerts", run=choose_alert_channels, every=SETUP_EVERY, until_done=True),
        Job(name="watch", run=monitor.check, every=min(MONITOR_EVERY, settings.patience.recovery / 2)),
        Job(name="probe", run=partial(probe, clients, probed, parts.slack, clock.now), every=PROBE_EVERY),
        Job(name="prove", run=reconcile_if_due, every=RECONCILE_CHECK_EVERY, at_once=False),
        Job(
            name="retire",
            run=partial(delete_expired, parts.reconciliations, clock, keep_for=settings.keep_for),
            every=RETENTION_EVERY,
            at_once=False,
        ),
    ):
        schedule.add(job)
    return schedule


class Schedule:
    """Runs jobs: always `poll`, `deliver` and `fill`, which reads the history, and those of `add`."""

    def __init__(
        self,
        sync: Sync,
        delivery: Delivery,
        activity: PbxActivity,
        *,
        poll_every: timedelta,
        now: Callable[[], datetime],
        deliver_every: timedelta = DELIVER_EVERY,
        fill_every: timedelta = FILL_EVERY,
        clock_check: timedelta = CLOCK_CHECK,
    ) -> None:
        """`activity` records when the next poll is. `clock_check` is the pause between two checks of the clock."""
        self._clock_check = clock_check
        self._now = now
        self._sync = sync
        self._activity = activity
        self._failing: dict[str, type[Exception]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._intervals: dict[str, timedelta] = {}
        self._has_polled = False
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self.add(Job(name="poll", run=self._poll, every=poll_every))
        self.add(Job(name="deliver", run=delivery.start_due, every=deliver_every))
        self.add(Job(name="fill", run=self._fill, every=fill_every, at_once=False))

    def add(self, job: Job) -> None:
        """Add a job, before or after the start."""
        self._intervals[job.name] = job.every
        self._scheduler.add_job(
            self._run,
            "interval",
            args=(job,),
            seconds=job.every.total_seconds(),
            id=job.name,
            next_run_time=self._now() + (timedelta(0) if job.at_once else job.every),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=MISFIRE_SECONDS,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the jobs inside the block, and stop them at its end."""
        self._scheduler.start()
        clock_check = asyncio.create_task(self._check_clock(), name="check the clock")
        try:
            yield
        finally:
            clock_check.cancel()
            self._scheduler.pause()
            await asyncio.sleep(0)  # lets a due job start; if it were cancelled before, APScheduler would log an error
            self._scheduler.shutdown(wait=False)
            await asyncio.sleep(0)  # APScheduler cancels running jobs in the next iteration of the loop
            await asyncio.gather(clock_check, *self._running, return_exceptions=True)

    def nudge(self) -> None:
        """Poll now. Does nothing while the schedule is not running."""
        self._run_now("poll")

    def _run_now(self, name: str) -> None:
        if self._scheduler.running and self._scheduler.get_job(name):
            self._scheduler.modify_job(name, next_run_time=self._now())

    async def _check_clock(self) -> None:
        """Run jobs that would wait too long after the clock was set back. APScheduler does not notice that."""
        while True:
            await asyncio.sleep(self._clock_check.total_seconds())
            for job in self._scheduler.get_jobs():
                latest = self._now() + self._intervals[job.id] + self._clock_check
                if job.next_run_time and job.next_run_time > latest:
                    log.warning("clock_set_back", job=job.id)
                    self._run_now(job.id)

    async def _run(self, job: Job) -> None:
        """Run a job once. Log its failure only if the last run did not fail with the same type of error."""
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._running.add(task)
        try:
            await job.run()
        except asyncio.CancelledError:
            return  # the schedule stops; APScheduler would log an error
        except (PbxError, SlackError, ArchiveError) as error:
            if self._failing.get(job.name) is not type(error):
                log.warning("job_failed", job=job.name, error=str(error))
            self._failing[job.name] = type(error)
            return
        finally:
            self._running.discard(task)
        if self._failing.pop(job.name, None) is not None:
            log.info("job_well_again", job=job.name)
        if job.until_done:
            self._scheduler.remove_job(job.name)
            self._run_now("deliver")

    async def _poll(self) -> None:
        try:
            stored = await self._sync.poll()
        finally:
            job = self._scheduler.get_job("poll")
            self._activity.next_look_at = job.next_run_time if job else None
        if stored.new:
            log.info("recordings_found", count=len(stored.new))
        if stored.new or not self._has_polled:  # welcomes are due after the first poll
            self._run_now("deliver")
        self._has_polled = True

    async def _fill(self) -> None:
        if "poll" not in self._failing:  # read the history only while the PBX works
            await self._sync.fill(pause=HISTORY_PAUSE)
