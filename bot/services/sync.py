"""Bring the archive up to date with the PBX's list."""

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
"""Rows. Each page costs a connection to the PBX and a transaction, whatever its size."""


async def ids_started_again(archive: Archive, rows: Mapping[int, Recording], state: SyncState) -> bool:
    """Return whether the PBX was reset or a backup restored. `rows` are what it lists by id, the newest included.

    Either a stored id belongs to another recording now, or the highest id is unknown and below those seen, and its
    call is later than every stored one. Raises ArchiveError.
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
    """Return the rows of all pages in the order of their ids; of a row that was listed twice, the later one."""
    rows: dict[int, Recording] = {}
    for page in pages:
        for row in page.rows:
            rows[row.id] = row
    return dict(sorted(rows.items()))


class Sync:
    """Follows one PBX: `poll` stores new calls, `fill` reads the history."""

    def __init__(self, phones: Phones, archive: Archive, activity: PbxActivity, clock: Clock) -> None:
        self._phones = phones
        self._archive = archive
        self._activity = activity
        self._clock = clock

    async def poll(self) -> StoreResult:
        """Store every recording that the PBX lists and the archive lacks, and create deliveries for the new ones.

        1. Read the newest page. At the first poll it becomes the baseline, and nothing is announced.
        2. Read older pages until a whole page is stored already.
        3. If the PBX's ids have started again, begin a new generation with what was read.
        4. Otherwise store rows, deliveries and the highest id seen, up to which posts may go out, in one transaction.

        A crash before 4 loses nothing: the next poll reads the same rows again. If the daily reconciliation has begun
        another generation meanwhile, nothing is stored. Without new rows a poll is one request to the PBX and no
        write. Raises PbxError or ArchiveError.
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
            return StoreResult()  # a baseline without any id would announce every row once it can be read
        rows = newest.rows if newest else ()
        baseline = max((row.id for row in rows), default=0)
        total = newest.total if newest else 0
        await self._archive.set_baseline(rows, baseline=baseline, total=total, now=self._clock.now())
        return StoreResult(filled=len(rows))

    async def _is_stored(self, page: RecordingPage, state: SyncState) -> bool:
        """Return whether a page reaches down to what earlier polls have seen, and all of it is stored.

        Both are needed: a look-up may have stored the newest rows while no poll has seen those below them.
        """
        ids = [row.id for row in page.rows]
        if min(ids) > state.synced:
            return False
        new = [id_ for id_ in ids if id_ > (state.baseline or 0)]
        return len(await self._archive.stored_ids(new)) == len(new)

    async def _pages_after_reset(self, reader: PageReader, page: RecordingPage) -> list[RecordingPage]:
        """Read the pages below `page` until one has a call that is no later than every stored one."""
        latest, older = await self._archive.newest_start(), list[RecordingPage]()
        while all(_is_later(row, latest) for row in page.rows) and (following := await reader.next()) is not None:
            page = following
            older.append(page)
        return older

    async def _start_generation(self, pages: list[RecordingPage], state: SyncState) -> StoreResult:
        """Calls up to the latest stored one become history, so that nothing floods the channels."""
        rows = _rows_by_id(pages)
        log.warning("ids_started_again", highest=max(rows))
        return await self._archive.start_generation(
            list(rows.values()), total=pages[0].total, now=self._clock.now(), generation=state.generation
        )

    async def fill(self, *, pause: timedelta) -> None:
        """Read the history, newest first, until all of it is stored; `pause` lies between two pages.

        1. Begin below what is stored without a gap. The number of these recordings gives the depth of the next page.
        2. Store a page while the next one is being read.

        A crash or an error loses nothing: the next call continues where the last page was stored. Does nothing before
        the first poll. Raises PbxError or ArchiveError.
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
