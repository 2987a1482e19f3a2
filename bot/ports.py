"""Interfaces that the services need. `bot.yeastar`, `bot.archive` and `bot.slack` implement them.

Reads of recordings for people are apart from what the sync needs: `RecordingReader` takes the asker first, so that no
read can forget the scope.
"""

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
    """Time, so that no test has to wait."""

    def now(self) -> datetime:
        """Return the current time; aware, UTC."""

    async def sleep(self, pause: timedelta) -> None:
        """Wait that long."""


class Phones(Protocol):
    """The PBX. Every method raises a PbxError."""

    async def recordings(self, *, page: int, size: int, sort: Sort, order: Order) -> RecordingPage:
        """Return one page of the PBX's list, pages from 1. Equal requests at the same time share one."""

    async def recording(self, recording_id: int) -> Recording:
        """Return one recording. Raises PbxNotFound."""


class Extensions(Protocol):
    """The PBX's extensions. Every method raises a PbxError, PbxForbidden where the bot lacks the permission."""

    async def extensions(self) -> Sequence[Extension]:
        """Return every extension of the PBX."""


class RecordingStore(Protocol):
    """The archive of one PBX, as the sync writes it. Every method raises ArchiveError."""

    async def state(self) -> SyncState:
        """Return how far the sync has come."""

    async def set_baseline(self, rows: Sequence[Recording], *, baseline: int, total: int, now: datetime) -> None:
        """Set the baseline and store the rows as history, without deliveries. Does nothing when there is a baseline."""

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
        ids_checked: bool = True,
    ) -> StoreResult:
        """Store rows and create deliveries for the new ones, in one transaction.

        New are rows with an unknown id above the baseline. The same transaction saves `synced`, `history`,
        `history_done` and `total` where they are given: see `SyncState`. Nothing is written when nothing changes.

        Not stored are:
        - another recording under a stored id: only a poll may decide that the PBX's ids have started again;
        - unless `ids_checked` says that the caller has made that decision: an unknown id below `SyncState.synced`, of
          a call later than every stored one, which may be a sign of it;
        - all rows, when `generation` is given and is over;
        - history that is older than the retention.
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
        """Begin a new generation with these rows, because the PBX's ids have started again, in one transaction.

        The rows are all that the PBX lists from id `lowest` up, by default from the lowest row. Deliveries are created
        for calls that started after every stored one, and for those that have taken the id of an older recording; the
        others are history. An alert is created as well. Deliveries of the old generation are still posted, and
        look-ups are answered from the new one. Does nothing when `generation` is given and is over.
        """

    async def newest_start(self) -> datetime | None:
        """Return when the latest stored call started; without any, when the archive last changed by the PBX's list."""

    async def oldest_start(self) -> datetime | None:
        """Return when the oldest stored call started."""

    async def stored_ids(self, ids: Sequence[int]) -> frozenset[int]:
        """Return which of these ids are stored."""

    async def count(self, *, at_least: int = 0) -> int:
        """Count the stored recordings with ids from `at_least` up."""

    async def gone(self) -> int:
        """Count the stored recordings that the PBX has deleted."""

    async def is_deleted(self, recording_id: int) -> bool:
        """Return whether the PBX has deleted this recording. Ask only for one that the asker may see."""


class RecordingReader(Protocol):
    """The archive, as people read it: nothing outside the asker's scope. Every method raises ArchiveError."""

    async def find(
        self, asker: Asker, query: Query, cursor: Cursor | None = None, /, *, most: int | None
    ) -> ArchivePage:
        """Return a page of what a query finds, and their number; counting stops behind `most`, if there is one."""

    async def count_matching(self, asker: Asker, query: Query, *, most: int) -> int:
        """Count what a query finds; counting stops behind `most`, so `most + 1` means "more"."""

    async def between(self, asker: Asker, recording: Recording, *, count: int) -> tuple[Recording, ...]:
        """Return the latest other recordings between the same two parties, whoever called, newest first."""

    async def statistics(self, asker: Asker, query: Query, by: GroupBy) -> Statistics:
        """Count what the query finds by group; hours, days and weekdays are in the asker's zone."""

    async def get(self, asker: Asker, ids: Sequence[int]) -> tuple[Recording, ...]:
        """Return the stored recordings with these ids, in the order of `ids`."""


class Archive(RecordingStore, RecordingReader, Protocol):
    """Both sides of the archive, for services that store what they read from the PBX and read it again."""


