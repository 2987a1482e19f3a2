"""What can go wrong with Slack, to be switched on and off while it runs."""

import asyncio
import math
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass(slots=True, kw_only=True)
class Faults:
    """All off by default. "Posts" are calls of chat.postMessage; every other fault meets every call."""

    down: bool = False
    """Every connection is cut before it is read."""
    latency_seconds: float = 0.0
    status: int = 0
    """Answer every call with this HTTP status, such as 500 or 503, and do nothing."""
    html: bool = False
    """Answer every call with a web page, and do nothing."""
    store_then_drop_every: int = 0
    """Each n-th post is stored, then the connection is cut without an answer."""
    drop_before_every: int = 0
    """Each n-th post is cut before it is stored."""
    ratelimit_next: int = 0
    """So many posts answer 429 with `retry_after_seconds`."""
    retry_after_seconds: int = 1
    timeout_next: int = 0
    """So many posts are never answered: the caller waits until it gives up."""
    timeout_stores: bool = True
    """Whether those are stored all the same."""
    status_next: int = 0
    """So many posts answer the HTTP status `status_code`."""
    status_code: int = 503
    status_stores: bool = False
    """Whether those are stored all the same."""
    error_next: int = 0
    """So many posts answer `error_name`."""
    error_name: str = "fatal_error"
    error_stores: bool = False
    """Whether those are stored all the same, as may be after `fatal_error` and `internal_error` (Slack,
    "chat.postMessage", Errors).
    """
    error_by_channel: dict[str, str] = field(default_factory=dict)
    """Posts into these channels answer that error."""
    error_by_method: dict[str, str] = field(default_factory=dict)
    """Calls of these methods answer that error, and do nothing."""
    refuse_blocks: bool = False
    """Every message with blocks answers `invalid_blocks`."""
    refuse_charts: bool = False
    """Every message with a `data_visualization` block answers `invalid_blocks`, as some workspaces do."""
    revoked: set[str] = field(default_factory=set)
    """Tokens that answer `revoked_name`."""
    revoked_name: str = "token_revoked"
    """Or `account_inactive`, for a bot that was removed."""
    history_lag_seconds: float = 0.0
    """A message shows up in conversations.history only so long after it was stored."""

    def spend(self, name: str) -> bool:
        """Use up one of the "so many" posts of this fault; False when there is none left."""
        left: int = getattr(self, name)
        if left > 0:
            setattr(self, name, left - 1)
        return left > 0


class Cuttable(H11Protocol):
    """uvicorn's HTTP, with a way to cut the connection without an answer in `scope["state"]["cut"]`.

    uvicorn hands its state on when HTTP becomes a WebSocket, so sockets can be cut as well.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn's
        """Keep the way to cut beside uvicorn's own state."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "cut": transport.abort}


async def cut(scope: Scope) -> None:
    """Reset the client's connection now; whatever is answered afterwards is lost."""
    scope["state"]["cut"]()
    await asyncio.sleep(0)  # lets uvicorn see that the client is gone


class Silence:
    """Requests that are never answered. Each waits until its client gives up, or until `end`."""

    def __init__(self) -> None:
        self._held: set[asyncio.Task[None]] = set()

    async def hold(self, receive: Receive) -> None:
        """Wait until this client gives up."""
        gone = asyncio.create_task(_gone(receive))
        self._held.add(gone)
        try:
            await asyncio.wait({gone})
        finally:
            gone.cancel()
            self._held.discard(gone)

    def end(self) -> None:
        """End all of them: the server stops."""
        for task in self._held:
            task.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class Pace:
    """One post a second and channel (Slack, "Rate limits"), after a burst of `burst` posts."""

    def __init__(self, burst: int) -> None:
        self._burst = burst
        self._free_at: dict[str, float] = {}

    def wait(self, channel: str, now: float) -> int:
        """Take a place and return 0, or take none and return the whole seconds to wait."""
        free_at = max(self._free_at.get(channel, now), now)
        wait = free_at - now - (self._burst - 1)
        if wait > 0:
            return math.ceil(wait)
        self._free_at[channel] = free_at + 1
        return 0


def set_faults(faults: Faults, changes: dict[str, Any]) -> None:
    """Change faults by name, from JSON. Raises ValueError for a name that is none."""
    for name, value in changes.items():
        if name not in Faults.__dataclass_fields__:
            raise ValueError(f"no fault {name!r}")
        setattr(faults, name, set(value) if name == "revoked" else value)
