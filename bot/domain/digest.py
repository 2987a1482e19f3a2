"""How many of the recordings that wait for a channel go into its next message."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import takewhile

FEW = 5
"""Maximum of calls within `WINDOW` that are posted one by one. With more calls, digests are posted."""
WINDOW = timedelta(minutes=1)
GATHER = timedelta(seconds=20)
"""How long a call may be delayed for a digest."""
MOST_LEGS = 20
"""Maximum of recordings in one message about one call. A call with more continues in the next message."""
MOST_IN_DIGEST = 500
"""Maximum of recordings in a digest. Their ids in the metadata are about 4 kB; Slack documents no limit."""


def batch_size(calls: Sequence[str], *, recent: int, waited: timedelta) -> int:
    """Return how many of the waiting recordings, from the first, go into the next message; 0 to delay them.

    `calls` has the call id of each waiting recording, in order. `recent` is how many calls were posted to the channel
    within `WINDOW`. `waited` is how long the first recording has waited; it is negative if the clock was set back.

    Up to `FEW` calls in the window get a message each, with the legs that directly follow. With more calls, all
    waiting recordings become one digest: at once if more than `FEW` calls wait, otherwise when the first recording has
    waited for `GATHER`.
    """
    different = len(set(calls))
    may_delay = timedelta(0) <= waited < GATHER
    if different > 1 and different + recent > FEW:
        return 0 if different <= FEW and may_delay else min(len(calls), MOST_IN_DIGEST)
    if different + recent > FEW and may_delay:
        return 0
    return min(len(list(takewhile(calls[0].__eq__, calls))), MOST_LEGS)
