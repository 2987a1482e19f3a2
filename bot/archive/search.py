"""Search: build and run SELECTs on recordings, always within a scope.

The plan for both databases:

1. Probe: read up to `PROBE + 1` matches through the search index, without an order. If there are at most `PROBE`, sort
   them and take the page.
2. Otherwise read rows in the order of the listing, with the same conditions, until the page is full. On SQLite, if the
   index finds at most `SORTED` candidates, sort these instead. PostgreSQL chooses by its statistics.

`bot.domain.matching` and `bot.domain.access` are the specification that the conditions are tested against.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    Select,
    String,
    and_,
    column,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    text,
    true,
    tuple_,
)

from bot.archive.dialects import HIGHEST
from bot.archive.rows import FACTS, moment_of, recording_of, seconds
from bot.archive.schema import recordings, sync_states
from bot.archive.search_columns import (
    CALLEE,
    CALLER,
    FILE,
    LENGTH_UNITS,
    LINE_END,
    NUMBER_START,
    SEARCH_TABLE,
    VOCABULARY_TABLE,
    storable,
)
from bot.domain.access import Everything, Scope
from bot.domain.folding import fold
from bot.domain.matching import needles
from bot.domain.number import LEAST_NATIONAL, Number, read_number
from bot.domain.query import Cursor, Order, Query, Side, Sort, Term
from bot.domain.recording import Recording
from bot.domain.time_range import TimeRange

PROBE = 2_000
"""Maximum of matches that are read and sorted at once. With more, reading in order fills a page soon."""
SORTED = 20_000
"""Maximum of candidates from SQLite's index that are sorted. This is faster than reading all rows in order."""
COUNTED = 100_000
"""Maximum of rows before a page of an unfiltered listing that are counted for its position."""
EVERYTHING = Query()
TRIGRAM = 3
MOST_TRIGRAMS = 6
"""Maximum of trigrams per needle in a query of the index. More take time and exclude few more candidates."""
MOST_CONTINUATIONS = 60
"""Maximum of trigrams in a query of the index for a needle that is shorter than a trigram."""
HIGHEST_CHARACTER = "\U0010ffff"

_CONTINUATIONS = text(
    f"SELECT term FROM {VOCABULARY_TABLE} WHERE term >= :first AND term <= :last LIMIT :most"  # noqa: S608 - our own text
)
_ONE = literal(1)
_index = table(SEARCH_TABLE, column("rowid"))
SORT_COLUMNS = {Sort.TIME: "started_at", Sort.ID: "pbx_id", Sort.DURATION: "length", Sort.SIZE: "size"}

Condition = ColumnElement[bool]
Use = Callable[[ColumnElement[Any]], ColumnElement[Any]]
"""Returns the column, or an expression of it for which SQLite's planner uses no index."""
Page = tuple[tuple[Recording, ...], int, int | None]
"""The rows, the position of the first one from 1 (0 without rows), and the number of matches.

The number is exact up to `PROBE`; a higher number means more. It is None for a listing of everything.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A query on the newest generation of one site, within a scope."""

    scope: Scope
    site: str
    query: Query
    region: str | None = None
    """The country of telephone numbers without a country code: `GB`."""
    sqlite: bool = True
    """Whether the database is SQLite; else it is PostgreSQL."""


def of_site(site: str) -> Condition:
    """Return the condition for the site's recordings of its newest generation."""
    return (recordings.c.site == site) & (recordings.c.generation == _generation(site))


def recordings_in(
    search: Search, *columns: ColumnElement[Any], index: str | None = None, match: str | None = None
) -> Select[Any]:
    """Return a SELECT of columns of the recordings that match the query and are in the scope.

    `match` and `index` choose the index on SQLite, which has no statistics to choose well. `match` is a query of the
    trigram index, and no other index is used. `index` is the column in whose order the rows are read. Without both,
    SQLite chooses.
    """
    by_table = match is not None or (search.sqlite and index == "id")

    def use(column: ColumnElement[Any]) -> ColumnElement[Any]:
        if not search.sqlite or not (by_table or index) or (match is None and column.key == index):
            return column
        return literal_column(f"+recordings.{column.key}", column.type)

    conditions = (*_conditions(search, search.query, use), *_scope(search, use))
    statement = _site_select(columns, search.site, by_table=by_table, matched=match is not None).where(*conditions)
    return statement if match is None else statement.where(_matches_index(match))


