"""Channels and people, by name and id."""

import pytest

from bot.demo.slack import SlackStandIn
from bot.demo.slack.world import Channel
from bot.errors import ChannelClosed, MessageRefused, SlackLoginRefused, SlackScopeMissing
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


@pytest.mark.parametrize("id_", ["C0ANY", "G0ANY", "D0ANY", "C01"])
async def test_an_id_is_taken_as_it_is(slack: SlackStandIn, channels: SlackDirectory, id_: str) -> None:
    assert await channels.channel_id(f" {id_} ") == id_
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
    with pytest.raises(ChannelClosed, match=f"no channel {name} .*invite") as closed:
        await channels.channel_id(name)
    assert closed.value.code == "channel_not_found"


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


@pytest.mark.parametrize(
    ("ids", "people"),
    [
        pytest.param(("U0ADA",), ("U0ADA",), id="a user"),
        pytest.param(("W0ADA",), ("W0ADA",), id="a user of an Enterprise organisation"),
        pytest.param(("S0SUPPORT",), ("U0ANA", "U0LEO"), id="a group"),
        pytest.param(("U0LEO", "S0SUPPORT", "U0ADA"), ("U0LEO", "U0ANA", "U0ADA"), id="both, each once"),
        pytest.param((), (), id="nobody"),
    ],
)
async def test_people(channels: SlackDirectory, ids: tuple[str, ...], people: tuple[str, ...]) -> None:
    assert await channels.people(ids) == people


async def test_a_group_that_is_gone_is_told(channels: SlackDirectory) -> None:
    with pytest.raises(MessageRefused, match="no_such_subteam"):
        await channels.people(["S0GONE"])


async def test_the_direct_messages_with_a_user(slack: SlackStandIn, channels: SlackDirectory) -> None:
    assert await channels.direct("U0ADA") == "D0ADA"
    assert slack.requests[-1] == ("conversations.open", {"users": "U0ADA"})


async def test_a_user_who_is_not_there_has_none(channels: SlackDirectory) -> None:
    with pytest.raises(MessageRefused, match="user_not_found"):
        await channels.direct("U0NOBODY")


@pytest.mark.parametrize("missing", ["im:write", "usergroups:read"])
async def test_a_scope_that_is_missing_is_told(slack: SlackStandIn, channels: SlackDirectory, missing: str) -> None:
    slack._api.scopes -= {missing}
    with pytest.raises(SlackScopeMissing, match="missing_scope"):
        await (channels.direct("U0ADA") if missing == "im:write" else channels.people(["S0SUPPORT"]))
