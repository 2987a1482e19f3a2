"""How to find what a query asks for: by words and numbers through their index, else by reading recordings in order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, column, func, literal, literal_column, select, table

from bot.archive.candidates import candidates
from bot.archive.filters import bounds, holds, in_scope, lengths, of_site
from bot.archive.indexing import MASK, SEARCH, first_entry, last_entry
from bot.archive.rows import storable
from bot.archive.schema import recordings
from bot.domain.access import Scope
from bot.domain.query import Query, Sort, Term

STATEMENTS = 64
"""How many statements of a kind are kept, each for the same question asked again: some 20 kB each."""
FEW = 2_000
"""Recordings of some length, or with some ids, that are read and put in order sooner than looked for in order."""

_search = table(SEARCH, column("rowid"))
ENTRY: ColumnElement[int] = _search.c.rowid
"""Of the index of words."""


class Lead(Enum):
    """What leads to the recordings where the index of words does not. SQLite guesses wrong: it knows no figures."""

    BY_TIME = auto()
    BY_LENGTH = auto()
    BY_ID = auto()
    NOTHING = auto()
    """They are read as they lie, which is quickest where all of them are."""


_LEADS = {Sort.TIME: Lead.BY_TIME, Sort.SIZE: Lead.NOTHING, Sort.DURATION: Lead.BY_LENGTH, Sort.ID: Lead.BY_ID}


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a query's recordings are: all of a site's that hold, led to by an index."""

    site: str
    query: Query
    region: str | None
    lead: Lead
    scope: Scope
    match: str | None = None
    """What to ask the index of words; None to be led otherwise."""

    def select(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """A statement for these columns of what is found. Making it takes as long as running it: see `STATEMENTS`."""
        ours = of_site(self.site, by_index=self.match is None and self.lead is not Lead.NOTHING)
        by_length = self.match is None and self.lead is Lead.BY_LENGTH
        found = select(*columns).where(
            ours, holds(self.query, self.region, by_length=by_length), in_scope(self.scope, self.region)
        )
        if self.match is None:
            return found.select_from(recordings)
        joined = _search.join(recordings, recordings.c.id == ENTRY.op("&")(MASK))
        return found.select_from(joined).where(_asked(self.match), *_entries(self.query))

    @property
    def as_a_whole(self) -> "Finding":
        """The same, for who needs every row, in no order."""
        is_all = self.match is None and self.lead is Lead.BY_TIME and not self.query.spans
        return replace(self, lead=Lead.NOTHING) if is_all else self

    @property
    def by_entry(self) -> bool:
        """Whether the index of words gives the rows in the listing's order, but within a stretch of time."""
        return self.match is not None and self.query.sort is Sort.TIME


def finding(connection: Connection, site: str, query: Query, region: str | None, scope: Scope) -> Finding:
    """How to find what the query asks for."""
    query = without_halves(query)
    found = Finding(site, query, region, _LEADS[query.sort], scope)
    if query.ids is not None and query.ids[1] - query.ids[0] < FEW:
        return replace(found, lead=Lead.BY_ID)
    match = candidates(connection, query, region)
    if match is not None:
        in_order = query.sort in {Sort.ID, Sort.DURATION} and not _are_few(connection, _matched(query, match))
        return found if in_order else replace(found, match=match)
    if lengths(query) and _are_few(connection, _measured(found)):
        return replace(found, lead=Lead.BY_LENGTH)
    return found


def count_found(connection: Connection, found: Finding, *, most: int | None) -> int:
    """How many recordings the query finds; counting stops behind `most`, if there is one."""
    counted: int = connection.execute(_counting(found, most)).scalar_one()
    return counted


@lru_cache(maxsize=STATEMENTS)
def _counting(found: Finding, most: int | None) -> Select[Any]:
    statement = found.select(literal(1))
    if found.match is None and found.lead is Lead.BY_TIME:
        statement = statement.order_by(recordings.c.started_at.desc(), recordings.c.pbx_id.desc())
    return _counted(statement, most)


def count_rows(connection: Connection, statement: Select[Any], *, most: int | None) -> int:
    """How many rows a statement has; counting stops behind `most`, if there is one."""
    counted: int = connection.execute(_counted(statement, most)).scalar_one()
    return counted


def _counted(statement: Select[Any], most: int | None) -> Select[Any]:
    return select(func.count()).select_from(statement.limit(None if most is None else most + 1).subquery())


def _are_few(connection: Connection, statement: Select[Any]) -> bool:
    return count_rows(connection, statement, most=FEW) <= FEW


def _matched(query: Query, match: str) -> Select[Any]:
    return select(ENTRY).where(_asked(match), *_entries(query))


def _measured(found: Finding) -> Select[Any]:
    """Recordings of the length that is asked for, whatever else is."""
    of_length = Query(longer=found.query.longer, shorter=found.query.shorter)
    return replace(found, query=of_length, lead=Lead.BY_LENGTH).select(literal(1))


def _asked(match: str) -> ColumnElement[bool]:
    return literal_column(SEARCH).bool_op("MATCH")(match)


def _entries(query: Query) -> Iterable[ColumnElement[bool]]:
    """Bounds of the index for what the query asks of the time."""
    start, end = bounds(query.spans)
    if start is not None:
        yield first_entry(start) <= ENTRY
    if end is not None:
        yield last_entry(end) >= ENTRY


def without_halves(query: Query) -> Query:
    """The query without half characters, which no row holds and SQL does not take."""

    def whole(terms: Sequence[Term]) -> tuple[Term, ...]:
        return tuple(replace(term, text=storable(term.text)) for term in terms)

    words, callers, callees, parties = map(whole, (query.words, query.callers, query.callees, query.parties))
    return replace(query, words=words, callers=callers, callees=callees, parties=parties)