@lru_cache(maxsize=64)  # saves a third of the time for building a statement
def _site_select(columns: tuple[ColumnElement[Any], ...], site: str, *, by_table: bool, matched: bool) -> Select[Any]:
    hidden = literal_column("+recordings.site", String)  # so that SQLite uses no index whose first column is `site`
    of_this_site = (hidden if by_table else recordings.c.site) == site
    source = recordings.join(_index, recordings.c.id == _index.c.rowid) if matched else recordings
    return select(*columns).where(of_this_site, recordings.c.generation == _generation(site)).select_from(source)


def count_matches(connection: Connection, search: Search, *, most: int | None) -> int:
    """Return the number of matches. Counting stops at `most + 1`; None counts all."""
    found = recordings_in(search, _ONE, match=index_query(connection, search))
    counted: int = connection.execute(_counting(found, most=most)).scalar_one()
    return counted


def read_page(connection: Connection, search: Search, cursor: Cursor | None = None) -> Page:
    """Return the page of the query, or the rows before or after the cursor's anchor. No row is repeated or skipped."""
    query = search.query
    place = None if cursor is None else _place(connection, search, cursor)
    matches = _probe(connection, search)
    total = None if matches is None else len(matches)
    if cursor is not None and place is not None:
        rows, first = _beside(connection, search, cursor, place, matches)
        return rows, first if rows else 0, total
    skip, count = (query.page - 1) * query.count, query.count
    if cursor is not None:  # the anchor is deleted, so only its position is known
        before = max(cursor.position - 1, 0)
        skip = before if cursor.side is Side.AFTER else max(before - count, 0)
        count = count if cursor.side is Side.AFTER else before - skip
    if matches is not None and len(matches) <= PROBE:
        rows = _recordings(matches[skip : skip + count])
    else:
        rows = _read_in_order(connection, search, count=count, skip=min(skip, HIGHEST))
    return rows, skip + 1 if rows else 0, total


def _probe(connection: Connection, search: Search) -> Sequence[Row[Any]] | None:
    """Return all matches in order, or `PROBE + 1` of them without an order. None for a listing of everything."""
    query = search.query
    if query.filters == EVERYTHING and isinstance(search.scope, Everything):
        return None
    sort_column = recordings.c[SORT_COLUMNS[query.sort]]
    found = recordings_in(search, *FACTS, sort_column, match=index_query(connection, search)).limit(PROBE + 1)
    matches = connection.execute(found).all()
    if len(matches) > PROBE:
        return matches
    return sorted(matches, key=_sort_key, reverse=query.order is Order.DESC)


def _sort_key(match: Row[Any]) -> tuple[int, int]:
    return match[-1], match[0]


def _recordings(matches: Sequence[Row[Any]]) -> tuple[Recording, ...]:
    return tuple(recording_of(match[:-1]) for match in matches)


