"""The language of `/recordings`: a line in, one frozen value out, or an error that points at the word."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from bot.domain.query import MOST_ROWS, Order, Query, Sort
from bot.domain.words import Word, split
from bot.errors import QueryError

MOST_PAGES = 1_000_000
LONGEST_NUMBER = 18
"""Digits: what fits the archive's 64-bit integers."""

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Latest:
    """List recordings."""

    query: Query


@dataclass(frozen=True, slots=True)
class Show:
    """One recording in full, by the PBX's number."""

    id: int


@dataclass(frozen=True, slots=True)
class AskStatus:
    """How the bot is."""


@dataclass(frozen=True, slots=True)
class AskHelp:
    """What can be asked."""


Command = Latest | Show | AskStatus | AskHelp
Words = Sequence[Word]


def read_command(line: str) -> Command:
    """Read what stands after `/recordings`; nothing at all means the latest ten.

    A line that starts with no verb but with what `latest` takes (`20`, `sort:id`) is read as `latest`.
    Raises QueryError; nothing of the line counts then.
    """
    words = split(line)
    if not words or words[0].key or _is_number(words[0].value):
        return _latest(line, words)
    verb = VERBS.get(words[0].value.casefold())
    if verb is None:
        raise _wrong(line, words[0], f"I do not know “{words[0].typed}”", _near(words[0].value, VERBS))
    return verb(line, words[1:])


def _latest(line: str, words: Words) -> Command:
    query, seen = Query(), set[str]()
    for word in words:
        read = OPTIONS.get(word.key)
        if read is None:
            key = _near(word.key, OPTIONS)
            raise _wrong(line, word, f"There is no “{word.key}:”", f"{key}:{word.value}" if key else None)
        query = read(line, word, query)
        if word.key in seen:
            raise _wrong(line, word, f"“{word.typed}” is one too many", "")
        seen.add(word.key)
    return Latest(query)


def _show(line: str, words: Words) -> Command:
    if not words:
        end = len(line)
        raise QueryError("“show” needs a recording's number, such as show 614", word="", span=(end, end))
    number = words[0].value.removeprefix("#")
    if words[0].key or not _is_number(number):
        raise _wrong(line, words[0], f"“{words[0].typed}” is not a recording's number")
    if len(words) > 1:
        raise _wrong(line, words[1], f"“show” takes one number; “{words[1].typed}” is too much", "")
    return Show(int(number))


def _status(line: str, words: Words) -> Command:
    return _alone(line, words, "status", AskStatus())


def _help(line: str, words: Words) -> Command:
    return _alone(line, words, "help", AskHelp())


def _alone(line: str, words: Words, verb: str, command: Command) -> Command:
    if words:
        raise _wrong(line, words[0], f"“{verb}” stands alone; “{words[0].typed}” is too much", "")
    return command


def _count(line: str, word: Word, query: Query) -> Query:
    if not _is_number(word.value):
        near = _near(word.value, MEANT)
        raise _wrong(line, word, f"“latest” does not know “{word.typed}”", MEANT[near] if near else None)
    return replace(query, count=_within(line, word, MOST_ROWS, "“latest” lists"))


def _page(line: str, word: Word, query: Query) -> Query:
    if not _is_number(word.value):
        raise _wrong(line, word, "“page:” needs a number, such as page:2")
    return replace(query, page=_within(line, word, MOST_PAGES, "“page:” goes"))


def _sort(line: str, word: Word, query: Query) -> Query:
    return replace(query, sort=_choice(line, word, Sort))


def _order(line: str, word: Word, query: Query) -> Query:
    return replace(query, order=_choice(line, word, Order))


def _ids(line: str, word: Word, query: Query) -> Query:
    first, dots, last = word.value.partition("..")
    if not _is_number(first) or not _is_number(last if dots else first):
        raise _wrong(line, word, "“id:” needs a recording's number, or two, such as id:600..614")
    low, high = sorted((int(first), int(last or first)))
    return replace(query, ids=(low, high))


def _within(line: str, word: Word, most: int, what: str) -> int:
    number = int(word.value)
    if 1 <= number <= most:
        return number
    key = f"{word.key}:" if word.key else ""
    raise _wrong(line, word, f"{what} from 1 to {most}, not {word.value}", f"{key}{most if number else 1}")


def _choice(line: str, word: Word, choices: type[Choice]) -> Choice:
    value = word.value.casefold()
    if value in list(choices):
        return choices(value)
    names, near = " or ".join(choices), _near(value, choices)
    right = f"{word.key}:{near}" if near else None
    raise _wrong(line, word, f"“{word.key}:” takes {names}, not “{word.value}”", right)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER


def _near(word: str, known: Iterable[str]) -> str | None:
    return next(iter(get_close_matches(word.casefold(), [name for name in known if name], n=1)), None)


def _wrong(line: str, word: Word, message: str, right: str | None = None) -> QueryError:
    """The error for a word; `right` is what should stand in its place, "" to leave it out, None if unknown."""
    start, end = word.span
    nearest = None if right is None else " ".join((line[:start] + right + line[end:]).split())
    return QueryError(message, word=word.typed, span=word.span, nearest=nearest)


VERBS: dict[str, Callable[[str, Words], Command]] = {
    "latest": _latest,
    "show": _show,
    "status": _status,
    "help": _help,
}
OPTIONS: dict[str, Callable[[str, Word, Query], Query]] = {
    "": _count,
    "sort": _sort,
    "order": _order,
    "page": _page,
    "id": _ids,
}
MEANT = {
    "sort": "sort:time",
    "time": "sort:time",
    "id": "sort:id",
    "order": "order:desc",
    "asc": "order:asc",
    "desc": "order:desc",
    "page": "page:2",
}
"""What a bare word after `latest` probably stands for."""
