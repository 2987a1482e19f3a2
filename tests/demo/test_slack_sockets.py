"""Socket Mode at the level of frames: tickets, hello, envelopes, acks, farewells."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.demo.slack import SlackStandIn


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    slack = SlackStandIn()
    async with slack.serve():
        yield slack


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def ticket(slack: SlackStandIn, session: aiohttp.ClientSession, token: str = "xapp-demo") -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    async with session.post(f"{slack.url}/api/apps.connections.open", headers=headers) as response:
        return dict(await response.json())


async def connect(slack: SlackStandIn, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    """A connection that has had its hello."""
    socket = await session.ws_connect((await ticket(slack, session))["url"])
    assert (await socket.receive_json())["type"] == "hello"
    return socket


async def test_hello_tells_how_many_are_connected(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    first = await connect(slack, session)
    socket = await session.ws_connect((await ticket(slack, session))["url"])
    hello = await socket.receive_json()
    assert (hello["num_connections"], hello["connection_info"]) == (2, {"app_id": "A0BOT"})
    assert slack.connected == 2
    assert not first.closed


async def test_a_ticket_opens_one_connection(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    url = (await ticket(slack, session))["url"]
    await session.ws_connect(url)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await session.ws_connect(url)


async def test_only_the_apps_token_opens_one(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    assert (await ticket(slack, session, "xoxb-demo"))["error"] == "not_allowed_token_type"


async def test_an_envelope_is_answered_in_its_ack(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    socket = await connect(slack, session)
    command = asyncio.create_task(slack.command("latest 10"))
    envelope = await socket.receive_json()
    await socket.send_str("no json")
    await socket.send_json({"envelope_id": "another", "payload": {"text": "not this"}})
    await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "ten"}})
    assert (await command).text == "ten"
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    assert envelope["payload"]["text"] == "latest 10"


async def test_an_event_tells_that_it_comes_again(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    socket = await connect(slack, session)
    event = asyncio.create_task(slack.event("channel_archive", retry=1, channel="C0CALLS"))
    envelope = await socket.receive_json()
    await socket.send_json({"envelope_id": envelope["envelope_id"]})
    assert (await event).error is None
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (1, "timeout")
    assert not envelope["accepts_response_payload"]
    assert envelope["payload"]["event"]["channel"] == "C0CALLS"


async def test_envelopes_go_to_connections_in_turn(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    sockets = [await connect(slack, session) for _ in range(2)]
    for socket in sockets:
        command = asyncio.create_task(slack.command("latest"))
        envelope = await socket.receive_json()
        await socket.send_json({"envelope_id": envelope["envelope_id"]})
        assert (await command).error is None


async def test_the_eleventh_is_sent_away(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    sockets = [await connect(slack, session) for _ in range(10)]
    socket = await session.ws_connect((await ticket(slack, session))["url"])
    farewell = await socket.receive_json()
    assert (farewell["type"], farewell["reason"]) == ("disconnect", "too_many_websockets")
    assert slack.connected == len(sockets)


async def test_who_is_told_to_go_gets_nothing_more(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    socket = await connect(slack, session)
    await slack.disconnect("refresh_requested")
    assert (await socket.receive_json())["reason"] == "refresh_requested"
    assert slack.connected == 0
    assert (await slack.command("latest")).error == "dispatch_failed"


async def test_a_cut_fails_what_was_under_way(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    socket = await connect(slack, session)
    command = asyncio.create_task(slack.command("latest"))
    await socket.receive_json()
    await slack.drop_sockets()
    assert (await command).error == "dispatch_failed"
    assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE)


async def test_pings_are_answered(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    url = (await ticket(slack, session))["url"]
    socket = await session.ws_connect(url, autoping=False)
    await socket.receive_json()
    await socket.ping(b"still there?")
    answer = await socket.receive()
    assert (answer.type, bytes(answer.data)) == (aiohttp.WSMsgType.PONG, b"still there?")


async def test_who_leaves_is_seen_to_leave(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    socket = await connect(slack, session)
    await socket.close()
    await slack.wait_for(lambda: slack.connected == 0)
    assert slack.connected == 0
