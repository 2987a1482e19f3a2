"""The language of `/recordings`: a line in, one frozen value out, or an error that points at the word."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.query import MOST_ROWS, Query
from bot.domain.statistics import GroupBy
from bot.errors import QueryError
from bot.language.context import LineContext
from bot.language.corrections import OPTIONS, as_search, as_stats, is_count, meant
from bot.language.dates import DAYS
from bot.language.filters import READERS, Reading, term, unknown, within
from bot.language.mistakes import error, is_number, missing, near, wrong
from bot.language.tokens import Word, split

NEAR_VERB = 0.8
"""How alike a first word must be to a verb to be taken for a slip; below that it is searched for."""
NOBODY = LineContext(now=datetime.fromtimestamp(0, UTC))
"""Reads the lines that the bot itself has written: their moments need no asker."""


@dataclass(frozen=True, slots=True)
class Latest:
    """List recordings: all of them, or those that a search or filters find."""

    query: Query


@dataclass(frozen=True, slots=True)
class Show:
    """One recording in full, by the PBX's number."""

    id: int


@dataclass(frozen=True, slots=True)
class AskStats:
    """How many and how long."""

    query: Query
    by: GroupBy = GroupBy.DAY


@dataclass(frozen=True, slots=True)
class AskStatus:
    """How the bot is."""


@dataclass(frozen=True, slots=True)
class AskHelp:
    """What can be asked."""

    filters: bool = False
    """All of it, rather than a few examples."""


Command = Latest | Show | AskStats | AskStatus | AskHelp
Words = Sequence[Word]


def read_command(line: str, asker: LineContext = NOBODY) -> Command:
    """Read what stands after `/recordings`; nothing at all means the latest ten.

    A line that starts with no verb but with what `latest` takes (`20`, `sort:id`) is read as `latest`, any other as
    `search`. Raises QueryError; nothing of the line counts then.
    """
    line = (
        line.rstrip().encode(errors="replace").decode()
    )  # halves of characters, which JSON can carry and UTF-8 cannot
    words = split(line)
    if not words or is_count(words[0]):
        return _latest(line, words, asker)
    first = words[0]
    if first.key:
        return _latest(line, words, asker) if first.key not in VERBS else _with_colon(line, first)
    if first.is_quoted or first.is_excluded:
        return _search(line, words, asker)
    verb = VERBS.get(first.value.casefold())
    if verb is not None:
        return verb(line, words[1:], asker)
    near_verb = near(first.value, VERBS, cutoff=NEAR_VERB)
    if near_verb:
        raise wrong(line, first, f"I do not know “{first.typed}”", near_verb)
    return _search(line, words, asker)


def _with_colon(line: str, word: Word) -> Command:
    raise wrong(line, word, f"“{word.key}” takes no colon", f"{word.key} {word.written}")


def _latest(line: str, words: Words, asker: LineContext) -> Command:
    reading = Reading(line, asker)
    for word in words:
        if word.key in READERS:
            reading.take(word)
        elif word.key or not is_number(word.value) or word.is_excluded:
            raise _no_option(reading, words, word)
        elif "count" in reading.seen:
            raise wrong(line, word, f"“{word.typed}” is one too many", "")
        else:
            reading.seen.add("count")
            reading.set("count", _count(reading, words, word))
    return Latest(reading.done())


def _count(reading: Reading, words: Words, word: Word) -> int:
    if len(word.value) > len(str(MOST_ROWS)):
        message = f"“latest” lists from 1 to {MOST_ROWS}; to look for “{word.value}”, use “search”"
        raise error(word, message, as_search(words, reading.asker))
    return within(reading, word, MOST_ROWS, "“latest” lists")


def _no_option(reading: Reading, words: Words, word: Word) -> QueryError:
    """What `latest` says to a word that is none of its own: a slip, or something to search for."""
    if word.key:
        return _no_filter(reading, words, word)
    if not word.value:
        return wrong(reading.line, word, EMPTY, "")
    right = meant(word, reading.asker)
    if right:
        return wrong(reading.line, word, f"“latest” does not know “{word.typed}”", right)
    return error(word, f"To look for “{word.typed}”, use “search”", as_search(words, reading.asker))


