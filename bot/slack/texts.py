"""The sentences the bot says, as lines. Facts of recordings are in `bot.slack.facts`."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from bot.domain.found import Found, Stale
from bot.domain.query import Order, Sort
from bot.domain.recording import Direction, Recording
from bot.errors import (
    PbxAddressBlocked,
    PbxError,
    PbxForbidden,
    PbxLoginRefused,
    PbxNotFound,
    PbxNotUnderstood,
    PbxRefused,
    PbxUnreachable,
    PbxUntrusted,
    QueryError,
)
from bot.slack.blocks import CLOCK, SHORT, Line, Moment, Person, Words
from bot.slack.facts import PAIR_ROOM, RECENT, row
from bot.slack.markup import plain

COMMAND = "/recordings"
REASON_ROOM = 40
LINE_ROOM = 120

WELCOME: tuple[Line, ...] = (
    (Words("New call recordings are posted here.", "bold"),),
    ("Type ", Words(COMMAND, "code"), " to see the latest ten. Only you see the answer, until you share it."),
    (Words(f"{COMMAND} help", "code"), " tells what else you can ask."),
)
HELP_INTRO: Line = (Words("Call recordings", "bold"), ", found and shown to you alone")
HELP: tuple[Line, ...] = (
    (Words(COMMAND, "code"), " – the latest ten"),
    (Words(f"{COMMAND} latest 25", "code"), " – as many as you like, up to 100"),
    (Words(f"{COMMAND} latest 10 order:asc", "code"), " – the oldest first"),
    (Words(f"{COMMAND} latest 10 sort:id page:2", "code"), " – by number, second page"),
    (Words(f"{COMMAND} show 614", "code"), " – one recording in full"),
    (Words(f"{COMMAND} status", "code"), " – whether the PBX answers and every post went out"),
)
STILL_ASKING: Line = ("The PBX is taking its time. The answer follows here as soon as it comes.",)
SHARE_FAILED: Line = ("I could not share this with the channel. Please ask for it again and share that.",)
TOO_OLD: Line = ("This message is too old for its buttons to work. Type ", Words(COMMAND, "code"), " for a fresh one.")
RESUMED: Line = ("I am trying again. If the channel takes posts now, what waits follows within a minute.",)
NOT_PAUSED: Line = ("That channel takes posts already. Nothing needs doing.",)

TITLES = {
    (Sort.TIME, Order.DESC): "Latest recordings",
    (Sort.TIME, Order.ASC): "Oldest recordings",
    (Sort.ID, Order.DESC): "Recordings by number, highest first",
    (Sort.ID, Order.ASC): "Recordings by number, lowest first",
}
ORDERS = {
    (Sort.TIME, Order.DESC): "",
    (Sort.TIME, Order.ASC): ", oldest first",
    (Sort.ID, Order.DESC): ", highest first",
    (Sort.ID, Order.ASC): ", lowest first",
}
"""What follows the title of a listing of certain recordings alone; the latest first goes without saying."""

AGAIN = "Please try again in a minute."
TELL = "Please tell whoever looks after the PBX."
PBX_PROBLEMS: tuple[tuple[type[PbxError], str, str], ...] = (
    (PbxUntrusted, "I do not trust the certificate that the PBX shows, so I asked it nothing.", TELL),
    (PbxUnreachable, "The PBX does not answer just now.", AGAIN),
    (PbxLoginRefused, "The PBX does not accept my login.", TELL),
    (PbxAddressBlocked, "The PBX has blocked me.", TELL),
    (PbxForbidden, "The PBX does not allow me to read recordings.", TELL),
    (PbxNotFound, "The PBX does not have this recording any more.", "Its file may have been cleaned up."),
    (PbxNotUnderstood, "The PBX gave an answer that I do not understand, perhaps after an update.", TELL),
    (PbxError, "The PBX refused to answer this.", AGAIN),
)
"""What is wrong and what to do. The narrower error stands before the wider one."""


def heading(found: Found) -> Line:
    """Such as "Latest recordings · 11–20 of 184", "Recordings 600 to 614 · 1–10 of 12"."""
    way = found.query.sort, found.query.order
    title = f"{_numbered(*found.query.ids)}{ORDERS[way]}" if found.query.ids else TITLES[way]
    return (Words(title, "bold"), f" · {span(found.first, found.last)} of {total(found)}")


def digest(recordings: Sequence[Recording]) -> list[Line]:
    """How many came and when, which way they went, and the longest of them."""
    counted: Line = (Words(f"{count(len(recordings), 'new recording')}", "bold"), *_period(recordings))
    longest = max(recordings, key=lambda recording: recording.length.value if recording.length else timedelta(0))
    last: Line = ("Longest: ", *row(longest, PAIR_ROOM)) if longest.length else ()
    ways = _ways(recordings)
    return [line for line in (counted, (ways,) if ways else (), last) if line]


def to_list(query: str) -> Line:
    """What to type where there is no button to press."""
    return (Words(plain(f"{COMMAND} {query}", LINE_ROOM), "code"), " lists them.")


def shared_by(person: str, query: str) -> Line:
    """Who shared an answer, and the line that asks for it. `person` is a Slack user id."""
    return ("Shared by ", Person(person), " · ", Words(plain(f"{COMMAND} {query}", LINE_ROOM), "code"))


def stale(why: Stale) -> Line:
    """Such as "PBX not reachable, as of 17:36"."""
    reason = plain(why.reason, REASON_ROOM)
    reason = reason[:1].upper() + reason[1:]
    if why.as_of is None:
        return (Words(f"{reason}, and never reached so far", "italic"),)
    return (Words(f"{reason}, as of ", "italic"), Moment(why.as_of))


def nothing(found: Found) -> Line:
    """What is said in the place of an empty list."""
    ids = found.query.ids
    if found.total <= 0 and ids and ids[0] == ids[1]:
        return (f"There is no recording {ids[0]}; it may have been deleted.",)
    if found.total <= 0 and ids:
        return (f"There are no recordings from {ids[0]} to {ids[1]}; they may have been deleted.",)
    if found.total <= 0:
        return ("There are no recordings yet.",)
    if found.query.page > 1:
        return (f"There is nothing on page {found.query.page:,}: {count(found.total, 'recording')} in all.",)
    return ("There are no more recordings this way.",)


def span(first: int, last: int) -> str:
    """`11–20`, or `11` alone."""
    return f"{first:,}–{last:,}" if last > first else f"{first:,}"


def total(found: Found) -> str:
    """How many there are, never fewer than are shown."""
    return f"{max(found.total, found.last):,}"


def count(number: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def query_error(error: QueryError) -> Line:
    """What is wrong and where, in one line, and what was probably meant."""
    message = str(error).replace(error.word, plain(error.word, REASON_ROOM)) if error.word else str(error)
    said = plain(message, 2 * LINE_ROOM).rstrip(".")
    if error.nearest is None:
        return (f"{said}. ", Words(f"{COMMAND} help", "code"), " shows what I understand.")
    return (f"{said}. Did you mean ", Words(plain(f"{COMMAND} {error.nearest}", LINE_ROOM), "code"), "?")


def pbx_problem(error: PbxError, reference: str) -> Line:
    """What is wrong with the PBX and what to do, for somebody who does not run it."""
    wrong, remedy = next((wrong, remedy) for kind, wrong, remedy in PBX_PROBLEMS if isinstance(error, kind))
    return (f"{wrong}{_more(error)} {remedy}", *_reference(reference))


def not_found(recording: int) -> Line:
    """No recording has this number."""
    return (
        f"There is no recording {recording}; it may have been deleted. ",
        Words(COMMAND, "code"),
        " lists the latest.",
    )


def failed(reference: str) -> Line:
    """A fault of the bot's own."""
    return ("That went wrong, and it is my fault, not yours. Please try again.", *_reference(reference))


