"""The composition root: settings in, every part opened, run until told to stop, closed in reverse order."""

import asyncio
import contextlib
import secrets
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog
from slack_bolt.async_app import AsyncApp

from bot.archive import Leader, SqlArchive, SqlOutbox, SqlTokens, migrate, open_engine
from bot.domain.status import Activity, Status
from bot.errors import SettingsError, SlackBusy, SlackLoginRefused, SlackOutcomeUnknown, SlackUnreachable
from bot.schedule import Schedule
from bot.services.deliver import Delivery
from bot.services.lookup import Lookup
from bot.services.status import status
from bot.services.subscribe import subscribe
from bot.services.sync import Sync
from bot.serving import serving
from bot.settings import Settings
from bot.slack.bolt import bolt_app
from bot.slack.clients import Clients, Identity, identify, open_clients
from bot.slack.clients import check_app_token as open_socket_once
from bot.slack.desk import Desk
from bot.slack.directory import SlackDirectory
from bot.slack.http import http_app
from bot.slack.messenger import SlackMessenger
from bot.slack.socket import Socket
from bot.yeastar import PbxClient, open_pbx

SITE = "main"
"""The one PBX. Keys have room for more."""
STOP_GRACE = timedelta(seconds=0.8)
"""How long a post under way may take to end. The socket's farewell and the PBX token's return may take 2 s each, and a
stop 5 s in all; what is cut off is looked for at the next start.
"""
RETRY_SECONDS = 5

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")


class SystemClock:
    """The `Clock` port over the machine's own."""

    def now(self) -> datetime:
        """Aware, UTC."""
        return datetime.now(UTC)

    async def sleep(self, pause: timedelta) -> None:
        """Wait that long."""
        await asyncio.sleep(pause.total_seconds())


@dataclass(slots=True)
class Parts:
    """What looking up needs, and what the sync and the posts need besides."""

    settings: Settings
    clock: SystemClock
    phones: PbxClient
    archive: SqlArchive
    outbox: SqlOutbox
    activity: Activity
    lookup: Lookup
    nudge: Callable[[], None] = lambda: None
    """Set by whoever runs the schedule: a look-up that meets new recordings calls it."""

    async def status(self) -> Status:
        """How the bot is."""
        return await status(self.archive, self.outbox, self.activity, self.clock)


@asynccontextmanager
async def open_parts(settings: Settings, *, lasting: bool = True) -> AsyncIterator[Parts]:
    """Open the archive and the PBX client; the PBX itself may be away.

    A `lasting` process takes up the PBX token that its predecessor left, sealed, in the archive: the PBX gives out
    eight, and a process that is killed cannot give its own back. Raises ArchiveError.
    """
    clock, activity = SystemClock(), Activity()
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(open_engine(settings.database_url))
        await migrate(engine)
        archive, outbox = SqlArchive(engine, site=SITE), SqlOutbox(engine, site=SITE)
        tokens = SqlTokens(engine, site=SITE) if lasting else None
        phones = await stack.enter_async_context(open_phones(settings, clock, tokens))
        parts: Parts
        lookup = Lookup(phones, archive, activity, clock, nudge=lambda: parts.nudge())  # noqa: PLW0108 - the attribute is set later
        stack.push_async_callback(lookup.close)
        parts = Parts(settings, clock, phones, archive, outbox, activity, lookup)
        yield parts


def open_phones(
    settings: Settings, clock: SystemClock, tokens: SqlTokens | None = None
) -> AbstractAsyncContextManager[PbxClient]:
    """The PBX client, without a request yet. Raises SettingsError when PBX_CA_FILE holds no certificate."""
    return open_pbx(
        settings.yeastar_base_url,
        client_id=settings.yeastar_client_id,
        client_secret=settings.yeastar_client_secret.get_secret_value(),
        ca_file=settings.pbx_ca_file,
        cert_sha256=settings.pbx_cert_sha256,
        zone=settings.pbx_timezone,
        tokens=tokens,
        now=clock.now,
    )


async def migrate_archive(settings: Settings) -> None:
    """Bring the database to this version's shape. Raises ArchiveError."""
    async with open_engine(settings.database_url) as engine:
        await migrate(engine)


