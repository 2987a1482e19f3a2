"""A message to a channel: how many recordings it has, and what follows when posting it fails."""

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
"""Between two posts in one channel. Slack allows one a second (its page "Rate limits", chat.postMessage)."""
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=5)
CLOSED_PAUSE = timedelta(minutes=2)
"""Pause before a closed channel is tried again: an administrator may just have invited the bot."""
SETTLE = timedelta(seconds=2)
"""How long a post may need until the channel's history shows it, although the process that sent it has died."""


class Kind(StrEnum):
    """What a message is about."""

    WELCOME = "welcome"
    RECORDINGS = "recordings"
    ALERT = "alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message to one channel: a welcome, an alert, the legs of one call that are due together, or a digest."""

    key: str
    """Unique for ever. It is in the message's metadata, so that a post of unknown outcome is found in the channel."""
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
    """Slack refused the message as built: send its text alone."""
    started_at: datetime | None = None
    """When it was first sent with an unknown outcome; None when it surely is not in the channel."""
    after: str | None = None
    """The `ts`, by Slack's clock, of the bot's last message in this channel before it; None without any."""

    @property
    def is_digest(self) -> bool:
        """Whether it is about several calls."""
        return len({recording.uid or recording.id for recording in self.recordings}) > 1

    def delay(self, now: datetime) -> timedelta | None:
        """Return how long after the end of its newest call it is now; None without a time from the PBX.

        Never below zero: the PBX's clock may be ahead of this machine's.
        """
        ends = [
            row.started_at + (row.length.value if row.length else timedelta(0))
            for row in self.recordings
            if row.started_at
        ]
        return max(now - max(ends), timedelta(0)) if ends else None


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again, not before `at`. With `look` the post may have arrived: look in the channel first."""

    at: datetime
    look: bool = False
    plain: bool = False
    pauses: str = ""
    """Slack's name for the reason why the channel stays closed until somebody acts; empty when it is not closed."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Never try this message again; the next one goes on."""

    reason: str


class Impact(StrEnum):
    """What a failure makes impossible."""

    NOTHING = "nothing"
    """Nothing for long: the post is tried again."""
    MESSAGE = "message"
    """This message: it is sent as plain text, or never."""
    CHANNEL = "channel"
    """Posts into this channel, until somebody acts."""
    EVERYTHING = "everything"
    """All posts, everywhere."""


def stops(error: BotError) -> Impact:
    """Return what an error makes impossible. `bot.slack.errors.RULES` maps Slack's error names to these errors."""
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
    """Decide what follows a failed post, or a failed search for it: `started_at` is set until the search succeeds.

    The pause doubles from 2 s to 5 min; Slack's own `Retry-After` wins. A message that Slack refuses is sent once
    more as plain text and then given up, so that it never blocks the next ones. Nothing else is given up: a closed
    channel and a revoked token are tried again until somebody acts.
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
