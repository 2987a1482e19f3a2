"""Signed requests, and everything else that a public address is sent."""

import json
import time
from collections.abc import AsyncIterator, Callable, MutableMapping
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette

from bot.demo.slack import SIGNING_SECRET
from bot.slack.http import LARGEST_BODY, events_route
from tests.slack.conftest import in_module

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORM = "application/x-www-form-urlencoded"
HELP = urlencode({"command": "/recordings", "text": "help", "user_id": "U1", "team_id": "T0DEMO"}).encode()


def calling(current: Callable[[], AsyncApp | None]) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Starlette(routes=[events_route(current)]))
    return httpx.AsyncClient(transport=transport, base_url="http://bot.test")


@in_module
async def client(app: AsyncApp) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(lambda: app) as client:
        yield client


def signed(body: bytes, *, secret: str = SIGNING_SECRET, age: float = 0, kind: str = FORM) -> dict[str, str]:
    """As Slack signs; `age` is in seconds."""
    timestamp = str(int(time.time() - age))
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    assert signature
    return {"Content-Type": kind, "X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}


async def post(client: httpx.AsyncClient, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return await client.post("/slack/events", content=body, headers=headers)


async def test_a_signed_command_is_answered(client: httpx.AsyncClient) -> None:
    answer = await post(client, HELP, signed(HELP))
    assert answer.status_code == 200
    assert "show 614" in answer.json()["text"]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(signed(HELP, secret="another"), id="another secret"),
        pytest.param(signed(b"text=other"), id="another body"),
        pytest.param(signed(HELP, age=301), id="five minutes old"),
        pytest.param(signed(HELP, age=-4_000), id="of the future"),
        pytest.param({"Content-Type": FORM}, id="none"),
        pytest.param({**signed(HELP), "X-Slack-Signature": "v0="}, id="an empty one"),
    ],
)
async def test_a_wrong_signature_is_refused(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await post(client, HELP, headers)).status_code == 401


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("X-Slack-Request-Timestamp", timestamp) for timestamp in ("", "soon", "-1", "1.5", "0x10", "²")),
        ("X-Slack-Signature", "v0=é"),
    ],
)
async def test_a_header_that_bolt_would_choke_on(client: httpx.AsyncClient, name: str, value: str) -> None:
    headers = httpx.Headers({**signed(HELP), name: value}, encoding="latin-1")
    answer = await client.post("/slack/events", content=HELP, headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(b"text=\xff\xfe", FORM, id="bytes that are no UTF-8"),
        pytest.param(b"{", "application/json", id="cut-off JSON"),
        pytest.param(b"", "application/json", id="an empty body"),
        pytest.param(b"[1]", "application/json", id="a list"),
        pytest.param(b"7", "application/json", id="a number"),
        pytest.param(b"null", "application/json", id="null"),
        pytest.param(b'"x"', "application/json", id="a string"),
        pytest.param(b'{"team": 7, "user": [], "event": "x"}', "application/json", id="an object of another shape"),
        pytest.param(b'{"authorizations": [7]}', "application/json", id="odd authorizations"),
        pytest.param(b"payload=%7B", FORM, id="a payload that is cut off"),
        pytest.param(b"payload=7", FORM, id="a payload that is a number"),
        pytest.param(b"[" * 200_000, "application/json", id="brackets without end"),
        pytest.param(b"x" * (LARGEST_BODY + 1), FORM, id="too much"),
        pytest.param(b"hello", "text/plain", id="words"),
    ],
)
async def test_what_is_not_slacks_is_refused(client: httpx.AsyncClient, body: bytes, kind: str) -> None:
    answer = await post(client, body, signed(b"another", kind=kind))
    assert answer.status_code in (400, 401)


async def test_a_body_without_a_length_is_read_no_further_than_slacks_go(client: httpx.AsyncClient) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while read < 50 * LARGEST_BODY:
            read += LARGEST_BODY // 4
            yield b"x" * (LARGEST_BODY // 4)

    assert (await client.post("/slack/events", content=endless(), headers=signed(b""))).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/slack/events", 405, id="only posts"),
        pytest.param("GET", "/slack/install", 404, id="nothing to install"),
        pytest.param("GET", "/slack/oauth_redirect", 404, id="nowhere to come back to"),
        pytest.param("POST", "/", 404, id="nothing else"),
    ],
)
async def test_what_there_is(client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    assert (await client.request(method, path)).status_code == status


async def test_a_body_may_come_in_pieces(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield HELP[:10]
        yield HELP[10:]

    answer = await client.post("/slack/events", content=pieces(), headers=signed(HELP))
    assert (answer.status_code, "show 614" in answer.text) == (200, True)


@pytest.mark.parametrize(
    ("length", "status"),
    [
        pytest.param(250_000, 401, id="as large as Slack's largest: read, and its signature is wrong"),
        pytest.param(1_000_000, 401, id="the most that is read"),
        pytest.param(1_000_001, 400, id="more is not read"),
    ],
)
async def test_how_large_a_body_may_be(client: httpx.AsyncClient, length: int, status: int) -> None:
    assert (await post(client, b"text=" + b"x" * (length - 5), signed(b"another"))).status_code == status


async def test_who_hangs_up_in_the_middle_causes_no_error(app: AsyncApp) -> None:
    """Starlette tells it as an exception; left alone it would be a traceback in the log."""
    sent: list[str] = []
    first: dict[str, Any] = {"type": "http.request", "body": b"text=", "more_body": True}
    messages = iter([first, {"type": "http.disconnect"}])

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message["type"])

    headers = [(name.lower().encode(), value.encode()) for name, value in signed(HELP).items()]
    scope = {"type": "http", "method": "POST", "path": "/slack/events", "query_string": b"", "headers": headers}
    await Starlette(routes=[events_route(lambda: app)])(scope, receive, send)
    assert "http.response.body" in sent


async def test_until_slack_has_told_who_we_are_it_says_so_at_once(app: AsyncApp) -> None:
    apps: list[AsyncApp] = []
    async with calling(lambda: next(iter(apps), None)) as client:
        early = await post(client, HELP, signed(HELP))
        apps.append(app)
        later = await post(client, HELP, signed(HELP))
    assert (early.status_code, early.text) == (503, "starting")
    assert later.status_code == 200


async def test_what_comes_too_early_is_not_read() -> None:
    read = False

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read = True
        yield HELP

    async with calling(lambda: None) as client:
        assert (await client.post("/slack/events", content=body(), headers=signed(HELP))).status_code == 503
    assert not read


async def test_a_url_verification_gives_the_challenge_back(client: httpx.AsyncClient) -> None:
    body = json.dumps({"type": "url_verification", "token": "t", "challenge": "3eZbrw1aB"}).encode()
    answer = await post(client, body, signed(body, kind="application/json"))
    assert (answer.status_code, answer.json()) == (200, {"challenge": "3eZbrw1aB"})


async def test_an_ssl_check_is_answered(client: httpx.AsyncClient) -> None:
    """Slack does not sign it."""
    assert (await post(client, b"ssl_check=1&token=t", {"Content-Type": FORM})).status_code == 200
