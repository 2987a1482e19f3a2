"""The health of the parts, kept over restarts, with the alerts that it owes."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.alerts import owe_alert
from bot.archive.engine import reading, writing
from bot.archive.rows import millis, moment_of
from bot.archive.tables import healths
from bot.domain.alert import Alert
from bot.domain.health import Health, Level, Part

_MET = text("""
    SELECT count(*) AS met,
        count(CASE WHEN EXISTS (
            SELECT 1 FROM deliveries AS d WHERE d.recording = r.id AND d.state IN ('due', 'sending')
        ) THEN 1 END) AS waiting
    FROM sync_states AS m
    JOIN recordings AS r NOT INDEXED ON r.site = m.site AND r.generation = m.generation AND r.pbx_id > m.baseline
    WHERE m.site = :site AND r.id > coalesce(
        (SELECT older.id FROM recordings AS older WHERE older.first_seen_at < :since ORDER BY older.id DESC LIMIT 1), 0)
""")
"""Our own ids grow with time, so that only the newest rows are read: no index on `first_seen_at` would be used else."""


class SqlHealth:
    """Implements the port `Vitals` for the process that serves one site."""

    def __init__(self, engine: AsyncEngine, *, site: str) -> None:
        self._engine = engine
        self._site = site

    async def healths(self) -> tuple[Health, ...]:
        """What was noted last, in the order of `Part`; empty before the first time."""
        async with reading(self._engine) as connection:
            rows = await connection.execute(select(healths).where(healths.c.site == self._site))
        noted = {health.part: health for health in map(_health, rows)}
        return tuple(noted[part] for part in Part if part in noted)

    async def note(
        self, health: Health, *, well_at: datetime | None, now: datetime, alert: Alert | None = None
    ) -> None:
        """Keep the health of a part and owe the alert, in one transaction. Without `well_at` the last one stays."""
        values = asdict(health) | {
            "site": self._site,
            "since": health.since and millis(health.since),
            "well_since": health.well_since and millis(health.well_since),
            "well_at": well_at and millis(well_at),
            "checked_at": millis(now),
        }
        fresh = insert(healths).values(values)
        well = func.coalesce(fresh.excluded.well_at, healths.c.well_at)
        noted = fresh.on_conflict_do_update(index_elements=["site", "part"], set_=values | {"well_at": well})
        async with writing(self._engine) as connection:
            await connection.execute(noted)
            if alert is not None:
                await owe_alert(connection, alert, site=self._site, now=now)

    async def checked_at(self) -> datetime | None:
        """When `note` was last called."""
        statement = select(func.max(healths.c.checked_at)).where(healths.c.site == self._site)
        async with reading(self._engine) as connection:
            checked_at: int | None = (await connection.execute(statement)).scalar_one()
        return moment_of(checked_at)

    async def well_at(self, part: Part) -> datetime | None:
        """The last sign that the part is well, as noted."""
        statement = select(healths.c.well_at).where(healths.c.site == self._site, healths.c.part == part)
        async with reading(self._engine) as connection:
            return moment_of((await connection.execute(statement)).scalar_one_or_none())

    async def new_since(self, since: datetime) -> tuple[int, int]:
        """How many recordings above the baseline were met since then, and how many of those still wait somewhere."""
        async with reading(self._engine) as connection:
            row = (await connection.execute(_MET, {"site": self._site, "since": millis(since)})).one()
        return row.met, row.waiting


def _health(row: Row[Any]) -> Health:
    return Health(
        part=Part(row.part),
        level=Level(row.level),
        since=moment_of(row.since),
        reason=row.reason,
        well_since=moment_of(row.well_since),
        told=bool(row.told),
    )
