"""Modals: opened by a trigger, changed by the API, and by what a bot answers to a form."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.demo.slack import Features, SlackStandIn
from bot.serving import serving

Body = dict[str, Any]


class Bot:
    """Answers every form the same, and keeps what it is told."""

    answer: Body
    told: Body


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    slack = SlackStandIn()
    async with slack.serve():
        yield slack


@pytest.fixture
async def web(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(token="xoxb-demo", base_url=f"{slack.url}/api/", session=session, retry_handlers=[])


@pytest.fixture
async def bot(slack: SlackStandIn) -> AsyncIterator[Bot]:
    bot = Bot()

    async def take(request: Request) -> JSONResponse:
        bot.told = json.loads(parse_qs((await request.body()).decode()).get("payload", ["{}"])[0])
        return JSONResponse(bot.answer) if bot.answer else JSONResponse(None)

    async with serving(Starlette(routes=[Route("/", take, methods=["POST"])])) as port:
        bot.answer = {}
        slack.request_url = f"http://127.0.0.1:{port}/"
        yield bot


def modal(title: str, **fields: Any) -> Body:
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": title},
        "blocks": [{"type": "divider"}],
        **fields,
    }


async def opened(slack: SlackStandIn, web: AsyncWebClient, view: Body) -> Body:
    trigger = (await slack.open_shortcut("find_recording")).trigger_id
    return dict((await web.views_open(trigger_id=trigger, view=view))["view"])


def titles(slack: SlackStandIn) -> list[str]:
    """The stack of the agent's modals, the one in front last."""
    return [slack.world.views[view_id]["title"]["text"] for view_id in slack.world.modals["U0ANA"]]


async def test_an_open_modal_is_replaced_under_its_hash(slack: SlackStandIn, web: AsyncWebClient) -> None:
    view = await opened(slack, web, modal("Loading"))
    await web.views_update(view_id=view["id"], hash=view["hash"], view=modal("Found"))
    assert titles(slack) == ["Found"]
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await web.views_update(view_id=view["id"], hash=view["hash"], view=modal("Late"))


async def test_a_modal_that_is_not_open_is_not_found(web: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError, match="not_found"):
        await web.views_update(view_id="V0", view=modal("Found"))


async def test_an_external_id_names_a_modal(slack: SlackStandIn, web: AsyncWebClient) -> None:
    await opened(slack, web, modal("Loading", external_id="ours"))
    await web.views_update(external_id="ours", view=modal("Found", external_id="ours"))
    assert titles(slack) == ["Found"]


async def test_three_on_top_of_each_other_and_no_fourth(slack: SlackStandIn, web: AsyncWebClient) -> None:
    for title in ("one", "two", "three"):
        await opened(slack, web, modal(title))
    with pytest.raises(SlackApiError, match="push_limit_reached"):
        await opened(slack, web, modal("four"))


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        pytest.param({}, ["under"], id="nothing: it closes"),
        pytest.param({"response_action": "clear"}, [], id="clear: all close"),
        pytest.param({"response_action": "update", "view": modal("new")}, ["under", "new"], id="update"),
        pytest.param({"response_action": "push", "view": modal("new")}, ["under", "form", "new"], id="push"),
    ],
)
async def test_what_becomes_of_a_form(
    slack: SlackStandIn, web: AsyncWebClient, bot: Bot, answer: Body, left: list[str]
) -> None:
    await opened(slack, web, modal("under"))
    view = await opened(slack, web, modal("form"))
    bot.answer = answer
    assert (await slack.submit_view(view, {})).error is None
    assert titles(slack) == left


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"response_action": "vanish"}, id="an unknown action"),
        pytest.param({"response_action": "update", "view": {"type": "home"}}, id="a view that is none"),
        pytest.param({"response_action": "errors", "errors": {"nowhere": "x"}}, id="an error under no input"),
    ],
)
async def test_a_bad_answer_to_a_form_is_an_error(
    slack: SlackStandIn, web: AsyncWebClient, bot: Bot, answer: Body
) -> None:
    view = await opened(slack, web, modal("form", callback_id="find"))
    bot.answer = answer
    reply = await slack.submit_view(view, {})
    assert reply.error == "invalid_arguments"
    assert slack.errors[-1].startswith("form's answer: invalid_arguments")


async def test_words_in_the_ack_of_a_click_are_seen_by_nobody(slack: SlackStandIn, bot: Bot) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "x"}, "action_id": "go"}
    message = slack.world.say("C0CALLS", {"text": "x", "blocks": [{"type": "actions", "elements": [button]}]})
    bot.answer = {"text": "done"}
    await slack.click(message, "go")
    assert len(slack.posts("C0CALLS")) == 1
    assert slack.errors == [
        "action go: ignored_answer [ERROR] the ack of an action shows nothing: answer by response_url [json-pointer:]"
    ]


