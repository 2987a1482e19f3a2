"""Send one request to the PBX: time-outs, retries, TLS trust, and secrets that appear in no log or exception.

The PBX expects its token in the query string. httpx logs URLs and attaches requests to its exceptions, so requests are
built without secrets; `_SecretsTransport` adds them below that place.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import random
import re
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from bot.errors import PbxError, PbxNotUnderstood, PbxUnreachable, PbxUntrusted, SettingsError
from bot.yeastar.errcodes import BUSY, INTERNAL_ERROR
from bot.yeastar.wire import is_incomplete, read_answer

API = "/openapi/v1.0/"
EXAMPLE_URL = "https://192.168.5.150:8088"
USER_AGENT = "OpenAPI"
"""The vendor's example. A request without this header is refused (40002, live). Source: "Get Access Token"."""
TIMEOUT = httpx.Timeout(connect=5.0, read=10.0, write=5.0, pool=5.0)
TRY_SECONDS = 30.0
"""For one try as a whole: a PBX that sends a byte now and then passes every read time-out."""
MAX_ANSWER = 32 * 1024 * 1024
"""Bytes."""
MAX_CONNECTIONS = 8
"""The PBX is a small appliance, and the bot needs few answers at once."""
TRIES = 3
FIRST_PAUSE = 0.3
"""Seconds before the second try. It doubles for each further try, with a jitter of half of it either way."""
SERVER_ERROR = 500
REMOTE_DOMAIN = ".ras.yeastar.com"
"""Of the vendor's remote access, which serves port 443 only. Source: "API Request Overview" (cloud edition)."""
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout)
CONNECTION_LOST = (*NOT_SENT, httpx.NetworkError, httpx.RemoteProtocolError, OSError)

FINGERPRINT_SECONDS = 5.0
FINGERPRINT = re.compile(r"[0-9a-f]{64}")

SECRETS_KEY = "bot.yeastar.secrets"
"""Key of a request's `Secrets` in its extensions."""
TOKEN_IN_URL = re.compile(r"(access_token=)[^&\s'\"<>]+")
HEADER_LOGGER = "httpcore.http11"
"""It logs response headers at DEBUG; a PBX that redirects repeats the whole URL in one of them."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secret part of a request: the token for its query string, the fields of its JSON body."""

    token: SecretStr | None = None
    fields: Mapping[str, SecretStr] = field(default_factory=dict)

    def add_to(self, request: httpx.Request) -> httpx.Request:
        """Return the complete request. The given one is not changed."""
        url, body = request.url, None
        headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"content-length"]
        if self.token is not None:
            url = url.copy_set_param("access_token", self.token.get_secret_value())
        if self.fields:
            body = json.dumps({name: secret.get_secret_value() for name, secret in self.fields.items()}).encode()
            headers.append((b"Content-Type", b"application/json"))
        extensions = {name: value for name, value in request.extensions.items() if name != SECRETS_KEY}
        return httpx.Request(request.method, url, headers=headers, content=body, extensions=extensions)

    def redact(self, text: str) -> str:
        """Return the text without these secrets; the PBX may repeat them in errmsg."""
        for secret in (*self.fields.values(), *([self.token] if self.token else [])):
            if value := secret.get_secret_value():
                text = text.replace(value, "[hidden]")
        return text


