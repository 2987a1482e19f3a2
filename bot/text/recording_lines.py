"""A recording's facts in words, and the rows made of them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import count

from bot.domain.recording import Direction, Length, Party, Recording
from bot.domain.results import ShowResult
from bot.text.cleaning import clean, fit, plain, share, units
from bot.text.lines import CLOCK, FULL, SHORT, Line, Moment, Span, Words

GLYPHS = {Direction.INBOUND: "↙\ufe0e", Direction.OUTBOUND: "↗\ufe0e", Direction.INTERNAL: "↔\ufe0e"}
"""Arrows, kept from becoming emoji by the variation selector."""
ARROW = " → "
NOBODY = "unknown"

NAME_ROOM = 60
NUMBER_ROOM = 32
PAIR_ROOM = 44
"""Two names in a row; what is longer does not fit a phone's line anyway."""
CLOCK_ROOM = 20
"""The PBX's own time string; as long as a UTC fallback."""
FILE_ROOM = 120
ENOUGH_FOR_NAMES = 20
"""Below this a tight row rather leaves out the length than more of the names."""
LEAST_FOR_NAMES = 9
"""Below this it rather leaves out the time as well."""
KILOBYTE, MEGABYTE = 1_000, 1_000_000
RECENT = timedelta(hours=12)
LONGEST_LENGTH = timedelta(hours=100)


def who(party: Party) -> str:
    """The name, or the number where there is none."""
    return clean(party.name) or clean(party.number) or NOBODY


def pair(recording: Recording, most: int, cut: Callable[[str, int], str] = plain) -> tuple[str, str]:
    """Caller and callee, cut to at most `most` units with the arrow between them."""
    return share(who(recording.caller), who(recording.callee), most - len(ARROW), cut)


