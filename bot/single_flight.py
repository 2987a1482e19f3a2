"""Concurrent callers that need the same thing share one call."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from functools import partial
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class SingleFlight(Generic[Key, Value]):
    """Calls under way, by key.

    A caller that is cancelled leaves the call; the call goes on to its end for the others, and also when nobody is
    left. `close` cancels the calls that are still under way.
    """

    def __init__(self) -> None:
        self._calls: dict[Key, asyncio.Task[Value]] = {}

    async def share(self, key: Key, start: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
        """Return the result of the call under way for `key`, or of `start()`. Every caller gets its error."""
        task = self._calls.get(key)
        if task is None:
            task = asyncio.create_task(start(), name=f"flight {key}")
            self._calls[key] = task
            task.add_done_callback(partial(self._remove, key))
        return await asyncio.shield(task)

    def _remove(self, key: Key, task: asyncio.Task[Value]) -> None:
        self._calls.pop(key, None)
        if not task.cancelled():
            task.exception()  # marks it as retrieved: the caller that would raise it may be gone

    async def close(self) -> None:
        """Cancel every call under way and wait until it has ended."""
        calls = tuple(self._calls.values())
        for task in calls:
            task.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
