"""HTTP mode: one address for commands and presses, as Slack signs and sends them."""

from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

LARGEST_BODY = 1_000_000
"""Bytes. Slack's largest payloads, a modal's state, are a quarter of that."""


class Unreadable(Exception):
    """Not a request of Slack's."""


def http_app(app: AsyncApp) -> Starlette:
    """`POST /slack/events` for Slack, `GET /healthz` for whoever watches that the process is alive."""

    async def events(request: Request) -> Response:
        try:
            bolt_request = await _read(request)
        except Unreadable:
            return PlainTextResponse("not a request of Slack's", status_code=400)
        return to_starlette_response(await app.async_dispatch(bolt_request))

    return Starlette(
        routes=[Route("/slack/events", events, methods=["POST"]), Route("/healthz", _healthz, methods=["GET"])]
    )


async def _healthz(request: Request) -> Response:  # noqa: ARG001 - a route's signature
    return PlainTextResponse("ok")


async def _read(request: Request) -> AsyncBoltRequest:
    """The request as Bolt wants it. Raises Unreadable.

    Bolt fails with a traceback on a timestamp that is no number and on a signature that is not ASCII. It reads the
    body before it checks the signature, and fails so on bytes that are no UTF-8, on broken JSON, and on JSON that is
    no object.
    """
    timestamp = request.headers.get("x-slack-request-timestamp", "0")
    if not (timestamp.isdecimal() and request.headers.get("x-slack-signature", "").isascii()):
        raise Unreadable
    body = await _body(request)
    try:
        return to_async_bolt_request(request, body)
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        raise Unreadable from error


async def _body(request: Request) -> bytes:
    """The body, no further than Slack's go: it may come in chunks, without a length. Raises Unreadable."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                raise Unreadable
    except ClientDisconnect as gone:
        raise Unreadable from gone
    return bytes(body)
