"""One call of the Web API: its arguments, the objects that it may use, and its error answers."""

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from bot.demo.slack.blocks import check_message
from bot.demo.slack.faults import Faults
from bot.demo.slack.links import Links
from bot.demo.slack.shapes import Complaint
from bot.demo.slack.world import Channel, User, World, ts_number

Item = TypeVar("Item")

STRUCTURED = ("blocks", "files", "metadata", "view")
"""Arguments with a JSON value; in forms and queries they are strings."""


class Refused(Exception):
    """An error answer of Slack.

    `error` is Slack's name for the error, `complaints` are the places in the arguments, `fields` are further fields of
    the answer.
    """

    def __init__(
        self,
        error: str,
        complaints: Iterable[Complaint] = (),
        *,
        status: int = 200,
        retry_after: int | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.complaints = tuple(str(complaint) for complaint in complaints)
        self.status = status
        self.retry_after = retry_after
        self.fields = fields

    def answer(self) -> dict[str, Any]:
        """Return the body."""
        body = {"ok": False, "error": self.error, **self.fields}
        if self.complaints:
            body["errors"] = [complaint.removeprefix("[ERROR] ") for complaint in self.complaints]
            body["response_metadata"] = {"messages": list(self.complaints)}
        return body


def read_arguments(query: str, content_type: str, body: bytes) -> dict[str, Any]:
    """Merge query, form and JSON, as Slack does. Raises Refused for invalid JSON."""
    arguments: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
    if content_type.startswith("application/json"):
        arguments.update(_read_json(body))
    else:
        arguments.update(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    for name in STRUCTURED:
        if isinstance(arguments.get(name), str):
            arguments[name] = _decoded(arguments[name])
    return arguments


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        arguments = json.loads(body or b"{}")
    except ValueError:
        raise Refused("invalid_json") from None
    if not isinstance(arguments, dict):
        raise Refused("json_not_object")
    return arguments


def _decoded(value: str) -> Any:
    """Return the JSON value of a string, or the string itself when it is not JSON.

    The method then refuses the string with an error name of its own.
    """
    try:
        return json.loads(value)
    except ValueError:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The input of a method: the arguments and the objects that it may use."""

    arguments: dict[str, Any]
    scopes: frozenset[str]
    world: World
    faults: Faults
    links: Links
    base_url: str = ""
    """The URL of this Slack, without a slash at the end."""

    def text(self, name: str, default: str = "") -> str:
        """Return a string argument. Raises Refused when it is not a string."""
        value = self.arguments.get(name, default)
        if not isinstance(value, str):
            raise Refused("invalid_arguments", [Complaint(f"/{name}", "must provide a string")])
        return value

    def need(self, name: str) -> str:
        """Return a required string argument. Raises Refused when it is missing."""
        value = self.text(name)
        if not value:
            raise Refused("invalid_arguments", [Complaint("", f"missing required field: {name}")])
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return True for true, 1 and "true", False for their opposites. Raises Refused for anything else."""
        words = str(self.arguments.get(name, default)).lower()
        if words not in ("true", "1", "false", "0"):
            raise Refused("invalid_arguments", [Complaint(f"/{name}", "must provide a boolean")])
        return words in ("true", "1")

    def count(self, name: str, default: int, most: int) -> int:
        """Return a number from 1 to `most`. Raises Refused (`invalid_limit`) for anything else."""
        try:
            value = int(self.arguments.get(name, default))
        except (TypeError, ValueError):
            raise Refused("invalid_limit") from None
        if not 1 <= value <= most:
            raise Refused("invalid_limit")
        return value

    def needs_scope(self, *scopes: str) -> None:
        """Raise Refused (`missing_scope`) unless all of these scopes are granted."""
        if not self.scopes.issuperset(scopes):
            raise Refused("missing_scope", needed=",".join(scopes), provided=",".join(sorted(self.scopes)))

    def channel(self, right: str) -> Channel:
        """Return the channel that the argument `channel` names, after a check of the scope for its kind.

        `right` is the second part of the scope: `read` needs channels:read or groups:read. A private channel without
        the bot is `channel_not_found`, as if it did not exist.
        """
        channel = self.world.channels.get(self.need("channel"))
        if channel is None or self.hidden(channel):
            raise Refused("channel_not_found")
        self.needs_scope(f"{family(channel)}:{right}")
        return channel

    def hidden(self, channel: Channel) -> bool:
        """Return whether the bot cannot see the channel."""
        return (channel.is_private or channel.dm_with is not None) and not self.joined(channel)

    def joined(self, channel: Channel) -> bool:
        """Return whether the bot is a member."""
        return self.world.bot.user_id in channel.members

    def user(self, name: str = "user") -> User:
        """Return the user that an argument names. Raises Refused (`user_not_found`)."""
        user = self.world.users.get(self.need(name))
        if user is None:
            raise Refused("user_not_found")
        return user

    def blocks(self) -> list[dict[str, Any]] | None:
        """Return the checked blocks, or None. Raises Refused (`invalid_blocks`, `invalid_blocks_format`)."""
        blocks = self.arguments.get("blocks")
        if blocks is None:
            return None
        if not isinstance(blocks, list):
            raise Refused("invalid_blocks_format")
        if blocks and self.faults.refuse_blocks:
            raise Refused("invalid_blocks", [Complaint("/blocks/0/type", "unsupported type")])
        for index, block in enumerate(blocks):
            if self.faults.refuse_charts and isinstance(block, dict) and block.get("type") == "data_visualization":
                complaint = Complaint(f"/blocks/{index}/type", "unsupported type: data_visualization")
                raise Refused("invalid_blocks", [complaint])
        complaints = check_message(blocks)
        if complaints:
            raise Refused("invalid_blocks", complaints)
        return blocks

    def page(self, rows: Sequence[Item], *, default: int = 100, most: int = 999) -> tuple[list[Item], dict[str, str]]:
        """Return the rows for `limit` and `cursor`, and the `response_metadata` with the next cursor."""
        limit = self.count("limit", default, most)
        start = int(ts_number(read_cursor(self.text("cursor")) or "0"))
        following = make_cursor(str(start + limit)) if start + limit < len(rows) else ""
        return list(rows[start : start + limit]), {"next_cursor": following}


def family(channel: Channel) -> str:
    """Return the first part of the scopes for this kind of channel."""
    if channel.dm_with is not None:
        return "im"
    return "groups" if channel.is_private else "channels"


def make_cursor(place: str) -> str:
    """Return an opaque cursor. It is base64, because Slack's cursors look like base64."""
    return base64.b64encode(place.encode()).decode()


def read_cursor(cursor: str) -> str:
    """Return the position in a cursor of `make_cursor`. Raises Refused (`invalid_cursor`)."""
    try:
        place = base64.b64decode(cursor, validate=True).decode()
        ts_number(place or "0")
    except (ArithmeticError, binascii.Error, ValueError):
        raise Refused("invalid_cursor") from None
    return place
