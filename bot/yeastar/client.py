"""The PBX as the bot asks it: listings, searches, one recording, its download, extensions, the PBX's own facts."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from bot.domain.extension import Extension
from bot.domain.query import Order, Sort
from bot.domain.recording import Recording, RecordingPage
from bot.errors import PbxNotFound, PbxRefused
from bot.single_flight import SingleFlight
from bot.yeastar.extensions import ExtensionPage, every_extension, read_extensions
from bot.yeastar.line import Line
from bot.yeastar.refusals import INTERFACE_NOT_EXISTED, TOKEN_EXPIRED
from bot.yeastar.rows import BadRow
from bot.yeastar.session import Session
from bot.yeastar.timing import Timing
from bot.yeastar.walk import find, pages
from bot.yeastar.wire import Download, Information, Page, read_download, read_information, read_page

LIST, SEARCH, DOWNLOAD, EXTENSIONS, INFORMATION = (
    "recording/list",
    "recording/search",
    "recording/download",
    "extension/list",
    "system/information",
)
PAGE_SIZE = 100
MOST_MARKS = 1000
"""Bad rows remembered as logged."""

log = structlog.get_logger(__name__)


class PbxClient:
    """One PBX. Opened by `open_pbx`. Every method raises a `PbxError`.

    After PbxLoginRefused it is stopped: each later call raises the same error and asks nothing of the PBX.
    """

    def __init__(self, line: Line, session: Session, timing: Timing) -> None:
        self._line = line
        self._session = session
        self._timing = timing
        self._listings: SingleFlight[tuple[tuple[str, str], ...], RecordingPage] = SingleFlight()
        self._one_download = asyncio.Lock()
        self._last_total = 0
        self._logged: set[int] = set()

    @property
    def token_until(self) -> datetime | None:
        """How long the access token in use holds; None without one."""
        return self._session.token_until

    async def recordings(self, *, page: int, size: int, sort: Sort, order: Order) -> RecordingPage:
        """One page of the list, pages from 1, as the PBX sorts it. Empty behind the last page.

        Callers who ask the same at the same time share one request.
        """
        return await self._listing(LIST, _paging(page, size, sort, order))

    async def search(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        caller: str | None = None,
        callee: str | None = None,
        ids: Sequence[int] = (),
        page: int = 1,
        size: int = PAGE_SIZE,
        sort: Sort = Sort.TIME,
        order: Order = Order.DESC,
    ) -> RecordingPage:
        """The recordings that match all that is given; `total` counts them. `start` and `end` are aware, to the second.

        Whether the ends are included and numbers match in part, the vendor does not say. Raises PbxRefused with
        errcode 10001 when the firmware is too old to search. Source: "Search Specific Recording".
        """
        told = {
            "start_time": "" if start is None else str(int(start.timestamp())),
            "end_time": "" if end is None else str(int(end.timestamp())),
            "caller": caller or "",
            "callee": callee or "",
            "ids": ",".join(map(str, ids)),
        }
        wanted = {key: value for key, value in told.items() if value}
        return await self._listing(SEARCH, {**_paging(page, size, sort, order), **wanted})

    async def recording(self, recording_id: int) -> Recording:
        """One recording. Raises PbxNotFound. Firmware too old to search has its list searched by halves."""
        try:
            listing = await self.search(ids=[recording_id], size=1, sort=Sort.ID)
        except PbxRefused as error:
            if error.errcode != INTERFACE_NOT_EXISTED:
                raise
            return await find(self.recordings, recording_id)
        for row in listing.rows:
            if row.id == recording_id:
                return row
        if listing.rows:  # the PBX has not understood `ids`, and answers with any
            return await find(self.recordings, recording_id)
        raise PbxNotFound(f"The PBX has no recording {recording_id}.")

    async def every(
        self, *, sort: Sort = Sort.ID, order: Order = Order.DESC, size: int = PAGE_SIZE
    ) -> AsyncIterator[Recording]:
        """Every recording once, page by page. Rows that arrive meanwhile shift the pages and are not doubled.

        Newest first, the PBX's clean-up of its oldest recordings can make it skip none.
        """
        async for row in pages(self.recordings, sort=sort, order=order, size=size):
            yield row

    async def download(self, recording_id: int) -> Download:
        """Where the audio is. Raises PbxNotFound when the recording or its file is gone.

        One at a time: a PBX that records MP3 takes only one such request at once.
        """
        async with self._one_download:
            answer = await self._ask(DOWNLOAD, {"id": str(recording_id)})
        return read_download(answer, origin=str(self._line.origin), asked=f"{DOWNLOAD} of {recording_id}")

    async def extensions(self) -> tuple[Extension, ...]:
        """Every extension, read page by page. Raises PbxForbidden when the application may not see them.

        Nothing is sorted: by what this list can be, the vendor does not say. Source: "Query Extension List".
        """
        return await every_extension(self._extension_page)

    async def information(self) -> Information:
        """Model, firmware, clock."""
        return read_information(await self._ask(INFORMATION, {}), asked=INFORMATION)

    async def aclose(self) -> None:
        """Give up what is under way."""
        await self._listings.close()

    async def _extension_page(self, page: int) -> ExtensionPage:
        try:
            answer = await self._ask(EXTENSIONS, {"page": str(page), "page_size": str(PAGE_SIZE)})
        except PbxNotFound:
            return ExtensionPage()  # 60001: some firmware says so where a list is empty, or ends
        return read_extensions(answer, asked=EXTENSIONS)

    async def _listing(self, path: str, params: Mapping[str, str]) -> RecordingPage:
        key = (("path", path), *params.items())
        return await self._listings.share(key, lambda: self._listed(path, params))

    async def _listed(self, path: str, params: Mapping[str, str]) -> RecordingPage:
        try:
            page = read_page(await self._ask(path, params), asked=path)
        except PbxNotFound:
            page = Page(())  # 60001: some firmware says so where a list is empty, or ends
        self._log(page.bad)
        rows = await self._timing.of(page.rows, self.information)
        total = _total(page, params, known=self._last_total if path == LIST else 0)
        if path == LIST:
            self._last_total = total
        return RecordingPage(rows=rows, total=total, skipped=len(page.bad))

    async def _ask(self, path: str, params: Mapping[str, str]) -> Mapping[str, Any]:
        """One answer; once more with a new token when the PBX calls the token expired."""
        token = await self._session.token()
        try:
            return await self._line.get(path, token=token, params=params)
        except PbxRefused as error:
            if error.errcode != TOKEN_EXPIRED:
                raise
        return await self._line.get(path, token=await self._session.after(token), params=params)

    def _log(self, bad: Sequence[BadRow]) -> None:
        for row in bad:
            if row.mark not in self._logged and len(self._logged) < MOST_MARKS:
                self._logged.add(row.mark)
                log.warning("row_skipped", index=row.index, problem=row.problem)


def _paging(page: int, size: int, sort: Sort, order: Order) -> dict[str, str]:
    return {"page": str(page), "page_size": str(size), "sort_by": str(sort), "order_by": str(order)}


def _total(page: Page, params: Mapping[str, str], *, known: int) -> int:
    """What the PBX tells; else the rows up to here, or what it told before."""
    here = len(page.rows) + len(page.bad)
    if page.total is not None:
        return max(page.total, here)
    before = (int(params["page"]) - 1) * int(params["page_size"])
    if before == 0:
        return here
    return max(known, before + here if here else 0)
