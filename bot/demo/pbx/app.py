"""The PBX stand-in's ASGI application: it logs every request and simulates faults of the connection."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NamedTuple

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from bot.demo.pbx.faults import Faults
from bot.demo.pbx.wire import Answer, Connection, page

MOST_NOTED = 10_000
"""Maximum number of logged requests; older ones are deleted, so that a demo can run for weeks."""


class LoggedRequest(NamedTuple):
    """One received request."""

    method: str
    path: str
    params: dict[str, str]
    """The query, without the access token."""


class PbxApp:
    """ASGI application that logs requests, applies the connection's faults, and sends what `answer` returns."""

    def __init__(self, faults: Faults, answer: Callable[[Request], Awaitable[Answer]]) -> None:
        self.requests: list[LoggedRequest] = []
        self.counts: Counter[str] = Counter()
        self._faults = faults
        self._answer = answer
        self._answers = 0
        self._closing = asyncio.Event()

    def open(self) -> None:
        """Prepare for requests when the server starts."""
        self._closing = asyncio.Event()

    def close(self) -> None:
        """End all waiting requests when the server stops."""
        self._closing.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or fail in the way that `Faults` sets."""
        request = Request(scope, receive)
        self._note(request)
        line = Connection(scope, receive, send)
        if not self._faults.touches(request.url.path):
            await self._send(line, await self._answer(request))
            return
        await self._wait(self._faults.hang_seconds)
        if self._faults.down or self._closing.is_set():
            await line.hang_up()
            return
        await self._send_badly(line, await self._spoilt(request))

    def _note(self, request: Request) -> None:
        params = {name: value for name, value in request.query_params.items() if name != "access_token"}
        self.requests.append(LoggedRequest(request.method, request.url.path, params))
        self.counts[request.url.path] += 1
        if len(self.requests) > MOST_NOTED:
            del self.requests[: MOST_NOTED // 2]

    async def _spoilt(self, request: Request) -> Answer:
        if self._faults.html_502:
            return page(502, "Bad Gateway")
        answer = await self._answer(request)
        if self._faults.cut_json and answer.content_type == "application/json":
            return Answer(body=answer.body[: len(answer.body) // 2], sent=answer.sent)
        return answer

    async def _send_badly(self, line: Connection, answer: Answer) -> None:
        self._answers += 1
        dropped = self._faults.drop_every and self._answers % self._faults.drop_every == 0
        await self._send(line, answer, cut=bool(dropped), slow_seconds=self._faults.slow_seconds)

    async def _send(self, line: Connection, answer: Answer, *, cut: bool = False, slow_seconds: float = 0) -> None:
        try:
            if cut or answer.cut:
                await line.cut(answer)
            elif slow_seconds:
                await line.answer(answer, between_halves=lambda: self._wait(slow_seconds))
            else:
                await line.answer(answer)
        finally:
            answer.sent()

    async def _wait(self, seconds: float) -> None:
        """Wait for this time, or until the server stops."""
        if seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), seconds)