def _beside(
    connection: Connection, search: Search, cursor: Cursor, place: tuple[int, int], matches: Sequence[Row[Any]] | None
) -> tuple[tuple[Recording, ...], int]:
    """Return the rows on one side of a place in the listing, and the position of the first."""
    query, is_after = search.query, cursor.side is Side.AFTER
    falling = query.order is Order.DESC
    if matches is not None and len(matches) <= PROBE:
        side = [
            match
            for match in matches
            if _sort_key(match) != place and (_sort_key(match) < place) is (falling is is_after)
        ]
        skip = len(matches) - len(side) if is_after else max(len(side) - query.count, 0)
        shown = side[: query.count] if is_after else side[skip:]
        return _recordings(shown), skip + 1
    rows = _read_in_order(connection, search, count=query.count, place=place, backwards=not is_after)
    if matches is not None:
        return rows, max(cursor.position + 1 if is_after else cursor.position - len(rows), 1)
    if not rows:
        return rows, 0
    top = replace(cursor, id=rows[0].id, at=rows[0].started_at)
    before = recordings_in(search, _ONE, index=SORT_COLUMNS[query.sort])
    before = before.where(_beyond(query, _place(connection, search, top) or place, falling=not falling))
    counted: int = connection.execute(_counting(before, most=COUNTED)).scalar_one()
    if counted <= COUNTED:
        return rows, counted + 1
    return rows, max(cursor.position + 1 if is_after else cursor.position - len(rows), COUNTED + 2)


def _read_in_order(
    connection: Connection,
    search: Search,
    *,
    count: int,
    skip: int = 0,
    place: tuple[int, int] | None = None,
    backwards: bool = False,
) -> tuple[Recording, ...]:
    """Return rows in the listing's order, from the start or after a place; if `backwards`, those before the place."""
    query = search.query
    falling = (query.order is Order.DESC) is not backwards
    match = index_query(connection, search)
    if match is not None and _has_many_candidates(connection, match):
        match = None
    listed = recordings_in(search, *FACTS, match=match, index=SORT_COLUMNS[query.sort])
    if place is not None:
        listed = listed.where(_beyond(query, place, falling=falling))
    order = [key.desc() if falling else key.asc() for key in _keys(query)]
    rows = tuple(map(recording_of, connection.execute(listed.order_by(*order).limit(count).offset(skip))))
    return rows[::-1] if backwards else rows


def _has_many_candidates(connection: Connection, match: str) -> bool:
    candidates = select(_index.c.rowid).where(_matches_index(match))
    return bool(connection.execute(_counting(candidates, most=SORTED)).scalar_one() > SORTED)


def _matches_index(match: str) -> Condition:
    return literal_column(SEARCH_TABLE, String).bool_op("MATCH")(match)


def _place(connection: Connection, search: Search, cursor: Cursor) -> tuple[int, int] | None:
    """Return the sort key and the id of the anchor; None if the key is unknown because the row is deleted."""
    pbx_id = min(cursor.id, HIGHEST)
    match search.query.sort:
        case Sort.ID:
            return pbx_id, pbx_id
        case Sort.TIME:
            return seconds(cursor.at), pbx_id
    # the anchor was shown before, so the scope does not matter
    anchor = replace(search, query=Query(ids=(pbx_id, pbx_id)), scope=Everything())
    row = connection.execute(recordings_in(anchor, *_keys(search.query))).one_or_none()
    return None if row is None else (row[0], row[1])


def _keys(query: Query) -> tuple[ColumnElement[int], ...]:
    """Return the columns by which the listing is sorted, the PBX's id last. Unknown values sort lowest."""
    column = recordings.c[SORT_COLUMNS[query.sort]]
    return (column,) if query.sort is Sort.ID else (column, recordings.c.pbx_id)


def _beyond(query: Query, place: tuple[int, int], *, falling: bool) -> Condition:
    keys = _keys(query)
    columns, values = tuple_(*keys), tuple_(*map(literal, place[: len(keys)]))
    return columns < values if falling else columns > values


def oldest_start(connection: Connection, site: str) -> datetime | None:
    """Return when the oldest call of known time started; None if there is none."""
    started_at = recordings.c.started_at
    oldest = select(started_at).where(of_site(site), started_at != 0).order_by(started_at).limit(1)
    found = connection.execute(oldest).scalar_one_or_none()
    return None if found is None else moment_of(found * 1000)


