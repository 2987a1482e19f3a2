"""Bring the archive up to what the PBX lists."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog

from bot.domain.recording import Listing, Recording
from bot.domain.status import Activity
from bot.domain.sync import Kept, SyncState
from bot.errors import PbxError
from bot.ports import Archive, Clock, Phones
from bot.services.walk import Walk

log = structlog.get_logger(__name__)

HISTORY_PAGE = 500
"""Rows. Each page costs a connection to the PBX and a transaction, whatever its size."""


class Sync:
    """Follows one PBX. `poll` keeps up with new calls; `fill` reads the history in behind, when there is time."""

    def __init__(self, phones: Phones, archive: Archive, activity: Activity, clock: Clock) -> None:
        self._phones = phones
        self._archive = archive
        self._activity = activity
        self._clock = clock

    async def poll(self) -> Kept:
        """Store every recording that the PBX lists and the archive lacks, and owe the new ones to their channels.

        1. Read the newest page. On the first look it becomes the baseline, and nothing is announced.
        2. If the PBX's ids have started again, begin a new generation.
        3. Read on to older pages until a whole page is known.
        4. Store rows and deliveries, and move the mark up to which posts may go out, in one transaction.

        A crash before 4 loses nothing: the next poll reads the same rows again. With nothing new this is one
        request to the PBX and no write. Raises PbxError or ArchiveError.
        """
        state = await self._archive.state()
        walk = Walk(phones=self._phones)
        try:
            newest = await walk.next()
            if state.baseline is None:
                return await self._begin(newest)
            if newest is not None and await self._ids_started_again(newest, state):
                state = await self._renew(newest)
            pages = await self._down_to_known(walk, newest, state)
        except PbxError as error:
            self._activity.missed(self._clock.now(), str(error))
            raise
        self._saw(newest)
        return await self._store(pages, state)

    async def _begin(self, newest: Listing | None) -> Kept:
        self._saw(newest)
        rows = newest.rows if newest else ()
        baseline = max((row.id for row in rows), default=0)
        total = newest.total if newest else 0
        await self._archive.begin(rows, baseline=baseline, total=total, now=self._clock.now())
        return Kept(filled=len(rows))

    async def _ids_started_again(self, newest: Listing, state: SyncState) -> bool:
        """Whether the PBX was reset or a backup restored: an id that is held is another recording now, or the highest
        id is an unknown one below those seen, of a call later than all that is held.
        """
        held = {row.id: row for row in await self._archive.get([row.id for row in newest.rows])}
        if any(row.is_other_than(held[row.id]) for row in newest.rows if row.id in held):
            return True
        top = max(newest.rows, key=lambda row: row.id)
        if top.id in held or top.id >= state.synced or top.started_at is None:
            return False
        latest = await self._archive.newest()
        return latest is None or top.started_at > latest

    async def _renew(self, newest: Listing) -> SyncState:
        """Calls up to the latest one held are history of the new generation, so that nothing floods the channels."""
        latest = await self._archive.newest()
        old = [row.id for row in newest.rows if not (latest and row.started_at and row.started_at > latest)]
        baseline = max(old, default=min(row.id for row in newest.rows) - 1)
        await self._archive.renew(baseline=baseline, now=self._clock.now())
        self._activity.renewed_at = self._clock.now()
        log.warning("ids_started_again", baseline=baseline, highest=max(row.id for row in newest.rows))
        return await self._archive.state()

    async def _down_to_known(self, walk: Walk, newest: Listing | None, state: SyncState) -> list[Listing]:
        pages: list[Listing] = []
        page = newest
        while page is not None:
            pages.append(page)
            if await self._is_known(page, state):
                break
            page = await walk.next()
        return pages

    async def _is_known(self, page: Listing, state: SyncState) -> bool:
        """Whether the archive holds all of a page that reaches down to what earlier polls have seen.

        Both are needed: a look-up may have stored the newest rows while those below them are still unseen.
        """
        if min(row.id for row in page.rows) > state.synced:
            return False
        news = [row.id for row in page.rows if row.id > (state.baseline or 0)]
        return len(await self._archive.known(news)) == len(news)

    async def _store(self, pages: list[Listing], state: SyncState) -> Kept:
        rows = {row.id: row for page in reversed(pages) for row in page.rows}
        return await self._archive.keep(
            [rows[id_] for id_ in sorted(rows)],
            now=self._clock.now(),
            synced=max([state.synced, *rows]),
            total=pages[0].total if pages else 0,
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
        walk = Walk(phones=self._phones, floor=state.history, depth=depth, size=HISTORY_PAGE)
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
        await self._archive.keep(rows, now=self._clock.now(), generation=state.generation, judged=False, **marks)

    def _saw(self, newest: Listing | None) -> None:
        self._activity.saw(self._clock.now())
        self._activity.skipped = newest.skipped if newest else 0
