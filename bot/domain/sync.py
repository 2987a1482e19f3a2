"""How far the archive has followed the PBX's list."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncState:
    """The progress of the sync of one site."""

    generation: int = 1
    """Counts how often the PBX's ids have started again, after a reset or a restored backup."""
    baseline: int | None = None
    """The highest id at the first poll: rows up to it are history and never announced. None before the first poll."""
    synced: int = 0
    """A complete poll has seen every listed recording up to this id, so that deliveries up to it are due."""
    highest: int = 0
    """The highest stored id. It may be above `synced`: look-ups store rows that no poll has seen yet."""
    history: int | None = None
    """The history is stored without a gap from this id up, and is still to be read below. None once it is complete."""
    looked_at: datetime | None = None
    """When the archive last changed because of the PBX's list."""
    total: int = 0
    """How many recordings the PBX had at `looked_at`, by its own count."""
    renewed_at: datetime | None = None
    """When the PBX's ids last started again; None when they never have."""


@dataclass(frozen=True, slots=True)
class StoreResult:
    """What storing rows has changed in the archive."""

    new: tuple[int, ...] = ()
    """Ids stored for the first time, above the baseline: deliveries were created for them."""
    filled: int = 0
    """How many ids were stored for the first time at or below the baseline: history."""
    changed: int = 0
    """How many stored rows the PBX has changed since."""
