"""P6: no secret in anything that a run emits, whatever goes wrong in it, at the most talkative log level."""

import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from bot.demo.calls import Company
from bot.demo.pbx import PbxStandIn, tokens
from bot.demo.slack import Reply, SlackStandIn
from tests.process import Bot, Town, free_port, town, until

BOT_TOKEN, APP_TOKEN = "xoxb-2218-4417-Zq8vN3kR1mW", "xapp-1-A0BOT-4417-9f8e7d6c5b4a"
SIGNING_SECRET, CLIENT_SECRET = "8f742231b10e8888abcd99yyyzzz85a5", "Ln4bWmFqK0pXrB7e"
CARELESS = """
import logging
import bot.logs
import bot.slack.clients
import bot.slack.socket
from bot.cli import main

bot.logs.Redactor.__call__ = lambda self, text: text
for library in (bot.slack.clients.log, bot.slack.socket.sdk_log):
    library.setLevel(logging.DEBUG)
main()
"""
"""The bot without what keeps its secrets: no redactor, and Slack's SDK may write what it likes."""


@dataclass
class Handed:
    """Every secret that the stand-ins gave out."""

    tokens: list[str] = field(default_factory=list)
    """The PBX's, access and refresh."""
    tickets: list[str] = field(default_factory=list)
    response_urls: list[str] = field(default_factory=list)

    def everything(self) -> list[str]:
        urls = [url.rsplit("/", 1)[1] for url in self.response_urls]
        return [BOT_TOKEN, APP_TOKEN, SIGNING_SECRET, CLIENT_SECRET, *self.tokens, *self.tickets, *urls]


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> Handed:
    """Listens where the PBX stand-in makes its tokens."""
    told = Handed()
    make = tokens._token

    def listened() -> str:
        told.tokens.append(make())
        return told.tokens[-1]

    monkeypatch.setattr(tokens, "_token", listened)
    return told


def strict_slack(handed: Handed) -> SlackStandIn:
    slack = SlackStandIn(bot_token=BOT_TOKEN, app_token=APP_TOKEN, signing_secret=SIGNING_SECRET, burst=100)
    make = slack._sockets.new_url

    def listened(base_url: str) -> str:
        url = make(base_url)
        handed.tickets.append(url.partition("ticket=")[2].partition("&")[0])
        return url

    slack._sockets.new_url = listened  # type: ignore[method-assign]
    return slack


def found_in(text: str, secrets: list[str]) -> list[str]:
    return [secret for secret in secrets if secret in text]


def emitted(there: Town) -> Iterator[tuple[str, str]]:
    """Everything that the bot has left: by name, files, and what Slack was sent."""
    for path in there.folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes().decode("latin-1")
    yield "Slack's messages", str([channel.messages for channel in there.slack.world.channels.values()])
    yield "what Slack whispered", str(there.slack.world.whispers)
    yield "what Slack was asked", str(there.slack.requests)


async def ask(there: Town, handed: Handed, line: str) -> Reply:
    reply = await there.slack.command(line)
    handed.response_urls.append(reply.response_url)
    return reply


async def turn_the_page(there: Town, handed: Handed, shown: Reply) -> None:
    """The next page comes by the response_url of the press."""
    assert shown.message is not None
    reply = await there.slack.click(shown.message, "recordings.next.v1")
    handed.response_urls.append(reply.response_url)
    await until(lambda: "11–" in str(there.slack.world.whispers))


async def misfortunes(there: Town, handed: Handed, web: str) -> None:
    """Everything goes wrong once."""
    pbx, slack = there.pbx.faults, there.slack.faults
    await turn_the_page(there, handed, await ask(there, handed, "latest"))
    pbx.cut_json = True
    await ask(there, handed, "latest 11")
    pbx.heal()
    pbx.down = True
    await ask(there, handed, "latest 12")
    pbx.heal()
    there.pbx.restart()  # forgets every token
    await ask(there, handed, "latest 13")
    slack.store_then_drop_every = 1
    there.place_call()
    await until(there.posted)
    slack.store_then_drop_every = 0
    await unsigned(web)
    await ask(there, handed, "nonsense")
    await there.slack.drop_sockets()
    with closing(sqlite3.connect(there.folder / "recordings.db")) as database:
        database.execute("ALTER TABLE recordings RENAME TO gone")
    there.slack.request_url = web
    await ask(there, handed, "show 1")


