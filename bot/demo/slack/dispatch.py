"""Delivery from Slack to the bot, by signed HTTP posts or an open socket, with three seconds for the ack."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.demo.slack.sockets import NobodyConnected, Sockets

HTTP_OK = 200


class BotFailed(Exception):
    """The bot answered with a status other than 200."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """The bot's acknowledgement of one command, interaction or event."""

    seconds: float
    body: Any = None
    """Decoded JSON, or None for an empty body."""
    error: str | None = None
    """`operation_timeout` after three seconds; `dispatch_failed` without a connection or without a status 200."""


@dataclass(kw_only=True)
class Dispatcher:
    """Sender that uses HTTP when `request_url` is set, otherwise an open socket. HTTP requires a `session`."""

    sockets: Sockets
    signing_secret: str
    ack_seconds: float
    wall_clock: Callable[[], float]
    """Function that returns seconds since the epoch for signatures; the bot compares them with its own clock."""
    request_url: str | None = None
    session: aiohttp.ClientSession | None = None

    async def send(self, kind: str, payload: dict[str, Any], *, retry: int = 0) -> Ack:
        """Deliver `slash_commands`, `interactive` or `events_api`, and wait for the ack.

        `retry` is the number of the repetition of an event, 0 for the first try.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(self.ack_seconds):
                body = await self._deliver(kind, payload, retry)
        except TimeoutError:
            return Ack(seconds=loop.time() - started, error="operation_timeout")
        except (NobodyConnected, BotFailed, aiohttp.ClientError):
            return Ack(seconds=loop.time() - started, error="dispatch_failed")
        return Ack(seconds=loop.time() - started, body=body or None)

    async def _deliver(self, kind: str, payload: dict[str, Any], retry: int) -> Any:
        if self.request_url is None:
            extra = {"retry_attempt": retry, "retry_reason": "timeout"} if retry else {}
            return await self.sockets.send(kind, payload, **extra)
        headers = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"} if retry else {}
        return await self._post(self.request_url, *_encoded(kind, payload), headers)

    async def _post(self, url: str, content_type: str, body: bytes, headers: dict[str, str]) -> Any:
        if self.session is None:
            raise NobodyConnected
        signed = {"Content-Type": content_type, **self._signature(body), **headers}
        async with self.session.post(url, data=body, headers=signed) as response:
            answer = await response.text()
            if response.status != HTTP_OK:
                raise BotFailed(response.status)
            return _decoded(answer)

    def _signature(self, body: bytes) -> dict[str, str]:
        """Return the headers that sign a body. Source: Slack, "Verifying requests from Slack"."""
        timestamp = str(int(self.wall_clock()))
        base = b":".join([b"v0", timestamp.encode(), body])
        digest = hmac.new(self.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def _encoded(kind: str, payload: dict[str, Any]) -> tuple[str, bytes]:
    """Return content type and body: commands are forms, interactions a form with `payload`, events JSON."""
    if kind == "events_api":
        return "application/json", json.dumps(payload).encode()
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return "application/x-www-form-urlencoded", urlencode(form).encode()


def _decoded(answer: str) -> Any:
    """Return the JSON value of an answer's body. A body that is not JSON is the text of a message."""
    if not answer.strip():
        return None
    try:
        return json.loads(answer)
    except ValueError:
        return {"text": answer}
