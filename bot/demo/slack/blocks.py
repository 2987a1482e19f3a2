"""Checks of messages and modals like Slack's: errors with JSON pointers, in Slack's own words.

It knows the blocks that the bot sends, and two plain ones (divider, section). Any other block is refused as unknown. To
make the bot send a new block, add its rules here, from Slack's documentation.

Sources: Slack, "Blocks", "Block elements", "Rich text block", "Data visualization block"; slack_sdk's models.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from bot.demo.slack.shapes import (
    Check,
    Complaint,
    boolean,
    every,
    integer,
    items,
    kind,
    number,
    one_of,
    shape,
    tagged,
    text,
)

MOST_TEXT = 13_200
"""Maximum characters of all block text of one message. Undocumented; measured in slackapi/bolt-js#2509."""
MOST_CHARTS = 2
"""Maximum charts in one message. Undocumented; found on a live workspace."""
MOST_METADATA = 8_000
"""Maximum bytes. Our estimate: the limit behind Slack's `metadata_too_large` is not documented."""
MOST_VIEW = 250_000
"""Maximum bytes of a whole view."""
LONGEST_NODE = 12_000
"""Maximum characters of one rich text node. Slack documents no limit, but refuses far longer messages anyway."""

ID = text(255)


def _plain(most: int) -> Check:
    return tagged(kind("plain_text", {"text": text(most)}, {"emoji": boolean}))


def _choices_fit(value: Any, at: str) -> Iterator[Complaint]:
    """Check that option values are unique and that the initial option is exactly equal to one option."""
    if len({option["value"] for option in value["options"]}) < len(value["options"]):
        yield Complaint(f"{at}/options", "options must have unique values")
    if "initial_option" in value and value["initial_option"] not in value["options"]:
        yield Complaint(at, "initial_option must match one of the options")


STYLE = {"style": shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))}
TEXT_NODE = kind("text", {"text": text(LONGEST_NODE)}, STYLE)
NODE = tagged(
    {
        **TEXT_NODE,
        **kind("date", {"timestamp": integer(0), "format": text(255)}, {"fallback": text(255), **STYLE}),
        **kind("user", {"user_id": ID}, STYLE),
        **kind("channel", {"channel_id": ID}, STYLE),
    }
)
SECTION = kind("rich_text_section", {"elements": items(NODE, least=0)})
LIST = kind(
    "rich_text_list",
    {"style": one_of("bullet", "ordered"), "elements": items(tagged(SECTION))},
    {"indent": integer(0, 8), "offset": integer(0), "border": integer(0, 1)},
)
CODE = kind("rich_text_preformatted", {"elements": items(tagged(TEXT_NODE))}, {"border": integer(0, 1)})