def complete_since(connection: Connection, site: str) -> datetime | None:
    """Return when the oldest stored call started; None if the history is complete."""
    is_whole = (sync_states.c.site == site) & sync_states.c.baseline.is_not(None) & sync_states.c.history.is_(None)
    if connection.execute(select(sync_states.c.site).where(is_whole)).first():
        return None
    return oldest_start(connection, site)


def _counting(found: Select[Any], *, most: int | None) -> Select[Any]:
    return select(func.count()).select_from(found.limit(None if most is None else most + 1).subquery())


@lru_cache(maxsize=8)
def _generation(site: str) -> ScalarSelect[int]:
    return select(sync_states.c.generation).where(sync_states.c.site == site).scalar_subquery()


# Conditions: each function corresponds to one in `bot.domain.matching`.


def _scope(search: Search, use: Use) -> Iterable[Condition]:
    if not isinstance(search.scope, Everything):
        yield or_(false(), *(and_(true(), *_conditions(search, query, use)) for query in search.scope.queries))


def _conditions(search: Search, query: Query, use: Use) -> Iterable[Condition]:
    if query.ids is not None:
        yield use(recordings.c.pbx_id).between(min(query.ids[0], HIGHEST), min(query.ids[1], HIGHEST))
    yield from _directions(query)
    if query.time_ranges:
        started_at = use(recordings.c.started_at)
        yield (started_at != 0) & or_(*(_is_in(time_range, started_at) for time_range in query.time_ranges))
    length = use(recordings.c.length)
    if query.longer is not None:
        yield length >= max(_least_units(query.longer), 1)
    if query.shorter is not None:
        yield length.between(1, _least_units(query.shorter + timedelta.resolution) - 1)
    for terms, texts in ((query.callers, (CALLER,)), (query.callees, (CALLEE,)), (query.parties, (CALLER, CALLEE))):
        wanted = [_is_party(search, term, text) for term in terms if not term.excluded for text in texts]
        if wanted:
            yield or_(*wanted)
        yield from (~_is_party(search, term, text) for term in terms if term.excluded for text in texts)
    for word in query.words:
        found = or_(
            *(
                _like(text, f"%{_escaped(needle)}%")
                for needle in _least_needles(word, search.region)
                for text in (CALLER, CALLEE, FILE)
            )
        )
        yield ~found if word.excluded else found


def _directions(query: Query) -> Iterable[Condition]:
    wanted = [one.direction.value for one in query.directions if not one.excluded]
    if wanted:
        yield or_(*(recordings.c.direction == direction for direction in wanted))
    direction = func.coalesce(recordings.c.direction, "")
    yield from (direction != one.direction.value for one in query.directions if one.excluded)


def _is_in(time_range: TimeRange, started_at: ColumnElement[int]) -> Condition:
    """Return the condition for calls that start in the range. Start times are whole seconds."""
    start = [] if time_range.start is None else [started_at >= _up(time_range.start)]
    end = [] if time_range.end is None else [started_at < _up(time_range.end)]
    return and_(true(), *start, *end)


def _up(moment: datetime) -> int:
    return seconds(moment) + bool(moment.microsecond)


