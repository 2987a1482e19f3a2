import asyncio
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from bot.archive import Leader
from bot.archive.database import dialect_of, read_url
from bot.errors import ArchiveError

HOLD = """
import sys
from bot.archive.database import dialect_of, read_url
url = read_url(sys.argv[1])
lock = dialect_of(url).leader_lock(url)
print("held" if lock.acquire() else "not held", flush=True)
input()
"""


class Pauses:
    """A sleep that takes no time; something happens during the last of the pauses that are expected."""

    def __init__(self, expected: int, then: Callable[[], Awaitable[None]]) -> None:
        self.left, self._then = expected, then

    async def __call__(self, pause: timedelta) -> None:
        assert timedelta(0) < pause <= timedelta(seconds=5), "neither all of a core nor a long outage"
        assert self.left, "still waiting"
        self.left -= 1
        if not self.left:
            await self._then()


async def never(_: timedelta) -> None:
    raise AssertionError("it need not wait")


async def test_the_first_leads_at_once_and_lets_go_at_the_end(url: str) -> None:
    for _ in range(2):
        async with Leader(url, sleep=never).acquire(asyncio.Event()) as leads:
            assert leads


async def test_the_next_one_takes_over_when_the_first_is_done(url: str) -> None:
    async with AsyncExitStack() as first:
        await first.enter_async_context(Leader(url).acquire(asyncio.Event()))
        pauses = Pauses(3, first.aclose)
        async with Leader(url, sleep=pauses).acquire(asyncio.Event()) as leads:
            assert leads
    assert pauses.left == 0


async def test_each_database_has_its_own_lead(url: str, empty_url: str) -> None:
    async with (
        Leader(url).acquire(asyncio.Event()),
        Leader(empty_url, sleep=never).acquire(asyncio.Event()) as leads,
    ):
        assert leads


async def test_one_that_is_told_to_stop_never_leads(url: str) -> None:
    stop = asyncio.Event()

    async def told() -> None:
        stop.set()

    async with Leader(url).acquire(asyncio.Event()), Leader(url, sleep=Pauses(2, told)).acquire(stop) as leads:
        assert not leads


async def test_a_killed_process_lets_go(url: str) -> None:
    process = await create_subprocess_exec(sys.executable, "-c", HOLD, url, stdin=PIPE, stdout=PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"

    async def kill() -> None:
        process.kill()
        await process.wait()
        probe = dialect_of(read_url(url)).leader_lock(read_url(url))
        assert probe is not None
        while not probe.acquire():  # PostgreSQL takes a moment to see that its client is gone
            await asyncio.sleep(0.01)
        probe.release()

    pauses = Pauses(2, kill)
    async with Leader(url, sleep=pauses).acquire(asyncio.Event()) as leads:
        assert leads
    assert pauses.left == 0, "it waited for the other"


async def test_a_database_in_memory_has_no_rival() -> None:
    async with (
        Leader("sqlite://").acquire(asyncio.Event()) as one,
        Leader("sqlite://").acquire(asyncio.Event()) as other,
    ):
        assert (one, other) == (True, True)


async def test_a_lock_that_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="folder must exist"):
        async with Leader(f"sqlite:///{tmp_path}/nowhere/x.db").acquire(asyncio.Event()):
            pass
