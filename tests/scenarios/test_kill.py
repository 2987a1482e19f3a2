"""P1 under `kill -9`: every recording is posted, none twice, whatever the moment."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from bot.demo.slack import SlackStandIn
from tests.process import Bot, Town, town, until


@pytest.mark.parametrize(
    ("kills", "calls", "seed"),
    [
        pytest.param(2, 4, 1, id="short"),
        pytest.param(30, 200, 2, id="long", marks=[pytest.mark.slow, pytest.mark.timeout(900)]),
    ],
)
async def test_killed_at_any_moment_it_posts_each_recording_once(
    tmp_path: Path, url: str, kills: int, calls: int, seed: int
) -> None:
    """Calls arrive, Slack cuts every tenth connection after it has stored the message, and the bot is killed."""
    random = Random(seed)
    async with town(tmp_path, slack=SlackStandIn(burst=5)) as here:
        here.slack.faults.store_then_drop_every = 10
        expected: list[int] = []
        for round_ in range(kills):
            async with bot_of(here, url):
                await until(lambda: here.slack.posts("C0CALLS"))
                await here.polled()
                share = range(calls * round_ // kills, calls * (round_ + 1) // kills)
                expected += [here.pbx.place(f"Caller {n}<{n:04}>", "Support<6400>", "Inbound", 30) for n in share]
                await asyncio.sleep(random.uniform(0.1, 1.6))  # and here it is killed
        async with bot_of(here, url) as bot:
            await until(lambda: set(expected) <= set(here.posted()), within=3 * calls + 30)
            await here.polled(3)
            assert here.posted() == expected, f"seed {seed}"
            assert len({payload["delivery"] for payload in here.feed()}) == len(here.feed())
            assert here.pbx.tokens_alive <= 2, "a killed process leaves its token to the next one"
            assert (await bot.stop())[0] == 0


def bot_of(here: Town, url: str) -> Bot:
    return Bot("run", settings=here.settings() | {"DATABASE_URL": url}, folder=here.folder)
