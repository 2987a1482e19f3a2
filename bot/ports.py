"""What the services need of the world, named for the role. Adapters in `yeastar`, `archive` and `slack` fill them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.access import Asker
from bot.domain.alert import Alert
from bot.domain.delivery import Post, Retry
from bot.domain.extension import Extension
from bot.domain.health import Health, Part
from bot.domain.query import Cursor, Order, Query, Sort
from bot.domain.reconciliation import Reconciliation
from bot.domain.recording import Recording, RecordingPage
from bot.domain.results import ArchivePage
from bot.domain.statistics import GroupBy, Statistics
from bot.domain.status import ChannelState
from bot.domain.sync import StoreResult, SyncState


class Clock(Protocol):
    """Time, so that no test waits for it."""

    def now(self) -> datetime:
        """Aware, UTC."""

    async def sleep(self, pause: timedelta) -> None:
        """Wait that long."""


class Phones(Protocol):
    """The PBX. Every method raises a `PbxError`."""

    async def recordings(self, *, page: int, size: int, sort: Sort, order: Order) -> RecordingPage:
        """One page of the PBX's list, pages from 1. Callers who ask the same at the same time share one request."""

    async def recording(self, recording_id: int) -> Recording:
        """One recording. Raises PbxNotFound."""


class Archive(Protocol):
    """Our mirror of one PBX's list. Every method raises ArchiveError."""

    async def state(self) -> SyncState:
        """How far the sync has come."""

    async def set_baseline(self, rows: Sequence[Recording], *, baseline: int, total: int, now: datetime) -> None:
        """First look: set the baseline, keep the rows as history, announce none. A second call changes nothing."""

    async def store(
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
    ) -> StoreResult:
        """The one door. Store the rows and owe each new one above the baseline to every subscription, in one
        transaction, which also moves the sync's marks where they are given. Writes nothing when nothing changes.

        Another recording under an id that is held is left out: only a poll can say that the PBX's ids have started
        again. So is, unless the rows are `judged` by one, an unknown id below the newest of a call later than all
        that is held. Rows read for a `generation` that is over are left out as a whole. So is history, an unknown id
        at or below the baseline, of a call that is past keeping.
        """

    async def start_generation(
        self,
        rows: Sequence[Recording],
        *,
        total: int,
        now: datetime,
        lowest: int | None = None,
        generation: int | None = None,
    ) -> StoreResult:
        """The PBX's ids have started again: begin a new generation with these rows, in one transaction.

        Does nothing with rows that were read for a `generation` that is over.

        From `lowest` up, or from the lowest of them, they are all that the PBX lists. Calls that started after all
        that is held are news and owed, and so are those that have taken the id of an older one; the others are
        history. That it happened is owed as an alert. What is owed of the old generation is still posted; look-ups are
        answered from the new one.
        """

    async def newest_start(self) -> datetime | None:
        """When the latest call held started; when none is held, when the archive last changed by the PBX's list."""

    async def stored_ids(self, ids: Sequence[int]) -> frozenset[int]:
        """Which of these ids are held."""

    async def is_deleted(self, recording_id: int) -> bool:
        """Whether the PBX has been seen to delete this recording."""

    async def gone(self) -> int:
        """How many of the recordings held the PBX has been seen to delete."""

    async def count(self, *, at_least: int = 0) -> int:
        """How many recordings are held, with ids from `at_least` up."""

    async def oldest_start(self) -> datetime | None:
        """When the oldest call held started."""

    async def find(self, asker: Asker, query: Query, turn: Cursor | None = None, *, most: int | None) -> ArchivePage:
        """A page of what a query finds, and how many that is; counting stops behind `most`, if there is one."""

    async def page(self, asker: Asker, query: Query, turn: Cursor | None = None) -> tuple[tuple[Recording, ...], int]:
        """The rows of a listing, and the position of the first one from 1 (0 without rows)."""

    async def count_matching(self, asker: Asker, query: Query, *, most: int) -> int:
        """How many of the recordings held a query finds; counting stops behind `most`, so `most + 1` is "more"."""

    async def between(self, asker: Asker, recording: Recording, *, count: int) -> tuple[Recording, ...]:
        """The latest other recordings between the same two parties, whoever called, newest first."""

    async def statistics(self, asker: Asker, query: Query, by: GroupBy) -> Statistics:
        """What the query finds, counted; hours, days and weekdays are in the asker's zone."""

    async def get(self, asker: Asker, ids: Sequence[int]) -> tuple[Recording, ...]:
        """The recordings with these ids that are held, in the order of `ids`."""