def _numbered(low: int, high: int) -> str:
    """`Recordings 600 to 614`, or `Recording 614`: the PBX's numbers, as one would type them."""
    return f"Recordings {low} to {high}" if high > low else f"Recording {low}"


def _period(recordings: Sequence[Recording]) -> Line:
    """When the first and the last call of a digest were; of the last one the time alone where that is plain."""
    times = sorted(recording.started_at for recording in recordings if recording.started_at)
    if not times:
        return ()
    first, last = times[0], times[-1]
    if last - first < timedelta(minutes=1):
        return (" · ", Moment(first))
    return (" · ", Moment(first), " – ", Moment(last, CLOCK if last - first < RECENT else SHORT))


def _ways(recordings: Sequence[Recording]) -> str:
    """Such as `8 inbound, 3 outbound, 1 internal`."""
    ways = Counter(recording.direction for recording in recordings)
    told = [f"{ways[way]:,} {way}" for way in Direction if ways[way]]
    if told and ways[None]:
        told.append(f"{ways[None]:,} of unknown direction")
    return ", ".join(told)


def _more(error: PbxError) -> str:
    """What the PBX itself told."""
    match error:
        case PbxAddressBlocked(retry_after=timedelta() as pause):
            minutes = max(1, round(pause / timedelta(minutes=1)))
            return f" The block ends in about {count(minutes, 'minute')}."
        case PbxRefused(meaning=meaning, errmsg=errmsg) if told := plain(meaning or errmsg, LINE_ROOM).rstrip("."):
            return f" It said: {told}."
    return ""


def _reference(reference: str) -> Line:
    return (" Reference ", Words(plain(reference, REASON_ROOM), "code"))
