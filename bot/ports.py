"""Interfaces that the services need. `bot.yeastar`, `bot.archive` and `bot.slack` implement them.

Every moment is an aware `datetime` in UTC, and every period a `timedelta`. Callers pass the current time as `now`.

`RecordingStore` is for the sync. `RecordingReader` is for look-ups: each of its methods takes the asker first, so that
every read applies the asker's scope.
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
    """The current time and waiting. Tests replace it, so that they do not wait."""

    def now(self) -> datetime:
        """Return the current time."""

    async def sleep(self, pause: timedelta) -> None:
        """Wait for `pause`."""


class Phones(Protocol):
    """The recordings of the PBX. Every method may raise a PbxError."""

    async def recordings(self, *, page: int, size: int, sort: Sort, order: Order) -> RecordingPage:
        """Return page number `page`, from 1, with `size` rows. Equal concurrent calls share one request."""

    async def recording(self, recording_id: int) -> Recording:
        """Return one recording. Raises PbxNotFound if the PBX does not have it."""


class Extensions(Protocol):
    """The extensions of the PBX."""

    async def extensions(self) -> Sequence[Extension]:
        """Return all extensions. Raises a PbxError; PbxForbidden if the bot lacks the permission."""


class RecordingStore(Protocol):
    """Writing the archive of one PBX, for the sync. Every method may raise ArchiveError."""

    async def state(self) -> SyncState:
        """Return the progress of the sync."""

    async def set_baseline(self, rows: Sequence[Recording], *, baseline: int, total: int, now: datetime) -> None:
        """Set the baseline and store the rows as history, without deliveries. Does nothing if a baseline is set."""

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

        A row is new if its id is above the baseline and not stored. The same transaction saves `synced`, `history`,
        `history_done` and `total` if they are given; `SyncState` describes them. Writes nothing if nothing changes.

        These rows are not stored:
        - a row whose id is stored for another recording: only a poll decides that the PBX's ids have started again;
        - if not `ids_checked`: a row whose id is not stored and at most `SyncState.synced`, of a call later than every
          stored call. The ids may have started again, and the caller has not checked that;
        - all rows, if `generation` is given and is not the newest generation;
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
        """Start a new generation with these rows, because the PBX's ids have started again, in one transaction.

        `rows` are all recordings on the PBX with ids from `lowest` up; by default, `lowest` is the lowest id in `rows`.
        Creates deliveries for calls that started after every stored call, and for calls that have the id of an older
        stored recording; the other rows are history. Also creates an alert. Deliveries of the old generation are still
        posted; look-ups read the new one. Does nothing if `generation` is given and is not the newest generation.
        """

    async def newest_start(self) -> datetime | None:
        """Return when the latest stored call started. If there is none: `SyncState.looked_at`."""

    async def oldest_start(self) -> datetime | None:
        """Return when the oldest stored call started; None if there is none with a known time."""

    async def stored_ids(self, ids: Sequence[int]) -> frozenset[int]:
        """Return which of these ids are stored."""

    async def count(self, *, at_least: int = 0) -> int:
        """Count the stored recordings with ids from `at_least` up."""

    async def count_deleted(self) -> int:
        """Count the stored recordings that the PBX has deleted."""

    async def is_deleted(self, recording_id: int) -> bool:
        """Return whether the PBX has deleted this recording. Does not check the scope of the asker."""


class RecordingReader(Protocol):
    """Reading recordings within the scope of the asker. Every method may raise ArchiveError."""

    async def find(
        self, asker: Asker, query: Query, cursor: Cursor | None = None, /, *, most: int | None
    ) -> ArchivePage:
        """Return a page of the matches, and their number. It is exact up to `most`; a higher one means "more"."""

    async def count_matching(self, asker: Asker, query: Query, *, most: int) -> int:
        """Count the matches. Counting stops at `most + 1`, which means "more than `most`"."""

    async def between(self, asker: Asker, recording: Recording, *, count: int) -> tuple[Recording, ...]:
        """Return up to `count` other recordings between the two parties, in both directions, newest first."""

    async def statistics(self, asker: Asker, query: Query, by: GroupBy) -> Statistics:
        """Count the matches by group. Hours, days and weekdays are in the time zone of the asker."""

    async def get(self, asker: Asker, ids: Sequence[int]) -> tuple[Recording, ...]:
        """Return the stored recordings with these ids, in the order of `ids`. Ids that are not found are left out."""


class Archive(RecordingStore, RecordingReader, Protocol):
    """The archive for reading and writing, for services that need both."""


class ReconciliationStore(Protocol):
    """Results of reconciliation, and deletion of old rows. Every method may raise ArchiveError."""

    async def mark_deleted(
        self, listed: Sequence[int], *, lowest: int, highest: int, generation: int, now: datetime
    ) -> int:
        """Mark stored recordings that are missing in `listed` as deleted by the PBX.

        Compares only ids from `lowest` to `highest`, both included. `now` is the time before the list was requested:
        recordings that were first seen at `now` or later are not marked, because the list may be older than they are.
        Returns the number of newly marked recordings. Does nothing if `generation` is not the newest generation. Works
        in batches, each in its own transaction.
        """

    async def record(self, result: Reconciliation, /) -> None:
        """Save the result of a reconciliation."""

    async def latest(self) -> Reconciliation | None:
        """Return the result that was saved last; None if there is none."""

    async def delete_expired(self, *, before: datetime | None, deleted_before: datetime) -> int:
        """Delete rows that are older than the retention. Returns the number of deleted recordings.

        It deletes:
        - recordings, with their deliveries, whose call started before `before`; for a call of unknown time, the time
          when it was first seen counts;
        - recordings, with their deliveries, that were marked as deleted before `deleted_before`;
        - all recordings of generations that ended before `deleted_before`;
        - finished deliveries and results of reconciliation that are older than the later of the two times.

        It does not delete recordings with an open delivery, recordings that no poll has seen yet, and the newest
        result. Works in batches, each in its own transaction. Raises the baseline to the highest deleted id, so that a
        recording that is still on the PBX is not announced again.
        """


class HealthStore(Protocol):
    """Saved health of the parts, and alerts about it. Every method may raise ArchiveError."""

    async def healths(self) -> tuple[Health, ...]:
        """Return the saved health of each part, in the order of `Part`; empty before the first `note`."""

    async def note(
        self, health: Health, *, well_at: datetime | None, now: datetime, alert: Alert | None = None
    ) -> None:
        """Save the health of a part and create deliveries of the alert for the alert channels, in one transaction.

        If `well_at` is None, the saved value stays. A BACK alert deletes DOWN alerts of the part that are not sent yet.
        """

    async def checked_at(self) -> datetime | None:
        """Return when `note` was last called."""

    async def well_at(self, part: Part) -> datetime | None:
        """Return when the part last worked, as saved; None if unknown."""

    async def new_since(self, since: datetime) -> tuple[int, int]:
        """Return how many new recordings were first seen since then, and how many of them are still to be posted."""


class Outbox(Protocol):
    """Outbox of deliveries: claim, then record success or failure. Every method may raise ArchiveError."""

    async def subscribe(self, workspace: str, channel: str, *, now: datetime) -> bool:
        """Subscribe the channel to all new recordings, and create a welcome. Returns False if it was subscribed.

        The welcome is due after the first poll.
        """

    async def set_alert_channels(self, workspace: str, channels: Sequence[str], *, now: datetime) -> None:
        """Set which channels of a workspace receive alerts. Deletes unsent alerts for its other channels."""

    async def alert_channels(self) -> tuple[str, ...]:
        """Return the channels that receive alerts."""

    async def due_channels(self, *, now: datetime) -> tuple[str, ...]:
        """Return the channels with a due delivery, ordered by due time.

        This includes channels whose recordings `claim_next` delays for a digest.
        """

    async def claim_next(self, channel: str, /, *, now: datetime) -> Post | None:
        """Claim the next message of the channel. The claim is saved before this returns. None if nothing is due.

        The order is: a message that was claimed before; an alert; the oldest recording, with the other legs of its
        call that follow it directly. If many calls wait, all of them become one digest, which may be delayed by up to
        `bot.domain.digest.GATHER`. After a crash, the same post is returned again with `started_at` set.
        """

    async def mark_sent(self, post: Post, *, ts: str, now: datetime) -> None:
        """Record that the post is in the channel, as message `ts`.

        If the channel was paused, ends the pause, creates an OPEN alert, and deletes an unsent CLOSED alert.
        """

    async def failed(self, post: Post, retry: Retry, *, problem: str, now: datetime) -> None:
        """Record a failure. The post is due again at `retry.at`, before all other messages of its channel.

        If `retry.pauses` is set and the channel was not paused, creates a CLOSED alert for all other alert channels.
        """

    async def mark_given_up(self, post: Post, *, problem: str, now: datetime) -> None:
        """Record that the post will not be tried again. Creates a REFUSED alert, unless the post was an alert."""

    async def resume(self, workspace: str, channel: str, *, now: datetime) -> bool:
        """Make the next message of a paused channel due now. Returns False if the channel is not paused."""

    async def channel_states(self) -> tuple[ChannelState, ...]:
        """Return the state of every channel that is subscribed to recordings."""

    async def lost(self) -> int:
        """Count the messages that will not be tried again."""


class Messenger(Protocol):
    """Posting into Slack channels. Every method may raise a SlackError."""

    async def post(self, post: Post) -> str:
        """Send the post once, without a retry, and return the `ts` of the message."""

    async def find(self, post: Post) -> str | None:
        """Return the `ts` of the message with the key of this post in its metadata; None if there is none."""


class Directory(Protocol):
    """Channels and users of Slack. Every method may raise a SlackError."""

    async def channel_id(self, name: str) -> str:
        """Return the id of a channel, given as `#name`, `name` or id. Raises ChannelClosed if the bot cannot see it."""

    async def people(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Return the ids of users, each once, for ids of users and of user groups."""

    async def direct(self, user: str) -> str:
        """Return the id of the channel for direct messages of the bot with a user."""
