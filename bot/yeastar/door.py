"""How a client of one PBX is opened and closed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from bot.errors import SettingsError
from bot.yeastar.client import PbxClient
from bot.yeastar.kept import Kept
from bot.yeastar.line import MOST_CONNECTIONS, Line
from bot.yeastar.seal import Seal, TokenStore
from bot.yeastar.secrecy import Secret, redacted_logs
from bot.yeastar.session import Session
from bot.yeastar.timing import Timing
from bot.yeastar.trust import trust

EXAMPLE = "https://192.168.5.150:8088"


def utc_now() -> datetime:
    """The time now, aware, UTC."""
    return datetime.now(UTC)


@asynccontextmanager
async def open_pbx(
    base_url: str,
    *,
    client_id: str,
    client_secret: str,
    ca_file: Path | None = None,
    cert_sha256: str | None = None,
    zone: ZoneInfo | None = None,
    tokens: TokenStore | None = None,
    now: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    transport: httpx.AsyncBaseTransport | None = None,
) -> AsyncIterator[PbxClient]:
    """Open a client, without a request yet; revoke its token at the end.

    `base_url` is scheme, host and port; a path behind them is ignored. `ca_file` and `cert_sha256` say whom to trust
    over HTTPS, see `trust`. `zone` is the PBX's, for recordings that do not tell their offset. `tokens` lets the next
    process take up the token of one that was killed. `transport` stands in for the network.
    Raises SettingsError when the URL, the CA file or the fingerprint cannot be read.
    """
    secret = Secret(client_secret)
    del client_secret  # some loggers print the locals of every frame an error passes
    origin = read_origin(base_url)
    async with AsyncExitStack() as stack:
        stack.enter_context(redacted_logs())
        carrier = transport or _network(origin, ca_file=ca_file, cert_sha256=cert_sha256)
        line = Line(origin, carrier, now=now, sleep=sleep)
        stack.push_async_callback(line.aclose)
        kept = Kept(tokens, Seal(client_id, secret, origin=str(origin)))
        session = Session(line, client_id=client_id, client_secret=secret, kept=kept, now=now)
        stack.push_async_callback(session.aclose)
        client = PbxClient(line, session, Timing(zone, now=now))
        stack.push_async_callback(client.aclose)
        yield client


def read_origin(base_url: str) -> httpx.URL:
    """Scheme, host and port of the PBX. Raises SettingsError."""
    try:
        url = httpx.URL(base_url.strip())
    except httpx.InvalidURL as error:
        raise SettingsError((f"YEASTAR_BASE_URL: cannot be read ({error}). Example: {EXAMPLE}",)) from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise SettingsError((f"YEASTAR_BASE_URL: needs http or https, and a host. Example: {EXAMPLE}",))
    return httpx.URL(scheme=url.scheme, host=url.host, port=url.port)


def _network(origin: httpx.URL, *, ca_file: Path | None, cert_sha256: str | None) -> httpx.AsyncHTTPTransport:
    secure = origin.scheme == "https"
    limits = httpx.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=0)
    verify = trust(ca_file=ca_file, cert_sha256=cert_sha256) if secure else True
    return httpx.AsyncHTTPTransport(verify=verify, trust_env=False, limits=limits)
