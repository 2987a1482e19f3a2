"""Which entries of the index may be what is looked for: a query in FTS5's own language, of three characters at a time.

What it finds has the right characters somewhere. Whether they stand together is then asked of the recording itself.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, text

from bot.archive.filters import least_needles
from bot.archive.functions import LINE
from bot.archive.indexing import VOCABULARY
from bot.domain.folding import fold
from bot.domain.number import read_number
from bot.domain.query import Query, Term

LENGTH = 3
"""Characters of an entry's word. Source: SQLite, "FTS5 Extension", "The Trigram Tokenizer"."""
MOST_TRIGRAMS = 6
"""Of one needle: enough to leave little besides what is meant, and each of them takes time."""
MOST_CONTINUATIONS = 60
"""Words of the index that begin with a shorter needle; one that has more is soon found by reading recordings."""
HIGHEST = "\U0010ffff"
RANDOM_END = 8
"""Characters of a long number, uid or time that tell it from others: what it begins with is the same in very many."""

_CONTINUATIONS = text(
    f"SELECT term FROM {VOCABULARY} WHERE term >= :first AND term <= :last LIMIT :most"  # noqa: S608 - text of ours alone
)

Needles = Sequence[str]
"""Of which an entry must have every one."""


def candidates(connection: Connection, query: Query, region: str | None) -> str | None:
    """What to MATCH; None where the index cannot help. Everything outside quotes is ours."""
    found = [_any_of(connection, group) for group in _groups(query, region)]
    return " AND ".join(f"({part})" for part in dict.fromkeys(found) if part) or None


def has_short_needle(query: Query, region: str | None) -> bool:
    """Whether something is looked for that is shorter than the index's words: `candidates` takes its time then."""
    return any(len(needle) < LENGTH for group in _groups(query, region) for every in group for needle in every)


def _groups(query: Query, region: str | None) -> list[list[Needles]]:
    """What is looked for: of each group at least one."""
    words: list[list[Needles]] = [
        [[needle] for needle in least_needles(word, region)] for word in query.words if not word.excluded
    ]
    filters = (query.callers, query.callees, query.parties)
    terms = [[_needles(term, region) for term in wanted if not term.excluded] for wanted in filters]
    return [group for group in words + terms if group]


def _needles(term: Term, region: str | None) -> Needles:
    """Characters that whatever the term means has: a part of a name, or what a number's line begins and ends with."""
    number = read_number(term.text, region)
    if number is None:
        return [fold(term.text)]
    if number.is_pattern or len(number.digits) < LENGTH:
        parts = f"{LINE}{number.digits}{LINE}".split("x")
        return [part for part in parts if len(part) >= LENGTH] or [max(parts, key=len)]
    return [number.core + LINE]  # not how it begins: a company's extensions, or its town's numbers, all begin alike


def _any_of(connection: Connection, group: Sequence[Needles]) -> str | None:
    """Whatever fits one of several; None where one of them fits too much to be worth it."""
    fitting = [[_has(connection, needle) for needle in every] for every in group]
    parts = [" AND ".join(f"({part})" for part in every if part) for every in fitting]
    return " OR ".join(f"({part})" for part in parts) if all(parts) else None


def _has(connection: Connection, needle: str) -> str | None:
    if len(needle) >= LENGTH:
        return " AND ".join(map(_quoted, _trigrams(needle)))
    if not needle or "\0" in needle:
        return None
    values = {"first": needle, "last": needle + HIGHEST * (LENGTH - len(needle)), "most": MOST_CONTINUATIONS + 1}
    longer = connection.execute(_CONTINUATIONS, values).scalars().all()
    if len(longer) > MOST_CONTINUATIONS:
        return None
    return " OR ".join(map(_quoted, longer)) or _quoted("\x01" * LENGTH)  # nothing has it: neither has any text


def _trigrams(needle: str) -> Iterable[str]:
    """Some of them, spread over the whole or what tells it from others, the ends among them."""
    if needle.strip(f"+{LINE}").isdecimal():
        needle = needle[-RANDOM_END:]
    last = len(needle) - LENGTH
    count = min(last, MOST_TRIGRAMS - 1)
    starts = [last * place // count for place in range(count + 1)] if count else [0]
    return dict.fromkeys(needle[start : start + LENGTH] for start in starts)


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'
