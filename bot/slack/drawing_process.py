"""Has charts drawn by a process that ends with the picture, and takes matplotlib's memory with it."""

import asyncio
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta, tzinfo

from bot.domain.statistics import Statistics
from bot.slack.picture import Picture

COMMAND = (sys.executable, "-P", "-m", "bot.slack.drawing")
"""Not named by importing it: matplotlib comes with it. `-P`, the folder it is started in is no place for modules."""
LIMIT = timedelta(seconds=30)
"""A picture takes about a second; where the machine has many fonts and none of its caches, the first takes several."""
LOGGED = 4_000
"""Characters of what the process complained of: the end, where the reason stands."""
PASSED_ON = frozenset({"HOME", "LANG", "MPLCONFIGDIR", "PATH", "TMPDIR", "TZ", "VIRTUAL_ENV", "XDG_CACHE_HOME"})
"""What it is told of the environment, besides the locale: the rest holds tokens, and is none of its business."""


async def draw_aside(
    tally: Statistics, zone: tzinfo, *, command: Sequence[str] = COMMAND, limit: timedelta = LIMIT
) -> Picture:
    """The chart of a tally that has a bucket, after about a second. `zone` is the asker's.

    The process is gone when this ends, whether it answered, was too late, or the caller was cancelled. Raises
    TimeoutError when it is too late, RuntimeError when it fails or answers with something else.
    """
    asked = pickle.dumps((tally, zone))
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment(os.environ)
    )
    try:
        async with asyncio.timeout(limit.total_seconds()):
            answered, complaint = await process.communicate(asked)
    finally:
        await _end(process)
    if process.returncode:
        reason = complaint.decode(errors="replace")[-LOGGED:]
        raise RuntimeError(f"the process that draws ended with {process.returncode}: {reason}")
    return _read(answered)


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """What the process gets of our environment; it finds the modules that we find, wherever they are."""
    kept = {name: value for name, value in ours.items() if name in PASSED_ON or name.startswith("LC_")}
    return kept | {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}


async def _end(process: Process) -> None:
    """See that the process is gone, and its pipes closed."""
    with suppress(ProcessLookupError):
        process.kill()
    await process.communicate()


def _read(answered: bytes) -> Picture:
    try:
        picture = pickle.loads(answered)  # noqa: S301 - a child of our own wrote it, and what it read was ours
    except Exception as error:
        raise RuntimeError("the process that draws did not answer with a pickle") from error
    if not isinstance(picture, Picture):
        raise RuntimeError("the process that draws did not answer with a picture")  # noqa: TRY004 - as above
    return picture
