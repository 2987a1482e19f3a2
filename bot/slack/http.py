"""HTTP mode: one address for commands and presses, as Slack signs and sends them."""

from collections.abc import Callable

from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

LARGEST_BODY = 1_000_000
"""Bytes. Slack's largest payloads, a modal's state, are a quarter of that."""


class Unreadable(Exception):
    """Not a request of Slack's."""


def events_route(current: Callable[[], AsyncApp | None]) -> Route:
    """`POST /slack/events`, answered by the app that `current` tells at that moment.

    While there is none, because Slack has not told yet who we are, the answer is 503 at once, whatever is sent. Slack
    sends events again after it, and tells a person that their command did not work.
    """

    async def events(request: Request) -> Response:
        app = current()
        if app is None:
            return PlainTextResponse("starting", status_code=503)
        try:
            bolt_request = await _read(request)
        except Unreadable:
            return PlainTextResponse("not a request of Slack's", status_code=400)
        return to_starlette_response(await app.async_dispatch(bolt_request))

    return Route("/slack/events", events, methods=["POST"])


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
