"""What the PBX client's tests stand on: a small PBX behind `httpx.MockTransport`, a clock, and the vendor's rows."""

import asyncio
import json
import selectors
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from bot.yeastar import PbxClient, open_pbx

URL = "https://192.168.5.150:8088"
CLIENT_ID, CLIENT_SECRET = "client-id-of-32-characters-------", "s3cret-of-32-characters----------"
START = datetime(2026, 11, 24, 12, tzinfo=UTC)

VENDORS_ROWS: list[dict[str, Any]] = [
    {
        "id": 614,
        "time": "01/12/2022 17:36:24",
        "uid": "2022011217362446627",
        "call_from": "Evelyn<5566>",
        "call_to": "Dave Harris<5556>",
        "duration": 0,
        "size": 825588,
        "call_type": "Internal",
        "file": "20220112173629-1641980184.14-5566-5556-Internal.wav",
    },
    {
        "id": 615,
        "time": "01/13/2022 14:09:04",
        "uid": "202201131409043E81A",
        "call_from": "Leo Ball<5555>",
        "call_to": "Dave Harris<5556>",
        "duration": 0,
        "size": 4148,
        "call_type": "Internal",
        "file": "20220113140906-1642054144.17-5555-5556-Internal.wav",
    },
    {
        "id": 618,
        "time": "01/25/2022 14:32:06",
        "uid": "202201251432063097C",
        "call_from": "Leo Ball<5555>",
        "call_to": "Dave Harris<5556>",
        "duration": 0,
        "size": 177588,
        "call_type": "Internal",
        "file": "20220125143212-1643092326.23-5555-5556-Internal.wav",
    },
]


def row(id_: int, **facts: Any) -> dict[str, Any]:
    """The vendor's first row with another id."""
    return {**VENDORS_ROWS[0], "id": id_, **facts}


@dataclass
class FakeClock:
    """Time that passes only when somebody sleeps or the test moves it."""

    time: datetime = START
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def advance(self, **span: float) -> None:
        self.time += timedelta(**span)


class StandIn:
    """Hands out tokens and lists `rows`; `answers` replaces what an endpoint answers, by its path."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        self.clock = clock or FakeClock()
        self.rows: list[dict[str, Any]] = list(VENDORS_ROWS)
        self.answers: dict[str, Callable[[httpx.Request], httpx.Response]] = {}
        self.requests: list[httpx.Request] = []
        self.tokens: dict[str, datetime] = {}
        self.made = 0
        self.most_rows = 10_000

    def open(self, **options: Any) -> AbstractAsyncContextManager[PbxClient]:
        """A client of this PBX."""
        usual: dict[str, Any] = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "now": self.clock.now,
            "sleep": self.clock.sleep,
            "transport": httpx.MockTransport(self.answer),
        }
        return open_pbx(options.pop("base_url", URL), **{**usual, **options})

    def set_answers(self, path: str, *answers: Any) -> None:
        """Give these answers there, one a request, the last one for ever: a dict, a Response, or an error to raise."""
        left = list(answers)

        def next_answer(request: httpx.Request) -> httpx.Response:
            answer = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(answer, Exception):
                raise answer
            return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

        self.answers[path] = next_answer

    @property
    def paths(self) -> list[str]:
        """The paths of all requests so far."""
        return [path_of(request) for request in self.requests]

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = path_of(request)
        if path in self.answers:
            return self.answers[path](request)
        return httpx.Response(200, json=self._answer(path, request))

    def _answer(self, path: str, request: httpx.Request) -> dict[str, Any]:
        if path in {"get_token", "refresh_token"}:
            return self._token(json.loads(request.content))
        token = request.url.params.get("access_token", "")
        if self.clock.time >= self.tokens.get(token, datetime.min.replace(tzinfo=UTC)):
            return {"errcode": 10004, "errmsg": "TOKEN EXPIRED"}
        if path == "recording/list":
            return self._list(request.url.params)
        return {"errcode": 0, "errmsg": "SUCCESS"} if path == "del_token" else {"errcode": 10001}

    def _token(self, fields: dict[str, str]) -> dict[str, Any]:
        if "username" in fields and fields != {"username": CLIENT_ID, "password": CLIENT_SECRET}:
            return {"errcode": 20002, "errmsg": "INVALID"}
        if "refresh_token" in fields and fields["refresh_token"] != f"refresh-{self.made}":
            return {"errcode": 10004, "errmsg": "TOKEN EXPIRED"}
        self.made += 1
        self.tokens[f"access-{self.made}"] = self.clock.time + timedelta(seconds=1800)
        return {
            "errcode": 0,
            "errmsg": "SUCCESS",
            "access_token": f"access-{self.made}",
            "access_token_expire_time": 1800,
            "refresh_token": f"refresh-{self.made}",
            "refresh_token_expire_time": 86400,
        }

    def _list(self, params: httpx.QueryParams) -> dict[str, Any]:
        size = min(int(params["page_size"]), self.most_rows)
        rows = sorted(self.rows, key=lambda row: int(row["id"]), reverse=params["order_by"] == "desc")
        first = (int(params["page"]) - 1) * size
        return {"errcode": 0, "errmsg": "SUCCESS", "total_number": len(rows), "data": rows[first : first + size]}


class Gate(httpx.AsyncBaseTransport):
    """Carries requests to a PBX, and holds back the first one to `path` until it is opened."""

    def __init__(self, pbx: StandIn, path: str) -> None:
        self._pbx = pbx
        self._path = path
        self._opened = asyncio.Event()
        self.reached = asyncio.Event()
        """Set once the waiting request has come."""

    def open(self) -> None:
        """Let the waiting request through. The PBX answers it now."""
        self._opened.set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if path_of(request) == self._path and not self.reached.is_set():
            self.reached.set()
            await self._opened.wait()
        return self._pbx.answer(request)


class QuickLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to the next timer as soon as nobody else has anything to do."""

    def __init__(self) -> None:
        self.skipped = 0.0
        loop = self

        class Selector(selectors.DefaultSelector):
            def select(self, timeout: float | None = None) -> Any:
                ready = super().select(0)
                if not ready and timeout:
                    loop.skipped += timeout
                return ready

        super().__init__(Selector())

    def time(self) -> float:
        return super().time() + self.skipped


def seconds_for(work: Coroutine[Any, Any, None]) -> float:
    """How many seconds this waits for timers, without waiting for them."""
    with asyncio.Runner(loop_factory=QuickLoop) as runner:
        runner.run(work)
        loop = runner.get_loop()
        assert isinstance(loop, QuickLoop)
        return loop.skipped


async def turns() -> None:
    """Let every task run until it waits for something."""
    for _ in range(50):
        await asyncio.sleep(0)


def path_of(request: httpx.Request) -> str:
    """The endpoint of a request."""
    return request.url.path.removeprefix("/openapi/v1.0/")


def token_of(request: httpx.Request) -> str:
    """The token a request came with."""
    return str(request.url.params.get("access_token", ""))
