import asyncio
import io
import logging
import socket
import ssl
import traceback
import types
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from pydantic import SecretStr
from rich.console import Console
from rich.traceback import Traceback

from bot.domain.query import Order, Sort
from bot.errors import BotError, PbxError, PbxNotUnderstood, PbxRefused, PbxUnreachable, PbxUntrusted, SettingsError
from bot.serving import serving
from bot.yeastar import PbxClient, open_pbx
from bot.yeastar.transport import (
    MAX_ANSWER,
    SECRETS_KEY,
    Secrets,
    error_chain,
    read_fingerprint,
    read_origin,
    tls_context,
    untrusted_error,
)
from bot.yeastar.wire import WebPage
from tests.certificates import Certificate, make_certificate
from tests.yeastar.stand_in import CLIENT_ID, CLIENT_SECRET, URL, FakeClock, StandIn, seconds_for

LISTED = {"errcode": 0, "total_number": 0, "data": []}
BUSY = {"errcode": 70082, "errmsg": "OVERLOAD_TASK_RUNNING"}


async def ask(pbx: StandIn) -> None:
    async with pbx.open() as client:
        await client.recordings(page=1, size=10, sort=Sort.ID, order=Order.DESC)


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(httpx.ConnectError("refused"), id="a refused connection"),
        pytest.param(httpx.ConnectTimeout(""), id="no connection in time"),
        pytest.param(httpx.ReadError(""), id="a dropped connection"),
        pytest.param(httpx.RemoteProtocolError("disconnected"), id="closed without an answer"),
        pytest.param(ssl.SSLError("record layer failure"), id="a broken TLS record"),
        pytest.param(httpx.Response(502, text="<html>"), id="a gateway without its PBX"),
        pytest.param(httpx.Response(599), id="HTTP 599"),
        pytest.param(httpx.Response(500), id="HTTP 500"),
        pytest.param(BUSY, id="a heavy task"),
        pytest.param({"errcode": 2, "errmsg": "PROCESSING"}, id="processing"),
        pytest.param({"errcode": 70651}, id="another download"),
    ],
)
async def test_a_temporary_failure_is_tried_three_times(trouble: Any) -> None:
    pbx = StandIn()
    pbx.set_answers("recording/list", trouble, trouble, LISTED)
    await ask(pbx)
    assert pbx.paths.count("recording/list") == 3
    first, second = pbx.clock.slept
    assert 0.15 <= first <= 0.45
    assert 0.3 <= second <= 0.9

    pbx.set_answers("recording/list", trouble)
    pbx.requests.clear()
    with pytest.raises(PbxError) as caught:
        await ask(pbx)
    assert type(caught.value) is (PbxRefused if isinstance(trouble, dict) else PbxUnreachable)
    assert pbx.paths.count("recording/list") == 3


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        pytest.param(httpx.ReadTimeout(""), PbxUnreachable, id="silence"),
        pytest.param(httpx.PoolTimeout(""), PbxUnreachable, id="too many at once"),
        pytest.param(httpx.Response(499, json=LISTED | {"errcode": -1}), PbxRefused, id="a no with HTTP 499"),
        pytest.param({"errcode": -1, "errmsg": "FAILURE"}, PbxRefused, id="a plain no"),
        pytest.param({"errcode": 40002}, PbxRefused, id="a wrong parameter"),
        pytest.param(httpx.Response(404, text="<html>"), WebPage, id="a web page"),
        pytest.param(httpx.Response(302, headers={"Location": URL}), PbxNotUnderstood, id="a redirect"),
        pytest.param(
            httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip")),
            PbxNotUnderstood,
            id="no gzip",
        ),
        pytest.param(httpx.Response(200, content=b" " * (MAX_ANSWER + 1)), PbxNotUnderstood, id="too much"),
    ],
)
async def test_a_permanent_failure_is_not_retried(trouble: Any, kind: type[PbxError]) -> None:
    pbx = StandIn()
    pbx.set_answers("recording/list", trouble)
    with pytest.raises(PbxError, match="recording/list") as caught:
        await ask(pbx)
    assert type(caught.value) is kind
    assert pbx.paths.count("recording/list") == 1
    assert pbx.clock.slept == []


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(httpx.Response(200), id="an empty answer"),
        pytest.param(httpx.Response(200, text='{"errcode": 0, "data": ['), id="JSON that is cut off"),
        pytest.param({"errcode": -2, "errmsg": "INTERNAL SERVER ERROR"}, id="an internal error"),
    ],
)
async def test_an_incomplete_answer_is_retried_once(trouble: Any) -> None:
    pbx = StandIn()
    pbx.set_answers("recording/list", trouble, LISTED)
    await ask(pbx)
    assert pbx.paths.count("recording/list") == 2
    pbx.set_answers("recording/list", trouble)
    pbx.requests.clear()
    with pytest.raises(PbxError):
        await ask(pbx)
    assert pbx.paths.count("recording/list") == 2


