"""Functions that SQL calls in this process: what a word is looked for in, and whether a party is who is meant."""

from functools import lru_cache
from typing import Any

from bot.domain.folding import fold
from bot.domain.matching import haystack, is_party
from bot.domain.query import Term
from bot.domain.recording import Party

HAYSTACK = "recordings_haystack"
IS_PARTY = "recordings_is_party"
LINE = "\n"
"""Behind each name and number, and before each number."""
END = LINE + LINE
"""Behind the last line, so that each of its characters begins three: short words are looked for by these."""


def register(connection: Any) -> None:
    """Make them known on a connection of the driver's."""
    connection.create_function(HAYSTACK, 6, _haystack, deterministic=True)
    connection.create_function(IS_PARTY, 4, _is_party, deterministic=True)


def _haystack(*told: str) -> str:
    """Of names and numbers, caller first, uid and file: the lines of `bot.domain.matching.haystack`."""
    caller_name, caller_number, callee_name, callee_number, uid, file = told
    lines = (_party(caller_name, caller_number), _party(callee_name, callee_number), fold(uid), fold(file))
    return LINE.join(lines).replace("\0", LINE) + END  # FTS5 reads no farther than a NUL


@lru_cache(maxsize=8192)  # the same people, row after row
def _party(name: str, number: str) -> str:
    return haystack(names=[name], numbers=[number], others=())


@lru_cache(maxsize=8192)
def _is_party(text: str, region: str | None, name: str, number: str) -> bool:
    return is_party(Term(text), Party(name, number), region)
