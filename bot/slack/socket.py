"""Socket Mode with a watchdog: a lost connection is noticed and opened again."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.health import LastSeen
from bot.slack.clients import proxy_for

PING_SECONDS = 5
"""The SDK treats a connection as lost after four unanswered pings, and connects again by itself."""
PATIENCE_SECONDS = 60
"""How long the SDK may try. After that its client is closed and a new one made."""
LOOK_SECONDS = 2
CLOSE_SECONDS = 1
"""Limit for the SDK's close, which may hang on a dead connection."""
LOST = "Socket Mode is not connected"

log = structlog.get_logger(__name__)
sdk_log = logging.getLogger("slack_sdk.socket_mode")
sdk_log.setLevel(logging.INFO)  # below, the SDK writes every frame in full, response_urls too


class Socket:
    """One Socket Mode connection and its watchdog."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        client: AsyncWebClient,
        *,
        connection: LastSeen,
        now: Callable[[], datetime],
        patience: float = PATIENCE_SECONDS,
        look: float = LOOK_SECONDS,
        ping: float = PING_SECONDS,
    ) -> None:
        """`connection` receives at each check whether we are connected.

        In seconds: `patience` until a lost connection is opened anew, `look` between two checks, `ping` between two
        pings, which is also the SDK's pause between two tries to connect.
        """
        self._app = app
        self._app_token = app_token
        self._client = client
        self._connection = connection
        self._now = now
        self._patience = patience
        self._look = look
        self._ping = ping
        self._handler: AsyncSocketModeHandler | None = None
        self._connecting: asyncio.Task[None] | None = None
        self.rebuilt = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Connect, and stay connected inside the block. The block may begin before the first connection is made."""
        self._build()
        watchdog = asyncio.create_task(self._watch(), name="socket watchdog")
        try:
            yield
        finally:
            watchdog.cancel()
            await asyncio.gather(watchdog, return_exceptions=True)
            await self._tear_down()

    async def is_connected(self) -> bool:
        """Return whether we are connected now."""
        return self._handler is not None and bool(await self._handler.client.is_connected())

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        well = loop.time()
        while True:
            await asyncio.sleep(self._look)
            if await self.is_connected():
                self._connection.saw(self._now())
                well = loop.time()
                continue
            self._connection.missed(self._now(), LOST)
            if loop.time() - well > self._patience:
                await self._rebuild(lost_for=loop.time() - well)
                well = loop.time()

    async def _rebuild(self, *, lost_for: float) -> None:
        log.warning("socket_rebuilt", lost_for_seconds=round(lost_for))
        self.rebuilt += 1
        await self._tear_down()
        self._build()

    def _build(self) -> None:
        self._handler = AsyncSocketModeHandler(
            self._app, self._app_token, logger=sdk_log, web_client=self._client, ping_interval=self._ping
        )
        self._handler.client.proxy = proxy_for(self._client.base_url)
        self._connecting = asyncio.create_task(self._handler.connect_async(), name="socket connect")  # type: ignore[no-untyped-call]

    async def _tear_down(self) -> None:
        """Close the connection and every task of the SDK, in little more than CLOSE_SECONDS."""
        if self._handler is None:
            return
        await _ended(self._connecting)
        client = self._handler.client
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._handler.close_async()  # type: ignore[no-untyped-call]
        except TimeoutError:
            log.warning("socket_close_hangs")
        except Exception:
            log.exception("socket_close_failed")
        await _ended(client.message_processor, client.current_session_monitor, client.message_receiver)
        await client.aiohttp_client_session.close()
        self._handler = self._connecting = None


async def _ended(*tasks: asyncio.Future[None] | None) -> None:
    """Cancel and await tasks: the SDK's close awaits none of its own, and may leave them running."""
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
