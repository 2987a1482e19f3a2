"""Server-sent events with the number of the latest change: one at the start and one after each change."""

import asyncio
import json
from collections.abc import AsyncIterator

from bot.demo.slack.world import World

HEARTBEAT_SECONDS = 15
"""Time without a change after which a comment line is sent, to keep the connection open."""
TOGETHER_SECONDS = 0.05
"""Changes within this time are sent as one event."""


class Changes:
    """Event streams for any number of browsers, until `end` is called."""

    def __init__(self, world: World, *, heartbeat: float = HEARTBEAT_SECONDS) -> None:
        self._world = world
        self._heartbeat = heartbeat
        self._ended = False

    def end(self) -> None:
        """End every stream, so that the server can stop without waiting for them."""
        self._ended = True
        self._world.changed()

    async def stream(self) -> AsyncIterator[str]:
        """Yield events as lines of `text/event-stream`."""
        told = -1
        while not self._ended:
            if told == self._world.version:
                yield ": all is well\n\n"
            else:
                told = self._world.version
                yield f"data: {json.dumps({'version': told})}\n\n"
            await asyncio.sleep(TOGETHER_SECONDS)
            await self._another_than(told)

    async def _another_than(self, told: int) -> None:
        """Wait for a change or the next heartbeat."""
        try:
            await self._world.wait_for(lambda: self._world.version != told, self._heartbeat)
        except TimeoutError:
            return
