"""The stand-in driven from outside: its control endpoints, and as a process of its own."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.demo.slack import SlackStandIn


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    slack = SlackStandIn()
    async with slack.serve():
        yield slack


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def control(session: aiohttp.ClientSession, url: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    method = "GET" if body is None else "POST"
    async with session.request(method, url, json=body) as response:
        return response.status, await response.json()


async def test_a_command_from_outside(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    status, reply = await control(session, f"{slack.url}/control/command", {"text": "latest", "user": "U0LEO"})
    assert (status, reply["error"]) == (200, "dispatch_failed")
    _, state = await control(session, f"{slack.url}/control/state")
    assert (state["connected"], state["errors"]) == (0, ["/recordings latest: dispatch_failed"])


async def test_a_click_from_outside(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "x"}, "action_id": "go"}
    message = slack.world.say("C0CALLS", {"text": "x", "blocks": [{"type": "actions", "elements": [button]}]})
    words = {"channel": "C0CALLS", "ts": message["ts"], "action_id": "go"}
    status, reply = await control(session, f"{slack.url}/control/click", words)
    assert (status, reply["error"]) == (200, "dispatch_failed")


async def test_messages_from_outside(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    slack.world.say("C0CALLS", {"text": "for all"})
    slack.world.whisper("U0ANA", "C0CALLS", {"text": "for one"})
    _, told = await control(session, f"{slack.url}/control/messages?channel=C0CALLS")
    assert [message["text"] for message in told["messages"]] == ["for all"]
    assert [(whisper["to"], whisper["text"]) for whisper in told["ephemerals"]] == [("U0ANA", "for one")]


async def test_faults_from_outside(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    _, faults = await control(session, f"{slack.url}/control/faults", {"status": 503, "revoked": ["xoxb-demo"]})
    assert (faults["status"], faults["revoked"]) == (503, ["xoxb-demo"])
    assert (slack.faults.status, slack.faults.revoked) == (503, {"xoxb-demo"})
    _, faults = await control(session, f"{slack.url}/control/faults", {"timeout_next": 2, "timeout_stores": False})
    assert (faults["timeout_next"], faults["timeout_stores"], faults["status"]) == (2, False, 503)


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        pytest.param("command", {"user": "U0ANA"}, "KeyError: 'text'", id="a command without text"),
        pytest.param("command", {"text": "x", "mood": 1}, "TypeError", id="a command with too much"),
        pytest.param("click", {"channel": "C0CALLS", "ts": "1.0", "action_id": "go"}, "is gone", id="no message"),
        pytest.param("faults", {"rain": True}, "no fault 'rain'", id="no such fault"),
        pytest.param("messages?channel=C0NONE", None, "no channel 'C0NONE'", id="no such channel"),
    ],
)
async def test_wrong_words_are_told(
    slack: SlackStandIn, session: aiohttp.ClientSession, path: str, body: dict[str, Any] | None, problem: str
) -> None:
    status, answer = await control(session, f"{slack.url}/control/{path}", body)
    assert status == 400
    assert problem in answer["error"]


async def test_it_runs_by_itself_until_it_is_told_to_stop(session: aiohttp.ClientSession) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.demo.slack", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    status, state = await control(session, f"{url}/control/state")
    process.send_signal(signal.SIGTERM)
    rest, _ = await process.communicate()
    assert (status, state["version"], rest, process.returncode) == (200, 0, b"", 0)
