"""Processes of their own: the bot, the stand-ins and the load share no interpreter, as in a deployment."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

from bot.demo.pbx import CLIENT_ID, CLIENT_SECRET
from bot.demo.slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET

ROOT = Path(__file__).parents[2]
STOP_SECONDS = 10
START_TRIES = 400
PAUSE = 0.05
"""Seconds between two looks at something that is not there yet."""


@asynccontextmanager
async def python(*words: str, **environ: str) -> AsyncIterator[Process]:
    """`python words…` with nothing of this machine's environment but `environ`; stopped by SIGTERM."""
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ}
    process = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=PIPE, env=clean)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.communicate(), STOP_SECONDS)


async def line_of(process: Process) -> str:
    """The next line that it prints."""
    if process.stdout is None:
        raise ValueError("its output goes elsewhere")
    return (await process.stdout.readline()).decode().strip()


@asynccontextmanager
async def pbx_stand_in(rows: int) -> AsyncIterator[str]:
    """A PBX with that many recordings, as its base URL."""
    async with python("-m", "bot.demo.pbx", "--rows", str(rows)) as process:
        yield await line_of(process)


@asynccontextmanager
async def slack_stand_in() -> AsyncIterator[str]:
    """A Slack workspace, as its base URL."""
    async with python("-m", "bot.demo.slack") as process:
        yield await line_of(process)


@asynccontextmanager
async def bot(mode: str, *, pbx: str, slack: str, folder: Path, port: int | None = None) -> AsyncIterator[Process]:
    """`python -m bot run` or `web` between both stand-ins, its archive in `folder`."""
    settings = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"{slack}/api/",
        "YEASTAR_BASE_URL": pbx,
        "YEASTAR_CLIENT_ID": CLIENT_ID,
        "YEASTAR_CLIENT_SECRET": CLIENT_SECRET,
        "DATABASE_URL": f"sqlite:///{folder / 'recordings.db'}",
        "LOG_LEVEL": "WARNING",
    }
    listens = {} if port is None else {"PORT": str(port)}
    async with python("-m", "bot", mode, **settings, **listens) as process:
        yield process


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def up(url: str) -> None:
    """Wait until something answers a post there, whatever it says but that it is starting. Raises TimeoutError after
    20 s.
    """
    async with httpx.AsyncClient(trust_env=False) as http:
        for _ in range(START_TRIES):
            with suppress(httpx.TransportError):
                if (await http.post(url)).status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    return
            await asyncio.sleep(PAUSE)
    raise TimeoutError(url)