async def held_recordings(settings: Settings) -> int:
    """How many recordings the archive holds; it is made where there is none. Raises ArchiveError."""
    async with open_engine(settings.database_url) as engine:
        await migrate(engine)
        return await SqlArchive(engine, site=SITE).count()


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Socket Mode, sync and posts in one process, until `stop`. Raises SlackLoginRefused or ArchiveError."""
    async with open_parts(settings) as parts, _slack(settings) as clients:
        identity = await _patiently(lambda: identify(clients), stop)
        app_token = settings.slack_app_token.get_secret_value()
        await _patiently(lambda: check_app_token(clients, app_token), stop)
        if stop.is_set() or identity is None:
            return
        socket = Socket(bolt_app(clients, identity, _desk(parts)), app_token, clients.reads)
        async with socket.open():
            log.info("started", mode="run", team=identity.team_name)
            await _work(parts, clients, identity, stop)


async def web(settings: Settings, stop: asyncio.Event) -> None:
    """HTTP mode: answer commands and presses, until `stop`. Raises SlackLoginRefused, ArchiveError or SettingsError."""
    async with open_parts(settings) as parts, _slack(settings) as clients:
        identity = await _patiently(lambda: identify(clients), stop)
        if identity is None:
            return
        secret = settings.slack_signing_secret.get_secret_value()
        app = bolt_app(clients, identity, _desk(parts), signing_secret=secret)
        async with _listening(app, settings.port) as port:
            log.info("started", mode="web", port=port, team=identity.team_name)
            await stop.wait()


async def worker(settings: Settings, stop: asyncio.Event) -> None:
    """Sync and posts, until `stop`; the face to Slack is `web`'s. Raises SlackLoginRefused or ArchiveError."""
    async with open_parts(settings) as parts, _slack(settings) as clients:
        identity = await _patiently(lambda: identify(clients), stop)
        if identity is not None:
            log.info("started", mode="worker", team=identity.team_name)
            await _work(parts, clients, identity, stop)


async def _work(parts: Parts, clients: Clients, identity: Identity, stop: asyncio.Event) -> None:
    """Follow the PBX and post, as the one process that does so for this archive; until `stop`."""
    settings = parts.settings
    delivery = Delivery(parts.outbox, SlackMessenger(clients), parts.clock)
    sync = Sync(parts.phones, parts.archive, parts.activity, parts.clock)
    schedule = Schedule(sync, delivery, poll_every=settings.poll_every)
    directory = SlackDirectory(clients)

    async def feed() -> None:
        await subscribe(
            settings.recordings_channel or "",
            workspace=identity.team,
            directory=directory,
            outbox=parts.outbox,
            clock=parts.clock,
        )

    async with Leader(settings.database_url).held(stop) as leads:
        if not leads:
            return
        parts.nudge = schedule.nudge
        async with schedule.running(feed if settings.recordings_channel else None):
            await stop.wait()
        await delivery.close(STOP_GRACE)


@asynccontextmanager
async def _listening(app: AsyncApp, port: int) -> AsyncIterator[int]:
    """Serve Slack on every address of this machine. Raises SettingsError when the port is not to be had."""
    async with AsyncExitStack() as stack:
        try:
            server = serving(http_app(app), host="0.0.0.0", port=port)  # noqa: S104 - a router calls it
            taken = await stack.enter_async_context(server)
        except OSError as error:
            raise SettingsError((f"PORT {port} cannot be listened on ({error.strerror}): choose another",)) from error
        yield taken


def _desk(parts: Parts) -> Desk:
    return Desk(parts.lookup, parts.status, new_reference=lambda: secrets.token_hex(3))


def _slack(settings: Settings) -> AbstractAsyncContextManager[Clients]:
    return open_clients(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)


async def check_app_token(clients: Clients, app_token: str) -> None:
    """Check the app-level token. Raises SlackError, SlackLoginRefused with the setting's name."""
    try:
        await open_socket_once(clients, app_token)
    except SlackLoginRefused as error:
        message = f"Slack refuses the app-level token ({error.code}): check SLACK_APP_TOKEN, and its connections:write"
        raise SlackLoginRefused(message, code=error.code) from error


async def unless_stopped(stop: asyncio.Event, work: Awaitable[Answer]) -> Answer | None:
    """What the work answers; None when told to stop first, and the work is cancelled."""
    task, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        stopped.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)


async def _patiently(ask: Callable[[], Awaitable[Answer]], stop: asyncio.Event) -> Answer | None:
    """Ask Slack until it answers; None when told to stop first. A login that it refuses is not asked for again."""
    while not stop.is_set():
        try:
            return await unless_stopped(stop, ask())
        except (SlackBusy, SlackUnreachable, SlackOutcomeUnknown) as error:
            log.warning("slack_not_reached", error=str(error), again_in_seconds=RETRY_SECONDS)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), RETRY_SECONDS)
    return None


@contextmanager
def stopping() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set, inside the block."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
