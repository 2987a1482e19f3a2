"""Results of look-ups in the PBX or the archive."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.query import Cursor, Query, Side
from bot.domain.recording import Recording


class StaleReason(StrEnum):
    """Why the archive answered instead of the PBX."""

    SLOW = "slow"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    DELETED = "deleted"
    """The PBX does not have the recording any more."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Why the archive answered instead of the PBX, and how old its data is."""

    as_of: datetime | None
    """When the PBX was last read; None if it never was."""
    reason: StaleReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePage:
    """A page of a query in the archive, read in one transaction."""

    rows: tuple[Recording, ...]
    first: int
    """The position of the first row, from 1; 0 without rows."""
    total: int
    """The number of matches. If counting has stopped at a limit, it is above that limit."""
    complete_since: datetime | None
    """When the oldest stored call started; None if the history is complete."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A wider query that finds something."""

    query: Query
    total: int
    total_is_minimum: bool = False
    """Whether there are more than `total`: the count has a limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListResult:
    """A page of recordings."""

    query: Query
    rows: tuple[Recording, ...]
    total: int
    """The number of matches in the source that was read."""
    first: int
    """The position of the first row, from 1; 0 without rows."""
    total_is_minimum: bool = False
    """Whether there are more than `total`: the count has a limit."""
    stale: Stale | None = None
    """None if the PBX was read just now."""
    complete_since: datetime | None = None
    """When the oldest stored call started, while older calls are not stored yet; None if the history is complete."""
    hint: Hint | None = None
    """If nothing matches: the closest query that finds something."""
    at: datetime | None = None
    """When the result was read, to the minute; None for a result that others read later."""

    @property
    def last(self) -> int:
        """The position of the last row; 0 without rows."""
        return self.first + len(self.rows) - 1 if self.rows else 0

    @property
    def next(self) -> Cursor | None:
        """The cursor for the rows after these; None if there are none."""
        has_more = self.last < self.total or (self.total_is_minimum and len(self.rows) >= self.query.count)
        return self._cursor(Side.AFTER, self.rows[-1], self.last) if self.rows and has_more else None

    @property
    def previous(self) -> Cursor | None:
        """The cursor for the rows before these; None if there are none."""
        return self._cursor(Side.BEFORE, self.rows[0], self.first) if self.first > 1 else None

    def _cursor(self, side: Side, anchor: Recording, position: int) -> Cursor:
        return Cursor(side=side, id=anchor.id, at=anchor.started_at, position=position)


@dataclass(frozen=True, slots=True)
class ShowResult:
    """One recording in full."""

    recording: Recording
    stale: Stale | None = None
    is_deleted: bool = False
    """Whether the PBX has deleted it."""
    others: tuple[Recording, ...] = ()
    """The latest other recordings between the same parties, newest first."""
