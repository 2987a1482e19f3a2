"""Answer look-ups from the PBX, or from the archive if the PBX fails or is slow."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from bot.domain.access import Asker, Everything
from bot.domain.query import Cursor, Order, Query, Sort
from bot.domain.recording import Recording
from bot.domain.relaxations import relaxations
from bot.domain.results import Hint, ListResult, ShowResult, Stale, StaleReason
from bot.domain.statistics import GroupBy, Statistics
from bot.domain.status import PbxActivity
from bot.errors import ArchiveError, PbxError, PbxNotFound, PbxUnreachable
from bot.ports import Archive, Clock, Phones
from bot.services.cursor import AnchorLost, page_beside
from bot.single_flight import SingleFlight

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")

FRESHEN = timedelta(seconds=1)
"""How long an answer from the archive waits until the PBX's newest page is stored."""
NEWEST_PAGE = 100
"""Rows of the newest page."""
MOST_COUNTED = 1_000
"""Limit for counting the matches of a filter. Nobody opens so many pages."""
OTHERS = 5
"""How many other calls between the same parties are shown with a recording."""


class Lookup:
    """Look-ups in the PBX and the archive. Nothing is cached; equal concurrent requests to the PBX share one request.

    The PBX's own list is shown only to askers whose scope is `Everything`. All others are answered from the archive,
    which applies their scope to every row and every count.
    """

    def __init__(
        self, phones: Phones, archive: Archive, activity: PbxActivity, clock: Clock, *, nudge: Callable[[], None]
    ) -> None:
        """`nudge` is called if a look-up finds recordings that the sync has not stored yet."""
        self._phones = phones
        self._archive = archive
        self._activity = activity
        self._clock = clock
        self._nudge = nudge
        self._flight: SingleFlight[Hashable, Any] = SingleFlight()

    async def listing(
        self, asker: Asker, query: Query, cursor: Cursor | None = None, *, patience: timedelta
    ) -> ListResult | None:
        """Return a page of recordings: the page of the query, or the one before or after the cursor's anchor.

        1. With a filter or a limited scope: store the PBX's newest page, within `FRESHEN`, and answer from the archive.
           If nothing matches, suggest the closest query that finds something.
        2. Otherwise ask the PBX, for as long as `patience` allows, and store the rows that it lists.
        3. If the PBX fails or is slow, answer from the archive, with the age of its data.

        Returns None if the PBX is slow and the archive has nothing to show: call again with more patience; the request
        continues meanwhile. Raises ArchiveError, and a PbxError if the PBX fails and the archive has nothing to show.
        """
        if not (query.is_plain and _sees_everything(asker)):
            stale = await self._freshen(patience) if cursor is None else None
            return await self._list_archived(asker, query, cursor, stale, most=MOST_COUNTED)
        try:
            return await self._share(
                (asker.scope, query, cursor), lambda: self._list_live(asker, query, cursor), patience
            )
        except PbxError as error:
            result = await self._list_archived(asker, query, cursor, await self._stale(_why(error)))
            if not result.total:
                raise
        except TimeoutError:
            result = await self._list_archived(asker, query, cursor, await self._stale(StaleReason.SLOW))
        return result if result.total else None

    async def show(self, asker: Asker, recording_id: int, *, patience: timedelta) -> ShowResult | None:
        """Return one recording in full, in the same way as `listing`.

        Raises PbxNotFound if neither the PBX nor the archive has it, and with the same text if it is out of scope.
        """
        if not _sees_everything(asker):
            stale = await self._freshen(patience)
            if result := await self._show_archived(asker, recording_id, stale):
                return result
            raise PbxNotFound(f"The PBX has no recording {recording_id}.")
        try:
            recording = await self._share(recording_id, lambda: self._show_live(recording_id), patience)
        except PbxNotFound:
            if result := await self._show_archived(asker, recording_id, None):
                return replace(result, is_deleted=True)
            raise
        except PbxError as error:
            if result := await self._show_archived(asker, recording_id, await self._stale(_why(error))):
                return result
            raise
        except TimeoutError:
            return await self._show_archived(asker, recording_id, await self._stale(StaleReason.SLOW))
        return ShowResult(recording, others=await self._others(asker, recording))

    async def stats(self, asker: Asker, query: Query, by: GroupBy, *, patience: timedelta) -> Statistics:
        """Return statistics of the matches. First stores the PBX's newest page, within `FRESHEN`.

        Raises ArchiveError.
        """
        await self._freshen(patience)
        return await self._archive.statistics(asker, query, by)

    async def newest(self, asker: Asker, count: int) -> tuple[Recording, ...]:
        """Return the latest recordings in the archive. Raises ArchiveError."""
        return (await self._archive.find(asker, Query(count=count), most=0)).rows

    async def shown(self, asker: Asker, ids: tuple[int, ...]) -> tuple[Recording, ...]:
        """Return recordings that an earlier answer listed, by id, from the archive. Raises ArchiveError."""
        return await self._archive.get(asker, ids)

    async def close(self) -> None:
        """Cancel the requests that are under way."""
        await self._flight.close()

    async def _share(
        self, key: Hashable, start: Callable[[], Coroutine[Any, Any, Answer]], patience: timedelta
    ) -> Answer:
        """Wait for the running request with this key, or start it. After a TimeoutError the request continues."""
        async with asyncio.timeout(patience.total_seconds()):
            answer: Answer = await self._flight.share(key, lambda: self._observe(start))
        return answer

    async def _observe(self, start: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        """Run a request and record whether the PBX works. PbxNotFound counts as working."""
        try:
            answer = await start()
        except PbxNotFound:
            self._activity.saw(self._clock.now())
            raise
        except PbxError as error:
            self._activity.missed(self._clock.now(), str(error))
            raise
        self._activity.saw(self._clock.now())
        return answer

    async def _list_live(self, asker: Asker, query: Query, cursor: Cursor | None) -> ListResult:
        if cursor is not None:
            try:
                result = await page_beside(self._phones, query, cursor)
            except AnchorLost:
                return await self._list_archived(asker, query, cursor, None)
        else:
            page = await self._phones.recordings(page=query.page, size=query.count, sort=query.sort, order=query.order)
            first = (query.page - 1) * query.count + 1 if page.rows else 0
            total = max(page.total, first + len(page.rows) - 1)
            result = ListResult(query=query, rows=page.rows, total=total, first=first)
        await self._store(result.rows)
        return replace(result, at=self._minute())

    async def _show_live(self, recording_id: int) -> Recording:
        recording = await self._phones.recording(recording_id)
        await self._store((recording,))
        return recording

    async def _freshen(self, patience: timedelta) -> Stale | None:
        """Store the PBX's newest page. Returns None, or why it failed."""
        try:
            await self._share("newest page", self._store_newest, min(patience, FRESHEN))
        except PbxError as error:
            return await self._stale(_why(error))
        except TimeoutError:
            return await self._stale(StaleReason.SLOW)
        return None

    async def _store_newest(self) -> None:
        page = await self._phones.recordings(page=1, size=NEWEST_PAGE, sort=Sort.ID, order=Order.DESC)
        await self._store(page.rows)

    async def _store(self, rows: tuple[Recording, ...]) -> None:
        """Store rows of the PBX. An ArchiveError is only logged, so that the look-up is still answered."""
        try:
            stored = await self._archive.store(rows, now=self._clock.now(), ids_checked=False)
        except ArchiveError:
            log.exception("lookup_not_kept", rows=len(rows))
            return
        if stored.new:
            self._nudge()

    async def _list_archived(
        self, asker: Asker, query: Query, cursor: Cursor | None, stale: Stale | None, *, most: int | None = None
    ) -> ListResult:
        """Answer from the archive. The number of matches is exact up to `most`."""
        page = await self._archive.find(asker, query, cursor, most=most)
        total_is_minimum = most is not None and page.total > most
        return ListResult(
            query=query,
            rows=page.rows,
            total=max(MOST_COUNTED if total_is_minimum else page.total, page.first + len(page.rows) - 1),
            first=page.first,
            total_is_minimum=total_is_minimum,
            stale=stale,
            complete_since=page.complete_since,
            hint=None if page.total else await self._hint(asker, query),
            at=self._minute(),
        )

    async def _show_archived(self, asker: Asker, recording_id: int, stale: Stale | None) -> ShowResult | None:
        found = await self._archive.get(asker, (recording_id,))
        if not found:
            return None
        is_deleted = await self._archive.is_deleted(recording_id)
        return ShowResult(found[0], stale, is_deleted=is_deleted, others=await self._others(asker, found[0]))

    async def _others(self, asker: Asker, recording: Recording) -> tuple[Recording, ...]:
        """Return other calls between the same parties. An ArchiveError is only logged."""
        try:
            return await self._archive.between(asker, recording, count=OTHERS)
        except ArchiveError:
            log.exception("lookup_without_others")
            return ()

    async def _hint(self, asker: Asker, query: Query) -> Hint | None:
        for wider in relaxations(query, self._clock.now(), asker.zone):
            if counted := await self._archive.count_matching(asker, wider, most=MOST_COUNTED):
                return Hint(wider, min(counted, MOST_COUNTED), counted > MOST_COUNTED)
        return None

    async def _stale(self, reason: StaleReason) -> Stale:
        read_at = self._activity.well_at or (await self._archive.state()).looked_at
        return Stale(as_of=read_at, reason=reason)

    def _minute(self) -> datetime:
        return self._clock.now().replace(second=0, microsecond=0)


def _sees_everything(asker: Asker) -> bool:
    return isinstance(asker.scope, Everything)


def _why(error: PbxError) -> StaleReason:
    match error:
        case PbxUnreachable():
            return StaleReason.UNREACHABLE
        case PbxNotFound():
            return StaleReason.DELETED
        case _:
            return StaleReason.REFUSED
