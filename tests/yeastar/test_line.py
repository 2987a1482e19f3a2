import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import respx

from bot.domain.query import Order, Sort
from bot.errors import PbxError, PbxNotUnderstood, PbxRefused, PbxUnreachable
from bot.yeastar import open_pbx
from bot.yeastar.line import MOST_BYTES
from tests.yeastar.stand_in import URL, Monitor, StandIn, seconds_for

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
    ],
)
async def test_what_may_pass_is_tried_three_times(trouble: Any) -> None:
    pbx = StandIn()
    pbx.says("recording/list", trouble, trouble, LISTED)
    await ask(pbx)
    assert pbx.asked.count("recording/list") == 3
    first, second = pbx.watch.slept
    assert 0.15 <= first <= 0.45
    assert 0.3 <= second <= 0.9

    pbx.says("recording/list", trouble)
    pbx.requests.clear()
    with pytest.raises(PbxError) as caught:
        await ask(pbx)
    assert type(caught.value) is (PbxRefused if isinstance(trouble, dict) else PbxUnreachable)
    assert pbx.asked.count("recording/list") == 3


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        pytest.param(httpx.ReadTimeout(""), PbxUnreachable, id="silence"),
        pytest.param(httpx.PoolTimeout(""), PbxUnreachable, id="too many at once"),
        pytest.param(httpx.Response(499, json=LISTED | {"errcode": -1}), PbxRefused, id="a no with HTTP 499"),
        pytest.param({"errcode": -1, "errmsg": "FAILURE"}, PbxRefused, id="a plain no"),
        pytest.param({"errcode": 40002}, PbxRefused, id="a wrong parameter"),
        pytest.param(httpx.Response(404, text="<html>"), PbxNotUnderstood, id="a web page"),
        pytest.param(httpx.Response(302, headers={"Location": URL}), PbxNotUnderstood, id="a redirect"),
        pytest.param(
            httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip")),
            PbxNotUnderstood,
            id="no gzip",
        ),
        pytest.param(httpx.Response(200, content=b" " * (MOST_BYTES + 1)), PbxNotUnderstood, id="too much"),
    ],
)
async def test_what_will_not_pass_is_not_tried_again(trouble: Any, kind: type[PbxError]) -> None:
    pbx = StandIn()
    pbx.says("recording/list", trouble)
    with pytest.raises(PbxError, match="recording/list") as caught:
        await ask(pbx)
    assert type(caught.value) is kind
    assert pbx.asked.count("recording/list") == 1
    assert pbx.watch.slept == []


async def test_an_answer_that_is_not_understood_tells_its_http_status() -> None:
    pbx = StandIn()
    pbx.says("recording/list", httpx.Response(404, text="<html>"))
    with pytest.raises(PbxNotUnderstood, match=r"a web page.*\(HTTP 404\)"):
        await ask(pbx)


async def test_the_pauses_of_many_bots_are_spread() -> None:
    pbx = StandIn()
    pbx.says("recording/list", BUSY)
    for _ in range(5):
        with pytest.raises(PbxRefused):
            await ask(pbx)
    assert len(set(pbx.watch.slept)) == 10


def test_an_answer_that_never_ends_is_given_up_after_30_seconds() -> None:
    """A byte now and then passes every time-out between two of them."""

    async def bytes_for_ever() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(4)

    async def given_up() -> None:
        pbx = StandIn()
        pbx.says("recording/list", httpx.Response(200, content=bytes_for_ever()))
        with pytest.raises(PbxUnreachable, match="did not finish its answer to recording/list"):
            await ask(pbx)
        assert pbx.asked.count("recording/list") == 1

    assert seconds_for(given_up()) == pytest.approx(30, abs=0.5)


async def test_the_connection_of_an_answer_that_breaks_off_is_let_go() -> None:
    class Broken(httpx.AsyncByteStream):
        closed = False

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"no gzip"

        async def aclose(self) -> None:
            self.closed = True

    pbx, broken = StandIn(), Broken()
    pbx.says("recording/list", httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=broken))
    with pytest.raises(PbxNotUnderstood):
        await ask(pbx)
    assert broken.closed


@pytest.mark.parametrize(
    ("base_url", "where"),
    [("http://pbx.local", "pbx.local:http"), ("https://pbx.local", "pbx.local:https"), (URL, "192.168.5.150:8088")],
)
async def test_who_gives_no_answer_is_told(base_url: str, where: str) -> None:
    pbx = StandIn()
    pbx.says("get_token", httpx.ReadTimeout(""))
    async with pbx.open(base_url=base_url) as client:
        with pytest.raises(PbxUnreachable, match=f"The PBX at {where} gives no answer to get_token"):
            await client.information()


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
    pbx.says("get_token", trouble)
    with pytest.raises(PbxError, match="get_token"):
        await ask(pbx)
    assert pbx.asked == ["get_token"] * tries


async def test_every_request_names_its_agent_and_its_time_outs() -> None:
    pbx = StandIn()
    await ask(pbx)
    assert pbx.asked == ["get_token", "recording/list", "del_token"]
    for request in pbx.requests:
        assert request.headers["User-Agent"] == "OpenAPI"
        assert request.extensions["timeout"] == {"connect": 5.0, "read": 10.0, "write": 5.0, "pool": 5.0}
    assert pbx.requests[0].headers["Content-Type"] == "application/json"
    assert int(pbx.requests[0].headers["Content-Length"]) == len(pbx.requests[0].content)


@respx.mock
async def test_silence_is_unreachable() -> None:
    respx.post(f"{URL}/openapi/v1.0/get_token").mock(side_effect=httpx.ConnectTimeout)
    watch = Monitor()
    async with open_pbx(URL, client_id="i", client_secret="s", sleep=watch.sleep) as client:
        with pytest.raises(PbxUnreachable, match=r"192\.168\.5\.150:8088 gives no answer to get_token"):
            await client.information()
    assert len(watch.slept) == 2


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


async def test_plain_http_is_spoken_where_it_is_asked_for() -> None:
    pbx = StandIn()
    async with pbx.open(base_url="http://pbx.local") as client:
        await client.recordings(page=1, size=10, sort=Sort.ID, order=Order.DESC)
    assert str(pbx.requests[0].url) == "http://pbx.local/openapi/v1.0/get_token"
