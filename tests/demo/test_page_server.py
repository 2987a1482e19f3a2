"""The page as a browser meets it: its address, its files, its stream of changes, and what it keeps out."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.demo.calls import Company
from bot.demo.page import Page, Panel
from bot.demo.page.changes import Changes
from bot.demo.page.server import STATIC
from bot.demo.pbx import PbxStandIn
from bot.demo.slack import SlackStandIn
from bot.demo.slack.staff import demo_world

SOUND = bytes(range(100))


@pytest.fixture
def slack() -> SlackStandIn:
    return SlackStandIn()


@pytest.fixture
def page(slack: SlackStandIn) -> Page:
    return Page(slack, Panel(PbxStandIn(), slack, Company()))


@pytest.fixture
async def browser(page: Page) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(page.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8750") as client:
        yield client


def upload(slack: SlackStandIn, name: str, *, done: bool = True) -> str:
    """A file that a bot has uploaded, and shared when it is `done`."""
    file_id = slack.world.new_id("F")
    told = {"id": file_id, "name": name, "alt_txt": "", "size": len(SOUND), "content": SOUND, "shares": {}}
    slack.world.files[file_id] = {**told, "done": done}
    return file_id


async def test_it_takes_its_port_or_a_free_one(page: Page) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with page.serve(port) as first, page.serve(port) as second:
        assert first == f"http://127.0.0.1:{port}"
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", second)
        assert second != first


async def test_the_stream_tells_each_change_and_ends_with_the_server(page: Page, slack: SlackStandIn) -> None:
    async with httpx.AsyncClient() as browser:
        async with page.serve(0) as url:
            request = browser.build_request("GET", f"{url}/api/changes", params={"user": "U0ANA"})
            answer = await browser.send(request, stream=True)
            lines = answer.aiter_lines()
            first = await anext(lines)
            slack.world.say("C0CALLS", {"text": "news"})
            later = [line async for line in _until_data(lines)]
            left = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - left < 1
        rest = [line async for line in lines]
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (first, later[-1]) == ('data: {"version": 0}', 'data: {"version": 1}')
    assert [line for line in rest if line.startswith("data")] == []


async def _until_data(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    async for line in lines:
        yield line
        if line.startswith("data"):
            return


async def test_a_quiet_stream_shows_that_it_is_alive() -> None:
    stream = Changes(demo_world(lambda: 0.0), heartbeat=0.001).stream()
    assert json.loads((await anext(stream)).removeprefix("data: ")) == {"version": 0}
    assert (await anext(stream)).startswith(":")


async def test_changes_of_one_moment_are_told_as_one() -> None:
    world = demo_world(lambda: 0.0)
    stream = Changes(world).stream()
    await anext(stream)
    for _ in range(100):
        world.changed()
    assert json.loads((await anext(stream)).removeprefix("data: ")) == {"version": 100}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        pytest.param("/", "text/html", id="the page"),
        pytest.param("/static/api.js", "javascript", id="a script"),
        pytest.param("/static/icon.svg", "image/svg+xml", id="a picture"),
        pytest.param("/api/state?user=U0ANA", "application/json", id="the state"),
        pytest.param("/nowhere", "text/plain", id="nothing"),
    ],
)
async def test_every_answer_keeps_the_page_to_itself(browser: httpx.AsyncClient, path: str, kind: str) -> None:
    answer = await browser.get(path)
    assert kind in answer.headers["content-type"]
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/static/../server.py", id="up"),
        pytest.param("/static/%2e%2e/server.py", id="up, encoded"),
        pytest.param("/static/..%2fserver.py", id="up, with an encoded slash"),
        pytest.param("/static//etc/passwd", id="an absolute path"),
        pytest.param("/files/..%2f..%2fserver.py", id="from among the files"),
    ],
)
async def test_nothing_beside_the_pages_files_is_served(page: Page, path: str) -> None:
    assert (STATIC.parent / "server.py").exists()
    async with page.serve(0) as url:
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"  # no client tidies it up
        writer.write(request.encode())
        status = (await reader.read()).split(b"\r\n")[0]
        writer.close()
        await writer.wait_closed()
    assert b" 404 " in status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="this page, by a client that tells no origin"),
        pytest.param({"Origin": "http://127.0.0.1:8750"}, 200, id="this page"),
        pytest.param({"Content-Type": "application/json; charset=utf-8"}, 200, id="with a charset"),
        pytest.param({"Origin": "https://evil.example"}, 403, id="another page"),
        pytest.param({"Origin": "http://127.0.0.1:3000"}, 403, id="another page of this machine"),
        pytest.param({"Origin": "null"}, 403, id="a page in a sandbox"),
        pytest.param({"Host": "evil.example:8750"}, 403, id="a name that was rebound"),
        pytest.param({"Host": "evil.example", "Origin": "http://evil.example"}, 403, id="a rebound page"),
        pytest.param({"Content-Type": "text/plain"}, 415, id="what a form can send"),
        pytest.param({"Content-Type": ""}, 415, id="no type at all"),
    ],
)
async def test_only_this_page_may_act(
    browser: httpx.AsyncClient, slack: SlackStandIn, headers: dict[str, str], status: int
) -> None:
    body = json.dumps({"user": "U0ANA", "channel": "C0CALLS", "text": "hello"})
    answer = await browser.post("/api/say", content=body, headers={"Content-Type": "application/json", **headers})
    assert answer.status_code == status
    assert (answer.json()["error"] is None) == (status == 200)
    assert len(slack.posts("C0CALLS")) == (status == 200)


async def test_a_rebound_name_may_not_even_look(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/api/state?user=U0ANA", headers={"Host": "evil.example"})
    assert answer.status_code == 403


async def test_an_upload_is_played_in_place(browser: httpx.AsyncClient, slack: SlackStandIn) -> None:
    answer = await browser.get(f"/files/{upload(slack, 'call.wav')}")
    assert (answer.status_code, answer.content) == (200, SOUND)
    assert "audio/" in answer.headers["content-type"]
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "status", "sent", "range_told"),
    [
        pytest.param("bytes=10-19", 206, SOUND[10:20], "bytes 10-19/100", id="a part"),
        pytest.param("bytes=90-", 206, SOUND[90:], "bytes 90-99/100", id="to the end"),
        pytest.param("bytes=0-9999", 206, SOUND, "bytes 0-99/100", id="more than there is"),
        pytest.param("bytes=100-", 416, b"", "bytes */100", id="past the end"),
        pytest.param("lines=1-2", 200, SOUND, None, id="what is no part"),
    ],
)
async def test_a_player_may_seek(
    browser: httpx.AsyncClient, slack: SlackStandIn, asked: str, status: int, sent: bytes, range_told: str | None
) -> None:
    answer = await browser.get(f"/files/{upload(slack, 'call.wav')}", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (status, sent)
    assert answer.headers.get("content-range") == range_told


@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "script.js", "unknown"])
async def test_what_could_bring_scripts_is_for_saving(
    browser: httpx.AsyncClient, slack: SlackStandIn, name: str
) -> None:
    answer = await browser.get(f"/files/{upload(slack, name)}")
    assert answer.headers["content-disposition"] == "attachment"


async def test_a_file_not_yet_shared_is_not_there(browser: httpx.AsyncClient, slack: SlackStandIn) -> None:
    for file_id in (upload(slack, "call.wav", done=False), "F0NONE"):
        answer: Any = await browser.get(f"/files/{file_id}")
        assert (answer.status_code, answer.json()) == (404, {"error": f"there is no file {file_id}"})


def test_every_module_is_fetched_at_once() -> None:
    """A browser that finds them one behind the other takes a second to show the page."""
    named = re.findall(r'rel="modulepreload" href="/static/([^"]+)"', (STATIC / "index.html").read_text())
    assert named == sorted(str(path.relative_to(STATIC)) for path in STATIC.rglob("*.js") if path.name != "main.js")
