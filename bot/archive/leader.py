"""Leader election. Only the leader delivers, because two processes would post everything twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from bot.archive.database import dialect_of, read_url

POLL = timedelta(seconds=1)
"""How often a waiting process tries to get the lock and checks `stop`."""

log = structlog.get_logger(__name__)


async def _sleep(pause: timedelta) -> None:
    await asyncio.sleep(pause.total_seconds())


class Leader:
    """The leader's lock of one database: on the file `<database file>.lock`, or an advisory lock of PostgreSQL."""

    def __init__(self, database_url: str, *, sleep: Callable[[timedelta], Awaitable[None]] = _sleep) -> None:
        self._url = read_url(database_url)
        self._sleep = sleep

    @asynccontextmanager
    async def acquire(self, stop: asyncio.Event) -> AsyncIterator[bool]:
        """Wait for the lock, and hold it inside the block. Yields False if `stop` is set before.

        A database in memory belongs to one process and needs no lock. Raises ArchiveError.
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
