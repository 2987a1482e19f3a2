"""Wider queries, to suggest if a query finds nothing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, tzinfo

from bot.domain.query import Query, Term
from bot.domain.time_range import DAY, TimeRange, day_of

MAXIMUM = 8
"""Maximum of suggested queries. The matches of each are counted while a person waits."""


def relaxations(query: Query, now: datetime, zone: tzinfo) -> tuple[Query, ...]:
    """Return wider queries, the closest first, each once, at most `MAXIMUM`.

    First the time range is extended: to the last 7 days, the last 30 days, and any time. Then single filters are
    removed, and finally all filters except people. Each query starts at page 1 and has at least one filter.
    """
    query = replace(query, page=1)
    candidates = dict.fromkeys((*_with_more_time(query, now, zone), *_with_fewer_filters(query)))
    wider = [one for one in candidates if one.filters not in {query.filters, Query()}]
    return tuple(wider if len(wider) <= MAXIMUM else [*wider[: MAXIMUM - 1], wider[-1]])


def _with_more_time(query: Query, now: datetime, zone: tzinfo) -> Iterator[Query]:
    if not query.time_ranges:
        return
    today = now.astimezone(zone).date()
    for days in (7, 30):
        start = day_of(today - (days - 1) * DAY, zone).start
        if start and all(time_range.start and time_range.start >= start for time_range in query.time_ranges):
            yield replace(query, time_ranges=(TimeRange(start=start),))
    yield replace(query, time_ranges=())


def _with_fewer_filters(query: Query) -> Iterator[Query]:
    yield replace(query, longer=None, shorter=None)
    yield replace(query, directions=())
    yield _in_either_direction(query)
    yield _without_exclusions(query)
    fewer_people = [
        *(replace(query, words=query.words[:index] + query.words[index + 1 :]) for index in range(len(query.words))),
        replace(query, callers=()),
        replace(query, callees=()),
        replace(query, parties=()),
    ]
    for candidate in fewer_people:
        if _wanted((*candidate.words, *candidate.callers, *candidate.callees, *candidate.parties)):
            yield candidate
    only_people = replace(query, time_ranges=(), longer=None, shorter=None, directions=())
    yield only_people
    yield _without_exclusions(_in_either_direction(replace(only_people, ids=None)))


def _in_either_direction(query: Query) -> Query:
    """Replace a single `from:` or `to:` by `with:`. Excluded terms stay."""
    wanted = _wanted((*query.callers, *query.callees))
    if query.parties or len(wanted) != 1:
        return query
    callers = tuple(term for term in query.callers if term.excluded)
    callees = tuple(term for term in query.callees if term.excluded)
    return replace(query, parties=wanted, callers=callers, callees=callees)


def _without_exclusions(query: Query) -> Query:
    return replace(
        query,
        words=_wanted(query.words),
        callers=_wanted(query.callers),
        callees=_wanted(query.callees),
        parties=_wanted(query.parties),
    )


def _wanted(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    return tuple(term for term in terms if not term.excluded)
