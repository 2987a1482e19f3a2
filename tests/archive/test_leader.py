import asyncio
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.archive import Leader
from bot.errors import ArchiveError

HOLD = """
import fcntl, sys
lock = open(sys.argv[1], "ab")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
input()
"""


def after(pauses: int, then: Callable[[], Awaitable[None]]) -> Callable[[timedelta], Awaitable[None]]:
    """A sleep that takes no time; something happens during the pause of that number."""
    taken = 0

    async def sleep(pause: timedelta) -> None:
        nonlocal taken
        taken += 1
        assert taken <= pauses, "still waiting"
        if taken == pauses:
            await then()

    return sleep


async def test_the_first_leads_at_once(url: str) -> None:
    with capture_logs() as logs:
        async with Leader(url).held(asyncio.Event()) as leads:
            assert leads
    assert logs == []


async def test_the_next_one_takes_over_when_the_first_is_done(url: str) -> None:
    async with AsyncExitStack() as first:
        await first.enter_async_context(Leader(url).held(asyncio.Event()))
        with capture_logs() as logs:
            async with Leader(url, sleep=after(3, first.aclose)).held(asyncio.Event()) as leads:
                assert leads
    assert [entry["event"] for entry in logs] == ["standing_by", "leading"]


async def test_one_that_is_told_to_stop_never_leads(url: str) -> None:
    stop = asyncio.Event()

    async def told() -> None:
        stop.set()

    async with Leader(url).held(asyncio.Event()), Leader(url, sleep=after(2, told)).held(stop) as leads:
        assert not leads


async def test_a_killed_process_lets_go(url: str, tmp_path: Path) -> None:
    words = (sys.executable, "-c", HOLD, tmp_path / "recordings.db.lock")
    process = await create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"

    async def kill() -> None:
        process.kill()
        await process.wait()

    async with Leader(url, sleep=after(2, kill)).held(asyncio.Event()) as leads:
        assert leads


async def test_a_database_in_memory_has_no_rival() -> None:
    async with Leader("sqlite://").held(asyncio.Event()) as one, Leader("sqlite://").held(asyncio.Event()) as other:
        assert (one, other) == (True, True)


async def test_a_lock_that_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="folder must exist"):
        async with Leader(f"sqlite:///{tmp_path}/nowhere/x.db").held(asyncio.Event()):
            pass
