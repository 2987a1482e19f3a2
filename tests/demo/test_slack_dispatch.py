"""Commands, clicks and forms on their way to a bot: Bolt itself takes them, over HTTP and over a socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.demo.slack import SlackStandIn
from bot.serving import serving

Body = dict[str, Any]

BUTTON = {
    "type": "button",
    "text": {"type": "plain_text", "text": "Next"},
    "action_id": "next",
    "value": "page 2",
}
OPTION = {"text": {"type": "plain_text", "text": "Call 614"}, "value": "614"}
SELECT = {"type": "static_select", "action_id": "open", "options": [OPTION]}
LIST = [{"type": "actions", "elements": [BUTTON, SELECT]}]
INPUT = {
    "type": "input",
    "block_id": "words",
    "label": {"type": "plain_text", "text": "Words"},
    "element": {"type": "plain_text_input", "action_id": "typed"},
}
FORM = {
    "type": "modal",
    "callback_id": "find",
    "title": {"type": "plain_text", "text": "Find"},
    "submit": {"type": "plain_text", "text": "Find"},
    "blocks": [INPUT],
}


class Bot:
    """A small bot that does what the tests need and notes what it was sent."""

    def __init__(self, slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
        base_url = f"{slack.url}/api/"
        client = AsyncWebClient(token="xoxb-demo", base_url=base_url, session=session, retry_handlers=[])
        self.app = AsyncApp(client=client, signing_secret="demo-signing-secret")
        self.seen: list[Body] = []
        self.visited = asyncio.Event()
        self.app.command("/recordings")(self.command)
        self.app.action("next")(self.turn)
        self.app.action("open")(self.note)
        self.app.shortcut("find_recording")(self.open_form)
        self.app.shortcut("calls_with_number")(self.note)
        self.app.view("find")(self.submitted)
        self.app.event("app_home_opened")(self.home)

    async def command(self, ack: AsyncAck, body: Body) -> None:
        self.seen.append(body)
        match body["text"]:
            case "list":
                await ack(text="ten calls", blocks=LIST)
            case "aloud":
                await ack(text="for all", response_type="in_channel")
            case "bad":
                await ack(text="x", blocks=[{"type": "poem"}])
            case "slow":
                await asyncio.sleep(0.2)  # longer than any test lets Slack wait
                await ack()  # else Bolt waits for it, and the server for Bolt
            case _:
                await ack()

    async def note(self, ack: AsyncAck, body: Body) -> None:
        self.seen.append(body)
        await ack()

    async def turn(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        self.seen.append(body)
        await ack()
        await respond(text="page 2", replace_original=True)

    async def open_form(self, ack: AsyncAck, body: Body) -> None:
        await ack()
        await self.app.client.views_open(trigger_id=body["trigger_id"], view=FORM)

    async def submitted(self, ack: AsyncAck, view: Body) -> None:
        if view["state"]["values"]["words"]["typed"]["value"]:
            await ack()
        else:
            await ack(response_action="errors", errors={"words": "Say something"})

    async def home(self, event: Body) -> None:
        self.seen.append(event)
        self.visited.set()


@asynccontextmanager
async def over_http(slack: SlackStandIn, bot: Bot) -> AsyncIterator[None]:
    handler = AsyncSlackRequestHandler(bot.app)

    async def take(request: Request) -> Response:
        return await handler.handle(request)

    async with serving(Starlette(routes=[Route("/slack/events", take, methods=["POST"])])) as port:
        slack.request_url = f"http://127.0.0.1:{port}/slack/events"
        yield


@asynccontextmanager
async def over_a_socket(slack: SlackStandIn, bot: Bot) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(bot.app, "xapp-demo")
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt left it untyped
    await slack.wait_for(lambda: slack.connected == 1)
    try:
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # as above


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    slack = SlackStandIn(burst=100)
    async with slack.serve():
        yield slack


@pytest.fixture(params=[over_http, over_a_socket], ids=["over HTTP", "over a socket"])
async def bot(slack: SlackStandIn, request: pytest.FixtureRequest) -> AsyncIterator[Bot]:
    async with aiohttp.ClientSession() as session:
        bot = Bot(slack, session)
        async with request.param(slack, bot):
            yield bot


async def test_an_ack_is_an_ephemeral_message(slack: SlackStandIn, bot: Bot) -> None:
    reply = await slack.command("list")
    assert (reply.text, reply.error) == ("ten calls", None)
    assert [whisper["text"] for whisper in slack.ephemerals("U0ANA", "C0GENERAL")] == ["ten calls"]
    assert slack.posts("C0GENERAL") == []


async def test_an_ack_may_speak_to_all(slack: SlackStandIn, bot: Bot) -> None:
    await slack.command("aloud", channel="C0LOBBY")
    assert [message["text"] for message in slack.posts("C0LOBBY")] == ["for all"]


async def test_an_ack_with_bad_blocks_is_an_error_for_the_user(slack: SlackStandIn, bot: Bot) -> None:
    reply = await slack.command("bad")
    assert reply.error == "invalid_blocks"
    assert slack.errors == [
        "command's answer: invalid_blocks [ERROR] unsupported type: poem [json-pointer:/blocks/0/type]"
    ]


async def test_text_arrives_escaped(slack: SlackStandIn, bot: Bot) -> None:
    await slack.command("with:@leo in #calls #sales & <x> https://a.b/c?d=1&e @nobody mail@leo")
    (body,) = bot.seen
    assert body["text"] == (
        "with:@leo in <#C0CALLS|calls> <#C0SALES|> &amp; &lt;x&gt; <https://a.b/c?d=1&amp;e> @nobody mail@leo"
    )


async def test_a_click_brings_the_value_and_replaces_the_very_message(slack: SlackStandIn, bot: Bot) -> None:
    reply = await slack.command("list")
    assert reply.message is not None
    await slack.click(reply.message, "next")
    await slack.wait_for(lambda: slack.ephemerals("U0ANA", "C0GENERAL")[0]["text"] == "page 2")
    (_, body) = bot.seen
    assert body["actions"][0]["value"] == "page 2"
    assert body["container"]["is_ephemeral"]
    assert "message" not in body
    assert len(slack.ephemerals("U0ANA", "C0GENERAL")) == 1


async def test_a_choice_brings_its_option_and_the_message(slack: SlackStandIn, bot: Bot) -> None:
    message = slack.world.say("C0CALLS", {"text": "calls", "blocks": LIST})
    assert (await slack.select(message, "open", "614", user="U0LEO")).error is None
    (body,) = bot.seen
    assert body["actions"][0]["selected_option"] == OPTION
    assert (body["user"]["id"], body["message"]["ts"]) == ("U0LEO", message["ts"])


async def test_one_can_only_press_what_is_there(slack: SlackStandIn, bot: Bot) -> None:
    message = slack.world.say("C0CALLS", {"text": "calls", "blocks": LIST})
    with pytest.raises(LookupError, match="no button 'back'"):
        await slack.click(message, "back")
    with pytest.raises(LookupError, match="nothing to choose '7'"):
        await slack.select(message, "open", "7")
    slack.world.remove(message)
    with pytest.raises(LookupError, match="is gone"):
        await slack.click(message, "next")


async def test_a_global_shortcut_opens_a_form_that_is_checked_and_sent(slack: SlackStandIn, bot: Bot) -> None:
    reply = await slack.open_shortcut("find_recording")
    await slack.wait_for(lambda: bool(slack.world.modals.get("U0ANA")))
    view = slack.world.views[slack.world.modals["U0ANA"][-1]]
    empty = await slack.submit_view(view, {"words": {"typed": {"type": "plain_text_input", "value": ""}}})
    assert (reply.response_url, empty.field_errors) == ("", {"words": "Say something"})
    assert slack.world.modals["U0ANA"] == [view["id"]]
    await slack.submit_view(view, {"words": {"typed": {"type": "plain_text_input", "value": "harris"}}})
    assert slack.world.modals["U0ANA"] == []


async def test_a_message_shortcut_brings_the_message(slack: SlackStandIn, bot: Bot) -> None:
    said = slack.world.say("C0LOBBY", {"text": "call +41 44 000 00 00"}, user="U0LEO")
    reply = await slack.open_shortcut("calls_with_number", message=said)
    (body,) = bot.seen
    assert body["message"]["text"] == "call +41 44 000 00 00"
    assert reply.response_url.startswith(slack.url)


async def test_an_event_arrives(slack: SlackStandIn, bot: Bot) -> None:
    ack = await slack.event("app_home_opened", user="U0ANA", channel="D1", tab="home")
    assert ack.error is None
    await bot.visited.wait()  # Bolt acknowledges an event before it is handled
    assert [event["user"] for event in bot.seen] == ["U0ANA"]


async def test_an_unknown_command_fails_before_the_user(slack: SlackStandIn, bot: Bot) -> None:
    slack._dispatcher.ack_seconds = 0.1
    reply = await slack.command("x", command="/unheard-of")
    assert reply.error in ("dispatch_failed", "operation_timeout")
    assert slack.errors == [f"/unheard-of x: {reply.error}"]


async def test_silence_is_a_time_out(slack: SlackStandIn, bot: Bot) -> None:
    slack._dispatcher.ack_seconds = 0.05
    reply = await slack.command("slow")
    assert (reply.error, reply.message) == ("operation_timeout", None)


async def test_nobody_there_is_a_failed_dispatch(slack: SlackStandIn) -> None:
    assert (await slack.command("list")).error == "dispatch_failed"
    slack.request_url = "http://127.0.0.1:9/slack/events"
    assert (await slack.command("list")).error == "dispatch_failed"


async def test_a_wrong_secret_is_refused_by_the_bot() -> None:
    slack = SlackStandIn(signing_secret="another")
    async with slack.serve(), aiohttp.ClientSession() as session, over_http(slack, Bot(slack, session)):
        assert (await slack.command("list")).error == "dispatch_failed"
