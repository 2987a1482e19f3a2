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
    """How many of the listed recordings are stored at the end."""
    late: int
    """How many of the listed recordings were not stored before by the polls or with the history."""
    deleted: int
    """Stored recordings that the PBX does not list any more, newly marked as deleted."""
    skipped: int = 0
    """Rows that could not be read. A row in the overlap of two pages counts twice."""
