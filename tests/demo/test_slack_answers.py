"""response_urls and trigger_ids: what they take, how often and how long."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.demo.slack import SlackStandIn
from bot.demo.slack.links import Links, WornOut
from bot.demo.slack.world import sent


class Time:
    now = 1_764_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def slack(time: Time) -> AsyncIterator[SlackStandIn]:
    slack = SlackStandIn(clock=time)
    async with slack.serve():
        yield slack


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def answer(session: aiohttp.ClientSession, url: str, **body: Any) -> tuple[int, str]:
    async with session.post(url, json=body) as response:
        return response.status, await response.text()


async def a_command(slack: SlackStandIn) -> str:
    return (await slack.command("latest")).response_url


async def a_click(slack: SlackStandIn, message: dict[str, Any]) -> str:
    return (await slack.click(message, "go")).response_url


def with_button(text: str) -> dict[str, Any]:
    button = {"type": "button", "text": {"type": "plain_text", "text": "x"}, "action_id": "go"}
    return {"text": text, "blocks": [{"type": "actions", "elements": [button]}]}


async def test_five_answers_and_no_sixth(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    url = await a_command(slack)
    answers = [await answer(session, url, text="x") for _ in range(6)]
    assert answers == [(200, "ok")] * 5 + [(404, "used_url")]
    assert len(slack.ephemerals("U0ANA", "C0GENERAL")) == 5


async def test_thirty_minutes_and_no_more(slack: SlackStandIn, session: aiohttp.ClientSession, time: Time) -> None:
    url = await a_command(slack)
    time.now += 30 * 60
    assert await answer(session, url, text="x") == (200, "ok")
    time.now += 1
    assert await answer(session, url, text="x") == (404, "expired_url")


async def test_an_address_made_up(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    assert await answer(session, f"{slack.url}/respond/abc", text="x") == (404, "expired_url")


async def test_an_answer_for_all_needs_no_membership(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    url = (await slack.command("share", channel="C0BOARD", user="U0ADA")).response_url
    await answer(session, url, text="x", response_type="in_channel")
    assert [message["text"] for message in slack.posts("C0BOARD")] == ["x"]


async def test_an_answer_for_all_stands_under_the_line_that_asked(
    slack: SlackStandIn, session: aiohttp.ClientSession
) -> None:
    url = (await slack.command("with:@leo", channel="C0CALLS")).response_url
    await answer(session, url, text="x", response_type="in_channel")
    (message,) = slack.posts("C0CALLS")
    assert message["typed"] == "/recordings with:@leo"
    assert "typed" not in sent(message), "the bot is told the answer alone"


async def test_a_command_has_nothing_to_replace(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    url = await a_command(slack)
    await answer(session, url, text="first")
    await answer(session, url, text="second", replace_original=True)
    assert [whisper["text"] for whisper in slack.ephemerals("U0ANA", "C0GENERAL")] == ["first", "second"]


async def test_a_click_replaces_and_deletes_its_own_message(
    slack: SlackStandIn, session: aiohttp.ClientSession
) -> None:
    other = slack.world.whisper("U0ANA", "C0CALLS", {"text": "other"})
    mine = slack.world.whisper("U0ANA", "C0CALLS", with_button("mine"))
    url = await a_click(slack, mine)
    await answer(session, url, **with_button("new"), replace_original=True)
    assert [whisper["text"] for whisper in slack.ephemerals("U0ANA", "C0CALLS")] == ["other", "new"]
    await answer(session, url, delete_original=True)
    assert slack.ephemerals("U0ANA", "C0CALLS") == [other]
    assert await answer(session, url, text="x", replace_original=True) == (400, "message_not_found")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        pytest.param({"text": ""}, "no_text", id="no words"),
        pytest.param({"blocks": [{"type": "poem"}]}, "invalid_blocks", id="bad blocks"),
        pytest.param({"text": "x", "colour": "red"}, "invalid_arguments", id="an unknown key"),
        pytest.param({"text": "x", "response_type": "loud"}, "invalid_arguments", id="an unknown response_type"),
        pytest.param({"text": "x", "replace_original": "perhaps"}, "invalid_arguments", id="neither true nor false"),
    ],
)
async def test_a_bad_answer_is_refused_and_noted(
    slack: SlackStandIn, session: aiohttp.ClientSession, body: dict[str, Any], error: str
) -> None:
    url = await a_command(slack)
    slack.errors.clear()
    assert await answer(session, url, **body) == (400, error)
    (noted,) = slack.errors
    assert noted.startswith(f"response_url: {error}")


def test_a_trigger_opens_once() -> None:
    links = Links(Time())
    trigger = links.trigger("U0ANA")
    assert links.pull(trigger) == "U0ANA"
    with pytest.raises(WornOut, match="exchanged_trigger_id"):
        links.pull(trigger)


def test_a_trigger_dies_after_three_seconds(time: Time) -> None:
    links = Links(time)
    trigger = links.trigger("U0ANA")
    time.now += 3.1
    with pytest.raises(WornOut, match="expired_trigger_id"):
        links.pull(trigger)
