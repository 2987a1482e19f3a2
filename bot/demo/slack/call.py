"""One call of the Web API: its arguments, what it may touch, and how it is refused."""

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
"""Arguments that hold JSON, which forms and queries carry as a string."""


class Refused(Exception):
    """Slack says no: `error` is its name for why, `complaints` the places, `fields` what else it answers."""

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
        """The body."""
        body = {"ok": False, "error": self.error, **self.fields}
        if self.complaints:
            body["errors"] = [complaint.removeprefix("[ERROR] ") for complaint in self.complaints]
            body["response_metadata"] = {"messages": list(self.complaints)}
        return body


def read_arguments(query: str, content_type: str, body: bytes) -> dict[str, Any]:
    """Merge query, form and JSON; Slack takes arguments from each. Raises Refused for JSON that is none."""
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
    """JSON in a string; what is not JSON stays as it is, for the method to refuse by its own name."""
    try:
        return json.loads(value)
    except ValueError:
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a method is given."""

    arguments: dict[str, Any]
    scopes: frozenset[str]
    world: World
    faults: Faults
    links: Links
    base_url: str = ""
    """Where this Slack is reached, without a slash at the end."""

    def text(self, name: str, default: str = "") -> str:
        """An argument that is a string. Raises Refused when it is something else."""
        value = self.arguments.get(name, default)
        if not isinstance(value, str):
            raise Refused("invalid_arguments", [Complaint(f"/{name}", "must provide a string")])
        return value

    def need(self, name: str) -> str:
        """A string that must be there."""
        value = self.text(name)
        if not value:
            raise Refused("invalid_arguments", [Complaint("", f"missing required field: {name}")])
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """True for true, 1 and "true", False for their opposites. Raises Refused for anything else."""
        words = str(self.arguments.get(name, default)).lower()
        if words not in ("true", "1", "false", "0"):
            raise Refused("invalid_arguments", [Complaint(f"/{name}", "must provide a boolean")])
        return words in ("true", "1")

    def count(self, name: str, default: int, most: int) -> int:
        """A number from 1 to `most`. Raises Refused (`invalid_limit`)."""
        try:
            value = int(self.arguments.get(name, default))
        except (TypeError, ValueError):
            raise Refused("invalid_limit") from None
        if not 1 <= value <= most:
            raise Refused("invalid_limit")
        return value

    def needs_scope(self, *scopes: str) -> None:
        """Raises Refused (`missing_scope`) unless all of these are granted."""
        if not self.scopes.issuperset(scopes):
            raise Refused("missing_scope", needed=",".join(scopes), provided=",".join(sorted(self.scopes)))

    def channel(self, right: str) -> Channel:
        """The channel named by `channel`, with the scope for its kind: `read` needs channels:read or groups:read.

        A private channel without the bot is `channel_not_found`, as if it did not exist.
        """
        channel = self.world.channels.get(self.need("channel"))
        if channel is None or self.hidden(channel):
            raise Refused("channel_not_found")
        self.needs_scope(f"{family(channel)}:{right}")
        return channel

    def hidden(self, channel: Channel) -> bool:
        """Whether the bot cannot know of it."""
        return (channel.is_private or channel.dm_with is not None) and not self.joined(channel)

    def joined(self, channel: Channel) -> bool:
        """Whether the bot is a member."""
        return self.world.bot.user_id in channel.members

    def user(self, name: str = "user") -> User:
        """The user named by an argument. Raises Refused (`user_not_found`)."""
        user = self.world.users.get(self.need(name))
        if user is None:
            raise Refused("user_not_found")
        return user

    def blocks(self) -> list[dict[str, Any]] | None:
        """Checked blocks, or None. Raises Refused (`invalid_blocks`, `invalid_blocks_format`)."""
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
        """The part of a list that `limit` and `cursor` ask for, and the `response_metadata` that leads on."""
        limit = self.count("limit", default, most)
        start = int(ts_number(read_cursor(self.text("cursor")) or "0"))
        following = make_cursor(str(start + limit)) if start + limit < len(rows) else ""
        return list(rows[start : start + limit]), {"next_cursor": following}


def family(channel: Channel) -> str:
    """The first half of the scopes that a channel's kind needs."""
    if channel.dm_with is not None:
        return "im"
    return "groups" if channel.is_private else "channels"


def make_cursor(place: str) -> str:
    """Slack's cursors are opaque; ours are base64, as Slack's look."""
    return base64.b64encode(place.encode()).decode()


def read_cursor(cursor: str) -> str:
    """The place that a cursor of ours stands for. Raises Refused (`invalid_cursor`)."""
    try:
        place = base64.b64decode(cursor, validate=True).decode()
        ts_number(place or "0")
    except (ArithmeticError, binascii.Error, ValueError):
        raise Refused("invalid_cursor") from None
    return place
