"""What the one process that leads does besides answering: every job, with what it needs, on the schedule."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from functools import partial
from uuid import uuid4

from bot.domain.health import LastSeen, Part
from bot.parts import SITE, Parts
from bot.schedule import Schedule
from bot.services.deliver import Delivery
from bot.services.monitor import Monitor
from bot.services.reconcile import is_due, reconcile
from bot.services.retention import retire
from bot.services.subscribe import subscribe, tell_of_trouble
from bot.services.sync import Sync
from bot.slack.clients import Clients, Identity, probe
from bot.slack.directory import SlackDirectory
from bot.slack.posting import SlackMessenger

WATCH_EVERY = timedelta(seconds=5)
PROBE_EVERY = timedelta(seconds=60)
PROVE_LOOK_EVERY = timedelta(minutes=5)
"""How often it is asked whether the daily proof is due."""
RETIRE_EVERY = timedelta(hours=1)
PAGE_PAUSE = timedelta(seconds=0.2)
"""Between two pages of a proof: an appliance has phones to serve."""


class Work:
    """Sync, posts, health, proof and retention, on a schedule that is not running yet."""

    def __init__(self, parts: Parts, clients: Clients, identity: Identity, socket: LastSeen | None) -> None:
        """`socket` is whether Socket Mode is connected; None in HTTP mode."""
        self._parts = parts
        self._identity = identity
        self._directory = SlackDirectory(clients)
        messenger = SlackMessenger(clients)
        self.delivery = Delivery(
            parts.outbox,
            messenger,
            parts.clock,
            parts.slack,
            posted=parts.metrics.posted,
            failed=parts.metrics.post_failed,
        )
        sync = Sync(parts.phones, parts.archive, parts.activity, parts.clock)
        self.schedule = Schedule(sync, self.delivery, parts.activity, poll_every=parts.settings.poll_every)
        self._add_chores()
        asked = LastSeen()
        self._add_watch(messenger, [parts.slack, asked, *([socket] if socket else [])])
        self.schedule.every(PROBE_EVERY, partial(probe, clients, asked, parts.slack, parts.clock.now), "probe")
        self.schedule.every(PROVE_LOOK_EVERY, self._prove, "prove", at_once=False)
        self.schedule.every(RETIRE_EVERY, self._retire, "retire", at_once=False)

    def _add_chores(self) -> None:
        if self._parts.settings.recordings_channel:
            self.schedule.once(self._subscribe, "feed")
        self.schedule.once(self._tell_of_trouble, "alerts")

    def _add_watch(self, messenger: SlackMessenger, slack: Sequence[LastSeen]) -> None:
        parts = self._parts
        watch = Monitor(
            parts.vitals,
            parts.outbox,
            messenger,
            parts.clock,
            {Part.PBX: [parts.activity], Part.SLACK: slack},
            patience=parts.settings.patience,
            workspace=self._identity.team,
            site=SITE,
            new_key=lambda: uuid4().hex,
        )
        every = min(WATCH_EVERY, parts.settings.patience.recovery / 2)
        self.schedule.every(every, watch.check, "watch")

    async def _subscribe(self) -> None:
        await subscribe(
            self._parts.settings.recordings_channel or "",
            workspace=self._identity.team,
            directory=self._directory,
            outbox=self._parts.outbox,
            clock=self._parts.clock,
        )

    async def _tell_of_trouble(self) -> None:
        settings = self._parts.settings
        await tell_of_trouble(
            channel=settings.alert_channel,
            admins=settings.recordings_admins,
            otherwise=settings.recordings_channel,
            workspace=self._identity.team,
            directory=self._directory,
            outbox=self._parts.outbox,
            clock=self._parts.clock,
        )

    async def _prove(self) -> None:
        parts, settings = self._parts, self._parts.settings
        if is_due(await parts.ledger.latest(), parts.clock.now(), zone=settings.pbx_timezone or UTC):
            keep_for = settings.keep_for
            await reconcile(parts.phones, parts.archive, parts.ledger, parts.clock, pause=PAGE_PAUSE, keep_for=keep_for)

    async def _retire(self) -> None:
        await retire(self._parts.ledger, self._parts.clock, keep_for=self._parts.settings.keep_for)
