"""The shortcuts, over HTTP: privately answered where the person is, also where the bot is not."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.demo.slack import BOT_TOKEN, SlackStandIn
from bot.domain.recording import Party
from bot.slack.answering import Answering, Services
from bot.slack.features import search_form as form
from tests.slack.test_form import values
from tests.stage import FakePhones, recording

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("over_http")]

ANA, GENERAL, LOBBY = "U0ANA", "C0GENERAL", "C0LOBBY"
CUSTOMER = Party("Grace Hopper", "+442079460000")

Shown = dict[str, Any]


@pytest.fixture
def services(services: Services) -> Services:
    return replace(services, region="GB")


@pytest.fixture(autouse=True)
async def calls(phones: FakePhones, answering: Answering) -> None:
    phones.rows = [
        recording(600, caller=CUSTOMER, callee=Party("Evelyn", "5566")),
        recording(601, caller=Party("Leo Ball", "5555"), callee=CUSTOMER),
        recording(602, caller=Party("Evelyn", "5566"), callee=Party("Dave Harris", "5556")),
    ]
    await answering.answer_line("latest", {})


@pytest.fixture(autouse=True)
def nobody_complains(slack: SlackStandIn) -> Iterator[None]:
    """What a test leaves here is what a user or Slack would have seen go wrong."""
    yield
    assert slack.errors == []


async def told(slack: SlackStandIn, channel: str = GENERAL, count: int = 1) -> list[str]:
    """What Ana alone is told there, once so many messages are."""
    await slack.wait_for(lambda: len(slack.ephemerals(ANA, channel)) >= count)
    return [str(message["text"]) for message in slack.ephemerals(ANA, channel)]


async def opened(slack: SlackStandIn) -> Shown:
    """The form, on Ana's screen."""
    await slack.open_shortcut("find_recording")
    await slack.wait_for(lambda: bool(slack.world.modals.get(ANA)))
    return slack.world.views[slack.world.modals[ANA][-1]]


def line(slack: SlackStandIn, view: Shown) -> str:
    return str(slack.world.views[view["id"]]["blocks"][-1]["elements"][0]["text"])


async def test_the_calls_with_a_number_in_a_message(slack: SlackStandIn) -> None:
    message = slack.world.say(GENERAL, {"text": "Please call 020 7946 0000 back"}, user="U0LEO")
    await slack.open_shortcut("calls_with_number", message=message)
    (text,) = await told(slack)
    assert text.splitlines()[0] == "Calls with +442079460000 · 1–2 of 2"
    assert text.count("Grace Hopper") == 2
    assert "Dave Harris" not in text
    assert len(slack.posts(GENERAL)) == 1


async def test_any_of_several_numbers_also_in_blocks(slack: SlackStandIn) -> None:
    block = {"type": "section", "text": {"type": "plain_text", "text": "ext 5556"}}
    message = slack.world.say(GENERAL, {"text": "<tel:+442079460000|x>", "blocks": [block]}, user="U0LEO")
    await slack.open_shortcut("calls_with_number", message=message)
    (text,) = await told(slack)
    assert text.splitlines()[0].endswith(" · 1–3 of 3")
    assert "Dave Harris" in text


async def test_the_answer_has_the_usual_buttons(slack: SlackStandIn) -> None:
    message = slack.world.say(GENERAL, {"text": "020 7946 0000"}, user="U0LEO")
    await slack.open_shortcut("calls_with_number", message=message)
    await told(slack)
    controls = slack.ephemerals(ANA, GENERAL)[0]["blocks"][-1]["elements"]
    assert [control["type"] for control in controls] == ["static_select", "button"]


async def test_it_works_where_the_bot_is_no_member(slack: SlackStandIn) -> None:
    message = slack.world.say(LOBBY, {"text": "020 7946 0000"}, user="U0LEO")
    await slack.open_shortcut("calls_with_number", message=message)
    assert "Grace Hopper" in (await told(slack, LOBBY))[0]


