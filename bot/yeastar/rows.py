"""One row of recording/list or recording/search as a `Recording`. Pure, tolerant, and quick: a page holds hundreds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from bot.domain.recording import Direction, Party, Recording
from bot.yeastar.clock import read_epoch

HIGHEST = 2**63 - 1
"""What a database column holds."""
LONGEST_SECONDS = 31 * 24 * 3600
"""A duration beyond a month is no duration."""
LARGEST_FILE = 2**40
"""Bytes. A size beyond a terabyte is no size."""
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}")
UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""Control characters and halves of characters: no database takes them all."""
NOT_TOLD = timedelta(0)
DIRECTIONS: Mapping[str, Direction] = {direction.value: direction for direction in Direction}


_known_party = lru_cache(maxsize=2048)(Party.read)  # the same few hundred people, page after page


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read."""

    index: int
    """Its place on the page, from 0."""
    problem: str
    """What is missing, without anything of what is there."""
    mark: int
    """The same for the same row, so that it need be logged only once."""


def read_row(index: int, row: object) -> Recording | BadRow:
    """The recording, its `started_at` only as its file name tells it. Only a row without a usable id is bad.

    Source: "Query Recording List". Older firmware tells nine fields, newer firmware names and numbers apart, and
    empty fields are left out.
    """
    if not isinstance(row, dict):
        return BadRow(index, "not an object", mark=0)
    recording_id = number(row.get("id"))
    if recording_id is None or recording_id < 0:
        mark = hash((text(row, "uid"), text(row, "file"), text(row, "time")))
        return BadRow(index, "no usable id" if "id" in row else "no id", mark)
    file = text(row, "file")
    return Recording(
        id=recording_id,
        started_at=read_epoch(file),
        local_time=text(row, "time"),
        uid=text(row, "uid"),
        caller=_party(row, "call_from", "call_from_name", "call_from_number"),
        callee=_party(row, "call_to", "call_to_name", "call_to_number"),
        direction=DIRECTIONS.get(text(row, "call_type").lower()),
        duration=_duration(row.get("duration")),
        size=_size(row.get("size")),
        file=file,
    )


def text(row: Mapping[str, Any], key: str) -> str:
    """A field as text on one line, without surrounding space; "" when it is absent or something else."""
    value = row.get(key)
    if isinstance(value, str):
        return (value if value.isprintable() else UNFIT.sub(" ", value)).strip()
    return str(value) if type(value) is int and abs(value) <= HIGHEST else ""


def number(value: object) -> int | None:
    """A whole number of 64 bits, written as a number or as a text; None for anything else."""
    if isinstance(value, str):
        value = int(value) if WHOLE_NUMBER.fullmatch(value := value.strip()) else None
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and abs(value) <= HIGHEST else None


def _duration(told: object) -> timedelta:
    seconds = number(told) or 0
    return timedelta(seconds=seconds) if 0 < seconds <= LONGEST_SECONDS else NOT_TOLD


def _size(told: object) -> int:
    size = number(told) or 0
    return size if 0 < size <= LARGEST_FILE else 0


def _party(row: Mapping[str, Any], whole: str, name: str, told: str) -> Party:
    """Name and number apart where the PBX tells them so, else out of `Name<number>`."""
    party = _known_party(text(row, whole))
    if name not in row and told not in row:
        return party
    return Party.of(text(row, name) or party.name, text(row, told) or party.number)
