"""Lengths as people type them."""

import re
from datetime import timedelta

LENGTH = re.compile(
    r"""(?:(?P<hours>[0-9]{1,6})h(?:(?:ou)?rs?)?)?
    (?:(?P<minutes>[0-9]{1,7})m(?:in(?:ute)?s?)?|(?<=[hrs])(?P<rest>[0-5]?[0-9])$)?
    (?:(?P<seconds>[0-9]{1,9})(?:s(?:ec(?:ond)?s?)?)?)?""",
    re.VERBOSE,
)
"""A number alone means seconds, and behind `h` minutes: `1h30` is `1h30m` to everybody."""
CLOCK = re.compile(r"(?:(?P<hours>[0-9]{1,3}):)?(?P<minutes>[0-9]{1,3}):(?P<seconds>[0-5][0-9])")
LONGEST = timedelta(days=10_000)
"""No call is; what is typed beyond that is no length."""


def read_length(text: str) -> timedelta | None:
    """`2m`, `1h30m`, `90s`, `90` (seconds), `1:30`, `1:02:03`; None for anything else."""
    typed = "".join(text.casefold().split())
    match = CLOCK.fullmatch(typed) or (LENGTH.fullmatch(typed) if typed else None)
    if match is None:
        return None
    told = {unit: int(number or 0) for unit, number in match.groupdict().items()}
    minutes = told["minutes"] + told.get("rest", 0)
    length = timedelta(hours=told["hours"], minutes=minutes, seconds=told["seconds"])
    return length if length <= LONGEST else None


def write_length(length: timedelta) -> str:
    """A line's own way of writing it: `1h30m`, `90s`."""
    seconds = int(length.total_seconds())
    if seconds and seconds % 60 == 0:
        hours, minutes = divmod(seconds // 60, 60)
        return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "")
    return f"{seconds}s"


def say_length(length: timedelta) -> str:
    """For people: `1 h 30 min`, `2 min`, `90 s`."""
    seconds = int(length.total_seconds())
    if seconds and seconds % 60 == 0:
        hours, minutes = divmod(seconds // 60, 60)
        return " ".join([*([f"{hours} h"] if hours else []), *([f"{minutes} min"] if minutes else [])])
    return f"{seconds} s"
