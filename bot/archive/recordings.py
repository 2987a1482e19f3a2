"""The archive of one site: a copy of the PBX's recordings, and the progress of the sync."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select, update

from bot.archive.alerts import create_alert
from bot.archive.database import Database
from bot.archive.dialects import HIGHEST, insert
from bot.archive.outbox import ReadQuery, create_deliveries
from bot.archive.rows import (
    FACT_NAMES,
    FACTS,
    Facts,
    among,
    facts_by_id,
    merged,
    millis,
    moment_of,
    recording_of,
    seconds,
)
from bot.archive.schema import recordings, sync_states
from bot.archive.search import (
    PROBE,
    Search,
    complete_since,
    count_matches,
    of_site,
    oldest_start,
    read_page,
    recordings_in,
)
from bot.archive.search_columns import SEARCH_COLUMN_NAMES, search_values
from bot.archive.statistics import count_by
from bot.domain.access import Asker
from bot.domain.alert import Alert, Happening
from bot.domain.query import Cursor, Query
from bot.domain.recording import Recording
from bot.domain.related import calls_between
from bot.domain.results import ArchivePage
from bot.domain.statistics import GroupBy, Statistics
from bot.domain.sync import StoreResult, SyncState

_WRITTEN = (*FACT_NAMES, *SEARCH_COLUMN_NAMES)
_UPDATE = (
    update(recordings)
    .where(recordings.c.id == bindparam("row_id"))
    .values({name: bindparam(name) for name in _WRITTEN} | {"gone_at": None})
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows to insert (`new`), and new values of stored rows by their `recordings.id` (`changed`)."""

    new: tuple[Facts, ...]
    changed: tuple[tuple[int, Facts], ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.changed)

    @property
    def new_ids(self) -> tuple[int, ...]:
        """The PBX's ids of the new rows, ascending."""
        return tuple(sorted(facts[0] for facts in self.new))


def _no_reader(line: str) -> Query:
    raise ValueError(f"no reader of queries was given for {line!r}")


