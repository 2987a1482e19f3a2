"""Store the health of the parts, and create alerts about it in the same transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, text

from bot.archive.alerts import create_alert
from bot.archive.database import Database
from bot.archive.dialects import insert
from bot.archive.rows import millis, moment_of
from bot.archive.schema import healths, recordings, sync_states
from bot.domain.alert import Alert
from bot.domain.health import Health, Level, Part

_NEW_SINCE = text("""
    SELECT count(*) AS found,
        count(CASE WHEN EXISTS (
            SELECT 1 FROM deliveries AS d WHERE d.recording = r.id AND d.state IN ('due', 'sending')
        ) THEN 1 END) AS waiting
    FROM (
        SELECT id,
            CASE WHEN site = :site AND generation = :generation AND pbx_id > :baseline THEN 1 ELSE 0 END AS is_new
        FROM recordings WHERE id > :older
    ) AS r
    WHERE r.is_new = 1
""")
"""Reads only the newest rows, because `id` increases with time. With more conditions in the inner WHERE, SQLite would
choose a slower index."""


class SqlHealth:
    """Implements the port `HealthStore` for one site."""

    def __init__(self, database: Database, *, site: str) -> None:
        self._database = database
        self._site = site

    async def healths(self) -> tuple[Health, ...]:
        """Return the saved health of each part, in the order of `Part`."""
        statement = select(healths).where(healths.c.site == self._site)
        rows = await self._database.read(lambda connection: connection.execute(statement).all())
        noted = {health.part: health for health in map(_health, rows)}
        return tuple(noted[part] for part in Part if part in noted)

    async def note(
        self, health: Health, *, well_at: datetime | None, now: datetime, alert: Alert | None = None
    ) -> None:
        """Store the health of a part and create the alert, in one transaction. None keeps the stored `well_at`."""
        values = {
            "site": self._site,
            "part": health.part,
            "level": health.level,
            "since": health.since and millis(health.since),
            "reason": health.reason,
            "well_since": health.well_since and millis(health.well_since),
            "told": health.is_reported,
            "well_at": well_at and millis(well_at),
            "checked_at": millis(now),
        }

        def work(connection: Connection) -> None:
            row = insert(connection, healths).values(values)
            last_well_at = func.coalesce(row.excluded.well_at, healths.c.well_at)
            connection.execute(
                row.on_conflict_do_update(index_elements=["site", "part"], set_=values | {"well_at": last_well_at})
            )
            if alert is not None:
                create_alert(connection, alert, site=self._site, now=now)

        await self._database.write(work)

    async def checked_at(self) -> datetime | None:
        """Return when `note` was last called."""
        statement = select(func.max(healths.c.checked_at)).where(healths.c.site == self._site)
        row = await self._database.read(lambda connection: connection.execute(statement).one())
        return moment_of(row[0])

    async def well_at(self, part: Part) -> datetime | None:
        """Return when the part last worked, as saved."""
        statement = select(healths.c.well_at).where(healths.c.site == self._site, healths.c.part == part)
        row = await self._database.read(lambda connection: connection.execute(statement).one_or_none())
        return moment_of(row.well_at) if row else None

    async def new_since(self, since: datetime) -> tuple[int, int]:
        """Return how many new recordings were first seen since then, and how many of them are still to be posted."""
        older = select(recordings.c.id).where(recordings.c.first_seen_at < millis(since))
        newest_older = older.order_by(recordings.c.id.desc()).limit(1)
        state = select(sync_states).where(sync_states.c.site == self._site)

        def work(connection: Connection) -> tuple[int, int]:
            sync_state = connection.execute(state).one_or_none()
            if sync_state is None or sync_state.baseline is None:
                return 0, 0
            place = {"site": self._site, "generation": sync_state.generation, "baseline": sync_state.baseline}
            first = connection.execute(newest_older).scalar_one_or_none() or 0
            row = connection.execute(_NEW_SINCE, place | {"older": first}).one()
            return row.found, row.waiting

        return await self._database.read(work)


def _health(row: Row[Any]) -> Health:
    return Health(
        part=Part(row.part),
        level=Level(row.level),
        since=moment_of(row.since),
        reason=row.reason,
        well_since=moment_of(row.well_since),
        is_reported=bool(row.told),
    )
