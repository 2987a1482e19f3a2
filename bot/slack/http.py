"""HTTP mode: one route for everything that Slack sends and signs."""

from collections.abc import Callable

from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

LARGEST_BODY = 1_000_000
"""Bytes. Slack's largest payloads, the states of forms, have a quarter of this."""


class Unreadable(Exception):
    """The request is not from Slack."""


def events_route(current: Callable[[], AsyncApp | None]) -> Route:
    """Return the route `POST /slack/events`, answered by the app that `current` returns at that moment.

    While there is no app, because `auth.test` has not succeeded yet, the answer is 503. Slack then sends events again,
    and tells a person that their command did not work.
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
    """Return the request for Bolt. Raises Unreadable where Bolt would fail with a traceback.

    That is a timestamp that is no number, a signature that is not ASCII, and, because Bolt reads the body before it
    checks the signature, a body that is not UTF-8, broken JSON, and JSON that is no object.
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
    """Return the body, which may come in chunks without a length. Raises Unreadable when it is too large."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                raise Unreadable
    except ClientDisconnect as error:
        raise Unreadable from error
    return bytes(body)