@pytest.mark.parametrize("asks", [pytest.param(True, id="asks to be told"), pytest.param(False, id="does not")])
async def test_a_closed_modal_leaves_the_one_below(
    slack: SlackStandIn, web: AsyncWebClient, bot: Bot, *, asks: bool
) -> None:
    await opened(slack, web, modal("under"))
    view = await opened(slack, web, modal("form", notify_on_close=asks))
    ack = await slack.close_view(view)
    assert titles(slack) == ["under"]
    assert (ack is not None) == asks


async def test_a_close_that_the_bot_does_not_take_is_noted(slack: SlackStandIn, web: AsyncWebClient, bot: Bot) -> None:
    view = await opened(slack, web, modal("form", callback_id="find", notify_on_close=True))
    slack.request_url = "http://127.0.0.1:9/"
    await slack.close_view(view)
    assert slack.errors == ["closing find: dispatch_failed"]


@pytest.mark.parametrize(
    ("events", "told"),
    [
        pytest.param(frozenset({"app_home_opened"}), True, id="subscribed"),
        pytest.param(frozenset({"message.im"}), False, id="to something else"),
        pytest.param(frozenset(), False, id="to nothing"),
    ],
)
async def test_app_home_is_told_to_a_bot_that_subscribes(
    slack: SlackStandIn, bot: Bot, *, events: frozenset[str], told: bool
) -> None:
    slack.features = Features(events=events)
    assert (await slack.open_home() is not None) == told


def an_input(block_id: str, element: Body, **fields: Any) -> Body:
    label = {"type": "plain_text", "text": block_id}
    return {
        "type": "input",
        "block_id": block_id,
        "label": label,
        "element": {"action_id": "fill", **element},
        **fields,
    }


WHERE = an_input("where", {"type": "conversations_select", "response_url_enabled": True})
SUBMIT = {"type": "plain_text", "text": "Go"}


async def test_a_form_is_answered_where_it_lets_one_choose(slack: SlackStandIn, web: AsyncWebClient, bot: Bot) -> None:
    view = await opened(slack, web, modal("form", blocks=[WHERE], submit=SUBMIT))
    chosen = {"where": {"fill": {"type": "conversations_select", "selected_conversation": "C0LOBBY"}}}
    reply = await slack.submit_view(view, chosen)
    names = {"block_id": "where", "action_id": "fill", "channel_id": "C0LOBBY"}
    assert bot.told["response_urls"] == [{**names, "response_url": reply.response_url}]
    async with aiohttp.ClientSession() as session, session.post(reply.response_url, json={"text": "found"}) as answer:
        assert answer.status == 200
    assert [whisper["text"] for whisper in slack.ephemerals("U0ANA", "C0LOBBY")] == ["found"]


@pytest.mark.parametrize(
    ("where", "values"),
    [
        pytest.param(WHERE, {}, id="nothing chosen"),
        pytest.param(
            an_input("where", {"type": "conversations_select"}),
            {"where": {"fill": {"type": "conversations_select", "selected_conversation": "C0LOBBY"}}},
            id="not asked for",
        ),
    ],
)
async def test_else_a_form_has_no_response_url(
    slack: SlackStandIn, web: AsyncWebClient, bot: Bot, where: Body, values: Body
) -> None:
    view = await opened(slack, web, modal("form", blocks=[where], submit=SUBMIT))
    assert (await slack.submit_view(view, values)).response_url == ""
    assert bot.told["response_urls"] == []


async def test_an_input_tells_of_a_change_with_all_that_the_form_holds(
    slack: SlackStandIn, web: AsyncWebClient, bot: Bot
) -> None:
    words = an_input("words", {"type": "plain_text_input"}, dispatch_action=True)
    quiet = an_input("quiet", {"type": "plain_text_input"})
    view = await opened(slack, web, modal("form", blocks=[words, quiet], submit=SUBMIT))
    held = {"words": {"fill": {"type": "plain_text_input", "value": "harris"}}}
    await slack.select(view, "fill", "harris", block_id="words", values=held)
    (action,) = bot.told["actions"]
    assert (action["type"], action["block_id"], action["value"]) == ("plain_text_input", "words", "harris")
    assert bot.told["view"]["state"]["values"] == held
    with pytest.raises(LookupError):
        await slack.select(view, "fill", "harris", block_id="quiet")
