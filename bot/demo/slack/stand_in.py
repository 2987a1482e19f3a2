"""A strict stand-in for Slack: a workspace, its Web API, and the ways by which it calls a bot.

It shares no code with the Slack client that it tests.
"""

import asyncio
import copy
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
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
from bot.demo.slack.features import Features
from bot.demo.slack.hands import AGENT, Hands, Reply
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
"""What our manifest asks for."""

BOT_TOKEN, APP_TOKEN, SIGNING_SECRET = "xoxb-demo", "xapp-demo", "demo-signing-secret"
"""They open nothing but this stand-in."""

NO_FEATURES = Features()

__all__ = ["APP_TOKEN", "BOT_TOKEN", "SCOPES", "SIGNING_SECRET", "Ack", "Faults", "Features", "Reply", "SlackStandIn"]


class SlackStandIn:
    """One workspace with one app in it.

    `clock` gives seconds since the epoch for ts, rates, trigger_ids and response_urls. `burst` is how many posts
    a channel takes at once before it takes one a second. `ack_seconds` is how long the bot may take to acknowledge.
    `features` is what the app's manifest declares.
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
        """What a user or Slack would have complained about, in order."""
        self.world = demo_world(clock)
        links = Links(clock)
        self._sockets = Sockets(self.world.bot.app_id, self.world.changed)
        self._api = WebApi(
            world=self.world,
            links=links,
            faults=self.faults,
            bot_token=bot_token,
            app_token=app_token,
            scopes=scopes,
            pace=Pace(burst),
            errors=self.errors,
            new_socket_url=lambda: self._sockets.new_url(self.url),
        )
        self.answers = Answers(self.world, links, self._api.call, self.errors)
        self._dispatcher = Dispatcher(
            sockets=self._sockets,
            signing_secret=signing_secret,
            ack_seconds=ack_seconds,
            wall_clock=time.time,
        )
        self._hands = Hands(world=self.world, links=links, dispatcher=self._dispatcher, answers=self.answers)
        self.app = Starlette(routes=self._routes())

    @asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator[str]:
        """Serve it on this machine and yield its base URL; the Web API is at `{url}/api/`."""
        options: dict[str, Any] = {"http": Cuttable, "ws": "websockets-sansio", "lifespan": "off"}
        connector = aiohttp.TCPConnector(keepalive_timeout=2)  # below uvicorn's 5 s: never a post into a closing one
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
        self._api.base_url = self._hands.base_url = url

    @property
    def request_url(self) -> str | None:
        """Where the bot takes signed HTTP posts; while None, an open socket is used."""
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
        """Open sockets that take envelopes."""
        return self._sockets.connected

    async def command(
        self,
        text: str,
        *,
        user: str = AGENT,
        channel: str = "C0GENERAL",
        command: str = "/recordings",
        escape: bool = True,
    ) -> Reply:
        """Type a slash command; with `escape` its text is rewritten as under the manifest's `should_escape`."""
        return await self._hands.command(text, user=user, channel=channel, command=command, escape=escape)

    async def click(
        self,
        place: Message,
        action_id: str,
        *,
        user: str = AGENT,
        value: str | None = None,
        block_id: str | None = None,
    ) -> Reply:
        """Press a button on a message or view. Raises LookupError.

        `value` and `block_id` tell buttons with one action_id apart.
        """
        return await self._hands.click(place, action_id, user=user, value=value, block_id=block_id)

    async def select(
        self,
        place: Message,
        action_id: str,
        value: str,
        *,
        user: str = AGENT,
        block_id: str | None = None,
        values: dict[str, Any] | None = None,
    ) -> Reply:
        """Choose the option with this value, or type it into an input with `dispatch_action`. Raises LookupError.

        `values` is what the inputs of a view hold meanwhile.
        """
        return await self._hands.select(place, action_id, value, user=user, block_id=block_id, values=values)

    async def open_shortcut(self, callback_id: str, *, user: str = AGENT, message: Message | None = None) -> Reply:
        """Run a message shortcut, or without a message a global one."""
        return await self._hands.shortcut(callback_id, user=user, message=message)

    async def submit_view(self, view: dict[str, Any], values: dict[str, Any], *, user: str = AGENT) -> Reply:
        """Send a modal off; `values` holds the inputs' states by block_id and action_id."""
        return await self._hands.submit(view, values, user=user)

    async def close_view(self, view: dict[str, Any], *, user: str = AGENT) -> Ack | None:
        """Close a modal; None when the view does not ask for the bot to be told."""
        return await self._hands.close(view, user=user)

    async def open_home(self, *, user: str = AGENT) -> Ack | None:
        """Open App Home; None when the bot does not subscribe to `app_home_opened`."""
        if "app_home_opened" not in self.features.events:
            return None
        fields: dict[str, Any] = {"user": user, "channel": self.world.dm(user).id, "tab": "home"}
        if user in self.world.homes:
            fields["view"] = self.world.homes[user]
        return await self._hands.event("app_home_opened", fields)

    async def event(self, kind: str, *, retry: int = 0, **fields: Any) -> Ack:
        """Send an event of the Events API; `retry` is which repetition it is."""
        return await self._hands.event(kind, fields, retry=retry)

    def posts(self, channel: str) -> list[Message]:
        """Copies of a channel's messages, oldest first, with their metadata."""
        return copy.deepcopy(self.world.channels[channel].messages)

    def ephemerals(self, user: str, channel: str) -> list[Message]:
        """Copies of the ephemeral messages that this user sees in this channel, oldest first."""
        shown = [w for w in self.world.whispers if w["to"] == user and w["channel"] == channel]
        return copy.deepcopy(shown)

    async def wait_for(self, predicate: Callable[[], bool], timeout: float = 5.0) -> None:  # noqa: ASYNC109 - tests read better with it
        """Return once the predicate holds, asked after every change. Raises TimeoutError after so many seconds."""
        await self.world.wait_for(predicate, timeout)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell every socket to go, as Slack does every few hours."""
        await self._sockets.disconnect(reason)

    async def drop_sockets(self) -> None:
        """Cut every socket without a word."""
        await self._sockets.drop()

    def _routes(self) -> list[Route | WebSocketRoute]:
        return [
            Route("/api/{method}", self._in_this_weather(self._api.handle), methods=["GET", "POST"]),
            Route("/respond/{key}", self._in_this_weather(self.answers.handle), methods=["POST"]),
            Route("/upload/v1/{file}", self._in_this_weather(self._api.upload), methods=["POST"]),
            WebSocketRoute("/link", self._sockets.serve),
            *control_routes(self),
        ]

    def _in_this_weather(self, handle: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def handle_or_fail(request: Request) -> Response:
            if self.faults.down:
                await cut(request.scope)
                return Response()
            await asyncio.sleep(self.faults.latency_seconds)
            instead = page_instead(self.faults)
            return instead if instead is not None else await handle(request)

        return handle_or_fail
