"""Who asks, as far as a line is read by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class LineContext:
    """When and where a line was typed, and the telephones of the people it names."""

    now: datetime
    """Aware. `yesterday` and `2h` count from here."""
    zone: tzinfo = UTC
    """The asker's own: `yesterday` and `9:30` are meant there."""
    numbers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The extension of each Slack user that the line mentions, by Slack's id; without those that nobody knows."""
