"""Whether the PBX, Slack and the database work. With hysteresis: what lasts only a short time is not reported."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from operator import itemgetter


class Part(StrEnum):
    """What the bot depends on."""

    PBX = "pbx"
    SLACK = "slack"
    DATABASE = "database"
    BOT = "bot"
    """This program itself: it can only notice afterwards that it did not run."""


class Level(StrEnum):
    """The state of a part. DEGRADED is a failure that has just begun or has just ended."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(slots=True)
class LastSeen:
    """The last signs of a part in this process. Mutable: whoever calls the part writes it."""

    well_at: datetime | None = None
    """When it last worked."""
    failing_since: datetime | None = None
    """None while it works."""
    problem: str = ""
    """What is wrong, for people; empty while it works."""

    def saw(self, now: datetime) -> None:
        """Record that it works."""
        self.well_at, self.failing_since, self.problem = now, None, ""

    def missed(self, now: datetime, problem: str) -> None:
        """Record that it fails."""
        self.failing_since = self.failing_since or now
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The state of a part over time."""

    part: Part
    level: Level = Level.OK
    since: datetime | None = None
    """When this failure began; None while all is well."""
    reason: str = ""
    """What is wrong, for people."""
    well_since: datetime | None = None
    """When it began to work again; None while it fails, and once the recovery is confirmed."""
    told: bool = False
    """Whether an alert about this failure was created."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a change must last before it counts."""

    trouble: timedelta = timedelta(minutes=5)
    """Until a failure is reported."""

    @property
    def recovery(self) -> timedelta:
        """Until a recovery is confirmed: a fifth of that."""
        return self.trouble / 5


def assess(health: Health, signs: Sequence[LastSeen], now: datetime, patience: Patience) -> Health:
    """Return the new health of a part, from its earlier health and the last signs of all that it consists of.

    A failure begins with its first sign and is DOWN once it has lasted, short recoveries included. It ends when the
    part has worked for `patience.recovery` without a failure. A part without any sign yet stays as it is. After a
    clock was set back the waiting starts again.
    """
    failing = [(sign.failing_since, sign.problem) for sign in signs if sign.failing_since is not None]
    if failing:
        failing_since, problem = min(failing, key=itemgetter(0))
        since = min(health.since or failing_since, now)
        is_down = health.told or now - since >= patience.trouble
        level = Level.DOWN if is_down else Level.DEGRADED
        return replace(health, level=level, since=since, reason=problem, well_since=None, told=is_down)
    if health.since is None or not all(sign.well_at for sign in signs):
        return health
    well_since = min(health.well_since or now, now)
    if now - well_since >= patience.recovery:
        return Health(part=health.part)
    return replace(health, level=Level.DEGRADED, well_since=well_since)
