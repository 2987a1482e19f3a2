"""What rows from the PBX would change in the archive: worked out first, so that nothing is written for nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.archive.indexing import add, add_new, is_reindexed, remove
from bot.archive.marks import Marks
from bot.archive.rows import FACT_NAMES, FACTS, Facts, among, merged, millis, recording_of, seconds
from bot.archive.tables import recordings
from bot.domain.recording import Recording

_STORED = ("site", "generation", "first_seen_at", *FACT_NAMES)
_INSERT = f"INSERT INTO recordings ({', '.join(_STORED)}) VALUES ({', '.join('?' * len(_STORED))})"  # noqa: S608 - text of ours alone
_UPDATE = (
    update(recordings)
    .where(recordings.c.id == bindparam("held"))
    .values({name: bindparam(name) for name in FACT_NAMES} | {"gone_at": None})
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows to insert, and facts to change by the row's own id."""

    new: tuple[Facts, ...]
    changed: tuple[tuple[int, Facts], ...]
    reindexed: tuple[int, ...] = ()
    """Of the changed rows, those that a search finds by other words now; by our own ids."""

    def __bool__(self) -> bool:
        return bool(self.new or self.changed)

    @property
    def new_ids(self) -> tuple[int, ...]:
        """The PBX's ids of the new rows, ascending."""
        return tuple(sorted(facts[0] for facts in self.new))


async def differences(
    connection: AsyncConnection,
    marks: Marks,
    told: Mapping[int, Facts],
    *,
    ids_checked: bool = True,
    keep_from: datetime | None = None,
) -> Difference:
    """Compare what the PBX told, by its ids, with what is held of the site's newest generation.

    What may come of ids that have started again is left out: see the port `Archive.keep`. So is history of calls that
    started before `keep_from`.
    """
    held = {row.pbx_id: row for row in await connection.execute(_held(marks, told))}
    differing = {row: merged(row[2:], told[pbx_id]) for pbx_id, row in held.items() if _differs(row, told[pbx_id])}
    new = tuple(facts for pbx_id, facts in told.items() if pbx_id not in held and not _is_past(facts, marks, keep_from))
    if not ids_checked and any(facts[0] <= marks.synced for facts in new):
        latest = await newest_start(connection, marks)
        new = tuple(facts for facts in new if facts[0] > marks.synced or facts[1] <= latest)
    return Difference(
        new=new,
        changed=tuple((row.id, facts) for row, facts in differing.items()),
        reindexed=tuple(row.id for row, facts in differing.items() if is_reindexed(row[2:], facts)),
    )


async def newest_start(connection: AsyncConnection, marks: Marks) -> int:
    """When the latest call held of the newest generation started, in seconds since 1970.

    When none is held, as where all are past keeping: when the archive last changed by what the PBX listed. 0 before.
    """
    started_at = func.max(recordings.c.started_at)
    held = (recordings.c.site == marks.site) & (recordings.c.generation == marks.generation)
    return (await connection.execute(select(started_at).where(held))).scalar_one() or (marks.looked_at or 0) // 1000


async def news_among(connection: AsyncConnection, marks: Marks, rows: Sequence[Recording]) -> set[int]:
    """The ids of the rows that are news, once the ids have started again.

    Their calls started after all that is held, or after that of another recording which was held under the same id;
    above the ids that polls have seen, in the same second is enough.
    """
    latest = await newest_start(connection, marks)
    held = {row.pbx_id: row[2:] for row in await connection.execute(_held(marks, [row.id for row in rows]))}
    return {row.id for row in rows if _is_news(row, held.get(row.id), marks, latest)}


def _is_news(row: Recording, held: Sequence[Any] | None, marks: Marks, latest: int) -> bool:
    if held is None:
        return seconds(row.started_at) + (row.id > marks.synced) > latest
    before = recording_of(held)
    return row.is_other_than(before) and seconds(row.started_at) > seconds(before.started_at)


async def write(connection: AsyncConnection, marks: Marks, difference: Difference, *, now: datetime) -> None:
    """Store it. A changed row that was gone is there again."""
    if difference.new:
        common = (marks.site, marks.generation, millis(now))
        # written out, for SQLAlchemy's own handling of each row takes longer than SQLite's
        await connection.exec_driver_sql(_INSERT, [common + facts for facts in sorted(difference.new)])
        await add_new(connection, marks, difference.new_ids)
    if difference.changed:
        await remove(connection, difference.reindexed)
        changed = [{"held": row, **dict(zip(FACT_NAMES, facts, strict=True))} for row, facts in difference.changed]
        await connection.execute(_UPDATE, changed)
        await add(connection, difference.reindexed)


def _held(marks: Marks, ids: Iterable[int]) -> Select[Any]:
    return select(recordings.c.id, recordings.c.gone_at, *FACTS).where(
        recordings.c.site == marks.site,
        recordings.c.generation == marks.generation,
        among(ids),
    )


def _is_past(facts: Facts, marks: Marks, keep_from: datetime | None) -> bool:
    """Whether it is history past keeping. Before the first look everything is history; a call may have no time."""
    pbx_id, started_at = facts[:2]
    if keep_from is None or not started_at or started_at >= seconds(keep_from):
        return False
    return marks.baseline is None or bool(pbx_id <= marks.baseline)


def _differs(row: Row[Any], told: Facts) -> bool:
    held = row[2:]
    if row.gone_at is None and held == told:
        return False
    if recording_of(told).is_other_than(recording_of(held)):
        return False
    return row.gone_at is not None or merged(held, told) != held
