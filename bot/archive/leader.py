"""Which process delivers: one at a time, for two would post everything twice."""

import asyncio
import fcntl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import structlog

from bot.archive.engine import database_file
from bot.errors import ArchiveError

POLL = timedelta(seconds=1)
"""How soon a process that stands by takes over from one that is gone, and how soon it notices `stop`."""

log = structlog.get_logger(__name__)


async def _sleep(pause: timedelta) -> None:
    await asyncio.sleep(pause.total_seconds())


class Leader:
    """The lead over one database: a lock on `<database file>.lock`.

    The kernel lets go of it when the process ends, however it ends. A database in memory belongs to one process,
    which leads at once.
    """

    def __init__(self, database_url: str, *, sleep: Callable[[timedelta], Awaitable[None]] = _sleep) -> None:
        self._file = database_file(database_url)
        self._sleep = sleep

    @asynccontextmanager
    async def held(self, stop: asyncio.Event) -> AsyncIterator[bool]:
        """Wait for the lead and have it inside the block; False when `stop` is set before it comes to that.

        Raises ArchiveError when the lock cannot be opened.
        """
        if self._file is None:
            yield True
            return
        with _opened(self._file.with_name(f"{self._file.name}.lock")) as lock:
            yield await self._won(lock, stop)

    async def _won(self, lock: BinaryIO, stop: asyncio.Event) -> bool:
        if _taken(lock):
            return True
        log.info("standing_by", lock=lock.name)
        while not stop.is_set():
            await self._sleep(POLL)
            if _taken(lock):
                log.info("leading", lock=lock.name)
                return True
        return False


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        lock = path.open("ab")
    except OSError as error:
        raise ArchiveError(f"The lock {path} cannot be opened: its folder must exist and be writable.") from error
    with lock:
        yield lock


def _taken(lock: BinaryIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
