"""A Slack in trouble: each fault is what the client sees, and nothing else is touched."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.demo.slack import SlackStandIn
from bot.demo.slack.faults import Faults, Pace, set_faults


class Time:
    now = 1_764_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def slack(time: Time) -> AsyncIterator[SlackStandIn]:
    slack = SlackStandIn(burst=100, clock=time)
    async with slack.serve():
        yield slack


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": "Bearer xoxb-demo"}
    async with aiohttp.ClientSession(headers=headers) as session:
        yield session


async def post(slack: SlackStandIn, session: aiohttp.ClientSession, **words: Any) -> tuple[int, str]:
    """HTTP status, and the error or the text that came instead of JSON."""
    body = {"channel": "C0CALLS", "text": "x", **words}
    async with session.post(f"{slack.url}/api/chat.postMessage", json=body) as response:
        if response.content_type != "application/json":
            return response.status, await response.text()
        return response.status, (await response.json()).get("error", "")


def stored(slack: SlackStandIn) -> int:
    return len(slack.posts("C0CALLS"))


async def test_a_post_may_be_stored_and_never_answered(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    slack.faults.store_then_drop_every = 2
    await post(slack, session)
    with pytest.raises(aiohttp.ClientConnectionError):
        await post(slack, session)
    assert stored(slack) == 2


async def test_a_post_may_be_lost_on_the_way(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    slack.faults.drop_before_every = 2
    await post(slack, session)
    with pytest.raises(aiohttp.ClientConnectionError):
        await post(slack, session)
    assert stored(slack) == 1


async def test_down_cuts_every_call(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    slack.faults.down = True
    with pytest.raises(aiohttp.ClientConnectionError):
        await post(slack, session)
    slack.faults.down = False
    assert await post(slack, session) == (200, "")
    assert stored(slack) == 1


@pytest.mark.parametrize(
    ("fault", "words", "seen"),
    [
        pytest.param({"status": 503}, {}, (503, "internal_error"), id="503"),
        pytest.param(
            {"refuse_blocks": True}, {"blocks": [{"type": "divider"}]}, (200, "invalid_blocks"), id="no blocks"
        ),
        pytest.param({"refuse_blocks": True}, {}, (200, ""), id="text alone passes"),
        pytest.param({"error_by_channel": {"C0CALLS": "restricted_action"}}, {}, (200, "restricted_action"), id="one"),
        pytest.param({"error_by_channel": {"C0SALES": "restricted_action"}}, {}, (200, ""), id="not the others"),
        pytest.param({"error_next": 1, "error_name": "internal_error"}, {}, (200, "internal_error"), id="the next one"),
        pytest.param({"ratelimit_next": 1}, {}, (429, "ratelimited"), id="a limit"),
        pytest.param({"status_next": 1}, {}, (503, "internal_error"), id="the next one 503"),
        pytest.param({"status_next": 1, "status_code": 502}, {}, (502, "internal_error"), id="the next one 502"),
        pytest.param({"revoked": ["xoxb-demo"]}, {}, (200, "token_revoked"), id="revoked"),
        pytest.param(
            {"revoked": ["xoxb-demo"], "revoked_name": "account_inactive"}, {}, (200, "account_inactive"), id="removed"
        ),
        pytest.param({"error_by_channel": {"D0ADA": "is_archived"}}, {}, (200, ""), id="not in direct messages"),
    ],
)
async def test_a_fault_is_what_the_client_sees(
    slack: SlackStandIn,
    session: aiohttp.ClientSession,
    fault: dict[str, Any],
    words: dict[str, Any],
    seen: tuple[int, str],
) -> None:
    set_faults(slack.faults, fault)
    assert await post(slack, session, **words) == seen
    assert stored(slack) == (1 if seen == (200, "") else 0)


async def test_a_web_page_instead(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    slack.faults.html = True
    status, page = await post(slack, session)
    assert status == 200
    assert page.startswith("<!DOCTYPE html>")
    assert stored(slack) == 0


async def test_only_the_next_ones_fail(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    slack.faults.ratelimit_next = 1
    slack.faults.error_next = 1
    assert [await post(slack, session) for _ in range(3)] == [(429, "ratelimited"), (200, "fatal_error"), (200, "")]


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        pytest.param({"status_next": 1, "status_code": 500, "status_stores": True}, (500, "internal_error"), id="500"),
        pytest.param({"error_next": 1, "error_stores": True}, (200, "fatal_error"), id="fatal_error"),
    ],
)
async def test_a_failure_may_have_been_none(
    slack: SlackStandIn, session: aiohttp.ClientSession, fault: dict[str, Any], seen: tuple[int, str]
) -> None:
    set_faults(slack.faults, fault)
    assert await post(slack, session) == seen
    assert stored(slack) == 1
    assert await post(slack, session) == (200, "")
    assert stored(slack) == 2


@pytest.mark.parametrize("stores", [True, False], ids=["stored", "not stored"])
async def test_a_post_may_wait_for_an_answer_that_never_comes(
    slack: SlackStandIn, session: aiohttp.ClientSession, stores: bool
) -> None:
    set_faults(slack.faults, {"timeout_next": 1, "timeout_stores": stores})
    url, patience = f"{slack.url}/api/chat.postMessage", aiohttp.ClientTimeout(total=0.05)
    with pytest.raises(TimeoutError):
        await session.post(url, json={"channel": "C0CALLS", "text": "x"}, timeout=patience)
    assert stored(slack) == int(stores)
    assert await post(slack, session) == (200, "")
    assert stored(slack) == int(stores) + 1


async def test_nobody_waits_for_an_answer_longer_than_the_server_runs(session: aiohttp.ClientSession) -> None:
    slack = SlackStandIn()
    slack.faults.timeout_next = 1
    async with slack.serve():
        waiting = asyncio.create_task(post(slack, session))
        await slack.wait_for(lambda: stored(slack) == 1)
        left = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - left < 0.5
    with pytest.raises(aiohttp.ClientConnectionError):
        await waiting


async def test_a_refused_post_is_not_stored_whatever_fails(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    set_faults(slack.faults, {"error_next": 1, "error_stores": True})
    assert await post(slack, session, channel="C0LOBBY") == (200, "not_in_channel")
    assert slack.posts("C0LOBBY") == []


@pytest.mark.parametrize("channel", ["U0ADA", "D0ADA"])
async def test_direct_messages_fail_by_the_id_of_their_channel(
    slack: SlackStandIn, session: aiohttp.ClientSession, channel: str
) -> None:
    slack.faults.error_by_channel = {"D0ADA": "messages_tab_disabled"}
    assert await post(slack, session, channel=channel) == (200, "messages_tab_disabled")
    assert slack.posts("D0ADA") == []


async def test_the_pause_is_told(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    set_faults(slack.faults, {"ratelimit_next": 1, "retry_after_seconds": 31})
    url, body = f"{slack.url}/api/chat.postMessage", {"channel": "C0CALLS", "text": "x"}
    async with session.post(url, json=body) as response:
        assert response.headers["Retry-After"] == "31"


async def test_history_lags(slack: SlackStandIn, session: aiohttp.ClientSession, time: Time) -> None:
    slack.faults.history_lag_seconds = 10
    await post(slack, session)
    seen = []
    for _ in range(2):
        async with session.get(f"{slack.url}/api/conversations.history?channel=C0CALLS") as response:
            seen.append(len((await response.json())["messages"]))
        time.now += 11
    assert seen == [0, 1]


async def test_latency_outlasts_a_short_patience(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    slack.faults.latency_seconds = 0.2
    url, patience = f"{slack.url}/api/auth.test", aiohttp.ClientTimeout(total=0.02)
    with pytest.raises(TimeoutError):
        await session.post(url, timeout=patience)


def test_a_fault_that_is_none() -> None:
    with pytest.raises(ValueError, match="no fault 'rain'"):
        set_faults(Faults(), {"rain": True})


@pytest.mark.parametrize(
    ("burst", "times", "waits"),
    [
        pytest.param(1, [0, 0, 0.5, 1, 1.9, 2], [0, 1, 1, 0, 1, 0], id="one a second"),
        pytest.param(3, [0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 0, 1], id="a burst of three, then one a second"),
        pytest.param(2, [0, 0, 9, 9, 9], [0, 0, 0, 0, 1], id="silence gives the burst back, and no more"),
    ],
)
def test_the_pace(burst: int, times: list[float], waits: list[int]) -> None:
    pace = Pace(burst)
    assert [pace.wait("C1", at) for at in times] == waits
