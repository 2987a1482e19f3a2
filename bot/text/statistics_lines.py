"""What statistics tell, as lines: three figures in words, what stands on the chart, and what became of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo

from bot.domain.query import Query
from bot.domain.recording import Direction, Length
from bot.domain.statistics import Bucket, GroupBy, Statistics
from bot.errors import SlackBusy, SlackError, SlackOutcomeUnknown, SlackUnreachable
from bot.text.cleaning import clean, plain, units
from bot.text.durations import clock_text, talk_time_text
from bot.text.lines import Line, Words
from bot.text.query_lines import title
from bot.text.recording_lines import NAME_ROOM, NOBODY
from bot.text.sentences import REASON_ROOM

LONGEST_ALT = 1_000
"""Characters of `alt_txt`. Source: Slack, "files.getUploadURLExternal"."""
TITLE_ROOM = 150
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
"""What a recording without a time is in no bucket of."""
MOST_TIED = 2
"""Buckets that are named when they share the first place."""

SENT: Line = ("The chart is in your direct messages.",)
AGAIN = "Please ask again in a minute."
REASONS: dict[str, Line] = {
    "missing_scope": ("I lack a permission. Install the app again from ", Words("python -m bot manifest", "code"), "."),
    "file_uploads_disabled": ("This workspace takes no files.",),
    "file_type_not_allowed": ("This workspace takes no pictures.",),
    "storage_limit_reached": ("This workspace has no room left for files.",),
    "messages_tab_disabled": ("Direct messages to me are switched off.",),
}
"""Why a chart was not sent, by Slack's name for it, where somebody can do something about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartTexts:
    """What is written on a chart. Plain text, of any script."""

    title: str
    note: str
    beside: tuple[str, ...]
    """Behind each bar, where that lies and there is room for it."""
    below: tuple[str, ...]


def readable(tally: Statistics) -> Statistics:
    """The names that the buckets have, without what would hide, reorder or overlap anything."""
    if tally.by is not GroupBy.PERSON:
        return tally
    buckets = tuple(replace(bucket, label=clean(bucket.label) or NOBODY) for bucket in tally.buckets)
    return replace(tally, buckets=buckets)


def figures(tally: Statistics, zone: tzinfo) -> list[Line]:
    """How many there are, how long they are, and where most of them are; or that there are none.

    `zone` is the asker's: what was asked for is told in it.
    """
    filters = _filters(tally, zone)
    if not tally.total:
        return [_none(filters)]
    heading: Line = (Words(filters[0] if filters else "All recordings", "bold"), f" · {tally.total:,}")
    lines = [heading, _talk_time(tally), _most(tally), *((note,) for note in _notes(tally))]
    return [line for line in lines if line]


def file_title(tally: Statistics, zone: tzinfo) -> str:
    """What Slack shows above the chart."""
    return plain(" · ".join((_heading(tally), *_filters(tally, zone))), TITLE_ROOM)


def on_chart(tally: Statistics, zone: tzinfo) -> ChartTexts:
    """What stands on the chart round its bars, of which there is one at least."""
    talk_time = f", {talk_time_text(tally.length)} of talk" if tally.measured else ""
    hours = [f"Hours in {zone}"] if tally.by is GroupBy.HOUR else []
    return ChartTexts(
        title=_heading(tally),
        note=f"{tally.total:,} in all{talk_time}",
        beside=tuple(_beside(bucket, tally) for bucket in tally.buckets),
        below=(*_filters(tally, zone), *hours, *_notes(tally)),
    )


