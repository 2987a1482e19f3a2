"""The daily proof: read the PBX's whole list, and hold the archive against it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

import structlog

from bot.domain.access import SYSTEM
from bot.domain.reconciliation import Reconciliation
from bot.domain.recording import Recording, RecordingPage
from bot.domain.sync import StoreResult, SyncState
from bot.ports import Archive, Clock, Phones, ReconciliationStore
from bot.services.pages import PageReader
from bot.services.sync import HISTORY_PAGE, ids_started_again

HOUR = 3
"""When few people call."""
HIGHEST = 2**63 - 1
"""Above every id."""

log = structlog.get_logger(__name__)


def is_due(last: Reconciliation | None, now: datetime, *, zone: tzinfo) -> bool:
    """Whether no proof has begun since it was last three o'clock in `zone`; after a clock was set back too."""
    three = now.astimezone(zone).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if three > now:
        three -= timedelta(days=1)
    return last is None or not three <= last.at <= now


async def reconcile(
    phones: Phones,
    archive: Archive,
    ledger: ReconciliationStore,
    clock: Clock,
    *,
    pause: timedelta,
    keep_for: timedelta | None = None,
) -> Reconciliation | None:
    """Find and post what was missed, mark what is gone, and keep the figures.

    1. Read the PBX's list from the newest row down, a page at a time with `pause` between two. If its ids have started
       again, leave it to the next poll.
    2. Take each page through the one door: what was missed is owed like a new recording, or kept as history.
    3. Mark what is held between this page and the one before and is not listed, unless a row of the page could not be
       read: it may be any of those.
    4. Record the proof. If other recordings stand under ids that are held, begin a new generation instead.

    None, and nothing recorded, while the history is still being read in, or when the PBX's ids have started again.
    A crash loses the figures and nothing else: the proof is still due. Raises PbxError or ArchiveError.
    """
    state, at = await archive.state(), clock.now()
    if state.baseline is None or state.history is not None:
        return None
    reading = _Reading(archive, ledger, state, None if keep_for is None else at - keep_for)
    walk = PageReader(phones=phones, size=HISTORY_PAGE)
    newest = page = await walk.next()
    if page is not None and await ids_started_again(archive, page.rows, state):
        return None
    asked_at = at
    while page is not None:
        await reading.take(page, walk.floor or 0, asked_at)
        await clock.sleep(pause)
        asked_at = clock.now()
        page = await walk.next()
    await reading.end(walk.skipped, asked_at)
    if newest is not None and reading.strays:
        log.warning("ids_started_again", strays=len(reading.strays))
        await archive.start_generation(
            [*newest.rows, *reading.strays.values()],
            total=newest.total,
            now=clock.now(),
            lowest=_lowest(newest),
            generation=state.generation,
        )
    if (await archive.state()).generation != state.generation:
        return None
    proof = reading.proof(at)
    await ledger.record(proof)
    log.info("proved", listed=proof.listed, held=proof.held, late=proof.late, gone=proof.gone, skipped=proof.skipped)
    return proof


def _lowest(page: RecordingPage) -> int:
    return min(row.id for row in page.rows)


@dataclass(slots=True)
class _Reading:
    """One reading of the whole list, as far as it has come."""

    archive: Archive
    ledger: ReconciliationStore
    state: SyncState
    keep_from: datetime | None
    """Calls that started before it are not kept."""
    ceiling: int = HIGHEST
    """Everything above has been read."""
    listed: int = 0
    held: int = 0
    late: int = 0
    gone: int = 0
    skipped: int = 0
    is_doubtful: bool = False
    """Whether the last page had rows that could not be read: they may have any id of that page, or stand below it."""
    strays: dict[int, Recording] = field(default_factory=dict)
    """Other recordings than those held under their ids."""

    async def take(self, page: RecordingPage, floor: int, asked_at: datetime) -> None:
        """A page that holds every row listed from `floor` up to the ceiling; some above it come again."""
        held = {row.id: row for row in await self.archive.get(SYSTEM, [row.id for row in page.rows])}
        self.strays |= {row.id: row for row in page.rows if row.id in held and row.is_other_than(held[row.id])}
        kept = await self.archive.store(page.rows, now=asked_at, generation=self.state.generation)
        fresh = [row.id for row in page.rows if row.id <= self.ceiling and self._is_kept(row)]
        self.listed += len(fresh)
        self.held += len(await self.archive.stored_ids(fresh))
        self.late += self._late(kept)
        self.skipped += page.skipped
        if not page.skipped and not self.is_doubtful:
            await self._mark([row.id for row in page.rows], floor, asked_at)
        self.ceiling = floor - 1
        self.is_doubtful = page.skipped > 0

    async def end(self, skipped: int, asked_at: datetime) -> None:
        """Mark what is stored below the last page, unless rows at the end of the list could not be read."""
        self.skipped += skipped
        if not skipped and not self.is_doubtful:
            await self._mark([], 0, asked_at)

    def proof(self, at: datetime) -> Reconciliation:
        """The figures."""
        return Reconciliation(
            at=at, listed=self.listed, held=self.held, late=self.late, gone=self.gone, skipped=self.skipped
        )

    async def _mark(self, listed: list[int], lowest: int, asked_at: datetime) -> None:
        self.gone += await self.ledger.mark_deleted(
            listed, lowest=lowest, highest=self.ceiling, generation=self.state.generation, now=asked_at
        )

    def _late(self, kept: StoreResult) -> int:
        """What no poll had found: a call that came after the last one is not late."""
        return kept.filled + sum(1 for id_ in kept.new if id_ <= self.state.synced)

    def _is_kept(self, row: Recording) -> bool:
        """As the archive decides: what is old and was never announced is not kept."""
        old = self.keep_from is not None and row.started_at is not None and row.started_at < self.keep_from
        return not (old and row.id <= (self.state.baseline or 0))
