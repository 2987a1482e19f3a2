"""Statistics as lines and bars: the figures in words, and what a chart shows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from bot.domain.query import Query
from bot.domain.recording import Direction, Length
from bot.domain.statistics import Bucket, GroupBy, Statistics, in_pairs, in_weeks, without_empty_ends
from bot.text.cleaning import plain, shorten
from bot.text.durations import clock_text, talk_time_text
from bot.text.lines import Line, Words
from bot.text.query_lines import title
from bot.text.recording_lines import NAME_ROOM, NOBODY

MOST_BARS = 20
"""Categories of a chart. Source: Slack, "Data visualization block"."""
LABEL_ROOM = 20
"""Characters of a bar's label. Source: as above."""
WEEKDAYS = {
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Wed": "Wednesday",
    "Thu": "Thursday",
    "Fri": "Friday",
    "Sat": "Saturday",
    "Sun": "Sunday",
}
BUSIEST = {
    GroupBy.HOUR: ("Busiest hour: ", "hours", " with "),
    GroupBy.DAY: ("Busiest day: ", "days", " with "),
    GroupBy.WEEKDAY: ("Busiest weekday: ", "weekdays", " with "),
    GroupBy.PERSON: ("Most often: ", "people", ", in "),
}
TIMED = frozenset({GroupBy.HOUR, GroupBy.DAY, GroupBy.WEEKDAY})
"""The groupings that leave out recordings without a time."""
MOST_TIED = 2
"""Up to so many buckets are named when they are equally large; more are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a chart."""

    label: str
    """At most 20 characters, and unlike the other bars' labels."""
    name: str
    """The same in full."""
    count: int
    """Recordings."""
    length: timedelta = timedelta(0)
    """Talk time of the recordings whose length is known."""


def figures(statistics: Statistics, zone: tzinfo) -> list[Line]:
    """Return the number of recordings, their talk time and the largest bucket; one line when there are none.

    Filters are written in `zone`, the asker's.
    """
    asked_for = filters(statistics, zone)
    if not statistics.total:
        return [_none(asked_for)]
    heading: Line = (Words(asked_for[0] if asked_for else "All recordings", "bold"), f" · {statistics.total:,}")
    lines = [heading, _length_line(statistics), _largest(statistics), *((note,) for note in _notes(statistics))]
    return [line for line in lines if line]


def chart_title(statistics: Statistics) -> str:
    """Return such as "Recordings by hour"; "by week" where the days are too many for a chart."""
    return f"Recordings by {'week' if _is_by_week(statistics) else statistics.by}"


def bars(statistics: Statistics) -> list[Bar]:
    """Return the bars of a chart, at most 20.

    Hours run from the first busy one to the last; more than 20 are counted in pairs. More than 20 days are counted by
    week: whoever asks for that many wants to see the trend.
    """
    buckets = statistics.buckets
    match statistics.by:
        case GroupBy.HOUR:
            hours = without_empty_ends(buckets)
            if len(hours) <= MOST_BARS:
                return [_bar(hour, f"{hour.label}:00", hours_name(hour, 1)) for hour in hours]
            pairs = without_empty_ends(in_pairs(buckets))
            return [_bar(pair, hours_name(pair, 2, minutes=""), hours_name(pair, 2)) for pair in pairs]
        case GroupBy.DAY if _is_by_week(statistics):
            weeks = in_weeks(buckets)[-MOST_BARS:]
            return [_bar(week, _short_day(week), f"week from {name(week, GroupBy.DAY)}") for week in weeks]
        case GroupBy.DAY:
            return [_bar(day, _short_day(day), name(day, GroupBy.DAY)) for day in buckets]
        case GroupBy.PERSON:
            return _people(buckets[:MOST_BARS])
        case by:
            return [_bar(bucket, bucket.label, name(bucket, by)) for bucket in buckets]


def chart_lines(statistics: Statistics, zone: tzinfo) -> list[Line]:
    """Return what stands above a chart: the largest bar, and what the bars do not show."""
    hours = [f"Hours in {zone}"] if statistics.by is GroupBy.HOUR else []
    weeks = ["Each bar is a week from Monday. For single days, ask for 20 or fewer."] if _is_by_week(statistics) else []
    return [_largest(statistics), *((note,) for note in (*hours, *weeks, *_notes(statistics)))]


def bar_lines(statistics: Statistics) -> list[Line]:
    """Return every bar with its figures, such as "Evelyn: 41 · 13 h"."""
    return [
        (" · ".join((f"{bar.name}: {bar.count:,}", *_share(bar, statistics), *_talk(bar))),) for bar in bars(statistics)
    ]


