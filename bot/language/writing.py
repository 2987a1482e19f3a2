"""Write a query as the line that reads back as the same query."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from bot.domain.query import DEFAULT_ROWS, Order, Query, Sort, Term
from bot.domain.statistics import GroupBy
from bot.domain.time_range import TimeRange
from bot.language.dates import DAY_NAMES
from bot.language.durations import write_duration
from bot.language.tokens import MINUS

QUOTES = '"“”„‟«»'
BARE = re.compile(rf"[^\s&<>:：#@{QUOTES}{MINUS}][^\s&<>:：{QUOTES}]*")
"""A value without quotes, unless it is the name of a day. Signs that chat programs replace are quoted as well."""


def line_of(query: Query) -> str:
    """Write the line after `/recordings`. Moments are in UTC, so that the line is the same for every reader."""
    if query.words:
        words = ["search", *(_minus(term) + quoted(term.text) for term in query.words)]
        words += [f"count:{query.count}"] if query.count != DEFAULT_ROWS else []
    else:
        words = ["latest", str(query.count)]
    return " ".join(
        [
            *words,
            *([f"sort:{query.sort}"] if not query.words or query.sort is not Sort.TIME else []),
            *([f"order:{query.order}"] if query.order is not Order.DESC else []),
            *([f"page:{query.page}"] if query.page != 1 else []),
            *_filters(query),
        ]
    )


def stats_line_of(query: Query, by: GroupBy) -> str:
    """Write the line that counts what the query finds. A word such as `hour` is quoted, or it would be a grouping."""
    groups = list(GroupBy)
    words = (
        _minus(term) + (f'"{term.text}"' if term.text.casefold() in groups else quoted(term.text))
        for term in query.words
    )
    return " ".join([f"stats by:{by}", *words, *_filters(query)])


def quoted(text: str) -> str:
    """Write a value: in quotes where it would have another meaning without, and a quote in it as `""`."""
    if BARE.fullmatch(text) and text.casefold() not in DAY_NAMES:
        return text
    return '"' + text.replace('"', '""') + '"'


def _filters(query: Query) -> list[str]:
    """Write the filters except the words."""
    return [
        *(f"{_minus(term)}from:{quoted(term.text)}" for term in query.callers),
        *(f"{_minus(term)}to:{quoted(term.text)}" for term in query.callees),
        *(f"{_minus(term)}with:{quoted(term.text)}" for term in query.parties),
        *(f"{'-' if one.excluded else ''}type:{one.direction}" for one in query.directions),
        *_time_filters(query.time_ranges),
        *([f"longer:{write_duration(query.longer)}"] if query.longer is not None else []),
        *([f"shorter:{write_duration(query.shorter)}"] if query.shorter is not None else []),
        *([f"id:{query.ids[0]}..{query.ids[1]}"] if query.ids is not None else []),
    ]


def _minus(term: Term) -> str:
    return "-" if term.excluded else ""


def _time_filters(ranges: Sequence[TimeRange]) -> list[str]:
    if len(ranges) != 1:
        return [f"on:{_iso(one.start)}..{_iso(one.end)}" for one in ranges]
    start, end = ranges[0].start, ranges[0].end
    after = [f"after:{_iso(start)}"] if start is not None else []
    before = [f"before:{_iso(end)}"] if end is not None else []
    return [*after, *before] or ["on:.."]


def _iso(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat().removesuffix(':00')}Z"
