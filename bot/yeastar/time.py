"""Find out when a call started, from the fields of its row. Pure.

The PBX writes `time` in the date format of its administrator, without a zone. Three facts settle it, best first: the
Unix epoch of the call in `file`, the local time at the start of `uid`, and what is known of the PBX's clock.
Rows come here with the epoch as `started_at` already, where their file name contains one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.recording import Recording

YEARS = range(1990, 2101)
"""A year outside of these means that the text is no date."""
DATE_TEXT = re.compile(
    r"(?P<before>[ap])?(?:\.?m\.?)?\s*"
    r"(?P<a>\d{1,4})(?P<separator>[/.-])(?P<b>\d{1,2})(?P=separator)(?P<c>\d{1,4})"
    r"(?:\s*,\s*|\s*T\s*|\s+)"
    r"(?:(?P<between>[ap])\.?m\.?\s*)?"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
    r"(?:\s*(?P<after>[ap])\.?m\.?)?",
    re.IGNORECASE,
)
YEAR_DIGITS = 4
NOON = 12
EPOCH = re.compile(r"-(\d{9,11})[._]\d+-")
"""`20220112173629-1641980184.14-5566-5556-Internal.wav`: start of the call in seconds UTC, and a sequence number.

A PBX that joins them by `_` was seen live.
"""
SAME_CALL = timedelta(hours=6)
"""Legs of one call share a uid, so `time` may differ from it by as much."""
QUARTER = 15 * 60
"""Seconds. The offset of every zone is a multiple of it."""
TOLERANCE = 2 * 60
"""Seconds between two clock readings of the same start: a few are usual."""
MAX_OFFSET = 15 * 3600
"""Seconds. Zones reach from -12 to +14 hours."""


class DateReadings(NamedTuple):
    """The two readings of a date text: month before day, and day before month. Equal when the year comes first.

    Naive: the PBX's local time. None where it cannot be read that way.
    """

    month_first: datetime | None = None
    day_first: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """What is known of the PBX's clock besides the rows."""

    zone: ZoneInfo | None = None
    """From the settings. It wins over offsets computed from rows."""
    offset: timedelta | None = None
    """The present offset from UTC, from system/information or the extensions."""
    day_first: bool | None = None
    """The order of day and month, from system/information."""


@dataclass(frozen=True, slots=True)
class TimedRows:
    """Rows with `started_at`."""

    rows: tuple[Recording, ...]
    guessed: bool = False
    """The offset or the order of day and month was guessed for a row; more clock facts would help."""
    conflict: str = ""
    """Which sources disagree, for the log; empty when none do."""


@dataclass(slots=True)
class _RowTime:
    """What one row says about its start by itself."""

    row: Recording
    local: datetime | None = None
    """Naive, the PBX's local time."""
    offset: timedelta | None = None
    """The PBX's offset from UTC at that moment, where epoch and local time give it."""
    conflict: bool = False
    ambiguous: DateReadings | None = None
    """The readings of a date that nothing in the row settles."""


def add_start_times(rows: Sequence[Recording], facts: ClockFacts) -> TimedRows:
    """Set the `started_at` of the rows of one page; it stays None for a row without any time.

    1. Use the epoch in `file`, whatever else the row says.
    2. Else use the local time: `time`, with `uid` to settle the order of day and month. Its offset from UTC is that
       of `facts.zone`; else that of the nearest row of the page with a known offset; else `facts.offset`; else UTC.
    """
    times = [_read_row_time(row) for row in rows]
    guessed = _settle_date_order(times, facts)
    conflict = next((problem for time in times if (problem := _conflict(time, facts.zone))), "")
    offsets = [(index, time.offset) for index, time in enumerate(times) if time.offset is not None]
    result = list(rows)
    for index, time in enumerate(times):
        if time.row.started_at is None and time.local is not None:
            nearest = min(((abs(place - index), offset) for place, offset in offsets), default=(0, None))[1]
            guessed = guessed or (facts.zone is None and nearest is None and facts.offset is None)
            result[index] = replace(time.row, started_at=_to_utc(time.local, facts, nearest))
    return TimedRows(tuple(result), guessed, conflict)


def read_epoch(file: str) -> datetime | None:
    """Return the start of the call in a recording's file name, aware, UTC."""
    match = EPOCH.search(file)
    if match is None:
        return None
    start = datetime.fromtimestamp(int(match[1]), UTC)
    return start if start.year in YEARS else None


def read_uid_time(uid: str) -> datetime | None:
    """Return the local time at the start of a uid, `20220112173624…`: YYYYMMDDHHMMSS. Naive."""
    digits = uid[:14]
    if not (digits.isascii() and digits.isdigit()):
        return None
    try:
        local = datetime.fromisoformat(f"{digits[:8]}T{digits[8:]}")
    except ValueError:
        return None
    return local if local.year in YEARS else None


def read_date_text(text: str) -> DateReadings:
    """Read `01/12/2022 17:36:24`, `18/10/2025 03:10:26 PM`, `2025/08/22 16:44`, with `/`, `-` or `.`, a space or `T`.

    AM and PM may stand before or after the time. An hour above 12 is taken as it is: the vendor's format
    `HH:mm:ss AM` allows it. Source: "Search Specific CDR".
    """
    match = DATE_TEXT.fullmatch(text)
    if match is None:
        return DateReadings()
    first, second, third, hour, minute, seconds = match.group("a", "b", "c", "hour", "minute", "second")
    half = match["before"] or match["between"] or match["after"]
    hour_of_day = int(hour) if half is None or int(hour) > NOON else int(hour) % NOON + (NOON if half in "pP" else 0)
    time_of_day = (hour_of_day, int(minute), int(seconds or 0))
    if len(first) == YEAR_DIGITS:
        reading = _local_time(first, second, third, time_of_day)
        return DateReadings(reading, reading)
    return DateReadings(_local_time(third, first, second, time_of_day), _local_time(third, second, first, time_of_day))


