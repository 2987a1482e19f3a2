"""Decides which process delivers: one at a time, for two would post everything twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from bot.archive.database import dialect_of, read_url

POLL = timedelta(seconds=1)
"""How soon a waiting process takes over from one that has ended, and how soon it notices `stop`."""

log = structlog.get_logger(__name__)


async def _sleep(pause: timedelta) -> None:
    await asyncio.sleep(pause.total_seconds())


class Leader:
    """The lead over one database: a lock on `<database file>.lock`, or an advisory lock of PostgreSQL."""

    def __init__(self, database_url: str, *, sleep: Callable[[timedelta], Awaitable[None]] = _sleep) -> None:
        self._url = read_url(database_url)
        self._sleep = sleep

    @asynccontextmanager
    async def held(self, stop: asyncio.Event) -> AsyncIterator[bool]:
        """Wait for the lead and have it inside the block; yields False when `stop` is set first.

        A database in memory belongs to one process, which leads at once. Raises ArchiveError.
        """
        lock = dialect_of(self._url).leader_lock(self._url)
        if lock is None:
            yield True
            return
        try:
            leads = await asyncio.to_thread(lock.acquire)
            if not leads:
                log.info("standing_by")
                while not leads and not stop.is_set():
                    await self._sleep(POLL)
                    leads = await asyncio.to_thread(lock.acquire)
                if leads:
                    log.info("leading")
            yield leads
        finally:
            await asyncio.to_thread(lock.release)
