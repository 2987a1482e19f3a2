"""A Socket Mode connection that is lost is connected again, by the SDK or from nothing, and closing always ends."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from structlog.testing import capture_logs

from bot.demo.slack import APP_TOKEN, SlackStandIn
from bot.domain.health import LastSeen
from bot.slack.answering import Services
from bot.slack.app import bolt_app
from bot.slack.clients import Clients, Identity
from bot.slack.socket import CLOSE_SECONDS, LOST, Socket
from tests.process import until
from tests.slack.conftest import reference
from tests.stage import NOON, FakeClock

pytestmark = pytest.mark.asyncio(loop_scope="module")

FOR_EVER = 60.0


@pytest.fixture
def app(identity: Identity, services: Services) -> AsyncApp:
    return bolt_app(identity, services, new_reference=reference)


def watched(app: AsyncApp, clients: Clients, pulse: LastSeen | None = None, **options: Any) -> Socket:
    return Socket(app, APP_TOKEN, clients.reads, connection=pulse or LastSeen(), now=lambda: NOON, **options)


@asynccontextmanager
async def connected(
    slack: SlackStandIn,
    app: AsyncApp,
    clients: Clients,
    pulse: LastSeen | None = None,
    *,
    patience: float = FOR_EVER,
    ping: float = 0.05,
) -> AsyncIterator[Socket]:
    socket = watched(app, clients, pulse, patience=patience, look=0.01, ping=ping)
    async with socket.open():
        await slack.wait_for(lambda: slack.connected == 1)
        while not await socket.is_connected():
            await asyncio.sleep(0)
        yield socket


async def test_it_connects_past_a_proxy_for_an_address_that_is_excepted(
    slack: SlackStandIn, app: AsyncApp, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK by itself sends everything to it."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with connected(slack, app, clients):
        assert (await slack.command("help")).error is None


def opened(slack: SlackStandIn) -> int:
    return [name for name, _ in slack.requests].count("apps.connections.open")


async def sdk_tasks() -> list[str]:
    await asyncio.sleep(0.01)
    return [repr(task) for task in asyncio.all_tasks() if "process_messages" in repr(task) or "monitor" in repr(task)]


async def test_it_says_whether_slack_reaches_us(slack: SlackStandIn, app: AsyncApp, clients: Clients) -> None:
    socket = watched(app, clients)
    assert not await socket.is_connected()
    async with connected(slack, app, clients) as socket:
        assert await socket.is_connected()
    assert not await socket.is_connected()
    await slack.wait_for(lambda: slack.connected == 0)


async def test_a_cut_connection_is_connected_again(slack: SlackStandIn, app: AsyncApp, clients: Clients) -> None:
    async with connected(slack, app, clients) as socket:
        await slack.drop_sockets()
        await slack.wait_for(lambda: slack.connected == 1)
        assert (await slack.command("help")).error is None
        assert socket.rebuilt == 0


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_slacks_farewell_is_followed_by_a_new_connection(
    slack: SlackStandIn, app: AsyncApp, clients: Clients, reason: str
) -> None:
    async with connected(slack, app, clients) as socket:
        await slack.disconnect(reason)
        await slack.wait_for(lambda: slack.connected == 1)
        assert (await slack.command("help")).error is None
        assert socket.rebuilt == 0


async def test_a_connection_that_stays_lost_is_built_anew(slack: SlackStandIn, app: AsyncApp, clients: Clients) -> None:
    """The SDK's next try would come in a minute."""
    with capture_logs() as lines:
        async with connected(slack, app, clients, patience=0.1, ping=FOR_EVER) as socket:
            await slack.drop_sockets()
            await slack.wait_for(lambda: slack.connected == 1)
            assert (await slack.command("help")).error is None
            assert socket.rebuilt == 1
    assert [line["event"] for line in lines] == ["socket_rebuilt"]
    assert await sdk_tasks() == []


