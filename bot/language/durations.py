"""Durations as people type them in a filter."""

import re
from datetime import timedelta

UNITS = re.compile(
    r"""(?:(?P<hours>[0-9]{1,6})h(?:(?:ou)?rs?)?)?
    (?:(?P<minutes>[0-9]{1,7})m(?:in(?:ute)?s?)?|(?<=[hrs])(?P<minutes_without_unit>[0-5]?[0-9])$)?
    (?:(?P<seconds>[0-9]{1,9})(?:s(?:ec(?:ond)?s?)?)?)?""",
    re.VERBOSE,
)
"""A number without a unit is in seconds, but in minutes behind hours: `1h30` is `1h30m`."""
CLOCK = re.compile(r"(?:(?P<hours>[0-9]{1,3}):)?(?P<minutes>[0-9]{1,3}):(?P<seconds>[0-5][0-9])")
MAXIMUM = timedelta(days=10_000)


def read_duration(text: str) -> timedelta | None:
    """Read `2m`, `1h30m`, `90s`, `90` (seconds), `1:30` or `1:02:03`; None for anything else."""
    compact = "".join(text.casefold().split())
    match = CLOCK.fullmatch(compact) or (UNITS.fullmatch(compact) if compact else None)
    if match is None:
        return None
    numbers = {name: int(number or 0) for name, number in match.groupdict().items()}
    minutes = numbers["minutes"] + numbers.get("minutes_without_unit", 0)
    duration = timedelta(hours=numbers["hours"], minutes=minutes, seconds=numbers["seconds"])
    return duration if duration <= MAXIMUM else None


def write_duration(duration: timedelta) -> str:
    """Write whole minutes as `1h30m`, anything else as `90s`."""
    seconds = int(duration.total_seconds())
    if not seconds or seconds % 60:
        return f"{seconds}s"
    hours, minutes = divmod(seconds // 60, 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "")