async def unsigned(url: str) -> None:
    """A request that Slack has not signed, and one with a forged signature."""
    forged = {"X-Slack-Signature": "v0=" + "0" * 64, "X-Slack-Request-Timestamp": "1"}
    async with aiohttp.ClientSession() as session:
        for headers in ({}, forged):
            async with session.post(url, data={"command": "/recordings"}, headers=headers) as answer:
                assert answer.status in {400, 401}


def settings_for(there: Town, port: str) -> dict[str, str]:
    return there.settings(
        SLACK_BOT_TOKEN=BOT_TOKEN,
        SLACK_APP_TOKEN=APP_TOKEN,
        SLACK_SIGNING_SECRET=SIGNING_SECRET,
        YEASTAR_CLIENT_SECRET=CLIENT_SECRET,
        PORT=port,
        LOG_LEVEL="DEBUG",
    )


async def a_bad_day(there: Town, handed: Handed) -> None:
    port = free_port()
    settings = settings_for(there, port)
    async with (
        Bot("run", settings=settings | {"PORT": free_port()}, folder=there.folder) as run,
        Bot("web", settings=settings, folder=there.folder) as web,
    ):
        await there.slack.wait_for(lambda: there.slack.connected > 0, 10)
        await until(lambda: there.slack.posts("C0CALLS"))
        await web.says("started")
        await misfortunes(there, handed, f"http://127.0.0.1:{port}/slack/events")
        await web.says("lookup_not_kept")
        await run.stop()
        await web.stop()


@asynccontextmanager
async def watched_town(folder: Path, handed: Handed) -> AsyncIterator[Town]:
    history = Company().history(20, until=datetime.now(UTC))
    pbx = PbxStandIn(client_secret=CLIENT_SECRET, calls=history)
    async with town(folder, pbx=pbx, slack=strict_slack(handed)) as there:
        yield there


def leaks(there: Town, handed: Handed) -> dict[str, list[str]]:
    """Where secrets stand, by name."""
    secrets = handed.everything()
    return {name: found for name, text in emitted(there) if (found := found_in(text, secrets))}


async def test_a_bad_day_leaves_no_secret_behind(tmp_path: Path, handed: Handed) -> None:
    async with watched_town(tmp_path, handed) as there:
        await a_bad_day(there, handed)
        assert leaks(there, handed) == {}
    assert len(handed.tokens) >= 4
    assert handed.tickets
    assert len(handed.response_urls) >= 6


async def test_a_careless_bot_is_caught(tmp_path: Path, handed: Handed) -> None:
    async with watched_town(tmp_path, handed) as there:
        settings, command = settings_for(there, free_port()), (sys.executable, "-c", CARELESS)
        async with Bot("run", settings=settings, folder=tmp_path, command=command):
            await there.slack.wait_for(lambda: there.slack.connected > 0, 10)
            await turn_the_page(there, handed, await ask(there, handed, "latest"))
        assert any(name.endswith(".err") for name in leaks(there, handed))


def test_a_planted_secret_is_found(tmp_path: Path) -> None:
    (tmp_path / "left.txt").write_text(f"a line with {CLIENT_SECRET} in it")
    there = Town(PbxStandIn(), SlackStandIn(), tmp_path, "")
    there.slack.world.channels["C0CALLS"].messages.append({"text": APP_TOKEN})
    found = [name for name, text in emitted(there) if found_in(text, Handed().everything())]
    assert found == ["left.txt", "Slack's messages"]