def _least_units(length: timedelta) -> int:
    """Return the lowest value of the column `length` that is at least this length, to the microsecond."""
    units = int(length * LENGTH_UNITS // timedelta(seconds=1))
    while timedelta(seconds=units / LENGTH_UNITS) < length:
        units += 1
    return units


def _is_party(search: Search, term: Term, text: ColumnElement[str]) -> Condition:
    number = read_number(term.text, search.region)
    if number is None:
        return _like(text, f"%{_escaped(fold(term.text))}%")
    if number.is_pattern and search.sqlite:
        digits = "".join("[0-9]" if sign == "x" else f"[{sign}]" for sign in number.digits)
        return text.bool_op("GLOB")(f"*{NUMBER_START}{digits}{LINE_END}")
    if number.is_pattern:
        digits = number.digits.replace("+", "[+]").replace("*", "[*]").replace("x", "[0-9]")
        return text.bool_op("~")(f"{NUMBER_START}{digits}{LINE_END}$")
    if len(number.core) < LEAST_NATIONAL:
        return _like(text, f"%{NUMBER_START}{number.digits}{LINE_END}")
    ending = _like(text, f"%{number.core}{LINE_END}")
    if not number.full:
        return ending
    whole = _like(text, f"%{NUMBER_START}{number.full}{LINE_END}")
    return whole | (ending & ~_like(text, f"%{NUMBER_START}+%"))


def _like(text: ColumnElement[str], pattern: str) -> Condition:
    return false() if "\0" in pattern else text.like(storable(pattern), escape="/")


def _escaped(needle: str) -> str:
    return needle.replace("/", "//").replace("%", "/%").replace("_", "/_")


def _least_needles(word: Term, region: str | None) -> list[str]:
    """Return the variants of a word without those that contain another variant."""
    every = needles(word.text, region)
    return [needle for needle in every if not any(other in needle for other in every if other != needle)]


# Queries of SQLite's trigram index. PostgreSQL derives the trigrams from the conditions.


def index_query(connection: Connection, search: Search) -> str | None:
    """Return the query of SQLite's trigram index; None if the index does not help."""
    if not search.sqlite:
        return None
    parts = [_query_match(connection, search.query, search.region)]
    if not isinstance(search.scope, Everything):
        scope = [_query_match(connection, query, search.region) for query in search.scope.queries]
        parts.append(_joined(" OR ", scope) if all(scope) else None)
    return _joined(" AND ", parts)


def _query_match(connection: Connection, query: Query, region: str | None) -> str | None:
    words = [[[needle] for needle in _least_needles(word, region)] for word in query.words if not word.excluded]
    filters = (query.callers, query.callees, query.parties)
    terms = [[_party_needles(term, region) for term in wanted if not term.excluded] for wanted in filters]
    parts = []
    for group in (*words, *terms):
        alternatives = [_joined(" AND ", [_trigrams(connection, needle) for needle in every]) for every in group]
        parts.append(_joined(" OR ", alternatives) if all(alternatives) else None)
    return _joined(" AND ", parts)


def _joined(operator: str, parts: Iterable[str | None]) -> str | None:
    return operator.join(dict.fromkeys(f"({part})" for part in parts if part)) or None


def _party_needles(term: Term, region: str | None) -> list[str]:
    """Return texts that all occur in a party that matches the term."""
    number: Number | None = read_number(term.text, region)
    if number is None:
        return [fold(term.text)]
    if number.is_pattern or len(number.core) < LEAST_NATIONAL:
        return [part for part in f"{NUMBER_START}{number.digits}{LINE_END}".split("x") if len(part) >= TRIGRAM]
    return [number.core + LINE_END]


def _trigrams(connection: Connection, needle: str) -> str | None:
    """Return the query of the index for texts that may contain the needle: some of its trigrams, with both ends.

    For a needle shorter than a trigram, this is any trigram that begins with it. Returns None if there are too many of
    these: then the needle is frequent, and found soon without the index.
    """
    needle = storable(needle)
    if not needle:
        return None
    if len(needle) < TRIGRAM:
        values = {"first": needle, "last": needle + HIGHEST_CHARACTER * TRIGRAM, "most": MOST_CONTINUATIONS + 1}
        longer = connection.execute(_CONTINUATIONS, values).scalars().all()
        if len(longer) > MOST_CONTINUATIONS:
            return None
        return " OR ".join(map(_quoted, longer)) or _quoted(LINE_END * TRIGRAM)  # a trigram that no text has
    last = len(needle) - TRIGRAM
    count = min(last, MOST_TRIGRAMS - 1)
    starts = [last * step // count for step in range(count + 1)] if count else [0]
    return " AND ".join(_quoted(needle[start : start + TRIGRAM]) for start in dict.fromkeys(starts))


def _quoted(trigram: str) -> str:
    return '"' + trigram.replace('"', '""') + '"'
