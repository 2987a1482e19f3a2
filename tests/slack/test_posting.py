"""Posts: sent once whatever the connection does, marked, and found again by their mark."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.demo.slack import SlackStandIn
from bot.domain.alert import Alert, Happening
from bot.domain.delivery import Kind, Post
from bot.domain.digest import MOST_IN_DIGEST
from bot.domain.health import Part
from bot.errors import (
    ChannelClosed,
    MessageRefused,
    SlackBusy,
    SlackError,
    SlackLoginRefused,
    SlackOutcomeUnknown,
)
from bot.serving import serving
from bot.slack.clients import Clients, open_clients
from bot.slack.posting import MAX_CLOCK_DIFFERENCE, SlackMessenger
from tests.stage import recording

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLS = "C0CALLS"


def post(**told: Any) -> Post:
    usual: dict[str, Any] = {
        "key": "k1",
        "workspace": "T0DEMO",
        "channel": CALLS,
        "kind": Kind.RECORDINGS,
        "site": "main",
        "recordings": (recording(614), recording(615)),
        "started_at": datetime.now(UTC),  # the stand-in's messages bear the machine's own time
    }
    return Post(**(usual | told))


def alert(**told: Any) -> Post:
    back = Alert(happening=Happening.BACK, part=Part.PBX, came=3)
    return post(**{"kind": Kind.ALERT, "recordings": (), "alert": back} | told)


@pytest.fixture
def slack_messenger(clients: Clients) -> SlackMessenger:
    return SlackMessenger(clients)


async def test_a_post_is_marked_and_says_it_in_text_and_blocks(
    slack: SlackStandIn, slack_messenger: SlackMessenger
) -> None:
    ts = await slack_messenger.post(post())
    (message,) = slack.posts(CALLS)
    assert message["ts"] == ts
    assert message["metadata"] == {
        "event_type": "recordings_posted",
        "event_payload": {"site": "main", "recordings": [614, 615], "delivery": "k1"},
    }
    assert "Evelyn" in message["text"]
    assert message["blocks"]


async def test_a_post_unfurls_nothing(slack: SlackStandIn, slack_messenger: SlackMessenger) -> None:
    await slack_messenger.post(post())
    ((_, arguments),) = slack.requests
    assert (arguments["unfurl_links"], arguments["unfurl_media"]) == (False, False)


async def test_a_welcome_is_marked_as_one(slack: SlackStandIn, slack_messenger: SlackMessenger) -> None:
    await slack_messenger.post(post(kind=Kind.WELCOME, recordings=()))
    (message,) = slack.posts(CALLS)
    assert message["metadata"] == {
        "event_type": "recordings_welcome",
        "event_payload": {"site": "main", "delivery": "k1"},
    }


async def test_an_alert_is_marked_as_one(slack: SlackStandIn, slack_messenger: SlackMessenger) -> None:
    await slack_messenger.post(alert())
    (message,) = slack.posts(CALLS)
    assert message["text"].startswith("The PBX is back; 3 recordings came meanwhile")
    assert message["metadata"] == {
        "event_type": "recordings_alert",
        "event_payload": {"site": "main", "delivery": "k1"},
    }


async def test_a_digest_carries_the_number_of_every_recording(
    slack: SlackStandIn, slack_messenger: SlackMessenger
) -> None:
    """As many as go into one, and as long as they may be for years."""
    ids = list(range(10**10 - MOST_IN_DIGEST, 10**10))
    rows = tuple(replace(recording(), id=id_, uid=f"call-{id_}") for id_ in ids)
    await slack_messenger.post(post(recordings=rows))
    (message,) = slack.posts(CALLS)
    assert message["text"].startswith("500 new recordings")
    assert message["metadata"] == {
        "event_type": "recordings_posted",
        "event_payload": {"site": "main", "recordings": ids, "delivery": "k1"},
    }


async def test_a_direct_message_is_posted_and_found(slack: SlackStandIn, slack_messenger: SlackMessenger) -> None:
    in_person = alert(channel="D0ADA")
    ts = await slack_messenger.post(in_person)
    assert await slack_messenger.find(in_person) == ts
    assert await slack_messenger.find(replace(in_person, key="k2")) is None


async def test_an_alert_about_recordings_is_no_announcement_of_them(
    slack: SlackStandIn, slack_messenger: SlackMessenger
) -> None:
    await slack_messenger.post(alert(recordings=(recording(614),)))
    (message,) = slack.posts(CALLS)
    assert "recordings" not in message["metadata"]["event_payload"]


async def test_a_post_of_which_slack_does_not_say_where_it_is_has_an_unknown_outcome() -> None:
    async def answer(_request: Request) -> Response:
        return JSONResponse({"ok": True, "channel": CALLS})

    app = Starlette(routes=[Route("/api/chat.postMessage", answer, methods=["POST"])])
    async with serving(app, lifespan="off") as port, open_clients("xoxb-1", f"http://127.0.0.1:{port}/api/") as others:
        with pytest.raises(SlackOutcomeUnknown):
            await SlackMessenger(others).post(post())


@pytest.mark.parametrize("kind", Kind)
async def test_a_plain_post_is_text_alone(slack: SlackStandIn, slack_messenger: SlackMessenger, kind: Kind) -> None:
    slack.faults.refuse_blocks = True
    with pytest.raises(MessageRefused, match="invalid_blocks"):
        await slack_messenger.post(post(kind=kind))
    await slack_messenger.post(post(kind=kind, plain=True))
    assert "blocks" not in slack.requests[-1][1]
    (message,) = slack.posts(CALLS)
    assert message["text"]


async def test_a_post_whose_answer_is_lost_is_there_once_and_found(
    slack: SlackStandIn, slack_messenger: SlackMessenger
) -> None:
    """The SDK's own handler would send it again."""
    slack.faults.store_then_drop_every = 1
    with pytest.raises(SlackOutcomeUnknown):
        await slack_messenger.post(post())
    (message,) = slack.posts(CALLS)
    assert await slack_messenger.find(post()) == message["ts"]


