"""Describe a query in English, such as "Calls from Harris, inbound, since 23 Nov 2026"."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo

from bot.domain.query import Order, Query, Sort, Term
from bot.domain.time_range import TimeRange, midnight
from bot.text.durations import filter_text

LOWER_CASE_NAME = re.compile(r"[^\W\d_A-Z]+(?:[ -][^\W\d_A-Z]+)*")
"""Words of letters, none of them an English capital."""
TITLES = {
    (Sort.TIME, Order.DESC): "Latest recordings",
    (Sort.TIME, Order.ASC): "Oldest recordings",
    (Sort.ID, Order.DESC): "Recordings by number, highest first",
    (Sort.ID, Order.ASC): "Recordings by number, lowest first",
    (Sort.DURATION, Order.DESC): "Longest recordings",
    (Sort.DURATION, Order.ASC): "Shortest recordings",
    (Sort.SIZE, Order.DESC): "Largest recordings",
    (Sort.SIZE, Order.ASC): "Smallest recordings",
}
"""The description of a query without filters."""
ORDERS = {
    (Sort.TIME, Order.ASC): "oldest first",
    (Sort.ID, Order.DESC): "by number, highest first",
    (Sort.ID, Order.ASC): "by number, lowest first",
    (Sort.DURATION, Order.DESC): "longest first",
    (Sort.DURATION, Order.ASC): "shortest first",
    (Sort.SIZE, Order.DESC): "largest first",
    (Sort.SIZE, Order.ASC): "smallest first",
}
"""The end of a description with filters; the default order is not mentioned."""


def describe_query(query: Query, zone: tzinfo) -> str:
    """Describe a query. Days are those of the zone."""
    people = [
        *_words(query.words),
        *_terms("from", query.callers),
        *_terms("to", query.callees),
        *_terms("with", query.parties),
    ]
    wanted = list(dict.fromkeys(str(one.direction) for one in query.directions if not one.excluded))
    unwanted = list(dict.fromkeys(str(one.direction) for one in query.directions if one.excluded))
    ids = _ids(query)
    details = [
        *people,
        *([_join(wanted, "or")] if wanted and people else []),
        *([f"{'' if people else 'that are '}not {_join(unwanted, 'or')}"] if unwanted else []),
        *([_join([describe_time_range(one, zone) for one in query.time_ranges], "or")] if query.time_ranges else []),
        *([f"{filter_text(query.longer)} or longer"] if query.longer is not None else []),
        *([f"{filter_text(query.shorter)} or shorter"] if query.shorter is not None else []),
        *ids,
    ]
    if not details and not wanted:
        return TITLES[query.sort, query.order]
    if wanted and not people:
        noun = f"{_join(wanted, 'or').capitalize()} calls"
    elif query.ids and details == ids:
        noun = "Recording" if query.ids[0] == query.ids[1] else "Recordings"
    else:
        noun = "Calls"
    order = ORDERS.get((query.sort, query.order))
    if not details:
        return f"{noun}, {order}" if order else noun
    return f"{noun} {', '.join([*details, *([order] if order else [])])}"


def describe_time_range(time_range: TimeRange, zone: tzinfo) -> str:
    """`on 23 Nov 2026`, `since 23 Nov 2026 09:30`, `before …`, `from … to …`; whole days without hours."""
    start = time_range.start.astimezone(zone) if time_range.start else None
    end = time_range.end.astimezone(zone) if time_range.end else None
    if start is None or end is None:
        return f"since {_moment(start)}" if start else f"before {_moment(end)}" if end else "at any time"
    if not (_is_midnight(start) and _is_midnight(end)) or end <= start:
        return f"from {_moment(start)} to {_moment(end)}"
    last = end - timedelta(days=1)
    return f"on {_day(start)}" if last.date() == start.date() else f"from {_day(start)} to {_day(last)}"


def _words(words: Iterable[Term]) -> list[str]:
    wanted, unwanted = _split((word, f"“{word.text}”") for word in words)
    return [
        *([f"that mention {_join(wanted, 'and')}"] if wanted else []),
        *([f"without {_join(unwanted, 'or')}"] if unwanted else []),
    ]


def _terms(preposition: str, terms: Iterable[Term]) -> list[str]:
    wanted, unwanted = _split((term, _name(term.text)) for term in terms)
    return [
        *([f"{preposition} {_join(wanted, 'or')}"] if wanted else []),
        *([f"not {preposition} {_join(unwanted, 'or')}"] if unwanted else []),
    ]


def _split(terms: Iterable[tuple[Term, str]]) -> tuple[list[str], list[str]]:
    """Return the texts of the terms that must match, and of those that must not."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for term, text in terms:
        (unwanted if term.excluded else wanted).append(text)
    return wanted, unwanted


def _name(text: str) -> str:
    """Capitalise a name that was typed in lower case."""
    return text.title() if LOWER_CASE_NAME.fullmatch(text) else text


def _ids(query: Query) -> list[str]:
    if query.ids is None:
        return []
    first, last = query.ids
    return [f"{first}" if first == last else f"{first} to {last}"]


def _moment(moment: datetime) -> str:
    return _day(moment) if _is_midnight(moment) else f"{_day(moment)} {moment:%H:%M}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b} {moment.year}"


def _is_midnight(moment: datetime) -> bool:
    """Whether a day begins at this moment; where clocks skip midnight it begins at one o'clock."""
    return moment.tzinfo is not None and moment == midnight(moment.date(), moment.tzinfo)


def _join(items: Sequence[str], conjunction: str) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {conjunction} {items[-1]}"
