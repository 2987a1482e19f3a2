"""Serving: a server that is up inside its block and gone after it."""

import signal
import socket

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.serving import serving


async def _hello(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


APP = Starlette(routes=[Route("/", _hello)])


async def _get(port: int) -> str:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(f"http://127.0.0.1:{port}/")).text


async def test_it_answers_inside_the_block_and_not_after_it() -> None:
    async with serving(APP) as port:
        assert await _get(port) == "hello"
    with pytest.raises(httpx.ConnectError):
        await _get(port)


async def test_the_port_is_free_again_at_once() -> None:
    async with serving(APP) as port:
        pass
    async with serving(APP, port=port) as again:
        assert again == port
        assert await _get(port) == "hello"


async def test_a_taken_port_is_an_error_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        async with serving(APP, port=taken.getsockname()[1]):
            pass


async def test_two_servers_stand_side_by_side() -> None:
    async with serving(APP) as one, serving(APP) as other:
        assert one != other
        assert [await _get(one), await _get(other)] == ["hello", "hello"]


async def test_an_error_inside_the_block_stops_the_server() -> None:
    seen = 0
    with pytest.raises(LookupError):
        async with serving(APP) as seen:
            raise LookupError
    with pytest.raises(httpx.ConnectError):
        await _get(seen)


async def test_signals_stay_with_whoever_opened_it() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    async with serving(APP):
        assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
