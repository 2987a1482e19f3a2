"""Charts are drawn by a process of its own: it knows no secret, and it is gone when the picture is there, or is not."""

import asyncio
import pickle
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, timedelta, timezone, tzinfo
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest

from bot.slack.drawing import draw
from bot.slack.drawing_process import COMMAND, draw_aside, environment
from bot.slack.picture import Picture
from bot.slack.stats import Draw
from tests.tallies import HOURS

PYTHON = (sys.executable, "-c")
WAITS = (*PYTHON, "import time; time.sleep(60)")
DIES = partial(draw_aside, command=(*PYTHON, "raise SystemExit('no ink')"))
HANGS = partial(draw_aside, command=WAITS, limit=timedelta(seconds=0.2))
BABBLES = partial(draw_aside, command=(*PYTHON, "print('bars')"))
LIES = partial(draw_aside, command=(*PYTHON, f"import sys; sys.stdout.buffer.write({pickle.dumps('bars')!r})"))
WHOLE_PATH = """
import asyncio, sys
from datetime import UTC
import bot.app
from bot.slack.drawing_process import draw_aside
from tests.tallies import HOURS
picture = asyncio.run(draw_aside(HOURS, UTC))
print(picture.content[1:4].decode(), {"matplotlib", "numpy", "PIL"} & set(sys.modules))
"""
ROOT = Path(__file__).parents[2]


@pytest.fixture
def left() -> Callable[[], list[psutil.Process]]:
    """The processes that are there now, and were not when the test began."""
    before = set(psutil.Process().children())
    return lambda: [child for child in psutil.Process().children() if child not in before]


@pytest.mark.parametrize("zone", [ZoneInfo("Europe/Zurich"), timezone(timedelta(hours=5, minutes=45))])
async def test_it_draws_what_would_be_drawn_here(zone: tzinfo) -> None:
    assert await draw_aside(HOURS, zone) == draw(HOURS, zone)


def test_the_bots_own_process_never_imports_matplotlib() -> None:
    told = subprocess.run(
        [sys.executable, "-c", WHOLE_PATH], capture_output=True, text=True, check=True, cwd=ROOT, env={}
    )
    assert told.stdout == "PNG set()\n"


async def test_a_folder_that_the_bot_is_started_in_shadows_no_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pickle.py").write_text("raise SystemExit('not the one')")
    monkeypatch.chdir(tmp_path)
    assert isinstance(await draw_aside(HOURS, UTC), Picture)


def test_the_process_is_told_no_secret() -> None:
    ours = {"PATH": "/bin", "LC_ALL": "C", "TZ": "UTC", "SLACK_BOT_TOKEN": "xoxb-1", "DATABASE_URL": "sqlite://"}
    told = environment(ours)
    assert told.pop("PYTHONPATH").split(":") == [str(Path(folder).absolute()) for folder in sys.path]
    assert told == {"PATH": "/bin", "LC_ALL": "C", "TZ": "UTC"}


async def test_that_environment_is_the_one_it_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-of-nobody")
    with pytest.raises(RuntimeError) as raised:
        await draw_aside(HOURS, UTC, command=(*PYTHON, "import os; raise SystemExit(f'told: {sorted(os.environ)}')"))
    assert "told: ['" in str(raised.value)
    assert "SLACK" not in str(raised.value)


@pytest.mark.parametrize(
    ("draws", "error", "told"),
    [
        pytest.param(DIES, RuntimeError, "ended with 1: no ink", id="it dies"),
        pytest.param(HANGS, TimeoutError, "^$", id="it hangs"),
        pytest.param(BABBLES, RuntimeError, "a pickle", id="it says something else"),
        pytest.param(LIES, RuntimeError, "a picture", id="it answers with something else"),
    ],
)
async def test_a_process_that_draws_nothing_is_an_error_and_leaves_nothing_behind(
    left: Callable[[], list[psutil.Process]], draws: Draw, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        await draws(HOURS, UTC)
    assert left() == []


async def test_a_program_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        await draw_aside(HOURS, UTC, command=("/nowhere/python", *COMMAND[1:]))


async def test_who_no_longer_waits_leaves_no_process_behind(left: Callable[[], list[psutil.Process]]) -> None:
    drawing = asyncio.create_task(draw_aside(HOURS, UTC, command=WAITS))
    while not left():
        await asyncio.sleep(0.01)
    drawing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drawing
    assert left() == []
