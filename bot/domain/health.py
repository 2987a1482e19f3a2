"""Whether the PBX, Slack and the database are well, told with patience: who flaps is not reported at each turn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Part(StrEnum):
    """What the bot stands on."""

    PBX = "pbx"
    SLACK = "slack"
    DATABASE = "database"
    BOT = "bot"
    """This program itself: it cannot tell that it does not run, only that it did not."""


class Level(StrEnum):
    """How a part is. DEGRADED is trouble that is young, or that has only just ended."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(slots=True)
class LastSeen:
    """What this process has last seen of a part. Mutable: whoever talks to the part writes it."""

    well_at: datetime | None = None
    """The last sign that it is well."""
    failing_since: datetime | None = None
    """None while it is well."""
    problem: str = ""
    """What is wrong, for people; empty while it is well."""

    def saw(self, now: datetime) -> None:
        """It is well."""
        self.well_at, self.failing_since, self.problem = now, None, ""

    def missed(self, now: datetime, problem: str) -> None:
        """It is not."""
        self.failing_since = self.failing_since or now
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a part is, over time."""

    part: Part
    level: Level = Level.OK
    since: datetime | None = None
    """When this trouble began; None while all is well."""
    reason: str = ""
    """What is wrong, for people."""
    well_since: datetime | None = None
    """Since when it seems well again; None while it fails, and once that has been believed."""
    told: bool = False
    """Whether people were told of this trouble."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a thing must last before it is believed."""

    trouble: timedelta = timedelta(minutes=5)
    """Until trouble is told."""

    @property
    def recovery(self) -> timedelta:
        """Until an end of trouble is believed: a fifth of that."""
        return self.trouble / 5


def assess(health: Health, pulses: Sequence[LastSeen], now: datetime, patience: Patience) -> Health:
    """How the part is now, by what was last seen of all that it consists of.

    Trouble begins with the first sign of it and is DOWN once it has lasted, also with short breaks in between. It ends
    when the part has seemed well for a while without a break. A part of which nothing has been seen yet stays as it
    is. A clock that was set back starts the waiting anew.
    """
    failing = [pulse for pulse in pulses if pulse.failing_since is not None]
    if failing:
        first = min(failing, key=lambda pulse: pulse.failing_since or now)
        return _failing(health, first.failing_since or now, first.problem, now, patience)
    if health.since is None or not all(pulse.well_at for pulse in pulses):
        return health
    return _seems_well(health, now, patience)


def _failing(health: Health, since: datetime, problem: str, now: datetime, patience: Patience) -> Health:
    since = min(health.since or since, now)
    down = health.told or now - since >= patience.trouble
    level = Level.DOWN if down else Level.DEGRADED
    return replace(health, level=level, since=since, reason=problem, well_since=None, told=down)


def _seems_well(health: Health, now: datetime, patience: Patience) -> Health:
    well_since = min(health.well_since or now, now)
    if now - well_since >= patience.recovery:
        return Health(part=health.part)
    return replace(health, level=Level.DEGRADED, well_since=well_since)
