"""`python -m bot demo`: run the bot with both stand-ins, and show it on a page and in the terminal."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import typer

from bot import app
from bot.demo.calls import Company
from bot.demo.page import Page, Panel
from bot.demo.pbx import CLIENT_ID, CLIENT_SECRET, PbxStandIn
from bot.demo.readable import readable
from bot.demo.slack import APP_TOKEN, BOT_TOKEN, Features, SlackStandIn
from bot.logs import configure, log_unhandled
from bot.operations.manifest import COMMANDS, EVENTS, SHORTCUTS
from bot.settings import Mode, Settings, read_settings

LINE = "latest 10 sort:time"
CHANNEL = "C0CALLS"
CHANNEL_NAME = "#calls"
HISTORY = 184
SOONEST, LATEST = 0.6, 1.6
"""Smallest and largest factor of the pace for the time between two new calls."""
START_SECONDS = 30
ALERT_AFTER_SECONDS = 20
"""Shorter than the default of five minutes, because few people watch a demo for that long."""
FEATURES = Features(commands=tuple(map(asdict, COMMANDS)), shortcuts=tuple(map(asdict, SHORTCUTS)), events=EVENTS)
"""Declarations of the manifest. The Slack stand-in has no other information about the bot."""


async def show(pace: float) -> None:
    """Run the demo until SIGTERM or SIGINT. `pace` is the approximate time between two new calls, in seconds."""
    log_unhandled(asyncio.get_running_loop())
    company = Company()
    pbx = PbxStandIn(calls=company.history(HISTORY, until=datetime.now(UTC)))
    slack = SlackStandIn(features=FEATURES)
    panel = Panel(pbx, slack, company)
    with app.stopping() as stop, tempfile.TemporaryDirectory(prefix="recordings-demo-") as folder:
        async with pbx.serve() as pbx_url, slack.serve() as slack_url, Page(slack, panel).serve() as page_url:
            settings = demo_settings(pbx_url, slack_url, Path(folder))
            async with _bot(settings, stop):
                typer.echo(f"Open {page_url} in a browser: everything can be tried there.\n")
                typer.echo(f"A PBX answers on {pbx_url}, a Slack workspace on {slack_url}.")
                typer.echo("Both are stand-ins; the bot is real.\n")
                await app.unless_stopped(stop, _first_answer(slack))
                await asyncio.gather(_place_calls(panel, pace, stop), _print_posts(slack, stop))
    typer.echo("\nThe demo has ended; nothing of it is left.")


def demo_settings(pbx_url: str, slack_url: str, folder: Path) -> Settings:
    """Return settings with the stand-ins' addresses and tokens, and configure logging for warnings only."""
    settings = read_settings(
        Mode.RUN,
        environ={
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_API_URL": f"{slack_url}/api/",
            "YEASTAR_BASE_URL": pbx_url,
            "YEASTAR_CLIENT_ID": CLIENT_ID,
            "YEASTAR_CLIENT_SECRET": CLIENT_SECRET,
            "DATABASE_URL": f"sqlite:///{folder / 'recordings.db'}",
            "RECORDINGS_CHANNEL": CHANNEL_NAME,
            "POLL_SECONDS": "1",
            "ALERT_AFTER_SECONDS": str(ALERT_AFTER_SECONDS),
            "LOG_LEVEL": "WARNING",
        },
        env_file=folder / ".env",
    )
    configure(settings.log_level, secrets=settings.secrets())
    return settings


@asynccontextmanager
async def _bot(settings: Settings, stop: asyncio.Event) -> AsyncIterator[None]:
    """Run the bot as `python -m bot run` does; the demo ends when the bot fails."""
    task = asyncio.create_task(app.run(settings, stop), name="bot")
    task.add_done_callback(lambda _: stop.set())
    try:
        yield
    finally:
        stop.set()
        await task


async def _first_answer(slack: SlackStandIn) -> None:
    await slack.wait_for(lambda: slack.connected > 0, timeout=START_SECONDS)
    typer.echo(f"Ana types in #general:  /recordings {LINE}\n")
    reply = await slack.command(LINE)
    typer.echo(_as_text(reply.message) if reply.message else f"Slack says: {reply.error}")
    typer.echo(f"\n(Only Ana sees this. It took {reply.seconds:.2f} s.)")
    typer.echo(f"\nWhat the bot posts in {CHANNEL_NAME} from now on (Ctrl-C ends the demo):\n")


async def _place_calls(panel: Panel, pace: float, stop: asyncio.Event) -> None:
    """Add new calls one by one until `stop` is set; skip them while the panel has switched arrival off."""
    random = Random()
    while not await _stopped(stop, pace * random.uniform(SOONEST, LATEST)):
        if panel.arriving:
            panel.ring()


async def _print_posts(slack: SlackStandIn, stop: asyncio.Event) -> None:
    seen = 0
    while not await _stopped(stop, 0.2):
        posts = slack.posts(CHANNEL)
        for post in posts[seen:]:
            typer.echo(f"{_as_text(post)}\n")
        seen = len(posts)


async def _stopped(stop: asyncio.Event, seconds: float) -> bool:
    """Wait until `stop` is set, at most for `seconds`, and return whether it is set."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _as_text(message: dict[str, Any]) -> str:
    local = datetime.now().astimezone().tzinfo or UTC
    return "\n".join(f"  | {line}" for line in readable(message, zone=local).splitlines())
