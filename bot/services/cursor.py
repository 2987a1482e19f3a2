"""Read the rows before or after an anchor row in the PBX's list. New calls do not cause repeated or skipped rows."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.domain.query import Cursor, Order, Query, Side, Sort
from bot.domain.recording import Recording
from bot.domain.results import ListResult
from bot.ports import Phones

MOST_PAGES = 8
"""Maximum of requests for one result. If the anchor is not found with them, it has moved too far."""
SMALLEST_PAGE = 10
"""Minimum of rows per request. Smaller pages would need more requests after a few new calls."""
LONG_AGO = datetime.fromtimestamp(0, UTC)


class AnchorLost(Exception):
    """The anchor is too far from its earlier position. The archive can find its place by time and id."""


async def page_beside(phones: Phones, query: Query, cursor: Cursor) -> ListResult:
    """Return the rows before or after the cursor's anchor, read from the PBX page by page until there are enough.

    Starts with the page where the anchor was shown. Raises PbxError, or AnchorLost.
    """
    size = max(query.count, SMALLEST_PAGE)
    pages = _JoinedPages(query=query, size=size, first_page=(cursor.position - 1) // size + 1)
    await pages.read(phones, pages.first_page)
    while (number := pages.missing_page(cursor)) is not None:
        if pages.count == MOST_PAGES:
            raise AnchorLost
        await pages.read(phones, number)
    return pages.result(cursor)


@dataclass(slots=True, kw_only=True)
class _JoinedPages:
    """Neighbouring pages of the PBX's list, joined into one list of rows."""

    query: Query
    size: int
    """Rows per page."""
    first_page: int
    count: int = 0
    """Number of pages that were read."""
    rows: list[Recording] = field(default_factory=list)
    total: int = 0

    async def read(self, phones: Phones, number: int) -> None:
        """Read a page and add it before or after the others."""
        query = self.query
        page = await phones.recordings(page=number, size=self.size, sort=query.sort, order=query.order)
        present = {row.id for row in self.rows}
        new = [row for row in page.rows if row.id not in present]
        self.rows = new + self.rows if number < self.first_page else self.rows + new
        self.first_page = min(self.first_page, number)
        self.count += 1
        self.total = max(page.total, (number - 1) * self.size + page.read)

    def missing_page(self, cursor: Cursor) -> int | None:
        """Return the number of the page to read next; None if there are enough rows, or no more pages."""
        start, end = self._place(cursor)
        earlier = self.first_page - 1 or None
        last_page = self.first_page + self.count - 1
        later = last_page + 1 if last_page * self.size < self.total else None
        if cursor.side is Side.AFTER:
            return earlier if end == 0 and earlier else later if len(self.rows) - end < self.query.count else None
        return later if start == len(self.rows) and later else earlier if start < self.query.count else None

    def result(self, cursor: Cursor) -> ListResult:
        """Return up to `query.count` rows before or after the anchor."""
        start, end = self._place(cursor)
        count = self.query.count
        first = end if cursor.side is Side.AFTER else max(0, start - count)
        rows = tuple(self.rows[first : first + count] if cursor.side is Side.AFTER else self.rows[first:start])
        position = (self.first_page - 1) * self.size + first + 1
        return ListResult(query=self.query, rows=rows, total=self.total, first=position if rows else 0)

    def _place(self, cursor: Cursor) -> tuple[int, int]:
        """Return the slice of `rows` with the anchor; if the anchor is deleted, an empty slice at its former place."""
        for index, row in enumerate(self.rows):
            if row.id == cursor.id:
                return index, index + 1
        anchor = self._key(cursor.at, cursor.id)
        before = sum(self._comes_before(self._key(row.started_at, row.id), anchor) for row in self.rows)
        return before, before

    def _key(self, at: datetime | None, id_: int) -> tuple[datetime, int]:
        return (at or LONG_AGO if self.query.sort is Sort.TIME else LONG_AGO, id_)

    def _comes_before(self, one: tuple[datetime, int], other: tuple[datetime, int]) -> bool:
        return one > other if self.query.order is Order.DESC else one < other
