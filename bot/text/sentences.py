"""The sentences the bot says, as lines. Facts of recordings are in `bot.text.recording_lines`."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from bot.domain.recording import Direction, Recording
from bot.domain.results import Stale
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
from bot.text.cleaning import plain
from bot.text.help_lines import COMMAND
from bot.text.lines import CLOCK, SHORT, Line, Moment, Words
from bot.text.recording_lines import PAIR_ROOM, RECENT, row

REASON_ROOM = 40
LINE_ROOM = 120

STILL_ASKING: Line = ("The PBX is taking its time. The answer follows here as soon as it comes.",)
SHARE_FAILED: Line = ("I could not share this with the channel. Please ask for it again and share that.",)
TOO_OLD: Line = ("This message is too old for its buttons to work. Type ", Words(COMMAND, "code"), " for a fresh one.")
RESUMED: Line = ("I am trying again. If the channel takes posts now, what waits follows within a minute.",)
OTHERS: Line = (Words("Other calls between them", "bold"),)
NOT_PAUSED: Line = ("That channel takes posts already. Nothing needs doing.",)

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


def digest(recordings: Sequence[Recording]) -> list[Line]:
    """How many came and when, which way they went, and the longest of them."""
    counted: Line = (Words(f"{count(len(recordings), 'new recording')}", "bold"), *_period(recordings))
    longest = max(recordings, key=lambda recording: recording.length.value if recording.length else timedelta(0))
    last: Line = ("Longest: ", *row(longest, PAIR_ROOM)) if longest.length else ()
    ways = _ways(recordings)
    return [line for line in (counted, (ways,) if ways else (), last) if line]


def stale(why: Stale) -> Line:
    """Such as "PBX not reachable, as of 17:36"."""
    reason = plain(why.reason, REASON_ROOM)
    reason = reason[:1].upper() + reason[1:]
    if why.as_of is None:
        return (Words(f"{reason}, and never reached so far", "italic"),)
    return (Words(f"{reason}, as of ", "italic"), Moment(why.as_of))


def count(number: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def query_error(error: QueryError) -> Line:
    """What is wrong, the word marked, and what was probably meant, in one line."""
    told = str(error).rstrip(".")
    said = (*_marked(told, error.word), ". ") if error.word else (f"{plain(told, 2 * LINE_ROOM)}. ",)
    if error.nearest is None:
        return (*said, Words(f"{COMMAND} help", "code"), " shows what I understand.")
    return (*said, "Did you mean ", Words(plain(f"{COMMAND} {error.nearest}", LINE_ROOM), "code"), "?")


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


def _marked(message: str, word: str) -> Line:
    """The message, with what it quotes of the word as code; a long word is cut, not the sentence."""
    pieces = re.split(f"(“{re.escape(word)}”|“[^“”]+”)", message)
    return [
        _code(piece[1:-1]) if number % 2 and piece[1:-1] in word else _piece(piece)
        for number, piece in enumerate(pieces)
    ]


def _code(quoted: str) -> Words:
    word = plain(quoted, REASON_ROOM) or "…"
    return Words(word, "code", aloud=f"“{word}”")


def _piece(text: str) -> str:
    """A part of a sentence, with the blanks that part it from the word beside it."""
    told = plain(text, LINE_ROOM)
    return f"{' ' * text.startswith(' ')}{told}{' ' * text.endswith(' ')}" if told else " " * text.isspace()


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
