"""Messages to Slack as plain text for a terminal: the blocks that the bot sends, or a text without blocks."""

import re
from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any

TOKEN = re.compile(r"<([^<>]+)>")
ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
DATE_WORDS = {
    "{date_pretty}": "%-d %B %Y",
    "{date_short}": "%-d %b %Y",
    "{date_short_pretty}": "%-d %b %Y",
    "{time}": "%H:%M",
}


def readable(message: dict[str, Any], *, zone: tzinfo) -> str:
    """Return a message's blocks, or its text when it has none, as plain text.

    Dates are in the time zone `zone`. Lines never end in spaces.
    """
    blocks = message.get("blocks") or []
    shown = [_block(block, zone) for block in blocks] or [_message_text(message.get("text", ""), zone)]
    return "\n".join(line.rstrip() for line in "\n".join(part for part in shown if part).splitlines())


def _block(block: dict[str, Any], zone: tzinfo) -> str:
    match block["type"]:
        case "rich_text":
            return "\n".join(line for part in block["elements"] for line in _part(part, zone))
        case "actions":
            return "  ".join(map(_element, block["elements"]))
        case kind:
            return f"[{block.get('title', kind)}]"


def _part(part: dict[str, Any], zone: tzinfo) -> Iterator[str]:
    if part["type"] != "rich_text_list":
        yield _inline(part, zone)
        return
    first = part.get("offset", 0) + 1
    width = len(str(first + len(part["elements"]) - 1)) + 1
    for number, item in enumerate(part["elements"], first):
        mark = f"{number}.".rjust(width) if part["style"] == "ordered" else "•"
        yield f"{mark} {_inline(item, zone)}"


def _inline(part: dict[str, Any], zone: tzinfo) -> str:
    return "".join(_node(node, zone) for node in part["elements"])


def _node(node: dict[str, Any], zone: tzinfo) -> str:
    match node["type"]:
        case "text":
            return str(node["text"])
        case "date":
            return _date(node["timestamp"], node["format"], zone)
        case "user":
            return f"@{node['user_id']}"
        case "channel":
            return f"#{node['channel_id']}"
        case kind:
            return f"[{kind}]"


def _element(element: dict[str, Any]) -> str:
    if element["type"] == "button":
        return f"[{element['text']['text']}]"
    return f"[{element['placeholder']['text']} ▾]"  # the options are visible only in the open menu


def _message_text(text: str, zone: tzinfo) -> str:
    """Expand dates and mentions, then replace the entities; marks such as `*` stay unchanged."""
    shown = TOKEN.sub(lambda found: _token(found.group(1), zone), text)
    for entity, character in ENTITIES:
        shown = shown.replace(entity, character)
    return shown


def _token(token: str, zone: tzinfo) -> str:
    body, _, label = token.partition("|")
    if body.startswith("!date^"):
        _, timestamp, words = body.split("^")[:3]
        return _date(int(timestamp), words, zone)
    return f"{body[0]}{label or body[1:]}"


def _date(timestamp: int, words: str, zone: tzinfo) -> str:
    at = datetime.fromtimestamp(timestamp, zone)
    for name, form in DATE_WORDS.items():
        words = words.replace(name, at.strftime(form))
    return words
