"""What was asked in the second since the PBX's newest page was read: it is answered again without reading anything."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.access import Scope
from bot.domain.query import Query
from bot.domain.results import ArchivePage

FRESH = timedelta(seconds=1)
"""How long that page serves whoever asks next: a burst of questions costs the PBX one request a second."""


@dataclass(slots=True)
class Lately:
    """Answers of the archive while nothing newer is known. What others store meanwhile is met a second later."""

    read_at: datetime | None = None
    """When the newest page was asked for; None before the first."""
    answers: dict[tuple[Scope, Query], ArchivePage] = field(default_factory=dict)
    """To what has been asked since. Whoever reads puts the answer into those that were there at the start: they are
    others by then if something newer is known."""
    edition: int = 0
    """Of the answers: who asks in one does not share what was read for another."""

    def is_fresh(self, now: datetime) -> bool:
        """Whether the page will do, also where the clock has been set back."""
        return self.read_at is not None and timedelta() <= now - self.read_at < FRESH

    def renew(self, read_at: datetime) -> None:
        """The page has been read again."""
        self.read_at = read_at
        self.forget()

    def forget(self) -> None:
        """Something has been stored: what was read before may not be true any more."""
        self.answers = {}
        self.edition += 1
