"""When and where a line was typed."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class LineContext:
    """When and where a line was typed."""

    now: datetime
    """Aware. `yesterday` and `2h` are relative to it."""
    zone: tzinfo = UTC
    """The time zone of `yesterday` and `9:30`."""
