"""What the app's manifest declares, and Slack therefore offers its users and sends to the bot."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Nothing by default. Handed in by whoever knows the bot, as the stand-in shares no code with it."""

    commands: tuple[Mapping[str, str], ...] = ()
    """`command` with its slash, `description`, `hint`."""
    shortcuts: tuple[Mapping[str, str], ...] = ()
    """`name`, `type` (`global` or `message`), `callback_id`, `description`."""
    events: frozenset[str] = frozenset()
    """Kinds of the Events API that the bot subscribes to: others are never sent."""
