"""Errors for words that cannot be read, each with the corrected line where one is likely."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from bot.domain.query import DEFAULT_ROWS, MOST_ROWS
from bot.domain.recording import Direction
from bot.errors import QueryError
from bot.language.context import LineContext
from bot.language.dates import DAY_NAMES, WEEKDAYS, read_time_range
from bot.language.tokens import Word
from bot.language.writing import quoted

EXAMPLES = {
    "from": "from:harris",
    "to": "to:5566",
    "with": "with:5566",
    "type": "type:inbound",
    "after": "after:yesterday",
    "before": "before:monday",
    "on": "on:yesterday",
    "longer": "longer:2m",
    "shorter": "shorter:90s",
    "id": "id:600..614",
    "sort": "sort:time",
    "order": "order:asc",
    "page": "page:2",
    "count": "count:25",
}
"""Every key of a filter or option, with an example."""
OPTIONS = frozenset({"sort", "order", "page", "count"})
"""Keys that do not change which recordings are found, only how they are listed."""
BARE_WORDS = {
    "sort": "sort:time",
    "time": "sort:time",
    "id": "sort:id",
    "duration": "sort:duration",
    "size": "sort:size",
    "order": "order:desc",
    "asc": "order:asc",
    "desc": "order:desc",
    "page": "page:2",
    **{direction.value: f"type:{direction}" for direction in Direction},
    **{day: f"on:{day}" for day in DAY_NAMES},
}
"""What a word without its key probably means."""
LONG_BARE_WORDS = (*(direction.value for direction in Direction), "yesterday", *WEEKDAYS)
"""Those of them that no short name resembles."""
ALIKE = 0.8
"""How alike a word must be to one of those, or to a verb, to be taken for a typing error."""
LONGEST_NUMBER = 18
"""Digits that fit the archive's 64-bit integers."""


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A line while it is read."""

    text: str
    words: tuple[Word, ...]
    """Without the verb."""
    context: LineContext

    def error(self, word: Word, message: str, replacement: str | None = None) -> QueryError:
        """Return the error for a word. `replacement` corrects it: "" leaves it out, None if no correction is known."""
        start, end = word.position
        return error_at(
            word, message, None if replacement is None else self.text[:start] + replacement + self.text[end:]
        )

    def missing(self, message: str) -> QueryError:
        """Return the error for a line that ends too early."""
        return QueryError(message, word="", span=(len(self.text), len(self.text)))

    def as_search(self) -> str:
        """Write the same words as a search: unknown keys are searched for, and the first count becomes `count:`."""
        count = next((word for word in self.words if is_count(word)), None)
        rest = [self._as_searched(word) for word in self.words if word is not count]
        option = [] if count is None or int(count.value) in {0, DEFAULT_ROWS} else [f"count:{count.value}"]
        return " ".join(["search", *rest, *option])

    def as_stats(self) -> str:
        """Write the same words as `stats`, without what only a listing takes."""
        return " ".join(
            ["stats", *(word.text for word in self.words if word.key not in OPTIONS and not is_count(word))]
        )

    def _as_searched(self, word: Word) -> str:
        if word.key and word.key not in EXAMPLES:
            return ("-" if word.is_excluded else "") + quoted(f"{word.key}:{word.value}")
        return (None if word.key else as_filter(word, self.context)) or word.text


def error_at(word: Word, message: str, corrected: str | None) -> QueryError:
    """Return the error for a word, with the whole corrected line."""
    nearest = None if corrected is None else " ".join(corrected.split())
    return QueryError(message, word=word.text, span=word.position, nearest=nearest)


def as_filter(word: Word, context: LineContext) -> str | None:
    """Return the filter or option that a bare word probably means; None for what may be a name or a number."""
    if word.is_quoted or word.is_excluded:
        return None
    text = word.value.casefold()
    bare_word = text if text in BARE_WORDS else closest(text, LONG_BARE_WORDS, cutoff=ALIKE)
    if bare_word:
        return BARE_WORDS[bare_word]
    may_be_time = any(char.isdigit() for char in text) and not is_number(text)
    found = read_time_range(text, context) if may_be_time else None
    return None if found is None else f"{'on' if found.end else 'after'}:{word.value_text}"


def is_number(text: str) -> bool:
    """Whether a text is a whole number in ASCII digits that fits the archive."""
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER


def is_count(word: Word) -> bool:
    """Whether a word is a number of rows, such as `10`; `007` and `5566` are telephone numbers."""
    if word.is_quoted or word.is_excluded or word.key or not is_number(word.value):
        return False
    return int(word.value) <= MOST_ROWS and str(int(word.value)) == word.value


def closest(word: str, candidates: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the candidate that a word resembles most; `cutoff` is the least similarity, from 0 to 1."""
    return next(iter(get_close_matches(word.casefold(), list(candidates), n=1, cutoff=cutoff)), None)
