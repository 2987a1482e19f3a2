"""Read a line after `/recordings`: verbs, filters and options."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from bot.domain.folding import fold
from bot.domain.query import MAX_ROWS, DirectionFilter, Order, Query, Sort, Term
from bot.domain.recording import Direction
from bot.domain.statistics import GroupBy
from bot.domain.time_range import TimeRange
from bot.errors import QueryError
from bot.language.corrections import (
    ALIKE,
    EXAMPLES,
    OPTIONS,
    TypedLine,
    as_filter,
    closest,
    error_at,
    is_count,
    is_number,
)
from bot.language.dates import DAY_NAMES, LineContext, read_time_range
from bot.language.durations import read_duration
from bot.language.tokens import Word, split

MAX_PAGES = 1_000_000
NO_CONTEXT = LineContext(now=datetime.fromtimestamp(0, UTC))
"""For lines that the bot has written: their times do not depend on a context."""
NOTHING_QUOTED = "There is nothing to look for between the quotes"


@dataclass(frozen=True, slots=True)
class ListCommand:
    """List recordings: all, or those that a search or filters find."""

    query: Query


@dataclass(frozen=True, slots=True)
class ShowCommand:
    """Show one recording in full."""

    id: int
    """The PBX's number of the recording."""


@dataclass(frozen=True, slots=True)
class StatsCommand:
    """Count recordings and their durations."""

    query: Query
    by: GroupBy = GroupBy.DAY


@dataclass(frozen=True, slots=True)
class StatusCommand:
    """Report the state of the bot."""


@dataclass(frozen=True, slots=True)
class HelpCommand:
    """Explain what can be typed."""

    filters: bool = False
    """Everything, instead of a few examples."""


Command = ListCommand | ShowCommand | StatsCommand | StatusCommand | HelpCommand


def read_command(line: str, context: LineContext = NO_CONTEXT) -> Command:
    """Read a plain line; an empty one lists the latest ten.

    A line without a verb is read as `latest` if it begins with what `latest` takes (`20`, `sort:id`), otherwise as
    `search`. Raises QueryError.
    """
    line = line.rstrip().encode(errors="replace").decode()  # JSON can carry lone surrogates, UTF-8 cannot
    words = split(line)
    typed = TypedLine(line, words, context)
    first = words[0] if words else None
    if first is None or is_count(first) or (first.key and first.key not in VERBS):
        return _latest(typed)
    if first.key:
        raise typed.error(first, f"“{first.key}” takes no colon", f"{first.key} {first.value_text}")
    if first.is_quoted or first.is_excluded:
        return _search(typed)
    verb = VERBS.get(first.value.casefold())
    if verb is not None:
        return verb(replace(typed, words=words[1:]))
    similar = closest(first.value, VERBS, cutoff=ALIKE)
    if similar:
        raise typed.error(first, f"I do not know “{first.text}”", similar)
    return _search(typed)


def read_query(line: str) -> Query:
    """Read a line that must list recordings, such as one of `line_of`. Raises QueryError."""
    command = read_command(line)
    if not isinstance(command, ListCommand):
        raise QueryError("only filters and options are allowed here", word=line, position=(0, len(line)))
    return command.query


# Verbs.


def _latest(line: TypedLine) -> Command:
    return ListCommand(_query(line, LATEST))


def _search(line: TypedLine) -> Command:
    if not line.words:
        raise line.missing("“search” needs what to look for, such as search harris")
    return ListCommand(_query(line, SEARCH))


def _show(line: TypedLine) -> Command:
    if not line.words:
        raise line.missing("“show” needs a recording's number, such as show 614")
    word, *more = line.words
    number = word.value.removeprefix("#")
    if word.key or word.is_excluded or not is_number(number):
        right = number if word.key == "id" and is_number(number) else None
        raise line.error(word, f"“{word.text}” is not a recording's number", right)
    if more:
        raise line.error(more[0], f"“show” takes one number; “{more[0].text}” is too much", "")
    return ShowCommand(int(number))


def _stats(line: TypedLine) -> Command:
    group_by = [word for word in line.words if word.key == "by"]
    if len(group_by) > 1:
        raise line.error(group_by[1], f"“{group_by[1].text}” is one too many", "")
    rest = tuple(word for word in line.words if word.key != "by")
    for before, word in zip((None, *rest), rest, strict=False):
        if word.key in OPTIONS:
            raise line.error(word, f"“stats” counts everything; “{word.text}” is too much", "")
        if not word.key and not word.is_quoted and word.value.casefold() in list(GroupBy):
            start, end = word.position
            if before and before.text.casefold() == "by":  # as in "stats by hour"
                start = before.position[0]
            wrong = replace(word, text=line.text[start:end], position=(start, end))
            raise line.error(wrong, f"“{wrong.text}” needs “by:”", f"by:{word.value.casefold()}")
    query = _query(replace(line, words=rest), SEARCH)
    return StatsCommand(query, _group_by(line, group_by[0]) if group_by else GroupBy.DAY)


