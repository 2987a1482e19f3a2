"""Block Kit's composition objects and interactive elements, with their limits.

Source: Slack, "Block elements" and "Composition objects"; limits as in slack_sdk's models.
"""

from collections.abc import Iterator, Mapping
from typing import Any

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
    one_of,
    shape,
    tagged,
    text,
)

URL = text(3000)
ID = text(255)
SLACK_FILE = every(shape({}, {"id": ID, "url": URL}), exactly_one("id", "url"))


def plain(most: int) -> Check:
    """A plain_text object."""
    return tagged(kind("plain_text", {"text": text(most)}, {"emoji": boolean}))


def worded(most: int) -> Check:
    """A text object of either kind."""
    return tagged(
        {
            **kind("plain_text", {"text": text(most)}, {"emoji": boolean}),
            **kind("mrkdwn", {"text": text(most)}, {"verbatim": boolean}),
        }
    )


CONFIRM = shape(
    {"title": plain(100), "text": worded(300)},
    {"confirm": plain(30), "deny": plain(30), "style": one_of("primary", "danger")},
)
OPTION = shape({"text": plain(75), "value": text(150)}, {"description": plain(75)})
MARKED_OPTION = shape({"text": worded(75), "value": text(150)}, {"description": worded(75)})
OVERFLOW_OPTION = shape({"text": plain(75), "value": text(150)}, {"description": plain(75), "url": URL})
OPTION_GROUP = shape({"label": plain(75), "options": items(OPTION, most=100)})
FILTER = shape(
    {},
    {
        "include": items(one_of("im", "mpim", "private", "public"), most=4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
DISPATCH = shape({}, {"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), most=2)})


def _choices(element: Mapping[str, Any]) -> list[Any]:
    groups = element.get("option_groups", [])
    grouped = [option for group in groups if isinstance(group, dict) for option in group.get("options", [])]
    return [*element.get("options", []), *grouped]


def _initial_is_offered(value: Any, at: str) -> Iterator[Complaint]:
    """What is chosen at first must be one of the options, letter for letter."""
    chosen = [value["initial_option"]] if "initial_option" in value else value.get("initial_options", [])
    if any(option not in _choices(value) for option in chosen):
        yield Complaint(at, "initial_option must match one of the options")


def _distinct_values(value: Any, at: str) -> Iterator[Complaint]:
    """Two options of one element may not share a value."""
    values = [option.get("value") for option in _choices(value) if isinstance(option, dict)]
    if len(values) != len(set(map(str, values))):
        yield Complaint(f"{at}/options", "options must have unique values")


COMMON = {"action_id": ID, "confirm": CONFIRM}
FOCUS = {**COMMON, "focus_on_load": boolean}
SELECT = {**FOCUS, "placeholder": plain(150)}
MANY = {**SELECT, "max_selected_items": integer(1)}
ANSWER_HERE = {"response_url_enabled": boolean}

BUTTON = kind(
    "button",
    {"text": plain(75)},
    {
        **COMMON,
        "url": URL,
        "value": text(2000),
        "style": one_of("primary", "danger"),
        "accessibility_label": text(75),
    },
)
IMAGE = {
    "image": every(
        shape({"type": one_of("image"), "alt_text": text(2000)}, {"image_url": URL, "slack_file": SLACK_FILE}),
        exactly_one("image_url", "slack_file"),
    )
}
OVERFLOW = kind("overflow", {"options": items(OVERFLOW_OPTION, most=5)}, COMMON)


def _static(name: str, options: Mapping[str, Check]) -> dict[str, Check]:
    lists = {"options": items(OPTION, most=100), "option_groups": items(OPTION_GROUP, most=100)}
    check = shape({"type": one_of(name)}, {**lists, **options})
    return {name: every(check, exactly_one("options", "option_groups"), _initial_is_offered, _distinct_values)}


def _ticks(name: str, initial: Mapping[str, Check]) -> dict[str, Check]:
    check = shape({"type": one_of(name), "options": items(MARKED_OPTION, most=10)}, {**FOCUS, **initial})
    return {name: every(check, _initial_is_offered, _distinct_values)}


SELECTS = {
    **_static("static_select", {**SELECT, "initial_option": OPTION}),
    **kind("external_select", {}, {**SELECT, "initial_option": OPTION, "min_query_length": integer(0)}),
    **kind("users_select", {}, {**SELECT, "initial_user": ID}),
    **kind("channels_select", {}, {**SELECT, **ANSWER_HERE, "initial_channel": ID}),
    **kind(
        "conversations_select",
        {},
        {
            **SELECT,
            **ANSWER_HERE,
            "initial_conversation": ID,
            "default_to_current_conversation": boolean,
            "filter": FILTER,
        },
    ),
}
MULTI_SELECTS = {
    **_static("multi_static_select", {**MANY, "initial_options": items(OPTION, most=100)}),
    **kind("multi_external_select", {}, {**MANY, "initial_options": items(OPTION), "min_query_length": integer(0)}),
    **kind("multi_users_select", {}, {**MANY, "initial_users": items(ID)}),
    **kind("multi_channels_select", {}, {**MANY, "initial_channels": items(ID)}),
    **kind(
        "multi_conversations_select",
        {},
        {**MANY, "initial_conversations": items(ID), "default_to_current_conversation": boolean, "filter": FILTER},
    ),
}
TICKS = {
    **_ticks("checkboxes", {"initial_options": items(MARKED_OPTION)}),
    **_ticks("radio_buttons", {"initial_option": MARKED_OPTION}),
}
DATES = {
    **kind("datepicker", {}, {**SELECT, "initial_date": text(10)}),
    **kind("timepicker", {}, {**SELECT, "initial_time": text(5), "timezone": text(255)}),
}
DATETIME = kind("datetimepicker", {}, {**FOCUS, "initial_date_time": integer(0)})

TYPED = {
    "action_id": ID,
    "focus_on_load": boolean,
    "placeholder": plain(150),
    "dispatch_action_config": DISPATCH,
}
INPUTS = {
    **kind(
        "plain_text_input",
        {},
        {
            **TYPED,
            "initial_value": text(3000),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
    ),
    **kind("email_text_input", {}, {**TYPED, "initial_value": text(3000)}),
    **kind("url_text_input", {}, {**TYPED, "initial_value": text(3000)}),
    **kind(
        "number_input",
        {"is_decimal_allowed": boolean},
        {**TYPED, "initial_value": text(255), "min_value": text(255), "max_value": text(255)},
    ),
    **kind("rich_text_input", {}, {**TYPED, "initial_value": tagged(RICH_TEXT)}),
    **kind("file_input", {}, {"action_id": ID, "filetypes": items(text(20)), "max_files": integer(1, 10)}),
}
FEEDBACK = shape({"text": plain(75), "value": text(2000)}, {"accessibility_label": text(75)})
CONTEXT_ACTIONS = {
    **kind("feedback_buttons", {"positive_button": FEEDBACK, "negative_button": FEEDBACK}, {"action_id": ID}),
    **kind(
        "icon_button",
        {"icon": one_of("trash"), "text": plain(75)},
        {**COMMON, "value": text(2000), "accessibility_label": text(75), "visible_to_user_ids": items(ID)},
    ),
}

IN_SECTION = tagged({**BUTTON, **IMAGE, **OVERFLOW, **SELECTS, **MULTI_SELECTS, **TICKS, **DATES})
IN_ACTIONS = tagged({**BUTTON, **OVERFLOW, **SELECTS, **TICKS, **DATES, **DATETIME})
IN_INPUT = tagged({**SELECTS, **MULTI_SELECTS, **TICKS, **DATES, **DATETIME, **INPUTS})
IN_CONTEXT = tagged(
    {
        **IMAGE,
        **kind("plain_text", {"text": text(3000)}, {"emoji": boolean}),
        **kind("mrkdwn", {"text": text(3000)}, {"verbatim": boolean}),
    }
)
IN_CONTEXT_ACTIONS = tagged(CONTEXT_ACTIONS)
BUTTONS = tagged(BUTTON)
