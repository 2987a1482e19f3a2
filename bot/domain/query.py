"""The query: which recordings, in which order, and which page. Look-ups, statistics and shared answers use it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.recording import Direction
from bot.domain.time_range import TimeRange

MOST_ROWS = 100
"""Slack's limit for the options of a select."""
DEFAULT_ROWS = 10


class Sort(StrEnum):
    """What a listing is sorted by."""

    TIME = "time"
    ID = "id"
    DURATION = "duration"
    SIZE = "size"


class Order(StrEnum):
    """DESC is newest, highest, longest or largest first."""

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
    """A direction that must match, or must not."""

    direction: Direction
    excluded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query for recordings. `bot.language.writing.line_of` writes the line that reads back as the same query.

    All filters must match. Of several terms of one filter any must match, and no excluded one may.
    """

    count: int = DEFAULT_ROWS
    """Rows of a page."""
    sort: Sort = Sort.TIME
    order: Order = Order.DESC
    page: int = 1
    """From 1, as the PBX counts pages: its rows change while calls arrive; those of a `Cursor` do not."""
    ids: tuple[int, int] | None = None
    """The lowest and the highest number."""
    words: tuple[Term, ...] = ()
    """To find in names, numbers, file or uid; unlike in other filters, all of them must match."""
    callers: tuple[Term, ...] = ()
    callees: tuple[Term, ...] = ()
    parties: tuple[Term, ...] = ()
    """To find at either end of the call."""
    ways: tuple[DirectionFilter, ...] = ()
    spans: tuple[TimeRange, ...] = ()
    """The call must have started in one of them."""
    longer: timedelta | None = None
    """The minimum. A recording of unknown duration matches neither `longer` nor `shorter`."""
    shorter: timedelta | None = None
    """The maximum."""

    @property
    def is_plain(self) -> bool:
        """Whether the PBX itself can list it: the PBX has no filters, and sorts by time and id only."""
        return self.sort in {Sort.TIME, Sort.ID} and self.filters == Query().filters

    @property
    def filters(self) -> "Query":
        """The query without its order and page."""
        return replace(self, count=DEFAULT_ROWS, sort=Sort.TIME, order=Order.DESC, page=1)


class Side(StrEnum):
    """The side of the anchor on which the rows of a page are, in the order of the listing."""

    AFTER = "after"
    BEFORE = "before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A page relative to a row of the page before, the anchor, so that new calls neither repeat nor skip a row."""

    side: Side
    id: int
    """The anchor: the last row of the page before (AFTER) or its first row (BEFORE)."""
    at: datetime | None
    """When the anchor's call started: its place in the listing, in case it has been deleted."""
    position: int
    """The anchor's position when it was listed, from 1: where to look for it first."""
