"""A strict stand-in for Slack: a workspace, its Web API, and delivery to a bot over HTTP or Socket Mode.

It shares no code with the Slack client that it tests.
"""

import asyncio
import copy
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from bot.demo.slack.answers import Answers
from bot.demo.slack.api import WebApi, page_instead
from bot.demo.slack.control import control_routes
from bot.demo.slack.dispatch import Ack, Dispatcher
from bot.demo.slack.faults import Cuttable, Faults, Pace, cut
from bot.demo.slack.interactions import AGENT, Interactions, Reply
from bot.demo.slack.links import Links
from bot.demo.slack.sockets import Sockets
from bot.demo.slack.staff import demo_world
from bot.demo.slack.world import Message
from bot.serving import serving

SCOPES = frozenset(
    {
        "commands",
        "chat:write",
        "channels:read",
        "groups:read",
        "channels:history",
        "groups:history",
        "im:history",
        "im:write",
        "usergroups:read",
        "users:read",
        "users:read.email",
    }
)
"""Scopes that our manifest requests."""

BOT_TOKEN, APP_TOKEN, SIGNING_SECRET = "xoxb-demo", "xapp-demo", "demo-signing-secret"
"""Credentials that are valid only for this stand-in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Declarations of the app's manifest, which decide what Slack offers to users and sends to the bot."""

    commands: tuple[Mapping[str, str], ...] = ()
    """Keys: `command` with its slash, `description`, `hint`."""
    shortcuts: tuple[Mapping[str, str], ...] = ()
    """Keys: `name`, `type` (`global` or `message`), `callback_id`, `description`."""
    events: frozenset[str] = frozenset()
    """Types of events that the bot subscribes to; others are never sent."""


NO_FEATURES = Features()

__all__ = ["APP_TOKEN", "BOT_TOKEN", "SCOPES", "SIGNING_SECRET", "Ack", "Faults", "Features", "Reply", "SlackStandIn"]


class SlackStandIn(Interactions):
    """One workspace with one app in it.

    `clock` returns seconds since the epoch for ts, rates, trigger_ids and response_urls. `burst` is the number of posts
    that a channel accepts at once before the limit of one per second. `ack_seconds` is the bot's time limit for an ack.
    `features` are the declarations of the app's manifest.
    """

    def __init__(
        self,
        *,
        bot_token: str = BOT_TOKEN,
        app_token: str = APP_TOKEN,
        signing_secret: str = SIGNING_SECRET,
        scopes: frozenset[str] = SCOPES,
        clock: Callable[[], float] = time.time,
        burst: int = 1,
        ack_seconds: float = 3.0,
        features: Features = NO_FEATURES,
    ) -> None:
        self.features = features
        self.faults = Faults()
        self.errors: list[str] = []
        """Errors that a user would see or that Slack would report, in order."""
        world, links = demo_world(clock), Links(clock)
        self._sockets = Sockets(world.bot.app_id, world.changed)
        self._api = WebApi(
            world=world,
            links=links,
            faults=self.faults,
            bot_token=bot_token,
            app_token=app_token,
            scopes=scopes,
            pace=Pace(burst),
            errors=self.errors,
            new_socket_url=lambda: self._sockets.new_url(self.url),
        )
        dispatcher = Dispatcher(
            sockets=self._sockets,
            signing_secret=signing_secret,
            ack_seconds=ack_seconds,
            wall_clock=time.time,
        )
        answers = Answers(world, links, self._api.call, self.errors)
        super().__init__(world=world, links=links, dispatcher=dispatcher, answers=answers)
        self.app = Starlette(routes=self._routes())

    @asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator[str]:
        """Listen on this machine and yield the base URL; the Web API is at `{url}/api/`."""
        options: dict[str, Any] = {"http": Cuttable, "ws": "websockets-sansio", "lifespan": "off"}
        connector = aiohttp.TCPConnector(keepalive_timeout=2)  # below uvicorn's 5 s: no post on a closing connection
        session = aiohttp.ClientSession(connector=connector)
        async with session, serving(self.app, port=port, **options) as free_port:
            self.url = f"http://127.0.0.1:{free_port}"
            self._dispatcher.session = session
            try:
                yield self.url
            finally:
                self._api.silence.end()
                await self.drop_sockets()

    @property
    def url(self) -> str:
        """The base URL, without a slash at the end."""
        return self._api.base_url

    @url.setter
    def url(self, url: str) -> None:
        self._api.base_url = self.base_url = url

    @property
    def request_url(self) -> str | None:
        """The bot's URL for signed HTTP posts; while it is None, an open socket is used."""
        return self._dispatcher.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self._dispatcher.request_url = url

    @property
    def requests(self) -> list[tuple[str, dict[str, Any]]]:
        """Every Web API call so far: the method and its arguments, without the token."""
        return self._api.requests

    @property
    def connected(self) -> int:
        """Number of open sockets that accept envelopes."""
        return self._sockets.connected

    async def open_home(self, *, user: str = AGENT) -> Ack | None:
        """Open App Home. Return None when the bot does not subscribe to `app_home_opened`."""
        if "app_home_opened" not in self.features.events:
            return None
        fields: dict[str, Any] = {"user": user, "channel": self.world.dm(user).id, "tab": "home"}
        if user in self.world.homes:
            fields["view"] = self.world.homes[user]
        return await self.event("app_home_opened", **fields)

    def posts(self, channel: str) -> list[Message]:
        """Return copies of a channel's messages, oldest first, with their metadata."""
        return copy.deepcopy(self.world.channels[channel].messages)

    def ephemerals(self, user: str, channel: str) -> list[Message]:
        """Return copies of the ephemeral messages that this user sees in this channel, oldest first."""
        shown = [w for w in self.world.whispers if w["to"] == user and w["channel"] == channel]
        return copy.deepcopy(shown)

    async def wait_for(self, predicate: Callable[[], bool], timeout: float = 5.0) -> None:  # noqa: ASYNC109 - tests read better with it
        """Wait until the predicate holds, checked after every change. Raises TimeoutError after `timeout` seconds."""
        await self.world.wait_for(predicate, timeout)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every client to disconnect, as Slack does every few hours."""
        await self._sockets.disconnect(reason)

    async def drop_sockets(self) -> None:
        """Cut every socket without a close frame."""
        await self._sockets.drop()

    def _routes(self) -> list[Route | WebSocketRoute]:
        return [
            Route("/api/{method}", self._with_faults(self._api.handle), methods=["GET", "POST"]),
            Route("/respond/{key}", self._with_faults(self.answers.handle), methods=["POST"]),
            Route("/upload/v1/{file}", self._with_faults(self._api.upload), methods=["POST"]),
            WebSocketRoute("/link", self._sockets.serve),
            *control_routes(self),
        ]

    def _with_faults(self, handle: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def handle_or_fail(request: Request) -> Response:
            if self.faults.down:
                await cut(request.scope)
                return Response()
            await asyncio.sleep(self.faults.latency_seconds)
            instead = page_instead(self.faults)
            return instead if instead is not None else await handle(request)

        return handle_or_fail
