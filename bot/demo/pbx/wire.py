"""HTTP answers of the PBX stand-in: envelopes, HTML pages, and connections that it cuts."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

HANG_UP = "recordings.hang_up"
"""ASGI extension with which the app closes its connection; only `HangUpProtocol` provides it."""

ERRMSG = {
    -2: "INTERNAL SERVER ERROR",
    -1: "FAILURE",
    0: "SUCCESS",
    1: "PARTIAL SUCCESS",
    10001: "INTERFACE NOT EXISTED",
    10004: "TOKEN EXPIRED",
    10005: "ACCESS DENIED",
    40001: "PARAMETER SYNTAX ERROR",
    40002: "PARAMETER ERROR",
    60001: "DATA NOT FOUND",
    60002: "MAX LIMITATION EXCEEDED",
    70004: "ACCOUNT IP BLOCKED",
    70082: "OVERLOAD_TASK_RUNNING",
    70087: "IP FORBIDDEN",
}
"""Source: P-Series developer guide, "Error Code and Error Message"."""


class Refusal(Exception):
    """An error answer of the PBX. `extra` is added to `errcode` and `errmsg` in the envelope."""

    def __init__(self, errcode: int, errmsg: str = "", **extra: Any) -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.errmsg = errmsg or ERRMSG.get(errcode, "FAILURE")
        self.extra = extra


def bad_parameter(name: str, value: str) -> Refusal:
    """Return a Refusal 40002 with the message of a live PBX."""
    return Refusal(40002, f"The parameter {name} is invalid.", invalid_param_list=[{"value": value}])


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer. It closes its connection, as the PBX does."""

    body: bytes
    content_type: str = "application/json"
    status: int = 200
    cut: bool = False
    """Cut the connection half-way through the body."""
    sent: Callable[[], None] = field(default=_nothing)
    """Called after the answer was sent, or could not be sent."""


def envelope(fields: Mapping[str, Any]) -> Answer:
    """Return the usual JSON of a successful call."""
    return _json({"errcode": 0, "errmsg": ERRMSG[0], **fields})


def refused(refusal: Refusal) -> Answer:
    """Return the usual JSON of a failed call, which also has status 200."""
    return _json({"errcode": refusal.errcode, "errmsg": refusal.errmsg, **refusal.extra})


def page(status: int, title: str) -> Answer:
    """Return an HTML page of the web server or gateway in front of the API."""
    html = (
        f"<html>\r\n<head><title>{status} {title}</title></head>\r\n<body><h1>{status} {title}</h1></body>\r\n</html>"
    )
    return Answer(status=status, content_type="text/html", body=html.encode())


def _json(value: Mapping[str, Any]) -> Answer:
    return Answer(body=json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


class HangUpProtocol(H11Protocol):
    """uvicorn's HTTP protocol, extended so that the app can close the connection before or during an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the base
        """Add the function that closes the connection to each of its scopes."""
        super().connection_made(transport)
        app: Callable[[Any, Any, Any], Awaitable[None]] = self.app

        async def with_hang_up(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {HANG_UP: transport.close}
            await app(scope, receive, send)

        self.app = with_hang_up


@dataclass(frozen=True, slots=True)
class Connection:
    """The server side of one request's connection."""

    scope: Scope
    receive: Receive
    send: Send

    async def answer(self, answer: Answer, *, between_halves: Callable[[], Awaitable[None]] | None = None) -> None:
        """Send the whole answer; `between_halves` is awaited between the two halves of the body."""
        await self.send(_head(answer))
        half = len(answer.body) // 2 if between_halves else 0
        if between_halves:
            await self.send(_part(answer.body[:half], more=True))
            await between_halves()
        await self.send(_part(answer.body[half:], more=False))

    async def cut(self, answer: Answer) -> None:
        """Announce the whole body, send half of it and close the connection."""
        await self.send(_head(answer))
        await self.send(_part(answer.body[: len(answer.body) // 2], more=True))
        await self.hang_up()

    async def hang_up(self) -> None:
        """Close the connection now. Raises ConnectionResetError when it cannot be closed (ASGITransport)."""
        close = self.scope.get("extensions", {}).get(HANG_UP)
        if close is None:
            raise ConnectionResetError("the PBX stand-in hung up")
        close()
        while (await self.receive())["type"] != "http.disconnect":
            pass


def _head(answer: Answer) -> Message:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"connection", b"close"),
    ]
    return {"type": "http.response.start", "status": answer.status, "headers": headers}


def _part(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}
