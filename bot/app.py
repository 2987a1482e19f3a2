"""Composition root: open all parts from the settings, run until stopped, close them in reverse order."""

import asyncio
import contextlib
import secrets
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette

from bot.archive import Leader
from bot.domain.health import LastSeen
from bot.errors import SettingsError, SlackBusy, SlackLoginRefused, SlackOutcomeUnknown, SlackUnreachable
from bot.operations.doctor import Check, SlackAccess, examine
from bot.operations.probes import probes
from bot.parts import Parts, SystemClock, open_parts, open_phones, recorded_status
from bot.schedule import schedule_jobs
from bot.services.deliver import Delivery
from bot.serving import serving
from bot.settings import Settings
from bot.slack.answering import Services
from bot.slack.app import bolt_app
from bot.slack.clients import Clients, Identity, identify, open_clients
from bot.slack.clients import check_app_token as open_socket_once
from bot.slack.directory import SlackDirectory
from bot.slack.http import events_route
from bot.slack.people import People
from bot.slack.posting import SlackMessenger
from bot.slack.socket import Socket

ALL_INTERFACES = "0.0.0.0"  # noqa: S104 - requests come from outside
STOP_GRACE = timedelta(seconds=0.8)
"""How long to wait at a stop for posts that are being sent. A stop may take 5 s: closing the socket and returning the
PBX token take up to 2 s each. The next start looks in the channel for a post that was cancelled.
"""
RETRY_SECONDS = 5

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Run Socket Mode, sync and posts in one process, until `stop`.

    Raises SlackLoginRefused, ArchiveError or SettingsError.
    """
    async with open_parts(settings) as parts, _slack(settings) as clients, _probed(parts):
        identity = await _until_answered(lambda: identify(clients), stop)
        app_token = settings.slack_app_token.get_secret_value()
        await _until_answered(lambda: check_app_token(clients, app_token), stop)
        if stop.is_set() or identity is None:
            return
        connected = LastSeen()
        async with _services(parts, clients, identity) as services:
            app = bolt_app(identity, services, new_reference=_new_reference)
            async with Socket(app, app_token, clients.reads, connection=connected, now=parts.clock.now).open():
                log.info("started", mode="run", team=identity.team_name)
                await _work(parts, clients, identity, stop, connected)


async def web(settings: Settings, stop: asyncio.Event) -> None:
    """Answer commands and clicks over HTTP, until `stop`. Raises SlackLoginRefused, ArchiveError or SettingsError.

    It listens before the first call to Slack, so that the probes answer while Slack cannot be reached.
    """
    apps: list[AsyncApp] = []
    async with open_parts(settings) as parts, _slack(settings) as clients:
        routes = [*probes(status=parts.status, metrics=parts.metrics), events_route(lambda: next(iter(apps), None))]
        async with _listening(Starlette(routes=routes), settings.port) as port:
            identity = await _until_answered(lambda: identify(clients), stop)
            if identity is None:
                return
            secret = settings.slack_signing_secret.get_secret_value()
            async with _services(parts, clients, identity) as services:
                apps.append(bolt_app(identity, services, new_reference=_new_reference, signing_secret=secret))
                log.info("started", mode="web", port=port, team=identity.team_name)
                await stop.wait()


async def worker(settings: Settings, stop: asyncio.Event) -> None:
    """Run sync and posts, until `stop`; `web` answers Slack. Raises SlackLoginRefused or ArchiveError."""
    async with open_parts(settings) as parts, _slack(settings) as clients, _probed(parts, beside_web=True):
        identity = await _until_answered(lambda: identify(clients), stop)
        if identity is not None:
            log.info("started", mode="worker", team=identity.team_name)
            await _work(parts, clients, identity, stop)


def doctor(environ: Mapping[str, str] | None = None, env_file: Path = Path(".env")) -> AsyncIterator[Check]:
    """Check everything that the bot depends on."""
    open_pbx = partial(open_phones, clock=SystemClock())
    return examine(environ, env_file, read_status=recorded_status, open_pbx=open_pbx, open_slack=_slack_access)


@asynccontextmanager
async def _slack_access(settings: Settings) -> AsyncIterator[SlackAccess]:
    async with _slack(settings) as clients:
        yield SlackAccess(
            identify=lambda: _workspace_and_scopes(clients),
            check_app_token=partial(open_socket_once, clients),
            channels=SlackDirectory(clients),
        )


async def _workspace_and_scopes(clients: Clients) -> tuple[str, frozenset[str]]:
    identity = await identify(clients)
    return identity.team_name, identity.scopes


async def _work(
    parts: Parts, clients: Clients, identity: Identity, stop: asyncio.Event, socket: LastSeen | None = None
) -> None:
    """Wait to become the leader, then poll the PBX and post, until `stop`."""
    async with Leader(parts.settings.database_url).acquire(stop) as leads:
        if not leads:
            return
        metrics = parts.metrics
        delivery = Delivery(
            parts.outbox,
            SlackMessenger(clients),
            parts.clock,
            parts.slack,
            posted=metrics.posted,
            failed=metrics.post_failed,
        )
        schedule = schedule_jobs(parts, delivery, clients, identity, socket)
        parts.nudge = schedule.nudge
        async with schedule.running():
            await stop.wait()
        await delivery.close(STOP_GRACE)


@asynccontextmanager
async def _probed(parts: Parts, *, beside_web: bool = False) -> AsyncIterator[None]:
    """Serve the probes on PORT inside the block: on all interfaces if PORT is set, otherwise on 127.0.0.1.

    If the port is in use: raises SettingsError if PORT is set and not `beside_web`, otherwise runs without probes.
    """
    is_set = "port" in parts.settings.model_fields_set
    app = Starlette(routes=list(probes(status=parts.status, metrics=parts.metrics)))
    async with AsyncExitStack() as stack:
        host = ALL_INTERFACES if is_set else "127.0.0.1"
        try:
            await stack.enter_async_context(_listening(app, parts.settings.port, host=host))
        except SettingsError as error:
            if is_set and not beside_web:
                raise
            log.info("without_probes", reason=str(error))
        yield


@asynccontextmanager
async def _listening(app: Starlette, port: int, *, host: str = ALL_INTERFACES) -> AsyncIterator[int]:
    """Serve inside the block, and yield the port. Raises SettingsError if the port cannot be opened."""
    async with AsyncExitStack() as stack:
        try:
            listening_on = await stack.enter_async_context(serving(app, host=host, port=port, ws="none"))
        except OSError as error:
            raise SettingsError((f"PORT {port} cannot be listened on ({error.strerror}): choose another",)) from error
        yield listening_on


@asynccontextmanager
async def _services(parts: Parts, clients: Clients, identity: Identity) -> AsyncIterator[Services]:
    """Open the services for the features. At the end, running requests of `People` to Slack are cancelled."""
    people = People(clients, parts.phones, parts.clock, region=parts.settings.phone_region)
    try:
        yield Services(
            lookup=parts.lookup,
            status=parts.status,
            resume=partial(parts.resume, identity.team),
            people=people,
            clients=clients,
            clock=parts.clock,
            region=parts.settings.phone_region,
        )
    finally:
        await people.close()


def _new_reference() -> str:
    """Return a short reference that is shown in the answer and written to the log."""
    return secrets.token_hex(3)


def _slack(settings: Settings) -> AbstractAsyncContextManager[Clients]:
    return open_clients(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)


async def check_app_token(clients: Clients, app_token: str) -> None:
    """Check the app-level token. Raises SlackError; SlackLoginRefused names the setting."""
    try:
        await open_socket_once(clients, app_token)
    except SlackLoginRefused as error:
        message = f"Slack refuses the app-level token ({error.code}): check SLACK_APP_TOKEN, and its connections:write"
        raise SlackLoginRefused(message, code=error.code) from error


async def unless_stopped(stop: asyncio.Event, work: Awaitable[Answer]) -> Answer | None:
    """Return the result of `work`. If `stop` is set first, cancel it and return None."""
    task, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        stopped.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)


async def _until_answered(call: Callable[[], Awaitable[Answer]], stop: asyncio.Event) -> Answer | None:
    """Call Slack until it answers. Returns None if `stop` is set first. Raises SlackLoginRefused at once."""
    while not stop.is_set():
        try:
            return await unless_stopped(stop, call())
        except (SlackBusy, SlackUnreachable, SlackOutcomeUnknown) as error:
            log.warning("slack_not_reached", error=str(error), again_in_seconds=RETRY_SECONDS)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), RETRY_SECONDS)
    return None


@contextmanager
def stopping() -> Iterator[asyncio.Event]:
    """Yield an event that SIGTERM and SIGINT set inside the block."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
