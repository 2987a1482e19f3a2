"""How many of the recordings that wait for a channel go into its next message."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import takewhile

FEW = 5
"""Calls within `WINDOW` that are posted one by one. With more of them the channel gets digests."""
WINDOW = timedelta(minutes=1)
GATHER = timedelta(seconds=20)
"""How long a call may be delayed for a digest."""
MOST_LEGS = 20
"""Recordings in one message about one call; a call with more of them continues in the next message."""
MOST_IN_DIGEST = 500
"""Slack documents no limit for metadata; so many ids are about 4 kB."""


def batch_size(calls: Sequence[str], *, recent: int, waited: timedelta) -> int:
    """Return how many of the waiting recordings, from the first on, make the next message; 0 to delay them.

    `calls` is the call of each, in order; `recent` is how many calls were posted to the channel within
    `WINDOW`; `waited` is how long the first recording has been waiting, negative when the clock was set back.

    With few calls each gets a message of its own, with the legs that follow it directly. With more than a few in the
    window all that wait become one digest: at once when they alone are more than a few, otherwise when the first of
    them has waited for `GATHER`.
    """
    different = len(set(calls))
    may_delay = timedelta(0) <= waited < GATHER
    if different > 1 and different + recent > FEW:
        return 0 if different <= FEW and may_delay else min(len(calls), MOST_IN_DIGEST)
    if different + recent > FEW and may_delay:
        return 0
    return min(len(list(takewhile(calls[0].__eq__, calls))), MOST_LEGS)