def _group_by(line: TypedLine, word: Word) -> GroupBy:
    if word.is_excluded:
        raise line.error(word, "“by:” cannot be turned round with a minus", f"by:{word.value_text}")
    return _choice(line, word, {by.value: by for by in GroupBy}, GroupBy)


def _status(line: TypedLine) -> Command:
    return _alone(line, "status", StatusCommand())


def _help(line: TypedLine) -> Command:
    if line.words and line.words[0].value.casefold() in {"filters", "filter", "all"}:
        return _alone(replace(line, words=line.words[1:]), "help filters", HelpCommand(filters=True))
    return _alone(line, "help", HelpCommand())


def _alone(line: TypedLine, verb: str, command: Command) -> Command:
    for word in line.words:
        raise line.error(word, f"“{verb}” stands alone; “{word.text}” is too much", "")
    return command


VERBS: dict[str, Callable[[TypedLine], Command]] = {
    "latest": _latest,
    "search": _search,
    "show": _show,
    "stats": _stats,
    "status": _status,
    "help": _help,
}


# Filters and options. A reader returns the value of one word, or raises QueryError.

Reader = Callable[[TypedLine, Word], Any]
Readers = Mapping[str, tuple[str, Reader]]
"""By key, "" for bare words: the name of the field, and what reads its value."""
Choice = TypeVar("Choice", bound=StrEnum)

REPEATABLE = frozenset({"words", "callers", "callees", "parties", "directions", "days"})
EXCLUDABLE = frozenset({"from", "to", "with", "type"})
OPPOSITES = {"after": "before", "before": "after", "longer": "shorter", "shorter": "longer"}
DIRECTIONS = {
    **{direction.value: direction for direction in Direction},
    "in": Direction.INBOUND,
    "incoming": Direction.INBOUND,
    "out": Direction.OUTBOUND,
    "outgoing": Direction.OUTBOUND,
    "int": Direction.INTERNAL,
}
SORTS = {**{sort.value: sort for sort in Sort}, "date": Sort.TIME, "number": Sort.ID, "length": Sort.DURATION}
ORDERS = {order.value: order for order in Order}
IDS = re.compile(r"#?([0-9]{1,18})(?:(?:\.{2,3}|…|[-–—])#?([0-9]{1,18}))?")
"""`614`, `600..614`, `600-614`."""
GROUP = re.compile(r"#[^\W\d][\w-]*")
"""A channel or group of a chat."""


def _query(line: TypedLine, readers: Readers) -> Query:
    fields: dict[str, Any] = {}
    for word in line.words:
        if word.key and word.key not in readers:
            raise _unknown_key(line, word)
        if word.key:
            _check_value(line, word)
        name, read = readers[word.key]
        if name in REPEATABLE:
            fields[name] = (*fields.get(name, ()), read(line, word))
        elif name in fields and (word.key or _is_bare_number(word)):
            raise line.error(word, f"“{word.text}” is one too many", "")
        else:
            fields[name] = read(line, word)
    start, end = fields.pop("after", None), fields.pop("before", None)
    days = fields.pop("days", ()) or ((TimeRange(),) if start or end else ())
    return Query(**fields, time_ranges=tuple(_intersection(day, start, end) for day in days))


def _check_value(line: TypedLine, word: Word) -> None:
    """Raise QueryError for a filter without a value, or with a minus that it does not take."""
    key = word.key
    if word.is_excluded and key not in EXCLUDABLE:
        message = f"“{key}:” cannot be turned round with a minus"
        raise line.error(word, message, f"{OPPOSITES.get(key, key)}:{word.value_text}")
    if not word.value:
        raise line.error(word, f"“{key}:” needs a value, such as {EXAMPLES[key]}")


def _intersection(day: TimeRange, start: datetime | None, end: datetime | None) -> TimeRange:
    starts = [moment for moment in (day.start, start) if moment is not None]
    ends = [moment for moment in (day.end, end) if moment is not None]
    return TimeRange(start=max(starts, default=None), end=min(ends, default=None))


def _term(line: TypedLine, word: Word) -> Term:
    value = word.value
    if not fold(value):
        raise line.error(word, f"There is nothing to look for in “{word.text}”", "")
    if not word.is_quoted and value.startswith("@") and value != "@":
        message = f"I do not know the extension of {value}: type the number instead"
        raise line.error(word, message, word.text.replace("@", "", 1))
    if not word.is_quoted and word.key and GROUP.fullmatch(value):
        raise line.error(word, f"{value} is nobody's telephone: name a person or a number")
    return Term(value, word.is_excluded)


def _search_word(line: TypedLine, word: Word) -> Term:
    if not word.value:
        raise line.error(word, NOTHING_QUOTED, "" if len(line.words) > 1 else None)
    day = word.value.casefold()
    if day in DAY_NAMES and not word.is_quoted and not word.is_excluded:
        raise line.error(word, f"“{word.text}” is a day, not a name", f"on:{day}")
    return _term(line, word)


