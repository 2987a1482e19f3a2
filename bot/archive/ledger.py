"""The archive held against the PBX, and cleared of what is past keeping: many rows, a few at a time.

Whatever could touch very many rows looks for some first, changes those, and looks again: nobody else who writes waits
for longer than one batch takes. A crash between two batches loses nothing, the next call goes on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.archive.engine import reading, writing
from bot.archive.marks import Marks, read_marks
from bot.archive.rows import HIGHEST, among, millis, moment_of, seconds
from bot.archive.search import of_site
from bot.archive.tables import GIVEN_UP, OPEN, deliveries, proofs, recordings, subscriptions, sync_states
from bot.domain.reconciliation import Reconciliation

BATCH = 2_000
"""Rows that one transaction marks or removes."""

_FIGURES = ("listed", "held", "late", "gone", "skipped")
_IS_OWED = exists().where(deliveries.c.recording == recordings.c.id, OPEN)


class SqlReconciliations:
    """Implements the port `Ledger` for the recordings of one site."""

    def __init__(self, engine: AsyncEngine, *, site: str, batch: int = BATCH) -> None:
        self._engine = engine
        self._site = site
        self._batch = batch

    async def mark_deleted(
        self, listed: Sequence[int], *, lowest: int, highest: int, generation: int, now: datetime
    ) -> int:
        """Mark what is held from `lowest` to `highest`, is not `listed` and was first seen before `now`."""
        missing = (
            of_site(self._site)
            & (recordings.c.generation == generation)
            & recordings.c.pbx_id.between(lowest, min(highest, HIGHEST))
            & ~among(listed)
            & recordings.c.gone_at.is_(None)
            & (recordings.c.first_seen_at < millis(now))
        )
        marked = 0
        while ids := await self._some(select(recordings.c.id).where(missing)):
            async with writing(self._engine) as connection:
                mark = update(recordings).where(recordings.c.id.in_(ids), missing).values(gone_at=millis(now))
                marked += (await connection.execute(mark)).rowcount
        return marked

    async def record(self, proof: Reconciliation) -> None:
        """Keep what a proof has shown."""
        values = asdict(proof) | {"site": self._site, "at": millis(proof.at)}
        async with writing(self._engine) as connection:
            await connection.execute(insert(proofs).values(values))

    async def latest(self) -> Reconciliation | None:
        """The proof recorded last."""
        newest = select(proofs).where(proofs.c.site == self._site).order_by(proofs.c.id.desc()).limit(1)
        async with reading(self._engine) as connection:
            row = (await connection.execute(newest)).one_or_none()
        if row is None:
            return None
        figures = {name: getattr(row, name) for name in _FIGURES}
        return Reconciliation(at=moment_of(row.at), **figures)

    async def delete_expired(self, *, before: datetime | None, gone_before: datetime) -> int:
        """Remove what is past keeping, and let the baseline rise above the recordings among it.

        1. Deliveries that are settled, alerts and welcomes among them, older than the later of the two moments.
        2. Recordings, with the deliveries that they still have.
        3. Proofs, but the newest.
        """
        cutoff = max(before or gone_before, gone_before)
        async with reading(self._engine) as connection:
            marks = await read_marks(connection, self._site)
        for settled in self._settled(cutoff):
            await self._remove_deliveries(settled)
        removed = 0
        for past in _past(marks, before, gone_before):
            removed += await self._remove_recordings(past)
        await self._remove_proofs(cutoff)
        return removed

    def _settled(self, cutoff: datetime) -> Iterator[ColumnElement[bool]]:
        """Each holds for deliveries that one index finds."""
        ours = deliveries.c.site == self._site
        anywhere = deliveries.c.subscription.in_(select(subscriptions.c.id))
        yield ours & anywhere & (deliveries.c.sent_at < millis(cutoff))
        yield ours & GIVEN_UP & (deliveries.c.created_at < millis(cutoff))

    async def _remove_deliveries(self, settled: ColumnElement[bool]) -> None:
        while ids := await self._some(select(deliveries.c.id).where(settled)):
            async with writing(self._engine) as connection:
                await connection.execute(delete(deliveries).where(deliveries.c.id.in_(ids)))

    async def _remove_recordings(self, past: ColumnElement[bool]) -> int:
        removed = 0
        while ids := await self._some(select(recordings.c.id).where(past, ~_IS_OWED)):
            async with writing(self._engine) as connection:
                removed += await self._let_go(connection, ids)
        return removed

    async def _let_go(self, connection: AsyncConnection, ids: Sequence[int]) -> int:
        """Remove these recordings with their deliveries; the baseline rises in the same transaction."""
        free = recordings.c.id.in_(ids) & ~_IS_OWED
        theirs = deliveries.c.recording.in_(select(recordings.c.id).where(free))
        await connection.execute(delete(deliveries).where(theirs))
        removal = delete(recordings).where(free).returning(recordings.c.generation, recordings.c.pbx_id)
        removed = (await connection.execute(removal)).all()
        marks = await read_marks(connection, self._site)
        highest = max((row.pbx_id for row in removed if row.generation == marks.generation), default=0)
        if marks.baseline is not None and highest > marks.baseline:
            ours = sync_states.c.site == self._site
            await connection.execute(update(sync_states).where(ours).values(baseline=highest))
        return len(removed)

    async def _remove_proofs(self, cutoff: datetime) -> None:
        ours = proofs.c.site == self._site
        newest = select(func.max(proofs.c.id)).where(ours).scalar_subquery()
        async with writing(self._engine) as connection:
            old = delete(proofs).where(ours, proofs.c.at < millis(cutoff), proofs.c.id < newest)
            await connection.execute(old)

    async def _some(self, statement: Select[int]) -> Sequence[int]:
        async with reading(self._engine) as connection:
            return (await connection.execute(statement.limit(self._batch))).scalars().all()


def _past(marks: Marks, before: datetime | None, gone_before: datetime) -> Iterator[ColumnElement[bool]]:
    """Each holds for recordings past keeping that one index finds.

    A generation that is over is gone as a whole. Of the newest, only what a poll has seen goes: what lies above that
    has still to be announced.
    """
    for generation in range(1, marks.generation + 1):
        held = (recordings.c.site == marks.site) & (recordings.c.generation == generation)
        if generation == marks.generation:
            held &= recordings.c.pbx_id <= marks.synced
        elif marks.renewed_at is not None and marks.renewed_at < millis(gone_before):
            yield held
            continue
        yield held & (recordings.c.gone_at < millis(gone_before))
        if before is not None:
            yield held & (recordings.c.started_at < seconds(before)) & (recordings.c.started_at != 0)
            yield held & (recordings.c.started_at == 0) & (recordings.c.first_seen_at < millis(before))