def _no_filter(reading: Reading, words: Words, word: Word) -> QueryError:
    """What is said to a key that there is not."""
    if word.key == "by":
        return error(word, "“by:” belongs to “stats”", as_stats(words))
    told = unknown(reading, word)
    return told if told.nearest else error(word, str(told), as_search(words, reading.asker))


def _search(line: str, words: Words, asker: LineContext) -> Command:
    reading = _read_search(line, words, asker)
    if not words:
        raise missing(line, "“search” needs what to look for, such as search harris")
    return Latest(reading.done())


def _read_search(line: str, words: Words, asker: LineContext) -> Reading:
    reading = Reading(line, asker)
    for word in words:
        if word.key in READERS:
            reading.take(word)
        elif word.key:
            raise _no_filter(reading, words, word)
        elif not word.value:
            raise wrong(line, word, EMPTY, "" if len(words) > 1 else None)
        elif word.value.casefold() in DAYS and not word.is_quoted and not word.is_excluded:
            raise wrong(line, word, f"“{word.typed}” is a day, not a name", f"on:{word.value.casefold()}")
        else:
            reading.add("words", term(reading, word))
    return reading


def _show(line: str, words: Words, asker: LineContext) -> Command:  # noqa: ARG001 - as every verb
    if not words:
        raise missing(line, "“show” needs a recording's number, such as show 614")
    number = words[0].value.removeprefix("#")
    if words[0].key or words[0].is_excluded or not is_number(number):
        right = number if words[0].key == "id" and is_number(number) else None
        raise wrong(line, words[0], f"“{words[0].typed}” is not a recording's number", right)
    if len(words) > 1:
        raise wrong(line, words[1], f"“show” takes one number; “{words[1].typed}” is too much", "")
    return Show(int(number))


def _stats(line: str, words: Words, asker: LineContext) -> Command:
    by = [word for word in words if word.key == "by"]
    if len(by) > 1:
        raise wrong(line, by[1], f"“{by[1].typed}” is one too many", "")
    rest = [word for word in words if word.key != "by"]
    for word in rest:
        if word.key in OPTIONS:
            raise wrong(line, word, f"“stats” counts everything; “{word.typed}” is too much", "")
        if not word.key and not word.is_quoted and word.value.casefold() in list(GroupBy):
            raise wrong(line, word, f"“{word.typed}” needs “by:”", f"by:{word.value.casefold()}")
    query = _read_search(line, rest, asker).done()
    return AskStats(query, _by(line, by[0]) if by else GroupBy.DAY)


def _by(line: str, word: Word) -> GroupBy:
    value = word.value.casefold()
    if word.is_excluded:
        raise wrong(line, word, "“by:” cannot be turned round with a minus", f"by:{word.written}")
    if value in list(GroupBy):
        return GroupBy(value)
    near_by = near(value, GroupBy)
    message = f"“by:” takes {', '.join(list(GroupBy)[:-1])} or {list(GroupBy)[-1]}, not “{word.value}”"
    raise wrong(line, word, message, f"by:{near_by}" if near_by else None)


def _status(line: str, words: Words, asker: LineContext) -> Command:  # noqa: ARG001 - as every verb
    return _alone(line, words, "status", AskStatus())


def _help(line: str, words: Words, asker: LineContext) -> Command:  # noqa: ARG001 - as every verb
    if words and words[0].value.casefold() in HELP_FILTERS:
        return _alone(line, words[1:], "help filters", AskHelp(filters=True))
    return _alone(line, words, "help", AskHelp())


def _alone(line: str, words: Words, verb: str, command: Command) -> Command:
    if words:
        raise wrong(line, words[0], f"“{verb}” stands alone; “{words[0].typed}” is too much", "")
    return command


VERBS: dict[str, Callable[[str, Words, LineContext], Command]] = {
    "latest": _latest,
    "search": _search,
    "show": _show,
    "stats": _stats,
    "status": _status,
    "help": _help,
}
HELP_FILTERS = frozenset({"filters", "filter", "all"})
EMPTY = "There is nothing to look for between the quotes"
