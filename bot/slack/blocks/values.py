"""What buttons and selects carry.

Old messages live for ever: action ids and values bear a version, and what cannot be read is None, never an error.
A value that changes its shape gets a new number, and the old one is still read.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.query import Cursor, Side

OPEN = "recordings.open.v1"
"""A button, or a select: there the value is that of `selected_option`."""
NEXT = "recordings.next.v1"
PREVIOUS = "recordings.previous.v1"
SHARE = "recordings.share.v1"
CLOSE = "recordings.close.v1"
"""Carries no value."""
RUN = "recordings.run.v1"
LIST = "recordings.list.v1"
"""Runs a line like RUN, below a message that stays as it is."""
RESUME = "recordings.resume.v1"
EVERY_LIST = re.compile(r"\Arecordings\.list\.v1(\.\d+)?\Z")
"""LIST, and those of many that stand side by side."""

VERSION = 1
LONGEST_VALUE = 2_000
"""Characters in a button's value. An option's may have 150; one recording's number is far below that."""
EPOCH = datetime.fromtimestamp(0, UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class PageValue:
    """A page turn."""

    query: str
    """As text, for the caller to read."""
    turn: Cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareValue:
    """An answer to be posted to the channel, as it was shown."""

    ids: tuple[int, ...]
    """In the order shown, at least one."""
    query: str | None = None
    """As text, for the caller to read; None for one recording in full."""
    first: int = 1
    """The position of the first one in its listing."""
    total: int = 1
    """How many the listing has in all."""
    is_least: bool = False
    """Whether there are more than `total`."""


def list_action(number: int) -> str:
    """LIST for one of many buttons that stand side by side: Slack takes an action id once in a block."""
    return f"{LIST}.{number}"


def write_open(recording: int) -> str:
    """One recording to show in full, in at most 40 characters: the PBX's numbers have at most 19 digits."""
    return _write(id=recording)


def read_open(value: str) -> int | None:
    """The recording's number."""
    match _read(value):
        case {"id": int(recording)}:
            return recording
    return None


def write_page(page: PageValue) -> str | None:
    """A page turn; None when the query is too long for a button."""
    turn, at = page.turn, page.turn.at
    exact = None if at is None else (at - EPOCH) // MICROSECOND  # a rounded time would repeat or skip a row
    return _within(_write(side=turn.side, id=turn.id, at=exact, position=turn.position, query=page.query))


def read_page(value: str) -> PageValue | None:
    """The page turn."""
    match _read(value):
        case {
            "side": "after" | "before" as side,
            "id": int(recording),
            "at": int() | None as at,
            "position": int(position),
            "query": str(query),
        } if at is None or _is_moment(at):
            moment = None if at is None else EPOCH + at * MICROSECOND
            return PageValue(query, Cursor(side=Side(side), id=recording, at=moment, position=position))
    return None


def write_share(share: ShareValue) -> str | None:
    """An answer to share; None when it is too long for a button: a hundred ids leave 800 for its query."""
    more = {"more": 1} if share.is_least else {}
    return _within(_write(ids=share.ids, query=share.query, first=share.first, total=share.total, **more))


def read_share(value: str) -> ShareValue | None:
    """The answer to share."""
    facts = _read(value)
    match facts:
        case {"ids": [_, *_] as ids, "query": str() | None as query, "first": int(first), "total": int(total)} if all(
            type(recording) is int for recording in ids
        ):
            is_least = facts.get("more") == 1
            return ShareValue(ids=tuple(ids), query=query, first=first, total=total, is_least=is_least)
    return None


def write_run(line: str) -> str | None:
    """A line to run as if it had been typed after `/recordings`; None when it is too long for a button."""
    return _within(_write(line=line))


def read_run(value: str) -> str | None:
    """The line to run."""
    match _read(value):
        case {"line": str(line)}:
            return line
    return None


def write_resume(channel: str) -> str | None:
    """A paused channel to try again; None when it is too long for a button."""
    return _within(_write(channel=channel))


def read_resume(value: str) -> str | None:
    """The channel's id."""
    match _read(value):
        case {"channel": str(channel)}:
            return channel
    return None


def _write(**facts: Any) -> str:
    return json.dumps({"v": VERSION, **facts}, separators=(",", ":"))


def _within(value: str) -> str | None:
    return value if len(value) <= LONGEST_VALUE else None


def _read(value: str) -> dict[str, Any]:
    """The facts of a value of our version; none of them when it is anything else."""
    try:
        facts = json.loads(value)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(facts, dict) or facts.get("v") != VERSION:
        return {}
    return {name: fact for name, fact in facts.items() if not isinstance(fact, bool)}  # to Python, true is an int


def _is_moment(microseconds: int) -> bool:
    try:
        EPOCH + microseconds * MICROSECOND
    except OverflowError:
        return False
    return True
