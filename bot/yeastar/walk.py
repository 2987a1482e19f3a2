"""Walks over the PBX's list: all of it, or by halves to one id. Rows come and go while it is walked."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Protocol

from bot.domain.query import Order, Sort
from bot.domain.recording import Recording, RecordingPage
from bot.errors import PbxNotFound

STALE_PAGES = 3
"""Pages in a row without a new recording, after which a list has no end but repeats itself."""
FIND_SIZE = 100
MOST_LOOKS = 40
"""Halvings: enough for any list of 64-bit ids, and an end to one that lies."""


class Lister(Protocol):
    """`PbxClient.recordings`."""

    async def __call__(self, *, page: int, size: int, sort: Sort, order: Order) -> RecordingPage:
        """One page."""


async def pages(recordings: Lister, *, sort: Sort, order: Order, size: int) -> AsyncIterator[Recording]:
    """Every recording once, however the pages shift.

    The end is an empty page, or a short one once as many rows were seen as the PBX says it holds: it may give out
    fewer rows a page than asked for, and its count may be wrong.
    """
    seen: set[int] = set()
    page, stale = 1, 0
    while stale < STALE_PAGES:
        listing = await recordings(page=page, size=size, sort=sort, order=order)
        fresh = [row for row in listing.rows if row.id not in seen]
        seen.update(row.id for row in fresh)
        for row in fresh:
            yield row
        short = listing.read < size and len(seen) + listing.skipped >= listing.total
        if listing.read == 0 or short:
            return
        stale = 0 if fresh or listing.skipped else stale + 1
        page += 1


async def find(recordings: Lister, recording_id: int) -> Recording:
    """The recording with this id, looked for by halves, the newest page first. Raises PbxNotFound."""
    look = partial(recordings, size=FIND_SIZE, sort=Sort.ID, order=Order.DESC)
    listing = await look(page=1)
    size = listing.read or FIND_SIZE  # the PBX may give out fewer than asked for
    low, high, page = 1, -(-listing.total // size), 1
    for _ in range(MOST_LOOKS):
        ids = [row.id for row in listing.rows]
        if recording_id in ids:
            return listing.rows[ids.index(recording_id)]
        low, high = (page + 1, high) if ids and recording_id < min(ids) else (low, page - 1)
        if low > high:
            break
        page = (low + high) // 2
        listing = await look(page=page)
    for row in (await look(page=low)).rows:  # calls that came meanwhile push rows to the next page
        if row.id == recording_id:
            return row
    raise PbxNotFound(f"The PBX has no recording {recording_id}.")
