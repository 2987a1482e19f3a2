"""Protection of the page's server against other pages in the same browser."""

import json

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HERE = ("127.0.0.1", "localhost")
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""The page makes no request to another server, is not shown in a frame, and is not cached."""


class Guard:
    """ASGI middleware that accepts only requests of the page itself, and adds `HEADERS` to every answer.

    It answers 403 to a `Host` that is not this machine (DNS rebinding) and to a POST with another page's `Origin`. It
    answers 415 to a POST without `application/json`, which another page could send without a preflight request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = _refusal(scope["method"], Headers(scope=scope))
        if refusal is None:
            await self._app(scope, receive, send_guarded)
        else:
            await _refuse(send_guarded, *refusal)


def _refusal(method: str, headers: Headers) -> tuple[int, str] | None:
    host = headers.get("host", "")
    if host.partition(":")[0] not in HERE:
        return 403, "this page is served to this machine alone"
    if method != "POST":
        return None
    if headers.get("origin", f"http://{host}") != f"http://{host}":
        return 403, "another page may not act here"
    if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return 415, "send application/json"
    return None


async def _refuse(send: Send, status: int, why: str) -> None:
    body = json.dumps({"error": why}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
