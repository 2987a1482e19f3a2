"""Answer through a `response_url`. It works in every channel, also where the bot is no member."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import structlog

from bot.errors import MessageRefused
from bot.slack.blocks.message import Message
from bot.slack.errors import read_retry_after

MOST_TRIES = 3
UNREACHED_PAUSE = timedelta(seconds=1)
REFUSED_BLOCKS = "invalid_blocks"

log = structlog.get_logger(__name__)

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why Slack did not take an answer, and the pause before the next try; None when it must not be tried again."""

    reason: str
    pause: timedelta | None = None


class Replies:
    """Sends answers through a `response_url`, which is a secret and never logged.

    The SDK's own webhook client logs it and ignores NO_PROXY.
    """

    def __init__(self, session: aiohttp.ClientSession, *, sleep: Sleep = asyncio.sleep) -> None:
        """`sleep` takes seconds."""
        self._session = session
        self._sleep = sleep

    async def replace(self, url: str, message: Message) -> bool:
        """Replace the message whose button was pressed, or the first answer to a command.

        Returns whether Slack took it. This and the other methods raise MessageRefused for `invalid_blocks`.
        """
        return await self._send(url, {**message.payload(), "response_type": "ephemeral", "replace_original": True})

    async def add(self, url: str, message: Message) -> bool:
        """Show a message to the asker alone, below."""
        return await self._send(url, {**message.payload(), "response_type": "ephemeral", "replace_original": False})

    async def publish(self, url: str, message: Message) -> bool:
        """Show a message to everybody in the channel."""
        return await self._send(url, {**message.payload(), "response_type": "in_channel", "replace_original": False})

    async def remove(self, url: str) -> bool:
        """Delete the message whose button was pressed."""
        return await self._send(url, {"delete_original": True})

    async def _send(self, url: str, body: dict[str, Any]) -> bool:
        """Send, and try again only where Slack has certainly done nothing: rate limit, or no connection."""
        failure = await self._try(url, body)
        for _ in range(MOST_TRIES - 1):
            if failure is None or failure.pause is None:
                break
            await self._sleep(failure.pause.total_seconds())
            failure = await self._try(url, body)
        if failure is not None:
            log.warning("reply_failed", reason=failure.reason)
            if REFUSED_BLOCKS in failure.reason:
                raise MessageRefused(f"Slack refuses an answer ({REFUSED_BLOCKS})", code=REFUSED_BLOCKS)
        return failure is None

    async def _try(self, url: str, body: dict[str, Any]) -> Failure | None:
        if self._session.closed:
            return Failure("the bot is stopping")
        try:
            async with self._session.post(url, json=body) as response:
                return await _failure(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Failure(type(error).__name__, UNREACHED_PAUSE)
        except (aiohttp.ClientError, TimeoutError) as error:
            return Failure(type(error).__name__)


async def _failure(response: aiohttp.ClientResponse) -> Failure | None:
    """Return what an answer other than success means. Its body is Slack's error code, or JSON with status 200."""
    body = await response.text(errors="replace")
    if response.status == 200 and '"ok":false' not in body.replace(" ", ""):  # noqa: PLR2004 - HTTP's own number
        return None
    reason = f"{response.status} {body[:80]}"
    limited = response.status == 429  # noqa: PLR2004 - HTTP's own number
    return Failure(reason, read_retry_after(response.headers.get("Retry-After")) if limited else None)
