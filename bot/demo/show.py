"""`python -m bot demo`: the bot between two stand-ins, as a page, and as text on the terminal."""

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
"""How much two new calls may be nearer together or further apart than the pace."""
START_SECONDS = 30
ALERT_AFTER_SECONDS = 20
"""Shorter than the default of five minutes: a demo is not watched for so long."""
FEATURES = Features(commands=tuple(map(asdict, COMMANDS)), shortcuts=tuple(map(asdict, SHORTCUTS)), events=EVENTS)
"""What the manifest declares: all that the stand-in for Slack knows of the bot."""


async def show(pace: float) -> None:
    """Run the demo until SIGTERM or SIGINT. `pace` is about how many seconds lie between two new calls."""
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
    """Return settings with the stand-ins' addresses and keys; only warnings are logged."""
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
    """The bot, as `python -m bot run` runs it; its failure ends the demo."""
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
    """New recordings, one by one, unless the panel holds them back."""
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
    """Wait that long, or until the end; whether it is the end."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _as_text(message: dict[str, Any]) -> str:
    local = datetime.now().astimezone().tzinfo or UTC
    return "\n".join(f"  | {line}" for line in readable(message, zone=local).splitlines())
