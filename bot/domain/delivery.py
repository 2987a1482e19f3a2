"""What is owed to a channel, and what follows when a post fails."""

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
    SlackError,
    SlackLoginRefused,
    SlackOutcomeUnknown,
    SlackScopeMissing,
)

SPACING = timedelta(seconds=1.1)
"""Between two posts in one channel. Slack allows one a second (its page "Rate limits", chat.postMessage)."""
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=5)
CLOSED_PAUSE = timedelta(minutes=2)
"""How often a channel that does not take our posts is tried again: an administrator may just have invited us."""
SETTLE = timedelta(seconds=2)
"""How long the post of a process that died may still be on its way to where the channel's history shows it."""


class Kind(StrEnum):
    """What a message is about."""

    WELCOME = "welcome"
    RECORDINGS = "recordings"
    ALERT = "alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message owed to one channel: a welcome, an alert, the legs of one call that are due together, or a digest."""

    key: str
    """Unique for ever; travels in the message's metadata, by which a post of unknown outcome is found again."""
    workspace: str
    channel: str
    kind: Kind
    site: str
    recordings: tuple[Recording, ...] = ()
    alert: Alert | None = None
    is_current: bool = True
    """Whether the recordings are of the newest generation, where look-ups find them."""
    attempts: int = 0
    """Tries that failed so far."""
    plain: bool = False
    """Slack refused the message as built: send its text alone."""
    started_at: datetime | None = None
    """When it was first handed to Slack without a known outcome; None when it surely is not there."""
    after: str | None = None
    """The `ts` of our last message in this channel before it; None when it is the first. Slack's clock, not ours."""

    @property
    def is_digest(self) -> bool:
        """Whether it stands for several calls."""
        return len({recording.uid or recording.id for recording in self.recordings}) > 1

    def delay(self, now: datetime) -> timedelta | None:
        """How long after the end of its newest call the post arrives `now`; None where the PBX told no time.

        The PBX's clock may go ahead of ours: it is never below zero.
        """
        ends = [
            row.started_at + (row.length.value if row.length else timedelta(0))
            for row in self.recordings
            if row.started_at
        ]
        return max(now - max(ends), timedelta(0)) if ends else None


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again, not before `at`. `look` says whether it may have arrived: look in the channel first."""

    at: datetime
    look: bool = False
    plain: bool = False
    pauses: str = ""
    """Why the channel takes nothing until somebody mends it, as Slack names it; empty when it is not so."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Never try this message again; the next one goes on."""

    reason: str


class Impact(StrEnum):
    """How far the trouble behind a failed post reaches."""

    NOTHING = "nothing"
    """It passes: the post is tried again by itself."""
    MESSAGE = "message"
    """Slack does not take this message: it goes out as plain text, or never."""
    CHANNEL = "channel"
    """This channel takes nothing until somebody mends it."""
    EVERYTHING = "everything"
    """Nothing can be posted anywhere."""


def stops(error: BotError) -> Impact:
    """How far it reaches. `bot.slack.errors.RULES` tells which of Slack's errors are which, and who hears of it."""
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
    """Decide what follows a failed post, or a failed look for one: `started_at` is set until somebody has looked.

    The pause doubles from 2 s to 5 min; Slack's own `Retry-After` wins over it. A message that Slack does not take
    is sent once more as plain text and then given up, so that it never blocks those behind it. Nothing else is
    ever given up: a channel that is closed and a token that is revoked are tried again until somebody mends them.
    """
    look, plain = post.started_at is not None, post.plain
    pause = min(FIRST_PAUSE * 2 ** min(post.attempts, 20), LONGEST_PAUSE)
    match stops(error):
        case Impact.MESSAGE if not look:  # else it was the look that Slack refused
            return GiveUp(reason=str(error)) if plain else Retry(at=now, plain=True)
        case Impact.CHANNEL:
            return Retry(at=now + CLOSED_PAUSE, look=look, plain=plain, pauses=_name(error))
        case Impact.EVERYTHING:
            return Retry(at=now + CLOSED_PAUSE, look=look, plain=plain)
    match error:
        case SlackBusy(retry_after=told):
            return Retry(at=now + told, look=look, plain=plain)
        case SlackOutcomeUnknown(settle=settle):
            return Retry(at=now + max(pause, settle), look=True, plain=plain)
        case _:
            return Retry(at=now + pause, look=look, plain=plain)


def _name(error: BotError) -> str:
    code = error.code if isinstance(error, SlackError) else ""
    return code or "closed"
