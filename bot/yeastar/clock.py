"""When a call started, from what its row tells. Pure.

The PBX shows `time` in whatever format its administrator chose, and without a zone. Three facts settle it, best first:
the Unix epoch of the call in `file`, the local time at the start of `uid`, and what is known of the PBX's clock.
Rows come here with the epoch as `started_at` already, where their file name tells it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.recording import Recording
from bot.yeastar.shown import UNREADABLE, YEARS, Shown, read_digits, read_shown

EPOCH = re.compile(r"-(\d{9,11})[._]\d+-")
"""`20220112173629-1641980184.14-5566-5556-Internal.wav`: the call's start in seconds UTC, and a sequence number.

A PBX that joined them by `_` was seen.
"""
SAME_CALL = timedelta(hours=6)
"""The legs of one call share a uid, so a leg's own time may lie this far from it."""
QUARTER = 15 * 60
"""Seconds. Every zone's offset is a multiple of it."""
SLACKNESS = 2 * 60
"""Seconds between two readings of the same start: a few are usual."""
WIDEST_OFFSET = 15 * 3600
"""Seconds. The zones reach from -12 to +14 hours."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the PBX's clock besides the rows."""

    zone: ZoneInfo | None = None
    """As set. It wins over offsets that were seen."""
    offset: timedelta | None = None
    """Its present offset from UTC, from system/information."""
    day_first: bool | None = None
    """Its order of day and month, from system/information."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Rows with `started_at`."""

    rows: tuple[Recording, ...]
    guessed: bool = False
    """A row's zone or its order of day and month had to be guessed; knowing more would help."""
    conflict: str = ""
    """What disagrees, for the log; empty when nothing does."""


@dataclass(slots=True)
class _Sight:
    """What one row tells by itself."""

    row: Recording
    wall: datetime | None = None
    """Naive, on the PBX's wall clock."""
    offset: timedelta | None = None
    """The PBX's offset from UTC at that moment, where epoch and wall clock tell it."""
    conflict: bool = False
    both_ways: Shown | None = None
    """The readings of a date that nothing in the row settles."""


def timed(rows: Sequence[Recording], known: Known) -> Timed:
    """Give each row of one page its `started_at`; a row that tells no time at all keeps None.

    1. The epoch in `file`, whatever else the row says.
    2. Else the local time, by `time` with `uid` to settle its order of day and month, at the offset of `known.zone`;
       else of the nearest row of the page that tells one; else `known.offset`; else UTC.
    """
    sights = [_sight(row) for row in rows]
    guessed = _settle_order(sights, known)
    conflict = next((problem for sight in sights if (problem := _conflict(sight, known.zone))), "")
    offsets = [(place, sight.offset) for place, sight in enumerate(sights) if sight.offset is not None]
    dated = list(rows)
    for index, sight in enumerate(sights):
        if sight.row.started_at is None and sight.wall is not None:
            near = _nearest(offsets, index)
            guessed = guessed or (known.zone is None and near is None and known.offset is None)
            dated[index] = replace(sight.row, started_at=_placed(sight.wall, known, near))
    return Timed(tuple(dated), guessed, conflict)


def current_offset(local_time: str, moment: datetime) -> timedelta | None:
    """The offset of a wall clock that shows `local_time` at `moment`; None when it cannot be read."""
    offsets = [offset_between(wall, moment) for wall in read_shown(local_time) if wall is not None]
    return next((offset for offset in offsets if offset is not None), None)


def date_order(date_format: str) -> bool | None:
    """Whether `DD/MM/YYYY` (True) or `MM/DD/YYYY` (False) is shown; None for a year in front, or no format."""
    order = [letter for letter in date_format.upper() if letter in "DMY"]
    if not {"D", "M"} <= set(order) or order[0] == "Y":
        return None
    return order.index("D") < order.index("M")


def offset_between(wall: datetime, moment: datetime) -> timedelta | None:
    """The offset from UTC at which a naive wall clock shows `wall` at `moment`; None when no zone has it."""
    apart = (wall.replace(tzinfo=UTC) - moment).total_seconds()
    offset = round(apart / QUARTER) * QUARTER
    return timedelta(seconds=offset) if abs(apart - offset) <= SLACKNESS and abs(offset) <= WIDEST_OFFSET else None


