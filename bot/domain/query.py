"""A query for recordings: filters, order and page. Look-ups, statistics and shared answers use it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.recording import Direction
from bot.domain.time_range import TimeRange

MAX_ROWS = 100
"""Slack's limit for the options of a select."""
DEFAULT_ROWS = 10


class Sort(StrEnum):
    """What a listing is sorted by."""

    TIME = "time"
    ID = "id"
    DURATION = "duration"
    SIZE = "size"


class Order(StrEnum):
    """The direction of the sort. DESC is newest, highest, longest or largest first."""

    DESC = "desc"
    ASC = "asc"


@dataclass(frozen=True, slots=True)
class Term:
    """A text to find, such as `harris`, `5566`, `+44 20 7946 0000` or the pattern `55xx`."""

    text: str
    excluded: bool = False
    """Whether it must not match."""


@dataclass(frozen=True, slots=True)
class DirectionFilter:
    """A direction that must match, or must not match if `excluded`."""

    direction: Direction
    excluded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query for recordings. `bot.language.writing.line_of` returns the command line for it.

    All filters must match. A filter with several terms matches if any of its terms matches, and no excluded one does.
    """

    count: int = DEFAULT_ROWS
    """Rows per page."""
    sort: Sort = Sort.TIME
    order: Order = Order.DESC
    page: int = 1
    """The page number, from 1. The rows of a page change when calls arrive; with a `Cursor` they do not."""
    ids: tuple[int, int] | None = None
    """The lowest and the highest id, both included."""
    words: tuple[Term, ...] = ()
    """To find in names, numbers, file or uid. Unlike in other filters, all words must match."""
    callers: tuple[Term, ...] = ()
    callees: tuple[Term, ...] = ()
    parties: tuple[Term, ...] = ()
    """To find in the caller or the callee."""
    directions: tuple[DirectionFilter, ...] = ()
    time_ranges: tuple[TimeRange, ...] = ()
    """The call must have started in one of these ranges."""
    longer: timedelta | None = None
    """The minimum duration. A recording of unknown duration matches neither `longer` nor `shorter`."""
    shorter: timedelta | None = None
    """The maximum duration."""

    @property
    def is_plain(self) -> bool:
        """Whether the PBX can answer it. The PBX has no filters, and sorts by time and id only."""
        return self.sort in {Sort.TIME, Sort.ID} and self.filters == Query().filters

    @property
    def filters(self) -> "Query":
        """The query with the default count, order and page."""
        return replace(self, count=DEFAULT_ROWS, sort=Sort.TIME, order=Order.DESC, page=1)


class Side(StrEnum):
    """Whether the rows of a page are after or before the anchor, in the order of the listing."""

    AFTER = "after"
    BEFORE = "before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A page relative to an anchor row of another page. New calls do not cause repeated or skipped rows."""

    side: Side
    id: int
    """The id of the anchor: the last row of the previous page (AFTER), or the first row of the next page (BEFORE)."""
    at: datetime | None
    """When the call of the anchor started. This gives its place in the listing if it has been deleted."""
    position: int
    """The position of the anchor when it was listed, from 1. The search for it starts here."""