class SqlArchive:
    """Implements the port `Archive`. Several instances, also for different sites, can use one database."""

    def __init__(
        self,
        database: Database,
        *,
        site: str,
        keep_for: timedelta | None = None,
        region: str | None = None,
        read_query: ReadQuery = _no_reader,
    ) -> None:
        """Calls older than `keep_for` are not stored as history; None stores all.

        `region` is the country of telephone numbers without a country code: `GB`. `read_query` parses the text of
        subscriptions.
        """
        self._database = database
        self._site = site
        self._keep_for = keep_for
        self._region = region
        self._read_query = read_query

    async def state(self) -> SyncState:
        """Return the progress of the sync."""
        highest = select(func.max(recordings.c.pbx_id)).where(of_site(self._site))

        def work(connection: Connection) -> SyncState:
            state = read_sync_state(connection, self._site)
            return replace(state, highest=connection.execute(highest).scalar_one() or 0)

        return await self._database.read(work)

    async def set_baseline(self, rows: Sequence[Recording], *, baseline: int, total: int, now: datetime) -> None:
        """Set the baseline at the first poll and store the rows as history. A second call changes nothing.

        Also creates deliveries for recordings above the baseline, which a look-up may have stored meanwhile.
        """
        above = select(recordings.c.pbx_id).where(of_site(self._site), recordings.c.pbx_id > baseline)

        def work(connection: Connection) -> None:
            state = read_sync_state(connection, self._site)
            if state.baseline is not None:
                return
            self._write(connection, state, self._differences(connection, state, facts_by_id(rows), now=now), now=now)
            state = replace(
                state,
                baseline=baseline,
                synced=max(state.synced, baseline),
                history=_lowest(rows, baseline, total),
                total=total,
            )
            write_sync_state(connection, self._site, state, now=now)
            new = connection.execute(above).scalars().all()
            self._create_deliveries(connection, state, new, now=now)

        await self._database.write(work)

    async def store(
        self,
        rows: Sequence[Recording],
        *,
        now: datetime,
        synced: int | None = None,
        history: int | None = None,
        history_done: bool = False,
        total: int | None = None,
        generation: int | None = None,
        ids_checked: bool = True,
    ) -> StoreResult:
        """Store rows, create deliveries for the new ones and move the sync state, in one transaction.

        First a read checks whether anything changes, so that a poll without changes does not lock the database. The
        transaction checks again, because another process may have stored the same rows meanwhile.
        """
        facts = facts_by_id(rows)

        def moved(state: SyncState) -> SyncState:
            """Return the new state. `synced` never decreases and `history` never increases; None (complete) stays."""
            lowest = state.history if history is None or state.history is None else min(state.history, history)
            return replace(
                state,
                synced=max(state.synced, synced or 0),
                history=None if history_done else lowest,
                total=state.total if total is None else total,
            )

        def changes_something(connection: Connection) -> bool:
            state = read_sync_state(connection, self._site)
            if generation not in {None, state.generation}:
                return False
            return moved(state) != state or bool(
                self._differences(connection, state, facts, ids_checked=ids_checked, now=now)
            )

        def work(connection: Connection) -> StoreResult:
            state = read_sync_state(connection, self._site)
            if generation not in {None, state.generation}:
                return StoreResult()
            difference = self._differences(connection, state, facts, ids_checked=ids_checked, now=now)
            write_sync_state(connection, self._site, moved(state), now=now)
            self._write(connection, state, difference, now=now)
            baseline = HIGHEST if state.baseline is None else state.baseline  # before the first poll, all is history
            new = tuple(pbx_id for pbx_id in difference.new_ids if pbx_id > baseline)
            self._create_deliveries(connection, state, new, now=now)
            return StoreResult(new=new, filled=len(difference.new) - len(new), changed=len(difference.changed))

        if not await self._database.read(changes_something):
            return StoreResult()
        return await self._database.write(work)

    async def start_generation(
        self,
        rows: Sequence[Recording],
        *,
        total: int,
        now: datetime,
        lowest: int | None = None,
        generation: int | None = None,
    ) -> StoreResult:
        """Start a new generation with these rows, and create deliveries for the new calls and an alert."""

        def work(connection: Connection) -> StoreResult:
            state = read_sync_state(connection, self._site)
            if generation not in {None, state.generation}:
                return StoreResult()
            newer = self._new_calls(connection, state, rows)
            baseline = max((row.id for row in rows if row.id not in newer), default=min(newer, default=1) - 1)
            state = replace(
                state,
                generation=state.generation + 1,
                baseline=baseline,
                synced=baseline,
                history=_lowest(rows, baseline, total) if lowest is None else lowest,
                total=total,
                renewed_at=now,
            )
            difference = self._differences(connection, state, facts_by_id(rows), now=now)
            self._write(connection, state, difference, now=now)
            state = replace(state, synced=max((row.id for row in rows), default=state.synced))
            write_sync_state(connection, self._site, state, now=now)
            self._create_deliveries(connection, state, newer, now=now)
            create_alert(connection, Alert(happening=Happening.RENEWED, since=now), site=self._site, now=now)
            new = tuple(pbx_id for pbx_id in difference.new_ids if pbx_id in newer)
            return StoreResult(new=new, filled=len(difference.new) - len(new))

        return await self._database.write(work)

    async def stored_ids(self, ids: Sequence[int]) -> frozenset[int]:
        """Return which of these ids are stored."""
        statement = select(recordings.c.pbx_id).where(of_site(self._site), among(ids))
        return frozenset(await self._database.read(lambda connection: connection.execute(statement).scalars().all()))

    async def is_deleted(self, recording_id: int) -> bool:
        """Return whether this recording is marked as deleted by the PBX."""
        return bool(
            await self._count(recordings.c.pbx_id == min(recording_id, HIGHEST), recordings.c.gone_at.is_not(None))
        )

    async def count_deleted(self) -> int:
        """Return the number of stored recordings that are marked as deleted by the PBX."""
        return await self._count(recordings.c.gone_at.is_not(None))

    async def count(self, *, at_least: int = 0) -> int:
        """Return the number of stored recordings with ids from `at_least` up."""
        return await self._count(recordings.c.pbx_id >= min(at_least, HIGHEST))

    async def oldest_start(self) -> datetime | None:
        """Return when the oldest stored call started, of those with a known time."""
        return await self._database.read(lambda connection: oldest_start(connection, self._site))

    async def newest_start(self) -> datetime | None:
        """Return when the newest stored call started. If there is none: `SyncState.looked_at`."""
        start = await self._database.read(
            lambda connection: _newest_start(connection, self._site, read_sync_state(connection, self._site))
        )
        return moment_of(1000 * start) if start else None

    async def find(self, asker: Asker, query: Query, cursor: Cursor | None = None, *, most: int | None) -> ArchivePage:
        """Return a page, the number of matches, and the start of the stored history, in one transaction."""
        search = self._search(asker, query)

        def work(connection: Connection) -> ArchivePage:
            rows, first, total = read_page(connection, search, cursor)
            if total is None and cursor is None and 0 < len(rows) < query.count:
                total = first - 1 + len(rows)
            if total is None or (total > PROBE and (most is None or most >= total)):
                total = count_matches(connection, search, most=most)
            return ArchivePage(
                rows=rows, first=first, total=total, complete_since=complete_since(connection, self._site)
            )

        return await self._database.read(work)

    async def page(self, asker: Asker, query: Query, cursor: Cursor | None = None) -> tuple[tuple[Recording, ...], int]:
        """Return the rows of a listing, and the position of the first one from 1 (0 without rows)."""
        search = self._search(asker, query)
        return await self._database.read(lambda connection: read_page(connection, search, cursor)[:2])

    async def count_matching(self, asker: Asker, query: Query, *, most: int) -> int:
        """Return the number of matches. Counting stops at `most + 1`."""
        search = self._search(asker, query)
        return await self._database.read(lambda connection: count_matches(connection, search, most=most))

    async def between(self, asker: Asker, recording: Recording, *, count: int) -> tuple[Recording, ...]:
        """Return the newest other recordings between the same two parties, in both directions, newest first."""
        query = calls_between(recording)
        if query is None:
            return ()
        one, other = query.callers
        rows: dict[int, Recording] = {}
        for caller, callee in ((one, other), (other, one)):
            found, _ = await self.page(asker, Query(callers=(caller,), callees=(callee,), count=count + 1))
            rows |= {row.id: row for row in found if row.id != recording.id}
        newest = sorted(rows.values(), key=lambda row: (seconds(row.started_at), row.id), reverse=True)
        return tuple(newest[:count])

    async def statistics(self, asker: Asker, query: Query, by: GroupBy) -> Statistics:
        """Return counts and lengths of the matches by group."""
        search = self._search(asker, query)
        return await self._database.read(lambda connection: count_by(connection, search, by, zone=asker.zone))

    async def get(self, asker: Asker, ids: Sequence[int]) -> tuple[Recording, ...]:
        """Return the stored recordings with these ids, in the order of `ids`."""
        statement = recordings_in(self._search(asker, Query()), *FACTS).where(among(ids))
        rows = await self._database.read(lambda connection: connection.execute(statement).all())
        found = {row.pbx_id: recording_of(row) for row in rows}
        return tuple(found[pbx_id] for pbx_id in ids if pbx_id in found)

    def _search(self, asker: Asker, query: Query) -> Search:
        return Search(
            scope=asker.scope,
            site=self._site,
            query=query,
            region=self._region,
            sqlite=self._database.engine.dialect.name == "sqlite",
        )

    async def _count(self, *conditions: Any) -> int:
        statement = select(func.count()).where(of_site(self._site), *conditions)
        return await self._database.read(lambda connection: connection.execute(statement).scalar_one())

    def _differences(
        self,
        connection: Connection,
        state: SyncState,
        listed: dict[int, Facts],
        *,
        now: datetime,
        ids_checked: bool = True,
    ) -> Difference:
        """Compare listed rows, by id, with the newest generation in the archive.

        Leaves out rows that are not to be stored: those whose ids may have started again, and history that is older
        than the retention.
        """
        keep_from = None if self._keep_for is None else seconds(now - self._keep_for)
        stored = {row.pbx_id: row for row in connection.execute(_stored(self._site, state.generation, listed))}
        changed = {
            row: merged(row[2:], listed[pbx_id]) for pbx_id, row in stored.items() if _differs(row, listed[pbx_id])
        }
        new = tuple(
            facts
            for pbx_id, facts in listed.items()
            if pbx_id not in stored and not _is_expired(facts, state.baseline, keep_from)
        )
        if not ids_checked and any(facts[0] <= state.synced for facts in new):
            newest = _newest_start(connection, self._site, state)
            new = tuple(facts for facts in new if facts[0] > state.synced or facts[1] <= newest)
        return Difference(new=new, changed=tuple((row.id, facts) for row, facts in changed.items()))

    def _write(self, connection: Connection, state: SyncState, difference: Difference, *, now: datetime) -> None:
        """Insert the new rows, and update the changed rows. Also removes their mark as deleted."""
        if difference.new:
            common = {"site": self._site, "generation": state.generation, "first_seen_at": millis(now)}
            connection.execute(
                insert(connection, recordings), [common | _columns(facts) for facts in sorted(difference.new)]
            )
        if difference.changed:
            connection.execute(_UPDATE, [{"row_id": id_, **_columns(facts)} for id_, facts in difference.changed])

    def _create_deliveries(
        self, connection: Connection, state: SyncState, ids: Iterable[int], *, now: datetime
    ) -> None:
        ids = list(ids)
        if ids:
            create_deliveries(
                connection,
                ids,
                site=self._site,
                generation=state.generation,
                now=now,
                read_query=self._read_query,
                region=self._region,
            )

    def _new_calls(self, connection: Connection, state: SyncState, rows: Sequence[Recording]) -> set[int]:
        """Return the ids of the rows that are new calls, after the ids have started again.

        A row without a stored recording of its id is new if its call started after all stored calls, or, above
        `SyncState.synced`, in the same second as the newest. A row with another stored recording of its id is new if
        its call started later than that one.
        """
        newest = _newest_start(connection, self._site, state)
        found = connection.execute(_stored(self._site, state.generation, [row.id for row in rows]))
        stored = {row.pbx_id: recording_of(row[2:]) for row in found}

        def is_new(row: Recording) -> bool:
            before = stored.get(row.id)
            if before is None:
                return seconds(row.started_at) + (row.id > state.synced) > newest
            return row.is_other_than(before) and seconds(row.started_at) > seconds(before.started_at)

        return {row.id for row in rows if is_new(row)}


