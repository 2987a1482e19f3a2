"""Compare the archive with the PBX's whole list, once a day."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

import structlog

from bot.domain.access import SYSTEM
from bot.domain.reconciliation import Reconciliation
from bot.domain.recording import Recording, RecordingPage
from bot.domain.sync import SyncState
from bot.ports import Archive, Clock, Phones, ReconciliationStore
from bot.services.pages import PageReader
from bot.services.sync import HISTORY_PAGE, ids_started_again

HOUR = 3
"""Hour of the day, when there are few calls."""
HIGHEST = 2**63 - 1
"""Above every id."""

log = structlog.get_logger(__name__)


def is_due(last: Reconciliation | None, now: datetime, *, zone: tzinfo) -> bool:
    """Return whether no reconciliation began since the last 3 a.m. in `zone`, or `last` is later than `now`."""
    three = now.astimezone(zone).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if three > now:
        three -= timedelta(days=1)
    return last is None or not three <= last.at <= now


async def reconcile(
    phones: Phones,
    archive: Archive,
    store: ReconciliationStore,
    clock: Clock,
    *,
    pause: timedelta,
    keep_for: timedelta | None = None,
) -> Reconciliation | None:
    """Store recordings that the polls missed, mark those that the PBX has deleted, and save the result.

    1. Read the PBX's list from the newest row down, page by page, with `pause` after each page. If the ids have started
       again, stop; the next poll handles that.
    2. Store each page. Missed recordings above the baseline are announced; the others are stored as history.
    3. Mark stored recordings as deleted if their ids are in the range of the page and it does not list them. Skip this
       if a row of the page could not be read, because that row may have any of these ids.
    4. Save the result. If stored ids belong to other recordings on the PBX, start a new generation instead.

    Returns None, and saves nothing, if the history is incomplete or the PBX's ids have started again. After a crash,
    the reconciliation is still due. Raises PbxError or ArchiveError.
    """
    state, at = await archive.state(), clock.now()
    if state.baseline is None or state.history is not None:
        return None
    comparison = _Comparison(archive, store, state, None if keep_for is None else at - keep_for)
    reader = PageReader(phones=phones, size=HISTORY_PAGE)
    newest = page = await reader.next()
    if page is not None and await ids_started_again(archive, {row.id: row for row in page.rows}, state):
        return None
    asked_at = at
    while page is not None:
        await comparison.add(page, reader.floor or 0, asked_at)
        await clock.sleep(pause)
        asked_at = clock.now()
        page = await reader.next()
    await comparison.finish(reader.skipped, asked_at)
    if newest is not None and comparison.replaced:
        log.warning("ids_started_again", strays=len(comparison.replaced))
        await archive.start_generation(
            [*newest.rows, *comparison.replaced.values()],
            total=newest.total,
            now=clock.now(),
            lowest=min(row.id for row in newest.rows),
            generation=state.generation,
        )
    if (await archive.state()).generation != state.generation:
        return None
    result = Reconciliation(
        at=at,
        listed=comparison.listed,
        stored=comparison.stored,
        late=comparison.late,
        deleted=comparison.deleted,
        skipped=comparison.skipped,
    )
    await store.record(result)
    log.info(
        "proved",
        listed=result.listed,
        held=result.stored,
        late=result.late,
        gone=result.deleted,
        skipped=result.skipped,
    )
    return result


@dataclass(slots=True)
class _Comparison:
    """The figures of a running reconciliation."""

    archive: Archive
    store: ReconciliationStore
    state: SyncState
    keep_from: datetime | None
    """Calls that started before this are not stored as history; None stores all."""
    ceiling: int = HIGHEST
    """All ids above this have been read."""
    listed: int = 0
    stored: int = 0
    late: int = 0
    deleted: int = 0
    skipped: int = 0
    is_uncertain: bool = False
    """Whether rows of the last page could not be read. They may have any id of that page, or a lower one."""
    replaced: dict[int, Recording] = field(default_factory=dict)
    """Listed recordings whose ids are stored for other recordings."""

    async def add(self, page: RecordingPage, floor: int, asked_at: datetime) -> None:
        """Store and compare a page: all listed rows from `floor` to `ceiling`, and some above that were read before."""
        stored = {row.id: row for row in await self.archive.get(SYSTEM, [row.id for row in page.rows])}
        self.replaced |= {row.id: row for row in page.rows if row.id in stored and row.is_other_than(stored[row.id])}
        result = await self.archive.store(page.rows, now=asked_at, generation=self.state.generation)
        new = [row.id for row in page.rows if row.id <= self.ceiling and not self._is_expired(row)]
        self.listed += len(new)
        self.stored += len(await self.archive.stored_ids(new))
        # a call that arrived after the last poll is not late
        self.late += result.filled + sum(1 for id_ in result.new if id_ <= self.state.synced)
        self.skipped += page.skipped
        if not page.skipped and not self.is_uncertain:
            await self._mark_deleted([row.id for row in page.rows], floor, asked_at)
        self.ceiling = floor - 1
        self.is_uncertain = page.skipped > 0

    async def finish(self, skipped: int, asked_at: datetime) -> None:
        """Mark stored recordings below the last page, unless rows at the end of the list could not be read."""
        self.skipped += skipped
        if not skipped and not self.is_uncertain:
            await self._mark_deleted([], 0, asked_at)

    async def _mark_deleted(self, listed: list[int], lowest: int, asked_at: datetime) -> None:
        self.deleted += await self.store.mark_deleted(
            listed, lowest=lowest, highest=self.ceiling, generation=self.state.generation, now=asked_at
        )

    def _is_expired(self, row: Recording) -> bool:
        """Return whether the row is history older than the retention, which the archive does not store."""
        is_old = self.keep_from is not None and row.started_at is not None and row.started_at < self.keep_from
        return is_old and row.id <= (self.state.baseline or 0)
