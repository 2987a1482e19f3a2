import io
import logging
import traceback
from typing import Any

import httpx
import pytest
from rich.console import Console
from rich.traceback import Traceback

from bot.domain.query import Order, Sort
from bot.errors import BotError
from bot.serving import serving
from bot.yeastar import PbxClient, open_pbx
from bot.yeastar.secrecy import Hidden, Secret
from tests.yeastar.stand_in import CLIENT_ID, CLIENT_SECRET, URL, StandIn

SECRETS = ["access-1", "access-2", "refresh-1", "refresh-2", CLIENT_SECRET]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Everything that anybody logs, at DEBUG."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


async def page(client: PbxClient) -> None:
    await client.recordings(page=1, size=10, sort=Sort.ID, order=Order.DESC)


def everything_about(error: BaseException) -> str:
    """Its texts, and its traceback with the locals of every frame but the test's own."""
    assert error.__traceback__ is not None
    written = io.StringIO()
    told = Traceback.from_exception(
        type(error),
        error,
        error.__traceback__.tb_next,
        show_locals=True,
        locals_max_string=10_000,
        locals_max_length=100,
    )
    Console(file=written, width=500).print(told)
    chained = "".join(traceback.format_exception(error))
    return f"{error} {error!r} {vars(error)} {chained} {written.getvalue()}"


def assert_no_secret(text: str) -> None:
    assert [secret for secret in SECRETS if secret in text] == []


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(httpx.ConnectError("refused"), id="no connection"),
        pytest.param(httpx.ReadTimeout("silence"), id="silence"),
        pytest.param(httpx.Response(502, text="bad gateway"), id="a gateway"),
        pytest.param(httpx.Response(404, text="<p>/recording/list?access_token=access-1</p>"), id="an echoing page"),
        pytest.param({"errcode": -1, "errmsg": "bad token access-1, access_token=access-1"}, id="an echoing refusal"),
    ],
)
@pytest.mark.parametrize("path", ["recording/list", "get_token"])
async def test_no_failure_shows_a_secret(path: str, said: Any, log: pytest.LogCaptureFixture) -> None:
    pbx = StandIn()
    if path == "get_token" and isinstance(said, dict):
        said = {"errcode": -1, "errmsg": f"wrong password {CLIENT_SECRET}"}
    pbx.says(path, said)
    with pytest.raises(BotError) as caught:
        async with pbx.open() as client:
            await page(client)
    assert_no_secret(everything_about(caught.value))
    assert_no_secret(log.text)


async def test_no_log_shows_a_secret_over_a_real_connection(log: pytest.LogCaptureFixture) -> None:
    pbx = StandIn()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        """The PBX behind HTTP; it redirects a download, and repeats the token in the redirect."""
        if scope["type"] == "lifespan":
            return
        body = (await receive())["body"]
        target = f"http://pbx{scope['path']}?{scope['query_string'].decode()}"
        headers = [(b"Location", target.encode())]
        answer = pbx.answer(httpx.Request(scope["method"], target, content=body))
        status = 302 if "download" in target else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.content})

    async with serving(app, lifespan="off") as port:
        options: dict[str, Any] = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "now": pbx.watch.now}
        async with open_pbx(f"http://127.0.0.1:{port}", **options) as client:
            await page(client)
            with pytest.raises(BotError):
                await client.download(614)
    assert pbx.asked == ["get_token", "recording/list", "recording/download", "del_token"]
    assert "HTTP Request: GET" in log.text, "httpx logs its requests"
    assert "access_token=[hidden]" in log.text, "httpcore logs the PBX's headers"
    assert_no_secret(log.text)


async def test_no_repr_shows_a_secret() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await page(client)
        session = client._session
        shown = f"{client!r} {vars(client)} {vars(session)} {vars(session._line)} {vars(session._kept)}"
    assert "Secret(hidden)" in shown
    assert_no_secret(shown)


def test_a_secret_shows_itself_only_when_asked() -> None:
    secret = Secret("access-1")
    assert secret.reveal() == "access-1"
    assert_no_secret(f"{secret} {secret!r} {[secret]}")
    assert secret == Secret("access-1")
    assert secret != Secret("access-2")
    assert secret != "access-1"
    assert len({secret, Secret("access-1")}) == 1


def test_the_hidden_part_joins_a_request_and_leaves_it_as_it_was() -> None:
    request = httpx.Request("POST", f"{URL}/x?page=1", headers={"User-Agent": "OpenAPI"})
    whole = Hidden(token=Secret("access-1"), fields={"password": Secret('ümlaut"')}).join(request)
    assert str(whole.url) == f"{URL}/x?page=1&access_token=access-1"
    assert whole.content == b'{"password": "\\u00fcmlaut\\""}'
    assert whole.headers["Content-Length"] == str(len(whole.content))
    assert whole.headers["User-Agent"] == "OpenAPI"
    assert_no_secret(str(request.url))
