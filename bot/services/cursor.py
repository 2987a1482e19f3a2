"""Turn a page of the PBX's own list, so that no row repeats and none is passed over though calls arrive."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.domain.query import Cursor, Order, Query, Side, Sort
from bot.domain.recording import Recording
from bot.domain.results import ListResult
from bot.ports import Phones

MOST_PAGES = 8
"""How many pages are read for one turn; past them the anchor has moved too far to be looked for on the PBX."""
SMALLEST_PAGE = 10
"""Rows read at once, also for a shorter listing: a few calls that arrived must not cost a request each."""
LONG_AGO = datetime.fromtimestamp(0, UTC)


class AnchorLost(Exception):
    """The anchor is too far from where it was: the archive finds it by its key instead."""


async def page_beside(phones: Phones, query: Query, turn: Cursor) -> ListResult:
    """The rows beside the anchor, read from the PBX page by page until there are enough.

    Starts with the page on which the anchor was shown. Raises PbxError, or AnchorLost.
    """
    size = max(query.count, SMALLEST_PAGE)
    stretch = _Stretch(query=query, size=size, first_page=(turn.position - 1) // size + 1)
    await stretch.read(phones, stretch.first_page)
    while (number := stretch.missing(turn)) is not None:
        if stretch.pages == MOST_PAGES:
            raise AnchorLost
        await stretch.read(phones, number)
    return stretch.found(turn)


@dataclass(slots=True, kw_only=True)
class _Stretch:
    """Neighbouring pages of the PBX's list, joined."""

    query: Query
    size: int
    """Rows a page."""
    first_page: int
    pages: int = 0
    rows: list[Recording] = field(default_factory=list)
    total: int = 0

    async def read(self, phones: Phones, number: int) -> None:
        """Join a page to the stretch, before it or after it."""
        query = self.query
        listing = await phones.recordings(page=number, size=self.size, sort=query.sort, order=query.order)
        held = {row.id for row in self.rows}
        fresh = [row for row in listing.rows if row.id not in held]
        self.rows = fresh + self.rows if number < self.first_page else self.rows + fresh
        self.first_page = min(self.first_page, number)
        self.pages += 1
        self.total = max(listing.total, (number - 1) * self.size + listing.read)

    def missing(self, turn: Cursor) -> int | None:
        """The page that is still needed, or None when there is enough or nothing more."""
        start, end = self._place(turn)
        earlier = self.first_page - 1 or None
        last_page = self.first_page + self.pages - 1
        later = last_page + 1 if last_page * self.size < self.total else None
        if turn.side is Side.AFTER:
            return earlier if end == 0 and earlier else later if len(self.rows) - end < self.query.count else None
        return later if start == len(self.rows) and later else earlier if start < self.query.count else None

    def found(self, turn: Cursor) -> ListResult:
        """The answer: up to a page of rows beside the anchor."""
        start, end = self._place(turn)
        count = self.query.count
        first = end if turn.side is Side.AFTER else max(0, start - count)
        rows = tuple(self.rows[first : first + count] if turn.side is Side.AFTER else self.rows[first:start])
        position = (self.first_page - 1) * self.size + first + 1
        return ListResult(query=self.query, rows=rows, total=self.total, first=position if rows else 0)

    def _place(self, turn: Cursor) -> tuple[int, int]:
        """Where the anchor stands among the rows: from, to (excluded); both alike where it stood before it went."""
        for index, row in enumerate(self.rows):
            if row.id == turn.id:
                return index, index + 1
        anchor = self._key(turn.at, turn.id)
        before = sum(self._comes_before(self._key(row.started_at, row.id), anchor) for row in self.rows)
        return before, before

    def _key(self, at: datetime | None, id_: int) -> tuple[datetime, int]:
        return (at or LONG_AGO if self.query.sort is Sort.TIME else LONG_AGO, id_)

    def _comes_before(self, one: tuple[datetime, int], other: tuple[datetime, int]) -> bool:
        return one > other if self.query.order is Order.DESC else one < other
