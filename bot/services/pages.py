"""Read the PBX's list from the newest row down, without gaps, while rows are added and deleted."""

from dataclasses import dataclass, replace

from bot.domain.query import Order, Sort
from bot.domain.recording import RecordingPage
from bot.errors import PbxNotUnderstood
from bot.ports import Phones

PAGE = 100
"""Rows per request. The vendor documents no maximum for recordings; other clients use 100 and more."""
OVERLAP = 5
"""Rows of each page that are read again. Up to this many may be deleted between two pages without a step back."""
SMALLEST = 20
"""The PBX may limit the page size, but hardly below this. A page of this size with fewer rows ends the list."""
MAX_REQUESTS = 40
"""Maximum of requests for one page. In a list of a million rows, fewer than 30 find the place again."""


@dataclass(slots=True, kw_only=True)
class PageReader:
    """Reads pages by id, in descending order, from any place in the list.

    New calls move rows to later pages, and deleted calls move them to earlier pages. So each page starts a few rows
    early, and is accepted only if it overlaps with the rows that were read before, down to `floor`. Otherwise the
    reader steps back. Rows may be returned twice, but none is left out.
    """

    phones: Phones
    floor: int | None = None
    """The lowest id that was read. All listed rows from the start of the reader down to this id have been read."""
    depth: int = 0
    """Approximate number of rows above the next one."""
    size: int = PAGE
    skipped: int = 0
    """Unreadable rows since the last page was returned; they may be below it."""

    async def next(self) -> RecordingPage | None:
        """Return the next page that reaches below `floor`, or None at the end of the list.

        A page joins if one of its rows is at or above `floor`. A page that does not join is too deep: step back,
        twice as far each time, and then halve the distance. A page of unreadable rows joins if it follows a page that
        joins. Raises a PbxError; PbxNotUnderstood if the list changes faster than it can be read.
        """
        back, joined, too_deep, is_unreadable = self.size, 0, 0, False
        self.skipped = 0
        requests = 0
        while requests < MAX_REQUESTS:
            requests += not is_unreadable  # a page of unreadable rows only is progress
            number, size = self._window()
            page = await self.phones.recordings(page=number, size=size, sort=Sort.ID, order=Order.DESC)
            start = (number - 1) * size
            follows = is_unreadable or (page.skipped > 0 and start <= joined)
            if number > 1 and not self._joins(page) and not follows:
                too_deep = start
                if start <= joined:  # rows above were deleted since that page joined
                    joined = 0
                self.depth = max(joined, start - back)
                back *= 2
                continue
            self.depth = joined = start + page.read
            is_last = self._is_last(page, size)
            lowest = min((row.id for row in page.rows), default=None)
            if lowest is not None and (self.floor is None or lowest < self.floor):
                self.floor = lowest
                return replace(page, skipped=page.skipped + self.skipped)
            is_unreadable = not page.rows
            self.skipped += page.skipped
            if is_last:
                return None
            if too_deep - joined > self.size:
                self.depth = (joined + too_deep) // 2
                back = self.size
        raise PbxNotUnderstood(f"the list changes too fast to be read: {requests} requests for one page")

    def _is_last(self, page: RecordingPage, size: int) -> bool:
        """Return whether no rows are below. `total` may be wrong, so a short page is requested again, smaller."""
        if page.read >= size:
            return False
        if self.depth < page.total and page.read and size > SMALLEST:
            self.size = max(SMALLEST, page.read)  # the PBX caps its pages, or its total is wrong
            return False
        return True

    def _window(self) -> tuple[int, int]:
        """Return the number and size of the page that starts a few rows above `depth` and has most rows below it.

        The PBX only takes a number and a size, so a page starts at a multiple of its size: try every size from half
        of `self.size` up.
        """
        if self.depth < self.size // 2:
            return 1, self.size
        for overlap in (OVERLAP, 1, 0):
            skip = self.depth - overlap
            size = max(range(self.size // 2, self.size + 1), key=lambda size, skip=skip: size - skip % size)  # type: ignore[misc]
            if size - skip % size > overlap:
                break
        return skip // size + 1, size

    def _joins(self, page: RecordingPage) -> bool:
        return any(self.floor is None or row.id >= self.floor for row in page.rows)
