"""The unmodified bot behind the page: the tour, a press, a new call, and the PBX's plug pulled and put back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot import app
from bot.demo.calls import Company
from bot.demo.page import Page, Panel
from bot.demo.pbx import PbxStandIn
from bot.demo.show import FEATURES, demo_settings
from bot.demo.slack import SlackStandIn
from bot.settings import Settings

Body = dict[str, Any]
PATIENCE = 15
"""Seconds. Nothing takes so long when all is well."""


class Browser:
    """A page in somebody's hands."""

    def __init__(self, client: httpx.AsyncClient, slack: SlackStandIn) -> None:
        self._client = client
        self._slack = slack

    async def sees(self) -> Body:
        seen: Body = (await self._client.get("/api/state?user=U0ANA")).json()
        return seen

    async def does(self, what: str, **words: Any) -> None:
        answer = await self._client.post(f"/api/{what}", json=words)
        assert (answer.status_code, answer.json()) == (200, {"error": None})

    async def types(self, line: str) -> Body:
        """The answer to a line."""
        await self.does("command", user="U0ANA", channel="C0GENERAL", text=line)
        shown: Body = (await self.sees())["messages"]["C0GENERAL"][-1]
        return shown

    async def until(self, holds: Callable[[Body], bool]) -> Body:
        """What is seen once it is so."""
        async with asyncio.timeout(PATIENCE):
            while not holds(seen := await self.sees()):
                await self._slack.wait_for(self._another_than(seen["version"]), timeout=PATIENCE)
        return seen

    def _another_than(self, version: int) -> Callable[[], bool]:
        return lambda: self._slack.world.version != version


@asynccontextmanager
async def running_bot(settings: Settings) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(app.run(settings, stop))
    try:
        yield
    finally:
        stop.set()
        await task


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    company = Company()
    pbx = PbxStandIn(calls=company.history(40, until=datetime.now(UTC)))
    slack = SlackStandIn(features=FEATURES)
    page = Page(slack, Panel(pbx, slack, company))
    async with (
        pbx.serve() as pbx_url,
        slack.serve() as slack_url,
        page.serve(0) as url,
        httpx.AsyncClient(base_url=url) as client,
        running_bot(demo_settings(pbx_url, slack_url, tmp_path)),
    ):
        browser = Browser(client, slack)
        await browser.until(lambda seen: seen["bot"]["connected"])
        yield browser


async def test_every_line_of_the_tour_is_answered(browser: Browser) -> None:
    lines = [stop["line"] for stop in (await browser.sees())["tour"]]
    answers = [await browser.types(line) for line in lines]
    said = [answer["text"] for answer in answers]
    assert all(answer["ephemeral"] and answer["user"] == "U0BOT" for answer in answers)
    assert len({answer["ts"] for answer in answers}) == len(lines) == 5
    telling = ("Latest recordings", "lowest first", "Recording 40", "sort:time", "40 on the PBX")
    assert all(words in answer for words, answer in zip(telling, said, strict=True)), said
    assert (await browser.sees())["complaints"] == []


async def test_a_press_and_a_new_call(browser: Browser) -> None:
    first = await browser.types("/recordings latest 5")
    buttons = [element for block in first["blocks"] for element in block.get("elements", []) if "action_id" in element]
    (following,) = [button for button in buttons if button.get("text", {}).get("text") == "Next"]
    where = {"channel": "C0GENERAL", "ts": first["ts"]}
    await browser.does("click", user="U0ANA", action_id=following["action_id"], value=following["value"], **where)
    await browser.until(lambda seen: "6–10 of 40" in seen["messages"]["C0GENERAL"][-1]["text"])

    await browser.until(lambda seen: bool(seen["messages"]["C0CALLS"]))
    call = {"caller": "<!channel><+442079460150>", "callee": "Evelyn<5566>", "direction": "Inbound", "seconds": 52}
    await browser.does("pbx/call", **call)
    seen = await browser.until(lambda seen: "Evelyn" in seen["messages"]["C0CALLS"][-1]["text"])
    assert "&lt;!channel&gt;" in seen["messages"]["C0CALLS"][-1]["text"]
    assert seen["complaints"] == []


async def test_the_plug_is_pulled_and_put_back(browser: Browser) -> None:
    await browser.types("/recordings")
    await browser.does("pbx/plug", down=True)
    assert "not reachable" in (await browser.types("/recordings latest 3"))["text"]
    await browser.does("pbx/plug", down=False)
    await browser.does("pbx/reboot")
    assert "not reachable" not in (await browser.types("/recordings latest 3"))["text"]


@pytest.mark.slow  # the bot waits some seconds before it dials again
async def test_slack_goes_away_and_comes_back(browser: Browser) -> None:
    await browser.does("slack/weather", down=True)
    await browser.until(lambda seen: not seen["bot"]["connected"])
    await browser.does("slack/weather", down=False)
    await browser.until(lambda seen: seen["bot"]["connected"])
    assert "Latest recordings" in (await browser.types("/recordings"))["text"]
