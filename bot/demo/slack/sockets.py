"""Socket Mode: tickets, connections, envelopes and their acks.

Source: Slack, "Using Socket Mode".
"""

import asyncio
import contextlib
import itertools
import json
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

MOST_CONNECTIONS = 10
"""Maximum connections per app; a further one is closed with `too_many_websockets`."""
LIFE_SECONDS = 3600
"""Approximate lifetime of a connection, as Slack announces it."""


class NobodyConnected(Exception):
    """There is no socket to send to."""


@dataclass(eq=False, slots=True)
class Connection:
    """One open socket."""

    socket: WebSocket
    leaving: bool = False
    """Whether it was asked to disconnect; it then gets no more envelopes."""
    waiting: dict[str, asyncio.Future[Any]] = field(default_factory=dict)
    """Expected acks, by envelope_id."""


class Sockets:
    """All connections of the app. Each envelope goes to one of them, in turn. Every change calls `changed`."""

    def __init__(self, app_id: str, changed: Callable[[], None]) -> None:
        self._app_id = app_id
        self._changed = changed
        self._tickets: set[str] = set()
        self._connections: list[Connection] = []
        self._turn = itertools.count()

    @property
    def connected(self) -> int:
        """Number of open sockets that accept envelopes."""
        return len(self._ready())

    def new_url(self, base_url: str) -> str:
        """Return a WebSocket URL that is valid for one connection."""
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        return f"{base_url.replace('http', 'ws', 1)}/link?ticket={ticket}&app_id={self._app_id}"

    async def serve(self, socket: WebSocket) -> None:
        """Serve one connection until it ends."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            await socket.close(1008)
            return
        self._tickets.discard(ticket)
        await socket.accept()
        if len(self._connections) >= MOST_CONNECTIONS:
            await socket.send_json(_farewell("too_many_websockets"))
            await socket.close()
            return
        await self._hold(Connection(socket))

    async def send(self, kind: str, payload: dict[str, Any], **extra: Any) -> Any:
        """Send one envelope and return the ack's payload, or None when it has none. Raises NobodyConnected.

        There is no time limit: the caller sets one.
        """
        ready = self._ready()
        if not ready:
            raise NobodyConnected
        connection = ready[next(self._turn) % len(ready)]
        envelope_id = str(uuid.uuid4())
        ack: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope_id] = ack
        accepts = kind != "events_api"
        envelope = {"envelope_id": envelope_id, "type": kind, "accepts_response_payload": accepts, "payload": payload}
        try:
            await _push(connection, {**envelope, **extra})
            return await ack
        finally:
            connection.waiting.pop(envelope_id, None)

    async def disconnect(self, reason: str) -> None:
        """Ask every client to disconnect. `reason` is `warning`, `refresh_requested` or `link_disabled`."""
        for connection in self._ready():
            connection.leaving = True
            with contextlib.suppress(NobodyConnected):
                await _push(connection, _farewell(reason))
        self._changed()

    async def drop(self) -> None:
        """Cut every connection without a close frame."""
        for connection in list(self._connections):
            connection.leaving = True
            connection.socket.scope["state"]["cut"]()
        self._changed()
        await asyncio.sleep(0)

    def _ready(self) -> list[Connection]:
        return [connection for connection in self._connections if not connection.leaving]

    async def _hold(self, connection: Connection) -> None:
        self._connections.append(connection)
        try:
            await _push(connection, self._hello())
            self._changed()
            while True:
                self._take(connection, await connection.socket.receive_text())
        except (NobodyConnected, WebSocketDisconnect):
            pass
        finally:
            self._connections.remove(connection)
            for ack in connection.waiting.values():
                if not ack.done():
                    ack.set_exception(NobodyConnected())
            self._changed()

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self._connections),
            "connection_info": {"app_id": self._app_id},
            "debug_info": {"host": "stand-in", "approximate_connection_time": LIFE_SECONDS},
        }

    def _take(self, connection: Connection, frame: str) -> None:
        try:
            answer = json.loads(frame)
        except ValueError:
            return  # the SDK's text pings are not JSON
        ack = connection.waiting.get(answer.get("envelope_id", "")) if isinstance(answer, dict) else None
        if ack is not None and not ack.done():
            ack.set_result(answer.get("payload"))


async def _push(connection: Connection, frame: dict[str, Any]) -> None:
    """Send one frame. Raises NobodyConnected when the client has disconnected."""
    try:
        await connection.socket.send_json(frame)
    except (WebSocketDisconnect, RuntimeError) as gone:  # starlette raises one or the other when closed
        raise NobodyConnected from gone


def _farewell(reason: str) -> dict[str, Any]:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "stand-in"}}
