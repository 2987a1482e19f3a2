"""`stats`: the figures in words at once, then Slack's own chart of them.

Some workspaces refuse the chart's block (`invalid_blocks`). An acknowledgement does not show that error, a
`response_url` does: so the chart follows the words through it, and a chart made of text takes its place.
Source: Slack, "Data visualization block".
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from unicodedata import combining, east_asian_width

from bot.domain.access import Asker
from bot.domain.query import Query
from bot.domain.statistics import GroupBy, Statistics
from bot.errors import MessageRefused
from bot.language.writing import line_of, quoted
from bot.slack.blocks import values
from bot.slack.blocks.elements import Block, actions, button, preformatted, rich_text, section, spoken
from bot.slack.blocks.message import Message, joined, said
from bot.text import statistics_lines
from bot.text.cleaning import plain
from bot.text.lines import Line, Words
from bot.text.query_lines import shared_by as shared_by_line

GROUP = re.compile(r"\Arecordings\.chart\.v1\.[a-z]+\Z")
"""The actions of the buttons that group anew, such as `recordings.chart.v1.hour`: they replace the chart."""
SHARE = "recordings.share_chart.v1"

TITLE_ROOM = 50
MOST_SEGMENTS = 6
BAR_WIDTH = 12
"""Characters of the longest bar of a text chart: the row fits on a phone."""
EIGHTHS = " ▏▎▍▌▋▊▉"
REFUSAL_LASTS = timedelta(days=1)

Send = Callable[[Message], Awaitable[bool]]
"""Sends a message through a response_url. Raises MessageRefused where Slack refuses its blocks."""


class ChartRefusals:
    """The workspaces that refused the chart's block within the last day. In memory: a restart tries once more."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}

    def add(self, workspace: str, *, now: datetime) -> None:
        """Remember a refusal for a day."""
        self._until[workspace] = now + REFUSAL_LASTS

    def holds(self, workspace: str, *, now: datetime) -> bool:
        """Return whether the workspace refused the block within the last day."""
        return workspace in self._until and now < self._until[workspace]


async def send_chart(
    send: Send,
    statistics: Statistics,
    asker: Asker,
    refusals: ChartRefusals,
    *,
    now: datetime,
    shared_by: str | None = None,
) -> bool:
    """Send the chart, or the text chart where the workspace refuses the block. Returns whether Slack took one.

    `shared_by` is the Slack user id of the person who shares it with a channel.
    """
    if not refusals.holds(asker.workspace, now=now):
        try:
            return await send(chart(statistics, zone=asker.zone, shared_by=shared_by))
        except MessageRefused:
            refusals.add(asker.workspace, now=now)
    return await send(text_chart(statistics, zone=asker.zone, shared_by=shared_by))


def figures(statistics: Statistics, *, zone: tzinfo) -> Message:
    """Return the first answer to `stats`, in words. `zone` is the asker's."""
    return said(statistics_lines.figures(statistics, zone))


def chart(statistics: Statistics, *, zone: tzinfo, shared_by: str | None = None) -> Message:
    """Return the chart of statistics that have a bucket, a pie for directions and bars for the rest."""
    bars = statistics_lines.bars(statistics)
    points = [{"label": bar.label, "value": bar.count} for bar in bars]
    if statistics.by is GroupBy.DIRECTION:
        drawn: Block = {"type": "pie", "segments": [point for point in points if point["value"]][:MOST_SEGMENTS]}
    else:
        series = [{"name": "Recordings", "data": points}]
        drawn = {"type": "bar", "series": series, "axis_config": {"categories": [bar.label for bar in bars]}}
    block = {"type": "data_visualization", "title": _title(statistics, zone), "chart": drawn}
    return _message(statistics, zone, shared_by, [rich_text(section(_lines(statistics, zone, shared_by))), block])


def text_chart(statistics: Statistics, *, zone: tzinfo, shared_by: str | None = None) -> Message:
    """Return the same chart as rows of text, for a workspace that refuses the chart's block."""
    lines: list[Line] = [(Words(_title(statistics, zone), "bold"),), *_lines(statistics, zone, shared_by)]
    bars = statistics_lines.bars(statistics)
    most = max(1, *(bar.count for bar in bars))
    label_width, count_width = max(_width(bar.label) for bar in bars), len(f"{most:,}")
    rows = [
        f"{bar.label}{' ' * (label_width - _width(bar.label))} {bar.count:>{count_width},} {_blocks(bar.count / most)}"
        for bar in bars
    ]
    return _message(statistics, zone, shared_by, [rich_text(section(lines), preformatted("\n".join(rows)))])


def stats_line(query: Query, by: GroupBy) -> str:
    """Return the line that asks for these statistics."""
    words = [("-" if term.excluded else "") + _word(term.text) for term in query.words]
    filters = line_of(replace(query.filters, words=())).removeprefix(line_of(Query()))
    return " ".join((f"stats by:{by}", *words)) + filters


def _word(text: str) -> str:
    """Return a word to search for; one like `hour` is quoted, or it would be read as the grouping."""
    return f'"{text}"' if text.casefold() in list(GroupBy) else quoted(text)


def _message(statistics: Statistics, zone: tzinfo, shared_by: str | None, blocks: list[Block]) -> Message:
    """Add the text, which says every figure, and the buttons; a shared chart has none."""
    lines = [*_lines(statistics, zone, shared_by), *statistics_lines.bar_lines(statistics)]
    text = joined(spoken(line) for line in [(_full_title(statistics, zone),), *lines])
    controls = [] if shared_by else _buttons(statistics)
    return Message(text=text, blocks=(*blocks, *([actions(*controls)] if controls else [])))


def _lines(statistics: Statistics, zone: tzinfo, shared_by: str | None) -> list[Line]:
    lines = statistics_lines.chart_lines(statistics, zone)
    if shared_by is not None:
        line = stats_line(statistics.query, statistics.by)
        lines = [shared_by_line(shared_by, line), *statistics_lines.figures(statistics, zone)[:2], *lines]
    return [line for line in lines if line]


def _title(statistics: Statistics, zone: tzinfo) -> str:
    return plain(_full_title(statistics, zone), TITLE_ROOM)


def _full_title(statistics: Statistics, zone: tzinfo) -> str:
    return " · ".join((statistics_lines.chart_title(statistics), *statistics_lines.filters(statistics, zone)))


def _buttons(statistics: Statistics) -> list[Block]:
    """Return a button for each other grouping, and *Share to channel*. A line too long for a button leaves it out."""
    grouped = [
        button(f"By {by}", f"recordings.chart.v1.{by}", value=value, aloud=f"Show the chart by {by}")
        for by in GroupBy
        if by is not statistics.by and (value := values.write_run(stats_line(statistics.query, by)))
    ]
    value = values.write_run(stats_line(statistics.query, statistics.by))
    aloud = "Share this chart with everybody in the channel"
    return [*grouped, *([button("Share to channel", SHARE, value=value, aloud=aloud)] if value else [])]


def _blocks(share: float) -> str:
    """Return a bar of block characters, an eighth of a character exact; something is never drawn as nothing."""
    eighths = max(round(share * BAR_WIDTH * 8), 1 if share else 0)
    return ("█" * (eighths // 8) + EIGHTHS[eighths % 8]).rstrip()


def _width(text: str) -> int:
    """Return how many columns a fixed-width font takes for the text."""
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)
