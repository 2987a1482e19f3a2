"""Which entries of the index may be what is looked for: a query in FTS5's own language, of three characters at a time.

What it finds has the right characters somewhere. Whether they stand together is then asked of the recording itself.
"""

import sys
from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.archive.indexing import VOCABULARY
from bot.domain.folding import fold
from bot.domain.matching import needles
from bot.domain.numbers import read_number
from bot.domain.query import Query, Term

LENGTH = 3
"""Characters of an entry's word. Source: SQLite, "FTS5 Extension", "The Trigram Tokenizer"."""
MOST_TRIGRAMS = 6
"""Of one needle: enough to leave little besides what is meant."""
MOST_CONTINUATIONS = 1_000
"""Words of the index that begin with a short needle; with more of them the recordings are read one by one."""

_CONTINUATIONS = text(
    f"SELECT term FROM {VOCABULARY} WHERE term >= :start AND term <= :end LIMIT :most"  # noqa: S608 - text of ours alone
)


async def candidates(connection: AsyncConnection, query: Query, region: str | None) -> str | None:
    """What to MATCH; None where the index cannot help. Everything outside quotes is ours."""
    words = [[*needles(word.text, region)] for word in query.words if not word.excluded]
    filters = (query.callers, query.callees, query.parties)
    groups = words + [[_needle(term, region) for term in terms if not term.excluded] for terms in filters]
    found = [await _any_of(connection, group) for group in groups if group]
    return " AND ".join(f"({part})" for part in found if part) or None


def _needle(term: Term, region: str | None) -> str:
    """Characters that whatever the term means has; "" where it has none for sure."""
    number = read_number(term.text, region)
    if number is None:
        return fold(term.text)
    return max(number.digits.split("x"), key=len) if number.is_pattern else number.core


async def _any_of(connection: AsyncConnection, group: Sequence[str]) -> str | None:
    """Whatever has one of the needles; None where one of them is in too much to be worth it."""
    parts = [await _whole(connection, needle) for needle in group]
    return None if None in parts else " OR ".join(f"({part})" for part in parts)


async def _whole(connection: AsyncConnection, needle: str) -> str | None:
    if not needle or "\x00" in needle:
        return None
    if len(needle) >= LENGTH:
        return " AND ".join(map(_quoted, _trigrams(needle)))
    end = needle.ljust(LENGTH, chr(sys.maxunicode))
    values = {"start": needle, "end": end, "most": MOST_CONTINUATIONS + 1}
    words = (await connection.execute(_CONTINUATIONS, values)).scalars().all()
    if len(words) > MOST_CONTINUATIONS:
        return None
    return " OR ".join(map(_quoted, words)) or _quoted("\x01" * LENGTH)  # nothing has it: neither has any text


def _trigrams(needle: str) -> Iterable[str]:
    """Some of them, spread over the whole, the ends among them."""
    every = [needle[start : start + LENGTH] for start in range(len(needle) - LENGTH + 1)]
    step = max(1, -(-len(every) // MOST_TRIGRAMS))
    return dict.fromkeys([*every[::step], every[-1]])


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'
