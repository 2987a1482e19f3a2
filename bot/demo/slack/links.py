"""The trigger_id and response_url of every command and click, with their limits."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from bot.demo.slack.world import Message

TRIGGER_SECONDS = 3
"""Slack, "Modals": a trigger_id expires three seconds after it was sent."""
MOST_USES = 5
REPLY_SECONDS = 30 * 60
"""Slack, "Handling user interaction": a response_url takes five answers within 30 minutes."""


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """The URL for answers to one command or interaction."""

    key: str
    user: str
    channel: str
    origin: Message | None
    """The message that was clicked. A command has none, so its answers cannot replace or delete anything."""
    made_at: float
    typed: str = ""
    """The command, as typed."""
    uses: int = 0


@dataclass(slots=True, kw_only=True)
class Trigger:
    """The permission of one app to open one modal for one user."""

    id: str
    user: str
    made_at: float
    used: bool = False


class WornOut(Exception):
    """The link is no longer valid; `str()` is Slack's name for the reason."""


class Links:
    """All links issued in this workspace. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}

    def trigger(self, user: str) -> str:
        """Create a trigger_id, in the form `number.number.hex`, and return it."""
        number = next(self._numbers)
        made = Trigger(id=f"{1000 + number}.{2000 + number}.{number:032x}", user=user, made_at=self._clock())
        self._triggers[made.id] = made
        return made.id

    def pull(self, trigger_id: str) -> str:
        """Mark a trigger_id as used and return its user. Raises WornOut."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise WornOut("invalid_trigger_id")
        if trigger.used:
            raise WornOut("exchanged_trigger_id")
        if self._clock() - trigger.made_at > TRIGGER_SECONDS:
            raise WornOut("expired_trigger_id")
        trigger.used = True
        return trigger.user

    def response_url(self, user: str, channel: str, origin: Message | None, typed: str = "") -> str:
        """Create a response_url for a click on `origin` or for the command `typed`, and return its key."""
        key = f"{next(self._numbers):024x}"
        self._urls[key] = ResponseUrl(
            key=key, user=user, channel=channel, origin=origin, made_at=self._clock(), typed=typed
        )
        return key

    def open(self, key: str) -> ResponseUrl:
        """Return a response_url that is still valid. Raises WornOut."""
        url = self._urls.get(key)
        if url is None or self._clock() - url.made_at > REPLY_SECONDS:
            raise WornOut("expired_url")
        if url.uses >= MOST_USES:
            raise WornOut("used_url")
        return url
