"""Dates and times as people type them, in the asker's own zone."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from bot.domain.time_range import DAY, TimeRange, day_of
from bot.language.context import LineContext

UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": DAY, "w": 7 * DAY}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYS = ("today", "yesterday", *WEEKDAYS)
"""The days that have a name."""
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
SHORTEST_NAME = 3
"""Letters that tell a weekday or a month."""
YEARS = range(1900, 3000)
"""Years that no zone pushes past what a computer can count."""

AGO = re.compile(r"([0-9]{1,6}) ?(m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)(?: ago)?")
TIME = r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-5][0-9])(?: ?(?P<half>[ap]m))?| ?(?P<half_>[ap]m))"
CLOCK = re.compile(TIME)
DAY_AND_CLOCK = re.compile(rf"(?P<day>.+?),? (?:at )?{TIME}")
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
ISO_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[t ][0-9]{2}:")
NAMED = re.compile(
    r"""(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?[\ .-]*(?P<month>[a-z]{3,})[\ .-]*(?P<year>[0-9]{4})?
    |(?P<month_>[a-z]{3,})[\ .-]*(?P<day_>[0-9]{1,2})(?:st|nd|rd|th)?(?:[\ .,-]+(?P<year_>[0-9]{4}))?""",
    re.VERBOSE,
)
"""`23 Nov`, `23Nov2026`, `Nov-23`. Days and months in figures alone would mean two things."""


def read_span(text: str, asker: LineContext) -> TimeRange | None:
    """The stretch of time that a word means: a day, or from a moment on; None when it means none.

    A day is the whole of it. A moment, `2h` ago or `9:30` or one with its time, has no end.
    `FROM..TO` are two moments in ISO 8601, either of which may be missing: so the bot itself writes a stretch.
    """
    typed = " ".join(text.casefold().split())
    readers = _EXACT if ".." in typed or ISO_DAY.match(typed) else _SPOKEN
    try:
        span = next((span for read in readers if (span := read(typed, asker)) is not None), None)
    except (ValueError, OverflowError):
        return None
    return span if span and all(moment.year in YEARS for moment in (span.start, span.end) if moment) else None


def _today(asker: LineContext) -> date:
    return asker.now.astimezone(asker.zone).date()


def _words(typed: str, asker: LineContext) -> TimeRange | None:
    if typed == "now":
        return TimeRange(start=asker.now)
    day = _day_named(typed, _today(asker)) if typed.isalpha() and len(typed) >= SHORTEST_NAME else None
    return None if day is None else day_of(day, asker.zone)


def _day_named(typed: str, today: date) -> date | None:
    """`today`, `yesterday`, or the latest day of that weekday that has begun."""
    if typed in {"today", "yesterday"}:
        return today - (DAY if typed == "yesterday" else timedelta(0))
    weekday = next((number for number, name in enumerate(WEEKDAYS) if name.startswith(typed)), None)
    return None if weekday is None else today - timedelta(days=(today.weekday() - weekday) % 7)


def _ago(typed: str, asker: LineContext) -> TimeRange | None:
    match = AGO.fullmatch(typed)
    return TimeRange(start=asker.now - int(match[1]) * UNITS[match[2][0]]) if match else None


def _clock(typed: str, asker: LineContext) -> TimeRange | None:
    match = CLOCK.fullmatch(typed)
    return TimeRange(start=_at(_today(asker), match, asker)) if match else None


def _day_and_clock(typed: str, asker: LineContext) -> TimeRange | None:
    match = DAY_AND_CLOCK.fullmatch(typed)
    if match is None:
        return None
    days = (read(match["day"], asker) for read in (_words, _named, _iso_day))
    day = next((span for span in days if span and span.end), None)
    if day is None or day.start is None:
        return None
    return TimeRange(start=_at(day.start.astimezone(asker.zone).date(), match, asker))


def _at(day: date, clock: re.Match[str], asker: LineContext) -> datetime:
    """The time of that day. Raises ValueError for `25:00` and `13pm`."""
    hour, half = int(clock["hour"]), clock["half"] or clock["half_"]
    if half and not 1 <= hour <= 12:  # noqa: PLR2004 - a clock's
        raise ValueError("no such hour")
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    return datetime.combine(day, time(hour, int(clock["minute"] or 0)), asker.zone).astimezone(UTC)


def _named(typed: str, asker: LineContext) -> TimeRange | None:
    match = NAMED.fullmatch(typed)
    if match is None:
        return None
    day, name, year = (match[part] or match[f"{part}_"] for part in ("day", "month", "year"))
    month = next((number for number, full in enumerate(MONTHS, 1) if full.startswith(name)), None)
    if month is None:
        return None
    return day_of(date(int(year), month, int(day)) if year else _latest(month, int(day), _today(asker)), asker.zone)


def _latest(month: int, day: int, today: date) -> date:
    """The latest day of that name that has begun; 29 February may be years ago. Raises ValueError for no such day."""
    for back in range(9):
        try:
            found = date(today.year - back, month, day)
        except ValueError:
            continue
        if found <= today:
            return found
    raise ValueError("no such day")


def _iso_day(typed: str, asker: LineContext) -> TimeRange | None:
    return day_of(date.fromisoformat(typed), asker.zone) if ISO_DAY.fullmatch(typed) else None


def _iso_moment(typed: str, asker: LineContext) -> TimeRange | None:
    if not ISO_MOMENT.match(typed) or ".." in typed:
        return None
    moment = datetime.fromisoformat(typed.upper())
    aware = moment if moment.tzinfo else moment.replace(tzinfo=asker.zone)
    return TimeRange(start=aware.astimezone(UTC))


def _stretch(typed: str, asker: LineContext) -> TimeRange | None:
    if ".." not in typed:
        return None
    first, _, last = typed.partition("..")
    start, end = (_iso_moment(part, asker) if part else TimeRange() for part in (first, last))
    return TimeRange(start=start.start, end=end.start) if start and end else None


_Readers = tuple[Callable[[str, LineContext], TimeRange | None], ...]
_EXACT: _Readers = (_stretch, _iso_moment, _iso_day, _day_and_clock)
_SPOKEN: _Readers = (_words, _ago, _clock, _named, _day_and_clock)
