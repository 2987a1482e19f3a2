"""The composition root: settings in, every part opened, run until told to stop, closed in reverse order."""

import asyncio
import contextlib
import secrets
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from functools import partial
from typing import TypeVar

import structlog
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette

from bot.archive import Leader
from bot.domain.health import LastSeen
from bot.errors import SettingsError, SlackBusy, SlackLoginRefused, SlackOutcomeUnknown, SlackUnreachable
from bot.operations.probes import probes
from bot.parts import Parts, open_parts
from bot.serving import serving
from bot.settings import Settings
from bot.slack.app import bolt_app
from bot.slack.clients import Clients, Identity, identify, open_clients
from bot.slack.clients import check_app_token as open_socket_once
from bot.slack.desk import Backroom, Desk
from bot.slack.drawing_process import draw_aside
from bot.slack.http import events_route
from bot.slack.people import People
from bot.slack.socket import Socket
from bot.slack.stats import Charts
from bot.slack.uploads import Uploads
from bot.work import Work

EVERYWHERE = "0.0.0.0"  # noqa: S104 - a router calls it
STOP_GRACE = timedelta(seconds=0.8)
"""How long a post under way may take to end. The socket's farewell and the PBX token's return may take 2 s each, and a
stop 5 s in all; what is cut off is looked for at the next start.
"""
RETRY_SECONDS = 5

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Socket Mode, sync and posts in one process, until `stop`.

    Raises SlackLoginRefused, ArchiveError or SettingsError.
    """
    async with open_parts(settings) as parts, _slack(settings) as clients, _probed(parts):
        identity = await _patiently(lambda: identify(clients), stop)
        app_token = settings.slack_app_token.get_secret_value()
        await _patiently(lambda: check_app_token(clients, app_token), stop)
        if stop.is_set() or identity is None:
            return
        connected = LastSeen()
        async with _desk(parts, clients, identity) as desk:
            app = bolt_app(clients, identity, desk, region=settings.phone_region)
            async with Socket(app, app_token, clients.reads, pulse=connected, now=parts.clock.now).open():
                log.info("started", mode="run", team=identity.team_name)
                await _work(parts, clients, identity, stop, connected)


async def web(settings: Settings, stop: asyncio.Event) -> None:
    """HTTP mode: answer commands and presses, until `stop`. Raises SlackLoginRefused, ArchiveError or SettingsError.

    It listens before Slack has told who we are, so that the probes answer meanwhile.
    """
    apps: list[AsyncApp] = []
    async with open_parts(settings) as parts, _slack(settings) as clients:
        routes = [*probes(status=parts.status, metrics=parts.metrics), events_route(lambda: next(iter(apps), None))]
        async with _listening(Starlette(routes=routes), settings.port) as port:
            identity = await _patiently(lambda: identify(clients), stop)
            if identity is None:
                return
            secret = settings.slack_signing_secret.get_secret_value()
            async with _desk(parts, clients, identity) as desk:
                region = settings.phone_region
                apps.append(bolt_app(clients, identity, desk, signing_secret=secret, region=region))
                log.info("started", mode="web", port=port, team=identity.team_name)
                await stop.wait()


async def worker(settings: Settings, stop: asyncio.Event) -> None:
    """Sync and posts, until `stop`; the face to Slack is `web`'s. Raises SlackLoginRefused or ArchiveError."""
    async with open_parts(settings) as parts, _slack(settings) as clients, _probed(parts, beside_web=True):
        identity = await _patiently(lambda: identify(clients), stop)
        if identity is not None:
            log.info("started", mode="worker", team=identity.team_name)
            await _work(parts, clients, identity, stop)


async def _work(
    parts: Parts, clients: Clients, identity: Identity, stop: asyncio.Event, socket: LastSeen | None = None
) -> None:
    """Follow the PBX and post, as the one process that does so for this archive; until `stop`."""
    async with Leader(parts.settings.database_url).held(stop) as leads:
        if not leads:
            return
        work = Work(parts, clients, identity, socket)
        parts.nudge = work.schedule.nudge
        async with work.schedule.running():
            await stop.wait()
        await work.delivery.close(STOP_GRACE)


@asynccontextmanager
async def _probed(parts: Parts, *, beside_web: bool = False) -> AsyncIterator[None]:
    """Answer probes on PORT: to everybody if it is set, else to this machine alone.

    Where a port that nobody asked for is taken, or `web` has it, there are no probes. Raises SettingsError for one
    that was asked for.
    """
    asked_for = "port" in parts.settings.model_fields_set
    app = Starlette(routes=list(probes(status=parts.status, metrics=parts.metrics)))
    async with AsyncExitStack() as stack:
        host = EVERYWHERE if asked_for else "127.0.0.1"
        try:
            await stack.enter_async_context(_listening(app, parts.settings.port, host=host))
        except SettingsError as error:
            if asked_for and not beside_web:
                raise
            log.info("without_probes", reason=str(error))
        yield


@asynccontextmanager
async def _listening(app: Starlette, port: int, *, host: str = EVERYWHERE) -> AsyncIterator[int]:
    """Serve inside the block. Raises SettingsError when the port is not to be had."""
    async with AsyncExitStack() as stack:
        try:
            taken = await stack.enter_async_context(serving(app, host=host, port=port))
        except OSError as error:
            raise SettingsError((f"PORT {port} cannot be listened on ({error.strerror}): choose another",)) from error
        yield taken


@asynccontextmanager
async def _desk(parts: Parts, clients: Clients, identity: Identity) -> AsyncIterator[Desk]:
    """The desk, with whoever works behind it; what is still being asked of Slack at the end is given up."""
    people = People(clients, parts.phones, parts.clock, region=parts.settings.phone_region)
    backroom = Backroom(
        lookup=parts.lookup,
        status=parts.status,
        resume=partial(parts.resume, identity.team),
        people=people,
        charts=Charts(Uploads(clients), draw_aside, _new_reference),
        clock=parts.clock,
    )
    try:
        yield Desk(backroom, _new_reference)
    finally:
        await people.close()


def _new_reference() -> str:
    """A few characters by which an asker's screenshot is found in the log."""
    return secrets.token_hex(3)


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
