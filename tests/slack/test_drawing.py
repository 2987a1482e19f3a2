"""The chart with its words, and the process that draws it."""

import pickle
import subprocess
import sys
from datetime import UTC, timedelta
from io import BytesIO

import pytest

from bot.domain.statistics import GroupBy
from bot.slack.drawing import answer, draw
from tests.tallies import HOURS, bucket, tally

TAKES_LONG = {"aiohttp", "asyncio", "pydantic", "slack_bolt", "slack_sdk", "sqlalchemy", "structlog"}
"""What a chart does not need, and who waits for it would notice."""


def test_names_that_the_chart_cannot_show_stand_in_the_words() -> None:
    people = (bucket("Evelyn", 9), bucket("山田\u202e太郎", 4), bucket("\u200b", 2), bucket("<!here>", 1))
    drawn = draw(tally(GroupBy.PERSON, *people), UTC)
    assert drawn.words.splitlines()[-1] == "On the chart, No. 2 is 山田 太郎"
    assert drawn.alt.endswith("Bars: Evelyn 9, 山田 太郎 4, unknown 2, <!here> 1")


@pytest.mark.parametrize("by", GroupBy)
def test_every_chart_is_named_and_described(by: GroupBy) -> None:
    drawn = draw(tally(by, bucket("2026-11-24" if by is GroupBy.DAY else "09", 9, length=timedelta(hours=1))), UTC)
    assert drawn.name == f"recordings-by-{by}.png"
    assert drawn.alt.startswith(f"Bar chart: Recordings by {by}. 9 in all")
    assert drawn.content.startswith(b"\x89PNG")


def test_what_is_asked_for_is_answered() -> None:
    answered = BytesIO()
    answer(BytesIO(pickle.dumps((HOURS, UTC))), answered)
    assert pickle.loads(answered.getvalue()) == draw(HOURS, UTC)  # noqa: S301 - ours


def test_the_process_imports_what_it_needs() -> None:
    code = f"import sys, bot.slack.drawing\nprint({TAKES_LONG} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "set()\n"
