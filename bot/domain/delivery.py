"""What is owed to a channel, and what follows when a post fails."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.recording import Recording
from bot.errors import (
    BotError,
    ChannelClosed,
    MessageRefused,
    SlackBusy,
    SlackLoginRefused,
    SlackOutcomeUnknown,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message owed to one channel: a welcome, or the legs of one call that are due together."""

    key: str
    """Unique for ever; travels in the message's metadata, by which a post of unknown outcome is found again."""
    workspace: str
    channel: str
    kind: Kind
    site: str
    recordings: tuple[Recording, ...] = ()
    attempts: int = 0
    """Tries that failed so far."""
    plain: bool = False
    """Slack refused the message as built: send its text alone."""
    started_at: datetime | None = None
    """When it was first handed to Slack without a known outcome; None when it surely is not there."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again, not before `at`. `look` says whether it may have arrived: look in the channel first."""

    at: datetime
    look: bool = False
    plain: bool = False


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Never try this message again; the next one goes on."""

    reason: str


def after_failure(post: Post, error: BotError, *, now: datetime) -> Retry | GiveUp:
    """Decide what follows a failed post, or a failed look for one: `started_at` is set until somebody has looked.

    The pause doubles from 2 s to 5 min; Slack's own `Retry-After` wins over it. A message that Slack does not take
    is sent once more as plain text and then given up, so that it never blocks those behind it. Nothing else is
    ever given up: a channel that is closed and a token that is revoked are tried again until somebody mends them.
    """
    pause = min(FIRST_PAUSE * 2 ** min(post.attempts, 20), LONGEST_PAUSE)
    match error:
        case SlackBusy(retry_after=told):
            return Retry(at=now + told, look=post.started_at is not None, plain=post.plain)
        case MessageRefused() if post.plain and post.started_at is None:
            return GiveUp(reason=str(error))
        case MessageRefused() if post.started_at is None:  # else it was the look that Slack refused
            return Retry(at=now, plain=True)
        case SlackOutcomeUnknown(settle=settle):
            return Retry(at=now + max(pause, settle), look=True, plain=post.plain)
        case ChannelClosed() | SlackLoginRefused():
            return Retry(at=now + CLOSED_PAUSE, look=post.started_at is not None, plain=post.plain)
        case _:
            return Retry(at=now + pause, look=post.started_at is not None, plain=post.plain)
