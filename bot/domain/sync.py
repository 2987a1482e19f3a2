"""How far the archive has followed the PBX."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncState:
    """Where the sync of one site stands."""

    generation: int = 1
    """Counts how often the PBX's ids have started again, after a reset or a restored backup."""
    baseline: int | None = None
    """The highest id at the first look: what is at or below it is history and never announced. None before it."""
    synced: int = 0
    """Every recording up to this id that the PBX listed has been seen by a whole poll: deliveries up to it are due."""
    highest: int = 0
    """The highest id held. Look-ups store rows that no poll has seen, and the PBX may delete them before one does."""
    history: int | None = None
    """Held without a gap from here up; the rest of the history is still to be read in. None once all of it is."""
    looked_at: datetime | None = None
    """When the archive last changed by what the PBX listed."""
    total: int = 0
    """How many recordings the PBX said it holds, at `looked_at`."""
    renewed_at: datetime | None = None
    """When the PBX's ids were last seen to start again; None when they never have."""


@dataclass(frozen=True, slots=True)
class StoreResult:
    """What came of handing rows to the archive."""

    new: tuple[int, ...] = ()
    """Ids met for the first time, above the baseline: deliveries are owed for them."""
    filled: int = 0
    """Ids met for the first time, at or below the baseline: history."""
    changed: int = 0
    """Rows held already, whose facts the PBX has changed since."""
