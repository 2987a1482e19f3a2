"""What Slack takes, by hand from its pages: everything that is wrong with a message, in words."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.slack.blocks.message import Message

TOKENS = re.compile(r"<!date\^\d+\^[{}a-z_ ]+\|[0-9: -]+ UTC>|<#[CG][A-Z0-9]+>|<@U\d>")
"""What of ours Slack is to parse."""


def faults(message: Message) -> Iterator[str]:
    """Everything that Slack would not take, or would take for something else than text."""
    yield from text_faults(message.text)
    if sum(long(text) for text in said_in(message.blocks)) >= 12_000:
        yield "too much text in the blocks"
    if len(message.blocks) > 50:
        yield "too many blocks"
    for node in nodes(message.blocks):
        yield from node_faults(node)


def controls(message: Message) -> list[dict[str, Any]]:
    """Its buttons and menus."""
    return [element for block in message.blocks if block["type"] == "actions" for element in block["elements"]]


def label(element: Mapping[str, Any]) -> str:
    """What stands on a button or a closed menu."""
    return str((element.get("text") or element["placeholder"])["text"])


def long(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def said_in(node: Any) -> Iterator[str]:
    """Every text that a reader of the blocks may meet."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key in {"text", "fallback", "accessibility_label"} and isinstance(value, str):
                yield value
            yield from said_in(value)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from said_in(item)


def nodes(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        if "type" in node:
            yield node
        for value in node.values():
            yield from nodes(value)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from nodes(item)


def text_faults(text: str) -> Iterator[str]:
    text.encode()
    if not 1 <= long(text) <= 3_900:
        yield f"text of {long(text)} characters"
    bare = TOKENS.sub("", text)
    if "<" in bare or ">" in bare:
        yield "an angle bracket that is not ours"
    if re.search(r"&(?!amp;|lt;|gt;)", bare):
        yield "an entity cut in two"
    if re.search(r"@(channel|here|everyone)|://|www\.|``", bare, re.IGNORECASE):
        yield "a ping, a link or a code block"
    if any(line.startswith("&gt;") for line in text.split("\n")):
        yield "a line that reads as a quotation"


def node_faults(node: Mapping[str, Any]) -> Iterator[str]:  # noqa: C901 - one case for each kind
    match node["type"]:
        case "rich_text" | "rich_text_section" | "rich_text_list" | "rich_text_preformatted" | "actions":
            yield from container_faults(node)
        case "text":
            yield from [] if node["text"] else ["an empty text element"]
            yield from unseen_faults(node["text"])
        case "date":
            if type(node["timestamp"]) is not int or node["timestamp"] < 0 or "UTC" not in node["fallback"]:
                yield "a date that Slack does not take"
        case "button":
            yield from button_faults(node)
        case "static_select":
            yield from select_faults(node)
        case "plain_text":
            yield from [] if node["emoji"] is False and node["text"] else ["a plain text that is parsed or empty"]
            yield from unseen_faults(node["text"])
        case "channel":
            yield from [] if re.fullmatch("[CG][A-Z0-9]+", node["channel_id"]) else ["a channel that has no name"]
        case "data_visualization":
            yield from chart_faults(node)
        case "user" | "bar" | "pie":
            pass
        case kind:
            yield f"a {kind}, which we never send"


def chart_faults(node: Mapping[str, Any]) -> Iterator[str]:
    chart, charts = node["chart"], {"bar": lambda: chart["series"][0]["data"], "pie": lambda: chart["segments"]}
    points = charts[chart["type"]]()
    labels = [point["label"] for point in points]
    if not 1 <= long(node["title"]) <= 50 or not all(1 <= long(label) <= 20 for label in labels):
        yield "a title or label that is too long"
    if len(set(labels)) < len(labels):
        yield "two points of one name"
    if not 1 <= len(points) <= (6 if chart["type"] == "pie" else 20):
        yield f"{len(points)} points"
    if chart["type"] == "pie" and any(point["value"] <= 0 for point in points):
        yield "a segment of nothing"
    if chart["type"] == "bar" and chart["axis_config"]["categories"] != labels:
        yield "categories that are not the points'"
    for label in (node["title"], *labels):
        yield from unseen_faults(label)


def container_faults(node: Mapping[str, Any]) -> Iterator[str]:
    if not node["elements"]:
        yield f"an empty {node['type']}"
    if node["type"] == "actions" and len(node["elements"]) > 25:
        yield "too many controls"
    if node["type"] == "actions" and len({element["action_id"] for element in node["elements"]}) < len(
        node["elements"]
    ):
        yield "an action id that is there twice"
    if node["type"] == "rich_text_list" and node.get("offset", 0) < 0:
        yield "a list numbered below 1"


def unseen_faults(text: str) -> Iterator[str]:
    if re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069\u200b\ud800-\udfff]", text):
        yield "a character that reorders or hides text"


def button_faults(node: Mapping[str, Any]) -> Iterator[str]:
    if long(node["text"]["text"]) > 75 or not 1 <= long(node["accessibility_label"]) <= 75:
        yield "a label that is too long"
    if not 1 <= len(node.get("value", "x")) <= 2_000 or len(node["action_id"]) > 255:
        yield "a value that is too long"


def select_faults(node: Mapping[str, Any]) -> Iterator[str]:
    if not 1 <= len(node["options"]) <= 100 or long(node["placeholder"]["text"]) > 150:
        yield "too many options"
    for option in node["options"]:
        if not 1 <= long(option["text"]["text"]) <= 75 or not 1 <= len(option["value"]) <= 150:
            yield "an option that is too long"
