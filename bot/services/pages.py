"""Read the PBX's list from the newest row down, without a gap, though rows come and go meanwhile."""

from dataclasses import dataclass, replace

from bot.domain.query import Order, Sort
from bot.domain.recording import RecordingPage
from bot.errors import PbxNotUnderstood
from bot.ports import Phones

PAGE = 100
"""Rows per request. The vendor names no maximum for recordings; clients use this and more."""
OVERLAP = 5
"""Rows read again at the top of each page: that many may be deleted between two pages without a step back."""
SMALLEST = 20
"""The PBX may cap a page, but hardly below this: a page of this size that comes short is the end of the list."""
MAX_REQUESTS = 40
"""Requests for one page. Finding the place again in a list of a million rows takes fewer than 30."""


@dataclass(slots=True, kw_only=True)
class PageReader:
    """Reads pages downwards by id, beginning anywhere in the list.

    The list shifts under its page numbers: a new call pushes rows to later pages, a deleted one pulls them to
    earlier ones. So every page starts a few rows early, and is accepted only when it reaches up to `floor`;
    otherwise the reader steps back. Rows may be returned twice, none is left out.
    """

    phones: Phones
    floor: int | None = None
    """The lowest id read: everything that the PBX lists from the reader's beginning down to it has been read."""
    depth: int = 0
    """About how many rows are above the next one."""
    size: int = PAGE
    skipped: int = 0
    """Rows that could not be read since the last page was returned: they may stand below it."""

    async def next(self) -> RecordingPage | None:
        """Return the next page that reaches below `floor`, or None at the end of the list.

        A page joins when one of its rows is at or above `floor`. One that does not join is too deep: step back,
        twice as far each time, and then halve the distance. A page of unreadable rows joins when it follows a page
        that joins. Raises a PbxError; PbxNotUnderstood when the list changes faster than it can be read.
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
        """Return whether nothing is below. `total` may be wrong, so a short page is asked for again, smaller."""
        if page.read >= size:
            return False
        if self.depth < page.total and page.read and size > SMALLEST:
            self.size = max(SMALLEST, page.read)  # the PBX caps its pages, or its total is wrong
            return False
        return True

    def _window(self) -> tuple[int, int]:
        """Return the number and size of the page that starts a few rows above `depth` and reaches farthest below it.

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