@pytest.mark.parametrize(
    ("location", "problem"),
    [
        pytest.param(
            "https://me:pw@10.0.0.9:8088/openapi/v1.0/recording/list?access_token=access-1",
            "moved to https://10.0.0.9:8088: set YEASTAR_BASE_URL to it",
            id="another host",
        ),
        pytest.param(
            "//pbx.example/x", "moved to https://pbx.example: set YEASTAR_BASE_URL to it", id="without scheme"
        ),
        pytest.param(
            "http://192.168.5.150:8088/",
            "moved to http://192.168.5.150:8088: set YEASTAR_BASE_URL",
            id="another scheme",
        ),
        pytest.param("/login?access_token=access-1", "a redirect to another of its pages", id="the same host"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_the_error_of_a_redirect_names_the_new_address(status: int, location: str, problem: str) -> None:
    pbx = StandIn()
    pbx.set_answers("recording/list", httpx.Response(status, headers={"Location": location}))
    with pytest.raises(PbxNotUnderstood, match="recording/list") as caught:
        await ask(pbx)
    assert problem in str(caught.value)
    assert "access" not in str(caught.value)
    assert "pw" not in str(caught.value)


async def test_the_error_of_an_answer_that_is_not_understood_has_its_http_status() -> None:
    pbx = StandIn()
    pbx.set_answers("recording/list", httpx.Response(404, text="<html>"))
    with pytest.raises(PbxNotUnderstood, match=r"a web page.*\(HTTP 404\)"):
        await ask(pbx)


async def test_pauses_have_a_jitter() -> None:
    pbx = StandIn()
    pbx.set_answers("recording/list", BUSY)
    for _ in range(5):
        with pytest.raises(PbxRefused):
            await ask(pbx)
    assert len(set(pbx.clock.slept)) == 10


def test_an_answer_without_an_end_fails_after_30_seconds() -> None:
    """A byte now and then passes every time-out between two of them."""

    async def bytes_for_ever() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(4)

    async def given_up() -> None:
        pbx = StandIn()
        pbx.set_answers("recording/list", httpx.Response(200, content=bytes_for_ever()))
        with pytest.raises(PbxUnreachable, match="did not finish its answer to recording/list"):
            await ask(pbx)
        assert pbx.paths.count("recording/list") == 1

    assert seconds_for(given_up()) == pytest.approx(30, abs=0.5)


async def test_the_connection_of_a_broken_answer_is_closed() -> None:
    class Broken(httpx.AsyncByteStream):
        closed = False

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"no gzip"

        async def aclose(self) -> None:
            self.closed = True

    pbx, broken = StandIn(), Broken()
    pbx.set_answers("recording/list", httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=broken))
    with pytest.raises(PbxNotUnderstood):
        await ask(pbx)
    assert broken.closed


@pytest.mark.parametrize(
    ("base_url", "where"),
    [("http://pbx.local", "pbx.local:http"), ("https://pbx.local", "pbx.local:https"), (URL, "192.168.5.150:8088")],
)
async def test_the_error_names_the_host_that_does_not_answer(base_url: str, where: str) -> None:
    pbx = StandIn()
    pbx.set_answers("get_token", httpx.ReadTimeout(""))
    async with pbx.open(base_url=base_url) as client:
        with pytest.raises(PbxUnreachable, match=f"The PBX at {where} gives no answer to get_token"):
            await client.information()


@pytest.mark.parametrize(
    ("base_url", "advised"),
    [
        pytest.param("https://acme.ras.yeastar.com:8088", True, id="a remote address with a port"),
        pytest.param("https://acme.ras.yeastar.com", False, id="a remote address"),
        pytest.param(URL, False, id="a local address with a port"),
    ],
)
async def test_a_remote_address_is_used_without_a_port(base_url: str, advised: bool) -> None:
    pbx = StandIn()
    pbx.set_answers("get_token", httpx.ConnectTimeout(""))
    async with pbx.open(base_url=base_url) as client:
        with pytest.raises(PbxUnreachable) as caught:
            await client.information()
    assert ("leave out :8088" in str(caught.value)) is advised


async def test_closing_closes_the_network() -> None:
    class Network(httpx.MockTransport):
        closed = False

        async def aclose(self) -> None:
            self.closed = True

    network = Network(StandIn().answer)
    async with StandIn().open(transport=network):
        assert not network.closed
    assert network.closed


@pytest.mark.parametrize(
    ("trouble", "tries"),
    [
        pytest.param(httpx.ConnectError("refused"), 3, id="never sent"),
        pytest.param(httpx.ConnectTimeout(""), 3, id="never connected"),
        pytest.param(httpx.ReadError(""), 1, id="dropped after it was sent"),
        pytest.param(httpx.RemoteProtocolError(""), 1, id="closed after it was sent"),
        pytest.param(httpx.ReadTimeout(""), 1, id="silence after it was sent"),
        pytest.param(ssl.SSLError("record layer failure"), 1, id="a broken TLS record"),
        pytest.param(httpx.Response(502), 1, id="HTTP 502"),
        pytest.param(BUSY, 1, id="busy"),
    ],
)
async def test_a_login_is_never_sent_twice(trouble: Any, tries: int) -> None:
    pbx = StandIn()
    pbx.set_answers("get_token", trouble)
    with pytest.raises(PbxError, match="get_token"):
        await ask(pbx)
    assert pbx.paths == ["get_token"] * tries


async def test_every_request_names_its_agent_and_its_time_outs() -> None:
    pbx = StandIn()
    await ask(pbx)
    assert pbx.paths == ["get_token", "recording/list", "del_token"]
    for request in pbx.requests:
        assert request.headers["User-Agent"] == "OpenAPI"
        assert request.extensions["timeout"] == {"connect": 5.0, "read": 10.0, "write": 5.0, "pool": 5.0}
    assert pbx.requests[0].headers["Content-Type"] == "application/json"
    assert int(pbx.requests[0].headers["Content-Length"]) == len(pbx.requests[0].content)


@respx.mock
async def test_silence_is_unreachable() -> None:
    respx.post(f"{URL}/openapi/v1.0/get_token").mock(side_effect=httpx.ConnectTimeout)
    clock = FakeClock()
    async with open_pbx(URL, client_id="i", client_secret="s", sleep=clock.sleep) as client:
        with pytest.raises(PbxUnreachable, match=r"192\.168\.5\.150:8088 gives no answer to get_token"):
            await client.information()
    assert len(clock.slept) == 2


@pytest.mark.parametrize(
    "base_url",
    [
        "https://192.168.5.150:8088",
        "https://192.168.5.150:8088/",
        " https://192.168.5.150:8088/openapi/v1.0/ ",
        "https://user:password@192.168.5.150:8088/openapi/v1.0?x=1#top",
    ],
)
async def test_a_base_url_may_be_written_carelessly(base_url: str) -> None:
    pbx = StandIn()
    async with pbx.open(base_url=base_url) as client:
        await client.recordings(page=1, size=10, sort=Sort.ID, order=Order.DESC)
    assert str(pbx.requests[0].url) == "https://192.168.5.150:8088/openapi/v1.0/get_token"


async def test_a_base_url_may_be_plain_http() -> None:
    pbx = StandIn()
    async with pbx.open(base_url="http://pbx.local") as client:
        await client.recordings(page=1, size=10, sort=Sort.ID, order=Order.DESC)
    assert str(pbx.requests[0].url) == "http://pbx.local/openapi/v1.0/get_token"


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
    report = Traceback.from_exception(
        type(error),
        error,
        error.__traceback__.tb_next,
        show_locals=True,
        locals_max_string=10_000,
        locals_max_length=100,
    )
    Console(file=written, width=500).print(report)
    chained = "".join(traceback.format_exception(error))
    return f"{error} {error!r} {vars(error)} {chained} {written.getvalue()}"


def assert_no_secret(text: str) -> None:
    assert [secret for secret in SECRETS if secret in text] == []


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(httpx.ConnectError("refused"), id="no connection"),
        pytest.param(httpx.ReadTimeout("silence"), id="silence"),
        pytest.param(httpx.Response(502, text="bad gateway"), id="a gateway"),
        pytest.param(httpx.Response(404, text="<p>/recording/list?access_token=access-1</p>"), id="an echoing page"),
        pytest.param({"errcode": -1, "errmsg": "bad token access-1, access_token=access-1"}, id="an echoing refusal"),
    ],
)
@pytest.mark.parametrize("path", ["recording/list", "get_token"])
async def test_no_failure_shows_a_secret(path: str, answer: Any, log: pytest.LogCaptureFixture) -> None:
    pbx = StandIn()
    if path == "get_token" and isinstance(answer, dict):
        answer = {"errcode": -1, "errmsg": f"wrong password {CLIENT_SECRET}"}
    pbx.set_answers(path, answer)
    with pytest.raises(BotError) as caught:
        async with pbx.open() as client:
            await page(client)
    assert_no_secret(everything_about(caught.value))
    assert_no_secret(log.text)


