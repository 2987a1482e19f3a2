"""How many commands a second, beside a bare Bolt app that says "hello" to the same load in the same run."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from bot.demo.slack import SIGNING_SECRET
from tests.benchmarks.figures import Figure, show
from tests.benchmarks.processes import bot, free_port, pbx_stand_in, python, slack_stand_in, up

HERE = Path(__file__).parent
ROUNDS = 5
WARM_UP = 200
BOTS_COUNT, BARE_COUNT = 600, 1500
"""Commands in a round: each side takes some two seconds."""
LIVE = ("latest 10 sort:time",)
ARCHIVED = ("type:inbound", "type:outbound", "type:internal", "-type:internal", "latest -type:inbound", "longer:1s")
"""What the archive answers, with a full page each."""


@dataclass(frozen=True, slots=True)
class Side:
    """Who answers, with how many commands a round and how many lines of text at least."""

    port: int
    count: int
    lines: int
    typed: tuple[str, ...] = LIVE


@dataclass(frozen=True, slots=True)
class Round:
    """What one round came to."""

    per_second: float
    slowest: float
    """Seconds."""


@asynccontextmanager
async def both_sides(folder: Path, typed: tuple[str, ...]) -> AsyncIterator[tuple[Side, Side]]:
    ours, bare = Side(free_port(), BOTS_COUNT, lines=10, typed=typed), Side(free_port(), BARE_COUNT, lines=1)
    async with pbx_stand_in(rows=184) as pbx, slack_stand_in() as slack:
        lean = python(str(HERE / "bare_bolt.py"), str(bare.port), f"{slack}/api/")
        async with bot("web", pbx=pbx, slack=slack, folder=folder, port=ours.port), lean:
            for side in (ours, bare):
                await up(f"http://127.0.0.1:{side.port}/slack/events")
            yield ours, bare


async def load(side: Side, count: int) -> Round:
    url = f"http://127.0.0.1:{side.port}/slack/events"
    words = (str(HERE / "load.py"), url, str(count), str(side.lines), *side.typed)
    process = await asyncio.create_subprocess_exec(sys.executable, *words, stdin=PIPE, stdout=PIPE)
    told, _ = await process.communicate(SIGNING_SECRET.encode())
    assert process.returncode == 0
    took = json.loads(told)
    return Round(count / took["seconds"], took["slowest"])


@pytest.mark.benchmark
@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("typed", "target"), [(LIVE, ">= 0.35"), (ARCHIVED, ">= 0.5")], ids=["from the PBX", "from the archive"]
)
async def test_commands_a_second(tmp_path: Path, typed: tuple[str, ...], target: str) -> None:
    async with both_sides(tmp_path, typed) as (ours, bare):
        for side in (ours, bare):
            await load(side, WARM_UP)
        rounds = [(await load(ours, ours.count), await load(bare, bare.count)) for _ in range(ROUNDS)]
    show(
        f"{' | '.join(typed)} over signed HTTP, 32 at once",
        [
            Figure(
                name="commands a second / a bare Bolt app's",
                measured=f"{median(mine.per_second for mine, _ in rounds):.0f}",
                against=f"{median(bares.per_second for _, bares in rounds):.0f}",
                ratio=median(mine.per_second / bares.per_second for mine, bares in rounds),
                target=target,
            ),
            Figure(
                name="slowest answer / a bare Bolt app's, in ms",
                measured=f"{max(mine.slowest for mine, _ in rounds) * 1000:.0f}",
                against=f"{max(bares.slowest for _, bares in rounds) * 1000:.0f}",
                target="< 3000",
            ),
        ],
    )
