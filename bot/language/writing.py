"""A query as text: the line that reads back as the same query, and what it asks for in words."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo

from bot.domain.query import DEFAULT_ROWS, DirectionFilter, Order, Query, Sort, Term
from bot.domain.time_range import TimeRange, midnight
from bot.language.dates import DAYS, MONTHS
from bot.language.durations import say_length, write_length
from bot.language.tokens import MINUS, QUOTES

BARE = re.compile(rf"[^\s&<>:：#@{QUOTES}{MINUS}][^\s&<>:：{QUOTES}]*")
"""A value that needs no quotes, unless it is a day's name."""
NAME = re.compile(r"[^\W\d_A-Z]+(?:[ -][^\W\d_A-Z]+)*")
"""Words of letters, none of them an English capital."""
UNFIT = re.compile(f"[&<>{QUOTES}]")
"""What means something inside quotes as well."""

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
ORDERS = {
    (Sort.TIME, Order.ASC): "oldest first",
    (Sort.ID, Order.DESC): "by number, highest first",
    (Sort.ID, Order.ASC): "by number, lowest first",
    (Sort.DURATION, Order.DESC): "longest first",
    (Sort.DURATION, Order.ASC): "shortest first",
    (Sort.SIZE, Order.DESC): "largest first",
    (Sort.SIZE, Order.ASC): "smallest first",
}
"""What is said behind the filters; the newest come first without a word."""


def line_of(query: Query) -> str:
    """What stands after `/recordings`. Moments are written in UTC, so that it means the same to everybody."""
    count = f"count:{query.count}" if query.words else str(query.count)
    words = ["search", *map(_word, query.words)] if query.words else ["latest"]
    words += [
        *([count] if not query.words or query.count != DEFAULT_ROWS else []),
        *([f"sort:{query.sort}"] if not query.words or query.sort is not Sort.TIME else []),
        *([f"order:{query.order}"] if query.order is not Order.DESC else []),
        *([f"page:{query.page}"] if query.page != 1 else []),
        *(_filter("from", term) for term in query.callers),
        *(_filter("to", term) for term in query.callees),
        *(_filter("with", term) for term in query.parties),
        *(f"{'-' if way.excluded else ''}type:{way.direction}" for way in query.ways),
        *_spans(query.spans),
        *([f"longer:{write_length(query.longer)}"] if query.longer is not None else []),
        *([f"shorter:{write_length(query.shorter)}"] if query.shorter is not None else []),
        *([f"id:{query.ids[0]}..{query.ids[1]}"] if query.ids is not None else []),
    ]
    return " ".join(words)


def said(query: Query, zone: tzinfo) -> str:
    """What is asked for, in words: "Calls from Harris, inbound, since 23 Nov 2026". Days are the zone's."""
    who = [
        *_said_words(query.words),
        *_said_terms("from", query.callers),
        *_said_terms("to", query.callees),
        *_said_terms("with", query.parties),
    ]
    ways = _said_ways(query.ways, among=bool(who))
    facts = [*_said_unwanted(query.ways, among=bool(who)), *_said_spans(query.spans, zone), *_said_lengths(query)]
    about = [*who, *(ways if who else []), *facts, *_said_ids(query)]
    if not about and not ways:
        return TITLES[query.sort, query.order]
    if query.ids and about == _said_ids(query) and not ways:
        what = "Recording" if query.ids[0] == query.ids[1] else "Recordings"
    else:
        what = "Calls" if who or not ways else ways[0]
    order = ORDERS.get((query.sort, query.order))
    told = ", ".join([*about, *([order] if order else [])])
    return f"{what}{', ' if order and not about else ' ' if told else ''}{told}"


def said_span(span: TimeRange, zone: tzinfo) -> str:
    """`on 23 Nov 2026`, `since 23 Nov 2026 09:30`, `before …`, `from … to …`, whole days without their hours."""
    start, end = span.start, span.end
    if start is not None and end is not None:
        return _said_between(start.astimezone(zone), end.astimezone(zone))
    if start is not None:
        return f"since {_said_moment(start.astimezone(zone))}"
    return f"before {_said_moment(end.astimezone(zone))}" if end is not None else "at any time"


