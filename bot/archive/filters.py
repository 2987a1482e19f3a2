"""What a query asks of each recording, as SQL. It agrees with `bot.domain.matching.matches`."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    and_,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
)

from bot.archive.functions import IS_PARTY
from bot.archive.indexing import COLUMNS, haystack_of_row
from bot.archive.schema import LENGTH, recordings, sync_states
from bot.domain.access import Everything, Scope
from bot.domain.matching import needles
from bot.domain.query import Query, Term
from bot.domain.recording import WAV_BYTES_A_SECOND
from bot.domain.time_range import TimeRange

CALLER = (recordings.c.caller_name, recordings.c.caller_number)
CALLEE = (recordings.c.callee_name, recordings.c.callee_number)

UNITS = WAV_BYTES_A_SECOND
"""Of a length, in a second."""
_AS_TYPED = " || char(10) || ".join(COLUMNS)
"""SQLite's own `lower` knows ASCII alone: where it leads to an ASCII needle, folding does as well."""

Columns = Sequence[ColumnElement[str]]


def length(*, by_index: bool = True) -> ColumnElement[int]:
    """Of a recording, in `UNITS` a second; 0 where it is not known. Not `by_index`, no index is used for it."""
    return literal_column(LENGTH if by_index else f"+({LENGTH})", Integer)


def of_site(site: str, *, by_index: bool = True) -> ColumnElement[bool]:
    """Holds for the site's recordings of its newest generation. Not `by_index`, no index is used for it."""
    generation = select(sync_states.c.generation).where(sync_states.c.site == site).scalar_subquery()
    if by_index:
        return (recordings.c.site == site) & (recordings.c.generation == generation)
    ours = literal_column("+recordings.site", String) == site
    return ours & (literal_column("+recordings.generation", Integer) == generation)


def lengths(query: Query, *, by_index: bool = False) -> list[ColumnElement[bool]]:
    """What the query asks of the length."""
    told = length(by_index=by_index)
    longer = [] if query.longer is None else [told >= max(_least(query.longer), 1)]
    shorter = [] if query.shorter is None else [told.between(1, _least(query.shorter + timedelta.resolution) - 1)]
    return [*longer, *shorter]


def bounds(spans: Sequence[TimeRange]) -> tuple[int | None, int | None]:
    """The first second and the last one that may be in any of the spans; None where they are open."""
    starts = [_up(span.start.timestamp()) for span in spans if span.start is not None]
    ends = [_up(span.end.timestamp()) - 1 for span in spans if span.end is not None]
    return (
        min(starts) if spans and len(starts) == len(spans) else None,
        max(ends) if spans and len(ends) == len(spans) else None,
    )


def _least(asked: timedelta) -> int:
    """The least length, in units, that `Recording.length` tells as at least so long: that is to the microsecond."""
    units = int(asked * UNITS // timedelta(seconds=1))
    while timedelta(seconds=units / UNITS) < asked:
        units += 1
    return units


def holds(query: Query, region: str | None, *, by_length: bool = False) -> ColumnElement[bool]:
    """Holds for the recordings that the query finds, of whatever site; the cheap questions stand first.

    `by_length`, the index of lengths may be used for it.
    """
    return and_(
        true(),
        *_ids(query),
        *_ways(query),
        *_spans(query.spans),
        *lengths(query, by_index=by_length),
        *_terms(query.callers, [CALLER], region),
        *_terms(query.callees, [CALLEE], region),
        *_terms(query.parties, [CALLER, CALLEE], region),
        *(_word(word, region) for word in query.words),
    )


def in_scope(scope: Scope, region: str | None) -> ColumnElement[bool]:
    """Return the condition that a scope holds a recording. It agrees with `bot.domain.access.is_in_scope`."""
    if isinstance(scope, Everything):
        return true()
    return or_(false(), *(holds(query, region) for query in scope.queries))


def _ids(query: Query) -> Iterable[ColumnElement[bool]]:
    return [] if query.ids is None else [recordings.c.pbx_id.between(*query.ids)]


def _ways(query: Query) -> Iterable[ColumnElement[bool]]:
    wanted = [way.direction.value for way in query.ways if not way.excluded]
    unwanted = [way.direction.value for way in query.ways if way.excluded]
    if wanted:
        yield recordings.c.direction.in_(wanted)
    if unwanted:
        yield func.coalesce(recordings.c.direction, "").not_in(unwanted)


def _spans(spans: Sequence[TimeRange]) -> Iterable[ColumnElement[bool]]:
    if spans:
        start, end = bounds(spans)
        if start is not None:
            yield recordings.c.started_at >= start
        if end is not None:
            yield recordings.c.started_at <= end
        yield (recordings.c.started_at != 0) & or_(*map(_span, spans))


def _span(span: TimeRange) -> ColumnElement[bool]:
    """A call starts at a whole second: one that starts before the end does so at or before the second below it."""
    start = [] if span.start is None else [recordings.c.started_at >= _up(span.start.timestamp())]
    end = [] if span.end is None else [recordings.c.started_at < _up(span.end.timestamp())]
    return and_(true(), *start, *end)


def _up(moment: float) -> int:
    whole = int(moment // 1)
    return whole if whole == moment else whole + 1


def _terms(terms: Sequence[Term], parties: Sequence[Columns], region: str | None) -> Iterable[ColumnElement[bool]]:
    wanted = [_is_any(term, parties, region) for term in terms if not term.excluded]
    if wanted:
        yield or_(*wanted)
    yield from (not_(_is_any(term, parties, region)) for term in terms if term.excluded)


def _is_any(term: Term, parties: Sequence[Columns], region: str | None) -> ColumnElement[bool]:
    is_party = getattr(func, IS_PARTY)
    return or_(*(is_party(term.text, literal(region), *columns) == 1 for columns in parties))


def _word(word: Term, region: str | None) -> ColumnElement[bool]:
    wanted = least_needles(word, region)
    at_once = [
        func.instr(func.lower(literal_column(_AS_TYPED, String)), needle) > 0 for needle in wanted if needle.isascii()
    ]
    haystack = haystack_of_row()
    found = or_(*at_once, *(func.instr(haystack, needle) > 0 for needle in wanted))
    return not_(found) if word.excluded else found


def least_needles(word: Term, region: str | None) -> Sequence[str]:
    """The texts of which one must be in the haystack, without those that hold another."""
    every = needles(word.text, region)
    return [needle for needle in every if not any(other in needle for other in every if other != needle)]
