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
from bot.yeastar.secrecy import HIDDEN, Hidden, Secret, chain
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
    connections: set[tuple[str, int]] = set()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        """The PBX behind HTTP; it redirects a download, and repeats the token in the redirect."""
        if scope["type"] == "lifespan":
            return
        connections.add(scope["client"])
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
    assert len(connections) == 4, "the PBX closes after each answer: none is used again"
    assert "HTTP Request: GET" in log.text, "httpx logs its requests"
    assert "access_token=[hidden]" in log.text, "httpcore logs the PBX's headers"
    assert_no_secret(log.text)


def everything_in(thing: object) -> str:
    """The attributes of an object of ours, of its objects, and so on, as a debugger shows them."""
    seen: dict[int, str] = {}
    left = [thing]
    while left:
        each = left.pop()
        if id(each) not in seen and type(each).__module__.startswith("bot."):
            held = vars(each) if hasattr(each, "__dict__") else {}
            seen[id(each)] = f"{each!r} {held!r}"
            left += held.values()
    return "\n".join(seen.values())


async def test_no_repr_shows_a_secret() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await page(client)
        shown = everything_in(client)
    assert "Secret(hidden)" in shown
    assert_no_secret(shown)


async def test_after_closing_the_log_is_as_it_was() -> None:
    library = logging.getLogger("httpcore.http11")
    before = list(library.filters)
    async with StandIn().open():
        assert library.filters != before
    assert library.filters == before


def test_an_error_and_what_led_to_it() -> None:
    first, second, third = ValueError("1"), KeyError("2"), OSError("3")
    first.__cause__, first.__context__, second.__context__ = second, None, third
    assert chain(first) == [first, second, third]
    third.__context__ = first
    assert chain(first) == [first, second, third]
    assert chain(third) == [third, first, second]


@pytest.mark.parametrize(
    ("hidden", "text"),
    [
        pytest.param(Hidden(token=Secret("access-1")), "bad [hidden], refresh-1", id="a token"),
        pytest.param(Hidden(fields={"refresh_token": Secret("refresh-1")}), "bad access-1, [hidden]", id="a field"),
        pytest.param(
            Hidden(token=Secret(""), fields={"username": Secret("")}), "bad access-1, refresh-1", id="nothing to hide"
        ),
        pytest.param(Hidden(), "bad access-1, refresh-1", id="no secret at all"),
    ],
)
def test_a_secret_that_the_pbx_repeats_is_taken_out(hidden: Hidden, text: str) -> None:
    assert hidden.redact("bad access-1, refresh-1") == text


def test_a_secret_shows_itself_only_when_asked() -> None:
    secret = Secret("access-1")
    assert secret.reveal() == "access-1"
    assert_no_secret(f"{secret} {secret!r} {[secret]}")
    assert secret == Secret("access-1")
    assert secret != Secret("access-2")
    assert secret != "access-1"
    assert len({secret, Secret("access-1")}) == 1


def test_the_hidden_part_joins_a_request_and_leaves_it_as_it_was() -> None:
    hidden = Hidden(token=Secret("access-1"), fields={"password": Secret('ümlaut"')})
    extensions = {HIDDEN: hidden, "timeout": {"read": 10.0}}
    request = httpx.Request("POST", f"{URL}/x?page=1", headers={"User-Agent": "OpenAPI"}, extensions=extensions)
    whole = hidden.join(request)
    assert str(whole.url) == f"{URL}/x?page=1&access_token=access-1"
    assert whole.content == b'{"password": "\\u00fcmlaut\\""}'
    assert whole.headers["Content-Length"] == str(len(whole.content))
    assert (whole.headers["User-Agent"], whole.headers["Content-Type"]) == ("OpenAPI", "application/json")
    assert whole.extensions == {"timeout": {"read": 10.0}}
    assert_no_secret(str(request.url))