def read_sync_state(connection: Connection, site: str) -> SyncState:
    """Return the saved sync state of a site, without `highest`; the default state if there is none."""
    row = connection.execute(select(sync_states).where(sync_states.c.site == site)).one_or_none()
    if row is None:
        return SyncState()
    return SyncState(
        generation=row.generation,
        baseline=row.baseline,
        synced=row.synced,
        history=row.history,
        looked_at=moment_of(row.looked_at),
        total=row.total,
        renewed_at=moment_of(row.renewed_at),
    )


def write_sync_state(connection: Connection, site: str, state: SyncState, *, now: datetime) -> None:
    """Save the sync state of a site, with `looked_at` set to `now`."""
    values = {
        "site": site,
        "generation": state.generation,
        "baseline": state.baseline,
        "synced": state.synced,
        "history": state.history,
        "looked_at": millis(now),
        "total": state.total,
        "renewed_at": state.renewed_at and millis(state.renewed_at),
    }
    statement = insert(connection, sync_states).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["site"], set_=values))


def _newest_start(connection: Connection, site: str, state: SyncState) -> int:
    """Return when the newest call of the newest generation started, in seconds since 1970.

    If there is none, because all were deleted by the retention: `SyncState.looked_at`, or 0.
    """
    statement = select(func.max(recordings.c.started_at)).where(
        recordings.c.site == site, recordings.c.generation == state.generation
    )
    return connection.execute(statement).scalar_one() or seconds(state.looked_at)


