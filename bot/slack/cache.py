"""What was read of a service, kept for a while, so that no answer waits for it twice."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import structlog

from bot.errors import BotError
from bot.ports import Clock
from bot.single_flight import SingleFlight

AFTER_FAILURE = timedelta(minutes=1)
"""Until what could not be read is asked for again."""
MOST_KEPT = 5_000

log = structlog.get_logger(__name__)

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class CacheEntry(Generic[Value]):
    """What is known, and until when that will do."""

    value: Value | None
    until: datetime


class Cache(Generic[Key, Value]):
    """A cache that raises nothing and makes nobody wait for long. Who asks the same at the same time shares one read.

    Where a read fails, what was known before stays; each way to fail is logged once.
    """

    def __init__(self, read: Callable[[Key], Awaitable[Value]], clock: Clock, *, keeps: timedelta, what: str) -> None:
        """`read` may raise a BotError. What it returns is kept for `keeps`. `what` names it in the log."""
        self._read = read
        self._clock = clock
        self._keeps = keeps
        self._what = what
        self._kept: dict[Key, CacheEntry[Value]] = {}
        self._flight: SingleFlight[Key, Value | None] = SingleFlight()
        self._logged: set[str] = set()

    async def get(self, key: Key, patience: timedelta) -> Value | None:
        """What is known under the key; None where nothing is within `patience`, after which the read goes on alone."""
        kept = self._kept.get(key)
        if kept is not None and self._clock.now() < kept.until:
            return kept.value
        try:
            async with asyncio.timeout(patience.total_seconds()):
                return await self._flight.share(key, lambda: self._renew(key))
        except TimeoutError:
            return kept.value if kept else None

    async def close(self) -> None:
        """Give up what is under way."""
        await self._flight.close()

    async def _renew(self, key: Key) -> Value | None:
        value: Value | None
        try:
            value, keeps = await self._read(key), self._keeps
        except Exception as error:  # noqa: BLE001 - logged, a fault of ours with its traceback
            self._log(error)
            before = self._kept.get(key)
            value, keeps = (before.value if before else None), AFTER_FAILURE
        self._kept.pop(key, None)
        self._kept[key] = CacheEntry(value, self._clock.now() + keeps)
        while len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return value

    def _log(self, error: Exception) -> None:
        kind = f"{type(error).__name__} {getattr(error, 'code', '')}"
        if kind in self._logged:
            return
        self._logged.add(kind)
        if isinstance(error, BotError):
            log.warning("not_known", what=self._what, error=str(error))
        else:
            log.error("not_known", what=self._what, exc_info=error)
