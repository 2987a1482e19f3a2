"""What is asked for, as one value: a look-up, a page turn and a share all carry it, as text."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MOST_ROWS = 100
"""Slack takes at most 100 options in a select, and nobody reads more on a phone."""
DEFAULT_ROWS = 10


class Sort(StrEnum):
    """What a listing is sorted by."""

    TIME = "time"
    ID = "id"


class Order(StrEnum):
    """Newest (or highest) first, or oldest first."""

    DESC = "desc"
    ASC = "asc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A listing. `str()` gives the line that reads back as the same value."""

    count: int = DEFAULT_ROWS
    sort: Sort = Sort.TIME
    order: Order = Order.DESC
    page: int = 1
    """From 1. The PBX's own page: what stands on it moves while calls arrive; a `Turn` does not."""
    ids: tuple[int, int] | None = None
    """Only recordings with these numbers and those between them."""

    @property
    def is_plain(self) -> bool:
        """Whether the PBX itself can list it: it knows no filter."""
        return self.ids is None

    def __str__(self) -> str:
        words = ["latest", str(self.count), f"sort:{self.sort}"]
        if self.order is not Order.DESC:
            words.append(f"order:{self.order}")
        if self.page != 1:
            words.append(f"page:{self.page}")
        if self.ids is not None:
            words.append(f"id:{self.ids[0]}..{self.ids[1]}")
        return " ".join(words)


class Side(StrEnum):
    """On which side of its anchor a turned page lies, in the order of the listing."""

    AFTER = "after"
    BEFORE = "before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A page turn: the rows on one side of a row that was shown, however the list has moved since."""

    side: Side
    id: int
    """The anchor: the last row shown (AFTER) or the first one (BEFORE)."""
    at: datetime | None
    """When the anchor's call started; says where it stood should the PBX have deleted it."""
    position: int
    """Where the anchor stood when it was shown, from 1: where to look for it first."""
