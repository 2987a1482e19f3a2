"""Bring the archive up to what the PBX lists."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

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
"""Rows. Each page costs a connection to the PBX and a transaction, whatever its size."""


async def ids_started_again(archive: Archive, rows: Sequence[Recording], state: SyncState) -> bool:
    """Whether the PBX was reset or a backup restored, as these rows show, the newest among them.

    An id that is held is another recording now, or the highest id is an unknown one below those seen, of a call later
    than all that is held. Raises ArchiveError.
    """
    held = {row.id: row for row in await archive.get(SYSTEM, [row.id for row in rows])}
    if any(row.is_other_than(held[row.id]) for row in rows if row.id in held):
        return True
    top = max(rows, key=lambda row: row.id)
    return top.id not in held and top.id < state.synced and is_later(top, await archive.newest_start())


def is_later(row: Recording, latest: datetime | None) -> bool:
    """Whether the call started after the latest one held; one without a time is history."""
    return row.started_at is not None and (latest is None or row.started_at > latest)


def _rows(pages: Sequence[RecordingPage]) -> list[Recording]:
    """The rows of these pages in the order of their ids; of one that was listed twice, what was told last."""
    rows = {row.id: row for page in pages for row in page.rows}
    return [rows[id_] for id_ in sorted(rows)]


class Sync:
    """Follows one PBX. `poll` keeps up with new calls; `fill` reads the history in behind, when there is time."""

    def __init__(self, phones: Phones, archive: Archive, activity: PbxActivity, clock: Clock) -> None:
        self._phones = phones
        self._archive = archive
        self._activity = activity
        self._clock = clock

    async def poll(self) -> StoreResult:
        """Store every recording that the PBX lists and the archive lacks, and owe the new ones to their channels.

        1. Read the newest page. On the first look it becomes the baseline, and nothing is announced.
        2. Read on to older pages until a whole page is known.
        3. If the PBX's ids have started again, begin a new generation with what was read.
        4. Else store rows and deliveries, and move the mark up to which posts may go out, in one transaction.

        A crash before 4 loses nothing: the next poll reads the same rows again. So it is when another generation has
        begun meanwhile, for the daily proof may begin one: then this poll stores nothing. With nothing new this is one
        request to the PBX and no write. Raises PbxError or ArchiveError.
        """
        state = await self._archive.state()
        walk = PageReader(phones=self._phones)
        try:
            newest = await walk.next()
            skipped = newest.skipped if newest else walk.skipped
            if state.baseline is None:
                return await self._begin(newest, skipped)
            pages = await self._down_to_known(walk, newest, state)
            if pages and await ids_started_again(self._archive, _rows(pages), state):
                pages += await self._down_to_history(walk, pages[-1])
                return await self._renew(pages, state)
        except PbxError as error:
            self._activity.missed(self._clock.now(), str(error))
            raise
        self._saw(skipped)
        return await self._store(pages, state)

    async def _begin(self, newest: RecordingPage | None, skipped: int) -> StoreResult:
        self._saw(skipped)
        if newest is None and skipped:
            return StoreResult()  # without any id there is no baseline: all would be announced once it can be read
        rows = newest.rows if newest else ()
        baseline = max((row.id for row in rows), default=0)
        total = newest.total if newest else 0
        await self._archive.set_baseline(rows, baseline=baseline, total=total, now=self._clock.now())
        return StoreResult(filled=len(rows))

    async def _down_to_history(self, walk: PageReader, page: RecordingPage) -> list[RecordingPage]:
        """After a reset: the older pages, until one has a call that is no later than all that is held."""
        latest, older = await self._archive.newest_start(), list[RecordingPage]()
        while all(is_later(row, latest) for row in page.rows) and (following := await walk.next()) is not None:
            page = following
            older.append(page)
        return older

    async def _renew(self, pages: list[RecordingPage], state: SyncState) -> StoreResult:
        """Calls up to the latest one held are history of the new generation, so that nothing floods the channels."""
        self._saw(pages[0].skipped)
        rows = _rows(pages)
        log.warning("ids_started_again", highest=rows[-1].id)
        return await self._archive.start_generation(
            rows, total=pages[0].total, now=self._clock.now(), generation=state.generation
        )

    async def _down_to_known(
        self, walk: PageReader, newest: RecordingPage | None, state: SyncState
    ) -> list[RecordingPage]:
        pages: list[RecordingPage] = []
        page = newest
        while page is not None:
            pages.append(page)
            if await self._is_known(page, state):
                break
            page = await walk.next()
        return pages

    async def _is_known(self, page: RecordingPage, state: SyncState) -> bool:
        """Whether the archive holds all of a page that reaches down to what earlier polls have seen.

        Both are needed: a look-up may have stored the newest rows while those below them are still unseen.
        """
        if min(row.id for row in page.rows) > state.synced:
            return False
        news = [row.id for row in page.rows if row.id > (state.baseline or 0)]
        return len(await self._archive.stored_ids(news)) == len(news)

    async def _store(self, pages: list[RecordingPage], state: SyncState) -> StoreResult:
        rows = _rows(pages)
        return await self._archive.store(
            rows,
            now=self._clock.now(),
            synced=max([state.synced, state.highest, *(row.id for row in rows)]),
            total=pages[0].total if pages else 0,
            generation=state.generation,
        )

    async def fill(self, *, pause: timedelta) -> None:
        """Read the history in, newest first, until all of it is held; `pause` lies between two pages.

        1. Begin below what is held without a gap: how much that is tells how deep the next page lies.
        2. Store a page while the next one is being read.

        A crash or an error loses nothing: the next call begins where the last page was stored. Does nothing before
        the first poll. Raises PbxError or ArchiveError.
        """
        state = await self._archive.state()
        if state.baseline is None or state.history is None:
            return
        depth = await self._archive.count(at_least=state.history)
        walk = PageReader(phones=self._phones, floor=state.history, depth=depth, size=HISTORY_PAGE)
        page = await walk.next()
        while page is not None:
            floor, ahead = walk.floor, asyncio.create_task(walk.next(), name="next page of the history")
            try:
                await self._keep_history(page.rows, state, history=floor)
                await self._clock.sleep(pause)
                page = await ahead
            finally:
                ahead.cancel()
        await self._keep_history((), state, history_done=True)

    async def _keep_history(self, rows: Sequence[Recording], state: SyncState, **marks: Any) -> None:
        await self._archive.store(rows, now=self._clock.now(), generation=state.generation, judged=False, **marks)

    def _saw(self, skipped: int) -> None:
        self._activity.saw(self._clock.now())
        self._activity.skipped = skipped
