"""Statistics in words: three figures, what stands on the chart, what it shows, and what became of it."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.query import DirectionFilter, Query, Term
from bot.domain.recording import Direction
from bot.domain.statistics import GroupBy, Statistics
from bot.slack.blocks.elements import line_text
from bot.text import statistics_lines
from bot.text.query_lines import title
from tests.tallies import HOURS, bucket, tally

ZURICH = ZoneInfo("Europe/Zurich")
HARRIS = Query(parties=(Term("harris"),), ways=(DirectionFilter(Direction.INBOUND),))
TITLE = title(HARRIS, UTC)
LENGTHS: dict[str, Any] = {
    "length": timedelta(hours=9, minutes=12, seconds=4),
    "measured": 212,
    "longest": timedelta(minutes=42, seconds=10),
}
DAYS = (bucket("2026-11-23", 4), bucket("2026-11-24", 9, 2))


def lines(told: Statistics) -> list[str]:
    return [line_text(line) for line in statistics_lines.figures(told, UTC)]


def test_three_figures_in_words() -> None:
    assert lines(replace(HOURS, **LENGTHS, total=212)) == [
        "All recordings · 212",
        "9 h 12 min of talk · 2:36 on average, 42:10 at most",
        "Busiest hour: 19:00–20:00 with 24",
    ]


def test_what_was_counted_is_said_in_words() -> None:
    assert lines(replace(HOURS, query=HARRIS))[0] == f"{TITLE} · 234"


@pytest.mark.parametrize(
    ("told", "line"),
    [
        pytest.param(tally(GroupBy.DAY, *DAYS), "Busiest day: Tue 24 Nov 2026 with 11", id="a day"),
        pytest.param(
            tally(GroupBy.WEEKDAY, bucket("Mon", 1), bucket("Tue", 2)),
            "Busiest weekday: Tuesday with 2",
            id="a weekday",
        ),
        pytest.param(
            tally(GroupBy.PERSON, bucket("Evelyn", 41), bucket("5566", 2)), "Most often: Evelyn, in 41", id="a person"
        ),
        pytest.param(
            tally(GroupBy.HOUR, bucket("09", 1_200), bucket("23", 1_200)),
            "Busiest hour: 09:00–10:00 and 23:00–24:00 with 1,200 each",
            id="two share the first place",
        ),
        pytest.param(
            tally(GroupBy.PERSON, *(bucket(name, 7) for name in "abc")),
            "Most often: 3 people, in 7 each",
            id="more share it",
        ),
        pytest.param(
            tally(GroupBy.DIRECTION, bucket("inbound", 112), bucket("outbound", 0, 60), bucket("unknown", 0, 0, 0, 3)),
            "112 inbound · 60 outbound · 3 of unknown direction",
            id="directions",
        ),
        pytest.param(
            tally(GroupBy.DAY, total=3), "None of them has a known day, so there is no chart.", id="nothing to draw"
        ),
    ],
)
def test_where_most_of_them_are(told: Statistics, line: str) -> None:
    assert lines(told)[2:] == [line]


@pytest.mark.parametrize(
    ("told", "line"),
    [
        pytest.param({"measured": 0}, "How long they are is not known", id="no length is known"),
        pytest.param(
            {"measured": 1, "length": timedelta(seconds=40), "longest": timedelta(seconds=40)},
            "40 s of talk · 0:40 on average, 0:40 at most, of the 1 whose length is known",
            id="one is",
        ),
        pytest.param({"length": timedelta(hours=1_234, minutes=50)}, "1,235 h of talk", id="very much"),
        pytest.param({"length": timedelta(hours=99, minutes=20)}, "99 h 20 min of talk", id="with their minutes"),
        pytest.param({"length": timedelta(hours=100, minutes=20)}, "100 h of talk", id="hours without their minutes"),
        pytest.param({"length": timedelta(seconds=60)}, "1 min of talk", id="a minute"),
        pytest.param({"length": timedelta(seconds=59)}, "59 s of talk", id="seconds"),
        pytest.param(
            {"length": timedelta(minutes=10), "measured": 2, "longest": timedelta(minutes=7)},
            "10 min of talk · 5:00 on average, 7:00 at most, of the 2 whose length is known",
            id="the average of those that are known",
        ),
        pytest.param({"length": timedelta(hours=2)}, "2 h of talk", id="whole hours"),
        pytest.param({"length": timedelta(minutes=59, seconds=40)}, "1 h of talk", id="nearly an hour"),
        pytest.param({"length": timedelta(minutes=12)}, "12 min of talk", id="minutes"),
    ],
)
def test_talk_time(told: dict[str, Any], line: str) -> None:
    assert lines(replace(HOURS, **told))[1].startswith(line)


@pytest.mark.parametrize(
    ("told", "line"),
    [
        pytest.param(replace(HOURS, total=240), "Without a time: 6", id="some have no time"),
        pytest.param(tally(GroupBy.DAY, *DAYS, left_out=12), "Shown: the newest 2 of 14 days", id="days are left out"),
        pytest.param(
            tally(GroupBy.PERSON, bucket("Evelyn", 4), left_out=1_200),
            "Shown: the 1 most frequent of 1,201 people",
            id="people are left out",
        ),
    ],
)
def test_what_does_not_stand_on_the_chart_is_told(told: Statistics, line: str) -> None:
    assert lines(told)[-1] == line
    assert line in [line_text(shown) for shown in statistics_lines.chart_lines(told, UTC)]


@pytest.mark.parametrize(
    ("query", "line"),
    [
        pytest.param(Query(), "There are no recordings yet.", id="at all"),
        pytest.param(HARRIS, f"{TITLE} · none, so there is nothing to count", id="of these"),
    ],
)
def test_without_data_there_is_one_line(query: Query, line: str) -> None:
    assert lines(tally(GroupBy.HOUR, query=query)) == [line]


def test_without_a_bar_and_a_time_nothing_is_left_out_of_the_chart() -> None:
    assert lines(tally(GroupBy.HOUR, total=3))[2:] == ["None of them has a known hour, so there is no chart."]


def test_the_order_and_page_of_a_question_are_no_filter() -> None:
    assert lines(replace(HOURS, query=Query(count=3, page=2)))[0] == "All recordings · 234"


def test_directions_are_told_the_most_first() -> None:
    told = tally(GroupBy.DIRECTION, bucket("inbound", 1), bucket("outbound", 0, 5))
    assert lines(told)[2] == "5 outbound · 1 inbound"


HOUR_LABELS = [f"{hour:02}" for hour in range(24)]


@pytest.mark.parametrize(
    ("statistics", "title", "labels"),
    [
        pytest.param(
            tally(GroupBy.HOUR, *(bucket(label, 5 if 8 <= int(label) < 11 else 0) for label in HOUR_LABELS)),
            "Recordings by hour",
            ["08:00", "09:00", "10:00"],
            id="hours from the first busy one to the last",
        ),
        pytest.param(
            tally(GroupBy.HOUR, *(bucket(label, int(int(label) in {2, 23})) for label in HOUR_LABELS)),
            "Recordings by hour",
            [f"{hour:02}–{hour + 2:02}" for hour in range(2, 24, 2)],
            id="more than twenty hours in pairs",
        ),
        pytest.param(tally(GroupBy.DAY, *DAYS), "Recordings by day", ["23 Nov", "24 Nov"], id="days"),
        pytest.param(
            tally(GroupBy.DAY, *(bucket(f"2026-11-{day:02}", 1) for day in range(1, 23))),
            "Recordings by week",
            ["26 Oct", "2 Nov", "9 Nov", "16 Nov"],
            id="more than twenty days by week",
        ),
        pytest.param(tally(GroupBy.WEEKDAY, bucket("Mon", 1)), "Recordings by weekday", ["Mon"], id="weekdays"),
        pytest.param(
            tally(GroupBy.PERSON, bucket("W" * 30, 3), bucket("W" * 31, 2), bucket("\u200b", 1)),
            "Recordings by person",
            ["W" * 19 + "…", "W" * 17 + "… 2", "unknown"],
            id="people whose names are cut to the same",
        ),
    ],
)
def test_the_bars_of_a_chart(statistics: Statistics, title: str, labels: list[str]) -> None:
    bars = statistics_lines.bars(statistics)
    assert statistics_lines.chart_title(statistics) == title
    assert [bar.label for bar in bars] == labels
    assert sum(bar.count for bar in bars) == statistics.total, "nothing is left out"


@pytest.mark.parametrize(
    ("statistics", "line"),
    [
        pytest.param(
            tally(GroupBy.DAY, *(bucket(f"2026-11-{day:02}", 1) for day in range(1, 23))),
            "week from Mon 16 Nov 2026: 7",
            id="a week",
        ),
        pytest.param(
            tally(GroupBy.HOUR, *(bucket(label, 1) for label in HOUR_LABELS)), "22:00–24:00: 2", id="two hours"
        ),
        pytest.param(
            tally(GroupBy.PERSON, bucket("Evelyn", 4, length=timedelta(hours=13))), "Evelyn: 4 · 13 h", id="a person"
        ),
        pytest.param(
            tally(GroupBy.DIRECTION, bucket("outbound", 0, 1), bucket("inbound", 3, length=timedelta(minutes=119))),
            "inbound: 3 · 75% · 119 min",
            id="a direction",
        ),
    ],
)
def test_every_figure_of_a_chart_in_words(statistics: Statistics, line: str) -> None:
    assert line_text(statistics_lines.bar_lines(statistics)[-1]) == line


def test_what_stands_above_a_chart() -> None:
    assert [line_text(line) for line in statistics_lines.chart_lines(HOURS, ZURICH)] == [
        "Busiest hour: 19:00–20:00 with 24",
        "Hours in Europe/Zurich",
    ]
