"""Statistics in words: three figures, what stands on the chart, what it shows, and what became of it."""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from bot.domain.query import DirectionFilter, Query, Term
from bot.domain.recording import Direction
from bot.domain.statistics import GroupBy, Statistics
from bot.errors import (
    ChannelClosed,
    MessageRefused,
    SlackBusy,
    SlackError,
    SlackOutcomeUnknown,
    SlackScopeMissing,
    SlackUnreachable,
)
from bot.slack.blocks.elements import spoken
from bot.slack.stats import figures
from bot.text import statistics_lines
from bot.text.query_lines import title
from tests.slack.anything import BROAD, NAMES, NASTY
from tests.slack.limits import faults, long
from tests.tallies import HOURS, bucket, tallies, tally

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
    return [spoken(line) for line in statistics_lines.figures(told, UTC)]


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
    assert line in statistics_lines.on_chart(told, UTC).below


@pytest.mark.parametrize(
    ("query", "line"),
    [
        pytest.param(Query(), "There are no recordings yet.", id="at all"),
        pytest.param(HARRIS, f"{TITLE} · none, so there is nothing to count", id="of these"),
    ],
)
def test_without_data_there_is_one_line(query: Query, line: str) -> None:
    assert lines(tally(GroupBy.HOUR, query=query)) == [line]


def test_the_words_on_a_chart() -> None:
    told = replace(HOURS, query=HARRIS, **LENGTHS)
    assert statistics_lines.on_chart(told, ZURICH) == statistics_lines.ChartTexts(
        title="Recordings by hour",
        note="234 in all, 9 h 12 min of talk",
        beside=("",) * 13,
        below=(TITLE, "Hours in Europe/Zurich"),
    )


def test_the_chart_is_called_by_what_it_shows() -> None:
    assert statistics_lines.file_title(HOURS, UTC) == "Recordings by hour"
    assert statistics_lines.file_title(replace(HOURS, query=HARRIS), UTC) == f"Recordings by hour · {TITLE}"


def test_what_the_chart_shows_of_nothing_known_is_not_said() -> None:
    told = replace(tally(GroupBy.DAY, *DAYS), measured=0, length=timedelta(0))
    texts = statistics_lines.on_chart(told, ZURICH)
    assert (texts.note, texts.below) == ("15 in all", ())


def test_without_a_bar_and_a_time_nothing_is_left_out_of_the_chart() -> None:
    assert lines(tally(GroupBy.HOUR, total=3))[2:] == ["None of them has a known hour, so there is no chart."]


def test_the_order_and_page_of_a_question_are_no_filter() -> None:
    assert lines(replace(HOURS, query=Query(count=3, page=2)))[0] == "All recordings · 234"


def test_people_have_names_that_one_can_see() -> None:
    told = tally(GroupBy.PERSON, bucket("Eve\u202elyn", 4), bucket("\u200b", 2))
    assert [bucket.label for bucket in statistics_lines.readable(told).buckets] == ["Eve lyn", "unknown"]


def test_directions_are_told_the_most_first() -> None:
    told = tally(GroupBy.DIRECTION, bucket("inbound", 1), bucket("outbound", 0, 5))
    assert lines(told)[2] == "5 outbound · 1 inbound"
    assert ". 5 outbound" not in statistics_lines.alt(told, UTC), "the bars say so"


def test_bars_have_their_talk_time_and_directions_their_share() -> None:
    people = tally(GroupBy.PERSON, bucket("Evelyn", 4, length=timedelta(hours=13)), bucket("5566", 2))
    ways = tally(GroupBy.DIRECTION, bucket("inbound", 3, length=timedelta(minutes=119)), bucket("outbound", 0, 1))
    assert statistics_lines.on_chart(people, UTC).beside == ("13 h", "")
    assert statistics_lines.on_chart(ways, UTC).beside == ("75% · 119 min", "25%")


def test_the_alternative_text_says_what_the_chart_shows() -> None:
    told = tally(GroupBy.WEEKDAY, bucket("Mon", 4, 1), bucket("Tue", 0, 2), query=HARRIS)
    assert statistics_lines.alt(told, UTC) == (
        f"Bar chart: Recordings by weekday. 7 in all, 21 min of talk. {TITLE}. "
        "Busiest weekday: Monday with 5. 4 inbound, 3 outbound. Bars: Monday 5, Tuesday 2"
    )


def test_a_long_alternative_text_ends_with_what_is_left_out() -> None:
    told = tally(GroupBy.PERSON, *(bucket("W" * 60, 9) for _ in range(20)))
    assert statistics_lines.alt(told, UTC).endswith("W 9 and 7 more")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        pytest.param(
            SlackScopeMissing("no", code="missing_scope"),
            "I could not send you the chart. I lack a permission. Install the app again from python -m bot manifest.",
            id="a scope is missing",
        ),
        pytest.param(
            MessageRefused("no", code="file_uploads_disabled"),
            "I could not send you the chart. This workspace takes no files.",
            id="files are not allowed",
        ),
        pytest.param(
            ChannelClosed("no", code="<!here>"),
            "I could not send you the chart. Slack says: &lt;!here&gt;.",
            id="anything else",
        ),
        pytest.param(MessageRefused("no"), "I could not send you the chart. Slack says: no.", id="without a word"),
        pytest.param(
            MessageRefused("no", code="x" * 90),
            f"I could not send you the chart. Slack says: {'x' * 39}….",
            id="with too many",
        ),
        pytest.param(
            SlackBusy("no", retry_after=timedelta(seconds=9)),
            "I could not send you the chart: Slack takes none just now. Please ask again in a minute.",
            id="Slack is busy",
        ),
        pytest.param(
            SlackUnreachable("no"),
            "I could not send you the chart: Slack takes none just now. Please ask again in a minute.",
            id="Slack is down",
        ),
        pytest.param(
            SlackOutcomeUnknown("no"),
            "Slack did not say whether it took the chart. If it is not in your direct messages, ask again.",
            id="nobody knows",
        ),
    ],
)
def test_why_a_chart_was_not_sent(error: SlackError, line: str) -> None:
    assert spoken(statistics_lines.not_sent(error)) == line


def test_people_without_a_name_on_the_chart_are_named_in_words() -> None:
    assert (
        spoken(statistics_lines.nameless([(3, "山田太郎"), (7, "李雷")]))
        == "On the chart, No. 3 is 山田太郎, No. 7 is 李雷"
    )
    assert spoken(statistics_lines.nameless([(1, "\u202e" + "x" * 90)])) == f"On the chart, No. 1 is {'x' * 59}…"
    assert statistics_lines.nameless([]) == ()


@BROAD
@given(told=tallies(NAMES), name=NASTY)
def test_whatever_is_counted_slack_takes_the_words(told: Statistics, name: str) -> None:
    told = replace(told, query=Query(parties=(Term(name or "x"),)))
    assert list(faults(figures(told, zone=UTC))) == []
    assert 1 <= long(statistics_lines.alt(told, UTC)) <= 1_000
    assert 1 <= long(statistics_lines.file_title(told, UTC)) <= statistics_lines.TITLE_ROOM