OPTION = shape({"text": _plain(75), "value": text(150)}, {"description": _plain(75)})
ELEMENT = {"action_id": ID, "focus_on_load": boolean, "placeholder": _plain(150)}
BUTTON = kind(
    "button",
    {"text": _plain(75)},
    {
        "action_id": ID,
        "value": text(2000),
        "style": one_of("primary", "danger"),
        "accessibility_label": text(75),
    },
)
SELECT = {
    "static_select": every(
        shape(
            {"type": one_of("static_select"), "options": items(OPTION, most=100)}, {**ELEMENT, "initial_option": OPTION}
        ),
        _choices_fit,
    )
}
DISPATCH = shape({}, {"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), most=2)})
INPUTS = {
    **SELECT,
    **kind("datepicker", {}, {**ELEMENT, "initial_date": text(10)}),
    **kind(
        "conversations_select",
        {},
        {
            **ELEMENT,
            "initial_conversation": ID,
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
        },
    ),
    **kind(
        "plain_text_input",
        {},
        {
            **ELEMENT,
            "initial_value": text(3000),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
            "dispatch_action_config": DISPATCH,
        },
    ),
}


def _points_fit(value: Any, at: str) -> Iterator[Complaint]:
    """Check that series names are unique and that each series has one point for each category."""
    names = [series["name"] for series in value["series"]]
    if len(set(names)) < len(names):
        yield Complaint(f"{at}/series", "series must have unique names")
    categories = value["axis_config"]["categories"]
    for index, series in enumerate(value["series"]):
        if sorted(point["label"] for point in series["data"]) != sorted(categories):
            yield Complaint(f"{at}/series/{index}/data", "must have one data point for each category")


def _segment_counts(value: Any, at: str) -> Iterator[Complaint]:
    if value["value"] <= 0:
        yield Complaint(f"{at}/value", "must be more than 0")


POINT = shape({"label": text(20), "value": number})
SERIES = shape({"name": text(20), "data": items(POINT, most=20)})
AXES = shape({"categories": items(text(20), most=20)}, {"x_label": text(50), "y_label": text(50)})
CHART = tagged(
    {
        **kind("pie", {"segments": items(every(POINT, _segment_counts), most=6)}),
        "bar": every(shape({"type": one_of("bar"), "series": items(SERIES, most=6), "axis_config": AXES}), _points_fit),
    }
)

NAMED = {"block_id": ID}
WORDS = tagged(
    {
        **kind("plain_text", {"text": text(3000)}, {"emoji": boolean}),
        **kind("mrkdwn", {"text": text(3000)}, {"verbatim": boolean}),
    }
)
COMMON = {
    **kind("rich_text", {"elements": items(tagged({**SECTION, **LIST, **CODE}))}, NAMED),
    **kind("actions", {"elements": items(tagged({**BUTTON, **SELECT}), most=25)}, NAMED),
    **kind("context", {"elements": items(WORDS, most=10)}, NAMED),
    **kind(
        "input",
        {"label": _plain(2000), "element": tagged(INPUTS)},
        {**NAMED, "hint": _plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    **kind("section", {"text": WORDS}, NAMED),
    **kind("divider", {}, NAMED),
}
CHARTS = kind("data_visualization", {"title": text(50), "chart": CHART}, NAMED)
MESSAGE = items(tagged({**COMMON, **CHARTS}), least=0, most=50)

VIEW = {"private_metadata": text(3000, least=0), "callback_id": text(255, least=0), "external_id": text(255, least=0)}
VIEWS = {
    **kind("home", {"blocks": items(tagged(COMMON), most=100)}, VIEW),
    **kind(
        "modal",
        {"title": _plain(24), "blocks": items(tagged(COMMON), most=100)},
        {**VIEW, "submit": _plain(24), "close": _plain(24), "clear_on_close": boolean, "notify_on_close": boolean},
    ),
}


def check_message(blocks: Any, at: str = "/blocks") -> tuple[Complaint, ...]:
    """Return Slack's complaints about a message's blocks; empty when Slack accepts them."""
    complaints = (*MESSAGE(blocks, at),) or (*_unique_ids(blocks, at),)
    if not complaints and sum(block["type"] == "data_visualization" for block in blocks) > MOST_CHARTS:
        return (Complaint(at, f"no more than {MOST_CHARTS} data_visualization blocks allowed"),)
    return complaints


def check_view(view: Any, at: str = "/view") -> tuple[Complaint, ...]:
    """Return Slack's complaints about a modal or an App Home; empty when Slack accepts it."""
    complaints = (*tagged(VIEWS)(view, at),) or (*_unique_ids(view["blocks"], f"{at}/blocks"),)
    has_input = not complaints and any(block["type"] == "input" for block in view["blocks"])
    if has_input and view["type"] == "modal" and "submit" not in view:
        return (Complaint(at, "missing required field: submit"),)
    return complaints


def check_metadata(metadata: Any) -> str | None:
    """Return Slack's error name for a message's metadata, or None when Slack accepts it."""
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        return "invalid_metadata_format"
    if tuple(ID(metadata["event_type"], "")) or not isinstance(metadata["event_payload"], dict):
        return "invalid_metadata_format"
    return "metadata_too_large" if len(json.dumps(metadata).encode()) > MOST_METADATA else None


def view_too_large(view: Any) -> bool:
    """Return whether a view is over 250 kB as JSON; Slack then answers `view_too_large`."""
    return len(json.dumps(view, ensure_ascii=False).encode()) > MOST_VIEW


def block_text(blocks: Any) -> int:
    """Return the number of characters of all text in a message's blocks."""
    return sum(len(words) for words in _strings(blocks, "text"))


def _strings(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            if name == key and isinstance(part, str):
                yield part
            else:
                yield from _strings(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part, key)


def _unique_ids(blocks: list[dict[str, Any]], at: str) -> Iterator[Complaint]:
    names = Counter(block["block_id"] for block in blocks if "block_id" in block)
    for index, block in enumerate(blocks):
        if names[block.get("block_id")] > 1:
            yield Complaint(f"{at}/{index}/block_id", "block_id values must be unique")
        actions = Counter(_strings(block, "action_id"))
        if any(count > 1 for count in actions.values()):
            yield Complaint(f"{at}/{index}", "action_id values must be unique within a block")
