"""Store the PBX's access token for the next start, because the PBX limits the number of tokens."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, select

from bot.archive.database import Database
from bot.archive.dialects import insert
from bot.archive.rows import millis
from bot.archive.schema import tokens


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SqlTokens:
    """One encrypted token per site. This class does not decrypt it."""

    def __init__(self, database: Database, *, site: str, now: Callable[[], datetime] = _utc_now) -> None:
        self._database = database
        self._site = site
        self._now = now

    async def load(self) -> bytes | None:
        """Return the saved token, encrypted, or None. Raises ArchiveError."""
        statement = select(tokens.c.sealed).where(tokens.c.site == self._site)
        return await self._database.read(lambda connection: connection.execute(statement).scalar_one_or_none())

    async def save(self, sealed: bytes | None) -> None:
        """Replace the saved token; None deletes it. Raises ArchiveError."""
        values = {"site": self._site, "sealed": sealed, "saved_at": millis(self._now())}

        def work(connection: Connection) -> None:
            if sealed is None:
                connection.execute(delete(tokens).where(tokens.c.site == self._site))
                return
            statement = insert(connection, tokens).values(values)
            connection.execute(statement.on_conflict_do_update(index_elements=["site"], set_=values))

        await self._database.write(work)
