"""What a line that cannot be read was probably meant to be."""

from collections.abc import Sequence

from bot.domain.query import DEFAULT_ROWS, MOST_ROWS
from bot.domain.recording import Direction
from bot.language.context import LineContext
from bot.language.dates import DAYS, WEEKDAYS, read_span
from bot.language.filters import READERS
from bot.language.mistakes import is_number, near
from bot.language.tokens import Word
from bot.language.writing import quoted

OPTIONS = frozenset({"sort", "order", "page", "count"})
"""Keys that say nothing of what is found, but of how it is listed."""
MEANT = {
    "sort": "sort:time",
    "time": "sort:time",
    "id": "sort:id",
    "duration": "sort:duration",
    "size": "sort:size",
    "order": "order:desc",
    "asc": "order:asc",
    "desc": "order:desc",
    "page": "page:2",
    **{way.value: f"type:{way}" for way in Direction},
    **{day: f"on:{day}" for day in DAYS},
}
"""What a bare word after `latest` stands for."""
LONG = (*(way.value for way in Direction), "yesterday", *WEEKDAYS)
"""Those of them that no short name is like."""
ALIKE = 0.8
"""How alike a word must be to one of those."""


def is_count(word: Word) -> bool:
    """Whether a word says how many, `10`; `007` and `5566` are somebody's number."""
    if word.is_quoted or word.is_excluded or word.key or not is_number(word.value):
        return False
    return (
        len(word.value) <= len(str(MOST_ROWS)) and int(word.value) <= MOST_ROWS and str(int(word.value)) == word.value
    )


def meant(word: Word, asker: LineContext) -> str | None:
    """What a bare word in a listing stands for, as it should be typed; None for what may be a name or a number."""
    if word.key or word.is_quoted or word.is_excluded:
        return None
    text = word.value.casefold()
    slip = text if text in MEANT else near(text, LONG, cutoff=ALIKE)
    if slip:
        return MEANT[slip]
    span = read_span(text, asker) if any(char.isdigit() for char in text) and not is_number(text) else None
    return None if span is None else f"{'on' if span.end else 'after'}:{word.written}"


def as_search(words: Sequence[Word], asker: LineContext) -> str:
    """The same words behind `search`: what is no filter is looked for, and the first count says how many."""
    count = next((word for word in words if is_count(word)), None)
    rest = [_searched(word, asker) for word in words if word is not count]
    told = [] if count is None or int(count.value) in {0, DEFAULT_ROWS} else [f"count:{count.value}"]
    return " ".join(["search", *rest, *told])


def as_stats(words: Sequence[Word]) -> str:
    """The same words behind `stats`."""
    return " ".join(["stats", *(word.typed for word in words if word.key not in OPTIONS and not is_count(word))])


def _searched(word: Word, asker: LineContext) -> str:
    if word.key and word.key not in READERS:
        return ("-" if word.is_excluded else "") + quoted(f"{word.key}:{word.value}")
    return word.typed if word.key else meant(word, asker) or word.typed
