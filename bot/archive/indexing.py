"""The index of words: every three neighbouring characters of what a search looks in, and the rows that have them.

An entry's `rowid` is the stretch of time that the call started in, some 18 hours, and the recording's own id in the
lowest bits. So the newest stretches are found first without sorting; within one the recordings tell their order. The
index stores how far each entry is from the one before: of rows taken in one after another that is one byte, where a
`rowid` with the second in it takes six. It keeps no text (`content=''`), and where in the text characters stand it does
not know either (`detail=none`): a candidate is held against the recording itself.
Source: SQLite, "FTS5 Extension", 4.3.4 "The Trigram Tokenizer", 4.4.2 "Contentless Tables", 4.6 "The Detail Option".

An entry is removed by the text that it was made of. Whoever changes `haystack` fills the index anew, in a migration.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, TextClause, func, text

from bot.archive.functions import HAYSTACK
from bot.archive.rows import FACT_NAMES
from bot.archive.schema import recordings

BITS = 30
"""Of our own id: room for a thousand million recordings."""
MASK = (1 << BITS) - 1
STRETCH_BITS = 16
"""Of a time in seconds that are left out. Shorter stretches make a larger index, longer ones more to put in order."""
SEARCH, VOCABULARY = "recordings_search", "recordings_search_words"
COLUMNS = ("caller_name", "caller_number", "callee_name", "callee_number", "uid", "file")
"""What is looked in, in the order of the function's arguments."""
TEXTS = tuple(map(FACT_NAMES.index, COLUMNS))
STARTED_AT = FACT_NAMES.index("started_at")
"""The places, in a row's facts, of what an entry is made of."""

ENTRY = f"((max(started_at, 0) >> {STRETCH_BITS}) << {BITS}) | id, {HAYSTACK}({', '.join(COLUMNS)})"
"""An entry's rowid and text, of a row of `recordings`. Ordered by the first: FTS5 writes what comes in falling order
to the disk at once, entry by entry.
"""

_ADD_NEW = text(
    f"INSERT INTO {SEARCH}(rowid, body) SELECT {ENTRY} FROM recordings "  # noqa: S608 - text of ours alone
    "WHERE site = :site AND generation = :generation AND pbx_id IN (SELECT value FROM json_each(:ids)) ORDER BY 1"
)
_ADD = text(
    f"INSERT INTO {SEARCH}(rowid, body) SELECT {ENTRY} FROM recordings "  # noqa: S608 - text of ours alone
    "WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY 1"
)
_REMOVE = text(
    f"INSERT INTO {SEARCH}({SEARCH}, rowid, body) SELECT 'delete', {ENTRY} FROM recordings "  # noqa: S608 - as above
    "WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY 2"
)


def first_entry(second: int) -> int:
    """The lowest that a call of this second since 1970 can have."""
    return (max(second, 0) >> STRETCH_BITS) << BITS


def last_entry(second: int) -> int:
    """The highest that a call of this second since 1970 can have."""
    return first_entry(second) | MASK


def haystack_of_row() -> ColumnElement[str]:
    """What is looked in, of a row of `recordings`."""
    found: ColumnElement[str] = getattr(func, HAYSTACK)(*(recordings.c[name] for name in COLUMNS))
    return found


def add_new(connection: Connection, site: str, generation: int, pbx_ids: Iterable[int]) -> None:
    """Index rows of the newest generation that have just been stored."""
    values = {"site": site, "generation": generation, "ids": json.dumps(list(pbx_ids))}
    if connection.dialect.name == "sqlite":
        connection.execute(_ADD_NEW, values)


def add(connection: Connection, ids: Iterable[int]) -> None:
    """Index rows, by our own ids."""
    _run(connection, _ADD, ids)


def remove(connection: Connection, ids: Iterable[int]) -> None:
    """Take rows out of the index, by our own ids, while they are still as they were indexed."""
    _run(connection, _REMOVE, ids)


def _run(connection: Connection, statement: TextClause, ids: Iterable[int]) -> None:
    wanted = list(ids)
    if wanted and connection.dialect.name == "sqlite":
        connection.execute(statement, {"ids": json.dumps(wanted)})


def is_reindexed(held: Sequence[Any], told: Sequence[Any]) -> bool:
    """Whether what an entry is made of has changed."""
    moved = first_entry(held[STARTED_AT]) != first_entry(told[STARTED_AT])
    return moved or any(held[place] != told[place] for place in TEXTS)
