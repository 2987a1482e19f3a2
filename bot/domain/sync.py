"""The progress of copying the PBX's list into the archive."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncState:
    """The progress of the sync of one site."""

    generation: int = 1
    """Number of the current series of ids. It increases when the PBX's ids start again, after a reset or a restore."""
    baseline: int | None = None
    """The highest id at the first poll. Rows up to it are history and not announced. None before the first poll."""
    synced: int = 0
    """Polls have read every new recording up to this id, so that deliveries up to it may be posted."""
    highest: int = 0
    """The highest stored id. It may be above `synced`: look-ups store rows that no poll has seen yet."""
    history: int | None = None
    """The history is stored from this id up, and still missing below it. None if it is complete."""
    looked_at: datetime | None = None
    """When reading the PBX's list last changed the archive."""
    total: int = 0
    """The number of recordings on the PBX at `looked_at`, as counted by the PBX."""
    renewed_at: datetime | None = None
    """When the PBX's ids last started again; None if they never did."""


@dataclass(frozen=True, slots=True)
class StoreResult:
    """The changes of one call of `store`."""

    new: tuple[int, ...] = ()
    """Newly stored ids above the baseline, for which deliveries were created."""
    filled: int = 0
    """Number of newly stored rows of the history, at or below the baseline."""
    changed: int = 0
    """Number of stored rows that were updated because the PBX has changed them."""