def _word(term: Term) -> str:
    return ("-" if term.excluded else "") + quoted(term.text)


def _filter(key: str, term: Term) -> str:
    return f"{'-' if term.excluded else ''}{key}:{quoted(term.text)}"


def quoted(text: str) -> str:
    """A value as it is typed, in quotes where it would mean something else without."""
    if BARE.fullmatch(text) and text.casefold() not in DAYS:
        return text
    return f'"{UNFIT.sub(lambda found: f"&#{ord(found[0])};", text)}"'


def _spans(spans: Sequence[TimeRange]) -> list[str]:
    if len(spans) != 1:
        return [f"on:{_iso(span.start)}..{_iso(span.end)}" for span in spans]
    (span,) = spans
    after = [f"after:{_iso(span.start)}"] if span.start is not None else []
    before = [f"before:{_iso(span.end)}"] if span.end is not None else []
    return [*after, *before] or ["on:.."]


def _iso(moment: datetime | None) -> str:
    if moment is None:
        return ""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="auto")
    return f"{text.removesuffix(':00')}Z"


def _said_words(words: Iterable[Term]) -> list[str]:
    wanted = [f"“{word.text}”" for word in words if not word.excluded]
    unwanted = [f"“{word.text}”" for word in words if word.excluded]
    return [
        *([f"that mention {_listed(wanted, 'and')}"] if wanted else []),
        *([f"without {_listed(unwanted, 'or')}"] if unwanted else []),
    ]


def _said_terms(key: str, terms: Iterable[Term]) -> list[str]:
    terms = tuple(terms)
    wanted = [_name(term) for term in terms if not term.excluded]
    unwanted = [_name(term) for term in terms if term.excluded]
    return [
        *([f"{key} {_listed(wanted, 'or')}"] if wanted else []),
        *([f"not {key} {_listed(unwanted, 'or')}"] if unwanted else []),
    ]


def _said_ways(ways: Iterable[DirectionFilter], *, among: bool) -> list[str]:
    """`inbound` among other things that are said; `Inbound calls` at their head."""
    wanted = list(dict.fromkeys(str(way.direction) for way in ways if not way.excluded))
    if not wanted:
        return []
    return [_listed(wanted, "or") if among else f"{_listed(wanted, 'or').capitalize()} calls"]


def _said_unwanted(ways: Iterable[DirectionFilter], *, among: bool) -> list[str]:
    unwanted = list(dict.fromkeys(str(way.direction) for way in ways if way.excluded))
    return [f"{'' if among else 'that are '}not {_listed(unwanted, 'or')}"] if unwanted else []


def _said_spans(spans: Sequence[TimeRange], zone: tzinfo) -> list[str]:
    return [_listed([said_span(span, zone) for span in spans], "or")] if spans else []


def _said_lengths(query: Query) -> list[str]:
    return [
        *([f"{say_length(query.longer)} or longer"] if query.longer is not None else []),
        *([f"{say_length(query.shorter)} or shorter"] if query.shorter is not None else []),
    ]


def _said_ids(query: Query) -> list[str]:
    if query.ids is None:
        return []
    first, last = query.ids
    return [f"{first}" if first == last else f"{first} to {last}"]


def _said_between(start: datetime, end: datetime) -> str:
    if not (_begins_day(start) and _begins_day(end)) or end <= start:
        return f"from {_said_moment(start)} to {_said_moment(end)}"
    last = end.date() - timedelta(days=1)
    if last == start.date():
        return f"on {_said_day(start)}"
    return f"from {_said_day(start)} to {_said_day(last)}"


def _said_moment(moment: datetime) -> str:
    return _said_day(moment) if _begins_day(moment) else f"{_said_day(moment)} {moment:%H:%M}"


def _said_day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1][:3].capitalize()} {day.year}"


def _begins_day(moment: datetime) -> bool:
    return moment.tzinfo is not None and moment == midnight(moment.date(), moment.tzinfo)


def _name(term: Term) -> str:
    """A name that was typed in a hurry gets its capitals; anything else stays as it is."""
    return term.text.title() if NAME.fullmatch(term.text) else term.text


def _listed(items: Sequence[str], last: str) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"
