"""Faults of the Slack stand-in, which can be switched on and off while it runs."""

import asyncio
import math
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass(slots=True, kw_only=True)
class Faults:
    """All faults, off by default. "Posts" are calls of chat.postMessage; all other faults apply to every call."""

    down: bool = False
    """Cut every connection before the request is read."""
    latency_seconds: float = 0.0
    status: int = 0
    """Answer every call with this HTTP status, such as 500 or 503, and do nothing."""
    html: bool = False
    """Answer every call with a web page, and do nothing."""
    store_then_drop_every: int = 0
    """Store each n-th post, then cut the connection without an answer."""
    drop_before_every: int = 0
    """Cut the connection of each n-th post before the post is stored."""
    ratelimit_next: int = 0
    """Number of posts to answer with 429 and `retry_after_seconds`."""
    retry_after_seconds: int = 1
    timeout_next: int = 0
    """Number of posts to leave without an answer: the caller waits until it gives up."""
    timeout_stores: bool = True
    """Whether these posts are stored nevertheless."""
    status_next: int = 0
    """Number of posts to answer with the HTTP status `status_code`."""
    status_code: int = 503
    status_stores: bool = False
    """Whether these posts are stored nevertheless."""
    error_next: int = 0
    """Number of posts to answer with the error `error_name`."""
    error_name: str = "fatal_error"
    error_stores: bool = False
    """Whether these posts are stored nevertheless.

    This is possible after `fatal_error` and `internal_error` (Slack, "chat.postMessage", Errors).
    """
    error_by_channel: dict[str, str] = field(default_factory=dict)
    """Error that answers posts into a channel, by channel id."""
    error_by_method: dict[str, str] = field(default_factory=dict)
    """Error that answers calls of a method, by method name; the call does nothing."""
    refuse_blocks: bool = False
    """Answer every message that has blocks with `invalid_blocks`."""
    refuse_charts: bool = False
    """Answer every message that has a `data_visualization` block with `invalid_blocks`, as some workspaces do."""
    revoked: set[str] = field(default_factory=set)
    """Tokens that are answered with the error `revoked_name`."""
    revoked_name: str = "token_revoked"
    """`token_revoked`, or `account_inactive` for a bot that was removed."""
    history_lag_seconds: float = 0.0
    """Time from the storing of a message until it is visible in conversations.history."""

    def spend(self, name: str) -> bool:
        """Subtract one from the number of posts of this fault. Return False when the number was already 0."""
        left: int = getattr(self, name)
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0


class Cuttable(H11Protocol):
    """uvicorn's HTTP protocol, with a function in `scope["state"]["cut"]` that cuts the connection.

    uvicorn keeps this state when HTTP becomes a WebSocket, so that WebSockets can be cut too.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn's
        """Add the function that cuts the connection to uvicorn's own state."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "cut": transport.abort}


async def cut(scope: Scope) -> None:
    """Reset the client's connection now; a later answer is lost."""
    scope["state"]["cut"]()
    await asyncio.sleep(0)  # lets uvicorn process the closed connection


class Silence:
    """Requests without an answer. Each waits until its client disconnects, or until `end` is called."""

    def __init__(self) -> None:
        self._held: set[asyncio.Task[None]] = set()

    async def hold(self, receive: Receive) -> None:
        """Wait until this client disconnects."""
        gone = asyncio.create_task(_gone(receive))
        self._held.add(gone)
        try:
            await asyncio.wait({gone})
        finally:
            gone.cancel()
            self._held.discard(gone)

    def end(self) -> None:
        """End all waiting requests when the server stops."""
        for task in self._held:
            task.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class Pace:
    """Rate limit of one post per second and channel (Slack, "Rate limits"), after a burst of `burst` posts."""

    def __init__(self, burst: int) -> None:
        self._burst = burst
        self._free_at: dict[str, float] = {}

    def wait(self, channel: str, now: float) -> int:
        """Count one post and return 0, or count none and return the whole seconds to wait."""
        free_at = max(self._free_at.get(channel, now), now)
        wait = free_at - now - (self._burst - 1)
        if wait > 0:
            return math.ceil(wait)
        self._free_at[channel] = free_at + 1
        return 0


def set_faults(faults: Faults, changes: dict[str, Any]) -> None:
    """Change faults by name, from JSON. Raises ValueError for an unknown name."""
    for name, value in changes.items():
        if name not in Faults.__dataclass_fields__:
            raise ValueError(f"no fault {name!r}")
        setattr(faults, name, set(value) if name == "revoked" else value)
