"""One request to the PBX and its answer: time-outs, tries, and what a failure means."""

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import httpx

from bot.errors import PbxError, PbxNotUnderstood, PbxUnreachable
from bot.yeastar.refusals import BUSY
from bot.yeastar.secrecy import HIDDEN, Hidden, HidingTransport, Secret, chain, without_frames
from bot.yeastar.trust import untrusted
from bot.yeastar.wire import read_answer

API = "/openapi/v1.0/"
USER_AGENT = "OpenAPI"
"""Each call must carry one; this is the vendor's example. Source: "Get Access Token"."""
CONNECT_SECONDS, READ_SECONDS, WRITE_SECONDS, POOL_SECONDS = 5.0, 10.0, 5.0, 5.0
WHOLE_SECONDS = 30.0
"""For one try as a whole: a PBX may send a byte now and then for ever."""
MOST_BYTES = 32 * 1024 * 1024
MOST_CONNECTIONS = 8
"""A small appliance; nobody waits for more than a few answers at once."""
TRIES = 3
FIRST_PAUSE = 0.3
"""Seconds before the second try; doubles, and is spread by half of itself either way."""
SERVER_FAILED = 500

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout)
DROPPED = (*NEVER_SENT, httpx.NetworkError, httpx.RemoteProtocolError, OSError)


class _AgainError(Exception):
    """A try that failed in a way that may pass. `error` is what to raise when it does not."""

    def __init__(self, error: PbxError) -> None:
        super().__init__(str(error))
        self.error = error


class Line:
    """The connection to one PBX. It holds no secret: the token is handed in with each request.

    The PBX closes after each answer, so every request takes a new connection.
    """

    def __init__(
        self,
        origin: httpx.URL,
        transport: httpx.AsyncBaseTransport,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.origin = origin
        self._now = now
        self._sleep = sleep
        self._http = httpx.AsyncClient(
            transport=HidingTransport(transport),
            headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
            timeout=httpx.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS, write=WRITE_SECONDS, pool=POOL_SECONDS),
            trust_env=False,  # a proxy for the world is none for the PBX in the cellar
        )

    async def get(
        self, path: str, *, token: Secret, params: Mapping[str, str] | None = None, tries: int = TRIES
    ) -> Mapping[str, Any]:
        """Ask. Tried again after a failed or dropped connection, HTTP 5xx and busy errcodes. Raises a PbxError."""
        request = self._request("GET", path, Hidden(token=token), params)
        return await self._tried(request, path, tries)

    async def post(self, path: str, fields: Mapping[str, Secret]) -> Mapping[str, Any]:
        """Send the fields as JSON. Tried again only where it was surely never sent. Raises a PbxError."""
        return await self._tried(self._request("POST", path, Hidden(fields=fields), None), path, TRIES)

    async def aclose(self) -> None:
        """Close what is open."""
        await self._http.aclose()

    def _request(self, method: str, path: str, hidden: Hidden, params: Mapping[str, str] | None) -> httpx.Request:
        url = self.origin.copy_with(path=API + path)
        return self._http.build_request(method, url, params=params, extensions={HIDDEN: hidden})

    async def _tried(self, request: httpx.Request, path: str, tries: int) -> Mapping[str, Any]:
        for turn in range(tries):
            if turn:
                await self._sleep(FIRST_PAUSE * 2 ** (turn - 1) * random.uniform(0.5, 1.5))  # noqa: S311 - jitter guards nothing
            try:
                return await self._once(request, path)
            except _AgainError as again:
                failed = again.error
            except PbxError as error:
                failed = error
                break
        without_frames(failed)  # they hold the PBX's answer, which may repeat the token
        raise failed

    async def _once(self, request: httpx.Request, path: str) -> Mapping[str, Any]:
        status, body = await self._carry(request, path)
        if status >= SERVER_FAILED:
            failure = PbxUnreachable(f"The PBX, or the gateway before it, answers {path} with HTTP {status}.")
            raise _AgainError(failure) if request.method == "GET" else failure
        try:
            hidden: Hidden = request.extensions[HIDDEN]
            return read_answer(body, asked=path, now=self._now(), redact=hidden.redact)
        except PbxNotUnderstood as error:
            raise PbxNotUnderstood(f"{error} (HTTP {status})") from None
        except PbxError as error:
            if error.errcode in BUSY and request.method == "GET":
                raise _AgainError(error) from error
            raise

    async def _carry(self, request: httpx.Request, path: str) -> tuple[int, bytes]:
        """Status and body. Every failure of the connection comes out as a PbxError, or as one worth another try."""
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                return await self._exchange(request, path)
        except TimeoutError as error:
            without_frames(error)
            raise PbxUnreachable(f"The PBX did not finish its answer to {path} in {WHOLE_SECONDS:.0f} s.") from error
        except (httpx.HTTPError, OSError) as error:  # a broken TLS record comes up as it is
            without_frames(error)
            raise await self._failure(error, request, path) from error

    async def _exchange(self, request: httpx.Request, path: str) -> tuple[int, bytes]:
        response = await self._http.send(request, stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise PbxNotUnderstood(f"The PBX answers {path} with more than {MOST_BYTES} bytes.")
            return response.status_code, bytes(body)
        finally:
            await response.aclose()

    async def _failure(self, error: httpx.HTTPError | OSError, request: httpx.Request, path: str) -> Exception:
        refused = _tls_refusal(error)
        if refused is not None:
            return await untrusted(self.origin.host, self.origin.port or 443, refused)
        if isinstance(error, httpx.DecodingError):
            return PbxNotUnderstood(f"The PBX answers {path} with bytes that do not unpack.")
        reason = f"{type(error).__name__} {error}".strip()
        where = f"{self.origin.host}:{self.origin.port or self.origin.scheme}"
        failure = PbxUnreachable(f"The PBX at {where} gives no answer to {path} ({reason}).")
        passing = DROPPED if request.method == "GET" else NEVER_SENT
        return _AgainError(failure) if isinstance(error, passing) else failure


def _tls_refusal(error: BaseException) -> ssl.SSLCertVerificationError | None:
    return next((cause for cause in chain(error) if isinstance(cause, ssl.SSLCertVerificationError)), None)