async def test_a_message_without_a_number_says_so_in_one_line(slack: SlackStandIn) -> None:
    message = slack.world.say(GENERAL, {"text": "Good morning"}, user="U0LEO")
    await slack.open_shortcut("calls_with_number", message=message)
    assert await told(slack) == ["I find no telephone number in this message."]


async def test_the_form_opens_and_shows_the_line_it_stands_for(slack: SlackStandIn) -> None:
    view = await opened(slack)
    assert line(slack, view) == "The same as a line: /recordings latest"
    await slack.select(view, form.FILL, "harris", block_id=form.WORDS, values=values(words="harris"))
    await slack.wait_for(lambda: line(slack, view).endswith("/recordings search harris"))
    told = values(words="harris", type="inbound")
    await slack.select(view, form.FILL, "inbound", block_id=form.TYPE, values=told)
    await slack.wait_for(lambda: line(slack, view).endswith("/recordings search harris type:inbound"))


async def test_of_what_is_typed_quickly_the_latest_counts(slack: SlackStandIn) -> None:
    view = await opened(slack)
    slack.faults.latency_seconds = 0.02
    for end in range(1, 7):
        word = "harris"[:end]
        await slack.select(view, form.FILL, word, block_id=form.WORDS, values=values(words=word))
    await slack.wait_for(lambda: line(slack, view).endswith("search harris"))


async def test_a_form_that_is_closed_meanwhile_is_no_trouble(slack: SlackStandIn) -> None:
    view = await opened(slack)
    slack.world.modals[ANA].clear()
    await slack.select(view, form.FILL, "harris", block_id=form.WORDS, values=values(words="harris"))
    await slack.wait_for(lambda: any(method == "views.update" for method, _ in slack.requests))


async def test_the_form_is_answered_where_the_person_is_as_the_line_would_be(
    slack: SlackStandIn, answering: Answering
) -> None:
    view = await opened(slack)
    reply = await slack.submit_view(view, values(words="hopper", sort="order:asc"))
    assert reply.field_errors == {}
    assert slack.world.modals[ANA] == []
    answer = await answering.answer_line("search hopper order:asc", {"user": {"id": ANA}})
    assert answer
    assert answer.message
    assert await told(slack) == [answer.message.text]


async def test_what_is_wrong_is_told_at_the_field_and_the_form_stays(slack: SlackStandIn) -> None:
    view = await opened(slack)
    reply = await slack.submit_view(view, values(longer="soon"))
    assert reply.field_errors == {
        "longer": "I cannot read “soon” as a length: try 2m, 1h30m, 90s or 1:30",
    }
    assert slack.world.modals[ANA] == [view["id"]]


async def test_without_a_conversation_the_form_says_what_to_do(slack: SlackStandIn) -> None:
    view = await opened(slack)
    reply = await slack.submit_view(view, {})
    assert reply.field_errors == {form.WHERE: form.NOWHERE}


class TestASlowPbx:
    @pytest.fixture
    def first_answer(self) -> timedelta:
        return timedelta(milliseconds=20)

    async def test_whoever_waits_for_long_is_told_so(self, slack: SlackStandIn, phones: FakePhones) -> None:
        phones.hang = asyncio.Event()
        view = await opened(slack)
        await slack.submit_view(view, values())
        assert (await told(slack))[0].startswith("The PBX is taking its time.")
        phones.hang.set()
        assert "Grace Hopper" in (await told(slack, count=2))[1]


async def test_a_form_that_cannot_be_opened_is_no_trouble_to_slack(slack: SlackStandIn) -> None:
    slack.faults.revoked = {BOT_TOKEN}
    assert (await slack.open_shortcut("find_recording")).error is None
    await slack.wait_for(lambda: any(method == "views.open" for method, _ in slack.requests))
    assert not slack.world.modals.get(ANA)
