"""Block Kit, as far as the bot uses it: lines in, dicts out, and the same lines as text.

A line is made of spans. `rich_text` shows them without ever parsing them; `spoken` says the same in the message's
`text`, which notifications show, screen readers read, and Slack does parse: there everything is escaped.
Source: Slack, "Rich text block", "Date element", "Formatting message text".
"""

from collections.abc import Iterable, Sequence
from typing import Any

from bot.text.cleaning import JOINER, escape, shorten
from bot.text.lines import Channel, Line, Moment, Person, Span, Words

Block = dict[str, Any]

BUTTON_ROOM = 75


def rich_text(*parts: Block) -> Block:
    """The block, of sections and lists."""
    return {"type": "rich_text", "elements": list(parts)}


def section(lines: Sequence[Line]) -> Block:
    """Lines one under the other."""
    spans = [span for number, line in enumerate(lines) for span in (("\n", *line) if number else line)]
    return {"type": "rich_text_section", "elements": _elements(spans)}


def ordered(lines: Iterable[Line], *, first: int) -> Block:
    """A list numbered from `first`."""
    return {
        "type": "rich_text_list",
        "style": "ordered",
        "offset": first - 1,
        "elements": [section([x]) for x in lines],
    }


def bulleted(lines: Iterable[Line]) -> Block:
    """A list with bullets."""
    return {"type": "rich_text_list", "style": "bullet", "elements": [section([line]) for line in lines]}


def preformatted(text: str) -> Block:
    """A block of code: a fixed-width font, never parsed."""
    return {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}


def actions(*elements: Block) -> Block:
    """Buttons and selects side by side."""
    return {"type": "actions", "elements": list(elements)}


def button(label: str, action: str, *, value: str | None = None, aloud: str) -> Block:
    """A button. `label` takes 75 characters; so does `aloud`, which screen readers say: it is cut."""
    made: Block = {"type": "button", "action_id": action, "text": plain_text(label)}
    made["accessibility_label"] = shorten(aloud, BUTTON_ROOM)
    return made if value is None else made | {"value": value}


def select(label: str, action: str, options: Iterable[tuple[str, str]]) -> Block:
    """A menu of up to 100 options, each a text of up to 75 characters and a value of up to 150."""
    return {
        "type": "static_select",
        "action_id": action,
        "placeholder": plain_text(label),
        "options": [{"text": plain_text(text), "value": value} for text, value in options],
    }


def plain_text(text: str) -> Block:
    """Text that is not parsed: no markup, no mention, and `:name:` stays as it is."""
    return {"type": "plain_text", "text": text, "emoji": False}


def spoken(line: Line) -> str:
    """The line as message text: escaped, with the tokens of Slack's that we make ourselves."""
    said = "".join(_say(span) for span in line)
    return JOINER + said if said.startswith("&gt;") else said  # Slack takes an escaped `>` for a quotation too


def _elements(spans: Iterable[Span]) -> list[Block]:
    return [element for span in spans if (element := _element(span))]


def _element(span: Span) -> Block | None:
    match span:
        case Moment(at, shown) if at.timestamp() >= 0:
            stamp = int(at.timestamp())
            return {"type": "date", "timestamp": stamp, "format": shown, "fallback": span.utc}
        case Person(id_):
            return {"type": "user", "user_id": id_}
        case Channel(id_):
            return {"type": "channel", "channel_id": id_}
        case Words(text, style) if text and style != "plain":
            return {"type": "text", "text": text, "style": {style: True}}
        case _:
            text = _bare(span)
            return {"type": "text", "text": text} if text else None  # Slack refuses an empty text


def _say(span: Span) -> str:
    match span:
        case Moment(at, shown) if at.timestamp() >= 0:
            return f"<!date^{int(at.timestamp())}^{shown}|{span.utc}>"
        case Person(id_):
            return f"<@{escape(id_)}>"
        case Channel(id_):
            return f"<#{escape(id_)}>"
        case Words(text, _, aloud):
            return escape(text if aloud is None else aloud)
        case _:
            return escape(_bare(span))


def _bare(span: Span) -> str:
    """The words of a span that needs no element of its own; a time before 1970 is one, Slack takes none."""
    match span:
        case Words(text):
            return text
        case Moment():
            return span.utc
        case _:
            return str(span)
