"""Direct messages and user groups, with the scopes that the manifest asks for."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SCOPES, SlackStandIn

METADATA = {"event_type": "recordings_posted", "event_payload": {"recordings": [614]}}

Ask = Callable[[AsyncWebClient], Awaitable[Any]]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    slack = SlackStandIn(burst=100)
    async with slack.serve():
        yield slack


@pytest.fixture
def web(slack: SlackStandIn, session: aiohttp.ClientSession) -> AsyncWebClient:
    return client(slack, session)


def client(slack: SlackStandIn, session: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(token="xoxb-demo", base_url=f"{slack.url}/api/", session=session, retry_handlers=[])


async def refusal(call: Awaitable[Any]) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        await call
    return dict(caught.value.response.data)


async def test_what_the_manifest_asks_for_is_enough_for_direct_messages(web: AsyncWebClient) -> None:
    opened = await web.conversations_open(users="U0ADA")
    channel = opened["channel"]["id"]
    posted = await web.chat_postMessage(channel=channel, text="x", metadata=METADATA)
    history = await web.conversations_history(channel=channel, include_all_metadata=True)
    refused = await refusal(web.conversations_info(channel=channel))
    assert (opened["channel"], posted["channel"]) == ({"id": "D0ADA"}, "D0ADA")
    assert [(message["ts"], message["metadata"]) for message in history["messages"]] == [(posted["ts"], METADATA)]
    assert (refused["error"], refused["needed"]) == ("missing_scope", "im:read")


@pytest.mark.parametrize(
    ("ask", "scope"),
    [
        pytest.param(lambda web: web.conversations_open(users="U0ADA"), "im:write", id="to open"),
        pytest.param(lambda web: web.conversations_history(channel="D0ADA"), "im:history", id="to read"),
        pytest.param(lambda web: web.usergroups_users_list(usergroup="S0SUPPORT"), "usergroups:read", id="a group"),
    ],
)
async def test_without_the_new_scopes(session: aiohttp.ClientSession, ask: Ask, scope: str) -> None:
    slack = SlackStandIn(scopes=SCOPES - {scope})
    async with slack.serve():
        refused = await refusal(ask(client(slack, session)))
    assert (refused["error"], refused["needed"]) == ("missing_scope", scope)


async def test_a_direct_message_is_opened_once_and_not_for_somebody_who_left(
    slack: SlackStandIn, web: AsyncWebClient
) -> None:
    first, again = [await web.conversations_open(users="U0ADA") for _ in range(2)]
    assert first["channel"]["id"] == again["channel"]["id"]
    slack.world.users["U0GIL"].deleted = True
    assert (await refusal(web.conversations_open(users="U0GIL")))["error"] == "user_disabled"
    assert (await refusal(web.conversations_open(users="U0NONE")))["error"] == "user_not_found"


async def test_the_direct_messages_of_two_other_people_do_not_exist(slack: SlackStandIn, web: AsyncWebClient) -> None:
    slack.world.channels["D0ADA"].members = {"U0ADA", "U0LEO"}
    assert (await refusal(web.chat_postMessage(channel="D0ADA", text="x")))["error"] == "channel_not_found"
    assert (await refusal(web.conversations_history(channel="D0ADA")))["error"] == "channel_not_found"


async def test_a_user_and_their_direct_messages_share_one_pace(session: aiohttp.ClientSession) -> None:
    slack = SlackStandIn(clock=lambda: 1_764_000_000.0)
    async with slack.serve():
        web = client(slack, session)
        await web.chat_postMessage(channel="U0ADA", text="one")
        refused = await refusal(web.chat_postMessage(channel="D0ADA", text="two"))
    assert refused["error"] == "ratelimited"
