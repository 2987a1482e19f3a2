"""The chart of `stats`: within Slack's limits for any statistics, as Slack's block and as text."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given

from bot.domain.access import Asker, Everything
from bot.domain.query import DirectionFilter, Query, Term
from bot.domain.recording import Direction
from bot.domain.statistics import GroupBy, Statistics
from bot.errors import MessageRefused
from bot.language.grammar import StatsCommand, read_command
from bot.language.writing import stats_line_of
from bot.slack.blocks.message import Message
from bot.slack.blocks.values import RUN
from bot.slack.features.stats import (
    SHARE_CHART,
    chart,
    figures,
    send_chart,
    text_chart,
)
from tests.slack.anything import BROAD, NAMES, NASTY
from tests.slack.limits import controls, faults, label
from tests.stage import NOON
from tests.tallies import HOURS, bucket, tallies, tally

ZURICH = ZoneInfo("Europe/Zurich")
HARRIS = Query(parties=(Term("harris"),), directions=(DirectionFilter(Direction.INBOUND),))
WEEKDAYS = tally(GroupBy.WEEKDAY, bucket("Mon", 8), bucket("Tue", 0), bucket("Wed", 1))
DIRECTIONS = tally(GroupBy.DIRECTION, bucket("inbound", 3), bucket("outbound", 0, 1))
ASKER = Asker(user="U0ANA", workspace="T1", zone=UTC, scope=Everything())


def block(message: Message) -> dict[str, Any]:
    return next(block for block in message.blocks if block["type"] == "data_visualization")


def test_bars() -> None:
    assert block(chart(WEEKDAYS, zone=UTC)) == {
        "type": "data_visualization",
        "title": "Recordings by weekday",
        "chart": {
            "type": "bar",
            "series": [
                {
                    "name": "Recordings",
                    "data": [
                        {"label": "Mon", "value": 8},
                        {"label": "Tue", "value": 0},
                        {"label": "Wed", "value": 1},
                    ],
                }
            ],
            "axis_config": {"categories": ["Mon", "Tue", "Wed"]},
        },
    }


def test_directions_are_a_pie() -> None:
    segments = [{"label": "inbound", "value": 3}, {"label": "outbound", "value": 1}]
    assert block(chart(DIRECTIONS, zone=UTC))["chart"] == {"type": "pie", "segments": segments}


def test_the_text_says_every_figure() -> None:
    assert chart(replace(WEEKDAYS, query=HARRIS), zone=UTC).text.splitlines() == [
        "Recordings by weekday · Calls with Harris, inbound",
        "Busiest weekday: Monday with 8",
        "Monday: 8",
        "Tuesday: 0",
        "Wednesday: 1",
    ]
    assert text_chart(WEEKDAYS, zone=UTC).text == chart(WEEKDAYS, zone=UTC).text


def test_a_text_chart_has_a_row_for_each_bar() -> None:
    (rich, *_) = text_chart(tally(GroupBy.PERSON, bucket("Evelyn", 12), bucket("山田", 1)), zone=UTC).blocks
    (rows,) = [part for part in rich["elements"] if part["type"] == "rich_text_preformatted"]
    assert rows["elements"][0]["text"].splitlines() == ["Evelyn 12 ████████████", "山田    1 █"]


def test_the_other_groupings_and_sharing_are_offered() -> None:
    offered = controls(chart(replace(HOURS, query=HARRIS), zone=UTC))
    assert [label(button) for button in offered] == [
        "By day",
        "By weekday",
        "By person",
        "By direction",
        "Share to channel",
    ]
    assert RUN.read(offered[0]["value"]) == "stats by:day with:harris type:inbound"
    assert offered[-1]["action_id"] == SHARE_CHART.action
    assert RUN.read(offered[-1]["value"]) == "stats by:hour with:harris type:inbound"


def test_a_shared_chart_has_the_figures_and_no_buttons() -> None:
    message = chart(WEEKDAYS, zone=UTC, shared_by="U0ANA")
    assert controls(message) == []
    assert message.text.splitlines()[1:4] == [
        "Shared by <@U0ANA> · /recordings stats by:weekday",
        "All recordings · 9",
        "27 min of talk · 3:00 on average, 3:00 at most",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "stats",
        "stats by:person",
        'stats by:hour harris -"meeting room" from:evelyn -to:5566 with:"O\'Neil & Sons"',
        "stats by:weekday type:inbound -type:internal after:2026-11-01 before:2026-11-20 longer:2m shorter:1h id:1..9",
        "stats by:day harris on:2026-11-01 on:2026-11-03",
    ],
)
def test_the_line_of_a_button_reads_back(line: str) -> None:
    command = read_command(line)
    assert isinstance(command, StatsCommand)
    assert read_command(stats_line_of(command.query, command.by)) == command


@pytest.mark.parametrize("word", list(GroupBy))
def test_a_word_like_a_grouping_stays_a_word(word: str) -> None:
    query = Query(words=(Term(word),))
    assert read_command(stats_line_of(query, GroupBy.DAY)) == StatsCommand(query, GroupBy.DAY)


@BROAD
@given(told=tallies(NAMES), name=NASTY)
def test_whatever_is_counted_slack_takes_it(told: Statistics, name: str) -> None:
    assume(any(bucket.count for bucket in told.buckets))
    told = replace(told, query=Query(parties=(Term(name or "x"),)))
    for message in (
        figures(told, zone=UTC),
        chart(told, zone=ZURICH),
        text_chart(told, zone=ZURICH),
        chart(told, zone=UTC, shared_by="U0"),
        text_chart(told, zone=UTC, shared_by="U0"),
    ):
        assert list(faults(message)) == []


class Channel:
    """Takes messages, and refuses charts when told to."""

    def __init__(self) -> None:
        self.refuses_charts = True
        self.tried: list[str] = []

    async def send(self, message: Message) -> bool:
        kinds = [block["type"] for block in message.blocks]
        self.tried.append("chart" if "data_visualization" in kinds else "text")
        if self.refuses_charts and "data_visualization" in kinds:
            raise MessageRefused("no", code="invalid_blocks")
        return True


async def test_a_refusal_is_remembered_for_a_day_and_for_one_workspace() -> None:
    channel = Channel()
    refusals: dict[str, datetime] = {}
    for workspace, passed in (("T1", 0), ("T1", 23), ("T2", 23), ("T1", 24)):
        now, asker = NOON + timedelta(hours=passed), replace(ASKER, workspace=workspace)
        assert await send_chart(channel.send, WEEKDAYS, asker, refusals, now=now)
    assert channel.tried == ["chart", "text", "text", "chart", "text", "chart", "text"]


async def test_a_chart_that_is_taken_is_sent_once() -> None:
    channel = Channel()
    channel.refuses_charts = False
    assert await send_chart(channel.send, WEEKDAYS, ASKER, {}, now=NOON)
    assert channel.tried == ["chart"]
