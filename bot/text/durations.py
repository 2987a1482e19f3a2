"""Durations for people. The style of the command language, such as `1h30m`, is in `bot.language.durations`."""

from datetime import timedelta

from bot.domain.recording import Length

LONGEST_LENGTH = timedelta(hours=100)
HOURS_WITHOUT_MINUTES = 100
"""From so many hours of talk time on, the minutes are left out."""


def clock_text(length: Length) -> str:
    """Format a recording's length as a clock shows it: `0:52`, `1:02:03`, `≈ 0:52`; at least one second."""
    mark = "≈ " if length.approximate else ""
    if length.value >= LONGEST_LENGTH:
        return f"{mark}over 99 h"
    minutes, seconds = divmod(max(1, round(length.value.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{mark}{hours}:{minutes:02}:{seconds:02}" if hours else f"{mark}{minutes}:{seconds:02}"


def duration_text(duration: timedelta) -> str:
    """Format an age or a pause, rounded down: `45 s`, `12 min`, `2 h 10 min`, `3 days 4 h`; `0 s` if negative."""
    seconds = max(0, round(duration.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3_600, seconds // 86_400
    if days:
        return f"{days:,} day{'s' if days > 1 else ''} {hours % 24} h".removesuffix(" 0 h")
    return _hours_and_minutes(minutes) if hours else f"{minutes} min" if minutes else f"{seconds} s"


def talk_time_text(duration: timedelta, *, brief: bool = False) -> str:
    """Format talk time, rounded: `45 s`, `12 min`, `9 h 12 min`, `1,234 h`; with the largest unit alone if `brief`."""
    seconds, minutes, hours = (round(duration / timedelta(seconds=unit)) for unit in (1, 60, 3_600))
    if seconds < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{seconds} s"
    if minutes < (2 * 60 if brief else 60):
        return f"{minutes} min"
    return f"{hours:,} h" if brief or hours >= HOURS_WITHOUT_MINUTES else _hours_and_minutes(minutes)


def filter_text(duration: timedelta) -> str:
    """Format the limit of a filter, exactly: `1 h 30 min`, `2 min`, `90 s`."""
    seconds = int(duration.total_seconds())
    if not seconds or seconds % 60:
        return f"{seconds} s"
    return _hours_and_minutes(seconds // 60).removeprefix("0 h ")


def _hours_and_minutes(minutes: int) -> str:
    return f"{minutes // 60} h {minutes % 60} min".removesuffix(" 0 min")
