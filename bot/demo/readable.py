"""What Slack was sent, as plain text for a terminal."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from typing import Any

TOKEN = re.compile(r"<([^<>]+)>")
ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
DATE_WORDS = {
    "{date_num}": "%Y-%m-%d",
    "{date_slash}": "%d/%m/%Y",
    "{date}": "%-d %B %Y",
    "{date_pretty}": "%-d %B %Y",
    "{date_short}": "%-d %b %Y",
    "{date_short_pretty}": "%-d %b %Y",
    "{date_long}": "%A, %-d %B %Y",
    "{date_long_pretty}": "%A, %-d %B %Y",
    "{date_long_full}": "%A, %-d %B %Y",
    "{day_divider_pretty}": "%A, %-d %B",
    "{time}": "%H:%M",
    "{time_secs}": "%H:%M:%S",
    "{ago}": "on %-d %b %Y at %H:%M",
}
BULLETS = ("•", "◦", "▪")
MENTIONS = {
    "user": ("@{}", "user_id"),
    "usergroup": ("@{}", "usergroup_id"),
    "channel": ("#{}", "channel_id"),
    "broadcast": ("@{}", "range"),
    "emoji": (":{}:", "name"),
    "color": ("{}", "value"),
}
"""Rich text nodes that are a name: how it is written, and under which key it stands."""


def readable(message: dict[str, Any], *, zone: tzinfo) -> str:
    """A message's blocks, or its text when it has none, with dates in `zone`. Lines never end in spaces."""
    blocks = message.get("blocks") or []
    shown = [_block(block, zone) for block in blocks] or [_mrkdwn(message.get("text", ""), zone)]
    return "\n".join(line.rstrip() for line in "\n".join(part for part in shown if part).splitlines())


def _block(block: dict[str, Any], zone: tzinfo) -> str:
    draw = BLOCKS.get(block["type"])
    return draw(block, zone) if draw else f"[{block['type']}]"


def _section(block: dict[str, Any], zone: tzinfo) -> str:
    texts = [block["text"]] if "text" in block else []
    lines = [_text(text, zone) for text in [*texts, *block.get("fields", [])]]
    if "accessory" in block:
        lines.append(_element(block["accessory"], zone))
    return "\n".join(lines)


def _header(block: dict[str, Any], zone: tzinfo) -> str:
    title = _text(block["text"], zone)
    return f"{title}\n{'=' * len(title)}"


def _context(block: dict[str, Any], zone: tzinfo) -> str:
    return "  ".join(_element(element, zone) for element in block["elements"])


def _input(block: dict[str, Any], zone: tzinfo) -> str:
    return f"{_text(block['label'], zone)}: {_element(block['element'], zone)}"


def _image(block: dict[str, Any], _zone: tzinfo) -> str:
    return f"[image: {block['alt_text']}]"


def _table(block: dict[str, Any], zone: tzinfo) -> str:
    return "\n".join(" | ".join(_cell(cell, zone) for cell in row) for row in block["rows"])


def _cell(cell: dict[str, Any], zone: tzinfo) -> str:
    if cell["type"] == "rich_text":
        return _rich_text(cell, zone)
    return str(cell.get("text", cell.get("value", "")))


def _rich_text(block: dict[str, Any], zone: tzinfo) -> str:
    return "\n".join(_part(part, zone) for part in block["elements"])


def _part(part: dict[str, Any], zone: tzinfo) -> str:
    match part["type"]:
        case "rich_text_list":
            return "\n".join(_list_lines(part, zone))
        case "rich_text_quote":
            return "\n".join(f"> {line}" for line in _inline(part, zone).splitlines())
        case _:
            return _inline(part, zone)


def _list_lines(part: dict[str, Any], zone: tzinfo) -> Iterator[str]:
    indent = part.get("indent", 0)
    first = part.get("offset", 0) + 1
    last = first + len(part["elements"]) - 1
    for number, item in enumerate(part["elements"], first):
        ordered = part["style"] == "ordered"
        mark = f"{number}.".rjust(len(str(last)) + 1) if ordered else BULLETS[indent % len(BULLETS)]
        yield f"{'   ' * indent}{mark} {_inline(item, zone)}"


def _inline(part: dict[str, Any], zone: tzinfo) -> str:
    return "".join(_node(node, zone) for node in part["elements"])


def _node(node: dict[str, Any], zone: tzinfo) -> str:
    match node["type"]:
        case "text":
            return str(node["text"])
        case "link":
            return _link(node["url"], node.get("text", ""))
        case "date":
            return _date(node["timestamp"], node["format"], zone)
        case kind:
            form, key = MENTIONS.get(kind, ("[{}]", "type"))
            return form.format(node[key])


def _element(element: dict[str, Any], zone: tzinfo) -> str:
    match element["type"]:
        case "plain_text" | "mrkdwn":
            return _text(element, zone)
        case "image":
            return f"[image: {element['alt_text']}]"
        case "button":
            return f"[{element['text']['text']}]"
        case "overflow":
            return f"[… {' / '.join(option['text']['text'] for option in element['options'])}]"
        case kind:
            words = element["placeholder"]["text"] if "placeholder" in element else kind
            return f"[{words} ▾]"  # its options are seen only by who opens it


def _text(text: dict[str, Any], zone: tzinfo) -> str:
    return str(text["text"]) if text["type"] == "plain_text" else _mrkdwn(text["text"], zone)


def _mrkdwn(text: str, zone: tzinfo) -> str:
    """Mentions, links and dates spelt out, then the entities; marks such as `*` stay as they are."""
    shown = TOKEN.sub(lambda found: _token(found.group(1), zone), text)
    for entity, character in ENTITIES:
        shown = shown.replace(entity, character)
    return shown


def _token(token: str, zone: tzinfo) -> str:
    body, _, label = token.partition("|")
    if body.startswith("!date^"):
        _, timestamp, words = body.split("^")[:3]
        return _date(int(timestamp), words, zone)
    if body.startswith("#"):
        return f"#{label or body[1:]}"
    if body[0] in "@!":
        return f"@{label or body[1:]}"
    return _link(body, label)


def _link(url: str, label: str) -> str:
    return f"{label} ({url})" if label and label != url else url


def _date(timestamp: int, words: str, zone: tzinfo) -> str:
    at = datetime.fromtimestamp(timestamp, zone)
    for name, form in DATE_WORDS.items():
        words = words.replace(name, at.strftime(form))
    return words


BLOCKS: dict[str, Callable[[dict[str, Any], tzinfo], str]] = {
    "section": _section,
    "header": _header,
    "divider": lambda _block, _zone: "─" * 40,
    "context": _context,
    "actions": _context,
    "input": _input,
    "image": _image,
    "rich_text": _rich_text,
    "table": _table,
    "data_table": _table,
    "markdown": lambda block, _zone: str(block["text"]),
}
