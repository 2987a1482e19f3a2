"""Functions that SQL calls in this process: what a word is looked for in, and whether a party is who is meant."""

from functools import lru_cache
from typing import Any

from bot.domain.matching import haystack, is_party
from bot.domain.query import Term
from bot.domain.recording import Party

HAYSTACK = "recordings_haystack"
IS_PARTY = "recordings_is_party"
END = "\n\n"
"""Behind the last line, so that each of its characters begins three: short words are looked for by these."""


def register(connection: Any) -> None:
    """Make them known on a connection of the driver's."""
    connection.create_function(HAYSTACK, 6, _haystack, deterministic=True)
    connection.create_function(IS_PARTY, 4, _is_party, deterministic=True)


def _haystack(*told: str) -> str:
    """Of names and numbers, caller first, uid and file."""
    caller_name, caller_number, callee_name, callee_number, *others = told
    text = haystack(names=(caller_name, callee_name), numbers=(caller_number, callee_number), others=others)
    return text.replace("\0", "\n") + END  # FTS5 reads no farther than a NUL


@lru_cache(maxsize=8192)  # the same few hundred people, row after row
def _is_party(text: str, region: str | None, name: str, number: str) -> bool:
    return is_party(Term(text), Party(name, number), region)
