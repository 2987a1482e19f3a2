"""Mark and delete recordings in batches, and store the results of reconciliation.

Each batch reads some ids and changes these rows in its own transaction, so that other writers wait for one batch only.
After a crash between two batches, the next call continues.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Insert,
    Select,
    Update,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from bot.archive.database import Database
from bot.archive.dialects import HIGHEST
from bot.archive.recordings import read_sync_state
from bot.archive.rows import among, millis, moment_of, seconds
from bot.archive.schema import GIVEN_UP, OPEN, channels, deliveries, proofs, recordings, sync_states
from bot.archive.search import of_site
from bot.domain.reconciliation import Reconciliation
from bot.domain.sync import SyncState

BATCH = 2_000
"""Rows that one transaction marks or deletes."""

_FIGURES = {"listed": "listed", "stored": "held", "late": "late", "deleted": "gone", "skipped": "skipped"}
"""Fields of `Reconciliation` and the columns of `proofs` that hold them."""
_IS_WAITING = exists().where(deliveries.c.recording == recordings.c.id, OPEN)


class SqlReconciliations:
    """Implements the port `ReconciliationStore` for the recordings of one site."""

    def __init__(self, database: Database, *, site: str, batch: int = BATCH) -> None:
        self._database = database
        self._site = site
        self._batch = batch

    async def mark_deleted(
        self, listed: Sequence[int], *, lowest: int, highest: int, generation: int, now: datetime
    ) -> int:
        """Mark rows from `lowest` to `highest` that are not `listed` and were first seen before `now`."""
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
            mark = update(recordings).where(recordings.c.id.in_(ids), missing).values(gone_at=millis(now))
            marked += await self._run(mark)
        return marked

    async def record(self, result: Reconciliation) -> None:
        """Save the result of a reconciliation."""
        figures = {column: getattr(result, name) for name, column in _FIGURES.items()}
        values = figures | {"site": self._site, "at": millis(result.at)}
        await self._run(insert(proofs).values(values))

    async def latest(self) -> Reconciliation | None:
        """Return the result that was saved last; None if there is none."""
        newest = select(proofs).where(proofs.c.site == self._site).order_by(proofs.c.id.desc()).limit(1)
        row = await self._database.read(lambda connection: connection.execute(newest).one_or_none())
        if row is None:
            return None
        figures = {name: getattr(row, column) for name, column in _FIGURES.items()}
        return Reconciliation(at=moment_of(row.at), **figures)

    async def delete_expired(self, *, before: datetime | None, deleted_before: datetime) -> int:
        """Delete rows older than the retention, and raise the baseline to the highest deleted id.

        1. Delete finished deliveries, alerts and welcomes that are older than the later of the two times.
        2. Delete recordings, with their remaining deliveries.
        3. Delete results of reconciliation, except the newest.
        """
        cutoff = max(before or deleted_before, deleted_before)
        state = await self._database.read(lambda connection: read_sync_state(connection, self._site))
        for settled in self._settled(cutoff):
            while ids := await self._some(select(deliveries.c.id).where(settled)):
                await self._run(delete(deliveries).where(deliveries.c.id.in_(ids)))
        deleted = 0
        for expired in self._expired(state, before, deleted_before):
            deleted += await self._delete_recordings(expired)
        ours = proofs.c.site == self._site
        newest = select(func.max(proofs.c.id)).where(ours).scalar_subquery()
        await self._run(delete(proofs).where(ours, proofs.c.at < millis(cutoff), proofs.c.id < newest))
        return deleted

    def _settled(self, cutoff: datetime) -> Iterator[ColumnElement[bool]]:
        """Yield conditions for finished deliveries, one for each index that finds them."""
        ours = deliveries.c.site == self._site
        anywhere = deliveries.c.channel.in_(select(channels.c.id))
        yield ours & anywhere & (deliveries.c.sent_at < millis(cutoff))
        yield ours & GIVEN_UP & (deliveries.c.created_at < millis(cutoff))

    def _expired(
        self, state: SyncState, before: datetime | None, deleted_before: datetime
    ) -> Iterator[ColumnElement[bool]]:
        """Yield conditions for expired recordings, one for each index that finds them.

        Old generations are deleted completely. In the newest generation, only recordings that a poll has seen are
        deleted, because those above `SyncState.synced` are still to be announced.
        """
        for generation in range(1, state.generation + 1):
            stored = (recordings.c.site == self._site) & (recordings.c.generation == generation)
            if generation == state.generation:
                stored &= recordings.c.pbx_id <= state.synced
            elif state.renewed_at is not None and state.renewed_at < deleted_before:
                yield stored
                continue
            yield stored & (recordings.c.gone_at < millis(deleted_before))
            if before is not None:
                yield stored & (recordings.c.started_at < seconds(before)) & (recordings.c.started_at != 0)
                yield stored & (recordings.c.started_at == 0) & (recordings.c.first_seen_at < millis(before))

    async def _delete_recordings(self, expired: ColumnElement[bool]) -> int:
        deleted = 0
        while ids := await self._some(select(recordings.c.id).where(expired, ~_IS_WAITING)):
            deleted += await self._database.write(partial(self._delete_batch, ids=ids))
        return deleted

    def _delete_batch(self, connection: Connection, *, ids: Sequence[int]) -> int:
        """Delete these recordings with their deliveries, and raise the baseline in the same transaction."""
        free = recordings.c.id.in_(ids) & ~_IS_WAITING
        ids = connection.execute(select(recordings.c.id).where(free)).scalars().all()
        connection.execute(delete(deliveries).where(deliveries.c.recording.in_(ids)))
        deletion = delete(recordings).where(recordings.c.id.in_(ids))
        deleted = connection.execute(deletion.returning(recordings.c.generation, recordings.c.pbx_id)).all()
        state = read_sync_state(connection, self._site)
        highest = max((row.pbx_id for row in deleted if row.generation == state.generation), default=0)
        if state.baseline is not None and highest > state.baseline:
            ours = sync_states.c.site == self._site
            connection.execute(update(sync_states).where(ours).values(baseline=highest))
        return len(deleted)

    async def _run(self, statement: Update | Delete | Insert) -> int:
        """Execute one statement in a transaction; returns how many rows it changed."""
        return await self._database.write(lambda connection: connection.execute(statement).rowcount)

    async def _some(self, statement: Select[int]) -> Sequence[int]:
        batch = statement.limit(self._batch)
        return await self._database.read(lambda connection: connection.execute(batch).scalars().all())
