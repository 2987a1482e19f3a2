"""Many callers, one call: whoever asks the same while it is under way shares the answer."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class SingleFlight(Generic[Key, Value]):
    """Calls under way, by key.

    A caller that is cancelled leaves; the call goes on for the others, and to its end when nobody is left, so
    its result is never half-made. `close` cancels what is still under way.
    """

    def __init__(self) -> None:
        self._calls: dict[Key, asyncio.Task[Value]] = {}

    async def share(self, key: Key, start: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
        """The result of the call under way for `key`, or of `start()`; its error is raised to every caller."""
        task = self._calls.get(key)
        if task is None:
            task = asyncio.create_task(start(), name=f"flight {key}")
            self._calls[key] = task
            task.add_done_callback(lambda done: self._landed(key, done))
        return await asyncio.shield(task)

    def _landed(self, key: Key, task: asyncio.Task[Value]) -> None:
        self._calls.pop(key, None)
        if not task.cancelled():
            task.exception()  # marks it as seen: the caller who would have raised it may be gone

    async def close(self) -> None:
        """Cancel every call under way and wait until they are gone."""
        calls = tuple(self._calls.values())
        for task in calls:
            task.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
