"""The search form: what it looks like, and the line that it stands for. Pure, and within Slack's limits for any input.

The line is read as if it had been typed, so the form can do nothing that the language cannot.
Source: Slack, "Modals", "Input block", "Block elements".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.query import Sort
from bot.domain.recording import Direction
from bot.errors import QueryError
from bot.language.grammar import read_command
from bot.language.writing import quoted
from bot.slack.blocks.elements import Block, plain_text
from bot.slack.unescape import straighten
from bot.text.cleaning import clean, shorten
from bot.text.help_lines import COMMAND

FORM = "find_recording"
"""The shortcut's and the view's callback_id."""
FILL = "recordings.form.v1"
"""The action of every input: each tells of a change, so that the line below stays true."""
WORDS, WITH, FROM, TO, TYPE, WHEN, DAY, LONGER, SORT, WHERE = (
    "words",
    "with",
    "from",
    "to",
    "type",
    "when",
    "day",
    "longer",
    "sort",
    "where",
)
"""The inputs, by block_id."""

LONGEST_WORDS, LONGEST_VALUE = 200, 80
MOST_ERROR, MOST_LINE = 300, 2_000
ANY = "any"
WAYS = {ANY: "Any", **{str(way): str(way).capitalize() for way in Direction}}
TIMES = {
    ANY: "Any time",
    "on:today": "Today",
    "on:yesterday": "Yesterday",
    "after:7d": "The last 7 days",
    "after:30d": "The last 30 days",
}
SORTS = {
    ANY: "Newest first",
    "order:asc": "Oldest first",
    f"sort:{Sort.DURATION}": "Longest first",
    f"sort:{Sort.DURATION} order:asc": "Shortest first",
    f"sort:{Sort.SIZE}": "Largest first",
}
"""What an option adds to the line, and how it is called."""
BOTH_TIMES = "Choose either a time above or a day here."
NOWHERE = "Choose a conversation. The answer is shown there, to you alone."

Values = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""`view.state.values`: the inputs' states by block_id and action_id."""


class FieldError(Exception):
    """What a field holds cannot be read: `field` is its block_id, `str()` one line for the person."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(shorten(clean(message), MOST_ERROR))
        self.field = field


@dataclass(frozen=True, slots=True)
class Part:
    """What a field adds to the line."""

    field: str
    """Its block_id."""
    typed: str
    """As one would type it."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What the form holds."""

    parts: tuple[Part, ...] = ()
    """Of the fields that are filled in, in the order of the line."""
    channel: str = ""
    """The conversation where the answer goes; empty where none is chosen."""

    @property
    def line(self) -> str:
        """The line, as one would type it after the command."""
        return " ".join([self._verb, *(part.typed for part in self.parts)])

    def field_at(self, place: int) -> str:
        """The block_id of the field whose part stands at this place of `line`."""
        end = len(self._verb)
        for part in self.parts:
            end += 1 + len(part.typed)
            if place < end:
                return part.field
        return WORDS

    @property
    def _verb(self) -> str:
        return "search" if self.parts and self.parts[0].field == WORDS else "latest"


EMPTY = Filled()


def read(values: Values) -> Filled:
    """What the form holds. What it cannot hold, from an older version perhaps, is left out."""
    day = str(_state(values, DAY).get("selected_date") or "")
    parts = (
        _words(_text(values, WORDS)),
        *(_filter(key, _text(values, key)) for key in (WITH, FROM, TO)),
        _offered(TYPE, values, {way: f"type:{way}" for way in WAYS}),
        _offered(WHEN, values, {part: part for part in TIMES}),
        Part(DAY, f"on:{day}" if day else ""),
        _filter(LONGER, _text(values, LONGER)),
        _offered(SORT, values, {part: part for part in SORTS}),
    )
    channel = str(_state(values, WHERE).get("selected_conversation") or "")
    return Filled(tuple(part for part in parts if part.typed), channel)


def check(filled: Filled) -> None:
    """Raises FieldError for the first field that the language cannot read, or that another one contradicts."""
    fields = {part.field for part in filled.parts}
    if {WHEN, DAY} <= fields:
        raise FieldError(DAY, BOTH_TIMES)
    try:
        read_command(filled.line)
    except QueryError as error:
        raise FieldError(filled.field_at(error.span[0]), str(error)) from error
    if not filled.channel:
        raise FieldError(WHERE, NOWHERE)