class ReconciliationStore(Protocol):
    """Results of reconciliation, and the deletions that follow from it and from age. Raises ArchiveError."""

    async def mark_deleted(
        self, listed: Sequence[int], *, lowest: int, highest: int, generation: int, now: datetime
    ) -> int:
        """Mark stored recordings with an id from `lowest` to `highest` that are not `listed` as deleted by the PBX.

        `now` is the moment before the PBX was asked for its list: a recording first seen then or later may have been
        listed too late for that answer, and is not marked. Returns how many were newly marked. Does nothing for a
        generation that is over. Works in batches, each in its own transaction.
        """

    async def record(self, proof: Reconciliation, /) -> None:
        """Save the result of a reconciliation."""

    async def latest(self) -> Reconciliation | None:
        """Return the result that was saved last; None before the first."""

    async def delete_expired(self, *, before: datetime | None, gone_before: datetime) -> int:
        """Delete rows that are older than the retention. Returns how many recordings were deleted.

        Deleted are recordings, with their deliveries, whose call started before `before`, and those that were marked
        as deleted before `gone_before`; and finished deliveries, alerts, welcomes and reconciliations older than the
        later of the two. A call without a time counts from when it was first seen. A generation that was over before
        `gone_before` is deleted as a whole.

        Not deleted are recordings with an open delivery, recordings that no poll has seen yet, and the newest
        reconciliation. Works in batches, each in its own transaction. The baseline rises to the highest deleted id, so
        that a recording that the PBX still lists is not announced again.
        """


class HealthStore(Protocol):
    """The health of the parts over restarts, and the alerts about it. Every method raises ArchiveError."""

    async def healths(self) -> tuple[Health, ...]:
        """Return what was saved last, in the order of `Part`; empty before the first time."""

    async def note(
        self, health: Health, *, well_at: datetime | None, now: datetime, alert: Alert | None = None
    ) -> None:
        """Save the health of a part and create deliveries of the alert for the alert channels, in one transaction.

        Without `well_at` the saved one stays. An alert that a part is BACK deletes an unsent alert that it is DOWN.
        """

    async def checked_at(self) -> datetime | None:
        """Return when `note` was last called."""

    async def well_at(self, part: Part) -> datetime | None:
        """Return the last sign that the part works, as saved."""

    async def new_since(self, since: datetime) -> tuple[int, int]:
        """Count the recordings above the baseline that were first seen since then, and those still to be posted."""


class Outbox(Protocol):
    """Outbox of deliveries: claim, then record success or failure. Every method raises ArchiveError."""

    async def subscribe(self, workspace: str, channel: str, *, now: datetime) -> bool:
        """Subscribe the channel to every recording from now on, and create a welcome. False when it was subscribed.

        The welcome is due once the first poll is over.
        """

    async def set_alert_channels(self, workspace: str, channels: Sequence[str], *, now: datetime) -> None:
        """Let these channels of a workspace, and no others of it, receive alerts. What waits for others is deleted."""

    async def alert_channels(self) -> tuple[str, ...]:
        """Return the channels that get alerts."""

    async def due_channels(self, *, now: datetime) -> tuple[str, ...]:
        """Return the channels with a due delivery, the longest due first.

        A channel whose recordings `claim_next` delays for a digest is among them.
        """

    async def claim_next(self, channel: str, /, *, now: datetime) -> Post | None:
        """Claim the channel's next message, and write the claim before returning it. None when nothing is due.

        In this order: a message of unknown outcome; an alert; the oldest recording with the legs of its call that
        follow it; or, when many calls wait, all of them as one digest, for which they may be delayed a little.
        After a crash the same post is returned again, with `started_at` set.
        """

    async def mark_sent(self, post: Post, *, ts: str, now: datetime) -> None:
        """Record that the post is in the channel, as message `ts`.

        If the channel was paused, it is open again: creates an alert, and deletes an unsent alert that it is closed.
        """

    async def failed(self, post: Post, retry: Retry, *, problem: str, now: datetime) -> None:
        """Record a failure. The post is due again at `retry.at`, before everything else in its channel.

        If that pauses the channel, creates one alert about it, for all alert channels but that channel itself.
        """

    async def mark_given_up(self, post: Post, *, problem: str, now: datetime) -> None:
        """Record that the post will not be tried again; creates an alert unless the post was one."""

    async def resume(self, workspace: str, channel: str, *, now: datetime) -> bool:
        """Try a paused channel of a workspace again at once. False when it is not paused."""

    async def channel_states(self) -> tuple[ChannelState, ...]:
        """Return the state of every channel that is subscribed to recordings."""

    async def lost(self) -> int:
        """Count the messages that were given up."""


class Messenger(Protocol):
    """Posting into Slack's channels. Every method raises a SlackError."""

    async def post(self, post: Post) -> str:
        """Send the post once, without a retry, and return the message's `ts`."""

    async def find(self, post: Post) -> str | None:
        """Return the `ts` of this post if it is in the channel, found by its key in the messages' metadata."""


class Directory(Protocol):
    """Slack's channels and people. Every method raises a SlackError."""

    async def channel_id(self, name: str) -> str:
        """Return the id of `#name`, `name`, or of an id itself. Raises ChannelClosed when the bot cannot see it."""

    async def people(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Return the users that these ids of users and user groups stand for, each once."""

    async def direct(self, user: str) -> str:
        """Return the channel of the bot's direct messages with a user."""
