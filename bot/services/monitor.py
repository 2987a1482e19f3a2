"""Check the PBX, Slack and the database, and alert: once when trouble lasts, once when it is over."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bot.domain.alert import Alert, Happening
from bot.domain.delivery import Kind, Post
from bot.domain.health import Health, LastSeen, Level, Part, Patience, assess
from bot.errors import ArchiveError, SlackError, SlackOutcomeUnknown
from bot.ports import Clock, HealthStore, Messenger, Outbox

WRITE_EVERY = timedelta(seconds=30)
"""How often the health is saved without a change: other processes see by it that this one is alive."""

log = structlog.get_logger(__name__)


class Monitor:
    """Assesses every part again and again. Alerts go through the outbox, whose queue survives a crash.

    An alert about the database itself cannot wait there: it is posted at once, to the alert channels last read.
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
        """`signs` are the PBX's and Slack's; `new_key` makes the key of a post that is not in the outbox."""
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
        """Alert channels that have still to hear of the database's failure."""
        self._saved_at: datetime | None = None

    async def check(self) -> None:
        """Check all parts once.

        1. Assess each part from its saved health and its last signs.
        2. Save what has changed, with the alert that follows, in a transaction for each part.
        3. Where the database fails, assess the database itself and post the alert without it.

        A crash before 2 alerts nobody twice: the next check comes to the same result. Raises nothing.
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
        """Return the bot's own health: DOWN at the first check after it was away for long, in whichever process."""
        if self._saved_at is not None or saved.since is not None:
            return saved
        checked_at = await self._store.checked_at()
        if checked_at is None or now - checked_at < self._patience.trouble:
            return saved
        return Health(part=Part.BOT, level=Level.DOWN, since=checked_at, told=True)

    async def _save(self, before: Health, after: Health, signs: Sequence[LastSeen], now: datetime) -> None:
        alert: Alert | None = None
        if after.told and not before.told:
            alert = _down(after)
        elif before.told and not after.told and before.since is not None:
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
        if after.told and not before.told:
            self._unalerted = self._alert_channels
            log.error("health_told", part=Part.DATABASE, happening=Happening.DOWN, reason=after.reason)
        for channel in self._unalerted if after.told else ():
            await self._post_alert(channel, _down(after))

    async def _post_alert(self, channel: str, alert: Alert) -> None:
        """Post without the outbox. One that may have arrived is not sent again; any other failure is, at next check."""
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
