"""What `key:value` means: each filter and option of a listing, read into the query."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from bot.domain.folding import fold
from bot.domain.query import MOST_ROWS, DirectionFilter, Order, Query, Sort, Term
from bot.domain.recording import Direction
from bot.domain.time_range import TimeRange
from bot.errors import QueryError
from bot.language.context import LineContext
from bot.language.dates import DAYS, read_span
from bot.language.durations import read_length
from bot.language.mistakes import is_number, near, wrong
from bot.language.tokens import Word

MOST_PAGES = 1_000_000
ONCE = frozenset({"after", "before", "longer", "shorter", "id", "sort", "order", "page", "count"})
NEGATED = frozenset({"from", "to", "with", "type"})
"""What a minus may stand before."""
OPPOSITE = {"after": "before", "before": "after", "longer": "shorter", "shorter": "longer"}
WAYS = {
    **{way.value: way for way in Direction},
    "in": Direction.INBOUND,
    "incoming": Direction.INBOUND,
    "out": Direction.OUTBOUND,
    "outgoing": Direction.OUTBOUND,
    "int": Direction.INTERNAL,
}
SORTS = {**{sort.value: sort for sort in Sort}, "date": Sort.TIME, "number": Sort.ID, "length": Sort.DURATION}
ORDERS: dict[str, Order] = {order.value: order for order in Order}
IDS = re.compile(r"#?([0-9]{1,18})(?:(?:\.{2,3}|…|[-–—])#?([0-9]{1,18}))?")
"""`614`, `600..614`, `600-614`."""

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(slots=True)
class Reading:
    """A line as far as it has been read."""

    line: str
    asker: LineContext
    told: dict[str, Any] = field(default_factory=dict)
    """What the query will differ in, by its fields' names."""
    seen: set[str] = field(default_factory=set)
    since: datetime | None = None
    until: datetime | None = None
    days: list[TimeRange] = field(default_factory=list)

    def take(self, word: Word) -> None:
        """Read one `key:value`, whose key is one of `READERS`. Raises QueryError."""
        key = word.key
        if word.is_excluded and key not in NEGATED:
            right = f"{OPPOSITE.get(key, key)}:{word.written}"
            raise wrong(self.line, word, f"“{key}:” cannot be turned round with a minus", right)
        if not word.value:
            raise wrong(self.line, word, f"“{key}:” needs a value, such as {EXAMPLES[key]}")
        if key in ONCE and key in self.seen:
            raise wrong(self.line, word, f"“{word.typed}” is one too many", "")
        self.seen.add(key)
        READERS[key](self, word)

    def set(self, name: str, value: object) -> None:
        """Set a field of the query."""
        self.told[name] = value

    def add(self, name: str, value: object) -> None:
        """Add to a field of the query that holds several."""
        self.told[name] = (*self.told.get(name, ()), value)

    def done(self) -> Query:
        """The whole query."""
        days = self.days or ([TimeRange()] if self.since or self.until else [])
        return Query(**self.told, spans=tuple(_within(day, self.since, self.until) for day in days))


def term(reading: Reading, word: Word) -> Term:
    """The value of a word; somebody who is mentioned is meant by their extension. Raises QueryError."""
    if word.mention is not None:
        return _mentioned(reading, word, word.mention)
    if word.is_group and word.key:
        group = word.called or "That"
        raise wrong(reading.line, word, f"{group} is nobody's telephone: name a person or a number")
    if not fold(word.value):
        raise wrong(reading.line, word, f"There is nothing to look for in “{word.typed}”", "")
    if word.value.startswith("@") and len(word.value) > 1 and not word.is_quoted:
        raise wrong(reading.line, word, f"Slack knows nobody as “{word.written}”", word.typed.replace("@", "", 1))
    return Term(word.value, word.is_excluded)


def _mentioned(reading: Reading, word: Word, user: str) -> Term:
    number = reading.asker.numbers.get(user)
    if number is None:
        who = word.called or "that person"
        raise wrong(reading.line, word, f"I do not know the extension of {who}: type the number instead")
    return Term(number, word.is_excluded)


def within(reading: Reading, word: Word, most: int, what: str) -> int:
    """The number of a word, from 1 to `most`. Raises QueryError."""
    number = int(word.value)
    if 1 <= number <= most:
        return number
    key = f"{word.key}:" if word.key else ""
    message = f"{what} from 1 to {most:,}, not {word.value}"
    raise wrong(reading.line, word, message, f"{key}{most if number else 1}")


def unknown(reading: Reading, word: Word) -> QueryError:
    """The error for a key that there is not."""
    if word.key.isdecimal() and read_span(f"{word.key}:{word.value}", reading.asker):
        return wrong(reading.line, word, f"“{word.typed}” needs “after:” or “before:”", f"after:{word.typed}")
    meant = near(word.key, READERS)
    minus = "-" if word.is_excluded else ""
    right = f"{minus}{meant}:{word.written}" if meant else None
    return wrong(reading.line, word, f"There is no “{word.key}:”", right)