class ReconciliationStore(Protocol):
    """The archive held against the PBX, and cleared of what is past keeping. Every method raises ArchiveError."""

    async def mark_deleted(
        self, listed: Sequence[int], *, lowest: int, highest: int, generation: int, now: datetime
    ) -> int:
        """Mark what is held with an id from `lowest` to `highest` and is not `listed`: the PBX has deleted it.

        `now` is the moment before the PBX was asked for what it lists: a recording first seen then or later may have
        been listed too late for that answer, and is not marked. Returns how many were not marked before. Does nothing
        for a generation that is over. Many rows are marked some at a time, in transactions of their own.
        """

    async def record(self, proof: Reconciliation) -> None:
        """Keep what a proof has shown."""

    async def latest(self) -> Reconciliation | None:
        """The proof recorded last; None before the first."""

    async def delete_expired(self, *, before: datetime | None, gone_before: datetime) -> int:
        """Remove recordings, with their deliveries, whose call started before `before`, and those marked gone before
        `gone_before`; and deliveries, alerts, welcomes and proofs older than the later of the two. Returns how many
        recordings were removed.

        A call without a time counts from when it was first seen. A generation that was over before `gone_before` is
        gone as a whole. What stays: a recording that is still owed to some channel, one that no poll has seen yet,
        and the newest proof. Few rows are removed at a time, in transactions of their own: nobody waits for all of it.

        What is removed is not taken in and announced again while the PBX still lists it: the baseline rises to it.
        """


class HealthStore(Protocol):
    """The health of the parts over restarts, and who is told of it. Every method raises ArchiveError."""

    async def healths(self) -> tuple[Health, ...]:
        """What was noted last, in the order of `Part`; empty before the first time."""

    async def note(
        self, health: Health, *, well_at: datetime | None, now: datetime, alert: Alert | None = None
    ) -> None:
        """Keep the health of a part and owe the alert to every channel that is told of alerts, in one transaction.
        Without `well_at` the sign of being well that was noted before stays.

        An alert that a part is BACK takes the one that it is DOWN out of the queue where nobody has seen that yet.
        """

    async def checked_at(self) -> datetime | None:
        """When `note` was last called."""

    async def well_at(self, part: Part) -> datetime | None:
        """The last sign that the part is well, as noted."""

    async def new_since(self, since: datetime) -> tuple[int, int]:
        """How many recordings that are announced, that is above the baseline, were met since then, and how many of
        those still wait for some channel.
        """


class Outbox(Protocol):
    """What is owed to channels. Every method raises ArchiveError."""

    async def subscribe(self, workspace: str, channel: str, *, now: datetime) -> bool:
        """Owe this channel everything from now on, and a welcome once the first look at the PBX is over.

        False when it was subscribed before.
        """

    async def set_alert_channels(self, workspace: str, channels: Sequence[str], *, now: datetime) -> None:
        """Let these channels of a workspace, and no others of it, receive alerts. What waits for others is deleted."""

    async def alert_channels(self) -> tuple[str, ...]:
        """The channels that are told of alerts."""

    async def due_channels(self, *, now: datetime) -> tuple[str, ...]:
        """The channels with something to post now, the longest due first. What `claim` holds back for a digest is
        among it.
        """

    async def claim_next(self, channel: str, *, now: datetime) -> Post | None:
        """Take what this channel is owed next: the message of unknown outcome if there is one, else an alert, else
        the oldest recording and the legs of its call that stand next to it, or in a flood all that wait, as one
        digest. None when nothing is due, or is better held back a little, for a digest.

        The claim is written before it is returned: after a crash the same post comes back with `started_at` set.
        """

    async def mark_sent(self, post: Post, *, ts: str, now: datetime) -> None:
        """It is in the channel, as message `ts`. A channel that was paused is open again, which is told as an alert;
        the one that it is closed is taken out of the queue where nobody has seen that yet.
        """

    async def failed(self, post: Post, retry: Retry, *, problem: str, now: datetime) -> None:
        """It comes back at `retry.at`, and nothing passes it meanwhile. If that pauses the channel, it is told as an
        alert: everywhere but in that channel itself, and once until it is open again.
        """

    async def mark_given_up(self, post: Post, *, problem: str, now: datetime) -> None:
        """It never comes back, which is told as an alert unless it was one."""

    async def resume(self, workspace: str, channel: str, *, now: datetime) -> bool:
        """Try a paused channel of a workspace again at once. False when it is not paused."""

    async def channel_states(self) -> tuple[ChannelState, ...]:
        """Every channel that is told of recordings."""

    async def lost(self) -> int:
        """How many messages were given up."""


class Messenger(Protocol):
    """Slack, as far as posting into channels goes. Every method raises a `SlackError`."""

    async def post(self, post: Post) -> str:
        """Send it once, without any retry, and return the message's `ts`."""

    async def find(self, post: Post) -> str | None:
        """The `ts` of this post if it is in the channel, looked for by its key in the messages' metadata."""


class Directory(Protocol):
    """Slack's channels and people. Every method raises a `SlackError`."""

    async def channel_id(self, name: str) -> str:
        """The id of `#name`, `name`, or of an id itself. Raises ChannelClosed when the bot cannot see it."""

    async def people(self, ids: Sequence[str]) -> tuple[str, ...]:
        """The users that these ids of users and user groups stand for, each once."""

    async def direct(self, user: str) -> str:
        """The channel of our direct messages with a user."""


class Extensions(Protocol):
    """Who has which telephone. Every method raises a `PbxError`, PbxForbidden where we may not know."""

    async def extensions(self) -> Sequence[Extension]:
        """Every extension of the PBX."""
