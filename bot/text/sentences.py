"""Sentences of the bot, as lines. Lines about a recording are in `bot.text.recording_lines`."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from bot.domain.recording import Direction, Recording
from bot.domain.results import Stale, StaleReason
from bot.errors import BotError, PbxAddressBlocked, PbxError, PbxRefused, QueryError
from bot.text.cleaning import plain
from bot.text.help_lines import COMMAND
from bot.text.lines import CLOCK, SHORT, Line, Moment, Words
from bot.text.recording_lines import PAIR_ROOM, RECENT, row
from bot.text.remedies import remedy_for

REASON_ROOM = 40
LINE_ROOM = 120

STILL_ASKING: Line = ("The PBX is taking its time. The answer follows here as soon as it comes.",)
SHARE_FAILED: Line = ("I could not share this with the channel. Please ask for it again and share that.",)
TOO_OLD: Line = ("This message is too old for its buttons to work. Type ", Words(COMMAND, "code"), " for a fresh one.")
RESUMED: Line = ("I am trying again. If the channel takes posts now, what waits follows within a minute.",)
OTHERS: Line = (Words("Other calls between them", "bold"),)
NOT_PAUSED: Line = ("That channel takes posts already. Nothing needs doing.",)

STALE_REASONS = {
    StaleReason.SLOW: "PBX slow to answer",
    StaleReason.UNREACHABLE: "PBX not reachable",
    StaleReason.REFUSED: "PBX refuses to answer",
    StaleReason.DELETED: "No longer on the PBX",
}


def digest(recordings: Sequence[Recording]) -> list[Line]:
    """Describe many new recordings: how many, when, in which directions, and the longest of them."""
    first: Line = (Words(counted(len(recordings), "new recording"), "bold"), *_period(recordings))
    longest = max(recordings, key=lambda recording: recording.length.value if recording.length else timedelta(0))
    last: Line = ("Longest: ", *row(longest, PAIR_ROOM)) if longest.length else ()
    directions = _directions(recordings)
    return [line for line in (first, (directions,) if directions else (), last) if line]


def stale(stale: Stale) -> Line:
    """Say why the archive answered, and how old its data is: "PBX not reachable, as of 17:36"."""
    reason = STALE_REASONS[stale.reason]
    if stale.as_of is None:
        return (Words(f"{reason}, and never reached so far", "italic"),)
    return (Words(f"{reason}, as of ", "italic"), Moment(stale.as_of))


def counted(number: int, noun: str) -> str:
    """Format a number of things: `1 row`, `2 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def query_error(error: QueryError) -> Line:
    """Say what is wrong, with the word marked, and what was probably meant, in one line."""
    message = str(error).rstrip(".")
    problem = (*_mark(message, error.word), ". ") if error.word else (f"{plain(message, 2 * LINE_ROOM)}. ",)
    if error.nearest is None:
        return (*problem, Words(f"{COMMAND} help", "code"), " shows what I understand.")
    return (*problem, "Did you mean ", Words(plain(f"{COMMAND} {error.nearest}", LINE_ROOM), "code"), "?")


def pbx_problem(error: PbxError, reference: str) -> Line:
    """Say what is wrong with the PBX and what to do, for somebody who does not run it."""
    remedy = remedy_for(error)
    return (f"{remedy.problem}{_details(error)} {remedy.action}", *_reference(reference))


def not_found(recording: int) -> Line:
    """Say that no recording has this number."""
    return (
        f"There is no recording {recording}; it may have been deleted. ",
        Words(COMMAND, "code"),
        " lists the latest.",
    )


def failed(reference: str) -> Line:
    """Say that the bot itself has a fault."""
    remedy = remedy_for(BotError())
    return (f"{remedy.problem} {remedy.action}", *_reference(reference))


def _mark(message: str, word: str) -> Line:
    """Show what the message quotes of the word as code; a long word is cut, not the sentence."""
    pieces = re.split(f"(“{re.escape(word)}”|“[^“”]+”)", message)
    return [
        _code(piece[1:-1]) if number % 2 and piece[1:-1] in word else _plain_piece(piece)
        for number, piece in enumerate(pieces)
    ]


def _code(quoted: str) -> Words:
    word = plain(quoted, REASON_ROOM) or "…"
    return Words(word, "code", aloud=f"“{word}”")


def _plain_piece(text: str) -> str:
    """Clean a part of a sentence, and keep the space at each end."""
    cleaned = plain(text, LINE_ROOM)
    return f"{' ' * text.startswith(' ')}{cleaned}{' ' * text.endswith(' ')}" if cleaned else " " * text.isspace()


def _period(recordings: Sequence[Recording]) -> Line:
    """When the first and the last call of a digest started; of the last one only the time if the two are close."""
    times = sorted(recording.started_at for recording in recordings if recording.started_at)
    if not times:
        return ()
    first, last = times[0], times[-1]
    if last - first < timedelta(minutes=1):
        return (" · ", Moment(first))
    return (" · ", Moment(first), " – ", Moment(last, CLOCK if last - first < RECENT else SHORT))


def _directions(recordings: Sequence[Recording]) -> str:
    """Such as `8 inbound, 3 outbound, 1 internal`; "" if all directions are unknown."""
    counts = Counter(recording.direction for recording in recordings)
    parts = [f"{counts[direction]:,} {direction}" for direction in Direction if counts[direction]]
    if parts and counts[None]:
        parts.append(f"{counts[None]:,} of unknown direction")
    return ", ".join(parts)


def _details(error: PbxError) -> str:
    """What the PBX itself says about the error."""
    match error:
        case PbxAddressBlocked(retry_after=timedelta() as pause):
            minutes = max(1, round(pause / timedelta(minutes=1)))
            return f" The block ends in about {counted(minutes, 'minute')}."
        case PbxRefused(meaning=meaning, errmsg=errmsg) if text := plain(meaning or errmsg, LINE_ROOM).rstrip("."):
            return f" It said: {text}."
    return ""


def _reference(reference: str) -> Line:
    return (" Reference ", Words(plain(reference, REASON_ROOM), "code"))