def _within(span: TimeRange, since: datetime | None, until: datetime | None) -> TimeRange:
    starts = [moment for moment in (span.start, since) if moment is not None]
    ends = [moment for moment in (span.end, until) if moment is not None]
    return TimeRange(start=max(starts, default=None), end=min(ends, default=None))


def _from(reading: Reading, word: Word) -> None:
    reading.add("callers", term(reading, word))


def _to(reading: Reading, word: Word) -> None:
    reading.add("callees", term(reading, word))


def _with(reading: Reading, word: Word) -> None:
    reading.add("parties", term(reading, word))


def _type(reading: Reading, word: Word) -> None:
    way = DirectionFilter(_choice(reading, word, WAYS, tuple(Direction)), word.is_excluded)
    reading.add("ways", way)


def _after(reading: Reading, word: Word) -> None:
    reading.since = _moment(reading, word)


def _before(reading: Reading, word: Word) -> None:
    reading.until = _moment(reading, word)


def _on(reading: Reading, word: Word) -> None:
    span = read_span(word.value, reading.asker)
    if span is None:
        raise _no_date(reading, word)
    if span.end is None and ".." not in word.value:
        raise wrong(reading.line, word, f"“on:” takes a day, not “{word.value}”", f"after:{word.written}")
    reading.days.append(span)


def _longer(reading: Reading, word: Word) -> None:
    reading.set("longer", _length(reading, word))


def _shorter(reading: Reading, word: Word) -> None:
    reading.set("shorter", _length(reading, word))


def _ids(reading: Reading, word: Word) -> None:
    match = IDS.fullmatch(word.value)
    if match is None:
        raise wrong(reading.line, word, "“id:” needs a recording's number, or two, such as id:600..614")
    low, high = sorted((int(match[1]), int(match[2] or match[1])))
    reading.set("ids", (low, high))


def _sort(reading: Reading, word: Word) -> None:
    reading.set("sort", _choice(reading, word, SORTS, tuple(Sort)))


def _order(reading: Reading, word: Word) -> None:
    reading.set("order", _choice(reading, word, ORDERS, tuple(Order)))


def _page(reading: Reading, word: Word) -> None:
    if not is_number(word.value):
        raise wrong(reading.line, word, "“page:” needs a number, such as page:2")
    reading.set("page", within(reading, word, MOST_PAGES, "“page:” goes"))


def _count(reading: Reading, word: Word) -> None:
    if not is_number(word.value):
        raise wrong(reading.line, word, "“count:” needs a number, such as count:25")
    reading.set("count", within(reading, word, MOST_ROWS, "“count:” lists"))


def _moment(reading: Reading, word: Word) -> datetime:
    span = read_span(word.value, reading.asker)
    if span is None or span.start is None or ".." in word.value:
        raise _no_date(reading, word)
    return span.start


def _no_date(reading: Reading, word: Word) -> QueryError:
    meant = near(word.value, DAYS)
    message = f"I cannot read “{word.value}” as a date: try 2026-11-23, 23Nov, yesterday, monday, 2h or 9:30"
    return wrong(reading.line, word, message, f"{word.key}:{meant}" if meant else None)


def _length(reading: Reading, word: Word) -> timedelta:
    length = read_length(word.value)
    if length is None:
        message = f"I cannot read “{word.value}” as a length: try 2m, 1h30m, 90s or 1:30"
        raise wrong(reading.line, word, message)
    return length


def _choice(reading: Reading, word: Word, choices: Mapping[str, Choice], names: tuple[StrEnum, ...]) -> Choice:
    value = word.value.casefold()
    if value in choices:
        return choices[value]
    meant = near(value, choices)
    listed = f"{', '.join(names[:-1])} or {names[-1]}"
    right = f"{'-' if word.is_excluded else ''}{word.key}:{choices[meant]}" if meant else None
    raise wrong(reading.line, word, f"“{word.key}:” takes {listed}, not “{word.value}”", right)


READERS: dict[str, Callable[[Reading, Word], None]] = {
    "from": _from,
    "to": _to,
    "with": _with,
    "type": _type,
    "after": _after,
    "before": _before,
    "on": _on,
    "longer": _longer,
    "shorter": _shorter,
    "id": _ids,
    "sort": _sort,
    "order": _order,
    "page": _page,
    "count": _count,
}
EXAMPLES = {
    "from": "from:harris",
    "to": "to:5566",
    "with": "with:5566",
    "type": "type:inbound",
    "after": "after:yesterday",
    "before": "before:monday",
    "on": "on:yesterday",
    "longer": "longer:2m",
    "shorter": "shorter:90s",
    "id": "id:600..614",
    "sort": "sort:time",
    "order": "order:asc",
    "page": "page:2",
    "count": "count:25",
}
