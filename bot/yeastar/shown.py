"""A date and time as the PBX displays it: read without knowing the format its administrator chose. Pure."""

import re
from datetime import datetime
from typing import NamedTuple

YEARS = range(1990, 2101)
"""No call was recorded outside of these: what reads as one is no date."""
SHOWN = re.compile(
    r"(?P<before>[ap])?(?:\.?m\.?)?\s*"
    r"(?P<a>\d{1,4})(?P<mark>[/.-])(?P<b>\d{1,2})(?P=mark)(?P<c>\d{1,4})"
    r"(?:\s*,\s*|\s*T\s*|\s+)"
    r"(?:(?P<between>[ap])\.?m\.?\s*)?"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
    r"(?:\s*(?P<after>[ap])\.?m\.?)?",
    re.IGNORECASE,
)
YEAR_DIGITS = 4
NOON = 12


class Shown(NamedTuple):
    """The two ways to read a date: month before day, and day before month. They are equal when the year comes first.

    Naive: the PBX's own wall clock. None where it cannot be read that way.
    """

    month_first: datetime | None = None
    day_first: datetime | None = None


UNREADABLE = Shown()


def read_shown(text: str) -> Shown:
    """Read `01/12/2022 17:36:24`, `18/10/2025 03:10:26 PM`, `2025/08/22 16:44`, with `/`, `-` or `.`, a space or `T`.

    AM and PM may stand before or after the time. An hour above 12 is taken as it is: the vendor's own format
    `HH:mm:ss AM` allows it.
    """
    found = SHOWN.fullmatch(text)
    if found is None:
        return UNREADABLE
    first, _, second, third, hour, minute, seconds = found.group("a", "mark", "b", "c", "hour", "minute", "second")
    half = found["before"] or found["between"] or found["after"]
    clock = (_hour(int(hour), half), int(minute), int(seconds or 0))
    if len(first) == YEAR_DIGITS:
        only = _moment(first, second, third, clock)
        return Shown(only, only)
    return Shown(_moment(third, first, second, clock), _moment(third, second, first, clock))


def read_digits(text: str) -> datetime | None:
    """Read the start of a uid, `20220112173624…`: the PBX's wall clock as YYYYMMDDHHMMSS."""
    digits = text[:14]
    if not (digits.isascii() and digits.isdigit()):
        return None
    try:
        moment = datetime.fromisoformat(f"{digits[:8]}T{digits[8:]}")
    except ValueError:
        return None
    return moment if moment.year in YEARS else None


def _hour(hour: int, half: str | None) -> int:
    if half is None or hour > NOON:
        return hour
    return hour % NOON + (NOON if half in "pP" else 0)


def _moment(year: str, month: str, day: str, clock: tuple[int, int, int]) -> datetime | None:
    if int(year) not in YEARS:
        return None
    try:
        return datetime(int(year), int(month), int(day), *clock)  # noqa: DTZ001 - a wall clock's reading, without a zone on purpose
    except ValueError:
        return None