def view(filled: Filled = EMPTY) -> Block:
    """The form, with the line that it stands for. What is filled in stays: Slack keeps it by block_id."""
    words = _typed("harris 5566", LONGEST_WORDS, focus=filled == EMPTY)  # later it would take the focus from the others
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": plain_text("Find a recording"),
        "submit": plain_text("Find"),
        "close": plain_text("Cancel"),
        "blocks": [
            _input(WORDS, "Words or numbers", words, hint=WORDS_HINT),
            _input(WITH, "With", _typed("Harris, 5566 or +44 20 7946 0000", LONGEST_VALUE), hint=WITH_HINT),
            _input(FROM, "From", _typed("the caller's name or number", LONGEST_VALUE)),
            _input(TO, "To", _typed("the name or number that was called", LONGEST_VALUE)),
            _input(TYPE, "Direction", _menu(WAYS)),
            _input(WHEN, "When", _menu(TIMES)),
            _input(DAY, "Or on one day", {"type": "datepicker", "placeholder": plain_text("Choose a day")}),
            _input(LONGER, "At least so long", _typed("2m, 1h30m or 90s", LONGEST_VALUE)),
            _input(SORT, "Order", _menu(SORTS)),
            _where(),
            _line(filled),
        ],
    }


WORDS_HINT = "All of them must be found, in names, numbers or the file's name. Quotes keep words together."
WITH_HINT = "Whoever called whom."
WHERE_HINT = "Only you see it."


def _input(field: str, label: str, element: Block, *, hint: str = "") -> Block:
    block: Block = {
        "type": "input",
        "block_id": field,
        "label": plain_text(label),
        "element": {"action_id": FILL, **element},
        "optional": True,
        "dispatch_action": True,
    }
    return block | ({"hint": plain_text(hint)} if hint else {})


def _typed(example: str, most: int, *, focus: bool = False) -> Block:
    """A field of one line; `example` is shown while it is empty."""
    return {
        "type": "plain_text_input",
        "placeholder": plain_text(example),
        "max_length": most,
        "focus_on_load": focus,
        "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]},
    }


def _menu(choices: Mapping[str, str]) -> Block:
    """A choice whose first option is no choice: Slack lets nobody empty a menu again."""
    options = [{"text": plain_text(label), "value": value} for value, label in choices.items()]
    return {"type": "static_select", "options": options, "initial_option": options[0]}


def _where() -> Block:
    """Slack gives a response_url for the conversation that is chosen here, also where the bot is no member."""
    element = {
        "type": "conversations_select",
        "action_id": FILL,
        "placeholder": plain_text("Choose a conversation"),
        "default_to_current_conversation": True,
        "response_url_enabled": True,
    }
    label, hint = plain_text("Show the answer in"), plain_text(WHERE_HINT)
    return {"type": "input", "block_id": WHERE, "label": label, "element": element, "hint": hint}


def _line(filled: Filled) -> Block:
    told = shorten(clean(f"The same as a line: {COMMAND} {filled.line}"), MOST_LINE)
    return {"type": "context", "block_id": "line", "elements": [plain_text(told)]}


def _state(values: Values, field: str) -> Mapping[str, Any]:
    return values.get(field, {}).get(FILL, {})


def _text(values: Values, field: str) -> str:
    return " ".join(str(_state(values, field).get("value") or "").split())


def _offered(field: str, values: Values, parts: Mapping[str, str]) -> Part:
    """What the option chosen adds."""
    value = str((_state(values, field).get("selected_option") or {}).get("value"))
    return Part(field, "" if value == ANY else parts.get(value, ""))


def _words(words: str) -> Part:
    """Words so that they take nothing of what follows: the last quote closed, no colon at the end."""
    ends = straighten(words).rstrip(":： ")
    return Part(WORDS, f'{ends}"' if ends.count('"') % 2 else ends)


def _filter(key: str, text: str) -> Part:
    """`key:text`, in quotes where the text needs them; those that it is typed in are not doubled."""
    value = straighten(text).strip('" ')
    return Part(key, f"{key}:{quoted(value)}" if value else "")
