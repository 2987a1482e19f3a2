"""A recording as lines: a row of a list, the details of one recording, an option of a menu."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import count

from bot.domain.recording import Direction, Party, Recording
from bot.domain.results import ShowResult
from bot.text.cleaning import clean, escaped, plain, share, units
from bot.text.durations import clock_text
from bot.text.lines import CLOCK, FULL, SHORT, Line, Moment, Span, Words

GLYPHS = {Direction.INBOUND: "↙\ufe0e", Direction.OUTBOUND: "↗\ufe0e", Direction.INTERNAL: "↔\ufe0e"}
"""Arrows, kept from becoming emoji by the variation selector."""
ARROW = " → "
NOBODY = "unknown"

NAME_ROOM = 60
NUMBER_ROOM = 32
PAIR_ROOM = 44
"""Two names in a row; more does not fit a line on a phone."""
CLOCK_ROOM = 20
"""The PBX's own time string; as long as a UTC fallback."""
FILE_ROOM = 120
ENOUGH_FOR_NAMES = 20
"""With less room for the names, a compact row leaves out the length."""
LEAST_FOR_NAMES = 9
"""With even less, it leaves out the time as well."""
KILOBYTE, MEGABYTE = 1_000, 1_000_000
RECENT = timedelta(hours=12)


def party_name(party: Party) -> str:
    """Return the name, or the number if there is no name."""
    return clean(party.name) or clean(party.number) or NOBODY


def party_names(recording: Recording, most: int, cut: Callable[[str, int], str] = plain) -> tuple[str, str]:
    """Return caller and callee, cut to at most `most` units with the arrow between them."""
    return share(party_name(recording.caller), party_name(recording.callee), most - len(ARROW), cut)


def size_text(size: int) -> str:
    """Format bytes: `826 kB`, `1.2 MB`."""
    kilobytes = max(1, round(size / KILOBYTE))
    return f"{kilobytes} kB" if kilobytes < KILOBYTE else f"{size / MEGABYTE:,.1f} MB"


def row(recording: Recording, most: int, at: datetime | None = None) -> Line:
    """One line of a list: direction, caller, callee, time, length. The party outside the company is bold.

    `at` is when the list is read: the time of a call of the last hours has no day then, so that the line fits a phone.
    """
    caller, callee = party_names(recording, most)
    direction = recording.direction
    return (
        *_arrow(recording),
        Words(caller, "bold" if direction is Direction.INBOUND else "plain"),
        Words(ARROW, aloud=" to "),
        Words(callee, "bold" if direction is Direction.OUTBOUND else "plain"),
        *_join(_time(recording, CLOCK if _is_recent(recording, at) else SHORT), _short_length(recording), start=True),
    )


def row_option(recording: Recording, number: int, most: int) -> str:
    """The row in a menu, where Slack parses nothing and shows no time in the reader's zone."""
    return f"{number}. {ARROW.join(party_names(recording, most))}"


def parties(recording: Recording, *, aloud: str) -> Line:
    """Caller and callee with name and number. `aloud` replaces the arrow of the direction in the text."""
    glyph = GLYPHS[recording.direction] + " " if recording.direction else ""
    return (
        Words(glyph, aloud=aloud),
        *_name_and_number(recording.caller),
        Words(ARROW, aloud=" to "),
        *_name_and_number(recording.callee),
    )


def summary(recording: Recording) -> Line:
    """Direction in a word, time and length."""
    return _join(_direction_word(recording), _time(recording), _length(recording))


def details(recording: Recording) -> list[Line]:
    """All that is known of a recording except its parties."""
    size = size_text(recording.size) if recording.size > 0 else None
    file, call = _code(recording.file, FILE_ROOM), _code(recording.uid, NAME_ROOM)
    return [
        _join(_direction_word(recording), _time(recording, FULL), _length(recording), size),
        *([("File ", file)] if file else []),
        *([("Call ", call)] if call else []),
    ]


