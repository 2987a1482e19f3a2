"""The client of one PBX: recordings, downloads, extensions and the PBX's description of itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import httpx
import structlog
from pydantic import SecretStr

from bot.domain.extension import Extension
from bot.domain.query import Order, Sort
from bot.domain.recording import Recording, RecordingPage
from bot.errors import PbxForbidden, PbxNotFound, PbxNotUnderstood, PbxRefused
from bot.single_flight import SingleFlight
from bot.yeastar.errcodes import INTERFACE_NOT_EXISTED, TOKEN_EXPIRED
from bot.yeastar.time import ClockFacts, TimedRows, add_start_times
from bot.yeastar.token import EncryptedTokens, TokenProvider, TokenStore
from bot.yeastar.transport import Transport, network, read_origin, redacted_logs
from bot.yeastar.wire import (
    BadRow,
    Download,
    ExtensionPage,
    Information,
    Page,
    read_download,
    read_extensions,
    read_information,
    read_page,
)

LIST, SEARCH, DOWNLOAD, EXTENSIONS, INFORMATION = (
    "recording/list",
    "recording/search",
    "recording/download",
    "extension/list",
    "system/information",
)
PAGE_SIZE = 100
MAX_EXTENSION_PAGES = 200
"""For a list without an end: 20,000 extensions, several times what the largest model has."""
MAX_STEPS = 40
"""Of a binary search: enough for any list of 64-bit ids, and an end for a list whose total is wrong."""
MAX_LOGGED_ROWS = 1000
CLOCK_VALID = timedelta(hours=1)
"""Then the PBX is asked for its clock again: summer time may have begun, or the format may have changed."""

log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """Return the time now, aware, UTC."""
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
) -> AsyncIterator["PbxClient"]:
    """Open a client, without a request yet; revoke its token at the end.

    `base_url` is scheme, host and port; a path behind them is ignored. `ca_file` and `cert_sha256` set the TLS trust,
    see `tls_context`. `zone` is the PBX's, for recordings without a known offset. `tokens` lets the next process use
    the token of one that was killed. `transport` replaces the network in tests.
    Raises SettingsError when the URL, the CA file or the fingerprint cannot be read.
    """
    secret = SecretStr(client_secret)
    del client_secret  # some loggers print the locals of every frame that an error passes
    origin = read_origin(base_url)
    async with AsyncExitStack() as stack:
        stack.enter_context(redacted_logs())
        inner = transport or network(origin, ca_file=ca_file, cert_sha256=cert_sha256)
        http = Transport(origin, inner, now=now, sleep=sleep)
        stack.push_async_callback(http.aclose)
        saved = EncryptedTokens(tokens, client_id=client_id, client_secret=secret, origin=str(origin))
        provider = TokenProvider(http, saved, client_id=client_id, client_secret=secret, now=now)
        stack.push_async_callback(provider.aclose)
        client = PbxClient(http, provider, zone=zone, now=now)
        stack.push_async_callback(client.aclose)
        yield client


class PbxClient:
    """One PBX. Opened by `open_pbx`. Every method raises a `PbxError`.

    After PbxLoginRefused every later call raises the same error without a request.
    """

    def __init__(
        self, transport: Transport, tokens: TokenProvider, *, zone: ZoneInfo | None, now: Callable[[], datetime]
    ) -> None:
        self._transport = transport
        self._tokens = tokens
        self._clock = _PbxClock(zone, self.information, self._extension_page, now=now)
        self._requests: SingleFlight[tuple[tuple[str, str], ...], RecordingPage] = SingleFlight()
        self._download_lock = asyncio.Lock()
        self._last_total = 0
        self._logged_rows: set[int] = set()

    @property
    def token_until(self) -> datetime | None:
        """When the current access token expires; None without one."""
        return self._tokens.expires_at

    async def recordings(self, *, page: int, size: int, sort: Sort, order: Order) -> RecordingPage:
        """Return one page of the list, pages from 1, as the PBX sorts it. Empty behind the last page.

        Concurrent callers with the same arguments share one request.
        """
        return await self._page(LIST, _paging(page, size, sort, order))

    async def recording(self, recording_id: int) -> Recording:
        """Return one recording. Raises PbxNotFound.

        Firmware without recording/search answers 10001, and some ignores `ids`: then the list is searched by id.
        Source: "Search Specific Recording".
        """
        params = _paging(1, 1, Sort.ID, Order.DESC) | {"ids": str(recording_id)}
        try:
            found = (await self._page(SEARCH, params)).rows
        except PbxRefused as error:
            if error.errcode != INTERFACE_NOT_EXISTED:
                raise
            return await find_in_list(self.recordings, recording_id)
        for row in found:
            if row.id == recording_id:
                return row
        if found:
            return await find_in_list(self.recordings, recording_id)
        raise PbxNotFound(f"The PBX has no recording {recording_id}.")

    async def download(self, recording_id: int) -> Download:
        """Return the link to the audio. Raises PbxNotFound if the recording or its file is deleted.

        One request at a time: a PBX that records MP3 refuses a second one. Source: "Download a Recording File".
        """
        async with self._download_lock:
            answer = await self._get(DOWNLOAD, {"id": str(recording_id)})
        return read_download(answer, origin=str(self._transport.origin), request=f"{DOWNLOAD} of {recording_id}")

    async def extensions(self) -> tuple[Extension, ...]:
        """Return every extension. Raises PbxForbidden when the application may not see them.

        The end is an empty page, a page without a new extension, or `total_number` rows: a page may be shorter than
        requested (live). Source: "Query Extension List".
        """
        found: dict[str, Extension] = {}
        row_count = 0
        for number in range(1, MAX_EXTENSION_PAGES + 1):
            page = await self._extension_page(number)
            new = {row.number: row for row in page.rows if row.number not in found}
            found |= new
            row_count += page.row_count
            if not new or (page.total is not None and row_count >= page.total):
                break
        return tuple(found.values())

    async def information(self) -> Information:
        """Return model, firmware and clock."""
        return read_information(await self._get(INFORMATION, {}), request=INFORMATION)

    async def aclose(self) -> None:
        """Cancel requests in flight."""
        await self._requests.close()

    async def _extension_page(self, page: int) -> ExtensionPage:
        try:
            answer = await self._get(EXTENSIONS, {"page": str(page), "page_size": str(PAGE_SIZE)})
        except PbxNotFound:
            return ExtensionPage()  # 60001: some firmware answers it for an empty page
        return read_extensions(answer, request=EXTENSIONS)

    async def _page(self, path: str, params: Mapping[str, str]) -> RecordingPage:
        key = (("path", path), *params.items())
        return await self._requests.share(key, lambda: self._fetch_page(path, params))

    async def _fetch_page(self, path: str, params: Mapping[str, str]) -> RecordingPage:
        try:
            page = read_page(await self._get(path, params), request=path)
        except PbxNotFound:
            page = Page(())  # 60001: some firmware answers it for an empty page
        self._log_bad_rows(page.bad)
        rows = await self._clock.add_start_times(page.rows)
        total = _total(page, params, last=self._last_total if path == LIST else 0)
        if path == LIST:
            self._last_total = total
        return RecordingPage(rows=rows, total=total, skipped=len(page.bad))

    async def _get(self, path: str, params: Mapping[str, str]) -> Mapping[str, Any]:
        """Send a request; once more with a new token when the PBX calls the token expired."""
        token = await self._tokens.get()
        try:
            answer = await self._transport.get(path, token=token, params=params)
        except PbxRefused as error:
            if error.errcode != TOKEN_EXPIRED:
                raise
            token = await self._tokens.replace(token)
            try:
                answer = await self._transport.get(path, token=token, params=params)
            except PbxRefused as second:
                if second.errcode == TOKEN_EXPIRED:
                    self._tokens.rejected(token, second)
                raise
        self._tokens.accepted()
        return answer

    def _log_bad_rows(self, bad: Sequence[BadRow]) -> None:
        for row in bad:
            if row.key not in self._logged_rows and len(self._logged_rows) < MAX_LOGGED_ROWS:
                self._logged_rows.add(row.key)
                log.warning("row_skipped", index=row.index, problem=row.problem)


def _paging(page: int, size: int, sort: Sort, order: Order) -> dict[str, str]:
    return {"page": str(page), "page_size": str(size), "sort_by": str(sort), "order_by": str(order)}


def _total(page: Page, params: Mapping[str, str], *, last: int) -> int:
    """Return the PBX's total; where it sends none, the rows up to here, or the last total."""
    row_count = len(page.rows) + len(page.bad)
    if page.total is not None:
        return max(page.total, row_count)
    before = (int(params["page"]) - 1) * int(params["page_size"])
    if before == 0:
        return row_count
    return max(last, before + row_count if row_count else 0)


