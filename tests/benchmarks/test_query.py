"""How long a line takes to be read."""

from datetime import UTC, datetime
from time import thread_time
from zoneinfo import ZoneInfo

import pytest

from bot.language.context import LineContext
from bot.language.grammar import read_command

ASKER = LineContext(now=datetime(2026, 11, 24, 12, tzinfo=UTC), zone=ZoneInfo("Europe/Zurich"))
LINES = (
    "",
    "latest 10 sort:time",
    "harris",
    "search harris 5566",
    'with:5566 after:yesterday type:inbound longer:2m -from:"Reception"',
    'from:"+44 20 7946 0000" on:monday',
    'after:2026-11-01 before:"23 Nov" sort:duration',
    "show 614",
    "stats by:weekday type:outbound",
    "latest 10 sort:time after:2026-11-22T23:00Z before:2026-11-23T23:00Z from:5566 to:5556 page:2",
)
BATCHES, BATCH = 20, 200


@pytest.mark.benchmark
def test_reading_a_line() -> None:
    """Of many batches the quickest: what else the machine does meanwhile is not the language's."""
    for line in LINES:
        print(f"{min(_batch(line) for _ in range(BATCHES)) / BATCH * 1e6:6.1f} µs  {line}")


def _batch(line: str) -> float:
    started = thread_time()
    for _ in range(BATCH):
        read_command(line, ASKER)
    return thread_time() - started