def length(told: Length) -> str:
    """`0:52`, `1:02:03`, `≈ 0:52`; at least a second."""
    mark = "≈ " if told.approximate else ""
    if told.value >= LONGEST_LENGTH:
        return f"{mark}over 99 h"
    minutes, seconds = divmod(max(1, round(told.value.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{mark}{hours}:{minutes:02}:{seconds:02}" if hours else f"{mark}{minutes}:{seconds:02}"


def size(told: int) -> str:
    """Bytes for people: `826 kB`, `1.2 MB`."""
    kilobytes = max(1, round(told / KILOBYTE))
    return f"{kilobytes} kB" if kilobytes < KILOBYTE else f"{told / MEGABYTE:,.1f} MB"


def row(recording: Recording, most: int, at: datetime | None = None) -> Line:
    """One line of a list: direction, who and whom, when, how long. Who is outside the company stands out.

    `at` is when the list is read: a call of the last hours needs no day then, and the line fits a phone.
    """
    caller, callee = pair(recording, most)
    way = recording.direction
    return (
        *_direction(recording),
        Words(caller, "bold" if way is Direction.INBOUND else "plain"),
        Words(ARROW, aloud=" to "),
        Words(callee, "bold" if way is Direction.OUTBOUND else "plain"),
        *_apart(_when(recording, CLOCK if _is_recent(recording, at) else SHORT), _brief(recording), before=True),
    )


def option(recording: Recording, number: int, most: int) -> str:
    """The row in a menu, where nothing is parsed and no time is shown in the reader's zone."""
    return f"{number}. {ARROW.join(pair(recording, most))}"


def parties(recording: Recording, *, aloud: str) -> Line:
    """Who and whom in full, names before numbers. `aloud` is said in the glyph's place."""
    glyph = GLYPHS[recording.direction] + " " if recording.direction else ""
    return (
        Words(glyph, aloud=aloud),
        *_in_full(recording.caller),
        Words(ARROW, aloud=" to "),
        *_in_full(recording.callee),
    )


def particulars(recording: Recording) -> Line:
    """Direction in a word, when, how long."""
    return _apart(_way(recording), _when(recording), _length(recording))


def everything(recording: Recording) -> list[Line]:
    """All that is known besides the parties."""
    told_size = size(recording.size) if recording.size > 0 else None
    papers = (("File ", _code(recording.file, FILE_ROOM)), ("Call ", _code(recording.uid, NAME_ROOM)))
    return [
        _apart(_way(recording), _when(recording, FULL), _length(recording), told_size),
        *((label, paper) for label, paper in papers if paper),
    ]


def standing(found: ShowResult) -> Line:
    """Whether the PBX still has it, as far as that was seen just now, and when it was by the PBX's own clock."""
    recording = found.recording
    dated = plain(recording.local_time, CLOCK_ROOM) if recording.started_at else ""
    there = "Deleted from the PBX" if found.is_gone else "Still on the PBX" if found.stale is None else ""
    if not dated:
        return (there,) if there else ()
    return (f"{there}, dated {dated} there" if there else f"Dated {dated} on the PBX",)


def other(recording: Recording) -> Line:
    """One of several calls between the same two: who called, when, how long."""
    caller = Words(plain(who(recording.caller), PAIR_ROOM))
    return (caller, " called", *_apart(_when(recording), _brief(recording), before=True))


def other_option(recording: Recording, number: int, zone: tzinfo) -> str:
    """The same call in a menu, where only we can say the time in the reader's zone."""
    at = recording.started_at
    when = plain(recording.local_time, CLOCK_ROOM) if at is None else _clock(at, zone)
    return f"{number}. {when or f'recording {recording.id}'}"


def tight_rows(rows: Sequence[Recording], *, first: int, most: int) -> list[str]:
    """Rows as escaped text of at most `most` units each, without Slack's long date tokens.

    The time is UTC, and the day is only said where it is another than on the row before.
    """
    return [
        _tight(recording, number, _tight_when(recording, before), most)
        for number, recording, before in zip(count(first), rows, (None, *rows), strict=False)
    ]


def _tight(recording: Recording, number: int, when: str, most: int) -> str:
    head = f"{number} {GLYPHS[recording.direction]} " if recording.direction else f"{number} "
    tail = f" · {when}" if when else ""
    told = _length(recording)
    with_length = f"{tail} · {told}" if told else tail
    if most - units(head + with_length) >= ENOUGH_FOR_NAMES:
        tail = with_length
    elif most - units(head + tail) < LEAST_FOR_NAMES:  # a time in the PBX's own words may be long
        tail = ""
    return head + ARROW.join(pair(recording, most - units(head + tail), fit)) + tail


def _direction(recording: Recording) -> Line:
    if recording.direction is None:
        return ()
    return (Words(f"{GLYPHS[recording.direction]} ", aloud=f"{_way(recording)}: "),)


def _in_full(party: Party) -> Line:
    name, number = plain(party.name, NAME_ROOM), plain(party.number, NUMBER_ROOM)
    if name and number:
        return (Words(name, "bold"), f" {number}")
    return (Words(name or number or NOBODY, "bold"),)


def _way(recording: Recording) -> str | None:
    return recording.direction.value.capitalize() if recording.direction else None


def _when(recording: Recording, shown: str = SHORT) -> Span | None:
    if recording.started_at is None:
        return plain(recording.local_time, CLOCK_ROOM) or None
    return Moment(recording.started_at, shown)


def _clock(at: datetime, zone: tzinfo) -> str:
    try:
        return plain(f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}", NAME_ROOM)
    except OverflowError:  # the first and the last day of the calendar
        return Moment(at).utc


def _is_recent(recording: Recording, at: datetime | None) -> bool:
    """Whether the time of day alone says when it was."""
    return bool(at and recording.started_at and abs(at - recording.started_at) < RECENT)


def _tight_when(recording: Recording, before: Recording | None) -> str:
    if recording.started_at is None:
        return fit(recording.local_time, CLOCK_ROOM)
    day, clock, _ = Moment(recording.started_at).utc.split()
    same_day = before and before.started_at and before.started_at.date() == recording.started_at.date()
    return clock if same_day else f"{day} {clock}"


def _length(recording: Recording) -> str | None:
    return length(recording.length) if recording.length else None


def _brief(recording: Recording) -> Words | None:
    told = _length(recording)
    return Words(told.replace("≈ ", "≈"), aloud=told) if told else None


def _code(text: str, most: int) -> Words | None:
    shown = plain(text, most)
    return Words(shown, "code") if shown else None


def _apart(*spans: Span | None, before: bool = False) -> Line:
    """The spans that there are, with dots between them."""
    line = [part for span in spans if span for part in (" · ", span)]
    return line if before else line[1:]