class RecordingList(Protocol):
    """`PbxClient.recordings`."""

    async def __call__(self, *, page: int, size: int, sort: Sort, order: Order) -> RecordingPage:
        """Return one page."""


async def find_in_list(recordings: RecordingList, recording_id: int) -> Recording:
    """Find a recording by binary search over the list, the newest page first. Raises PbxNotFound."""
    fetch = partial(recordings, size=PAGE_SIZE, sort=Sort.ID, order=Order.DESC)
    listing = await fetch(page=1)
    size = listing.read or PAGE_SIZE  # the PBX may send fewer rows a page than requested
    low, high, page = 1, -(-listing.total // size), 1
    for _ in range(MAX_STEPS):
        ids = [row.id for row in listing.rows]
        if recording_id in ids:
            return listing.rows[ids.index(recording_id)]
        low, high = (page + 1, high) if ids and recording_id < min(ids) else (low, page - 1)
        if low > high:
            break
        page = (low + high) // 2
        listing = await fetch(page=page)
    for row in (await fetch(page=low)).rows:  # calls that came meanwhile push rows to the next page
        if row.id == recording_id:
            return row
    raise PbxNotFound(f"The PBX has no recording {recording_id}.")


class _PbxClock:
    """Adds `started_at` to rows. It fetches the PBX's clock at most once an hour, and only when a row needs it.

    The offset of a PBX that does not send its clock is that of most of its extensions.
    Each problem with the clock is logged once.
    """

    def __init__(
        self,
        zone: ZoneInfo | None,
        fetch_information: Callable[[], Awaitable[Information]],
        fetch_extensions: Callable[[int], Awaitable[ExtensionPage]],
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._zone = zone
        self._fetch_information = fetch_information
        self._fetch_extensions = fetch_extensions
        self._now = now
        self._facts = ClockFacts(zone=zone)
        self._valid_until: datetime | None = None
        self._warnings: set[str] = set()

    async def add_start_times(self, rows: Sequence[Recording]) -> tuple[Recording, ...]:
        """Return the rows with their times.

        Raises PbxUnreachable when the clock is needed and the PBX does not answer: a wrong time would be stored.
        """
        if self._valid_until is not None and self._now() >= self._valid_until:
            self._facts, self._valid_until = ClockFacts(zone=self._zone), None
        result: TimedRows = add_start_times(rows, self._facts)
        if result.guessed and self._valid_until is None:
            await self._fetch()
            result = add_start_times(rows, self._facts)
        if result.guessed:
            self._warn("pbx_time_guessed", remedy="set PBX_TIMEZONE")
        if result.conflict:
            self._warn("pbx_times_disagree", problem=result.conflict)
        return result.rows

    async def _fetch(self) -> None:
        try:
            information = await self._fetch_information()
        except (PbxRefused, PbxForbidden, PbxNotFound, PbxNotUnderstood) as error:
            self._warn("pbx_clock_not_told", problem=str(error))
            information = Information()
        offset = information.offset
        if offset is None and self._zone is None:
            with suppress(PbxRefused, PbxForbidden, PbxNotUnderstood):
                offset = (await self._fetch_extensions(1)).offset
        self._facts = ClockFacts(zone=self._zone, offset=offset, day_first=information.day_first)
        self._valid_until = self._now() + CLOCK_VALID

    def _warn(self, event: str, **fields: str) -> None:
        if event not in self._warnings:
            self._warnings.add(event)
            log.warning(event, **fields)
