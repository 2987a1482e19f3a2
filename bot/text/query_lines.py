"""A query and how much it found, as lines."""

import re
from datetime import tzinfo

from bot.domain.query import Query
from bot.domain.results import Hint, ListResult
from bot.text.cleaning import plain_for_escaping
from bot.text.help_lines import COMMAND
from bot.text.lines import DAY, Line, Moment, Person, Words
from bot.text.query_words import describe_query

TITLE_ROOM = 200
QUERY_ROOM = 240
"""Room for a typed command above a list; a phone shows it in three lines."""
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
"""What a query finds if one of its filters is left out."""


def heading(found: ListResult, zone: tzinfo) -> Line:
    """Such as "Calls from Harris, inbound, since yesterday · 1–3 of 3"."""
    return (Words(title(found.query, zone), "bold"), f" · {positions(found.first, found.last)} of {total_text(found)}")


def title(query: Query, zone: tzinfo) -> str:
    """Describe a query in words."""
    return plain_for_escaping(describe_query(query, zone), TITLE_ROOM)


def positions(first: int, last: int) -> str:
    """Format positions in a list: `11–20`, or `11` alone."""
    return f"{first:,}–{last:,}" if last > first else f"{first:,}"


def total_text(found: ListResult) -> str:
    """Format how many recordings there are, never fewer than the list shows."""
    return count_text(max(found.total, found.last), is_least=found.is_least)


def count_text(number: int, *, is_least: bool) -> str:
    """Format a count: `184`, or `more than 1,000` where counting stopped."""
    return f"more than {number:,}" if is_least else f"{number:,}"


def nothing_found(found: ListResult, zone: tzinfo) -> Line:
    """Say that a query found nothing, and describe the query."""
    query = found.query.filters
    if found.total > 0:
        return _no_such_page(found)
    if query == Query():
        return ("There are no recordings yet.",)
    if query.ids and query == Query(ids=query.ids):
        return _no_such_id(*query.ids)
    return (Words(title(found.query, zone), "bold"), " · none")


def hint(hint: Hint, query: Query, zone: tzinfo) -> Line:
    """Say how many recordings a wider query finds, and how it differs: "3 at any time", "3 calls since 17 Nov"."""
    changed = [name for name in LEFT_OUT if getattr(hint.query, name) != getattr(query, name)]
    difference = Query(**{name: getattr(hint.query, name) for name in changed})
    left_out = [LEFT_OUT[name] for name in changed if getattr(hint.query, name) == getattr(Query(), name)]
    words = [] if difference == Query() else [_after_count(title(difference, zone), hint.total)]
    return (f"{count_text(hint.total, is_least=hint.is_least)} {', '.join([*words, *left_out])}",)


def history_note(found: ListResult) -> Line:
    """Say how far back the history has been read, while it is being read."""
    if found.back_to is None:
        return ()
    more = "" if found.rows else "; older calls may follow"
    return (Words("Read in back to ", "italic"), Moment(found.back_to, DAY), Words(f" so far{more}", "italic"))


def shared_by(person: str, line: str) -> Line:
    """Say who shared an answer, and which command gives it. `person` is a Slack user id."""
    return ("Shared by ", Person(person), " · ", command_text(line))


def how_to_list(line: str) -> Line:
    """Say what to type where there is no button to press."""
    return (command_text(line), " lists them.")


def command_text(line: str) -> Words:
    """A line as the command to type."""
    return Words(plain_for_escaping(f"{COMMAND} {line}".rstrip(), QUERY_ROOM), "code")


def too_long(found: ListResult, *, can_turn: bool) -> Line:
    """Say how to go on when a query does not fit a button; `can_turn` if it fits the page buttons."""
    if can_turn or found.next is None:
        return ("This is too long to be shared by a button: ask for less to share it.",)
    page = Words(f"page:{found.query.page + 1}", "code")
    return ("This is too long for buttons: type it again with ", page, " for more.")


def _no_such_page(found: ListResult) -> Line:
    if found.query.page > 1:
        recordings = "recording" if found.total == 1 and not found.is_least else "recordings"
        return (f"There is nothing on page {found.query.page:,}: {total_text(found)} {recordings} in all.",)
    return ("There are no more recordings this way.",)


def _no_such_id(low: int, high: int) -> Line:
    if low == high:
        return (f"There is no recording {low}; it may have been deleted.",)
    return (f"There are no recordings from {low} to {high}; they may have been deleted.",)


def _after_count(title: str, count: int) -> str:
    """A query's title after a number: `inbound calls since …`, `inbound call since …`."""
    words = title[:1].lower() + title[1:]
    return NOUN.sub(lambda noun: noun[0][:-1], words, count=1) if count == 1 else words
