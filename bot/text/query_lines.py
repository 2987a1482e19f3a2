"""What was asked and how much of it was found, as lines."""

import re
from datetime import tzinfo

from bot.domain.query import Query
from bot.domain.results import Hint, ListResult
from bot.text.cleaning import trim
from bot.text.help_lines import COMMAND
from bot.text.lines import DAY, Line, Moment, Person, Words
from bot.text.query_words import describe_query

TITLE_ROOM = 200
QUERY_ROOM = 240
"""What stands above a hundred rows; a phone shows three lines of it."""
NOUN = re.compile("calls|recordings")
LEFT_OUT = {
    "ids": "whatever their number",
    "words": "without those words",
    "callers": "whoever called",
    "callees": "whoever was called",
    "parties": "whoever took part",
    "ways": "whichever way",
    "spans": "at any time",
    "longer": "however short",
    "shorter": "however long",
}
"""What is found when a filter is left out."""


def heading(found: ListResult, zone: tzinfo) -> Line:
    """Such as "Calls from Harris, inbound, since yesterday · 1–3 of 3"."""
    return (Words(title(found.query, zone), "bold"), f" · {span(found.first, found.last)} of {total(found)}")


def title(query: Query, zone: tzinfo) -> str:
    """What is asked for, in words."""
    return trim(describe_query(query, zone), TITLE_ROOM)


def span(first: int, last: int) -> str:
    """`11–20`, or `11` alone."""
    return f"{first:,}–{last:,}" if last > first else f"{first:,}"


def total(found: ListResult) -> str:
    """How many there are, never fewer than are shown."""
    return many(max(found.total, found.last), is_least=found.is_least)


def many(number: int, *, is_least: bool) -> str:
    """`184`, or `more than 1,000` where counting stopped."""
    return f"more than {number:,}" if is_least else f"{number:,}"


def nothing(found: ListResult, zone: tzinfo) -> Line:
    """What is said in the place of an empty list: what was searched, in words."""
    query = found.query.filters
    if found.total > 0:
        return _nothing_here(found)
    if query == Query():
        return ("There are no recordings yet.",)
    if query.ids and query == Query(ids=query.ids):
        return _no_number(*query.ids)
    return (Words(title(found.query, zone), "bold"), " · none")


def hint(told: Hint, asked: Query, zone: tzinfo) -> Line:
    """What a wider question finds: how many, and how it differs. Such as "3 at any time", "3 calls since 17 Nov"."""
    changed = [name for name in LEFT_OUT if getattr(told.query, name) != getattr(asked, name)]
    narrow = Query(**{name: getattr(told.query, name) for name in changed})
    left_out = [LEFT_OUT[name] for name in changed if getattr(told.query, name) == getattr(Query(), name)]
    words = [] if narrow == Query() else [_counted(title(narrow, zone), one=told.total == 1)]
    return (f"{many(told.total, is_least=told.is_least)} {', '.join([*words, *left_out])}",)


def back_to(found: ListResult) -> Line:
    """How far the history has been read in, while it is."""
    if found.back_to is None:
        return ()
    more = "" if found.rows else "; older calls may follow"
    return (Words("Read in back to ", "italic"), Moment(found.back_to, DAY), Words(f" so far{more}", "italic"))


def shared_by(person: str, line: str) -> Line:
    """Who shared an answer, and the line that asks for it. `person` is a Slack user id."""
    return ("Shared by ", Person(person), " · ", typed(line))


def to_list(line: str) -> Line:
    """What to type where there is no button to press."""
    return (typed(line), " lists them.")


def typed(line: str) -> Words:
    """A line as one types it."""
    return Words(trim(f"{COMMAND} {line}".rstrip(), QUERY_ROOM), "code")


def too_long(found: ListResult, *, can_turn: bool) -> Line:
    """How to go on where a query does not fit a button; `can_turn` when it fits those that turn the page."""
    if can_turn or found.next is None:
        return ("This is too long to be shared by a button: ask for less to share it.",)
    page = Words(f"page:{found.query.page + 1}", "code")
    return ("This is too long for buttons: type it again with ", page, " for more.")


def _nothing_here(found: ListResult) -> Line:
    if found.query.page > 1:
        recordings = "recording" if found.total == 1 and not found.is_least else "recordings"
        return (f"There is nothing on page {found.query.page:,}: {total(found)} {recordings} in all.",)
    return ("There are no more recordings this way.",)


def _no_number(low: int, high: int) -> Line:
    if low == high:
        return (f"There is no recording {low}; it may have been deleted.",)
    return (f"There are no recordings from {low} to {high}; they may have been deleted.",)


def _counted(words: str, *, one: bool) -> str:
    """What is asked for, behind a number: `inbound calls since …`, `inbound call since …`."""
    told = words[:1].lower() + words[1:]
    return NOUN.sub(lambda noun: noun[0][:-1], told, count=1) if one else told
