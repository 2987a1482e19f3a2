"""The daily proof: what the archive holds, held against what the PBX lists."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """What came of reading the PBX's whole list. "1,284 of 1,284 held, 0 found late"."""

    at: datetime
    """When the reading began."""
    listed: int
    """Recordings that the PBX listed, of those that the archive is to hold."""
    held: int
    """Of these, the ones held once it was over."""
    late: int
    """Of these, the ones that no poll and no reading of the history had found."""
    gone: int
    """Recordings held that the PBX lists no more, noticed by this proof."""
    skipped: int = 0
    """Rows of the PBX's that could not be read; one that stands where two pages overlap counts twice."""
