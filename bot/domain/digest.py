"""How many of the recordings that wait for a channel go into its next message."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import takewhile

FEW = 5
"""Calls within `WINDOW` that are told one by one. With more of them the channel gets digests."""
WINDOW = timedelta(minutes=1)
GATHER = timedelta(seconds=20)
"""How long a flood may hold a call back for a digest."""
MOST_LEGS = 20
"""Recordings in one message about one call; a call with more of them goes on in the next."""
MOST_IN_DIGEST = 500
"""Slack tells no limit for metadata; these ids are some 4 kB."""


def batch_size(calls: Sequence[str], *, recent: int, waited: timedelta) -> int:
    """How many of the waiting recordings, from the first on, make the next message; 0 to hold them back a little.

    `calls` names the call of each, in order; `recent` is how many calls the channel was told of within `WINDOW`;
    `waited` is how long the first one has been waiting, negative when the clock was set back.

    While the channel hears of few calls each gets a message of its own, with the legs that stand next to it. Once it
    is more than a few within the window all that wait become one digest: at once when they alone are more than a
    few, else when the first of them has waited for `GATHER`.
    """
    different = len(set(calls))
    if different + recent <= FEW or different == 1:
        legs = sum(1 for _ in takewhile(lambda call: call == calls[0], calls))
        held_back = different + recent > FEW and timedelta(0) <= waited < GATHER
        return 0 if held_back else min(legs, MOST_LEGS)
    if different > FEW or not timedelta(0) <= waited < GATHER:
        return min(len(calls), MOST_IN_DIGEST)
    return 0