class _SecretsTransport(httpx.AsyncBaseTransport):
    """Adds to each request its secrets and sends it."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        secrets: Secrets = request.extensions[SECRETS_KEY]
        return await self._inner.handle_async_request(secrets.add_to(request))

    async def aclose(self) -> None:
        await self._inner.aclose()


class _TemporaryError(Exception):
    """A try that failed in a way that may pass. `error` is raised after so many `tries`."""

    def __init__(self, error: PbxError, *, tries: int = TRIES) -> None:
        super().__init__(str(error))
        self.error = error
        self.tries = tries


class Transport:
    """The HTTP client of one PBX. It stores no secret: each request brings its own.

    The PBX closes the connection after each answer, so every request opens a new one. Source: "API Request Overview".
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
            transport=_SecretsTransport(transport),
            headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
            timeout=TIMEOUT,
            trust_env=False,  # a proxy for the internet does not lead to a PBX in the local network
        )

    async def get(
        self, path: str, *, token: SecretStr, params: Mapping[str, str] | None = None, tries: int = TRIES
    ) -> Mapping[str, Any]:
        """Send a GET. Raises a PbxError.

        Retried after a failed or lost connection, HTTP 5xx and busy errcodes; once after an incomplete answer and -2.
        """
        return await self._send("GET", path, Secrets(token=token), params, tries)

    async def post(self, path: str, fields: Mapping[str, SecretStr]) -> Mapping[str, Any]:
        """Send the fields as JSON. Retried only where the request was surely not sent. Raises a PbxError."""
        return await self._send("POST", path, Secrets(fields=fields), None, TRIES)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def _send(
        self, method: str, path: str, secrets: Secrets, params: Mapping[str, str] | None, tries: int
    ) -> Mapping[str, Any]:
        url = self.origin.copy_with(path=API + path)
        for number in range(tries):
            if number:
                await self._sleep(FIRST_PAUSE * 2 ** (number - 1) * random.uniform(0.5, 1.5))  # noqa: S311 - jitter only
            request = self._http.build_request(method, url, params=params, extensions={SECRETS_KEY: secrets})
            try:
                return await self._try(request, path, secrets)
            except _TemporaryError as temporary:
                failure = temporary.error
                if number + 1 >= temporary.tries:
                    break
            except PbxError as error:
                failure = error
                break
            finally:
                request.extensions.clear()  # exceptions of httpx refer to the request
        drop_tracebacks(failure)  # their frames hold the PBX's answer, which may repeat the token
        raise failure

    async def _try(self, request: httpx.Request, path: str, secrets: Secrets) -> Mapping[str, Any]:
        status, body = await self._receive(request, path)
        if status >= SERVER_ERROR:
            failure = PbxUnreachable(f"The PBX, or the gateway before it, answers {path} with HTTP {status}.")
            raise _TemporaryError(failure) if request.method == "GET" else failure
        try:
            return read_answer(body, request=path, now=self._now(), redact=secrets.redact)
        except PbxNotUnderstood as error:
            not_understood = type(error)(f"{error} (HTTP {status})")
            if is_incomplete(body) and request.method == "GET":
                raise _TemporaryError(not_understood, tries=2) from None
            raise not_understood from None
        except PbxError as error:
            if request.method == "GET" and (error.errcode in BUSY or error.errcode == INTERNAL_ERROR):
                raise _TemporaryError(error, tries=2 if error.errcode == INTERNAL_ERROR else TRIES) from error
            raise

    async def _receive(self, request: httpx.Request, path: str) -> tuple[int, bytes]:
        """Return status and body. Every failure of the connection becomes a PbxError or a _TemporaryError."""
        try:
            async with asyncio.timeout(TRY_SECONDS):
                response = await self._http.send(request, stream=True)
                try:
                    if response.has_redirect_location:
                        raise self._redirect_error(response.headers["Location"], path)
                    body = bytearray()
                    async for chunk in response.aiter_bytes():
                        body += chunk
                        if len(body) > MAX_ANSWER:
                            raise PbxNotUnderstood(f"The PBX answers {path} with more than {MAX_ANSWER} bytes.")
                    return response.status_code, bytes(body)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            drop_tracebacks(error)
            raise PbxUnreachable(f"The PBX did not finish its answer to {path} in {TRY_SECONDS:.0f} s.") from error
        except (httpx.HTTPError, OSError) as error:  # httpx does not wrap a broken TLS record
            drop_tracebacks(error)
            raise await self._connection_error(error, request.method, path) from error

    def _redirect_error(self, location: str, path: str) -> PbxNotUnderstood:
        """Return the error for a redirect. It names scheme, host and port only: the query may hold the token."""
        url = self.origin.join(location)  # httpx has checked that it is a URL
        target = httpx.URL(scheme=url.scheme, host=url.host, port=url.port)
        if target == self.origin:
            return PbxNotUnderstood(f"The PBX answers {path} with a redirect to another of its pages.")
        return PbxNotUnderstood(f"The PBX answers {path}: moved to {target}: set YEASTAR_BASE_URL to it.")

    async def _connection_error(self, error: httpx.HTTPError | OSError, method: str, path: str) -> Exception:
        for cause in error_chain(error):
            if isinstance(cause, ssl.SSLCertVerificationError):
                return await untrusted_error(self.origin.host, self.origin.port or 443, cause)
        if isinstance(error, httpx.DecodingError):
            return PbxNotUnderstood(f"The PBX answers {path} with bytes that do not unpack.")
        reason = f"{type(error).__name__} {error}".strip()
        where = f"{self.origin.host}:{self.origin.port or self.origin.scheme}"
        advice = ""
        if self.origin.host.endswith(REMOTE_DOMAIN) and self.origin.port is not None:
            advice = f": leave out :{self.origin.port} in YEASTAR_BASE_URL, remote addresses have port 443 only"
        failure = PbxUnreachable(f"The PBX at {where} gives no answer to {path} ({reason}){advice}.")
        return (
            _TemporaryError(failure) if isinstance(error, CONNECTION_LOST if method == "GET" else NOT_SENT) else failure
        )