async def test_a_post_that_is_lost_on_the_way_is_not_found(
    slack: SlackStandIn, slack_messenger: SlackMessenger
) -> None:
    slack.faults.drop_before_every = 1
    with pytest.raises(SlackOutcomeUnknown):
        await slack_messenger.post(post())
    assert await slack_messenger.find(post()) is None
    assert [name for name, _ in slack.requests].count("chat.postMessage") == 1


async def test_the_pause_is_slacks_own(slack: SlackStandIn, slack_messenger: SlackMessenger) -> None:
    slack.faults.ratelimit_next, slack.faults.retry_after_seconds = 1, 17
    with pytest.raises(SlackBusy) as busy:
        await slack_messenger.post(post())
    assert busy.value.retry_after == timedelta(seconds=17)
    assert slack.posts(CALLS) == []


@pytest.mark.parametrize(
    ("channel", "name"),
    [
        pytest.param("C0LOBBY", "not_in_channel", id="not invited"),
        pytest.param("C0BOARD", "channel_not_found", id="private, not invited"),
        pytest.param("C0OLD", "is_archived", id="archived"),
        pytest.param("C0NONE", "channel_not_found", id="no such channel"),
    ],
)
async def test_a_closed_channel(slack_messenger: SlackMessenger, channel: str, name: str) -> None:
    with pytest.raises(ChannelClosed) as closed:
        await slack_messenger.post(post(channel=channel))
    assert closed.value.code == name


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        pytest.param({"html": True}, SlackOutcomeUnknown, id="a web page"),
        pytest.param({"status": 500}, SlackOutcomeUnknown, id="500"),
        pytest.param({"status": 504}, SlackOutcomeUnknown, id="504"),
        pytest.param({"error_next": 1, "error_name": "missing_scope"}, SlackLoginRefused, id="a scope is missing"),
        pytest.param({"down": True}, SlackOutcomeUnknown, id="every connection is cut"),
    ],
)
async def test_a_slack_in_trouble(
    slack: SlackStandIn, slack_messenger: SlackMessenger, faults: dict[str, Any], kind: type[SlackError]
) -> None:
    for name, value in faults.items():
        setattr(slack.faults, name, value)
    with pytest.raises(kind):
        await slack_messenger.post(post())


async def test_a_post_is_found_pages_back(slack: SlackStandIn, clients: Clients) -> None:
    slack_messenger = SlackMessenger(clients, page=2)
    await slack_messenger.post(post())
    for number in range(5):
        slack.world.say(CALLS, {"text": f"chatter {number}"}, user="U0LEO")
    assert await slack_messenger.find(post()) == slack.posts(CALLS)[0]["ts"]
    assert [name for name, _ in slack.requests].count("conversations.history") == 3


async def test_another_delivery_is_not_taken_for_this_one(slack: SlackStandIn, slack_messenger: SlackMessenger) -> None:
    await slack_messenger.post(post(key="k0"))
    assert await slack_messenger.find(post()) is None


async def test_only_what_is_younger_than_the_first_try_is_looked_through(
    slack: SlackStandIn, slack_messenger: SlackMessenger
) -> None:
    await slack_messenger.post(post())
    later = datetime.now(UTC) + MAX_CLOCK_DIFFERENCE + timedelta(minutes=1)
    assert await slack_messenger.find(post(started_at=later)) is None
    ours_goes_ahead = datetime.now(UTC) + timedelta(hours=23)
    assert await slack_messenger.find(post(started_at=ours_goes_ahead)) is not None
    assert re.fullmatch(r"\d+\.\d{6}", slack.requests[-1][1]["oldest"])


async def test_only_what_came_after_our_last_message_is_looked_through(
    slack: SlackStandIn, slack_messenger: SlackMessenger
) -> None:
    """By Slack's own clock: ours may be wrong."""
    first = await slack_messenger.post(post(key="k0"))
    second = await slack_messenger.post(post())
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    assert await slack_messenger.find(post(after=first, started_at=long_ago)) == second
    assert slack.requests[-1][1]["oldest"] == first
    assert await slack_messenger.find(post(after=second, started_at=long_ago)) is None


async def test_a_post_of_which_nothing_is_known_is_looked_for_everywhere(
    slack: SlackStandIn, slack_messenger: SlackMessenger
) -> None:
    ts = await slack_messenger.post(post())
    assert await slack_messenger.find(post(started_at=None)) == ts


async def test_a_channel_that_cannot_be_looked_through(slack_messenger: SlackMessenger) -> None:
    with pytest.raises(ChannelClosed):
        await slack_messenger.find(post(channel="C0NONE"))
