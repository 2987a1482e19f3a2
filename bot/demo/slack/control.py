"""Endpoints under /control/ for the control of the stand-in by another process. Bodies are JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.demo.slack.faults import set_faults

if TYPE_CHECKING:
    from bot.demo.slack import SlackStandIn


def control_routes(slack: SlackStandIn) -> list[Route]:
    """Return the routes. They answer an invalid body with 400 and the reason."""
    control = _Control(slack)
    return [
        Route("/control/command", control.command, methods=["POST"]),
        Route("/control/click", control.click, methods=["POST"]),
        Route("/control/faults", control.faults, methods=["POST"]),
        Route("/control/messages", control.messages, methods=["GET"]),
        Route("/control/state", control.state, methods=["GET"]),
    ]


class _Control:
    def __init__(self, slack: SlackStandIn) -> None:
        self._slack = slack

    async def command(self, request: Request) -> Response:
        """Type a command: `{"text": …, "user", "channel", "command", "escape"}`. Answers with the Reply."""
        words = await request.json()
        try:
            return JSONResponse(asdict(await self._slack.command(words.pop("text"), **words)))
        except (KeyError, TypeError) as error:
            return _refused(error)

    async def click(self, request: Request) -> Response:
        """Press a button: `{"channel", "ts", "action_id", "user", "value", "is_ephemeral"}`. Answers with the Reply."""
        words = await request.json()
        try:
            place = {key: words.pop(key) for key in ("channel", "ts", "is_ephemeral") if key in words}
            return JSONResponse(asdict(await self._slack.click(place, words.pop("action_id"), **words)))
        except (LookupError, TypeError) as error:
            return _refused(error)

    async def faults(self, request: Request) -> Response:
        """Set faults by name and value. Answers with all faults."""
        try:
            set_faults(self._slack.faults, await request.json())
        except ValueError as error:
            return _refused(error)
        return JSONResponse({**asdict(self._slack.faults), "revoked": sorted(self._slack.faults.revoked)})

    async def messages(self, request: Request) -> Response:
        """Answer with a channel's messages, for `?channel=C0CALLS`, and with everyone's ephemeral messages in it."""
        channel = request.query_params.get("channel", "")
        if channel not in self._slack.world.channels:
            return _refused(LookupError(f"no channel {channel!r}"))
        whispers = [whisper for whisper in self._slack.world.whispers if whisper["channel"] == channel]
        return JSONResponse({"messages": self._slack.posts(channel), "ephemerals": whispers})

    async def state(self, _request: Request) -> Response:
        """Answer with the numbers of open sockets, of changes and of calls by method, and with the errors."""
        told: dict[str, Any] = {
            "connected": self._slack.connected,
            "version": self._slack.world.version,
            "requests": Counter(method for method, _ in self._slack.requests),
            "errors": self._slack.errors,
        }
        return JSONResponse(told)


def _refused(error: Exception) -> Response:
    return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)
