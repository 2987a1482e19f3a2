"""Keeps tokens and secrets out of logs, exceptions and reprs, though the PBX wants its token in the query string.

Requests are built without them. What is secret rides beside a request, hidden, and joins it in the transport, below
the place where httpx logs URLs and hangs requests on exceptions.
"""

import hmac
import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

HIDDEN = "bot.yeastar.hidden"
"""The key in a request's extensions under which its hidden part rides."""
TOKEN_IN_TEXT = re.compile(r"(access_token=)[^&\s'\"<>]+")
RESPONSE_LOGGER = "httpcore.http11"
"""Logs response headers at DEBUG; a PBX that redirects repeats the whole URL in one of them."""


class Secret:
    """A text that shows itself only to who asks for it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True, slots=True)
class Hidden:
    """The part of a request that nobody may see: the token for its query string, the fields of its JSON body."""

    token: Secret | None = None
    fields: Mapping[str, Secret] = field(default_factory=dict)

    def join(self, request: httpx.Request) -> httpx.Request:
        """The whole request, as it goes over the wire."""
        url, body = request.url, None
        headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"content-length"]
        if self.token is not None:
            url = url.copy_set_param("access_token", self.token.reveal())
        if self.fields:
            body = json.dumps({name: secret.reveal() for name, secret in self.fields.items()}).encode()
            headers.append((b"Content-Type", b"application/json"))
        extensions = {name: value for name, value in request.extensions.items() if name != HIDDEN}
        return httpx.Request(request.method, url, headers=headers, content=body, extensions=extensions)

    def redact(self, text: str) -> str:
        """The text without any of these secrets, should the PBX have repeated them."""
        for secret in (*self.fields.values(), *([self.token] if self.token else [])):
            if secret.reveal():
                text = text.replace(secret.reveal(), "[hidden]")
        return text


class HidingTransport(httpx.AsyncBaseTransport):
    """Joins each request with its hidden part and hands it on."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the whole request."""
        hidden: Hidden = request.extensions[HIDDEN]
        return await self._inner.handle_async_request(hidden.join(request))

    async def aclose(self) -> None:
        """Close what it hands on to."""
        await self._inner.aclose()


def without_frames(error: BaseException) -> None:
    """Drop the tracebacks of an error and its causes: their frames hold whole requests, and some loggers print those.

    The error keeps its type, its message and its causes.
    """
    for each in chain(error):
        each.__traceback__ = None


def chain(error: BaseException) -> list[BaseException]:
    """The error and what led to it, nearest first. An error that was raised again may stand in its own chain."""
    found: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in found:
        found.append(cause)
        cause = cause.__cause__ or cause.__context__
    return found


class _Redaction(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if "access_token=" in text:
            record.msg, record.args = TOKEN_IN_TEXT.sub(r"\1[hidden]", text), None
        return True


@contextmanager
def redacted_logs() -> Iterator[None]:
    """While it is open, no token stands in the HTTP library's debug log."""
    logger, redaction = logging.getLogger(RESPONSE_LOGGER), _Redaction()
    logger.addFilter(redaction)
    try:
        yield
    finally:
        logger.removeFilter(redaction)