def reachable(error: BaseException) -> Iterator[object]:
    """Every object that can be reached from an error: its causes, its contexts, and the attributes of all."""
    seen: dict[int, object] = {}
    left: list[object] = [error]
    while left:
        each = left.pop()
        if id(each) in seen or isinstance(each, (type, types.ModuleType, types.FunctionType, types.TracebackType)):
            continue
        seen[id(each)] = each  # keeps it alive, so that its id is not used again
        if isinstance(each, Mapping):
            left += [*each.keys(), *each.values()]
        elif isinstance(each, (list, tuple, set, frozenset)):
            left += each
        elif not isinstance(each, (str, bytes, int, float, type(None))):
            slots = [name for kind in type(each).__mro__ for name in getattr(kind, "__slots__", ())]
            left += [getattr(each, name) for name in slots if name != "__weakref__" and hasattr(each, name)]
            left += getattr(each, "__dict__", {}).values()
        if isinstance(each, BaseException):
            left += [each.args, each.__cause__, each.__context__]
    yield from seen.values()


@pytest.mark.parametrize("path", ["recording/list", "get_token"])
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            '{"errcode": 0, "access_token": "access-1", "refresh_token": "refre', id="an answer that is cut off"
        ),
        pytest.param("<p>access-1</p>", id="an echoing page"),
        pytest.param('["access-1", "refresh-1"]', id="a list"),
        pytest.param('{"errcode": -1, "errmsg": "access-1"}', id="an echoing refusal"),
        pytest.param(httpx.ReadTimeout("silence"), id="silence"),
        pytest.param(httpx.ConnectError("refused"), id="no connection"),
    ],
)
async def test_no_secret_can_be_reached_from_an_error(path: str, answer: str | Exception) -> None:
    pbx = StandIn()
    if path == "get_token" and isinstance(answer, str):
        answer = answer.replace('"errmsg": "access-1"', f'"errmsg": "{CLIENT_SECRET}"')
    pbx.set_answers(path, answer if isinstance(answer, Exception) else httpx.Response(200, text=answer))
    with pytest.raises(BotError) as caught:
        async with pbx.open() as client:
            await page(client)
    found = list(reachable(caught.value))
    texts = [str(each) for each in found if isinstance(each, (str, bytes))]
    assert_no_secret("\n".join(texts))
    assert not [each for each in found if isinstance(each, SecretStr)]


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
        options: dict[str, Any] = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "now": pbx.clock.now}
        async with open_pbx(f"http://127.0.0.1:{port}", **options) as client:
            await page(client)
            with pytest.raises(BotError):
                await client.download(614)
    assert pbx.paths == ["get_token", "recording/list", "recording/download", "del_token"]
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
            attributes = vars(each) if hasattr(each, "__dict__") else {}
            seen[id(each)] = f"{each!r} {attributes!r}"
            left += attributes.values()
    return "\n".join(seen.values())


