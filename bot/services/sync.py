"""Copy the PBX's list of recordings into the archive."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bot.domain.access import SYSTEM
from bot.domain.recording import Recording, RecordingPage
from bot.domain.status import PbxActivity
from bot.domain.sync import StoreResult, SyncState
from bot.errors import PbxError
from bot.ports import Archive, Clock, Phones
from bot.services.pages import PageReader

log = structlog.get_logger(__name__)

HISTORY_PAGE = 500
"""Rows per page. Each page costs a connection to the PBX and a transaction, so large pages are cheaper."""


async def ids_started_again(archive: Archive, rows: Mapping[int, Recording], state: SyncState) -> bool:
    """Return whether the PBX was reset or a backup was restored, so that its ids have started again.

    `rows` are listed recordings by id, including the newest. The ids have started again in two cases: a stored id
    belongs to another recording now; or the highest listed id is below `state.synced` and not stored, and its call is
    later than every stored call. Raises ArchiveError.
    """
    top, is_top_stored = max(rows), False
    for stored in await archive.get(SYSTEM, list(rows)):
        if rows[stored.id].is_other_than(stored):
            return True
        is_top_stored |= stored.id == top
    return not is_top_stored and top < state.synced and _is_later(rows[top], await archive.newest_start())


def _is_later(row: Recording, latest: datetime | None) -> bool:
    """Return whether the call started after `latest`. A call without a time is history."""
    return row.started_at is not None and (latest is None or row.started_at > latest)


def _rows_by_id(pages: Sequence[RecordingPage]) -> dict[int, Recording]:
    """Return the rows of all pages in ascending order of id. If an id is listed twice, the later row counts."""
    return dict(sorted({row.id: row for page in pages for row in page.rows}.items()))


class Sync:
    """Copies the recordings of one PBX: `poll` stores new ones, `fill` stores the history."""

    def __init__(self, phones: Phones, archive: Archive, activity: PbxActivity, clock: Clock) -> None:
        self._phones = phones
        self._archive = archive
        self._activity = activity
        self._clock = clock

    async def poll(self) -> StoreResult:
        """Store every recording that the PBX lists and the archive lacks, and create deliveries for the new ones.

        1. Read the newest page. At the first poll it becomes the baseline, and nothing is announced.
        2. Read older pages until a whole page is stored already.
        3. If the PBX's ids have started again, start a new generation with the rows that were read.
        4. Otherwise store the rows, their deliveries and the highest id in one transaction. Then deliveries up to
           this id may be posted.

        A crash before step 4 loses nothing: the next poll reads the same rows again. Stores nothing if the daily
        reconciliation has started another generation meanwhile. Without new rows, a poll is one request to the PBX and
        no write. Raises PbxError or ArchiveError.
        """
        state = await self._archive.state()
        reader = PageReader(phones=self._phones)
        pages: list[RecordingPage] = []
        try:
            newest = page = await reader.next()
            skipped = newest.skipped if newest else reader.skipped
            while page is not None and state.baseline is not None:
                pages.append(page)
                page = None if await self._is_stored(page, state) else await reader.next()
            rows = _rows_by_id(pages)
            is_reset = bool(rows) and await ids_started_again(self._archive, rows, state)
            if is_reset:
                pages += await self._pages_after_reset(reader, pages[-1])
        except PbxError as error:
            self._activity.missed(self._clock.now(), str(error))
            raise
        now = self._clock.now()
        self._activity.saw(now)
        self._activity.skipped = skipped
        if state.baseline is None:
            return await self._set_baseline(newest, skipped)
        if is_reset:
            return await self._start_generation(pages, state)
        return await self._archive.store(
            list(rows.values()),
            now=now,
            synced=max(state.synced, state.highest, *rows),
            total=pages[0].total if pages else 0,
            generation=state.generation,
        )

    async def _set_baseline(self, newest: RecordingPage | None, skipped: int) -> StoreResult:
        if newest is None and skipped:
            return StoreResult()  # a baseline of 0 would announce all old rows as soon as they can be read
        rows = newest.rows if newest else ()
        baseline = max((row.id for row in rows), default=0)
        total = newest.total if newest else 0
        await self._archive.set_baseline(rows, baseline=baseline, total=total, now=self._clock.now())
        return StoreResult(filled=len(rows))

    async def _is_stored(self, page: RecordingPage, state: SyncState) -> bool:
        """Return whether a page reaches down to `state.synced`, and all its rows above the baseline are stored.

        Both conditions are needed: a look-up may have stored the newest rows, but not the rows below them.
        """
        ids = [row.id for row in page.rows]
        if min(ids) > state.synced:
            return False
        new = [id_ for id_ in ids if id_ > (state.baseline or 0)]
        return len(await self._archive.stored_ids(new)) == len(new)

    async def _pages_after_reset(self, reader: PageReader, page: RecordingPage) -> list[RecordingPage]:
        """Read the pages below `page` until one has a call that is not later than all stored calls."""
        latest, older = await self._archive.newest_start(), list[RecordingPage]()
        while all(_is_later(row, latest) for row in page.rows) and (following := await reader.next()) is not None:
            page = following
            older.append(page)
        return older

    async def _start_generation(self, pages: list[RecordingPage], state: SyncState) -> StoreResult:
        """Start a new generation. Calls that are not later than all stored calls become history and are not posted."""
        rows = _rows_by_id(pages)
        log.warning("ids_started_again", highest=max(rows))
        return await self._archive.start_generation(
            list(rows.values()), total=pages[0].total, now=self._clock.now(), generation=state.generation
        )

    async def fill(self, *, pause: timedelta) -> None:
        """Read and store the history, newest first, until it is complete. Waits `pause` after each page.

        1. Start below the ids that are stored without a gap. Their number gives the depth of the next page.
        2. Store each page while the next one is read.

        After a crash or an error, the next call continues below the last stored page. Does nothing before the first
        poll. Raises PbxError or ArchiveError.
        """
        state = await self._archive.state()
        if state.baseline is None or state.history is None:
            return
        depth = await self._archive.count(at_least=state.history)
        reader = PageReader(phones=self._phones, floor=state.history, depth=depth, size=HISTORY_PAGE)
        page = await reader.next()
        while page is not None:
            floor, following = reader.floor, asyncio.create_task(reader.next(), name="next page of the history")
            try:
                await self._store_history(page.rows, state, history=floor)
                await self._clock.sleep(pause)
                page = await following
            finally:
                following.cancel()
        await self._store_history((), state, history_done=True)

    async def _store_history(
        self, rows: Sequence[Recording], state: SyncState, *, history: int | None = None, history_done: bool = False
    ) -> None:
        await self._archive.store(
            rows,
            now=self._clock.now(),
            generation=state.generation,
            history=history,
            history_done=history_done,
            ids_checked=False,
        )
