"""What a router, an orchestrator and Prometheus are told: alive, ready or not and why, and numbers in any case."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from bot.domain.health import Health, Level, Part
from bot.domain.status import SILENT, Status
from bot.errors import ArchiveError
from bot.operations.metrics import Metrics
from bot.operations.probes import MOST_REASON, findings, probes
from tests.stage import NOON, status

LOCKED = "The database is locked by another process: let it finish or stop it."
WELL = tuple(Health(part=part) for part in Part)
ALL_WELL = "".join(f"{part}: ok\n" for part in Part) + "watch: ok\n"


async def locked() -> Status:
    raise ArchiveError(LOCKED)


def knowing(state: Status) -> Callable[[], Awaitable[Status]]:
    async def tell() -> Status:
        return state

    return tell


def asking(tell: Callable[[], Awaitable[Status]]) -> httpx.AsyncClient:
    app = Starlette(routes=list(probes(status=tell, metrics=Metrics(lambda: NOON))))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot.test")


async def ready(tell: Callable[[], Awaitable[Status]]) -> tuple[int, str]:
    async with asking(tell) as client:
        answer = await client.get("/readyz")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return answer.status_code, answer.text


def pbx(level: Level, reason: str = "no answer within 10 s", **facts: Any) -> tuple[Health, ...]:
    """All is well but the PBX, for three minutes now."""
    ill = Health(part=Part.PBX, level=level, since=NOON - timedelta(minutes=3), reason=reason, **facts)
    return (ill, *(health for health in WELL if health.part is not Part.PBX))


async def test_alive_is_not_asked_of_the_database() -> None:
    async with asking(locked) as client:
        answer = await client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok")


@pytest.mark.parametrize(
    ("facts", "code", "lines"),
    [
        pytest.param({}, 200, [], id="all is well"),
        pytest.param(
            {"healths": pbx(Level.DOWN)},
            503,
            ["pbx: down since 2026-11-24 11:57 UTC: no answer within 10 s"],
            id="a part is down",
        ),
        pytest.param(
            {"healths": pbx(Level.DEGRADED)},
            200,
            ["pbx: degraded since 2026-11-24 11:57 UTC: no answer within 10 s"],
            id="trouble that is young",
        ),
        pytest.param({"looked_at": None}, 503, ["pbx: has not answered yet"], id="before the first look"),
        pytest.param(
            {"looked_at": None, "healths": pbx(Level.DEGRADED, reason="")},
            503,
            ["pbx: degraded since 2026-11-24 11:57 UTC"],
            id="young trouble before the first look",
        ),
        pytest.param({"watched_at": NOON - SILENT}, 200, [], id="last seen two minutes ago"),
        pytest.param(
            {"watched_at": NOON - SILENT - timedelta(seconds=1)},
            503,
            ["watch: the process that follows the PBX was last seen 2026-11-24 11:57 UTC"],
            id="last seen longer ago: it has died",
        ),
        pytest.param({"watched_at": None}, 503, ["watch: no process follows the PBX yet"], id="never seen"),
        pytest.param({"watched_at": NOON + timedelta(hours=1)}, 200, [], id="seen in the future: a clock was set back"),
    ],
)
async def test_ready_or_not_and_why(facts: dict[str, Any], code: int, lines: list[str]) -> None:
    expected = ALL_WELL
    for line in lines:
        expected = expected.replace(f"{line.split(':')[0]}: ok", line)
    assert await ready(knowing(status(**{"healths": WELL, **facts}))) == (code, expected)


async def test_before_anything_was_noted() -> None:
    blank = status(looked_at=None, watched_at=None)
    expected = "pbx: has not answered yet\ndatabase: ok\nwatch: no process follows the PBX yet\n"
    assert await ready(knowing(blank)) == (503, expected)


async def test_a_database_that_cannot_be_read_is_not_ready() -> None:
    assert await ready(locked) == (503, f"database: {LOCKED}\n")


@given(
    levels=st.fixed_dictionaries({part: st.sampled_from(Level) for part in Part}),
    looked=st.booleans(),
    silence=st.none() | st.timedeltas(min_value=timedelta(days=-1), max_value=timedelta(days=1)),
)
def test_ready_is_all_parts_up_looked_at_and_watched(
    levels: dict[Part, Level], looked: bool, silence: timedelta | None
) -> None:
    state = status(
        healths=tuple(Health(part=part, level=level) for part, level in levels.items()),
        looked_at=NOON if looked else None,
        watched_at=None if silence is None else NOON - silence,
    )
    found = findings(state)
    is_ready = Level.DOWN not in levels.values() and looked and silence is not None and silence <= SILENT
    assert all(finding.is_ready for finding in found) == is_ready
    assert [finding.name for finding in found] == [*Part, "watch"]


@given(reason=st.text(max_size=2 * MOST_REASON))
def test_a_reason_stays_on_its_line(reason: str) -> None:
    text = str(findings(status(healths=pbx(Level.DOWN, reason)))[0])
    assert len(text.splitlines()) == 1
    assert text.isprintable()
    assert len(text) < MOST_REASON + 50


async def test_numbers_with_a_database_and_without() -> None:
    for tell, up in ((knowing(status()), "1.0"), (locked, "0.0")):
        async with asking(tell) as client:
            answer = await client.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert f"\nrecordings_database_up {up}\n" in answer.text
        assert "\nrecordings_posted_total 0.0\n" in answer.text


async def test_however_many_ask_the_database_is_read_once_at_a_time() -> None:
    """The archive has few connections, and this address may be public."""
    at_once = most = 0

    async def slowly() -> Status:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1
        return status()

    async with asking(slowly) as client:
        answers = await asyncio.gather(*(client.get(path) for path in ("/readyz", "/metrics") * 10))
    assert {answer.status_code for answer in answers} == {200}
    assert most == 1


async def test_a_failed_reading_does_not_keep_the_next_from_its_turn() -> None:
    answers: list[ArchiveError | Status] = [ArchiveError(LOCKED), status(healths=WELL)]

    async def tell() -> Status:
        answer = answers.pop(0)
        if isinstance(answer, ArchiveError):
            raise answer
        return answer

    async with asking(tell) as client:
        assert [(await client.get("/readyz")).status_code for _ in range(2)] == [503, 200]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_only_reading(path: str) -> None:
    async with asking(knowing(status())) as client:
        assert (await client.head(path)).status_code == 200
        assert (await client.post(path)).status_code == 405
