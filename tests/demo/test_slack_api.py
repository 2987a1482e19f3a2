"""The Web API of the stand-in, called by Slack's own client."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SCOPES, SlackStandIn

NOON = 1_764_000_000.0
EVERYTHING = SCOPES | {
    "users:read",
    "im:read",
    "files:write",
    "files:read",
}
METADATA = {"event_type": "recordings_posted", "event_payload": {"recordings": [614]}}
BUTTONS = [{"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "x"}}]}]
RICH = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]}]
HOME = {"type": "home", "blocks": [{"type": "divider"}]}

Ask = Callable[[AsyncWebClient], Awaitable[Any]]


class Time:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def slack(time: Time) -> AsyncIterator[SlackStandIn]:
    slack = SlackStandIn(scopes=EVERYTHING, clock=time, burst=100)
    async with slack.serve():
        yield slack


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def client(slack: SlackStandIn, session: aiohttp.ClientSession, token: str | None = "xoxb-demo") -> AsyncWebClient:
    return AsyncWebClient(token=token, base_url=f"{slack.url}/api/", session=session, retry_handlers=[])


@pytest.fixture
def web(slack: SlackStandIn, session: aiohttp.ClientSession) -> AsyncWebClient:
    return client(slack, session)


async def refusal(call: Awaitable[Any]) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        await call
    return dict(caught.value.response.data)


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        pytest.param(
            lambda web: web.chat_postMessage(channel="C0NONE", text="x"), "channel_not_found", id="no channel"
        ),
        pytest.param(lambda web: web.chat_postMessage(channel="C0BOARD", text="x"), "channel_not_found", id="hidden"),
        pytest.param(
            lambda web: web.chat_postMessage(channel="C0LOBBY", text="x"), "not_in_channel", id="not a member"
        ),
        pytest.param(lambda web: web.chat_postMessage(channel="C0OLD", text="x"), "is_archived", id="archived"),
        pytest.param(
            lambda web: web.api_call("chat.postMessage", json={"channel": "C0CALLS"}), "no_text", id="nothing said"
        ),
        pytest.param(
            lambda web: web.chat_postMessage(channel="C0CALLS", text="x", color="red"),
            "invalid_arguments",
            id="an argument that does not exist",
        ),
        pytest.param(
            lambda web: web.chat_postMessage(channel="C0CALLS", text="x", metadata={"event_type": "x"}),
            "invalid_metadata_format",
            id="metadata without a payload",
        ),
        pytest.param(
            lambda web: web.chat_postMessage(channel="C0CALLS", text="x", blocks="no json"),
            "invalid_blocks_format",
            id="blocks that are no JSON",
        ),
        pytest.param(
            lambda web: web.chat_postMessage(
                channel="C0CALLS",
                text="x",
                blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": "y" * 2900}}] * 5,
            ),
            "msg_blocks_too_long",
            id="too much text over all blocks",
        ),
        pytest.param(lambda web: web.conversations_info(channel="C0BOARD"), "channel_not_found", id="hidden info"),
        pytest.param(lambda web: web.conversations_history(channel="C0LOBBY"), "not_in_channel", id="their history"),
        pytest.param(
            lambda web: web.conversations_history(channel="C0CALLS", oldest="noon"),
            "invalid_ts_oldest",
            id="oldest noon",
        ),
        pytest.param(
            lambda web: web.conversations_history(channel="C0CALLS", cursor="?"), "invalid_cursor", id="a wild cursor"
        ),
        pytest.param(lambda web: web.conversations_list(limit=5000), "invalid_limit", id="a page of 5000"),
        pytest.param(lambda web: web.conversations_list(types="secret"), "invalid_types", id="an unknown type"),
        pytest.param(lambda web: web.conversations_list(types="mpim"), "missing_scope", id="a type without its scope"),
        pytest.param(lambda web: web.users_info(user="U0NONE"), "user_not_found", id="no user"),
        pytest.param(lambda web: web.usergroups_users_list(usergroup="S0"), "no_such_subteam", id="no group"),
        pytest.param(lambda web: web.views_publish(user_id="U0ANA", view={}), "invalid_arguments", id="no view"),
        pytest.param(
            lambda web: web.views_open(
                trigger_id="1.2.3", view={"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": RICH}
            ),
            "invalid_trigger_id",
            id="a trigger_id made up",
        ),
        pytest.param(lambda web: web.api_call("chat.shout"), "unknown_method", id="no such method"),
        pytest.param(lambda web: web.api_call("apps.connections.open"), "not_allowed_token_type", id="the wrong token"),
    ],
)
async def test_slack_refuses_by_name(web: AsyncWebClient, ask: Ask, error: str) -> None:
    assert (await refusal(ask(web)))["error"] == error


@pytest.mark.parametrize(
    ("token", "error"),
    [
        pytest.param("", "not_authed", id="no token"),
        pytest.param("xoxb-other", "invalid_auth", id="another's token"),
        pytest.param("xapp-demo", "not_allowed_token_type", id="the app's token"),
    ],
)
async def test_tokens(slack: SlackStandIn, session: aiohttp.ClientSession, token: str, error: str) -> None:
    assert (await refusal(client(slack, session, token).auth_test()))["error"] == error


async def test_a_revoked_token(slack: SlackStandIn, web: AsyncWebClient) -> None:
    slack.faults.revoked.add("xoxb-demo")
    assert (await refusal(web.auth_test()))["error"] == "token_revoked"


async def test_scopes_are_told_and_needed(session: aiohttp.ClientSession) -> None:
    slack = SlackStandIn(scopes=SCOPES - {"users:read"})
    async with slack.serve():
        answer = await client(slack, session).auth_test()
        refused = await refusal(client(slack, session).users_info(user="U0ANA"))
    assert set(answer.headers["x-oauth-scopes"].split(",")) == SCOPES - {"users:read"}
    assert (refused["error"], refused["needed"]) == ("missing_scope", "users:read")
    assert "chat:write" in refused["provided"]


async def test_a_post_is_stored_as_it_is_answered(slack: SlackStandIn, web: AsyncWebClient) -> None:
    answer = await web.chat_postMessage(channel="#calls", text="x", blocks=BUTTONS, metadata=METADATA)
    (stored,) = slack.posts("C0CALLS")
    assert answer["channel"] == "C0CALLS"
    assert answer["message"].items() <= stored.items()
    assert stored["metadata"] == METADATA
    assert stored["blocks"][0]["block_id"]


async def test_refused_blocks_say_where(web: AsyncWebClient) -> None:
    refused = await refusal(web.chat_postMessage(channel="C0CALLS", text="x", blocks=[{"type": "poem"}]))
    assert refused["response_metadata"]["messages"] == ["[ERROR] unsupported type: poem [json-pointer:/blocks/0/type]"]


async def test_what_is_malformed_is_noted_and_what_is_merely_refused_is_not(
    slack: SlackStandIn, web: AsyncWebClient
) -> None:
    await refusal(web.chat_postMessage(channel="C0CALLS", text="x", blocks=[{"type": "poem"}]))
    await refusal(web.chat_postMessage(channel="C0LOBBY", text="x"))
    assert slack.errors == [
        "chat.postMessage: invalid_blocks [ERROR] unsupported type: poem [json-pointer:/blocks/0/type]"
    ]


async def test_long_text_is_cut(slack: SlackStandIn, web: AsyncWebClient) -> None:
    await web.chat_postMessage(channel="C0CALLS", text="x" * 50_000)
    assert len(slack.posts("C0CALLS")[0]["text"]) == 40_000


async def test_ts_grow_while_the_clock_stands_still(web: AsyncWebClient) -> None:
    answers = [await web.chat_postMessage(channel="C0CALLS", text="x") for _ in range(3)]
    stamps = [answer["ts"] for answer in answers]
    assert stamps[0] == "1764000000.000000"
    assert all(earlier < later for earlier, later in pairwise(stamps))


async def test_history_pages_from_the_newest(web: AsyncWebClient) -> None:
    for number in range(5):
        await web.chat_postMessage(channel="C0CALLS", text=str(number))
    first = await web.conversations_history(channel="C0CALLS", limit=2)
    await web.chat_postMessage(channel="C0CALLS", text="late")
    cursor = first["response_metadata"]["next_cursor"]
    second = await web.conversations_history(channel="C0CALLS", limit=3, cursor=cursor)
    assert [message["text"] for message in [*first["messages"], *second["messages"]]] == ["4", "3", "2", "1", "0"]
    assert (first["has_more"], second["has_more"]) == (True, False)


@pytest.mark.parametrize(
    ("bounds", "texts"),
    [
        pytest.param({"oldest": "{1}"}, ["2"], id="after the oldest"),
        pytest.param({"oldest": "{1}", "inclusive": True}, ["2", "1"], id="the oldest too"),
        pytest.param({"latest": "{1}"}, ["0"], id="before the latest"),
        pytest.param({"oldest": "{0}", "latest": "{2}"}, ["1"], id="between"),
        pytest.param({"oldest": "1763999999"}, ["2", "1", "0"], id="whole seconds"),
    ],
)
async def test_history_keeps_within_bounds(web: AsyncWebClient, bounds: dict[str, Any], texts: list[str]) -> None:
    answers = [await web.chat_postMessage(channel="C0CALLS", text=str(number)) for number in range(3)]
    stamps = [answer["ts"] for answer in answers]
    filled: dict[str, Any] = {
        key: value.format(*stamps) if isinstance(value, str) else value for key, value in bounds.items()
    }
    history = await web.conversations_history(channel="C0CALLS", **filled)
    assert [message["text"] for message in history["messages"]] == texts


async def test_metadata_is_whole_only_when_asked_for(web: AsyncWebClient) -> None:
    await web.chat_postMessage(channel="C0CALLS", text="x", metadata=METADATA)
    plain = await web.conversations_history(channel="C0CALLS")
    whole = await web.conversations_history(channel="C0CALLS", include_all_metadata=True)
    assert plain["messages"][0]["metadata"] == {"event_type": "recordings_posted"}
    assert whole["messages"][0]["metadata"] == METADATA
    assert "channel" not in whole["messages"][0]


async def test_lists_come_in_pages(web: AsyncWebClient) -> None:
    names: list[str] = []
    async for page in await web.conversations_list(types="public_channel,private_channel", limit=2):
        assert len(page["channels"]) <= 2
        names += [channel["name"] for channel in page["channels"]]
    assert names == ["general", "calls", "sales", "lobby", "old-calls"]


async def test_archived_channels_can_be_left_out(web: AsyncWebClient) -> None:
    answer = await web.conversations_list(exclude_archived=True)
    assert [channel["name"] for channel in answer["channels"]] == ["general", "calls", "lobby"]


async def test_people_and_groups(web: AsyncWebClient) -> None:
    ana = await web.users_info(user="U0ANA")
    assert (ana["user"]["tz"], ana["user"]["tz_offset"]) == ("Europe/Zurich", 3600)
    assert ana["user"]["profile"]["phone"] == "5566"
    assert (await web.usergroups_users_list(usergroup="S0SUPPORT"))["users"] == ["U0ANA", "U0LEO"]
    assert (await web.conversations_members(channel="C0SALES"))["members"] == ["U0ADA", "U0BOT", "U0LEO"]


async def test_a_user_id_is_a_direct_message(slack: SlackStandIn, web: AsyncWebClient) -> None:
    opened = await web.conversations_open(users="U0ANA")
    posted = await web.chat_postMessage(channel="U0ANA", text="x")
    assert posted["channel"] == opened["channel"]["id"]
    assert len(slack.posts(posted["channel"])) == 1


async def test_app_home_is_guarded_by_its_hash(slack: SlackStandIn, web: AsyncWebClient) -> None:
    first = await web.views_publish(user_id="U0ANA", view=HOME)
    await web.views_publish(user_id="U0ANA", view=HOME, hash=first["view"]["hash"])
    stale = web.views_publish(user_id="U0ANA", view=HOME, hash=first["view"]["hash"])
    assert (await refusal(stale))["error"] == "hash_conflict"
    assert slack.world.homes["U0ANA"]["id"] == first["view"]["id"]


async def test_a_file_is_uploaded_and_shared(slack: SlackStandIn, web: AsyncWebClient) -> None:
    done = await web.files_upload_v2(
        channel="C0CALLS", filename="call.wav", content=b"RIFF", initial_comment="listen", alt_txt="a call"
    )
    assert done["files"][0]["shares"] == {}
    shown = await web.files_info(file=done["files"][0]["id"])
    (message,) = slack.posts("C0CALLS")
    assert shown["file"]["shares"] == {"public": {"C0CALLS": [{"ts": message["ts"]}]}}
    assert (message["files"][0]["size"], message["files"][0]["alt_txt"]) == (4, "a call")


async def test_one_post_a_second_and_channel(time: Time, session: aiohttp.ClientSession) -> None:
    slack = SlackStandIn(clock=time)
    async with slack.serve():
        web = client(slack, session)
        await web.chat_postMessage(channel="C0CALLS", text="one")
        await web.chat_postMessage(channel="C0GENERAL", text="another channel")
        with pytest.raises(SlackApiError) as caught:
            await web.chat_postMessage(channel="#calls", text="two")
        time.now += 1
        await web.chat_postMessage(channel="C0CALLS", text="two")
    response = caught.value.response
    assert (response.status_code, response["error"], response.headers["Retry-After"]) == (429, "ratelimited", "1")
    assert [message["text"] for message in slack.posts("C0CALLS")] == ["one", "two"]


async def test_requests_are_kept_without_the_token(slack: SlackStandIn, web: AsyncWebClient) -> None:
    await web.chat_postMessage(channel="C0CALLS", text="x", token="xoxb-demo")
    assert slack.requests == [("chat.postMessage", {"channel": "C0CALLS", "text": "x"})]


async def test_arguments_come_as_a_form_too(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    form = {"token": "xoxb-demo", "channel": "C0CALLS", "text": "x", "blocks": '[{"type": "divider"}]'}
    async with session.post(f"{slack.url}/api/chat.postMessage", data=form) as response:
        assert (await response.json())["ok"]
    assert slack.posts("C0CALLS")[0]["blocks"][0]["type"] == "divider"


@pytest.mark.parametrize(
    ("body", "error"),
    [pytest.param(b"{", "invalid_json", id="cut off"), pytest.param(b"[]", "json_not_object", id="a list")],
)
async def test_bodies_that_are_no_object(
    slack: SlackStandIn, session: aiohttp.ClientSession, body: bytes, error: str
) -> None:
    headers = {"Content-Type": "application/json", "Authorization": "Bearer xoxb-demo"}
    async with session.post(f"{slack.url}/api/auth.test", data=body, headers=headers) as response:
        assert (await response.json())["error"] == error