async def test_no_repr_shows_a_secret() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await page(client)
        reprs = everything_in(client)
    assert "SecretStr('**********')" in reprs
    assert_no_secret(reprs)


async def test_after_closing_the_log_is_as_it_was() -> None:
    library = logging.getLogger("httpcore.http11")
    before = list(library.filters)
    async with StandIn().open():
        assert library.filters != before
    assert library.filters == before


def test_the_chain_of_an_error_has_its_causes_and_its_contexts() -> None:
    first, second, third = ValueError("1"), KeyError("2"), OSError("3")
    first.__cause__, first.__context__, second.__context__ = second, None, third
    assert error_chain(first) == [first, second, third]
    third.__context__ = first
    assert error_chain(first) == [first, second, third]
    assert error_chain(third) == [third, first, second]


@pytest.mark.parametrize(
    ("secrets", "text"),
    [
        pytest.param(Secrets(token=SecretStr("access-1")), "bad [hidden], refresh-1", id="a token"),
        pytest.param(Secrets(fields={"refresh_token": SecretStr("refresh-1")}), "bad access-1, [hidden]", id="a field"),
        pytest.param(
            Secrets(token=SecretStr(""), fields={"username": SecretStr("")}),
            "bad access-1, refresh-1",
            id="nothing to hide",
        ),
        pytest.param(Secrets(), "bad access-1, refresh-1", id="no secret at all"),
    ],
)
def test_secrets_in_errmsg_are_redacted(secrets: Secrets, text: str) -> None:
    assert secrets.redact("bad access-1, refresh-1") == text


