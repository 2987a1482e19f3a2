"""The PBX's access token, kept over a restart: the PBX counts every token that it gives out."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.engine import reading, writing
from bot.archive.rows import millis
from bot.archive.tables import tokens


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SqlTokens:
    """One sealed token a site. It comes encrypted and is never read here."""

    def __init__(self, engine: AsyncEngine, *, site: str, now: Callable[[], datetime] = _utc_now) -> None:
        self._engine = engine
        self._site = site
        self._now = now

    async def load(self) -> bytes | None:
        """The token saved last; None when there is none. Raises ArchiveError."""
        statement = select(tokens.c.sealed).where(tokens.c.site == self._site)
        async with reading(self._engine) as connection:
            return (await connection.execute(statement)).scalar_one_or_none()

    async def save(self, sealed: bytes | None) -> None:
        """Keep this token in the place of the last one; None forgets it. Raises ArchiveError."""
        async with writing(self._engine) as connection:
            if sealed is None:
                await connection.execute(delete(tokens).where(tokens.c.site == self._site))
                return
            values = {"site": self._site, "sealed": sealed, "saved_at": millis(self._now())}
            statement = insert(tokens).values(values)
            await connection.execute(statement.on_conflict_do_update(index_elements=["site"], set_=values))
