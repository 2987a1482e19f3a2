"""What buttons and menus carry: JSON with a version.

Messages stay in Slack for ever, so every version of a value stays readable. A value that cannot be read is None, never
an error. The values that several features use are here; the others are in their feature.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot.slack.blocks.elements import MAX_LABEL, Block, button
from bot.slack.unescape import unescape_line
from bot.text.cleaning import clean, plain

LONGEST_VALUE = 2_000
"""Characters in a button's value. Source: Slack, "Button element". A menu's option takes 150."""

Value = TypeVar("Value")
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ButtonValue(Generic[Value]):
    """The action of a button or menu, and how its value is written and read."""

    action: str
    """The action id. A suffix such as `.2` distinguishes equal buttons of one message: Slack takes an id once."""
    to_fields: Callable[[Value], dict[str, Any]]
    from_fields: Callable[[Fields], Value | None]
    """Return None for fields that are missing or of a wrong type."""
    version: int = 1
    replaces_message: bool = False
    """Whether the answer replaces the message of the button; otherwise it is shown below, to the person who pressed."""
    once: bool = False
    """Whether a second press by the same person does nothing."""

    def write(self, value: Value) -> str:
        """Return the value as JSON."""
        return json.dumps({"v": self.version, **self.to_fields(value)}, separators=(",", ":"))

    def read(self, text: str) -> Value | None:
        """Return the value, or None when it is of a later version or cannot be read."""
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError):
            fields = None
        if not isinstance(fields, dict) or fields.get("v") not in range(1, self.version + 1):
            fields = {}
        without_bools = {name: field for name, field in fields.items() if type(field) is not bool}  # a bool is an int
        return self.from_fields(without_bools)

    @property
    def pattern(self) -> re.Pattern[str]:
        """Matches the action id, with or without a suffix."""
        return re.compile(rf"\A{re.escape(self.action)}(\.\w+)?\Z")

    def button(self, label: str, value: Value, *, spoken_label: str, suffix: int | str = "") -> list[Block]:
        """Return the button, or none when its value is too long for one. `suffix` is the action's.

        `spoken_label` is what screen readers say.
        """
        text = self.write(value)
        if len(text) > LONGEST_VALUE:
            return []
        action = f"{self.action}.{suffix}" if suffix else self.action
        return [button(plain(label, MAX_LABEL), action, value=text, spoken_label=clean(spoken_label))]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAnswer:
    """An answer to post to the channel, as it was shown."""

    ids: tuple[int, ...]
    """The PBX's numbers in the order shown, at least one."""
    query: str | None = None
    """The line of the listing; None for one recording in full."""
    first: int = 1
    """The position of the first recording in its listing."""
    total: int = 1
    """How many recordings the listing has in all."""
    is_least: bool = False
    """Whether there are more than `total`."""


def line_field(fields: Fields, name: str) -> str | None:
    """Return a field that holds a line of `/recordings`; None when it is missing.

    Version 1 wrote lines with Slack's escapes in them.
    """
    line = fields.get(name)
    if not isinstance(line, str):
        return None
    return line if fields["v"] > 1 else unescape_line(line)


def line_value(action: str, *, replaces_message: bool = False, once: bool = False) -> ButtonValue[str]:
    """Return the value of a button that carries a line of `/recordings`."""
    return ButtonValue(
        action,
        lambda line: {"line": line},
        lambda fields: line_field(fields, "line"),
        version=2,
        replaces_message=replaces_message,
        once=once,
    )


def _share_fields(shared: SharedAnswer) -> dict[str, Any]:
    more = {"more": 1} if shared.is_least else {}
    return {"ids": shared.ids, "query": shared.query, "first": shared.first, "total": shared.total, **more}


def _shared_answer(fields: Fields) -> SharedAnswer | None:
    match fields:
        case {"ids": [_, *_] as ids, "query": str() | None, "first": int(first), "total": int(total)} if all(
            type(recording) is int for recording in ids
        ):
            query = line_field(fields, "query")
            return SharedAnswer(ids=tuple(ids), query=query, first=first, total=total, is_least=fields.get("more") == 1)
    return None


def int_field(fields: Fields, name: str) -> int | None:
    """Return a field that holds a whole number; None when it is missing."""
    number = fields.get(name)
    return number if isinstance(number, int) else None


OPEN: ButtonValue[int] = ButtonValue(
    "recordings.open.v1", lambda recording: {"id": recording}, lambda fields: int_field(fields, "id")
)
"""One recording, shown in full. A button, or a menu: there the value is that of `selected_option`."""
RUN = line_value("recordings.run.v1", replaces_message=True)
"""A line, run as if it had been typed after `/recordings`; its answer replaces the message."""
LIST = line_value("recordings.list.v1")
"""A line like that of RUN; its answer is shown below, and the message stays."""
SHARE: ButtonValue[SharedAnswer] = ButtonValue(
    "recordings.share.v1", _share_fields, _shared_answer, version=2, once=True
)


def share_button(answer: SharedAnswer) -> list[Block]:
    """Return *Share to channel*; none when the value is too long for a button."""
    return SHARE.button("Share to channel", answer, spoken_label="Share this with everybody in the channel")
