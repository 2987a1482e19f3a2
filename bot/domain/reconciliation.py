"""The daily comparison of the archive with the PBX's list."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """The result of comparing the PBX's whole list with the archive."""

    at: datetime
    """When it began."""
    listed: int
    """Recordings that the PBX listed and that are not older than the retention."""
    stored: int
    """How many of these are stored at the end."""
    late: int
    """How many of these no poll and no reading of the history had found."""
    deleted: int
    """Stored recordings that the PBX no longer lists, first noticed now."""
    skipped: int = 0
    """Rows that could not be read; a row where two pages overlap counts twice."""
