"""Keep watch over what the bot stands on, and tell of trouble: once when it lasts, once when it is over."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bot.domain.alert import Alert, Happening
from bot.domain.delivery import Kind, Post
from bot.domain.health import Health, LastSeen, Level, Part, Patience, assess
from bot.errors import ArchiveError, SlackError, SlackOutcomeUnknown
from bot.ports import Clock, HealthStore, Messenger, Outbox

WRITE_EVERY = timedelta(seconds=30)
"""How often it is written down that nothing has changed: that shows others that this process lives."""

log = structlog.get_logger(__name__)


class Monitor:
    """Looks at every part's pulse, over and over; owes alerts through the outbox, whose queue survives a crash.

    Trouble of the database itself cannot wait there: it is posted at once, to the channels that were last known.
    """

    def __init__(
        self,
        vitals: HealthStore,
        outbox: Outbox,
        messenger: Messenger,
        clock: Clock,
        pulses: Mapping[Part, Sequence[LastSeen]],
        *,
        patience: Patience,
        workspace: str,
        site: str,
        new_key: Callable[[], str],
    ) -> None:
        """`pulses` are the PBX's and Slack's; `new_key` names a message that no queue has named."""
        self._vitals = vitals
        self._outbox = outbox
        self._messenger = messenger
        self._clock = clock
        self._pulses = pulses
        self._patience = patience
        self._workspace = workspace
        self._site = site
        self._new_key = new_key
        self._database = LastSeen()
        self._database_health = Health(part=Part.DATABASE)
        self._channels: tuple[str, ...] = ()
        self._untold: tuple[str, ...] = ()
        self._written_at: datetime | None = None

    async def check(self) -> None:
        """Look once at everything.

        1. Work out how each part is, from what was noted last and its pulse.
        2. Write down what has changed, with the alert that it owes, a transaction for each part.
        3. Where the database does not take that, judge the database itself, and tell of it without it.

        A crash before 2 tells nothing twice: the next look comes to the same result. Raises nothing.
        """
        now = self._clock.now()
        try:
            await self._note_all(now)
            self._database.saw(now)
            await self._note_database(now)
        except ArchiveError as error:
            self._database.missed(now, str(error))
            await self._judge_without_database(now)

    async def _note_all(self, now: datetime) -> None:
        self._channels = await self._outbox.alert_channels()
        noted = {health.part: health for health in await self._vitals.healths()}
        bot = await self._own_health(noted.get(Part.BOT, Health(part=Part.BOT)), now)
        all_pulses = {**self._pulses, Part.BOT: [LastSeen(well_at=now)]}
        written = self._written_at
        quiet = written is not None and timedelta(0) <= now - written < WRITE_EVERY
        for part, pulses in all_pulses.items():
            before = bot if part is Part.BOT else noted.get(part, Health(part=part))
            after = assess(before, pulses, now, self._patience)
            if not quiet or after != noted.get(part):
                await self._note(before, after, pulses, now)
        if not quiet:
            self._written_at = now

    async def _own_health(self, noted: Health, now: datetime) -> Health:
        """At the first look: whether this program, whichever process it was in, has been away for long."""
        if self._written_at is not None or noted.since is not None:
            return noted
        seen_at = await self._vitals.checked_at()
        if seen_at is None or now - seen_at < self._patience.trouble:
            return noted
        return Health(part=Part.BOT, level=Level.DOWN, since=seen_at, told=True)

    async def _note(self, before: Health, after: Health, pulses: Sequence[LastSeen], now: datetime) -> None:
        alert = await self._alert(before, after, now)
        well_at = min((pulse.well_at for pulse in pulses if pulse.well_at), default=None)
        await self._vitals.note(after, well_at=well_at, now=now, alert=alert)
        if alert is not None:
            log.warning("health_told", part=after.part, happening=alert.happening, reason=alert.reason)

    async def _alert(self, before: Health, after: Health, now: datetime) -> Alert | None:
        if after.told and not before.told:
            return _down(after)
        if before.told and not after.told and before.since is not None:
            came, waiting = await self._vitals.new_since(before.since)
            return Alert(
                happening=Happening.BACK,
                part=before.part,
                since=before.since,
                until=before.well_since or now,
                came=came,
                waiting=waiting,
            )
        return None

    async def _note_database(self, now: datetime) -> None:
        """The database takes what is written: it is well, or seems so again."""
        before = self._database_health
        after = assess(before, [self._database], now, self._patience)
        if after != before or self._written_at == now:
            await self._note(before, after, [self._database], now)
        self._database_health = after

    async def _judge_without_database(self, now: datetime) -> None:
        before = self._database_health
        after = self._database_health = assess(before, [self._database], now, self._patience)
        if after.told and not before.told:
            self._untold = self._channels
            log.error("health_told", part=Part.DATABASE, happening=Happening.DOWN, reason=after.reason)
        for channel in self._untold if after.told else ():
            await self._tell_at_once(channel, _down(after))

    async def _tell_at_once(self, channel: str, alert: Alert) -> None:
        """Post without the queue. What may have arrived is not sent again; what surely has not, at the next look."""
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
        self._untold = tuple(other for other in self._untold if other != channel)


def _down(health: Health) -> Alert:
    return Alert(happening=Happening.DOWN, part=health.part, reason=health.reason, since=health.since)
