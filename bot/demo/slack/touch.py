"""A finger on the screen: from a message or view and what is pressed to the action that Slack reports."""

from collections.abc import Iterator
from typing import Any

PICKED = {
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
}
"""Elements that report what was picked as a plain string, and under which key."""
TYPED = ("plain_text_input", "email_text_input", "url_text_input", "number_input")
"""Elements that report what was typed, where their block has `dispatch_action`."""


def press(place: dict[str, Any], action_id: str, value: str | None = None, inside: str | None = None) -> dict[str, Any]:
    """Press the button with this action_id, and this value and `inside` this block if given. Raises LookupError."""
    for block_id, element in _elements(place, inside):
        meant = element["type"] == "button" and element.get("action_id") == action_id
        if meant and value in (None, element.get("value")):
            return _action(block_id, element, {key: element[key] for key in ("text", "value") if key in element})
    raise LookupError(f"no button {action_id!r} to press" + (f" with value {value!r}" if value else ""))


def choose(place: dict[str, Any], action_id: str, value: str, inside: str | None = None) -> dict[str, Any]:
    """Choose by value in the select, menu or picker with this action_id, `inside` this block, or type it into an input.

    Raises LookupError; so does an input whose block does not ask for the bot to be told.
    """
    for block_id, element in _elements(place, inside):
        if element.get("action_id") != action_id or not _is_told(place, block_id):
            continue
        if element["type"] in TYPED:
            return _action(block_id, element, {"value": value or None})
        if element["type"] in PICKED:
            return _action(block_id, element, {PICKED[element["type"]]: value})
        for option in _options(element):
            if option["value"] == value:
                chosen = [option] if element["type"] == "checkboxes" else option
                return _action(block_id, element, {_chosen_key(element): chosen})
    raise LookupError(f"nothing to choose {value!r} in under {action_id!r}")


def _is_told(place: dict[str, Any], block_id: str) -> bool:
    """Whether the bot hears of what happens in the block before a form is sent off (Slack, "Input block")."""
    block = next(block for block in place["blocks"] if block["block_id"] == block_id)
    return block["type"] != "input" or bool(block.get("dispatch_action"))


def _chosen_key(element: dict[str, Any]) -> str:
    return "selected_options" if element["type"] == "checkboxes" else "selected_option"


def _action(block_id: str, element: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    return {"type": element["type"], "block_id": block_id, "action_id": element.get("action_id", ""), **told}


def _elements(place: dict[str, Any], inside: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    for block in place["blocks"]:
        if inside not in (None, block["block_id"]):
            continue
        found = list(block.get("elements", [])) if block["type"] in ("actions", "context_actions") else []
        found += [block[key] for key in ("accessory", "element") if key in block]
        for element in found:
            yield block["block_id"], element


def _options(element: dict[str, Any]) -> list[dict[str, Any]]:
    grouped = [option for group in element.get("option_groups", []) for option in group["options"]]
    return [*element.get("options", []), *grouped]