def _stored(site: str, generation: int, ids: Iterable[int]) -> Select[Any]:
    return select(recordings.c.id, recordings.c.gone_at, *FACTS).where(
        recordings.c.site == site, recordings.c.generation == generation, among(ids)
    )


def _is_expired(facts: Facts, baseline: int | None, keep_from: int | None) -> bool:
    """Return whether a row is history older than `keep_from`. Before the baseline is set, all rows are history."""
    pbx_id, started_at = facts[:2]
    if keep_from is None or not started_at or started_at >= keep_from:
        return False
    return baseline is None or bool(pbx_id <= baseline)


def _columns(facts: Facts) -> dict[str, Any]:
    """Return the columns of a row, including those for the search."""
    return dict(zip(_WRITTEN, (*facts, *search_values(recording_of(facts))), strict=True))


def _differs(row: Row[Any], listed: Facts) -> bool:
    stored = row[2:]
    if row.gone_at is None and stored == listed:
        return False
    if recording_of(listed).is_other_than(recording_of(stored)):
        return False
    return row.gone_at is not None or merged(stored, listed) != stored


def _lowest(rows: Sequence[Recording], baseline: int, total: int) -> int | None:
    """Return `SyncState.history` after the first poll; None if all recordings were read."""
    if len(rows) >= total:
        return None
    return min((row.id for row in rows), default=baseline + 1)
