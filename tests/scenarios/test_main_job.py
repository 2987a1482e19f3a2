"""The main job as people live it: ask, leaf, open, share, and be told of new calls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot.slack.blocks.values import OPEN, SHARE
from bot.slack.features.listing import NEXT
from tests.process import Bot, Town, free_port, until

ANA, GENERAL, FEED = "U0ANA", "C0GENERAL", "C0CALLS"


@asynccontextmanager
async def running(here: Town) -> AsyncIterator[Bot]:
    """`python -m bot run`, reached by Slack, and stopped cleanly at the end of the block."""
    before = here.slack.connected
    async with Bot("run", settings=here.settings(), folder=here.folder) as bot:
        await until(lambda: here.slack.connected > before)
        yield bot
        code, seconds = await bot.stop()
        assert (code, seconds < 5) == (0, True), bot.err


async def followed(here: Town) -> None:
    """Wait until the feed has its welcome and the first look is over."""
    await until(lambda: len(here.slack.posts(FEED)) == 1)
    await here.polled(2)


def rows(message: dict[str, Any]) -> list[str]:
    """The list's rows as their plain words."""
    lists = [part for part in message["blocks"][0]["elements"] if part["type"] == "rich_text_list"]
    return ["".join(node.get("text", "") for node in row["elements"]) for row in lists[0]["elements"]]


async def test_ask_leaf_open_and_share(here: Town) -> None:
    slack = here.slack
    async with running(here) as bot:
        reply = await slack.command("latest 10 sort:time", user=ANA, channel=GENERAL)
        assert reply.message, bot.err
        first = rows(reply.message)
        assert len(first) == 10

        await slack.click(reply.message, NEXT.action, user=ANA)
        await until(lambda: rows(slack.ephemerals(ANA, GENERAL)[-1]) != first)
        (page,) = slack.ephemerals(ANA, GENERAL)
        second = rows(page)
        assert not set(first) & set(second)

        opener = page["blocks"][1]["elements"][0]
        await slack.select(page, OPEN.action, opener["options"][0]["value"], user=ANA)
        await until(lambda: len(slack.ephemerals(ANA, GENERAL)) == 2)
        assert "Recording" in slack.ephemerals(ANA, GENERAL)[-1]["text"]

        await slack.click(page, SHARE.action, user=ANA)
        await until(lambda: slack.posts(GENERAL))
        assert rows(slack.posts(GENERAL)[-1]) == second
        assert "<@U0ANA>" in slack.posts(GENERAL)[-1]["text"]
    assert slack.errors == []


async def test_a_new_recording_is_posted_once_and_only_once(here: Town) -> None:
    async with running(here):
        await followed(here)
        new = here.pbx.place("<!channel><5566>", "Dave Harris<5556>", "Internal", 73)
        await until(lambda: here.posted() == [new])
        assert here.feed()[0].keys() == {"site", "recordings", "delivery"}
        assert "<!channel>" not in here.slack.posts(FEED)[-1]["text"]
    async with running(here):
        await here.polled(3)
    assert len(here.slack.posts(FEED)) == 2, "no second welcome, no second post"
    assert here.slack.errors == []


async def test_while_the_pbx_hangs_the_archive_answers_in_time(here: Town) -> None:
    async with running(here) as bot:
        await followed(here)
        here.pbx.faults.hang_seconds = 30
        reply = await here.slack.command("latest 5")
        assert reply.message, bot.err
        assert reply.seconds < 3
        assert "as of" in reply.text
        assert len(rows(reply.message)) == 5


async def test_a_pbx_that_restarts_and_forgets_its_tokens_is_followed_on(here: Town) -> None:
    async with running(here):
        await followed(here)
        here.pbx.restart()
        new = here.pbx.place("Evelyn<5566>", "+442079460000", "Outbound", 20)
        await until(lambda: here.posted() == [new])
        assert here.pbx.tokens_alive == 1


async def test_http_mode_answers_and_the_worker_posts(here: Town) -> None:
    port = free_port()
    web = Bot("web", settings=here.settings(PORT=port), folder=here.folder)
    worker = Bot("worker", settings=here.settings(), folder=here.folder)
    async with web, worker:
        await web.says("started")
        await followed(here)
        here.slack.request_url = f"http://127.0.0.1:{port}/slack/events"
        reply = await here.slack.command("latest 10 sort:time")
        assert reply.message, web.err
        assert len(rows(reply.message)) == 10
        new = here.pbx.place("Evelyn<5566>", "Dave Harris<5556>", "Internal", 20)
        await until(lambda: here.posted() == [new])
        assert [(await web.stop())[0], (await worker.stop())[0]] == [0, 0]


async def test_whatever_is_typed_gets_one_harmless_answer(here: Town) -> None:
    async with running(here):
        for line in ("<!channel> <@U0LEO>", "latest 10 sort:tme", "show 999999", "latest 9999", "“", "status", "help"):
            reply = await here.slack.command(line)
            assert reply.message, line
            assert "<!channel>" not in reply.text
    assert here.slack.errors == []
