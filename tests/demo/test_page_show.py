"""`python -m bot demo` with a browser on its page: the first minute, and the end."""

import re
import sys
from pathlib import Path

import httpx

from tests.process import Bot

DEMO = (sys.executable, "-u", "-m", "bot")


async def test_the_page_shows_what_the_terminal_shows_and_ends_with_it(tmp_path: Path) -> None:
    async with Bot("demo", settings={}, folder=tmp_path, command=DEMO) as demo, httpx.AsyncClient() as browser:
        await demo.says("Only Ana sees this", within=20)
        first = demo.out.splitlines()[0]
        (url,) = re.findall(r"Open (http://127\.0\.0\.1:\d+) in a browser", first)
        seen = (await browser.get(f"{url}/api/state", params={"user": "U0ANA"})).json()
        stream = await browser.send(browser.build_request("GET", f"{url}/api/changes"), stream=True)
        code, seconds = await demo.stop()
        await stream.aclose()
    assert (code, demo.err) == (0, "")
    assert seconds < 5
    (answer,) = seen["messages"]["C0GENERAL"]
    assert (answer["ephemeral"], answer["text"].startswith("Latest recordings")) == (True, True)
    assert [command["command"] for command in seen["commands"]] == ["/recordings"]
    assert seen["bot"] == {"connected": True}