def read_origin(base_url: str) -> httpx.URL:
    """Return scheme, host and port of the PBX. Raises SettingsError."""
    try:
        url = httpx.URL(base_url.strip())
    except httpx.InvalidURL as error:
        raise SettingsError((f"YEASTAR_BASE_URL: cannot be read ({error}). Example: {EXAMPLE_URL}",)) from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise SettingsError((f"YEASTAR_BASE_URL: needs http or https, and a host. Example: {EXAMPLE_URL}",))
    return httpx.URL(scheme=url.scheme, host=url.host, port=url.port)


def network(origin: httpx.URL, *, ca_file: Path | None, cert_sha256: str | None) -> httpx.AsyncHTTPTransport:
    """Return the transport that connects to the PBX. Raises SettingsError, see `tls_context`."""
    secure = origin.scheme == "https"
    limits = httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=0)
    verify = tls_context(ca_file=ca_file, cert_sha256=cert_sha256) if secure else True
    return httpx.AsyncHTTPTransport(verify=verify, trust_env=False, limits=limits)


def tls_context(*, ca_file: Path | None = None, cert_sha256: str | None = None) -> ssl.SSLContext:
    """Return the TLS trust for the PBX: a pinned certificate, else a CA file, else the system's store.

    With a pin the certificate's name and issuer do not matter: the one that appliances ship matches no host name.
    Raises SettingsError when the file or the fingerprint cannot be read.
    """
    if cert_sha256:
        return _pinned_context(read_fingerprint(cert_sha256))
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except OSError as error:
        problem = f"PBX_CA_FILE: {ca_file} holds no certificate that can be read ({error}). Example: /etc/pbx-ca.pem"
        raise SettingsError((problem,)) from error


def read_fingerprint(text: str) -> str:
    """Return a SHA-256 fingerprint as 64 lower-case hex digits without colons and spaces. Raises SettingsError."""
    digits = re.sub(r"[:\s]", "", text).lower()
    if not FINGERPRINT.fullmatch(digits):
        example = ":".join(["AB"] * 4) + ":…"
        raise SettingsError((f"PBX_CERT_SHA256: not the SHA-256 of a certificate, 64 hex digits. Example: {example}",))
    return digits


async def untrusted_error(host: str, port: int, error: ssl.SSLError) -> PbxUntrusted:
    """Return the error for a certificate that failed verification: its fingerprint, and the settings to trust it."""
    fingerprint = await _fetch_fingerprint(host, port)
    reason = getattr(error, "verify_message", "") or error.strerror or "unknown issuer"
    message = f"{host}:{port} shows a certificate that is not trusted: {reason.rstrip('.')}."
    if fingerprint is not None:
        message += (
            f" If this is your PBX, compare the fingerprint with the one its web page shows in a browser and set"
            f" PBX_CERT_SHA256={fingerprint}, or name its issuer's certificate in PBX_CA_FILE."
        )
    return PbxUntrusted(message, fingerprint=fingerprint)


def _pinned_context(fingerprint: str) -> ssl.SSLContext:
    class PinnedConnection(ssl.SSLObject):
        """A connection that ends before its first byte unless the server has the pinned certificate."""

        def do_handshake(self) -> None:
            super().do_handshake()
            actual = hashlib.sha256(self.getpeercert(binary_form=True) or b"").hexdigest()
            if not hmac.compare_digest(actual, fingerprint):
                raise ssl.SSLCertVerificationError(1, "it is not the one pinned in PBX_CERT_SHA256")

    context = _unverified_context()
    context.sslobject_class = PinnedConnection
    return context


def _unverified_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def _fetch_fingerprint(host: str, port: int) -> str | None:
    """Return the fingerprint of the server's certificate as browsers show it, by a handshake that sends no data."""
    try:
        async with asyncio.timeout(FINGERPRINT_SECONDS):
            _, writer = await asyncio.open_connection(host, port, ssl=_unverified_context())
    except (OSError, TimeoutError):
        return None
    try:
        certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.transport.abort()
    return hashlib.sha256(certificate).digest().hex(":").upper() if certificate else None


def drop_tracebacks(error: BaseException) -> None:
    """Remove the tracebacks of an error and its causes: their frames hold whole requests, and some loggers print those.

    The error keeps its type, its message and its causes.
    """
    for each in error_chain(error):
        each.__traceback__ = None


def error_chain(error: BaseException) -> list[BaseException]:
    """Return the error, its causes and its contexts, nearest first. The chain may be a cycle."""
    chain = [error]
    for each in chain:
        for cause in (each.__cause__, each.__context__):
            if cause is not None and cause not in chain:
                chain.append(cause)
    return chain


@contextmanager
def redacted_logs() -> Iterator[None]:
    """Remove tokens from the HTTP library's debug log while the context is open."""

    def redact(record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if "access_token=" in text:
            record.msg, record.args = TOKEN_IN_URL.sub(r"\1[hidden]", text), None
        return True

    logger = logging.getLogger(HEADER_LOGGER)
    logger.addFilter(redact)
    try:
        yield
    finally:
        logger.removeFilter(redact)
