"""What the services need of the world, named for the role. Adapters in `yeastar`, `archive` and `slack` fill them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.delivery import Post, Retry
from bot.domain.query import Order, Query, Sort, Turn
from bot.domain.recording import Listing, Recording
from bot.domain.status import ChannelState
from bot.domain.sync import Kept, SyncState


class Clock(Protocol):
    """Time, so that no test waits for it."""

    def now(self) -> datetime:
        """Aware, UTC."""

    async def sleep(self, pause: timedelta) -> None:
        """Wait that long."""


class Phones(Protocol):
    """The PBX. Every method raises a `PbxError`."""

    async def recordings(self, *, page: int, size: int, sort: Sort, order: Order) -> Listing:
        """One page of the PBX's list, pages from 1. Callers who ask the same at the same time share one request."""

    async def recording(self, recording_id: int) -> Recording:
        """One recording. Raises PbxNotFound."""


class Archive(Protocol):
    """Our mirror of one PBX's list. Every method raises ArchiveError."""

    async def state(self) -> SyncState:
        """How far the sync has come."""

    async def begin(self, rows: Sequence[Recording], *, baseline: int, total: int, now: datetime) -> None:
        """First look: set the baseline, keep the rows as history, announce none. A second call changes nothing."""

    async def keep(
        self,
        rows: Sequence[Recording],
        *,
        now: datetime,
        synced: int | None = None,
        history: int | None = None,
        history_done: bool = False,
        total: int | None = None,
        generation: int | None = None,
        judged: bool = True,
    ) -> Kept:
        """The one door. Store the rows and owe each new one above the baseline to every subscription, in one
        transaction, which also moves the sync's marks where they are given. Writes nothing when nothing changes.

        Another recording under an id that is held is left out: only a poll can say that the PBX's ids have started
        again. So is, unless the rows are `judged` by one, an unknown id below the newest of a call later than all
        that is held. Rows read for a `generation` that is over are left out as a whole.
        """

    async def renew(self, *, baseline: int, now: datetime) -> None:
        """The PBX's ids have started again: begin a new generation, in which ids up to `baseline` are history.

        What is owed of the old one is still posted; look-ups are answered from the new one.
        """

    async def newest(self) -> datetime | None:
        """When the latest call held started."""

    async def known(self, ids: Sequence[int]) -> frozenset[int]:
        """Which of these ids are held."""

    async def count(self, *, at_least: int = 0) -> int:
        """How many recordings are held, with ids from `at_least` up."""

    async def oldest(self) -> datetime | None:
        """When the oldest call held started."""

    async def page(self, query: Query, turn: Turn | None = None) -> tuple[tuple[Recording, ...], int]:
        """The rows of a listing, and the position of the first one from 1 (0 without rows)."""

    async def get(self, ids: Sequence[int]) -> tuple[Recording, ...]:
        """The recordings with these ids that are held, in the order of `ids`."""


class Outbox(Protocol):
    """What is owed to channels. Every method raises ArchiveError."""

    async def subscribe(self, workspace: str, channel: str, *, now: datetime) -> bool:
        """Owe this channel everything from now on, and a welcome once the first look at the PBX is over.

        False when it was subscribed before.
        """

    async def due(self, *, now: datetime) -> tuple[str, ...]:
        """The channels with something to post now."""

    async def claim(self, channel: str, *, now: datetime) -> Post | None:
        """Take what this channel is owed next: the message of unknown outcome if there is one, else the oldest
        recording and the legs of its call that stand next to it. None when nothing is due.

        The claim is written before it is returned: after a crash the same post comes back with `started_at` set.
        """

    async def sent(self, post: Post, *, ts: str, now: datetime) -> None:
        """It is in the channel, as message `ts`."""

    async def failed(self, post: Post, retry: Retry, *, problem: str) -> None:
        """It comes back at `retry.at`, and nothing passes it meanwhile."""

    async def given_up(self, post: Post, *, problem: str) -> None:
        """It never comes back."""

    async def states(self) -> tuple[ChannelState, ...]:
        """Every subscribed channel."""

    async def lost(self) -> int:
        """How many messages were given up."""


class Messenger(Protocol):
    """Slack, as far as posting into channels goes. Every method raises a `SlackError`."""

    async def post(self, post: Post) -> str:
        """Send it once, without any retry, and return the message's `ts`."""

    async def find(self, post: Post) -> str | None:
        """The `ts` of this post if it is in the channel, looked for by its key in the messages' metadata."""


class Directory(Protocol):
    """Slack's channels. Every method raises a `SlackError`."""

    async def channel_id(self, name: str) -> str:
        """The id of `#name`, `name`, or of an id itself. Raises ChannelClosed when the bot cannot see it."""
