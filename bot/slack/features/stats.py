"""`stats`: the figures in words at once, then Slack's own chart of them.

Some workspaces refuse the chart's block (`invalid_blocks`). An acknowledgement does not show that error, a
`response_url` does: so the chart follows the words through it, and a chart made of text takes its place.
Source: Slack, "Data visualization block".
"""

from collections.abc import MutableMapping
from datetime import datetime, timedelta, tzinfo
from unicodedata import combining, east_asian_width

from bot.domain.access import Asker
from bot.domain.statistics import GroupBy, Statistics
from bot.errors import MessageRefused
from bot.language.dates import LineContext
from bot.language.grammar import StatsCommand, read_command
from bot.language.writing import stats_line_of
from bot.slack.answering import Answer, Feature, Send, Services, too_old
from bot.slack.blocks.elements import Block, actions, line_text, preformatted, rich_text, section
from bot.slack.blocks.message import Message, join_lines, text_message
from bot.slack.blocks.values import line_value
from bot.slack.features import share
from bot.text import statistics_lines
from bot.text.cleaning import plain
from bot.text.lines import Line, Words
from bot.text.query_lines import shared_by as shared_by_line

GROUP = line_value("recordings.chart.v1", replaces_message=True)
"""Another grouping. The suffix of its action is the grouping, such as `recordings.chart.v1.hour`."""
SHARE_CHART = line_value("recordings.share_chart.v1", once=True)

TITLE_ROOM = 50
MOST_SEGMENTS = 6
BAR_WIDTH = 12
"""Characters of the longest bar of a text chart: the row fits on a phone."""
EIGHTHS = " ▏▎▍▌▋▊▉"
REFUSAL_LASTS = timedelta(days=1)


async def stats(asker: Asker, command: StatsCommand, services: Services) -> Answer:
    """Answer `stats`: the figures, and then the chart where there is something to draw."""
    statistics = await services.lookup.stats(asker, command.query, command.by, patience=services.patience)
    message = figures(statistics, zone=asker.zone)
    if not statistics.buckets:
        return Answer(message=message)
    return Answer(message=message, later=lambda send: _send(send, statistics, asker, services))


async def change_grouping(asker: Asker, line: str, services: Services) -> Answer:
    """Answer *By hour* and the like: the new chart replaces the old one."""
    statistics = await _statistics(asker, line, services)
    if statistics is None:
        return Answer(message=too_old())
    if not statistics.buckets:
        return Answer(message=figures(statistics, zone=asker.zone))
    return Answer(later=lambda send: _send(send, statistics, asker, services))


async def share_chart(asker: Asker, line: str, services: Services) -> Answer:
    """Answer *Share to channel* below a chart."""
    statistics = await _statistics(asker, line, services)
    if statistics is None or not statistics.buckets:
        return Answer(message=share.failed(), is_failure=True)
    return Answer(
        to_channel=True,
        if_not_sent=share.failed(),
        later=lambda send: _send(send, statistics, asker, services, shared_by=asker.user),
    )


async def _statistics(asker: Asker, line: str, services: Services) -> Statistics | None:
    """Return the statistics of a button's line; None for a line of another command."""
    command = read_command(line, LineContext(now=services.clock.now(), zone=asker.zone))
    if not isinstance(command, StatsCommand):
        return None
    return await services.lookup.stats(asker, command.query, command.by, patience=services.patience)


async def _send(
    send: Send, statistics: Statistics, asker: Asker, services: Services, *, shared_by: str | None = None
) -> bool:
    now = services.clock.now()
    return await send_chart(send, statistics, asker, services.chart_refusals, now=now, shared_by=shared_by)


async def send_chart(
    send: Send,
    statistics: Statistics,
    asker: Asker,
    refusals: MutableMapping[str, datetime],
    *,
    now: datetime,
    shared_by: str | None = None,
) -> bool:
    """Send the chart, or the text chart where the workspace refuses the block. Returns whether Slack took one.

    `refusals` has by workspace until when no chart is sent to it; in memory, so a restart tries once more.
    `shared_by` is the Slack user id of the person who shares it with a channel.
    """
    until = refusals.get(asker.workspace)
    if until is None or until <= now:
        try:
            return await send(chart(statistics, zone=asker.zone, shared_by=shared_by))
        except MessageRefused:
            refusals[asker.workspace] = now + REFUSAL_LASTS
    return await send(text_chart(statistics, zone=asker.zone, shared_by=shared_by))


def figures(statistics: Statistics, *, zone: tzinfo) -> Message:
    """Return the first answer to `stats`, in words. `zone` is the asker's."""
    return text_message(statistics_lines.figures(statistics, zone))


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


def _message(statistics: Statistics, zone: tzinfo, shared_by: str | None, blocks: list[Block]) -> Message:
    """Add the text, which says every figure, and the buttons; a shared chart has none."""
    lines = [*_lines(statistics, zone, shared_by), *statistics_lines.bar_lines(statistics)]
    text = join_lines(line_text(line) for line in [(_full_title(statistics, zone),), *lines])
    controls = [] if shared_by else _buttons(statistics)
    return Message(text=text, blocks=(*blocks, *([actions(*controls)] if controls else [])))


def _lines(statistics: Statistics, zone: tzinfo, shared_by: str | None) -> list[Line]:
    lines = statistics_lines.chart_lines(statistics, zone)
    if shared_by is not None:
        line = stats_line_of(statistics.query, statistics.by)
        lines = [shared_by_line(shared_by, line), *statistics_lines.figures(statistics, zone)[:2], *lines]
    return [line for line in lines if line]


def _title(statistics: Statistics, zone: tzinfo) -> str:
    return plain(_full_title(statistics, zone), TITLE_ROOM)


def _full_title(statistics: Statistics, zone: tzinfo) -> str:
    return " · ".join((statistics_lines.chart_title(statistics), *statistics_lines.filters(statistics, zone)))


def _buttons(statistics: Statistics) -> list[Block]:
    """Return a button for each other grouping, and *Share to channel*. A line too long for a button leaves it out."""
    buttons: list[Block] = []
    for by in GroupBy:
        if by is not statistics.by:
            line = stats_line_of(statistics.query, by)
            buttons += GROUP.button(f"By {by}", line, spoken_label=f"Show the chart by {by}", suffix=by)
    line = stats_line_of(statistics.query, statistics.by)
    return buttons + SHARE_CHART.button(
        "Share to channel", line, spoken_label="Share this chart with everybody in the channel"
    )


def _blocks(share: float) -> str:
    """Return a bar of block characters, an eighth of a character exact; something is never drawn as nothing."""
    eighths = max(round(share * BAR_WIDTH * 8), 1 if share else 0)
    return ("█" * (eighths // 8) + EIGHTHS[eighths % 8]).rstrip()


def _width(text: str) -> int:
    """Return how many columns a fixed-width font takes for the text."""
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


FEATURE = Feature(commands={StatsCommand: stats}, buttons={GROUP: change_grouping, SHARE_CHART: share_chart})
