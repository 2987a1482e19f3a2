"""What a look-up answers: the same value whether the PBX or the archive gave it."""

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
    """The PBX has no such recording any more."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Why the archive answered in the PBX's place, and how old what it tells may be."""

    as_of: datetime | None
    """When the PBX was last read; None when this archive never read it."""
    reason: StaleReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePage:
    """What the archive holds of what is looked for, all of one moment."""

    rows: tuple[Recording, ...]
    first: int
    """The position of the first row, from 1; 0 when there is no row."""
    counted: int
    """How many there are in all, as far as they were counted."""
    back_to: datetime | None
    """How far back the archive reaches; None once all of the history is held."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What would be found if less were asked for."""

    query: Query
    total: int
    is_least: bool = False
    """Whether there are more than `total`: counting stopped there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListResult:
    """A page of recordings."""

    query: Query
    rows: tuple[Recording, ...]
    total: int
    """How many recordings there are in all, as far as the source knows."""
    first: int
    """The position of the first row, from 1; 0 when there is no row."""
    is_least: bool = False
    """Whether there are more than `total`: counting stopped there."""
    stale: Stale | None = None
    """None when the PBX was read just now."""
    back_to: datetime | None = None
    """How far back the archive reaches while the history is still being read in; None when nothing is missing."""
    hint: Hint | None = None
    """Of an empty answer: the nearest question that finds something."""
    at: datetime | None = None
    """When it was answered, to the minute; None for an answer that is read later as well."""

    @property
    def last(self) -> int:
        """The position of the last row; 0 when there is no row."""
        return self.first + len(self.rows) - 1 if self.rows else 0

    @property
    def next(self) -> Cursor | None:
        """The turn to the rows after these, if there are any."""
        more = self.last < self.total or (self.is_least and len(self.rows) >= self.query.count)
        return self._turn(Side.AFTER, -1, self.last) if self.rows and more else None

    @property
    def previous(self) -> Cursor | None:
        """The turn to the rows before these, if there are any."""
        return self._turn(Side.BEFORE, 0, self.first) if self.first > 1 else None

    def _turn(self, side: Side, index: int, position: int) -> Cursor:
        anchor = self.rows[index]
        return Cursor(side=side, id=anchor.id, at=anchor.started_at, position=position)


@dataclass(frozen=True, slots=True)
class ShowResult:
    """One recording in full."""

    recording: Recording
    stale: Stale | None = None
    is_gone: bool = False
    """Whether the PBX has been seen to delete it."""
    others: tuple[Recording, ...] = ()
    """The latest other recordings between the same two parties, newest first."""
