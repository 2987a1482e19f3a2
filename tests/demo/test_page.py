"""The page's server over real stand-ins: what one person sees, what they do, and a bot of one line that takes it."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.demo.calls import Company
from bot.demo.page import Page, Panel
from bot.demo.pbx import PbxStandIn
from bot.demo.slack import Features, SlackStandIn
from bot.serving import serving

Body = dict[str, Any]

FEATURES = Features(
    commands=({"command": "/recordings", "description": "Look up calls", "hint": "latest 10"},),
    shortcuts=({"name": "Find", "type": "global", "callback_id": "find", "description": "Find a call"},),
    events=frozenset({"app_home_opened"}),
)
BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Open"}, "action_id": "open", "value": "614"}
OPTION = {"text": {"type": "plain_text", "text": "Details"}, "value": "615"}
MENU = {"type": "static_select", "action_id": "more", "options": [OPTION]}
ROWS = [
    {"type": "actions", "block_id": "first", "elements": [BUTTON]},
    {"type": "actions", "block_id": "second", "elements": [{**BUTTON, "value": "615"}, MENU]},
]
FORM = {
    "type": "modal",
    "callback_id": "find",
    "notify_on_close": True,
    "title": {"type": "plain_text", "text": "Find"},
    "submit": {"type": "plain_text", "text": "Find"},
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": {"type": "plain_text", "text": "Words"},
            "element": {"type": "plain_text_input", "action_id": "typed"},
        }
    ],
}


class Bot:
    """Answers everything the same, and keeps what it was sent."""

    def __init__(self) -> None:
        self.answer: Body = {}
        self.seen: list[Body] = []

    async def take(self, request: Request) -> Response:
        body = await request.body()
        if request.headers["content-type"] == "application/json":
            self.seen.append(json.loads(body))
        else:
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            self.seen.append(json.loads(form["payload"]) if "payload" in form else form)
        return JSONResponse(self.answer) if self.answer else Response()


@pytest.fixture
def slack() -> SlackStandIn:
    return SlackStandIn(features=FEATURES)


@pytest.fixture
async def bot(slack: SlackStandIn) -> AsyncIterator[Bot]:
    """A bot that Slack reaches, and that reaches Slack."""
    bot = Bot()
    async with slack.serve(), serving(Starlette(routes=[Route("/", bot.take, methods=["POST"])])) as port:
        slack.request_url = f"http://127.0.0.1:{port}/"
        yield bot


@pytest.fixture
async def page(slack: SlackStandIn) -> AsyncIterator[httpx.AsyncClient]:
    company = Company()
    app = Page(slack, Panel(PbxStandIn(), slack, company)).app
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8750") as client:
        yield client


async def state(page: httpx.AsyncClient, user: str = "U0ANA") -> Body:
    answer = await page.get("/api/state", params={"user": user})
    assert answer.status_code == 200
    seen: Body = answer.json()
    return seen


async def do(page: httpx.AsyncClient, what: str, **words: Any) -> Body:
    answer = await page.post(f"/api/{what}", json={"user": "U0ANA", **words})
    assert answer.status_code == 200, answer.text
    told: Body = answer.json()
    return told


async def test_a_person_sees_the_workspace(page: httpx.AsyncClient) -> None:
    seen = await state(page)
    assert seen["me"] == {
        "id": "U0ANA",
        "name": "ana",
        "real_name": "Ana Agent",
        "tz": "Europe/Zurich",
        "role": "agent",
        "is_bot": False,
    }
    assert seen["people"]["U0BOT"]["is_bot"]
    assert [person["role"] for person in seen["people"].values()] == ["agent", "lead", "administrator", "guest", "app"]
    assert seen["commands"] == [FEATURES.commands[0]]
    assert seen["shortcuts"] == [FEATURES.shortcuts[0]]
    assert (seen["complaints"], seen["home"], seen["modals"]) == ([], None, [])
    assert seen["bot"] == {"connected": False}
    assert len(seen["tour"]) == 5


@pytest.mark.parametrize("user", ["U0BOT", "U0NONE", ""])
async def test_one_can_be_people_alone(page: httpx.AsyncClient, user: str) -> None:
    answer = await page.get("/api/state", params={"user": user})
    assert (answer.status_code, list(answer.json())) == (404, ["error"])


async def test_a_command_and_its_answer(page: httpx.AsyncClient, bot: Bot) -> None:
    bot.answer = {"text": "ten calls", "blocks": ROWS}
    answer = await do(page, "command", channel="C0GENERAL", text="/recordings latest 10")
    assert answer == {"error": None}
    assert (bot.seen[0]["command"], bot.seen[0]["text"]) == ("/recordings", "latest 10")
    (message,) = (await state(page))["messages"]["C0GENERAL"]
    assert message["ephemeral"]
    assert (message["text"], message["blocks"]) == ("ten calls", ROWS)
    assert (await state(page, "U0LEO"))["messages"]["C0GENERAL"] == []


async def test_an_answer_for_all_shows_the_line_that_asked(page: httpx.AsyncClient, bot: Bot) -> None:
    bot.answer = {"text": "ten calls", "response_type": "in_channel"}
    await do(page, "command", channel="C0GENERAL", text="/recordings  latest 10 ")
    (message,) = (await state(page, "U0GIL"))["messages"]["C0GENERAL"]
    assert (message["typed"], message.get("ephemeral")) == ("/recordings latest 10", None)


async def test_what_slack_refuses_is_shown_loudly(page: httpx.AsyncClient, bot: Bot) -> None:
    bot.answer = {"text": "x", "blocks": [{"type": "poem"}]}
    answer = await do(page, "command", channel="C0GENERAL", text="/recordings")
    assert answer == {"error": "invalid_blocks"}
    (complaint,) = (await state(page))["complaints"]
    assert "unsupported type: poem" in complaint


async def test_a_message_of_a_person_and_its_thread(page: httpx.AsyncClient) -> None:
    await do(page, "say", channel="C0LOBBY", text="who called @leo? <b>")
    (said,) = (await state(page))["messages"]["C0LOBBY"]
    assert (said["user"], said["text"]) == ("U0ANA", "who called <@U0LEO>? &lt;b&gt;")
    await do(page, "say", user="U0LEO", channel="C0LOBBY", text="I did", thread_ts=said["ts"])
    root, reply = (await state(page))["messages"]["C0LOBBY"]
    assert (root["reply_count"], reply["thread_ts"]) == (1, root["ts"])


async def test_of_buttons_alike_the_one_in_the_block_is_pressed(
    page: httpx.AsyncClient, slack: SlackStandIn, bot: Bot
) -> None:
    message = slack.world.say("C0CALLS", {"text": "calls", "blocks": ROWS})
    where = {"channel": "C0CALLS", "ts": message["ts"], "action_id": "open"}
    assert await do(page, "click", **where, block_id="second") == {"error": None}
    assert await do(page, "click", **where, value="614") == {"error": None}
    assert [body["actions"][0]["value"] for body in bot.seen] == ["615", "614"]


async def test_a_choice_from_a_menu(page: httpx.AsyncClient, slack: SlackStandIn, bot: Bot) -> None:
    message = slack.world.whisper("U0ANA", "C0CALLS", {"text": "calls", "blocks": ROWS})
    where = {"channel": "C0CALLS", "ts": message["ts"], "action_id": "more", "block_id": "second"}
    assert await do(page, "select", **where, value="615") == {"error": None}
    assert bot.seen[0]["actions"][0]["selected_option"] == OPTION
    assert (await do(page, "select", user="U0LEO", **where, value="615"))["error"] == f"message {message['ts']} is gone"


async def test_a_form_from_shortcut_to_errors_to_the_end(
    page: httpx.AsyncClient, slack: SlackStandIn, bot: Bot
) -> None:
    assert await do(page, "shortcut", callback_id="find") == {"error": None}
    trigger = bot.seen[0]["trigger_id"]
    await opened(slack, trigger)
    (modal,) = (await state(page))["modals"]
    bot.answer = {"response_action": "errors", "errors": {"words": "Say something"}}
    values = {"words": {"typed": {"type": "plain_text_input", "value": ""}}}
    sent = await do(page, "submit", view=modal["id"], values=values)
    assert sent == {"error": None, "errors": {"words": "Say something"}}
    assert bot.seen[-1]["view"]["state"]["values"] == values
    bot.answer = {}
    assert await do(page, "submit", view=modal["id"], values=values) == {"error": None, "errors": {}}
    assert (await state(page))["modals"] == []
    assert (await do(page, "submit", view=modal["id"], values={}))["error"] == f"view {modal['id']} is not open"


async def opened(slack: SlackStandIn, trigger_id: str) -> None:
    """What a bot does on a shortcut."""
    async with httpx.AsyncClient(base_url=slack.url, headers={"Authorization": "Bearer xoxb-demo"}) as web:
        answer = await web.post("/api/views.open", json={"trigger_id": trigger_id, "view": FORM})
    assert answer.json()["ok"], answer.text


async def test_a_closed_form_is_told_to_a_bot_that_asked_for_it(
    page: httpx.AsyncClient, slack: SlackStandIn, bot: Bot
) -> None:
    await do(page, "shortcut", callback_id="find")
    await opened(slack, bot.seen[0]["trigger_id"])
    (modal,) = (await state(page))["modals"]
    not_hers = await do(page, "close", user="U0LEO", view=modal["id"])
    assert not_hers["error"] == f"view {modal['id']} is not open"
    assert await do(page, "close", view=modal["id"]) == {"error": None}
    assert (bot.seen[-1]["type"], bot.seen[-1]["is_cleared"]) == ("view_closed", False)
    assert (await state(page))["modals"] == []


async def test_app_home_is_opened_and_shown_as_published(
    page: httpx.AsyncClient, slack: SlackStandIn, bot: Bot
) -> None:
    assert await do(page, "home") == {"error": None}
    event = bot.seen[0]["event"]
    assert (event["type"], event["user"], event["channel"], event["tab"]) == (
        "app_home_opened",
        "U0ANA",
        "D0ANA",
        "home",
    )
    async with httpx.AsyncClient(base_url=slack.url, headers={"Authorization": "Bearer xoxb-demo"}) as web:
        view = {"type": "home", "blocks": [{"type": "divider"}]}
        await web.post("/api/views.publish", json={"user_id": "U0ANA", "view": view})
    home = (await state(page))["home"]
    assert (home["type"], home["blocks"][0]["type"]) == ("home", "divider")
    assert (await state(page, "U0LEO"))["home"] is None
    assert (await do(page, "close", view=home["id"]))["error"] == "App Home cannot be closed"


async def test_a_home_that_the_bot_does_not_have_is_not_faked(page: httpx.AsyncClient, slack: SlackStandIn) -> None:
    slack.features = Features()
    assert await do(page, "home") == {"error": None}
    assert slack.errors == []


@pytest.mark.parametrize(
    ("what", "words", "error"),
    [
        pytest.param("command", {"channel": "C0GENERAL", "text": "/poem"}, "/poem is not a valid", id="unknown"),
        pytest.param("command", {"channel": "C0BOARD", "text": "/recordings"}, "in no channel C0BOARD", id="not hers"),
        pytest.param("say", {"channel": "C0NONE", "text": "hello"}, "in no channel C0NONE", id="no such channel"),
        pytest.param("say", {"channel": "C0OLD", "text": "hello"}, "#old-calls is archived", id="archived"),
        pytest.param("say", {"channel": "C0CALLS", "text": "x", "thread_ts": "1.0"}, "1.0 is gone", id="no thread"),
        pytest.param("say", {"user": "U0BOT", "channel": "C0CALLS", "text": "x"}, "nobody called U0BOT", id="the bot"),
        pytest.param("click", {"channel": "C0CALLS", "ts": "1.0", "action_id": "x"}, "1.0 is gone", id="no message"),
        pytest.param("click", {"view": "V1", "action_id": "x"}, "view V1 is not open", id="no view"),
        pytest.param("shortcut", {"callback_id": "sing"}, "no shortcut sing", id="no such shortcut"),
        pytest.param("command", {"channel": "C0CALLS", "text": "/recordings"}, "dispatch_failed", id="no bot"),
    ],
)
async def test_what_cannot_be_done_is_said(page: httpx.AsyncClient, what: str, words: Body, error: str) -> None:
    assert error in (await do(page, what, **words))["error"]


@pytest.mark.parametrize(
    ("path", "content", "wrong"),
    [
        pytest.param("command", "[", "Invalid JSON", id="no JSON"),
        pytest.param("command", '{"user": "U0ANA", "text": "/x"}', "channel: Field required", id="a key missing"),
        pytest.param("home", '{"user": "U0ANA", "mood": 1}', "mood: Extra inputs", id="a key too many"),
        pytest.param("home", '{"user": 1}', "user: Input should be a valid string", id="a number for a name"),
        pytest.param("pbx/many", '{"count": 100000}', "count: Input should be less", id="too many calls"),
        pytest.param("pbx/slow", '{"seconds": -1}', "seconds: Input should be greater", id="sooner than at once"),
    ],
)
async def test_a_malformed_body_is_refused(page: httpx.AsyncClient, path: str, content: str, wrong: str) -> None:
    answer = await page.post(f"/api/{path}", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert wrong in answer.json()["error"]
