"""What is asked for, as one value: a look-up, a page turn, a share and statistics all carry it, as text."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.recording import Direction
from bot.domain.time_range import TimeRange

MOST_ROWS = 100
"""Slack takes at most 100 options in a select, and nobody reads more on a phone."""
DEFAULT_ROWS = 10


class Sort(StrEnum):
    """What a listing is sorted by."""

    TIME = "time"
    ID = "id"
    DURATION = "duration"
    SIZE = "size"


class Order(StrEnum):
    """Newest (highest, longest, largest) first, or the other way round."""

    DESC = "desc"
    ASC = "asc"


@dataclass(frozen=True, slots=True)
class Term:
    """A value of a filter, as it is meant: `harris`, `5566`, `+44 20 7946 0000`, `55xx`."""

    text: str
    excluded: bool = False
    """Whether it must not match."""


@dataclass(frozen=True, slots=True)
class DirectionFilter:
    """A direction that is asked for, or left out."""

    direction: Direction
    excluded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A listing. `bot.language.writing.line_of` gives the line that reads back as the same value.

    Of several terms of one filter any may match; excluded ones may none. All filters must hold.
    """

    count: int = DEFAULT_ROWS
    sort: Sort = Sort.TIME
    order: Order = Order.DESC
    page: int = 1
    """From 1. The PBX's own page: what stands on it moves while calls arrive; a `Turn` does not."""
    ids: tuple[int, int] | None = None
    """Only recordings with these numbers and those between them."""
    words: tuple[Term, ...] = ()
    """Each must be found in the names, numbers, file or uid; unlike with other filters, all of them."""
    callers: tuple[Term, ...] = ()
    callees: tuple[Term, ...] = ()
    parties: tuple[Term, ...] = ()
    """Either end of the call."""
    ways: tuple[DirectionFilter, ...] = ()
    spans: tuple[TimeRange, ...] = ()
    """The call started in one of these."""
    longer: timedelta | None = None
    """At least so long; a recording of unknown length is neither longer nor shorter than anything."""
    shorter: timedelta | None = None
    """At most so long."""

    @property
    def is_plain(self) -> bool:
        """Whether the PBX itself can list it: it knows no filter, and sorts by time and id alone."""
        return self.sort in {Sort.TIME, Sort.ID} and self.filters == Query().filters

    @property
    def filters(self) -> "Query":
        """What it finds, whatever the order and the page."""
        return replace(self, count=DEFAULT_ROWS, sort=Sort.TIME, order=Order.DESC, page=1)


class Side(StrEnum):
    """On which side of its anchor a turned page lies, in the order of the listing."""

    AFTER = "after"
    BEFORE = "before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A page turn: the rows on one side of a row that was shown, however the list has moved since."""

    side: Side
    id: int
    """The anchor: the last row shown (AFTER) or the first one (BEFORE)."""
    at: datetime | None
    """When the anchor's call started; says where it stood should the PBX have deleted it."""
    position: int
    """Where the anchor stood when it was shown, from 1: where to look for it first."""