def _local_time(year: str, month: str, day: str, time_of_day: tuple[int, int, int]) -> datetime | None:
    if int(year) not in YEARS:
        return None
    try:
        return datetime(int(year), int(month), int(day), *time_of_day)  # noqa: DTZ001 - local time, naive on purpose
    except ValueError:
        return None


def date_order(date_format: str) -> bool | None:
    """Return True for `DD/MM/YYYY`, False for `MM/DD/YYYY`; None when the year comes first, or there is no format."""
    order = [letter for letter in date_format.upper() if letter in "DMY"]
    if not {"D", "M"} <= set(order) or order[0] == "Y":
        return None
    return order.index("D") < order.index("M")


def offset_at(moment: datetime, local_time: str) -> timedelta | None:
    """Return the offset of a clock that reads `local_time` at `moment`; None when the text cannot be read."""
    offsets = [offset_between(local, moment) for local in read_date_text(local_time) if local is not None]
    return next((offset for offset in offsets if offset is not None), None)


def offset_between(local: datetime, moment: datetime) -> timedelta | None:
    """Return the offset from UTC at which the naive `local` is `moment`; None when no zone has it."""
    difference = (local.replace(tzinfo=UTC) - moment).total_seconds()
    offset = round(difference / QUARTER) * QUARTER
    valid = abs(difference - offset) <= TOLERANCE and abs(offset) <= MAX_OFFSET
    return timedelta(seconds=offset) if valid else None


def _read_row_time(row: Recording) -> _RowTime:
    """Read the row's times, and settle the order of day and month by its uid or epoch."""
    epoch, uid_time = row.started_at, read_uid_time(row.uid)
    if uid_time is not None and _repeats_uid(row.local_time, row.uid):
        offset = offset_between(uid_time, epoch) if epoch else None
        return _RowTime(row, uid_time, offset, conflict=epoch is not None and offset is None)
    readings = read_date_text(row.local_time)
    if uid_time is None and epoch is None:
        if None not in readings and readings.month_first != readings.day_first:
            return _RowTime(row, ambiguous=readings)
        return _RowTime(row, readings.month_first or readings.day_first)
    local = _matching_reading(readings, uid_time, epoch)
    start = uid_time or local  # uid and epoch belong to the call; `time` may be that of a later leg
    offset = offset_between(start, epoch) if start and epoch else None
    contradicts = readings != DateReadings() and local is None
    conflict = contradicts or bool(start and epoch and offset is None)
    return _RowTime(row, local or uid_time, offset, conflict=conflict)


def _repeats_uid(local_time: str, uid: str) -> bool:
    """Whether `time` plainly repeats the uid's time and need not be parsed: the usual case, and much faster."""
    return (
        f"{uid[8:10]}:{uid[10:12]}:{uid[12:14]}" in local_time
        and uid[:4] in local_time
        and "m" not in local_time.lower()
    )


def _matching_reading(readings: DateReadings, uid_time: datetime | None, epoch: datetime | None) -> datetime | None:
    """Return the reading of `time` that agrees with the uid, or with the epoch where there is no uid."""
    for local in readings:
        if local and uid_time and abs(local - uid_time) <= SAME_CALL:
            return local
        if local and epoch and not uid_time and offset_between(local, epoch) is not None:
            return local
    return None


def _settle_date_order(times: Sequence[_RowTime], facts: ClockFacts) -> bool:
    """Read ambiguous dates as the page's other rows are, else as `facts` says, else month first; True if guessed."""
    ambiguous = [time for time in times if time.ambiguous is not None]
    if not ambiguous:
        return False
    day_first = next((order for time in times if (order := _is_day_first(time)) is not None), facts.day_first)
    for time in ambiguous:
        readings = time.ambiguous or DateReadings()
        time.local = readings.day_first if day_first else readings.month_first
    return day_first is None


def _is_day_first(time: _RowTime) -> bool | None:
    """Whether this row's date has the day first; None when the row does not prove either."""
    month_first, day_first = read_date_text(time.row.local_time)
    if time.local is None or month_first == day_first:
        return None
    return {month_first: False, day_first: True}.get(time.local)


def _to_utc(local: datetime, facts: ClockFacts, nearest: timedelta | None) -> datetime:
    """Convert a local time; the nearest row's offset settles an hour that the end of summer time repeats."""
    if facts.zone is None:
        offset = nearest if nearest is not None else facts.offset or timedelta(0)
        return (local - offset).replace(tzinfo=UTC)
    first, second = (local.replace(tzinfo=facts.zone, fold=fold) for fold in (0, 1))
    return (second if nearest is not None and second.utcoffset() == nearest else first).astimezone(UTC)


def _conflict(time: _RowTime, zone: ZoneInfo | None) -> str:
    if time.conflict:
        return f"recording {time.row.id}: time, uid and file name differ"
    if zone is None or time.offset is None or time.row.started_at is None:
        return ""
    if time.row.started_at.astimezone(zone).utcoffset() == time.offset:
        return ""
    return f"recording {time.row.id}: its offset from UTC is {time.offset}, which is not that of {zone.key}"