def name(bucket: Bucket, by: GroupBy) -> str:
    """Return a bucket's full name: `10:00–11:00`, `Tue 24 Nov 2026`, `Tuesday`, `Evelyn`, `inbound`."""
    match by:
        case GroupBy.HOUR:
            return hours_name(bucket, 1)
        case GroupBy.DAY:
            day = date.fromisoformat(bucket.label)
            return f"{day:%a} {day.day} {day:%b %Y}"
        case GroupBy.WEEKDAY:
            return WEEKDAYS.get(bucket.label, bucket.label)
        case _:
            return plain(bucket.label, NAME_ROOM) or NOBODY


def hours_name(bucket: Bucket, hours: int, minutes: str = ":00") -> str:
    """Return such as `08:00–10:00`, for a bucket of so many hours."""
    return f"{bucket.label}{minutes}–{int(bucket.label) + hours:02}{minutes}"


def filters(statistics: Statistics, zone: tzinfo) -> list[str]:
    """Return what was counted, in words; nothing when it was every recording."""
    return [] if statistics.query.filters == Query() else [title(statistics.query.filters, zone)]


def _none(filters: Sequence[str]) -> Line:
    if not filters:
        return ("There are no recordings yet.",)
    return (Words(filters[0], "bold"), " · none, so there is nothing to count")


def _length_line(statistics: Statistics) -> Line:
    """Return such as "9 h 12 min of talk · 3:05 on average, 42:10 at most"."""
    if not statistics.measured:
        return ("How long they are is not known",)
    average, longest = (
        clock_text(Length(statistics.length / statistics.measured)),
        clock_text(Length(statistics.longest)),
    )
    known = "" if statistics.measured == statistics.total else f", of the {statistics.measured:,} whose length is known"
    return (
        Words(talk_time_text(statistics.length), "bold"),
        f" of talk · {average} on average, {longest} at most{known}",
    )


def _largest(statistics: Statistics) -> Line:
    """Return such as "Busiest hour: 10:00–11:00 with 31", or the number in each direction."""
    if not statistics.buckets:
        return (f"None of them has a known {statistics.by}, so there is no chart.",)
    if statistics.by is GroupBy.DIRECTION:
        return tuple(part for way in _directions(statistics) for part in (" · ", Words(way, "bold")))[1:]
    label, noun, link = BUSIEST[statistics.by]
    most = max(bucket.count for bucket in statistics.buckets)
    names = [name(bucket, statistics.by) for bucket in statistics.buckets if bucket.count == most]
    where = " and ".join(names) if len(names) <= MOST_TIED else f"{len(names):,} {noun}"
    return (label, Words(where, "bold"), f"{link}{most:,}{' each' if len(names) > 1 else ''}")


def _directions(statistics: Statistics) -> list[str]:
    """Return such as `112 inbound`, `60 outbound`, the largest first."""
    ways: Counter[Direction | None] = Counter()
    for bucket in statistics.buckets:
        ways.update(bucket.ways)
    return [f"{number:,} {direction or 'of unknown direction'}" for direction, number in ways.most_common() if number]


def _notes(statistics: Statistics) -> list[str]:
    """Return what the chart leaves out."""
    shown, counted = len(statistics.buckets), sum(bucket.count for bucket in statistics.buckets)
    if statistics.left_out and statistics.by is GroupBy.PERSON:
        return [f"Shown: the {shown:,} most frequent of {shown + statistics.left_out:,} people"]
    if statistics.left_out:
        return [f"Shown: the newest {shown:,} of {shown + statistics.left_out:,} days"]
    if statistics.by in TIMED and 0 < counted < statistics.total:
        return [f"Without a time: {statistics.total - counted:,}"]
    return []


def _is_by_week(statistics: Statistics) -> bool:
    return statistics.by is GroupBy.DAY and len(statistics.buckets) > MOST_BARS


def _short_day(bucket: Bucket) -> str:
    """Return such as `24 Nov`."""
    day = date.fromisoformat(bucket.label)
    return f"{day.day} {day:%b}"


def _bar(bucket: Bucket, label: str, full_name: str) -> Bar:
    return Bar(label=label, name=full_name, count=bucket.count, length=bucket.length)


def _people(buckets: Sequence[Bucket]) -> list[Bar]:
    """Number the labels that would be the same once they are cut to size."""
    made: list[Bar] = []
    labels: set[str] = set()
    for place, bucket in enumerate(buckets, 1):
        label = plain(bucket.label, LABEL_ROOM) or NOBODY
        if label in labels:
            number = f" {place}"
            label = shorten(label, LABEL_ROOM - len(number)) + number
        labels.add(label)
        made.append(_bar(bucket, label, name(bucket, GroupBy.PERSON)))
    return made


def _share(bar: Bar, statistics: Statistics) -> list[str]:
    return [f"{bar.count / max(1, statistics.total):.0%}"] if statistics.by is GroupBy.DIRECTION else []


def _talk(bar: Bar) -> list[str]:
    return [talk_time_text(bar.length, brief=True)] if bar.length else []
