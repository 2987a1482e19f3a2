"""Would Slack take this message, this modal, this home? Complaints with JSON pointers, as Slack gives them."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from bot.demo.slack.block_kinds import HOME_BLOCK, MESSAGE_BLOCK, MODAL_BLOCK
from bot.demo.slack.elements import ID, plain
from bot.demo.slack.shapes import Check, Complaint, boolean, items, one_of, shape, text

MOST_TEXT = 13_200
"""Characters of all block text of one message. Slack tells no number; measured in slackapi/bolt-js#2509."""
MOST_MARKDOWN = 12_000
"""Characters over all markdown blocks of one message (Slack, "Markdown block")."""
MOST_TABLE = 10_000
"""Characters over all table cells of one message (Slack, "Table block")."""
MOST_METADATA = 8_000
"""Bytes; ours: Slack answers `metadata_too_large` and tells no number."""
MOST_VIEW = 250_000
"""Bytes of a whole view."""

_VIEW = {
    "private_metadata": text(3000, least=0),
    "callback_id": text(255, least=0),
    "external_id": text(255, least=0),
}
_MODAL = shape(
    {"type": one_of("modal"), "title": plain(24), "blocks": items(MODAL_BLOCK, most=100)},
    {
        **_VIEW,
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
)
_HOME = shape({"type": one_of("home"), "blocks": items(HOME_BLOCK, most=100)}, _VIEW)
_MESSAGE = items(MESSAGE_BLOCK, least=0, most=50)


def check_message(blocks: Any, at: str = "/blocks") -> tuple[Complaint, ...]:
    """What Slack would say of a message's blocks; nothing when it takes them."""
    return _checked(_MESSAGE, blocks, at, _message_totals)


def check_view(view: Any, at: str = "/view") -> tuple[Complaint, ...]:
    """What Slack would say of a modal or an App Home; nothing when it takes it."""
    if not isinstance(view, dict):
        return (Complaint(at, "must provide an object"),)
    if view.get("type") not in ("modal", "home"):
        return (Complaint(f"{at}/type", f"unsupported type: {view.get('type')}"),)
    complaints = tuple((_HOME if view["type"] == "home" else _MODAL)(view, at))
    if complaints:
        return complaints
    return (*_unique_ids(view["blocks"], f"{at}/blocks"), *_submit_is_there(view, at))


def view_too_large(view: Any) -> bool:
    """Over 250 kB as JSON: Slack answers `view_too_large`."""
    return len(json.dumps(view, ensure_ascii=False).encode()) > MOST_VIEW


def block_text(blocks: Any) -> int:
    """Characters of all text in a message's blocks."""
    return sum(len(words) for words in _strings(blocks, "text"))


def _checked(check: Check, value: Any, at: str, totals: Check) -> tuple[Complaint, ...]:
    """The totals are only counted over what is well formed."""
    complaints = tuple(check(value, at))
    return complaints or (*_unique_ids(value, at), *totals(value, at))


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


def _message_totals(blocks: Any, at: str) -> Iterator[Complaint]:
    kinds = Counter(block["type"] for block in blocks)
    if kinds["table"] > 1:
        yield Complaint(at, "only one table allowed")
    if kinds["data_visualization"] > 2:
        yield Complaint(at, "no more than 2 data_visualization blocks allowed")
    for name, most in (("markdown", MOST_MARKDOWN), ("table", MOST_TABLE), ("data_table", MOST_TABLE)):
        if block_text([block for block in blocks if block["type"] == name]) > most:
            yield Complaint(at, f"{name} blocks must be less than {most + 1} characters together")


def _submit_is_there(view: dict[str, Any], at: str) -> Iterator[Complaint]:
    if view["type"] == "modal" and "submit" not in view and any(b["type"] == "input" for b in view["blocks"]):
        yield Complaint(at, "missing required field: submit")


def check_metadata(metadata: Any) -> str | None:
    """Slack's error name for a message's metadata, or None when it takes it."""
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        return "invalid_metadata_format"
    if tuple(ID(metadata["event_type"], "")) or not isinstance(metadata["event_payload"], dict):
        return "invalid_metadata_format"
    return "metadata_too_large" if len(json.dumps(metadata).encode()) > MOST_METADATA else None
