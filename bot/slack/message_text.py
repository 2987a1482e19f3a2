"""What a message of somebody else's says, as text."""

from collections.abc import Iterator, Mapping
from typing import Any

MOST_TEXT = 12_000
"""Characters that are read: a message may have 40,000, and nobody looks for numbers behind the first pages."""
DEEPEST = 12
SAID = ("text", "pretext", "title", "value", "fallback", "footer")
"""Where attachments say something. Source: Slack, "Legacy attachments"."""


def text_of(message: Mapping[str, Any]) -> str:
    """All that a message says, in its text, blocks and attachments, escaped and with its links as Slack sends them.

    Most of it is there twice: the text repeats the blocks. At most 12,000 characters.
    """
    told: list[str] = []
    room = MOST_TEXT
    for piece in _pieces(message):
        told.append(piece[:room])
        room -= len(piece) + 1
        if room <= 0:
            break
    return "\n".join(told)


def _pieces(message: Mapping[str, Any]) -> Iterator[str]:
    yield str(message.get("text") or "")
    yield from _inside(message.get("blocks"), DEEPEST)
    for attachment in _each(message.get("attachments")):
        yield from (str(attachment[key]) for key in SAID if isinstance(attachment.get(key), str))
        yield from _inside(attachment.get("fields"), DEEPEST)
        yield from _inside(attachment.get("blocks"), DEEPEST)


def _each(nodes: Any) -> Iterator[Mapping[str, Any]]:
    return (node for node in nodes if isinstance(node, Mapping)) if isinstance(nodes, list) else iter(())


def _inside(node: Any, depth: int) -> Iterator[str]:
    """Every text below a node; a line of rich text is one, however its parts are styled."""
    if depth == 0:
        return
    if isinstance(node, list):
        for item in node:
            yield from _inside(item, depth - 1)
    elif isinstance(node, Mapping):
        if str(node.get("type", "")).startswith("rich_text_") and node["type"] != "rich_text_list":
            yield "".join(map(_element, _each(node.get("elements"))))
        else:
            yield from _own(node)
            for key, value in node.items():
                if key in {"text", "fields", "elements", "rows", "title"} and not isinstance(value, str):
                    yield from _inside(value, depth - 1)


def _own(node: Mapping[str, Any]) -> Iterator[str]:
    for key in ("text", "title") if "type" in node else ("text", "value", "title"):  # a button's value is not shown
        if isinstance(node.get(key), str):
            yield str(node[key]) if node.get("type") == "mrkdwn" else _escaped(str(node[key]))


def _element(element: Mapping[str, Any]) -> str:
    """A part of a line: a link as Slack writes it in text."""
    said = _escaped(str(element.get("text") or ""))
    url = element.get("url")
    return f"<{_escaped(str(url)).replace('|', '')}|{said}>" if isinstance(url, str) and url else said


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
