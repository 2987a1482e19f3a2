"""The demo, as somebody sees it who starts it for the first time."""

import sys
from pathlib import Path

from tests.process import Bot

COMPLAINTS = ("Traceback", '"level": "warning"', '"level": "error"', "never awaited")
DEMO = (sys.executable, "-u", "-m", "bot")


async def test_it_answers_posts_and_ends_when_told(tmp_path: Path) -> None:
    async with Bot("demo", "--pace", "1", settings={}, folder=tmp_path, command=DEMO) as demo:
        await demo.says("Open]", within=20)
        code, seconds = await demo.stop()
    before, _, answer = demo.out.partition("/recordings latest 10 sort:time\n")
    assert "Both are stand-ins; the bot is real." in before
    rows = [line for line in answer.splitlines() if line.strip()]
    assert "Latest recordings · 1–10 of " in rows[0]
    assert [row.split()[1] for row in rows[1:11]] == [f"{number}." for number in range(1, 11)]
    assert rows[11].split("|")[1].strip() == "[Open… ▾]  [Next]  [Share to channel]"
    assert "New call recordings are posted here." in answer
    assert demo.out.endswith("The demo has ended; nothing of it is left.\n")
    assert code == 0
    assert not any(word in demo.err for word in COMPLAINTS)
    assert seconds < 5


async def test_it_ends_at_once_when_told_before_its_answer(tmp_path: Path) -> None:
    async with Bot("demo", settings={}, folder=tmp_path, command=DEMO) as demo:
        await demo.says("the bot is real", within=20)
        code, seconds = await demo.stop()
    assert code == 0
    assert not any(word in demo.err for word in COMPLAINTS)
    assert seconds < 5
