"""The block types by surface: what a message, a modal and App Home may hold.

Source: Slack, "Blocks"; limits as gathered from its pages and slack_sdk's models.
"""

from collections.abc import Iterator
from typing import Any

from bot.demo.slack.elements import (
    BUTTONS,
    ID,
    IMAGE,
    IN_ACTIONS,
    IN_CONTEXT,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    SLACK_FILE,
    URL,
    plain,
    worded,
)
from bot.demo.slack.rich_text import RICH_TEXT
from bot.demo.slack.shapes import (
    Check,
    Complaint,
    boolean,
    every,
    exactly_one,
    integer,
    items,
    kind,
    number,
    one_of,
    shape,
    tagged,
    text,
)

NAMED = {"block_id": ID}


def _section_says_something(value: Any, at: str) -> Iterator[Complaint]:
    if "text" not in value and "fields" not in value:
        yield Complaint(at, "must provide text or fields")


COMMON = {
    "section": every(
        shape(
            {"type": one_of("section")},
            {
                **NAMED,
                "text": worded(3000),
                "fields": items(worded(2000), most=10),
                "accessory": IN_SECTION,
                "expand": boolean,
            },
        ),
        _section_says_something,
    ),
    **kind("header", {"text": plain(150)}, NAMED),
    **kind("divider", {}, NAMED),
    **kind("context", {"elements": items(IN_CONTEXT, most=10)}, NAMED),
    **kind("actions", {"elements": items(IN_ACTIONS, most=25)}, NAMED),
    **kind(
        "input",
        {"label": plain(2000), "element": IN_INPUT},
        {**NAMED, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "image": every(
        shape(
            {"type": one_of("image"), "alt_text": text(2000)},
            {**NAMED, "image_url": URL, "slack_file": SLACK_FILE, "title": plain(2000)},
        ),
        exactly_one("image_url", "slack_file"),
    ),
    **RICH_TEXT,
}

CARD = kind(
    "card",
    {},
    {
        **NAMED,
        "icon": tagged(IMAGE),
        "hero_image": tagged(IMAGE),
        "title": worded(150),
        "subtitle": worded(150),
        "body": worded(200),
        "actions": items(BUTTONS, most=5),
    },
)
RAW_TEXT = kind("raw_text", {"text": text(10_000)})
RAW_NUMBER = kind("raw_number", {"value": number}, {"text": text(10_000)})
CELL = tagged({**RAW_TEXT, **RAW_NUMBER, **RICH_TEXT})


def _nullable(check: Check) -> Check:
    return lambda value, at: iter(()) if value is None else check(value, at)


TABLE = kind(
    "table",
    {"rows": items(items(CELL, most=20), most=100)},
    {
        **NAMED,
        "column_settings": items(
            _nullable(shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})), most=20
        ),
    },
)
DATA_TABLE = kind(
    "data_table",
    {"caption": text(255), "rows": items(items(CELL, most=20), least=2, most=101)},
    {**NAMED, "page_size": integer(1, 100), "row_header_column_index": integer(0, 19)},
)
POINT = shape({"label": text(20), "value": number})
SERIES = shape({"name": text(255), "data": items(POINT)})
AXES = shape({"categories": items(text(20))}, {"x_label": text(255), "y_label": text(255)})
CHART = tagged(
    {
        **kind("pie", {"segments": items(POINT, most=6)}),
        **kind("bar", {"series": items(SERIES, most=6), "axis_config": AXES}),
        **kind("line", {"series": items(SERIES, most=6), "axis_config": AXES}),
        **kind("area", {"series": items(SERIES, most=6), "axis_config": AXES}),
    }
)

_MESSAGE_BLOCKS: dict[str, Check] = {
    **COMMON,
    **kind("markdown", {"text": text(12_000)}, NAMED),
    **TABLE,
    **DATA_TABLE,
    **kind("data_visualization", {"title": text(50), "chart": CHART}, NAMED),
    **CARD,
    **kind("carousel", {"elements": items(tagged(CARD), most=10)}, NAMED),
    **kind("context_actions", {"elements": items(IN_CONTEXT_ACTIONS, most=5)}, NAMED),
}
MESSAGE_BLOCK = tagged(
    {
        **_MESSAGE_BLOCKS,
        **kind(
            "container",
            {"child_blocks": items(tagged(_MESSAGE_BLOCKS), most=10)},
            {**NAMED, "is_collapsible": boolean},
        ),
    }
)
MODAL_BLOCK = tagged(
    {
        **COMMON,
        **kind(
            "alert",
            {"text": worded(200)},
            {**NAMED, "level": one_of("default", "info", "success", "warning", "error")},
        ),
    }
)
HOME_BLOCK = tagged(COMMON)
