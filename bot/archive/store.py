"""The archive of one site: our mirror of the PBX's list."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.archive.alerts import owe_alert
from bot.archive.difference import Difference, differences, newest_start, news_among, write
from bot.archive.engine import look_up, reading, writing
from bot.archive.filters import in_scope, of_site
from bot.archive.listing import back_to, oldest, page_of
from bot.archive.marks import Marks, Moves, read_marks, write_marks
from bot.archive.owing import owe
from bot.archive.rows import FACTS, HIGHEST, Facts, among, facts_by_id, moment_of, recording_of, seconds
from bot.archive.searching import count_found, finding
from bot.archive.tables import recordings
from bot.archive.tallying import tally
from bot.domain.access import Asker, Scope
from bot.domain.alert import Alert, Happening
from bot.domain.query import Cursor, Query, Sort
from bot.domain.recording import Recording
from bot.domain.related import calls_between
from bot.domain.results import ArchivePage
from bot.domain.statistics import GroupBy, Statistics
from bot.domain.sync import StoreResult, SyncState


class SqlArchive:
    """Implements the port `Archive`. Several archives, of one site or of many, may share an engine or a file."""

    def __init__(
        self, engine: AsyncEngine, *, site: str, keep_for: timedelta | None = None, region: str | None = None
    ) -> None:
        """`keep_for` is the age of a call from which it is not taken in as history; None takes in all.

        `region` is the country of telephone numbers that are written without one, `GB`.
        """
        self._engine = engine
        self._site = site
        self._keep_for = keep_for
        self._region = region

    async def state(self) -> SyncState:
        """How far the sync has come."""
        highest = select(func.max(recordings.c.pbx_id)).where(of_site(self._site))
        async with reading(self._engine) as connection:
            state = (await read_marks(connection, self._site)).state
            return replace(state, highest=(await connection.execute(highest)).scalar_one() or 0)

    async def set_baseline(self, rows: Sequence[Recording], *, baseline: int, total: int, now: datetime) -> None:
        """First look: set the baseline, keep the rows as history, announce none. A second call changes nothing.

        A look-up may have kept a call that came after these rows were read: it is new, and owed from now on.
        """
        async with writing(self._engine) as connection:
            marks = await read_marks(connection, self._site)
            if marks.baseline is not None:
                return
            difference = await self._differences(connection, marks, facts_by_id(rows), now=now)
            await write(connection, marks, difference, now=now)
            marks = marks.begun(_lowest(rows, baseline, total), baseline=baseline, total=total)
            await write_marks(connection, marks, now=now)
            await owe(connection, marks, await self._ids_above(connection, baseline), now=now)

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
        """The one door: what is new, what has changed and where the marks go, in one transaction.

        It looks first and writes only when there is something to write, so that a quiet poll never locks the
        file; then it looks again, because another process may have kept the same rows in between.
        """
        moves = Moves(synced=synced, history=history, history_done=history_done, total=total)
        told = facts_by_id(rows)
        async with reading(self._engine) as connection:
            marks = await read_marks(connection, self._site)
            if generation not in {None, marks.generation}:
                return StoreResult()
            moved = marks.moved(moves) != marks
            if not moved and not await self._differences(connection, marks, told, ids_checked=ids_checked, now=now):
                return StoreResult()
        async with writing(self._engine) as connection:
            marks = await read_marks(connection, self._site)
            if generation not in {None, marks.generation}:
                return StoreResult()
            difference = await self._differences(connection, marks, told, ids_checked=ids_checked, now=now)
            await write_marks(connection, marks.moved(moves), now=now)
            await write(connection, marks, difference, now=now)
            kept = _kept(difference, marks)
            if kept.new:
                await owe(connection, marks, kept.new, now=now)
        return kept

    async def start_generation(
        self,
        rows: Sequence[Recording],
        *,
        total: int,
        now: datetime,
        lowest: int | None = None,
        generation: int | None = None,
    ) -> StoreResult:
        """Begin a new generation with these rows, owe those that are news and an alert that the ids began anew."""
        async with writing(self._engine) as connection:
            marks = await read_marks(connection, self._site)
            if generation not in {None, marks.generation}:
                return StoreResult()
            news = await news_among(connection, marks, rows)
            baseline = max((row.id for row in rows if row.id not in news), default=min(news, default=1) - 1)
            history = _lowest(rows, baseline, total) if lowest is None else lowest
            marks = marks.renewed(baseline, lowest=history, total=total, now=now)
            difference = await self._differences(connection, marks, facts_by_id(rows), now=now)
            await write(connection, marks, difference, now=now)
            marks = marks.moved(Moves(synced=max((row.id for row in rows), default=0)))
            await write_marks(connection, marks, now=now)
            await owe(connection, marks, news, now=now)
            await owe_alert(connection, Alert(happening=Happening.RENEWED, since=now), site=self._site, now=now)
        new = tuple(pbx_id for pbx_id in difference.new_ids if pbx_id in news)
        return StoreResult(new=new, filled=len(difference.new) - len(new))

    async def stored_ids(self, ids: Sequence[int]) -> frozenset[int]:
        """Which of these ids are held."""
        statement = select(recordings.c.pbx_id).where(of_site(self._site), among(ids))
        async with reading(self._engine) as connection:
            return frozenset((await connection.execute(statement)).scalars())

    async def is_deleted(self, recording_id: int) -> bool:
        """Whether the PBX has been seen to delete this recording."""
        gone = of_site(self._site) & (recordings.c.pbx_id == min(recording_id, HIGHEST))
        statement = select(func.count()).where(gone, recordings.c.gone_at.is_not(None))
        async with reading(self._engine) as connection:
            return bool((await connection.execute(statement)).scalar_one())

    async def gone(self) -> int:
        """How many of the recordings held the PBX has been seen to delete."""
        statement = select(func.count()).where(of_site(self._site), recordings.c.gone_at.is_not(None))
        async with reading(self._engine) as connection:
            return (await connection.execute(statement)).scalar_one()

    async def count(self, *, at_least: int = 0) -> int:
        """How many recordings are held, with ids from `at_least` up."""
        held = of_site(self._site) & (recordings.c.pbx_id >= min(at_least, HIGHEST))
        async with reading(self._engine) as connection:
            return (await connection.execute(select(func.count()).where(held))).scalar_one()

    async def oldest_start(self) -> datetime | None:
        """When the oldest call held started, of those whose time the PBX told."""
        return await look_up(self._engine, lambda connection: oldest(connection, self._site))

    async def newest_start(self) -> datetime | None:
        """When the latest call held started; when none is held, when the archive last changed by the PBX's list."""
        async with reading(self._engine) as connection:
            start = await newest_start(connection, await read_marks(connection, self._site))
        return moment_of(1000 * start) if start else None

    async def find(self, asker: Asker, query: Query, turn: Cursor | None = None, *, most: int | None) -> ArchivePage:
        """A page of what a query finds, how many that is, and how far back the archive reaches, all of one moment."""

        def ask(connection: Connection) -> ArchivePage:
            rows, first = page_of(connection, self._site, query, turn, self._region, scope=asker.scope)
            is_last = turn is None and 0 < len(rows) < query.count
            counted = first - 1 + len(rows) if is_last else self._counted(connection, query, most, asker.scope)
            return ArchivePage(rows=rows, first=first, counted=counted, back_to=back_to(connection, self._site))

        return await look_up(self._engine, ask)

    async def page(self, asker: Asker, query: Query, turn: Cursor | None = None) -> tuple[tuple[Recording, ...], int]:
        """The rows of a listing, and the position of the first one from 1 (0 without rows)."""
        return await look_up(
            self._engine,
            lambda connection: page_of(connection, self._site, query, turn, self._region, scope=asker.scope),
        )

    async def count_matching(self, asker: Asker, query: Query, *, most: int) -> int:
        """How many of the recordings held a query finds; counting stops behind `most`."""
        return await look_up(self._engine, lambda connection: self._counted(connection, query, most, asker.scope))

    async def between(self, asker: Asker, recording: Recording, *, count: int) -> tuple[Recording, ...]:
        """The latest other recordings between the same two parties, whoever called, newest first."""
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
        """What the query finds, counted."""

        def ask(connection: Connection) -> Statistics:
            return tally(
                connection, finding(connection, self._site, query, self._region, asker.scope), by, zone=asker.zone
            )

        return await look_up(self._engine, ask)

    async def get(self, asker: Asker, ids: Sequence[int]) -> tuple[Recording, ...]:
        """The recordings with these ids that are held, in the order of `ids`."""
        statement = select(*FACTS).where(of_site(self._site), among(ids), in_scope(asker.scope, self._region))

        def ask(connection: Connection) -> dict[int, Recording]:
            return {row.pbx_id: recording_of(row) for row in connection.execute(statement)}

        found = await look_up(self._engine, ask)
        return tuple(found[pbx_id] for pbx_id in ids if pbx_id in found)

    def _counted(self, connection: Connection, query: Query, most: int | None, scope: Scope) -> int:
        found = finding(connection, self._site, replace(query, sort=Sort.TIME), self._region, scope)
        return count_found(connection, found, most=most)

    async def _differences(
        self,
        connection: AsyncConnection,
        marks: Marks,
        told: Mapping[int, Facts],
        *,
        now: datetime,
        ids_checked: bool = True,
    ) -> Difference:
        keep_from = None if self._keep_for is None else now - self._keep_for
        return await differences(connection, marks, told, ids_checked=ids_checked, keep_from=keep_from)

    async def _ids_above(self, connection: AsyncConnection, baseline: int) -> Sequence[int]:
        statement = select(recordings.c.pbx_id).where(of_site(self._site), recordings.c.pbx_id > baseline)
        return (await connection.execute(statement)).scalars().all()


def _lowest(rows: Sequence[Recording], baseline: int, total: int) -> int | None:
    """From where up the history is held after the first look; None when that is all of it."""
    if len(rows) >= total:
        return None
    return min((row.id for row in rows), default=baseline + 1)


def _kept(difference: Difference, marks: Marks) -> StoreResult:
    baseline = HIGHEST if marks.baseline is None else marks.baseline  # before the first look nothing is owed
    new = tuple(pbx_id for pbx_id in difference.new_ids if pbx_id > baseline)
    return StoreResult(new=new, filled=len(difference.new) - len(new), changed=len(difference.changed))
