"""The trigger_id and response_url that come with every command and click, and their limits."""

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
    """Where answers to one command or interaction go."""

    key: str
    user: str
    channel: str
    origin: Message | None
    """The message that was clicked; a command has none, and then nothing can be replaced or deleted."""
    made_at: float
    typed: str = ""
    """The command, as typed."""
    uses: int = 0


@dataclass(slots=True, kw_only=True)
class Trigger:
    """The right of one app to open one modal for one user."""

    id: str
    user: str
    made_at: float
    used: bool = False


class WornOut(Exception):
    """A link that no longer works; `str()` is Slack's name for why."""


class Links:
    """Every link handed out in this workspace. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}

    def trigger(self, user: str) -> str:
        """A new trigger_id, in the form `number.number.hex`."""
        number = next(self._numbers)
        made = Trigger(id=f"{1000 + number}.{2000 + number}.{number:032x}", user=user, made_at=self._clock())
        self._triggers[made.id] = made
        return made.id

    def pull(self, trigger_id: str) -> str:
        """Use a trigger_id up and return its user. Raises WornOut."""
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
        """The key of a new response_url, for a press on `origin` or for a command as `typed`."""
        key = f"{next(self._numbers):024x}"
        self._urls[key] = ResponseUrl(
            key=key, user=user, channel=channel, origin=origin, made_at=self._clock(), typed=typed
        )
        return key

    def open(self, key: str) -> ResponseUrl:
        """A response_url that can still be used. Raises WornOut."""
        url = self._urls.get(key)
        if url is None or self._clock() - url.made_at > REPLY_SECONDS:
            raise WornOut("expired_url")
        if url.uses >= MOST_USES:
            raise WornOut("used_url")
        return url