def test_secrets_are_added_to_a_copy_of_the_request() -> None:
    secrets = Secrets(token=SecretStr("access-1"), fields={"password": SecretStr('ümlaut"')})
    extensions = {SECRETS_KEY: secrets, "timeout": {"read": 10.0}}
    request = httpx.Request("POST", f"{URL}/x?page=1", headers={"User-Agent": "OpenAPI"}, extensions=extensions)
    whole = secrets.add_to(request)
    assert str(whole.url) == f"{URL}/x?page=1&access_token=access-1"
    assert whole.content == b'{"password": "\\u00fcmlaut\\""}'
    assert whole.headers["Content-Length"] == str(len(whole.content))
    assert (whole.headers["User-Agent"], whole.headers["Content-Type"]) == ("OpenAPI", "application/json")
    assert whole.extensions == {"timeout": {"read": 10.0}}
    assert_no_secret(str(request.url))


SAYS_NO = b'{"errcode": -2, "errmsg": "INTERNAL SERVER ERROR"}'


@dataclass
class Appliance:
    """A TLS server that refuses every request."""

    url: str
    heard: list[bytes] = field(default_factory=list)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls") / "shipped.pem")


@asynccontextmanager
async def appliance(certificate: Certificate) -> AsyncIterator[Appliance]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.path)
    there = Appliance("")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there.heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(SAYS_NO) + SAYS_NO)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # who does not trust us hangs up
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    there.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield there
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0.01)  # lets connections that were hung up on end


async def outcome(url: str, *, ca_file: Path | None = None, cert_sha256: str | None = None) -> PbxError:
    options = open_pbx(url, client_id="i", client_secret="s", ca_file=ca_file, cert_sha256=cert_sha256)
    async with options as client:
        with pytest.raises(PbxError) as caught:
            await client.information()
    return caught.value


