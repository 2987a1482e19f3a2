"""Example lines for `help`, with names and numbers from the archive."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bot.domain.number import compact
from bot.domain.recording import Direction, Party, Recording
from bot.domain.related import outsiders
from bot.errors import QueryError
from bot.language.grammar import read_command

NAME = re.compile(r"[^\W\d_]{3,20}")
"""A name without quotes: letters of any script."""
NUMBER = re.compile(r"\+?\d{3,15}")
DEFAULT_NAMES = ("harris", "evelyn")
DEFAULT_NUMBER = "5566"
DEFAULT_DIRECTION = Direction.INBOUND
DEFAULT_ID = 614
Item = TypeVar("Item")


class Asks(StrEnum):
    """What an example shows."""

    NAME = "name"
    NUMBER = "number"
    WAY = "direction"
    LENGTH = "duration"
    ONE = "show"
    STATS = "stats"


@dataclass(frozen=True, slots=True)
class Example:
    """A line that can be typed as it is."""

    asks: Asks
    line: str
    """Without `/recordings`."""


def examples(recordings: Iterable[Recording]) -> tuple[Example, ...]:
    """Return one example of each kind, made from recordings that the asker may see, newest first.

    A name or number that they do not contain is replaced by an invented one.
    """
    rows = tuple(recordings)
    callers = [row.caller for row in rows]
    parties = [party for row in rows for party in (row.caller, row.callee)]
    name = _first_readable("search {}", [*_names(parties), *DEFAULT_NAMES])
    other_name = _first_readable("from:{}", [word for word in (*_names(callers), *DEFAULT_NAMES) if word != name])
    outside = [party for row in rows for party in outsiders(row)]
    number = next(iter([*_numbers(outside), *_numbers(parties)]), DEFAULT_NUMBER)
    direction = next(iter(_by_frequency(row.direction for row in rows if row.direction)), DEFAULT_DIRECTION)
    return (
        Example(Asks.NAME, f"search {name}"),
        Example(Asks.NUMBER, f"with:{number}"),
        Example(Asks.WAY, f"type:{direction} after:yesterday"),
        Example(Asks.LENGTH, f"from:{other_name} longer:2m"),
        Example(Asks.ONE, f"show {rows[0].id if rows else DEFAULT_ID}"),
        Example(Asks.STATS, "stats by:day"),
    )


def _by_frequency(items: Iterable[Item]) -> list[Item]:
    return [item for item, _ in Counter(items).most_common()]


def _names(parties: Iterable[Party]) -> list[str]:
    """Return the last plain word of each name in lower case, the most frequent first."""
    words = ([word for word in party.name.lower().split() if NAME.fullmatch(word)] for party in parties)
    return _by_frequency(found[-1] for found in words if found)


def _numbers(parties: Iterable[Party]) -> list[str]:
    return _by_frequency(number for party in parties if NUMBER.fullmatch(number := compact(party.number)))


def _first_readable(line: str, words: Sequence[str]) -> str:
    """Return the first word that the line can hold: a person may be called Friday, or Latest."""
    return next(word for word in words if _is_readable(line.format(word)))


def _is_readable(line: str) -> bool:
    try:
        read_command(line)
    except QueryError:
        return False
    return True
