"""*Find a recording*: the search form, and the line of `/recordings` that it stands for.

The line is read as if it had been typed, so the form can do nothing that the language cannot.
Source: Slack, "Modals", "Input block", "Block elements".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from bot.domain.access import Asker
from bot.domain.query import Sort
from bot.domain.recording import Direction
from bot.errors import QueryError
from bot.language.grammar import read_command
from bot.language.writing import quoted
from bot.slack.answering import Body, Feature, FieldError, Services
from bot.slack.blocks.elements import Block, plain_text
from bot.slack.errors import slack_error
from bot.slack.unescape import straighten
from bot.text.cleaning import clean, shorten
from bot.text.help_lines import COMMAND

FORM = "find_recording"
"""The shortcut's and the view's callback_id."""
FILL = "recordings.form.v1"
"""The action id of every input. Slack sends each change, so that the line below can follow."""
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
DIRECTIONS = {ANY: "Any", **{str(way): str(way).capitalize() for way in Direction}}
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
"""What each option adds to the line, and its label."""
BOTH_TIMES = "Choose either a time above or a day here."
NOWHERE = "Choose a conversation. The answer is shown there, to you alone."

log = structlog.get_logger(__name__)

Values = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""`view.state.values`: the states of the inputs by block_id and action_id."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The input of the form."""

    parts: tuple[tuple[str, str], ...] = ()
    """The block_id of each field that is filled in, and what it adds to the line, in the order of the line."""
    channel: str = ""
    """The conversation where the answer goes; empty where none is chosen."""

    @property
    def line(self) -> str:
        """The line, as one would type it after the command."""
        return " ".join([self._verb, *(part for _, part in self.parts)])

    def field_at(self, position: int) -> str:
        """Return the block_id of the field whose part stands at this position of `line`."""
        end = len(self._verb)
        for field, part in self.parts:
            end += 1 + len(part)
            if position < end:
                return field
        return WORDS

    @property
    def _verb(self) -> str:
        return "search" if self.parts and self.parts[0][0] == WORDS else "latest"


EMPTY = Filled()


async def open_form(asker: Asker, body: Body, services: Services) -> None:  # noqa: ARG001 - as every handler
    """Open the form. It must be there within three seconds of the click, so nothing is read before."""
    try:
        await services.clients.posts.views_open(trigger_id=body["trigger_id"], view=view())
    except Exception as error:  # noqa: BLE001 - logged
        log.warning("form_not_opened", error=str(slack_error(error, "views.open")))


async def update_form(asker: Asker, body: Body, services: Services) -> None:  # noqa: ARG001 - as every handler
    """Show the line of what is filled in. While Slack takes one update, only the latest input waits for the next."""
    id_, inputs = body["view"]["id"], services.form_inputs
    is_updating = id_ in inputs
    inputs[id_] = read(body["view"]["state"]["values"])
    if is_updating:
        return
    shown: Filled | None = None
    try:
        while (wanted := inputs[id_]) is not shown:
            await services.clients.posts.views_update(view_id=id_, view=view(wanted))
            shown = wanted
    except Exception as error:  # noqa: BLE001 - logged; the form may be closed by now
        log.info("form_not_updated", error=str(slack_error(error, "views.update")))
    finally:
        del inputs[id_]


def submitted_line(body: Body) -> str:
    """Return the line of a form that is sent. Raises FieldError."""
    filled = read(body["view"]["state"]["values"])
    check(filled)
    if not any(url.get("response_url") for url in body.get("response_urls") or ()):
        raise FieldError(WHERE, NOWHERE)
    return filled.line


def read(values: Values) -> Filled:
    """Return what the form holds. What no field of this version can hold is left out."""
    day = str(_state(values, DAY).get("selected_date") or "")
    parts = {
        WORDS: _words(_text(values, WORDS)),
        **{key: _filter(key, _text(values, key)) for key in (WITH, FROM, TO)},
        TYPE: _option(TYPE, values, {way: f"type:{way}" for way in DIRECTIONS}),
        WHEN: _option(WHEN, values, {part: part for part in TIMES}),
        DAY: f"on:{day}" if day else "",
        LONGER: _filter(LONGER, _text(values, LONGER)),
        SORT: _option(SORT, values, {part: part for part in SORTS}),
    }
    channel = str(_state(values, WHERE).get("selected_conversation") or "")
    return Filled(tuple((field, part) for field, part in parts.items() if part), channel)


def check(filled: Filled) -> None:
    """Raise FieldError for the first field that the language cannot read, or that another one contradicts."""
    if {WHEN, DAY} <= {field for field, _ in filled.parts}:
        raise FieldError(DAY, BOTH_TIMES)
    try:
        read_command(filled.line)
    except QueryError as error:
        raise FieldError(filled.field_at(error.span[0]), shorten(clean(str(error)), MOST_ERROR)) from error
    if not filled.channel:
        raise FieldError(WHERE, NOWHERE)


def view(filled: Filled = EMPTY) -> Block:
    """Return the form, with its line. Slack keeps what is filled in, by block_id."""
    words = _typed("harris 5566", LONGEST_WORDS, focus=filled == EMPTY)  # only at first: later it would move the focus
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
            _input(TYPE, "Direction", _menu(DIRECTIONS)),
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
    """Return a text field of one line; `example` is shown while it is empty."""
    return {
        "type": "plain_text_input",
        "placeholder": plain_text(example),
        "max_length": most,
        "focus_on_load": focus,
        "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]},
    }


def _menu(choices: Mapping[str, str]) -> Block:
    """Return a menu whose first option chooses nothing: in Slack a menu cannot be emptied again."""
    options = [{"text": plain_text(label), "value": value} for value, label in choices.items()]
    return {"type": "static_select", "options": options, "initial_option": options[0]}


def _where() -> Block:
    """Return the choice of a conversation. Slack sends a response_url for it, also where the bot is no member."""
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
    text = shorten(clean(f"The same as a line: {COMMAND} {filled.line}"), MOST_LINE)
    return {"type": "context", "block_id": "line", "elements": [plain_text(text)]}


def _state(values: Values, field: str) -> Mapping[str, Any]:
    return values.get(field, {}).get(FILL, {})


def _text(values: Values, field: str) -> str:
    return " ".join(str(_state(values, field).get("value") or "").split())


def _option(field: str, values: Values, parts: Mapping[str, str]) -> str:
    """Return what the chosen option adds."""
    value = str((_state(values, field).get("selected_option") or {}).get("value"))
    return "" if value == ANY else parts.get(value, "")


def _words(words: str) -> str:
    """Return words that do not change what follows: with the last quote closed, without a colon at the end."""
    plain = straighten(words).rstrip(":： ")
    return f'{plain}"' if plain.count('"') % 2 else plain


def _filter(key: str, text: str) -> str:
    """Return `key:text`, in quotes where the text needs them; quotes that the person typed are not doubled."""
    value = straighten(text).strip('" ')
    return f"{key}:{quoted(value)}" if value else ""


FEATURE = Feature(shortcuts={"find_recording": open_form}, inputs={FILL: update_form}, forms={FORM: submitted_line})
