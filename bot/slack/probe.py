"""A look at Slack now and then, so that a quiet day does not hide a token that was revoked."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.domain.health import LastSeen
from bot.errors import SlackBusy, SlackError
from bot.slack.clients import Clients, identify

QUIET = timedelta(seconds=50)
"""A post that went through so recently proves more than a look would."""


async def probe(clients: Clients, pulse: LastSeen, posts: LastSeen, now: Callable[[], datetime]) -> None:
    """Ask Slack who we are, unless it has just taken a post, and tell `pulse`.

    `posts` is what posting has shown. An answer here does not end trouble there: a post must do that. Where posting
    has had no trouble, though, the answer counts for it too, as on a day without a post.
    """
    if not _is_proven(posts, now()):
        try:
            await identify(clients)
        except SlackBusy:
            pass  # it answers
        except SlackError as error:
            pulse.missed(now(), str(error))
            return
    pulse.saw(now())
    if posts.failing_since is None:
        posts.saw(now())


def _is_proven(posts: LastSeen, now: datetime) -> bool:
    """Whether a post went through just now; below zero the clock was set back."""
    well_at = posts.well_at if posts.failing_since is None else None
    return well_at is not None and timedelta(0) <= now - well_at < QUIET
