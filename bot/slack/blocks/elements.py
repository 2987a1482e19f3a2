"""Block Kit, as far as the bot uses it: lines become dicts, and the same lines become the text of a message.

A line is made of spans. `rich_text` shows them without parsing. `line_text` is for the message's `text`, which
notifications show, screen readers read, and Slack does parse: there everything is escaped.
Source: Slack, "Rich text block", "Date element", "Formatting message text".
"""

from collections.abc import Iterable, Sequence
from typing import Any

from bot.text.cleaning import JOINER, escape, shorten
from bot.text.lines import Channel, Line, Moment, Person, Span, Words

Block = dict[str, Any]

MAX_LABEL = 75
"""Characters on a button, and in what screen readers read for it."""


def rich_text(*parts: Block) -> Block:
    """Return the block of these sections and lists."""
    return {"type": "rich_text", "elements": list(parts)}


def section(lines: Sequence[Line]) -> Block:
    """Return a section of lines."""
    spans = [span for number, line in enumerate(lines) for span in (("\n", *line) if number else line)]
    return {"type": "rich_text_section", "elements": [element for span in spans if (element := _element(span))]}


def ordered(lines: Iterable[Line], *, first: int) -> Block:
    """Return a list numbered from `first`."""
    items = [section([line]) for line in lines]
    return {"type": "rich_text_list", "style": "ordered", "offset": first - 1, "elements": items}


def bulleted(lines: Iterable[Line]) -> Block:
    """Return a list with bullets."""
    return {"type": "rich_text_list", "style": "bullet", "elements": [section([line]) for line in lines]}


def preformatted(text: str) -> Block:
    """Return text in a fixed-width font; its line ends stay."""
    return {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}


def actions(*elements: Block) -> Block:
    """Return a row of buttons and menus."""
    return {"type": "actions", "elements": list(elements)}


def button(label: str, action: str, *, value: str | None = None, spoken_label: str) -> Block:
    """Return a button. `label` has at most 75 characters; `spoken_label`, for screen readers, is cut to them."""
    made: Block = {"type": "button", "action_id": action, "text": plain_text(label)}
    made["accessibility_label"] = shorten(spoken_label, MAX_LABEL)
    return made if value is None else made | {"value": value}


def select(label: str, action: str, options: Iterable[tuple[str, str]]) -> Block:
    """Return a menu of at most 100 options, each a text of at most 75 characters and a value of at most 150."""
    return {
        "type": "static_select",
        "action_id": action,
        "placeholder": plain_text(label),
        "options": [{"text": plain_text(text), "value": value} for text, value in options],
    }


def plain_text(text: str) -> Block:
    """Return text that Slack does not parse: no markup, no mention, and `:name:` stays as it is."""
    return {"type": "plain_text", "text": text, "emoji": False}


def line_text(line: Line) -> str:
    """Return a line as message text: escaped, with Slack's tokens for times, people and channels."""
    text = "".join(map(_span_text, line))
    return JOINER + text if text.startswith("&gt;") else text  # Slack reads an escaped `>` as a quotation too


def _element(span: Span) -> Block | None:
    match span:
        case Moment(at, shown) if at.timestamp() >= 0:
            return {"type": "date", "timestamp": int(at.timestamp()), "format": shown, "fallback": span.utc}
        case Person(id_):
            return {"type": "user", "user_id": id_}
        case Channel(id_):
            return {"type": "channel", "channel_id": id_}
        case Words(text, style) if text and style != "plain":
            return {"type": "text", "text": text, "style": {style: True}}
        case _:
            text = _plain(span)
            return {"type": "text", "text": text} if text else None  # Slack refuses an empty text


def _span_text(span: Span) -> str:
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
            return escape(_plain(span))


def _plain(span: Span) -> str:
    """Return the text of a span without an element of its own. Slack has no element for a time before 1970."""
    match span:
        case Words(text):
            return text
        case Moment():
            return span.utc
        case _:
            return str(span)