def read_epoch(file: str) -> datetime | None:
    """The start of the call in a recording's file name, aware, UTC."""
    found = EPOCH.search(file)
    if found is None:
        return None
    moment = datetime.fromtimestamp(int(found[1]), UTC)
    return moment if moment.year in YEARS else None


def _sight(row: Recording) -> _Sight:
    """Read what the row tells, and settle the order of day and month by its uid or epoch."""
    epoch, start = row.started_at, read_digits(row.uid)
    if start is not None and _shows(row.local_time, row.uid):
        offset = offset_between(start, epoch) if epoch else None
        return _Sight(row, start, offset, conflict=epoch is not None and offset is None)
    shown = read_shown(row.local_time)
    if start is None and epoch is None:
        both_ways = shown if None not in shown and shown.month_first != shown.day_first else None
        return _Sight(row, None if both_ways else shown.month_first or shown.day_first, both_ways=both_ways)
    fitting = _fitting(shown, start, epoch)
    start_of_call = start or fitting  # like the epoch; the time may be that of a later leg
    offset = offset_between(start_of_call, epoch) if start_of_call and epoch else None
    beside = shown != UNREADABLE and fitting is None
    conflict = beside or bool(start_of_call and epoch and offset is None)
    return _Sight(row, fitting or start, offset, conflict=conflict)


def _shows(local_time: str, uid: str) -> bool:
    """Whether `time` plainly shows the uid's moment, so that it need not be read: the usual case, and a quick one."""
    return (
        f"{uid[8:10]}:{uid[10:12]}:{uid[12:14]}" in local_time
        and uid[:4] in local_time
        and "m" not in local_time.lower()
    )


def _fitting(shown: Shown, start: datetime | None, epoch: datetime | None) -> datetime | None:
    """The reading of `time` that agrees with the uid, or with the epoch where there is no uid."""
    for wall in shown:
        if wall and start and abs(wall - start) <= SAME_CALL:
            return wall
        if wall and epoch and not start and offset_between(wall, epoch) is not None:
            return wall
    return None


def _settle_order(sights: Sequence[_Sight], known: Known) -> bool:
    """Read dates that go both ways as the page's other rows do, else as is known, else month first: that is a guess."""
    unsettled = [sight for sight in sights if sight.both_ways is not None]
    if not unsettled:
        return False
    seen = next((order for sight in sights if (order := _order(sight)) is not None), known.day_first)
    for sight in unsettled:
        month_first, day_first = sight.both_ways or UNREADABLE
        sight.wall = day_first if seen else month_first
    return seen is None


def _order(sight: _Sight) -> bool | None:
    """Whether this row shows that the day comes first; None when it does not show."""
    month_first, day_first = read_shown(sight.row.local_time)
    if sight.wall is None or month_first == day_first:
        return None
    return {month_first: False, day_first: True}.get(sight.wall)


def _nearest(offsets: Sequence[tuple[int, timedelta]], index: int) -> timedelta | None:
    """The offset on the nearest row of the page that tells one."""
    return min(((abs(place - index), offset) for place, offset in offsets), default=(0, None))[1]


def _placed(wall: datetime, known: Known, near: timedelta | None) -> datetime:
    """The wall clock's moment. An hour that summer time's end repeats is settled by the nearest row's offset."""
    if known.zone is None:
        offset = near if near is not None else known.offset or timedelta(0)
        return (wall - offset).replace(tzinfo=UTC)
    first, again = (wall.replace(tzinfo=known.zone, fold=fold) for fold in (0, 1))
    return (again if near is not None and again.utcoffset() == near else first).astimezone(UTC)


def _conflict(sight: _Sight, zone: ZoneInfo | None) -> str:
    if sight.conflict:
        return f"recording {sight.row.id}: time, uid and file name differ"
    if zone is None or sight.offset is None or sight.row.started_at is None:
        return ""
    if sight.row.started_at.astimezone(zone).utcoffset() == sight.offset:
        return ""
    return f"recording {sight.row.id}: its offset from UTC is {sight.offset}, which is not that of {zone.key}"
