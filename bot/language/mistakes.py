"""What is told of words that cannot be read."""

from collections.abc import Iterable
from difflib import get_close_matches

from bot.errors import QueryError
from bot.language.tokens import Word

LONGEST_NUMBER = 18
"""Digits: what fits the archive's 64-bit integers."""


def is_number(text: str) -> bool:
    """Whether it is a whole number that everything here can hold."""
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER


def near(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known word that it most probably is; `cutoff` is how alike they must be, from 0 to 1."""
    return next(iter(get_close_matches(word.casefold(), list(known), n=1, cutoff=cutoff)), None)


def wrong(line: str, word: Word, message: str, right: str | None = None) -> QueryError:
    """The error for a word; `right` is what should stand in its place, "" to leave it out, None if unknown."""
    start, end = word.span
    return error(word, message, None if right is None else line[:start] + right + line[end:])


def error(word: Word, message: str, nearest: str | None) -> QueryError:
    """The error for a word; `nearest` is the whole line put right, None if unknown."""
    tidy = None if nearest is None else " ".join(nearest.split())
    return QueryError(message, word=word.typed, span=word.span, nearest=tidy)


def missing(line: str, message: str) -> QueryError:
    """The error for a line that ends too early."""
    return QueryError(message, word="", span=(len(line), len(line)))