async def test_a_self_signed_certificate_is_not_trusted(shipped: Certificate) -> None:
    async with appliance(shipped) as there:
        error = await outcome(there.url)
    assert isinstance(error, PbxUntrusted)
    assert error.fingerprint == shipped.fingerprint
    assert f"PBX_CERT_SHA256={shipped.fingerprint}" in str(error)
    assert "PBX_CA_FILE" in str(error)
    assert "self-signed" in str(error)
    assert there.heard == [], "nothing is sent to who is not trusted"


@pytest.mark.parametrize("written", [str, str.lower, lambda text: text.replace(":", "")])
async def test_a_pinned_certificate_is_trusted_whatever_its_name(shipped: Certificate, written: type[str]) -> None:
    async with appliance(shipped) as there:
        error = await outcome(there.url, cert_sha256=written(shipped.fingerprint))
    assert type(error) is PbxRefused
    assert len(there.heard) == 1


async def test_another_certificate_than_the_pinned_one_is_not_trusted(shipped: Certificate) -> None:
    async with appliance(shipped) as there:
        error = await outcome(there.url, cert_sha256="AB" * 32)
    assert isinstance(error, PbxUntrusted)
    assert error.fingerprint == shipped.fingerprint
    assert "not the one pinned" in str(error)
    assert there.heard == []


async def test_a_pin_wins_over_a_ca_file(shipped: Certificate, tmp_path: Path) -> None:
    own = make_certificate(tmp_path / "own.pem", address="127.0.0.1")
    async with appliance(own) as there:
        pinned = await outcome(there.url, ca_file=shipped.path, cert_sha256=own.fingerprint)
        other = await outcome(there.url, ca_file=own.path, cert_sha256=shipped.fingerprint)
    assert (type(pinned), type(other)) == (PbxRefused, PbxUntrusted)


async def test_an_untrusted_certificate_without_a_server_has_no_fingerprint() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = await untrusted_error("127.0.0.1", port, ssl.SSLCertVerificationError(1, "self-signed certificate"))
    assert error.fingerprint is None
    assert str(error) == f"127.0.0.1:{port} shows a certificate that is not trusted: self-signed certificate."


async def test_a_ca_file_verifies_a_certificate_with_the_right_name(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "own.pem", address="127.0.0.1")
    async with appliance(certificate) as there:
        error = await outcome(there.url, ca_file=certificate.path)
    assert type(error) is PbxRefused


async def test_a_ca_file_does_not_verify_a_certificate_with_another_name(shipped: Certificate) -> None:
    async with appliance(shipped) as there:
        error = await outcome(there.url, ca_file=shipped.path)
    assert isinstance(error, PbxUntrusted)
    assert "not valid for '127.0.0.1'" in str(error)
    assert there.heard == []


def test_checks_are_on_by_default() -> None:
    context = tls_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("text", ["AB" * 32, ":".join(["ab"] * 32), " ".join(["Ab"] * 32), f" {'aB' * 32}\n"])
def test_a_fingerprint_may_be_written_in_several_ways(text: str) -> None:
    assert read_fingerprint(text) == "ab" * 32


@pytest.mark.parametrize("text", ["", "AB:CD", "xyz", "AB" * 33, "AB" * 31 + "A", "AB" * 32 + "x", "GB" * 32])
def test_the_error_of_an_invalid_fingerprint_names_the_setting(text: str) -> None:
    with pytest.raises(SettingsError, match="PBX_CERT_SHA256"):
        read_fingerprint(text)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_the_error_of_an_unreadable_ca_file_names_the_setting(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SettingsError, match="PBX_CA_FILE"):
        tls_context(ca_file=path)


@pytest.mark.parametrize("url", ["", "192.168.5.150:8088", "ftp://pbx", "https://", "https://pbx:port"])
def test_the_error_of_an_invalid_base_url_names_the_setting(url: str) -> None:
    with pytest.raises(SettingsError, match="YEASTAR_BASE_URL"):
        read_origin(url)
