"""The bot as its users run it: `python -m bot …` in a process of its own, between both stand-ins."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot.demo.pbx import CLIENT_ID, CLIENT_SECRET, PbxStandIn
from bot.demo.slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, SlackStandIn
from tests.tables import fresh_database

ROOT = Path(__file__).parents[1]
PYTHON = (sys.executable, "-m", "bot")
LOOK = 0.02
"""Seconds between two looks at what a process has written."""


@dataclass(frozen=True)
class Town:
    """A PBX and a Slack workspace, and a folder for the bot between them."""

    pbx: PbxStandIn
    slack: SlackStandIn
    folder: Path
    pbx_url: str

    def settings(self, **changes: str) -> dict[str, str]:
        """The environment that a bot for this town is started with."""
        usual = {
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": f"{self.slack.url}/api/",
            "YEASTAR_BASE_URL": self.pbx_url,
            "YEASTAR_CLIENT_ID": CLIENT_ID,
            "YEASTAR_CLIENT_SECRET": CLIENT_SECRET,
            "DATABASE_URL": f"sqlite:///{self.folder / 'recordings.db'}",
            "RECORDINGS_CHANNEL": "#calls",
            "POLL_SECONDS": "0.1",
        }
        return usual | changes

    def place_call(self) -> int:
        """A recorded call ends now; its number."""
        return self.pbx.place("Evelyn<5566>", "Dave Harris<5556>", "Internal", 52)

    def feed(self) -> list[dict[str, Any]]:
        """What marks the messages about recordings in #calls, in order."""
        marks = [post.get("metadata") or {} for post in self.slack.posts("C0CALLS")]
        return [mark["event_payload"] for mark in marks if mark.get("event_type") == "recordings_posted"]

    def posted(self) -> list[int]:
        """The recordings posted to #calls so far, in order."""
        return [number for payload in self.feed() for number in payload["recordings"]]

    async def polled(self, times: int = 1, *, within: float = 30) -> None:
        """Wait until the PBX has been asked for a listing that many times more."""
        goal = self.pbx.count("recording/list") + times
        await until(lambda: self.pbx.count("recording/list") >= goal, within=within)


@asynccontextmanager
async def town(
    folder: Path, *, pbx: PbxStandIn | None = None, slack: SlackStandIn | None = None, tables: bool = True
) -> AsyncIterator[Town]:
    """Both stand-ins, on ports of their own; a bot starts on empty tables, or without any and makes them."""
    if tables:
        shutil.copyfile(fresh_database(), folder / "recordings.db")
    pbx, slack = pbx or PbxStandIn(), slack or SlackStandIn(burst=100)
    async with pbx.serve() as pbx_url, slack.serve():
        yield Town(pbx, slack, folder, pbx_url)


class Bot:
    """One process. Left running at the end of the block it is killed."""

    def __init__(self, *words: str, settings: dict[str, str], folder: Path, command: tuple[str, ...] = PYTHON) -> None:
        self._command = (*command, *words)
        self._settings = settings
        self._folder = folder
        self._files = [Path(folder, f"{'-'.join(words)}-{id(self)}.{name}") for name in ("out", "err")]

    async def __aenter__(self) -> Self:
        basics = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"}
        out, err = (path.open("wb") for path in self._files)
        with out, err:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, cwd=self._folder, env=basics | self._settings, stdout=out, stderr=err
            )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.returncode is None:
            await self.kill()

    @property
    def out(self) -> str:
        """What it has printed."""
        return self._files[0].read_text()

    @property
    def err(self) -> str:
        """What it has logged, and complained of."""
        return self._files[1].read_text()

    async def says(self, words: str, *, times: int = 1, within: float = 30) -> None:
        """Wait until it has printed or logged these words."""
        async with asyncio.timeout(within):
            while (self.out + self.err).count(words) < times:
                assert self._process.returncode is None, f"ended without {words!r}:\n{self.out}{self.err}"
                await asyncio.sleep(LOOK)

    async def ended(self, within: float = 30) -> int:
        """Wait for its end; the exit code."""
        async with asyncio.timeout(within):
            return await self._process.wait()

    async def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Tell it to stop: the exit code, and how many seconds it took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._process.send_signal(number)
        code = await self.ended()
        return code, loop.time() - began

    async def kill(self) -> None:
        """As a power cut does."""
        self._process.kill()
        await self._process.wait()


async def until(holds: Callable[[], object], within: float = 30) -> None:
    """Wait until a condition of the world holds, asked again and again."""
    async with asyncio.timeout(within):
        while not holds():
            await asyncio.sleep(LOOK)


def free_port() -> str:
    """A TCP port that nobody listens on, as a setting."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])
