"""An HTTP server with a lifetime: up inside `async with`, gone after it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import uvicorn

GRACE_SECONDS = 1
"""How long requests under way may take to end when the server stops."""


LOOK_SECONDS = 0.005
TICK_SECONDS = 0.1
"""How often uvicorn looks after itself, as in its own loop."""


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: whoever opened it decides when it stops, and it does so at once."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self.should_exit = True
        self._stopping.set()

    async def main_loop(self) -> None:
        tick = 0
        while not await self.on_tick(tick):
            tick += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - uvicorn's own
        """End every connection within GRACE_SECONDS. uvicorn's own way looks for their end only every 100 ms."""
        state, loop = self.server_state, asyncio.get_running_loop()
        for server in self.servers:
            server.close()
        for connection in list(state.connections):
            connection.shutdown()
        late = loop.time() + GRACE_SECONDS
        while (state.connections or state.tasks) and loop.time() < late:  # noqa: ASYNC110 - uvicorn tells no more
            await asyncio.sleep(LOOK_SECONDS)
        for task in state.tasks:
            task.cancel()
        await self.lifespan.shutdown()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: Any, *, host: str = "127.0.0.1", port: int = 0, **options: Any) -> AsyncIterator[int]:
    """Serve the ASGI app and yield the port it listens on; port 0 takes a free one.

    `options` go to `uvicorn.Config`. Raises OSError when the port is taken.
    """
    listener = socket.create_server((host, port), backlog=512)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else an answer's body waits 40 ms for an ACK
    config = uvicorn.Config(app, log_config=None, access_log=False, **options)
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="http server")
    try:
        while not (server.started or task.done()):  # noqa: ASYNC110 - uvicorn tells it by a flag
            await asyncio.sleep(LOOK_SECONDS)
        if task.done():
            await task
        yield listener.getsockname()[1]
    finally:
        server.stop()
        await task
        listener.close()
