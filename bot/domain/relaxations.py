"""Wider questions, for when nothing was found: the nearest first."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, tzinfo

from bot.domain.query import Query, Term
from bot.domain.time_range import DAY, TimeRange, day_of

MOST = 8
"""Each is counted, and the asker waits meanwhile."""
WEEK, MONTH = 7 * DAY, 30 * DAY


def relaxations(query: Query, now: datetime, zone: tzinfo) -> tuple[Query, ...]:
    """Questions that find at least as much, best first, each once, at most `MOST`; none for one without a filter.

    The time is widened first, to the last seven and thirty days and then to any; after that one filter at a time is
    left out, and at last all but who is meant. The new question begins at its first page.
    """
    first = replace(query, page=1)
    wider = dict.fromkeys((*_in_time(first, now, zone), *_with_less(first)))
    told = [found for found in wider if found.filters not in {first.filters, Query()}]
    return tuple(told if len(told) <= MOST else [*told[: MOST - 1], told[-1]])


def _in_time(query: Query, now: datetime, zone: tzinfo) -> Iterator[Query]:
    if not query.spans:
        return
    for length in (WEEK, MONTH):
        today = now.astimezone(zone).date()
        start = day_of(today - length + DAY, zone).start
        if all(_is_after(span, start) for span in query.spans):
            yield replace(query, spans=(TimeRange(start=start),))
    yield replace(query, spans=())


def _is_after(span: TimeRange, start: datetime | None) -> bool:
    """Whether the stretch lies in the one that begins with `start` and has no end."""
    return span.start is not None and start is not None and span.start >= start


def _with_less(query: Query) -> Iterator[Query]:
    yield replace(query, longer=None, shorter=None)
    yield replace(query, ways=())
    yield _either_way(query)
    yield _with_nobody_left_out(query)
    yield from _with_fewer_people(query)
    yield replace(query, spans=(), longer=None, shorter=None, ways=())
    yield _with_nobody_left_out(_either_way(replace(query, spans=(), longer=None, shorter=None, ways=(), ids=None)))


def _either_way(query: Query) -> Query:
    """`from:` or `to:` alone may have been the wrong way round; what is excluded stays where it is."""
    wanted = _wanted((*query.callers, *query.callees))
    if query.parties or len(wanted) != 1:
        return query
    callers = tuple(term for term in query.callers if term.excluded)
    callees = tuple(term for term in query.callees if term.excluded)
    return replace(query, parties=wanted, callers=callers, callees=callees)


def _with_nobody_left_out(query: Query) -> Query:
    return replace(
        query,
        words=_wanted(query.words),
        callers=_wanted(query.callers),
        callees=_wanted(query.callees),
        parties=_wanted(query.parties),
    )


def _wanted(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    return tuple(term for term in terms if not term.excluded)


def _with_fewer_people(query: Query) -> Iterator[Query]:
    """Without one of the words, or some of the people; somebody must remain, or it is another question."""
    fewer = [
        *(replace(query, words=query.words[:index] + query.words[index + 1 :]) for index in range(len(query.words))),
        replace(query, callers=()),
        replace(query, callees=()),
        replace(query, parties=()),
    ]
    for found in fewer:
        if _wanted((*found.words, *found.callers, *found.callees, *found.parties)):
            yield found
