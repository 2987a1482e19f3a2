"""What one might ask next, with the archive's own names and numbers: `help` shows it, and so learns everybody."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.number import compact
from bot.domain.recording import Direction, Party, Recording
from bot.domain.related import outsiders
from bot.errors import QueryError
from bot.language.grammar import read_command

NAME = re.compile(r"[^\W\d_]{3,20}")
"""A name that needs no quotes and is no number: letters of any script."""
NUMBER = re.compile(r"\+?\d{3,15}")
USUAL_NAMES = ("harris", "evelyn")
USUAL_NUMBER = "5566"
USUAL_WAY = Direction.INBOUND
USUAL_ID = 614


class Asks(StrEnum):
    """What an example is good for."""

    NAME = "name"
    NUMBER = "number"
    WAY = "way"
    LENGTH = "length"
    ONE = "one"
    STATS = "stats"


@dataclass(frozen=True, slots=True)
class Example:
    """A line that can be typed as it stands."""

    asks: Asks
    line: str
    """What stands after `/recordings`."""


def examples(recordings: Iterable[Recording]) -> tuple[Example, ...]:
    """One of each kind, made of recordings that the asker may know of; the newest come first.

    What they do not tell, a name or a number, is taken from a phone book that nobody has.
    """
    rows = tuple(recordings)
    name, other = _names(rows)
    return (
        Example(Asks.NAME, f"search {name}"),
        Example(Asks.NUMBER, f"with:{_number(rows)}"),
        Example(Asks.WAY, f"type:{_way(rows)} after:yesterday"),
        Example(Asks.LENGTH, f"from:{other} longer:2m"),
        Example(Asks.ONE, f"show {rows[0].id if rows else USUAL_ID}"),
        Example(Asks.STATS, "stats by:day"),
    )


def _names(rows: Sequence[Recording]) -> tuple[str, str]:
    """A word of the most frequent name, and of the caller's that comes up most beside it."""
    anybody = _words(party for row in rows for party in (row.caller, row.callee))
    name = _first_readable("search {}", [*anybody, *USUAL_NAMES])
    callers = _words(row.caller for row in rows)
    return name, _first_readable("from:{}", [word for word in (*callers, *USUAL_NAMES) if word != name])


def _first_readable(line: str, words: Iterable[str]) -> str:
    """The first word with which the line can be read: one may be called Friday, or Latest."""
    return next(word for word in words if _is_readable(line.format(word)))


def _is_readable(line: str) -> bool:
    try:
        read_command(line)
    except QueryError:
        return False
    return True


def _words(parties: Iterable[Party]) -> list[str]:
    """Of each party the last word of the name that needs no quotes, in lower case; the most frequent first."""
    return [word for word, _ in Counter(_last_words(parties)).most_common()]


def _last_words(parties: Iterable[Party]) -> Iterator[str]:
    for party in parties:
        words = [word for word in party.name.lower().split() if NAME.fullmatch(word)]
        if words:
            yield words[-1]


def _number(rows: Sequence[Recording]) -> str:
    """The number of somebody outside the company that comes up most; else anybody's."""
    outside = Counter(_numbers(party for row in rows for party in outsiders(row)))
    anybody = Counter(_numbers(party for row in rows for party in (row.caller, row.callee)))
    return next((number for number, _ in (*outside.most_common(1), *anybody.most_common(1))), USUAL_NUMBER)


def _numbers(parties: Iterable[Party]) -> Iterator[str]:
    return (number for party in parties if NUMBER.fullmatch(number := compact(party.number)))


def _way(rows: Sequence[Recording]) -> Direction:
    ways = Counter(row.direction for row in rows if row.direction)
    return next((way for way, _ in ways.most_common(1)), USUAL_WAY)
