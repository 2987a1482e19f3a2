"""An HTTP server with a lifetime: up inside `async with`, gone after it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

GRACE_SECONDS = 1
"""How long requests under way may take to end when the server stops."""


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: whoever opened it decides when it stops."""

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
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=GRACE_SECONDS, **options)
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="http server")
    try:
        while not (server.started or task.done()):  # noqa: ASYNC110 - uvicorn tells it by a flag
            await asyncio.sleep(0.005)
        if task.done():
            await task
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task
        listener.close()
