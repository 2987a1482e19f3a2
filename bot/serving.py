"""An HTTP server that runs inside `async with`."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

GRACE_SECONDS = 1
"""How long requests under way may take to end when the server stops."""
CHECK_SECONDS = 0.005


@asynccontextmanager
async def serving(app: Any, *, host: str = "127.0.0.1", port: int = 0, **options: Any) -> AsyncIterator[int]:
    """Serve the ASGI app and yield the port it listens on; port 0 takes a free one.

    `options` go to `uvicorn.Config`. Raises OSError when the port is taken. `uvicorn.Server.serve` is not used: it
    takes over the process's signals, and needs 0.2 s more to stop.
    """
    listener = socket.create_server((host, port), backlog=512)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else an answer's body waits 40 ms for an ACK
    config = uvicorn.Config(app, log_config=None, access_log=False, **options)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    try:
        yield listener.getsockname()[1]
    finally:
        await _stop(server)
        listener.close()


async def _stop(server: uvicorn.Server) -> None:
    """Close the port at once, and every connection within GRACE_SECONDS."""
    state, loop = server.server_state, asyncio.get_running_loop()
    for listening in server.servers:
        listening.close()
    for connection in list(state.connections):
        connection.shutdown()
    end = loop.time() + GRACE_SECONDS
    while (state.connections or state.tasks) and loop.time() < end:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(CHECK_SECONDS)
    for task in state.tasks:
        task.cancel()
    await server.lifespan.shutdown()