def _direction(line: TypedLine, word: Word) -> DirectionFilter:
    return DirectionFilter(_choice(line, word, DIRECTIONS, Direction), word.is_excluded)


def _moment(line: TypedLine, word: Word) -> datetime:
    found = read_time_range(word.value, line.context)
    if found is None or found.start is None or ".." in word.value:
        raise _no_date(line, word)
    return found.start


def _day(line: TypedLine, word: Word) -> TimeRange:
    found = read_time_range(word.value, line.context)
    if found is None:
        raise _no_date(line, word)
    if found.end is None and ".." not in word.value:
        raise line.error(word, f"“on:” takes a day, not “{word.value}”", f"after:{word.value_text}")
    return found


def _no_date(line: TypedLine, word: Word) -> QueryError:
    similar = closest(word.value, DAY_NAMES)
    message = f"I cannot read “{word.value}” as a date: try 2026-11-23, 23Nov, yesterday, monday, 2h or 9:30"
    return line.error(word, message, f"{word.key}:{similar}" if similar else None)


def _duration(line: TypedLine, word: Word) -> timedelta:
    duration = read_duration(word.value)
    if duration is None:
        raise line.error(word, f"I cannot read “{word.value}” as a length: try 2m, 1h30m, 90s or 1:30")
    return duration


def _ids(line: TypedLine, word: Word) -> tuple[int, int]:
    match = IDS.fullmatch(word.value)
    if match is None:
        raise line.error(word, "“id:” needs a recording's number, or two, such as id:600..614")
    first, last = int(match[1]), int(match[2] or match[1])
    return min(first, last), max(first, last)


def _choice(line: TypedLine, word: Word, choices: Mapping[str, Choice], names: Iterable[Choice]) -> Choice:
    value = word.value.casefold()
    if value in choices:
        return choices[value]
    *others, last = names
    similar = closest(value, choices)
    correction = f"{'-' if word.is_excluded else ''}{word.key}:{choices[similar]}" if similar else None
    raise line.error(word, f"“{word.key}:” takes {', '.join(others)} or {last}, not “{word.value}”", correction)


def _page(line: TypedLine, word: Word) -> int:
    return _number(line, word, MAX_PAGES, "“page:” goes")


def _count(line: TypedLine, word: Word) -> int:
    return _number(line, word, MAX_ROWS, "“count:” lists")


def _number(line: TypedLine, word: Word, most: int, verb: str) -> int:
    """Read a number from 1 to `most`."""
    if not is_number(word.value):
        raise line.error(word, f"“{word.key}:” needs a number, such as {EXAMPLES[word.key]}")
    number = int(word.value)
    if not 1 <= number <= most:
        key = f"{word.key}:" if word.key else ""
        raise line.error(word, f"{verb} from 1 to {most:,}, not {word.value}", f"{key}{most if number else 1}")
    return number


def _bare_count(line: TypedLine, word: Word) -> int:
    """Read the bare number behind `latest`. The error for another word suggests a filter or a search."""
    if _is_bare_number(word):
        if len(word.value) <= len(str(MAX_ROWS)):
            return _number(line, word, MAX_ROWS, "“latest” lists")
        message = f"“latest” lists from 1 to {MAX_ROWS}; to look for “{word.value}”, use “search”"
        raise error_at(word, message, line.as_search())
    if not word.value:
        raise line.error(word, NOTHING_QUOTED, "")
    correction = as_filter(word, line.context)
    if correction:
        raise line.error(word, f"“latest” does not know “{word.text}”", correction)
    raise error_at(word, f"To look for “{word.text}”, use “search”", line.as_search())


def _is_bare_number(word: Word) -> bool:
    return not word.key and not word.is_excluded and is_number(word.value)


def _unknown_key(line: TypedLine, word: Word) -> QueryError:
    if word.key == "by":
        return error_at(word, "“by:” belongs to “stats”", line.as_stats())
    if word.key.isdecimal() and read_time_range(f"{word.key}:{word.value}", line.context):
        return line.error(word, f"“{word.text}” needs “after:” or “before:”", f"after:{word.text}")
    message, similar = f"There is no “{word.key}:”", closest(word.key, EXAMPLES)
    if similar is None:
        return error_at(word, message, line.as_search())
    return line.error(word, message, f"{'-' if word.is_excluded else ''}{similar}:{word.value_text}")


FILTERS: Readers = {
    "from": ("callers", _term),
    "to": ("callees", _term),
    "with": ("parties", _term),
    "type": ("directions", _direction),
    "after": ("after", _moment),
    "before": ("before", _moment),
    "on": ("days", _day),
    "longer": ("longer", _duration),
    "shorter": ("shorter", _duration),
    "id": ("ids", _ids),
    "sort": ("sort", lambda line, word: _choice(line, word, SORTS, Sort)),
    "order": ("order", lambda line, word: _choice(line, word, ORDERS, Order)),
    "page": ("page", _page),
    "count": ("count", _count),
}
LATEST: Readers = {**FILTERS, "": ("count", _bare_count)}
SEARCH: Readers = {**FILTERS, "": ("words", _search_word)}
