"""Decide whether a recording matches a query. The archive's SQL is tested against these functions."""

from collections.abc import Iterable
from datetime import datetime

from bot.domain.folding import fold
from bot.domain.number import compact, read_number
from bot.domain.query import Query, Term
from bot.domain.recording import Party, Recording
from bot.domain.time_range import TimeRange

LEAST_CORE = 4
"""Minimum of digits for which a number in a search word is also found in other notations."""


def matches(query: Query, recording: Recording, *, region: str | None = None) -> bool:
    """Return whether the recording matches every filter of the query. Order, count and page are ignored.

    `region` is the country of telephone numbers without a country code.
    """
    return (
        (query.ids is None or query.ids[0] <= recording.id <= query.ids[1])
        and _words(query.words, recording, region)
        and _any(query.callers, [recording.caller], region)
        and _any(query.callees, [recording.callee], region)
        and _any(query.parties, [recording.caller, recording.callee], region)
        and _directions(query, recording)
        and _time_ranges(query.time_ranges, recording.started_at)
        and _length(query, recording)
    )


def haystack(*, names: Iterable[str], numbers: Iterable[str], others: Iterable[str]) -> str:
    """Return the text in which words are searched: one line for each name, number, compact number, uid and file.

    Names and numbers are folded. The uid and the file are only converted to lower case, because the PBX writes them in
    ASCII. No word contains a line end.
    """
    present = [number for number in numbers if number]
    bare = [short for number in present if (short := compact(number)) != number]
    return "\n".join((*map(fold, (*names, *present, *bare)), *(other.lower() for other in others)))


def needles(word: str, region: str | None) -> tuple[str, ...]:
    """Return the variants of a word. The word is found if one of them is in the haystack."""
    number = read_number(word, region)
    typed = fold(word)
    core = "" if number is None or number.is_pattern else number.core.lstrip("0")
    return (typed,) if len(core) < LEAST_CORE or core == typed else (typed, core)


def is_party(term: Term, party: Party, region: str | None) -> bool:
    """Return whether a party matches a term by number or by a part of the name. Ignores `term.excluded`."""
    number = read_number(term.text, region)
    if number is not None:
        return bool(party.number) and number.is_in(party.number)
    typed = fold(term.text)
    return any(typed in fold(text) for text in (party.name, party.number, compact(party.number)))


def _words(words: Iterable[Term], recording: Recording, region: str | None) -> bool:
    text = haystack(
        names=(recording.caller.name, recording.callee.name),
        numbers=(recording.caller.number, recording.callee.number),
        others=(recording.uid, recording.file),
    )
    return all(any(needle in text for needle in needles(word.text, region)) is not word.excluded for word in words)


def _any(terms: Iterable[Term], parties: list[Party], region: str | None) -> bool:
    wanted = [term for term in terms if not term.excluded]
    unwanted = [term for term in terms if term.excluded]
    if any(is_party(term, party, region) for term in unwanted for party in parties):
        return False
    return not wanted or any(is_party(term, party, region) for term in wanted for party in parties)


def _directions(query: Query, recording: Recording) -> bool:
    wanted = [one.direction for one in query.directions if not one.excluded]
    unwanted = [one.direction for one in query.directions if one.excluded]
    return recording.direction not in unwanted and (not wanted or recording.direction in wanted)


def _time_ranges(ranges: Iterable[TimeRange], at: datetime | None) -> bool:
    ranges = tuple(ranges)
    return not ranges or (at is not None and any(_is_in(time_range, at) for time_range in ranges))


def _is_in(time_range: TimeRange, at: datetime) -> bool:
    return (time_range.start is None or time_range.start <= at) and (time_range.end is None or at < time_range.end)


def _length(query: Query, recording: Recording) -> bool:
    if query.longer is None and query.shorter is None:
        return True
    if recording.length is None:
        return False
    length = recording.length.value
    return (query.longer is None or length >= query.longer) and (query.shorter is None or length <= query.shorter)
