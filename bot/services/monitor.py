"""Check the PBX, Slack and the database. Create an alert when a failure has lasted, and another when it is over."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bot.domain.alert import Alert, Happening
from bot.domain.delivery import Kind, Post
from bot.domain.health import Health, LastSeen, Level, Part, Patience, assess
from bot.errors import ArchiveError, SlackError, SlackOutcomeUnknown
from bot.ports import Clock, HealthStore, Messenger, Outbox

WRITE_EVERY = timedelta(seconds=30)
"""How often unchanged health is saved, so that other processes see that this one is running."""

log = structlog.get_logger(__name__)


class Monitor:
    """Assesses the health of every part and creates alerts in the outbox, so that a crash does not lose them.

    An alert about the database cannot be saved there. It is posted directly, to the alert channels last read.
    """

    def __init__(
        self,
        store: HealthStore,
        outbox: Outbox,
        messenger: Messenger,
        clock: Clock,
        signs: Mapping[Part, Sequence[LastSeen]],
        *,
        patience: Patience,
        workspace: str,
        site: str,
        new_key: Callable[[], str],
    ) -> None:
        """`signs` are those of the PBX and Slack. `new_key` returns the key for a post that is not in the outbox."""
        self._store = store
        self._outbox = outbox
        self._messenger = messenger
        self._clock = clock
        self._signs = signs
        self._patience = patience
        self._workspace = workspace
        self._site = site
        self._new_key = new_key
        self._database = LastSeen()
        self._database_health = Health(part=Part.DATABASE)
        self._alert_channels: tuple[str, ...] = ()
        self._unalerted: tuple[str, ...] = ()
        """Alert channels in which the alert about the database is not posted yet."""
        self._saved_at: datetime | None = None

    async def check(self) -> None:
        """Check all parts once.

        1. Assess each part from its saved health and its last signs.
        2. Save each changed part with its alert, in one transaction per part.
        3. If the database fails, assess the database and post the alert without the outbox.

        A crash before step 2 creates no second alert: the next check has the same result. Raises nothing.
        """
        now = self._clock.now()
        try:
            await self._check_parts(now)
            self._database.saw(now)
            await self._check_working_database(now)
        except ArchiveError as error:
            self._database.missed(now, str(error))
            await self._check_failing_database(now)

    async def _check_parts(self, now: datetime) -> None:
        self._alert_channels = await self._outbox.alert_channels()
        saved = {health.part: health for health in await self._store.healths()}
        bot = await self._own_health(saved.get(Part.BOT, Health(part=Part.BOT)), now)
        is_recent = self._saved_at is not None and timedelta(0) <= now - self._saved_at < WRITE_EVERY
        for part, signs in {**self._signs, Part.BOT: [LastSeen(well_at=now)]}.items():
            before = bot if part is Part.BOT else saved.get(part, Health(part=part))
            after = assess(before, signs, now, self._patience)
            if not is_recent or after != saved.get(part):
                await self._save(before, after, signs, now)
        if not is_recent:
            self._saved_at = now

    async def _own_health(self, saved: Health, now: datetime) -> Health:
        """Return the bot's own health: DOWN at the first check of a process, if no process has checked for long."""
        if self._saved_at is not None or saved.since is not None:
            return saved
        checked_at = await self._store.checked_at()
        if checked_at is None or now - checked_at < self._patience.failure:
            return saved
        return Health(part=Part.BOT, level=Level.DOWN, since=checked_at, is_reported=True)

    async def _save(self, before: Health, after: Health, signs: Sequence[LastSeen], now: datetime) -> None:
        alert: Alert | None = None
        if after.is_reported and not before.is_reported:
            alert = _down(after)
        elif before.is_reported and not after.is_reported and before.since is not None:
            came, waiting = await self._store.new_since(before.since)
            alert = Alert(
                happening=Happening.BACK,
                part=before.part,
                since=before.since,
                until=before.well_since or now,
                came=came,
                waiting=waiting,
            )
        well_at = min((sign.well_at for sign in signs if sign.well_at), default=None)
        await self._store.note(after, well_at=well_at, now=now, alert=alert)
        if alert is not None:
            log.warning("health_told", part=after.part, happening=alert.happening, reason=alert.reason)

    async def _check_working_database(self, now: datetime) -> None:
        before = self._database_health
        after = assess(before, [self._database], now, self._patience)
        if after != before or self._saved_at == now:
            await self._save(before, after, [self._database], now)
        self._database_health = after

    async def _check_failing_database(self, now: datetime) -> None:
        before = self._database_health
        after = self._database_health = assess(before, [self._database], now, self._patience)
        if after.is_reported and not before.is_reported:
            self._unalerted = self._alert_channels
            log.error("health_told", part=Part.DATABASE, happening=Happening.DOWN, reason=after.reason)
        for channel in self._unalerted if after.is_reported else ():
            await self._post_alert(channel, _down(after))

    async def _post_alert(self, channel: str, alert: Alert) -> None:
        """Post an alert without the outbox. If it surely did not arrive, the next check tries again."""
        post = Post(
            key=self._new_key(),
            workspace=self._workspace,
            channel=channel,
            kind=Kind.ALERT,
            site=self._site,
            alert=alert,
        )
        try:
            await self._messenger.post(post)
        except SlackOutcomeUnknown as error:
            log.warning("alert_perhaps_sent", channel=channel, error=str(error))
        except SlackError as error:
            log.warning("alert_not_sent", channel=channel, error=str(error))
            return
        self._unalerted = tuple(other for other in self._unalerted if other != channel)


def _down(health: Health) -> Alert:
    return Alert(happening=Happening.DOWN, part=health.part, reason=health.reason, since=health.since)
