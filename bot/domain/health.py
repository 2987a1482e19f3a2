"""The health of the PBX, Slack, the database and the bot. Short failures are not reported."""

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
    """This program itself. Only after a restart can it notice that it did not run."""


class Level(StrEnum):
    """The state of a part. DEGRADED is a failure that has just begun or has just ended."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(slots=True)
class LastSeen:
    """When a part last worked or failed in this process. Mutable: the code that calls the part updates it."""

    well_at: datetime | None = None
    """When it last worked."""
    failing_since: datetime | None = None
    """When the current failure began; None while it works."""
    problem: str = ""
    """What is wrong, as text for people; empty while it works."""

    def saw(self, now: datetime) -> None:
        """Record that the part works."""
        self.well_at, self.failing_since, self.problem = now, None, ""

    def missed(self, now: datetime, problem: str) -> None:
        """Record that the part fails."""
        self.failing_since = self.failing_since or now
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The state of a part over time."""

    part: Part
    level: Level = Level.OK
    since: datetime | None = None
    """When the current failure began; None without a failure."""
    reason: str = ""
    """What is wrong, as text for people."""
    well_since: datetime | None = None
    """When it began to work again; None while it fails, and once the recovery is confirmed."""
    is_reported: bool = False
    """Whether an alert about this failure was created."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a failure or a recovery must last before it is reported."""

    failure: timedelta = timedelta(minutes=5)
    """The time until a failure is reported."""

    @property
    def recovery(self) -> timedelta:
        """The time until a recovery is reported: a fifth of `failure`."""
        return self.failure / 5


def assess(health: Health, signs: Sequence[LastSeen], now: datetime, patience: Patience) -> Health:
    """Return the new health of a part, from its previous health and the signs of its components.

    A failure is DEGRADED first, and DOWN when it has lasted for `patience.failure`, short recoveries included. It ends
    when the part has worked for `patience.recovery` without a failure. Without any sign the health does not change. If
    the clock is set back, the periods start again.
    """
    failing = [(sign.failing_since, sign.problem) for sign in signs if sign.failing_since is not None]
    if failing:
        failing_since, problem = min(failing, key=itemgetter(0))
        since = min(health.since or failing_since, now)
        is_down = health.is_reported or now - since >= patience.failure
        level = Level.DOWN if is_down else Level.DEGRADED
        return replace(health, level=level, since=since, reason=problem, well_since=None, is_reported=is_down)
    if health.since is None or not all(sign.well_at for sign in signs):
        return health
    well_since = min(health.well_since or now, now)
    if now - well_since >= patience.recovery:
        return Health(part=health.part)
    return replace(health, level=Level.DEGRADED, well_since=well_since)
