"""What the page may ask for: one shape for each POST. Anything else in a body is refused."""

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
"""As the PBX writes it, `Evelyn<5566>`; empty when withheld."""


class Body(BaseModel):
    """A JSON object with these keys and no other."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Nothing(Body):
    """An empty object."""


class Person(Body):
    """The Slack user id of the person who acts."""

    user: str


class Command(Person):
    """A line that starts with a slash, as typed."""

    channel: str
    text: Words


class Say(Person):
    """An ordinary message."""

    channel: str
    text: Words
    thread_ts: str | None = None


class Touch(Person):
    """Something is touched: on a message (`channel` and `ts`) or on a view."""

    channel: str | None = None
    ts: str | None = None
    view: str | None = None
    action_id: str
    block_id: str | None = None


class Click(Touch):
    """A button; `value` distinguishes buttons with the same action_id."""

    value: str | None = None


Values = dict[str, dict[str, dict[str, Any]]]
"""The states of a form's inputs by block_id and action_id."""


class Select(Touch):
    """An option of a select or menu, or what was picked or typed; in a form with what it holds."""

    value: str
    values: Values | None = None


class Shortcut(Person):
    """A shortcut: on a message, or a global one without."""

    callback_id: str
    channel: str | None = None
    ts: str | None = None


class CloseView(Person):
    """A modal is closed."""

    view: str


class Submit(CloseView):
    """A modal is sent off, and what it holds."""

    values: Values


class PlaceCall(Body):
    """A call that has just ended."""

    caller: Party
    callee: Party
    direction: Direction
    seconds: Annotated[int, Field(ge=1, le=LONGEST_CALL)]


class Many(Body):
    """So many calls at once."""

    count: Annotated[int, Field(ge=1, le=MOST_CALLS)] = 100


class Plug(Body):
    """The PBX's plug, pulled or back in."""

    down: bool


class Slow(Body):
    """Seconds that the PBX waits before each answer."""

    seconds: Annotated[float, Field(ge=0, le=SLOWEST)]


class Arriving(Body):
    """Whether calls go on arriving by themselves."""

    on: bool


class Wipe(Body):
    """The PBX cleans up: so many of the latest recordings stay."""

    keep: Annotated[int, Field(ge=0)]


class Refusing(Body):
    """Whether Slack refuses posts into this channel."""

    channel: str
    on: bool


class Weather(Body):
    """What is wrong with Slack; what is not named stays as it is."""

    ratelimit: bool | None = None
    failing: bool | None = None
    dropping: bool | None = None
    down: bool | None = None
