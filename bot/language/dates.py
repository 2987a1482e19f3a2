"""Dates and times as people type them, in their own time zone."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from bot.domain.time_range import DAY, TimeRange, day_of
from bot.language.context import LineContext

UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": DAY, "w": 7 * DAY}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_NAMES = ("today", "yesterday", *WEEKDAYS)
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
SHORTEST_NAME = 3
"""Letters that distinguish a weekday or a month."""
YEARS = range(1900, 3000)
"""With these years no conversion between time zones can overflow."""

AGO = re.compile(r"([0-9]{1,6}) ?(m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)(?: ago)?")
TIME = r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-5][0-9])(?: ?(?P<half>[ap]m))?| ?(?P<half_>[ap]m))"
CLOCK = re.compile(TIME)
DAY_AND_CLOCK = re.compile(rf"(?P<day>.+?),? (?:at )?{TIME}")
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
ISO_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[t ][0-9]{2}:")
DAY_AND_MONTH = re.compile(
    r"""(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?[\ .-]*(?P<month>[a-z]{3,})[\ .-]*(?P<year>[0-9]{4})?
    |(?P<month_>[a-z]{3,})[\ .-]*(?P<day_>[0-9]{1,2})(?:st|nd|rd|th)?(?:[\ .,-]+(?P<year_>[0-9]{4}))?""",
    re.VERBOSE,
)
"""`23 Nov`, `23Nov2026`, `Nov-23`. The month needs a name, because `01/02` has two meanings."""


def read_time_range(text: str, context: LineContext) -> TimeRange | None:
    """Read a day, or a moment from which on; None for anything else.

    A day has a start and an end. A moment (`2h` ago, `9:30`, a day with a time) has no end.
    `FROM..TO`, as the bot itself writes a range, holds two moments in ISO 8601, either of which may be missing.
    """
    text = " ".join(text.casefold().split())
    readers = ISO_READERS if ".." in text or ISO_DAY.match(text) else READERS
    try:
        found = next((found for read in readers if (found := read(text, context)) is not None), None)
    except (ValueError, OverflowError):
        return None
    return found if found and all(moment.year in YEARS for moment in (found.start, found.end) if moment) else None


def _today(context: LineContext) -> date:
    return context.now.astimezone(context.zone).date()


def _day_name(text: str, context: LineContext) -> TimeRange | None:
    """Read `now`, `today`, `yesterday`, or a weekday: the latest one that has begun."""
    if text == "now":
        return TimeRange(start=context.now)
    if len(text) < SHORTEST_NAME or not text.isalpha():
        return None
    today = _today(context)
    if text in {"today", "yesterday"}:
        return day_of(today - DAY if text == "yesterday" else today, context.zone)
    weekday = next((number for number, name in enumerate(WEEKDAYS) if name.startswith(text)), None)
    return None if weekday is None else day_of(today - DAY * ((today.weekday() - weekday) % 7), context.zone)


def _ago(text: str, context: LineContext) -> TimeRange | None:
    match = AGO.fullmatch(text)
    return TimeRange(start=context.now - int(match[1]) * UNITS[match[2][0]]) if match else None


def _clock(text: str, context: LineContext) -> TimeRange | None:
    match = CLOCK.fullmatch(text)
    return TimeRange(start=_at(_today(context), match, context)) if match else None


def _day_and_clock(text: str, context: LineContext) -> TimeRange | None:
    match = DAY_AND_CLOCK.fullmatch(text)
    if match is None:
        return None
    days = (read(match["day"], context) for read in (_day_name, _day_and_month, _iso_day))
    day = next((day for day in days if day and day.end), None)
    if day is None or day.start is None:
        return None
    return TimeRange(start=_at(day.start.astimezone(context.zone).date(), match, context))


def _at(day: date, clock: re.Match[str], context: LineContext) -> datetime:
    """Return a time of that day in UTC. Raises ValueError for `25:00` and `13pm`."""
    hour, half = int(clock["hour"]), clock["half"] or clock["half_"]
    if half and not 1 <= hour <= 12:  # noqa: PLR2004 - hours of a clock
        raise ValueError("no such hour")
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    return datetime.combine(day, time(hour, int(clock["minute"] or 0)), context.zone).astimezone(UTC)


def _day_and_month(text: str, context: LineContext) -> TimeRange | None:
    match = DAY_AND_MONTH.fullmatch(text)
    if match is None:
        return None
    day, name, year = (match[part] or match[f"{part}_"] for part in ("day", "month", "year"))
    month = next((number for number, full in enumerate(MONTHS, 1) if full.startswith(name)), None)
    if month is None:
        return None
    found = date(int(year), month, int(day)) if year else _latest(month, int(day), _today(context))
    return day_of(found, context.zone)


def _latest(month: int, day: int, today: date) -> date:
    """Return the latest such day that has begun; 29 February may be eight years ago. Raises ValueError for no day."""
    for years in range(9):
        try:
            found = date(today.year - years, month, day)
        except ValueError:
            continue
        if found <= today:
            return found
    raise ValueError("no such day")


def _iso_day(text: str, context: LineContext) -> TimeRange | None:
    return day_of(date.fromisoformat(text), context.zone) if ISO_DAY.fullmatch(text) else None


def _iso_moment(text: str, context: LineContext) -> TimeRange | None:
    if not ISO_MOMENT.match(text) or ".." in text:
        return None
    moment = datetime.fromisoformat(text.upper())
    aware = moment if moment.tzinfo else moment.replace(tzinfo=context.zone)
    return TimeRange(start=aware.astimezone(UTC))


def _iso_range(text: str, context: LineContext) -> TimeRange | None:
    first, dots, last = text.partition("..")
    if not dots:
        return None
    start, end = (_iso_moment(part, context) if part else TimeRange() for part in (first, last))
    return TimeRange(start=start.start, end=end.start) if start and end else None


_Readers = tuple[Callable[[str, LineContext], TimeRange | None], ...]
ISO_READERS: _Readers = (_iso_range, _iso_moment, _iso_day, _day_and_clock)
READERS: _Readers = (_day_name, _ago, _clock, _day_and_month, _day_and_clock)
