"""Channels by name."""

import pytest

from bot.demo.slack import SlackStandIn
from bot.demo.slack.world import Channel
from bot.errors import ChannelClosed, SlackLoginRefused
from bot.slack.clients import Clients
from bot.slack.directory import SlackDirectory

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def channels(clients: Clients) -> SlackDirectory:
    return SlackDirectory(clients)


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        pytest.param("#calls", "C0CALLS", id="with the sign"),
        pytest.param("calls", "C0CALLS", id="without"),
        pytest.param(" #Calls ", "C0CALLS", id="sloppily typed"),
        pytest.param("#GENERAL", "C0GENERAL", id="shouted, and like an id"),
        pytest.param("#sales", "C0SALES", id="private, with the bot in it"),
    ],
)
async def test_a_name_leads_to_the_id(channels: SlackDirectory, name: str, channel: str) -> None:
    assert await channels.channel_id(name) == channel


async def test_an_id_is_taken_as_it_is(slack: SlackStandIn, channels: SlackDirectory) -> None:
    assert await channels.channel_id("C0ANY") == "C0ANY"
    assert slack.requests == []


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("#nowhere", id="none of that name"),
        pytest.param("#board", id="private, without the bot"),
        pytest.param("#old-calls", id="archived"),
    ],
)
async def test_a_channel_that_the_bot_cannot_see(channels: SlackDirectory, name: str) -> None:
    with pytest.raises(ChannelClosed, match=f"no channel {name} .*invite"):
        await channels.channel_id(name)


async def test_a_name_is_found_pages_on(slack: SlackStandIn, clients: Clients) -> None:
    channels = SlackDirectory(clients, page=2)
    slack.world.channels["C0LAST"] = Channel(id="C0LAST", name="last", members={"U0BOT"})
    assert await channels.channel_id("#last") == "C0LAST"
    assert len(slack.requests) == 3


async def test_a_refusal_is_ours(slack: SlackStandIn, channels: SlackDirectory) -> None:
    slack.faults.revoked = {"xoxb-demo"}
    with pytest.raises(SlackLoginRefused):
        await channels.channel_id("#calls")


@pytest.mark.parametrize(("channel", "member"), [("C0CALLS", True), ("C0LOBBY", False)], ids=["a member", "none"])
async def test_membership(channels: SlackDirectory, channel: str, *, member: bool) -> None:
    assert await channels.is_member(channel) is member


async def test_membership_of_a_channel_that_the_bot_cannot_see(channels: SlackDirectory) -> None:
    with pytest.raises(ChannelClosed, match="channel_not_found"):
        await channels.is_member("C0BOARD")
