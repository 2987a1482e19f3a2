"""What was read is kept for a while, and nobody waits long for it."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.errors import SlackError
from bot.slack.people import AFTER_FAILURE, MAX_ENTRIES, Cache
from tests.stage import FakeClock

SOON, LONG = timedelta(milliseconds=10), timedelta(seconds=5)


class Source:
    """Counts who asks, and answers how often it was asked, late or not at all if told so."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.failure: Exception | None = None
        self.gate: asyncio.Event | None = None

    async def read(self, key: str) -> str:
        self.asked[key] += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return f"{key} {self.asked[key]}"


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def kept(source: Source, clock: FakeClock) -> Cache[str, str]:
    return Cache(source.read, clock, max_age=timedelta(hours=1), source="names")


async def test_who_asks_at_the_same_time_shares_one_read(kept: Cache[str, str], source: Source) -> None:
    assert await asyncio.gather(*(kept.get("ana", LONG) for _ in range(5))) == ["ana 1"] * 5
    assert await kept.get("leo", LONG) == "leo 1"
    assert source.asked == {"ana": 1, "leo": 1}


async def test_it_is_read_again_when_it_is_old(kept: Cache[str, str], clock: FakeClock) -> None:
    told = []
    for pause in (timedelta(0), timedelta(minutes=59), timedelta(minutes=1)):
        clock.time += pause
        told.append(await kept.get("ana", LONG))
    assert told == ["ana 1", "ana 1", "ana 2"]


async def test_a_slow_read_goes_on_alone(kept: Cache[str, str], source: Source) -> None:
    source.gate = asyncio.Event()
    assert await kept.get("ana", SOON) is None
    source.gate.set()
    assert await kept.get("ana", LONG) == "ana 1"


async def test_what_is_old_does_for_whoever_cannot_wait(
    kept: Cache[str, str], source: Source, clock: FakeClock
) -> None:
    await kept.get("ana", LONG)
    clock.time += timedelta(hours=2)
    source.gate = asyncio.Event()
    assert await kept.get("ana", SOON) == "ana 1"
    await kept.close()


async def test_after_a_failure_nothing_is_asked_for_a_minute(
    kept: Cache[str, str], source: Source, clock: FakeClock
) -> None:
    source.failure = SlackError("Slack does not know ana.", code="user_not_found")
    with capture_logs() as logs:
        assert [await kept.get("ana", LONG) for _ in range(3)] == [None] * 3
        assert await kept.get("leo", LONG) is None
    assert [entry["log_level"] for entry in logs] == ["warning"]
    source.failure = None
    clock.time += AFTER_FAILURE
    assert await kept.get("ana", LONG) == "ana 2"


async def test_a_fault_of_ours_keeps_its_traceback_and_raises_nothing(kept: Cache[str, str], source: Source) -> None:
    source.failure = KeyError("user")
    with capture_logs() as logs:
        assert await kept.get("ana", LONG) is None
    assert [(entry["log_level"], entry["exc_info"]) for entry in logs] == [("error", source.failure)]


async def test_what_was_read_longest_ago_makes_room(kept: Cache[str, str], source: Source, clock: FakeClock) -> None:
    await kept.get("0", LONG)
    await kept.get("1", LONG)
    clock.time += timedelta(hours=1)
    for number in (0, *range(2, MAX_ENTRIES + 1)):
        await kept.get(str(number), LONG)
    assert await kept.get("0", LONG) == "0 2", "read again just now"
    assert await kept.get("2", LONG) == "2 1"
    assert await kept.get("1", LONG) == "1 2"


async def test_what_is_under_way_at_the_end_is_given_up(kept: Cache[str, str], source: Source) -> None:
    before = asyncio.all_tasks()
    source.gate = asyncio.Event()
    assert await kept.get("ana", SOON) is None
    await kept.close()
    assert asyncio.all_tasks() == before


async def test_each_way_to_fail_is_logged_once(kept: Cache[str, str], source: Source) -> None:
    with capture_logs() as logs:
        for key, code in (("ana", "user_not_found"), ("leo", "user_not_found"), ("ada", "missing_scope")):
            source.failure = SlackError("Slack refuses users.info.", code=code)
            await kept.get(key, LONG)
    assert len(logs) == 2
