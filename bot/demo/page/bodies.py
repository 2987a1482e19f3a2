"""Request bodies of the page's server: one model for each POST. Unknown keys are refused."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from bot.demo.calls import Direction

MOST_CALLS = 1_000
LONGEST_CALL = 7_200
"""Seconds."""
SLOWEST = 60
"""Seconds."""

Words = Annotated[str, Field(min_length=1, max_length=40_000)]
Party = Annotated[str, Field(max_length=200)]
"""A party as the PBX writes it, such as `Evelyn<5566>`; empty when withheld."""


class Body(BaseModel):
    """A JSON object with only the declared keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Nothing(Body):
    """An empty object."""


class Person(Body):
    """A body with the Slack user id of the person who acts."""

    user: str


class Command(Person):
    """A slash command as typed, including the slash."""

    channel: str
    text: Words


class Say(Person):
    """An ordinary message."""

    channel: str
    text: Words
    thread_ts: str | None = None


class Touch(Person):
    """An interaction with an element of a message (`channel` and `ts`) or of a view."""

    channel: str | None = None
    ts: str | None = None
    view: str | None = None
    action_id: str
    block_id: str | None = None


class Click(Touch):
    """A click on a button; `value` distinguishes buttons with the same action_id."""

    value: str | None = None


Values = dict[str, dict[str, dict[str, Any]]]
"""States of a form's inputs by block_id and action_id."""


class Select(Touch):
    """A chosen option, or a picked or typed value; in a form also the states of its inputs."""

    value: str
    values: Values | None = None


class Shortcut(Person):
    """A message shortcut, or a global shortcut when there is no `ts`."""

    callback_id: str
    channel: str | None = None
    ts: str | None = None


class CloseView(Person):
    """A request to close a modal."""

    view: str


class Submit(CloseView):
    """A submitted modal with the states of its inputs."""

    values: Values


class PlaceCall(Body):
    """A call that has just ended."""

    caller: Party
    callee: Party
    direction: Direction
    seconds: Annotated[int, Field(ge=1, le=LONGEST_CALL)]


class Many(Body):
    """A number of calls to add at once."""

    count: Annotated[int, Field(ge=1, le=MOST_CALLS)] = 100


class Plug(Body):
    """Whether the PBX is disconnected."""

    down: bool


class Slow(Body):
    """The time that the PBX waits before each answer, in seconds."""

    seconds: Annotated[float, Field(ge=0, le=SLOWEST)]


class Arriving(Body):
    """Whether new calls keep arriving automatically."""

    on: bool


class Wipe(Body):
    """A clean-up of the PBX that keeps only the latest `keep` recordings."""

    keep: Annotated[int, Field(ge=0)]


class Refusing(Body):
    """Whether Slack refuses posts into this channel."""

    channel: str
    on: bool


class Weather(Body):
    """Faults of Slack to switch on or off; None leaves a fault unchanged."""

    ratelimit: bool | None = None
    failing: bool | None = None
    dropping: bool | None = None
    down: bool | None = None
