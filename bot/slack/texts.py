"""The sentences the bot says, as lines. Facts of recordings are in `bot.slack.facts`."""

from datetime import timedelta

from bot.domain.found import Found, Stale
from bot.domain.query import Order, Sort
from bot.domain.status import ChannelState, Status
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
from bot.slack.blocks import DAY, Channel, Line, Moment, Person, Words
from bot.slack.markup import plain

COMMAND = "/recordings"
REASON_ROOM = 40
LINE_ROOM = 120
MOST_CHANNELS = 20
"""Channels that `status` names one by one."""

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

TITLES = {
    (Sort.TIME, Order.DESC): "Latest recordings",
    (Sort.TIME, Order.ASC): "Oldest recordings",
    (Sort.ID, Order.DESC): "Recordings by number, highest first",
    (Sort.ID, Order.ASC): "Recordings by number, lowest first",
}

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
    """Such as "Latest recordings · 11–20 of 184"."""
    title = TITLES[found.query.sort, found.query.order]
    return (Words(title, "bold"), f" · {span(found.first, found.last)} of {total(found)}")


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


def status(state: Status) -> list[Line]:
    """The PBX, the recordings, each channel that is told of them, and what went wrong."""
    lines = [_pbx(state), _held(state)]
    if state.skipped:
        lines.append((f"{count(state.skipped, 'row')} of the PBX's newest page could not be read; the log says why.",))
    if state.renewed_at:
        lines.append(("The PBX's numbers started again: noticed ", Moment(state.renewed_at), ". New calls are posted."))
    lines += [_channel(channel) for channel in state.channels[:MOST_CHANNELS]]
    if (more := len(state.channels) - MOST_CHANNELS) > 0:
        lines.append((f"… and {count(more, 'more channel')}.",))
    if not state.channels:
        lines.append(("No channel is told of new recordings.",))
    if state.given_up:
        lines.append((f"{count(state.given_up, 'message')} given up: Slack would not take them in any form.",))
    return lines


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


def _pbx(state: Status) -> Line:
    label = Words("PBX", "bold")
    if state.problem:
        answered: Line = (". It last answered ", Moment(state.looked_at)) if state.looked_at else ()
        return (label, f" is not well: {plain(state.problem, LINE_ROOM).rstrip('.')}", *answered)
    if state.looked_at is None:
        return (label, " has not been asked yet")
    return (label, " answers, last asked ", Moment(state.looked_at))


def _held(state: Status) -> Line:
    of = f", {state.total:,} on the PBX" if state.total else ""  # not told before the first poll
    held: Line = (Words("Recordings", "bold"), f": {state.held:,} held{of}")
    if state.history_done:
        return held
    if state.history_back_to is None:
        return (*held, "; older ones are still being read in")
    return (*held, "; read in back to ", Moment(state.history_back_to, DAY), " so far")


def _channel(state: ChannelState) -> Line:
    channel = Channel(state.channel)
    if not state.owed:
        last: Line = (", last ", Moment(state.last_sent_at)) if state.last_sent_at else ()
        return (channel, ": everything posted", *last)
    since: Line = (" since ", Moment(state.oldest_owed_at)) if state.oldest_owed_at else ()
    why = f": {plain(state.problem, LINE_ROOM)}" if state.problem else ""
    return (channel, f": {count(state.owed, 'recording')} waiting", *since, why)
