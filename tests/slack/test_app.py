"""The app is what we make it, whatever the environment holds, and a conversation leaves no secret in the log."""

import asyncio
import gc
import io
import json
import logging
import os
import re
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest
from structlog.testing import capture_logs

from bot.demo.slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, SlackStandIn
from bot.domain.health import LastSeen
from bot.logs import QUIET, configure
from bot.slack.answering import Services, caught
from bot.slack.app import READ_BY_BOLT, bolt_app
from bot.slack.blocks.values import OPEN
from bot.slack.clients import check_app_token, identify, open_clients
from bot.slack.features.listing import NEXT
from bot.slack.socket import Socket
from tests.slack.conftest import reference
from tests.stage import NOON, FakePhones

pytestmark = pytest.mark.asyncio(loop_scope="module")

THEIRS = ("uvicorn.error",)
"""What the stand-in's own server says of its sockets."""
ANA, GENERAL = "U0ANA", "C0GENERAL"


@pytest.fixture
def stray(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Every variable that Bolt reads by itself is set, and wrong; the home directory is empty."""
    for name in READ_BY_BOLT:
        monkeypatch.setenv(name, f"stray-{name}")
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


async def test_stray_variables_change_nothing(stray: Path, slack: SlackStandIn, bot: AsyncApp) -> None:
    reply = await slack.command("help")
    assert reply.error is None
    assert slack.errors == []
    assert (bot.oauth_flow, bot.installation_store) == (None, None)
    assert bot.client.token == BOT_TOKEN
    assert os.listdir(stray) == []  # noqa: PTH208 - a Path's own way counts as blocking


async def test_stray_variables_are_left_where_they_are(stray: Path, app: AsyncApp) -> None:
    assert {name: os.environ[name] for name in READ_BY_BOLT} == {name: f"stray-{name}" for name in READ_BY_BOLT}


async def test_a_stray_verification_token_does_not_fail_slacks_check(stray: Path, app: AsyncApp) -> None:
    """Slack's own token for it is another; Bolt would compare them."""
    check = AsyncBoltRequest(
        body="ssl_check=1&token=t", headers={"content-type": ["application/x-www-form-urlencoded"]}
    )
    assert (await app.async_dispatch(check)).status == 200


async def test_a_whole_life_leaves_nothing_open(slack: SlackStandIn, services: Services) -> None:
    before = asyncio.all_tasks()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        async with open_clients(BOT_TOKEN, f"{slack.url}/api/") as clients:
            app = bolt_app(await identify(clients), replace(services, clients=clients), new_reference=reference)
            async with Socket(app, APP_TOKEN, clients.reads, connection=LastSeen(), now=lambda: NOON).open():
                await slack.wait_for(lambda: slack.connected == 1)
                assert (await slack.command("help")).error is None
            assert slack.connected == 0
        del app, clients
        gc.collect()
        await asyncio.sleep(0)
        gc.collect()
    left = asyncio.all_tasks() - before
    assert [task for task in left if "slack_sdk" in repr(task) or "socket" in task.get_name()] == []


async def fall(ack: AsyncAck, body: Any) -> None:
    raise ZeroDivisionError


async def acknowledge_and_fall(ack: AsyncAck, body: Any) -> None:
    await ack(text="taken")
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("listener", "text"),
    [
        pytest.param(acknowledge_and_fall, "taken", id="right after its acknowledgement"),
        pytest.param(fall, "", id="before it"),
    ],
)
async def test_a_listener_that_falls_is_acknowledged_all_the_same(
    slack: SlackStandIn, bot: AsyncApp, listener: Any, text: str
) -> None:
    """Bolt by itself loses the acknowledgement in both cases."""
    bot.command("/fall")(caught(listener))
    with capture_logs() as lines:
        reply = await slack.command("", command="/fall")
        await asyncio.sleep(0)
    assert (reply.error, reply.text) == (None, text)
    assert reply.seconds < 1
    assert [(line["event"], line["listener"]) for line in lines] == [("listener_failed", listener.__qualname__)]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, at DEBUG, as it leaves the process."""
    root = logging.getLogger()
    handlers, level, hooks = root.handlers[:], root.level, (sys.excepthook, threading.excepthook)
    stream = io.StringIO()
    configure("DEBUG", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


async def test_a_conversation_leaves_no_secret_in_the_log(
    log: io.StringIO, slack: SlackStandIn, bot: AsyncApp, phones: FakePhones
) -> None:
    """Of every kind that there is: both tokens, the secret, response_urls, trigger_ids, the socket's ticket."""
    phones.add(range(600, 625))
    async with open_clients(BOT_TOKEN, f"{slack.url}/api/") as clients:
        await check_app_token(clients, APP_TOKEN)
    page = await slack.command("latest 10")
    assert page.message
    opened = await slack.select(page.message, OPEN.action, OPEN.write(620))
    await slack.wait_for(lambda: len(slack.ephemerals(ANA, GENERAL)) == 2)
    slack.faults.status, slack.faults.revoked = 500, {APP_TOKEN}
    turned = await slack.click(page.message, NEXT.action)
    async with asyncio.timeout(5):
        while "reply_failed" not in log.getvalue():
            await asyncio.sleep(0.01)
    slack.faults.status = 0
    await slack.disconnect()
    await asyncio.sleep(0.02)
    told = [line for line in log.getvalue().splitlines() if json.loads(line)["logger"] not in THEIRS]
    secrets = [BOT_TOKEN, APP_TOKEN, SIGNING_SECRET]
    secrets += [link for reply in (page, opened, turned) for link in (reply.response_url, reply.trigger_id)]
    assert [line for line in told if any(secret in line for secret in secrets)] == []
    assert [line for line in told if re.search(r"ticket=(?!\[secret\])", line)] == []
