"""A message to a channel, and the decision what follows if posting it fails."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.alert import Alert
from bot.domain.recording import Recording
from bot.errors import (
    BotError,
    ChannelClosed,
    MessageRefused,
    SlackBusy,
    SlackLoginRefused,
    SlackOutcomeUnknown,
    SlackScopeMissing,
)

SPACING = timedelta(seconds=1.1)
"""Pause between two posts in one channel. Source: Slack, "Rate limits": chat.postMessage, one per second."""
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=5)
CLOSED_PAUSE = timedelta(minutes=2)
"""Pause before a closed channel is tried again: an administrator may just have invited the bot."""
SETTLE = timedelta(seconds=2)
"""How long it may take until the channel's history shows a post, after the process that sent it has ended."""


class Kind(StrEnum):
    """What a message is about."""

    WELCOME = "welcome"
    RECORDINGS = "recordings"
    ALERT = "alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message to one channel: a welcome, an alert, the legs of one call that are due together, or a digest."""

    key: str
    """A unique key in the metadata of the message, to find a post of unknown outcome in the channel."""
    workspace: str
    channel: str
    kind: Kind
    site: str
    recordings: tuple[Recording, ...] = ()
    alert: Alert | None = None
    is_current: bool = True
    """Whether the recordings are of the newest generation, the only one that look-ups search."""
    attempts: int = 0
    """Failed tries so far."""
    plain: bool = False
    """Whether to send the text alone, because Slack refused the full message."""
    started_at: datetime | None = None
    """When it was first sent with an unknown outcome; None if it is certainly not in the channel."""
    after: str | None = None
    """The `ts` of the bot's last message in this channel; None if there is none."""

    @property
    def is_digest(self) -> bool:
        """Whether the post has recordings of several calls."""
        return len({recording.uid or recording.id for recording in self.recordings}) > 1

    def delay(self, now: datetime) -> timedelta | None:
        """Return the time since the end of its newest call; None if the PBX gave no time.

        Never negative, although the PBX's clock may be ahead of this machine's clock.
        """
        ends = [
            row.started_at + (row.length.value if row.length else timedelta(0))
            for row in self.recordings
            if row.started_at
        ]
        return max(now - max(ends), timedelta(0)) if ends else None


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again, not before `at`. If `look`, the post may have arrived, so look for it in the channel first."""

    at: datetime
    look: bool = False
    plain: bool = False
    pauses: str = ""
    """Slack's error code if the channel accepts no posts until somebody changes something; otherwise empty."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Do not try this message again; continue with the next one."""

    reason: str


class Impact(StrEnum):
    """What a failure blocks."""

    NOTHING = "nothing"
    """Nothing: the post is tried again."""
    MESSAGE = "message"
    """This message only: it is tried as plain text, and then given up."""
    CHANNEL = "channel"
    """All posts into this channel, until somebody changes something."""
    EVERYTHING = "everything"
    """All posts into all channels."""


def stops(error: BotError) -> Impact:
    """Return what an error blocks. `bot.slack.errors.RULES` maps Slack's error codes to these errors."""
    match error:
        case MessageRefused():
            return Impact.MESSAGE
        case ChannelClosed() | SlackScopeMissing():
            return Impact.CHANNEL
        case SlackLoginRefused():
            return Impact.EVERYTHING
        case _:
            return Impact.NOTHING


def after_failure(post: Post, error: BotError, *, now: datetime) -> Retry | GiveUp:
    """Decide what follows a failed post, or a failed search for a post of unknown outcome (`started_at` is set).

    The pause doubles from 2 s to 5 min; Slack's `Retry-After` has priority. A message that Slack refuses is sent once
    more as plain text and then given up, so that it does not block later messages. Nothing else is given up: a closed
    channel and a revoked token are tried again until they work.
    """
    look, plain = post.started_at is not None, post.plain
    pause = min(FIRST_PAUSE * 2 ** min(post.attempts, 20), LONGEST_PAUSE)
    match stops(error):
        case Impact.MESSAGE if not look:  # otherwise Slack refused the search
            return GiveUp(reason=str(error)) if plain else Retry(at=now, plain=True)
        case Impact.CHANNEL:
            return Retry(at=now + CLOSED_PAUSE, look=look, plain=plain, pauses=getattr(error, "code", "") or "closed")
        case Impact.EVERYTHING:
            return Retry(at=now + CLOSED_PAUSE, look=look, plain=plain)
    match error:
        case SlackBusy(retry_after=retry_after):
            return Retry(at=now + retry_after, look=look, plain=plain)
        case SlackOutcomeUnknown(settle=settle):
            return Retry(at=now + max(pause, settle), look=True, plain=plain)
        case _:
            return Retry(at=now + pause, look=look, plain=plain)
