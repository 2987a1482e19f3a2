"""How far the sync of a site has come, as the archive keeps it: one row of `sync_states`."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.archive.rows import millis, moment_of
from bot.archive.tables import sync_states
from bot.domain.sync import SyncState


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """Where the marks are to go; None and False leave them where they are."""

    synced: int | None = None
    history: int | None = None
    history_done: bool = False
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The row, or what stands for it before there is one."""

    site: str
    generation: int = 1
    baseline: int | None = None
    synced: int = 0
    history: int | None = None
    looked_at: int | None = None
    total: int = 0
    renewed_at: int | None = None

    @property
    def state(self) -> SyncState:
        """What services know of it."""
        return SyncState(
            generation=self.generation,
            baseline=self.baseline,
            synced=self.synced,
            history=self.history,
            looked_at=moment_of(self.looked_at),
            total=self.total,
            renewed_at=moment_of(self.renewed_at),
        )

    def begun(self, lowest: int | None, *, baseline: int, total: int) -> "Marks":
        """After the first look. `lowest` is the lowest id held of the history, None when that is all of it."""
        return replace(
            self,
            baseline=baseline,
            synced=max(self.synced, baseline),
            history=lowest,
            total=total,
        )

    def renewed(self, baseline: int, *, lowest: int | None, total: int, now: datetime) -> "Marks":
        """In a new generation, of which nothing is held yet. `lowest` is as for `begun`."""
        return replace(
            self,
            generation=self.generation + 1,
            baseline=baseline,
            synced=baseline,
            history=lowest,
            total=total,
            renewed_at=millis(now),
        )

    def moved(self, moves: Moves) -> "Marks":
        """After a page: `synced` only rises, `history` only falls, and once complete it stays complete."""
        return replace(
            self,
            synced=max(self.synced, moves.synced or 0),
            history=self._history(moves),
            total=self.total if moves.total is None else moves.total,
        )

    def _history(self, moves: Moves) -> int | None:
        if self.history is None or moves.history_done:
            return None
        return self.history if moves.history is None else min(self.history, moves.history)


async def read_marks(connection: AsyncConnection, site: str) -> Marks:
    """The site's marks; fresh ones when it has none yet."""
    result = await connection.execute(select(sync_states).where(sync_states.c.site == site))
    row = result.one_or_none()
    return Marks(**row._mapping) if row else Marks(site=site)  # noqa: SLF001 - a Row's public name for it


async def write_marks(connection: AsyncConnection, marks: Marks, *, now: datetime) -> None:
    """Keep them, as of `now`."""
    values = asdict(replace(marks, looked_at=millis(now)))
    statement = insert(sync_states).values(values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["site"], set_=values))