def alt(tally: Statistics, zone: tzinfo) -> str:
    """What the chart shows, for those who do not see it: at most 1,000 characters, the bars as far as they go."""
    texts = on_chart(tally, zone)
    ways = ", ".join(_ways(tally)) if tally.by in TIMED else ""
    parts = (f"Bar chart: {texts.title}", texts.note, *texts.below, "".join(_busiest(tally)), ways)
    head = plain(". ".join(part for part in parts if part), LONGEST_ALT // 2)
    bars = [f"{name(bucket, tally.by)} {bucket.count:,}" for bucket in tally.buckets]
    return _as_many_as_fit(f"{head}. Bars: ", bars, LONGEST_ALT)


def nameless(people: Sequence[tuple[int, str]]) -> Line:
    """Whose bars those are that have a place in the name's stead."""
    if not people:
        return ()
    told = (
        part for place, person in people for part in (", ", f"No. {place} is ", Words(plain(person, NAME_ROOM), "bold"))
    )
    return ("On the chart", *told)


def not_sent(error: SlackError) -> Line:
    """Slack did not take the chart: why, and what to do."""
    match error:
        case SlackOutcomeUnknown():
            return ("Slack did not say whether it took the chart. If it is not in your direct messages, ask again.",)
        case SlackBusy() | SlackUnreachable():
            return (f"I could not send you the chart: Slack takes none just now. {AGAIN}",)
        case _:
            other: Line = (f"Slack says: {plain(error.code, REASON_ROOM) or 'no'}.",)
            return ("I could not send you the chart. ", *REASONS.get(error.code, other))


def not_drawn(reference: str) -> Line:
    """A fault of the bot's own."""
    told = Words(plain(reference, REASON_ROOM), "code")
    return ("I could not make the chart, and it is my fault, not yours. Reference ", told)


def name(bucket: Bucket, by: GroupBy) -> str:
    """What a bucket stands for: `10:00–11:00`, `Tue 24 Nov 2026`, `Tuesday`, `Evelyn`, `inbound`."""
    match by:
        case GroupBy.HOUR:
            return f"{bucket.label}:00–{int(bucket.label) + 1:02}:00"
        case GroupBy.DAY:
            day = date.fromisoformat(bucket.label)
            return f"{day:%a} {day.day} {day:%b %Y}"
        case GroupBy.WEEKDAY:
            return WEEKDAYS.get(bucket.label, bucket.label)
        case _:
            return plain(bucket.label, NAME_ROOM)


def _heading(tally: Statistics) -> str:
    return f"Recordings by {tally.by}"


def _filters(tally: Statistics, zone: tzinfo) -> list[str]:
    """What was counted, in words, if not everything."""
    return [] if tally.query.filters == Query() else [title(tally.query.filters, zone)]


def _none(filters: Sequence[str]) -> Line:
    if not filters:
        return ("There are no recordings yet.",)
    return (Words(filters[0], "bold"), " · none, so there is nothing to count")


def _talk_time(tally: Statistics) -> Line:
    """Such as "9 h 12 min of talk · 3:05 on average, 42:10 at most"."""
    if not tally.measured:
        return ("How long they are is not known",)
    average, longest = clock_text(Length(tally.length / tally.measured)), clock_text(Length(tally.longest))
    known = "" if tally.measured == tally.total else f", of the {tally.measured:,} whose length is known"
    return (Words(talk_time_text(tally.length), "bold"), f" of talk · {average} on average, {longest} at most{known}")


def _most(tally: Statistics) -> Line:
    """Where most of them are: the third figure."""
    if not tally.buckets:
        return (f"None of them has a known {tally.by}, so there is no chart.",)
    if tally.by is GroupBy.DIRECTION:
        return tuple(part for way in _ways(tally) for part in (" · ", Words(way, "bold")))[1:]
    label, where, figure = _busiest(tally)
    return (label, Words(where, "bold"), figure)


def _busiest(tally: Statistics) -> tuple[str, ...]:
    """Such as "Busiest hour: ", "10:00–11:00", " with 31"; nothing where no bar is the busiest."""
    if tally.by is GroupBy.DIRECTION or not tally.buckets:
        return ()
    label, noun, link = BUSIEST[tally.by]
    most = max(bucket.count for bucket in tally.buckets)
    names = [name(bucket, tally.by) for bucket in tally.buckets if bucket.count == most]
    where = " and ".join(names) if len(names) <= MOST_TIED else f"{len(names):,} {noun}"
    return label, where, f"{link}{most:,}{' each' if len(names) > 1 else ''}"


def _ways(tally: Statistics) -> list[str]:
    """Such as `112 inbound`, `60 outbound`, the most first; of recordings that stand in one bucket each."""
    ways: Counter[Direction | None] = Counter()
    for bucket in tally.buckets:
        ways.update(bucket.ways)
    return [f"{number:,} {way or 'of unknown direction'}" for way, number in ways.most_common() if number]


def _notes(tally: Statistics) -> list[str]:
    """What does not stand on the chart."""
    shown, counted = len(tally.buckets), sum(bucket.count for bucket in tally.buckets)
    if tally.left_out and tally.by is GroupBy.PERSON:
        return [f"Shown: the {shown:,} most frequent of {shown + tally.left_out:,} people"]
    if tally.left_out:
        return [f"Shown: the newest {shown:,} of {shown + tally.left_out:,} days"]
    return [f"Without a time: {tally.total - counted:,}"] if tally.by in TIMED and 0 < counted < tally.total else []


def _beside(bucket: Bucket, tally: Statistics) -> str:
    """Such as `61%`, `13 h`."""
    talk_time = [talk_time_text(bucket.length, brief=True)] if bucket.length else []
    share = [f"{bucket.count / max(1, tally.total):.0%}"] if tally.by is GroupBy.DIRECTION else []
    return " · ".join((*share, *talk_time))


def _as_many_as_fit(head: str, items: Sequence[str], most: int) -> str:
    kept = len(items)

    def text() -> str:
        left = len(items) - kept
        return head + ", ".join(items[:kept]) + (f" and {left:,} more" if left else "")

    while units(text()) > most:
        kept -= 1
    return text()
