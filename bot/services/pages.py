"""The PBX's list from the newest row down, without a gap, though rows come and go while it is read."""

from dataclasses import dataclass, replace

from bot.domain.query import Order, Sort
from bot.domain.recording import RecordingPage
from bot.errors import PbxNotUnderstood
from bot.ports import Phones

PAGE = 100
"""Rows asked for at once. The vendor names no maximum for recordings; clients use this and more."""
OVERLAP = 5
"""Rows read again at the top of each page: that many may be deleted between two pages without a step back."""
SMALLEST = 20
"""The PBX may cap a page, but hardly below this: a page asked for with so few rows is short because the list ends."""
MAX_REQUESTS = 40
"""Requests for one page. Finding the place again in a list of a million rows that changes meanwhile takes about 30."""


@dataclass(slots=True, kw_only=True)
class PageReader:
    """Reads downwards, by id, from a place in the list.

    The list shifts under its page numbers: a new call pushes rows to later pages, a deleted one pulls them to
    earlier ones. So every page starts a few rows early, and counts only when it reaches up to `floor`; when it does
    not, the walk steps back. Rows may come twice, none is passed over.
    """

    phones: Phones
    floor: int | None = None
    """The lowest id reached: everything the PBX lists from the start of the walk down to it has been read."""
    depth: int = 0
    """About how many rows stand above the next one."""
    size: int = PAGE
    skipped: int = 0
    """Rows that could not be read since the last page was returned: they may stand below it."""

    async def next(self) -> RecordingPage | None:
        """The next page that reaches below `floor`, or None at the end of the list. Raises a PbxError.

        A page that does not join what has been read lies too deep: step back, farther each time, then halve the way.
        Rows that cannot be read do not tell whether they join: they do when they follow a page that joins.
        """
        back, joined, too_deep, is_blind = self.size, 0, 0, False
        self.skipped = 0
        requests = 0
        while requests < MAX_REQUESTS:
            requests += not is_blind  # a page of unreadable rows only is progress
            page, size = self._window()
            listing = await self.phones.recordings(page=page, size=size, sort=Sort.ID, order=Order.DESC)
            start = (page - 1) * size
            follows = is_blind or (listing.skipped > 0 and start <= joined)
            if page > 1 and not self._joins(listing) and not follows:
                too_deep = start
                if start <= joined:  # rows above were deleted since that page joined
                    joined = 0
                self.depth = max(joined, start - back)
                back *= 2
                continue
            self.depth = joined = start + listing.read
            ends = self._ends(listing, size)
            if self._descends(listing):
                return replace(listing, skipped=listing.skipped + self.skipped)
            is_blind = not listing.rows
            self.skipped += listing.skipped
            if ends:
                return None
            if too_deep - joined > self.size:
                self.depth = (joined + too_deep) // 2
                back = self.size
        raise PbxNotUnderstood(f"the list changes too fast to be read: {requests} requests for one page")

    def _ends(self, listing: RecordingPage, size: int) -> bool:
        """Whether nothing stands below. `total` may lie, so a short page is asked for again, smaller."""
        if listing.read >= size:
            return False
        if self.depth < listing.total and listing.read and size > SMALLEST:
            self.size = max(SMALLEST, listing.read)  # the PBX caps its pages, or its total lies
            return False
        return True

    def _window(self) -> tuple[int, int]:
        """The page, as number and size, that starts a few rows above `depth` and reaches farthest below it.

        The PBX only takes a number and a size, so a page starts at a multiple of its size: try every fair size.
        """
        if self.depth < self.size // 2:
            return 1, self.size
        for overlap in (OVERLAP, 1, 0):
            skip = self.depth - overlap
            size = max(range(self.size // 2, self.size + 1), key=lambda size, skip=skip: size - skip % size)  # type: ignore[misc]
            if size - skip % size > overlap:
                break
        return skip // size + 1, size

    def _joins(self, listing: RecordingPage) -> bool:
        return any(self.floor is None or row.id >= self.floor for row in listing.rows)

    def _descends(self, listing: RecordingPage) -> bool:
        lowest = min((row.id for row in listing.rows), default=None)
        if lowest is None or (self.floor is not None and lowest >= self.floor):
            return False
        self.floor = lowest
        return True
