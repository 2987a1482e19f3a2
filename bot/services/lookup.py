"""Answer a look-up: from the PBX while it answers in time, from the archive when it does not."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from bot.domain.access import SYSTEM, Asker
from bot.domain.query import Cursor, Query, Sort
from bot.domain.recording import Recording
from bot.domain.relaxations import relaxations
from bot.domain.results import ArchivePage, Hint, ListResult, ShowResult, Stale, StaleReason
from bot.domain.statistics import GroupBy, Statistics
from bot.domain.status import PbxActivity
from bot.domain.sync import StoreResult
from bot.errors import ArchiveError, PbxError, PbxNotFound, PbxUnreachable
from bot.ports import Archive, Clock, Phones
from bot.services.cursor import AnchorLost, page_beside
from bot.services.lately import Lately
from bot.single_flight import SingleFlight

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")

FRESHEN = timedelta(seconds=1)
"""How long an answer from the archive waits for the PBX's newest page."""
NEWEST = Query(count=100, sort=Sort.ID)
MOST_COUNTED = 1_000
"""Where counting what a filter finds stops: nobody turns so many pages."""
OTHERS = 5
"""Other calls between the same two that are shown beside a recording."""


class Lookup:
    """Look-ups for everybody: who asks the same at the same time shares one answer."""

    def __init__(
        self, phones: Phones, archive: Archive, activity: PbxActivity, clock: Clock, *, nudge: Callable[[], None]
    ) -> None:
        """`nudge` is called when a look-up meets recordings that the sync has not seen yet."""
        self._phones = phones
        self._archive = archive
        self._activity = activity
        self._clock = clock
        self._nudge = nudge
        self._flight: SingleFlight[Hashable, Any] = SingleFlight()
        self._lately = Lately()

    async def listing(
        self, asker: Asker, query: Query, turn: Cursor | None = None, *, patience: timedelta
    ) -> ListResult | None:
        """A page of recordings: the query's own, or the one beside `turn`'s anchor.

        1. A query with a filter is the archive's: the PBX knows none. It is brought up to date first, within a second.
           Where it finds nothing, look for the nearest question that does.
        2. Ask the PBX, for as long as `patience` allows; what it lists enters the archive on the way.
        3. If it fails or is slow, answer from the archive, marked with how old that is.

        None when the PBX is slow and the archive has nothing to show: ask again with more patience, the request
        goes on meanwhile. Raises the PbxError when the archive has nothing to put in its place.
        """
        if not query.is_plain:
            return await self._filtered(asker, query, turn, patience)
        try:
            return await self._in_time(
                (asker.scope, query, turn), lambda: self._list_live(asker, query, turn), patience
            )
        except PbxError as error:
            return await self._list_archived(asker, query, turn, _why(error)) or _raise(error)
        except TimeoutError:
            return await self._list_archived(asker, query, turn, StaleReason.SLOW)

    async def show(self, asker: Asker, recording_id: int, *, patience: timedelta) -> ShowResult | None:
        """One recording in full, in the same way as `listing`. Raises PbxNotFound when nobody knows it."""
        try:
            return await self._in_time(
                (asker.scope, recording_id), lambda: self._show_live(asker, recording_id), patience
            )
        except PbxError as error:
            return await self._show_archived(asker, recording_id, _why(error)) or _raise(error)
        except TimeoutError:
            return await self._show_archived(asker, recording_id, StaleReason.SLOW)

    async def stats(self, asker: Asker, query: Query, by: GroupBy, *, patience: timedelta) -> Statistics:
        """What the query finds, counted, in the asker's zone; the archive is brought up to date first, within a second.

        Raises ArchiveError.
        """
        await self._freshen(patience)
        return await self._archive.statistics(asker, query, by)

    async def newest(self, asker: Asker, count: int) -> tuple[Recording, ...]:
        """The latest recordings that are held. Raises ArchiveError."""
        rows, _ = await self._archive.page(asker, Query(count=count))
        return rows

    async def shown(self, asker: Asker, ids: tuple[int, ...]) -> tuple[Recording, ...]:
        """Recordings that an answer has shown before, by number. Raises ArchiveError."""
        return await self._archive.get(asker, ids)

    async def close(self) -> None:
        """Give up what is still being asked."""
        await self._flight.close()

    async def _in_time(
        self, key: Hashable, ask: Callable[[], Coroutine[Any, Any, Answer]], patience: timedelta
    ) -> Answer:
        async with asyncio.timeout(patience.total_seconds()):
            answer: Answer = await self._flight.share(key, ask)
        return answer

    async def _list_live(self, asker: Asker, query: Query, turn: Cursor | None) -> ListResult:
        found = await self._heard(self._ask(asker, query, turn))
        await self._keep(found.rows)
        return found

    def _minute(self) -> datetime:
        return self._clock.now().replace(second=0, microsecond=0)

    async def _ask(self, asker: Asker, query: Query, turn: Cursor | None) -> ListResult:
        if turn is not None:
            try:
                return replace(await page_beside(self._phones, query, turn), at=self._minute())
            except AnchorLost:
                rows, first = await self._archive.page(asker, query, turn)
                total = await self._archive.count()
                return ListResult(query=query, rows=rows, total=total, first=first, at=self._minute())
        page = await self._phones.recordings(page=query.page, size=query.count, sort=query.sort, order=query.order)
        first = (query.page - 1) * query.count + 1 if page.rows else 0
        total = max(page.total, first + len(page.rows) - 1)
        return ListResult(query=query, rows=page.rows, total=total, first=first, at=self._minute())

    async def _show_live(self, asker: Asker, recording_id: int) -> ShowResult:
        recording = await self._heard(self._phones.recording(recording_id))
        await self._keep((recording,))
        return ShowResult(recording, others=await self._others(asker, recording))

    async def _heard(self, asked: Awaitable[Answer]) -> Answer:
        """What the PBX answers, noted for `status`; that it has no such recording is an answer too."""
        try:
            answer = await asked
        except PbxNotFound:
            self._activity.saw(self._clock.now())
            raise
        except PbxError as error:
            self._activity.missed(self._clock.now(), str(error))
            raise
        self._activity.saw(self._clock.now())
        return answer

    async def _keep(self, rows: tuple[Recording, ...]) -> None:
        """Take rows through the one door. An archive that is full must not take the answer with it."""
        try:
            kept = await self._archive.store(rows, now=self._clock.now(), judged=False)
        except ArchiveError:
            log.exception("lookup_not_kept", rows=len(rows))
            return
        if kept != StoreResult():
            self._lately.forget()
        if kept.new:
            self._nudge()

    async def _filtered(self, asker: Asker, query: Query, turn: Cursor | None, patience: timedelta) -> ListResult:
        stale = await self._freshen(patience) if turn is None else None
        held = await (
            self._held(asker, query, turn, most=MOST_COUNTED) if turn or stale else self._held_lately(asker, query)
        )
        return ListResult(
            query=query,
            rows=held.rows,
            total=max(min(held.counted, MOST_COUNTED), held.first + len(held.rows) - 1),
            first=held.first,
            is_least=held.counted > MOST_COUNTED,
            stale=stale,
            back_to=held.back_to,
            hint=None if held.counted else await self._hint(asker, query),
            at=self._minute(),
        )

    async def _held_lately(self, asker: Asker, query: Query) -> ArchivePage:
        """What the archive holds, now that it is up to date."""
        answers = self._lately.answers
        if (asker.scope, query) not in answers:
            answers[asker.scope, query] = await self._held(asker, query, None, most=MOST_COUNTED)
        return answers[asker.scope, query]

    async def _held(self, asker: Asker, query: Query, turn: Cursor | None, *, most: int | None) -> ArchivePage:
        key = ("held", asker.scope, query, turn, most, self._lately.edition)
        held: ArchivePage = await self._flight.share(key, lambda: self._archive.find(asker, query, turn, most=most))
        return held

    async def _freshen(self, patience: timedelta) -> Stale | None:
        """Take in the PBX's newest page, unless that was done just now; why that did not work, if it did not."""
        if self._lately.is_fresh(self._clock.now()):
            return None
        try:
            await self._in_time(NEWEST, self._read_newest, min(patience, FRESHEN))
        except PbxError as error:
            return await self._stale(_why(error))
        except TimeoutError:
            return await self._stale(StaleReason.SLOW)
        return None

    async def _read_newest(self) -> None:
        """Once for all who wait for it: what they ask then is read once, too."""
        asked_at = self._clock.now()
        await self._list_live(SYSTEM, NEWEST, None)
        self._lately.renew(asked_at)

    async def _hint(self, asker: Asker, query: Query) -> Hint | None:
        for wider in relaxations(query, self._clock.now(), asker.zone):
            if counted := await self._archive.count_matching(asker, wider, most=MOST_COUNTED):
                return Hint(wider, min(counted, MOST_COUNTED), counted > MOST_COUNTED)
        return None

    async def _list_archived(
        self, asker: Asker, query: Query, turn: Cursor | None, reason: StaleReason
    ) -> ListResult | None:
        held = await self._held(asker, query, turn, most=None)
        if not held.counted:
            return None
        return ListResult(
            query=query,
            rows=held.rows,
            total=held.counted,
            first=held.first,
            stale=await self._stale(reason),
            back_to=held.back_to,
            at=self._minute(),
        )

    async def _show_archived(self, asker: Asker, recording_id: int, reason: StaleReason) -> ShowResult | None:
        held = await self._archive.get(asker, (recording_id,))
        if not held:
            return None
        gone = reason is StaleReason.DELETED or await self._archive.is_deleted(recording_id)
        stale = None if reason is StaleReason.DELETED else await self._stale(reason)
        return ShowResult(held[0], stale, is_gone=gone, others=await self._others(asker, held[0]))

    async def _others(self, asker: Asker, recording: Recording) -> tuple[Recording, ...]:
        """An archive that cannot be read must not take the answer with it."""
        try:
            return await self._archive.between(asker, recording, count=OTHERS)
        except ArchiveError:
            log.exception("lookup_without_others")
            return ()

    async def _stale(self, reason: StaleReason) -> Stale:
        looked_at = self._activity.well_at or (await self._archive.state()).looked_at
        return Stale(as_of=looked_at, reason=reason)


def _why(error: PbxError) -> StaleReason:
    match error:
        case PbxUnreachable():
            return StaleReason.UNREACHABLE
        case PbxNotFound():
            return StaleReason.DELETED
        case _:
            return StaleReason.REFUSED


def _raise(error: PbxError) -> Any:
    raise error
