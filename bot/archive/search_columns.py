r"""The columns of `recordings` for the search, and the search index.

A search compares folded text and compact numbers. For most names and numbers, which are ASCII, SQL's `lower` returns
the same text. For the others, the text is stored in `caller_search` and `callee_search`. This saves space, and SQL
needs no function of this program.

`CALLER` and `CALLEE` are the texts of the parties: lines that end with a newline, with a tab before the compact number.
Folded text contains neither character, so the end of a number is `LIKE '%7946\n'`, and a whole number is
`LIKE '%\t5566\n'`.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, String, literal_column, text

from bot.domain.folding import fold
from bot.domain.number import compact
from bot.domain.recording import WAV_BYTES_A_SECOND, WAV_HEADER, Party, Recording

SEARCH_TABLE = "recordings_search"
"""SQLite's index: an FTS5 table that stores trigrams and no text. Its rowid is the recording's `id`."""
VOCABULARY_TABLE = "recordings_search_terms"
"""The trigrams of SQLite's index, in order."""
LENGTH_UNITS = WAV_BYTES_A_SECOND
"""Units per second of the column `length`: bytes of a WAV file, so that lengths are integers."""
NUMBER_START, LINE_END = "\t", "\n"

SEARCH_COLUMNS: tuple[Callable[[], Column[Any]], ...] = (
    lambda: Column("caller_search", String, nullable=False, server_default=text("''")),
    lambda: Column("callee_search", String, nullable=False, server_default=text("''")),
    lambda: Column("length", BigInteger, nullable=False, server_default=text("0")),
)
SEARCH_COLUMN_NAMES = ("caller_search", "callee_search", "length")


def storable(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot encode, and NUL, which PostgreSQL cannot store."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    return text if text.isascii() else text.encode(errors="replace").decode()


def _party_sql(party: str, table: str) -> str:
    plain = f"lower({table}.{party}_name) || '{NUMBER_START}' || lower({table}.{party}_number) || '{LINE_END}'"
    return f"CASE {table}.{party}_search WHEN '' THEN {plain} ELSE {table}.{party}_search END"


def _file_sql(table: str) -> str:
    return f"lower({table}.uid) || '{LINE_END}' || lower({table}.file)"


CALLER, CALLEE, FILE = (
    literal_column(f"({sql})", String)
    for sql in (_party_sql("caller", "recordings"), _party_sql("callee", "recordings"), _file_sql("recordings"))
)
"""The texts for the search, as SQL expressions on `recordings`. PostgreSQL has an index on each."""


def search_values(recording: Recording) -> tuple[str, str, int]:
    """Return the values of `SEARCH_COLUMNS` for a recording."""
    return _party_text(recording.caller), _party_text(recording.callee), _length(recording)


def _party_text(party: Party) -> str:
    """Return the folded text of a party; empty if SQL's `lower` returns the same text."""
    name, number, short = fold(party.name), fold(party.number), fold(compact(party.number))
    written = f"{party.name}{NUMBER_START}{party.number}"
    if written.isascii() and written.lower() == f"{name}{NUMBER_START}{short}":
        return ""
    lines = (name, short) if number == short else (f"{name}{LINE_END}{number}", short)
    return storable(NUMBER_START.join(lines) + LINE_END)


def _length(recording: Recording) -> int:
    """Return `Recording.length` in `LENGTH_UNITS`; 0 if unknown."""
    if whole_seconds := recording.duration // timedelta(seconds=1):
        return whole_seconds * LENGTH_UNITS
    is_wav = recording.file.lower().endswith(".wav")
    return recording.size - WAV_HEADER if is_wav and recording.size > WAV_HEADER else 0


def create_search_index(connection: Connection) -> None:
    """Create the search index and fill it. On SQLite, triggers keep it up to date."""
    statements = _POSTGRESQL if connection.dialect.name == "postgresql" else _SQLITE
    for statement in statements:
        connection.exec_driver_sql(statement)


def _sqlite_text(row: str) -> str:
    """Return the SQL for the indexed text. Its end is padded, so that each character starts a trigram."""
    texts = f"({_party_sql('caller', row)}) || ({_party_sql('callee', row)}) || {_file_sql(row)}"
    return f"{texts} || '{LINE_END}{LINE_END}'"


_ADD_NEW = f"INSERT INTO {SEARCH_TABLE}(rowid, text) VALUES (new.id, {_sqlite_text('new')});"  # noqa: S608 - our own text
_DELETE_OLD = (
    f"INSERT INTO {SEARCH_TABLE}({SEARCH_TABLE}, rowid, text) VALUES ('delete', old.id, {_sqlite_text('old')});"  # noqa: S608 - our own text
)
_UPDATE = "UPDATE OF caller_name, caller_number, caller_search, callee_name, callee_number, callee_search, uid, file"
_FTS5 = "text, content='', detail='none', columnsize=0, tokenize='trigram case_sensitive 1'"
"""Stores only which rows have each trigram.

Source: SQLite, "FTS5 Extension", 4.3.4 "The Trigram Tokenizer", 4.4.2 "Contentless Tables", 4.6 "The Detail Option".
"""
_SQLITE = (
    f"CREATE VIRTUAL TABLE {SEARCH_TABLE} USING fts5({_FTS5})",
    f"INSERT INTO {SEARCH_TABLE}(rowid, text) SELECT id, {_sqlite_text('recordings')} FROM recordings ORDER BY id",  # noqa: S608 - our own text
    f"CREATE VIRTUAL TABLE {VOCABULARY_TABLE} USING fts5vocab({SEARCH_TABLE}, row)",
    f"CREATE TRIGGER recordings_search_insert AFTER INSERT ON recordings BEGIN {_ADD_NEW} END",
    f"CREATE TRIGGER recordings_search_delete AFTER DELETE ON recordings BEGIN {_DELETE_OLD} END",
    f"CREATE TRIGGER recordings_search_update AFTER {_UPDATE} ON recordings BEGIN {_DELETE_OLD} {_ADD_NEW} END",
)
_POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX recordings_search_idx ON recordings USING gin ("
    + ", ".join(f"({sql}) gin_trgm_ops" for sql in (CALLER, CALLEE, FILE))
    + ")",
)