async def test_it_goes_on_while_slack_refuses(slack: SlackStandIn, app: AsyncApp, clients: Clients) -> None:
    async with connected(slack, app, clients, patience=0.05, ping=FOR_EVER) as socket:
        slack.faults.revoked = {APP_TOKEN}
        before = opened(slack)
        await slack.drop_sockets()
        await slack.wait_for(lambda: opened(slack) >= before + 2)
        assert not await socket.is_connected()
        slack.faults.revoked = set()
        await slack.wait_for(lambda: slack.connected == 1)
        assert socket.rebuilt >= 2
    assert await sdk_tasks() == []


async def test_a_first_connection_that_never_comes_is_built_anew(
    slack: SlackStandIn, app: AsyncApp, clients: Clients
) -> None:
    slack.faults.revoked = {APP_TOKEN}
    socket = watched(app, clients, patience=0.05, look=0.01, ping=FOR_EVER)
    async with socket.open():
        await slack.wait_for(lambda: opened(slack) >= 2)
    assert socket.rebuilt >= 1
    assert await sdk_tasks() == []


async def test_a_connection_is_a_sign_of_health(slack: SlackStandIn, app: AsyncApp, clients: Clients) -> None:
    pulse = LastSeen()
    async with connected(slack, app, clients, pulse):
        await until(lambda: pulse.well_at is not None)
    assert pulse == LastSeen(well_at=NOON), "closing it is no trouble"


async def test_a_lost_connection_is_trouble_from_the_first_look_until_it_is_back(
    slack: SlackStandIn, app: AsyncApp, clients: Clients, clock: FakeClock
) -> None:
    pulse = LastSeen()
    socket = Socket(
        app, APP_TOKEN, clients.reads, connection=pulse, now=clock.now, patience=0.05, look=0.01, ping=FOR_EVER
    )
    async with socket.open():
        await until(lambda: pulse.well_at is not None)
        slack.faults.revoked = {APP_TOKEN}
        await slack.drop_sockets()
        await until(lambda: pulse.failing_since is not None)
        clock.time += timedelta(minutes=6)
        await until(lambda: socket.rebuilt >= 2)
        assert pulse == LastSeen(well_at=NOON, failing_since=NOON, problem=LOST), "building it anew changes nothing"
        slack.faults.revoked = set()
        await until(lambda: pulse.failing_since is None)
    assert pulse == LastSeen(well_at=NOON + timedelta(minutes=6))


async def test_a_first_connection_that_is_still_under_way_is_trouble(
    slack: SlackStandIn, app: AsyncApp, clients: Clients
) -> None:
    slack.faults.latency_seconds = 0.5
    pulse = LastSeen()
    async with watched(app, clients, pulse, look=0.01).open():
        await until(lambda: pulse.failing_since is not None)
    assert pulse == LastSeen(failing_since=NOON, problem=LOST)


async def test_closing_while_it_connects_ends(slack: SlackStandIn, app: AsyncApp, clients: Clients) -> None:
    slack.faults.latency_seconds = 0.5
    before = time.monotonic()
    async with watched(app, clients).open():
        await asyncio.sleep(0.02)
    assert time.monotonic() - before < CLOSE_SECONDS
    assert await sdk_tasks() == []


async def test_a_close_that_hangs_ends_and_leaves_nothing(
    slack: SlackStandIn, app: AsyncApp, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.socket.CLOSE_SECONDS", 0.02)
    with capture_logs() as lines:
        async with connected(slack, app, clients) as socket:
            assert socket._handler
            monkeypatch.setattr(socket._handler.client, "disconnect", asyncio.Event().wait)
    assert [line["event"] for line in lines] == ["socket_close_hangs"]
    assert await sdk_tasks() == []


async def test_a_close_that_fails_is_logged_and_leaves_nothing(
    slack: SlackStandIn, app: AsyncApp, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise ConnectionResetError

    with capture_logs() as lines:
        async with connected(slack, app, clients) as socket:
            assert socket._handler
            monkeypatch.setattr(socket._handler.client, "disconnect", fail)
    assert [line["event"] for line in lines] == ["socket_close_failed"]
    assert await sdk_tasks() == []