def pbx_state(result: ShowResult) -> Line:
    """Say whether the PBX still has the recording, if it was asked just now, and the time by the PBX's own clock."""
    recording = result.recording
    local_time = plain(recording.local_time, CLOCK_ROOM) if recording.started_at else ""
    state = "Deleted from the PBX" if result.is_gone else "Still on the PBX" if result.stale is None else ""
    if not local_time:
        return (state,) if state else ()
    return (f"{state}, dated {local_time} there" if state else f"Dated {local_time} on the PBX",)


def related_call(recording: Recording) -> Line:
    """One of several calls between the same two parties: who called, time, length."""
    caller = Words(plain(party_name(recording.caller), PAIR_ROOM))
    return (caller, " called", *_join(_time(recording), _short_length(recording), start=True))


def related_call_option(recording: Recording, number: int, zone: tzinfo) -> str:
    """The same call in a menu, where Slack shows no time in the reader's zone: `zone` is that zone."""
    at = recording.started_at
    time = plain(recording.local_time, CLOCK_ROOM) if at is None else _local_time(at, zone)
    return f"{number}. {time or f'recording {recording.id}'}"


def compact_rows(rows: Sequence[Recording], *, first: int, most: int) -> list[str]:
    """Rows as escaped text of at most `most` units each, without Slack's long date tokens.

    The time is UTC. The day is left out where it is the same as in the row before.
    """
    return [
        _compact_row(recording, number, _compact_time(recording, previous), most)
        for number, recording, previous in zip(count(first), rows, (None, *rows), strict=False)
    ]


def _compact_row(recording: Recording, number: int, time: str, most: int) -> str:
    head = f"{number} {GLYPHS[recording.direction]} " if recording.direction else f"{number} "
    tail = f" · {time}" if time else ""
    length = _length(recording)
    with_length = f"{tail} · {length}" if length else tail
    if most - units(head + with_length) >= ENOUGH_FOR_NAMES:
        tail = with_length
    elif most - units(head + tail) < LEAST_FOR_NAMES:  # the PBX's own time string may be long
        tail = ""
    return head + ARROW.join(party_names(recording, most - units(head + tail), escaped)) + tail


def _arrow(recording: Recording) -> Line:
    if recording.direction is None:
        return ()
    return (Words(f"{GLYPHS[recording.direction]} ", aloud=f"{_direction_word(recording)}: "),)


def _name_and_number(party: Party) -> Line:
    name, number = plain(party.name, NAME_ROOM), plain(party.number, NUMBER_ROOM)
    if name and number:
        return (Words(name, "bold"), f" {number}")
    return (Words(name or number or NOBODY, "bold"),)


def _direction_word(recording: Recording) -> str | None:
    return recording.direction.value.capitalize() if recording.direction else None


def _time(recording: Recording, style: str = SHORT) -> Span | None:
    if recording.started_at is None:
        return plain(recording.local_time, CLOCK_ROOM) or None
    return Moment(recording.started_at, style)


def _local_time(at: datetime, zone: tzinfo) -> str:
    try:
        return plain(f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}", NAME_ROOM)
    except OverflowError:  # the first or the last day of the calendar
        return Moment(at).utc


def _is_recent(recording: Recording, at: datetime | None) -> bool:
    """Whether the time of day is enough to say when the call was."""
    return bool(at and recording.started_at and abs(at - recording.started_at) < RECENT)


def _compact_time(recording: Recording, previous: Recording | None) -> str:
    if recording.started_at is None:
        return escaped(recording.local_time, CLOCK_ROOM)
    day, clock, _ = Moment(recording.started_at).utc.split()
    same_day = previous and previous.started_at and previous.started_at.date() == recording.started_at.date()
    return clock if same_day else f"{day} {clock}"


def _length(recording: Recording) -> str | None:
    return clock_text(recording.length) if recording.length else None


def _short_length(recording: Recording) -> Words | None:
    length = _length(recording)
    return Words(length.replace("≈ ", "≈"), aloud=length) if length else None


def _code(text: str, most: int) -> Words | None:
    code = plain(text, most)
    return Words(code, "code") if code else None


def _join(*spans: Span | None, start: bool = False) -> Line:
    """Join the spans that are not empty with dots; with a dot at the start too if `start`."""
    line = [part for span in spans if span for part in (" · ", span)]
    return line if start else line[1:]
