"""What people type and press, over HTTP and over a socket: answered in time, each in its place."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from structlog.testing import capture_logs

from bot.archive import Database, SqlArchive
from bot.demo.slack import Reply, SlackStandIn
from bot.demo.slack.views import stack
from bot.domain.access import Asker
from bot.domain.alert import Alert, Happening
from bot.errors import ArchiveError
from bot.slack.answering import Answering, still_asking, too_old
from bot.slack.blocks.values import LIST, OPEN, RUN, SHARE
from bot.slack.clients import Identity
from bot.slack.features import alerts, announcements, share
from bot.slack.features.alerts import RESUME
from bot.slack.features.listing import NEXT, PREVIOUS
from bot.slack.features.show import CLOSE
from bot.slack.features.stats import SHARE_CHART
from tests.slack.makers import post
from tests.stage import FakeClock, FakePhones, recording

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANA, LEO, GENERAL = "U0ANA", "U0LEO", "C0GENERAL"
TOO_OLD = too_old().text

Shown = dict[str, Any]


@pytest.fixture(autouse=True)
def calls(phones: FakePhones) -> None:
    phones.add(range(600, 625))


@pytest.fixture(autouse=True)
def nobody_complains(slack: SlackStandIn) -> Iterator[None]:
    """What a test leaves here is what a user or Slack would have seen go wrong."""
    yield
    assert slack.errors == []


def button(action_id: str, value: str = "1") -> list[Shown]:
    label = {"type": "plain_text", "text": "Press"}
    return [
        {"type": "actions", "elements": [{"type": "button", "text": label, "action_id": action_id, "value": value}]}
    ]


def menu(action_id: str, value: str = "1") -> list[Shown]:
    option = {"text": {"type": "plain_text", "text": "One"}, "value": value}
    return [{"type": "actions", "elements": [{"type": "static_select", "action_id": action_id, "options": [option]}]}]


def screen(slack: SlackStandIn, user: str = ANA) -> list[str]:
    """The first lines of what this user alone sees in #general."""
    return [message["text"].splitlines()[0] for message in slack.ephemerals(user, GENERAL)]


async def shown(slack: SlackStandIn, line: str) -> Shown:
    """Type it; what appears at once."""
    reply = await slack.command(line)
    assert reply.message is not None, reply.error
    return reply.message


async def test_a_command_is_answered_in_its_acknowledgement(slack: SlackStandIn, bot: AsyncApp) -> None:
    reply = await slack.command("latest 10 sort:time")
    assert reply.text.startswith("Latest recordings · 1–10 of 25")
    assert reply.message
    assert reply.message["blocks"]
    assert slack.posts(GENERAL) == []
    assert slack.answers.received == []


async def test_next_and_previous_turn_the_page_in_its_place(slack: SlackStandIn, bot: AsyncApp) -> None:
    page = await shown(slack, "")
    await slack.click(page, NEXT.action)
    await slack.wait_for(lambda: screen(slack) == ["Latest recordings · 11–20 of 25"])
    await slack.click(page, PREVIOUS.action)
    await slack.wait_for(lambda: screen(slack) == ["Latest recordings · 1–10 of 25"])


async def test_open_shows_one_below_and_close_takes_it_away(slack: SlackStandIn, bot: AsyncApp) -> None:
    page = await shown(slack, "")
    await slack.select(page, OPEN.action, OPEN.write(620))
    await slack.wait_for(lambda: screen(slack) == ["Latest recordings · 1–10 of 25", "Recording 620"])
    await slack.click(slack.ephemerals(ANA, GENERAL)[1], CLOSE.action)
    await slack.wait_for(lambda: screen(slack) == ["Latest recordings · 1–10 of 25"])


async def test_a_share_is_posted_once_however_often_it_is_pressed(slack: SlackStandIn, bot: AsyncApp) -> None:
    page = await shown(slack, "latest 3")
    await asyncio.gather(*(slack.click(page, SHARE.action) for _ in range(3)))
    await slack.wait_for(lambda: bool(slack.posts(GENERAL)))
    await slack.click(page, SHARE.action)
    await slack.click(page, NEXT.action)  # by its answer the presses before it are done with
    await slack.wait_for(lambda: screen(slack) == ["Latest recordings · 4–6 of 25"])
    (post,) = slack.posts(GENERAL)
    assert post["text"].splitlines()[1].startswith(f"Shared by <@{ANA}>")


class Lockable(SqlArchive):
    """An archive that waits for a lock, in vain, while it is `locked`."""

    locked: asyncio.Event | None = None

    async def get(self, asker: Asker, ids: Sequence[int]) -> Any:
        await self._wait()
        return await super().get(asker, ids)

    async def find(self, *told: Any, **more: Any) -> Any:
        await self._wait()
        return await super().find(*told, **more)

    async def store(self, *told: Any, **more: Any) -> Any:
        await self._wait()
        return await super().store(*told, **more)

    async def _wait(self) -> None:
        if self.locked is not None:
            await self.locked.wait()
            raise ArchiveError("The database is locked by another process.")


@pytest.fixture
def archive(database: Database) -> Lockable:
    return Lockable(database, site="main")


async def test_a_share_that_failed_may_be_pressed_again(
    slack: SlackStandIn, over_http: AsyncApp, archive: Lockable
) -> None:
    page = await shown(slack, "latest 3")
    archive.locked = asyncio.Event()
    archive.locked.set()
    await slack.click(page, SHARE.action)
    await slack.wait_for(lambda: screen(slack)[1:] == [share.failed().text])
    archive.locked = None
    await slack.click(page, SHARE.action)
    await slack.wait_for(lambda: len(slack.posts(GENERAL)) == 1)


async def test_a_shared_list_answers_another_user_privately(slack: SlackStandIn, bot: AsyncApp) -> None:
    await slack.click(await shown(slack, "latest 3"), SHARE.action)
    await slack.wait_for(lambda: bool(slack.posts(GENERAL)))
    await slack.select(slack.posts(GENERAL)[0], OPEN.action, OPEN.write(624), user=LEO)
    await slack.wait_for(lambda: screen(slack, LEO) == ["Recording 624"])
    assert screen(slack) == ["Latest recordings · 1–3 of 25"]
    assert len(slack.posts(GENERAL)) == 1


async def test_every_page_and_every_list_is_shared_by_itself(slack: SlackStandIn, bot: AsyncApp) -> None:
    page, same = await shown(slack, "latest 3"), await shown(slack, "latest 3")
    await slack.click(page, SHARE.action)
    await slack.wait_for(lambda: len(slack.posts(GENERAL)) == 1)
    await slack.click(same, SHARE.action)
    await slack.wait_for(lambda: len(slack.posts(GENERAL)) == 2)
    await slack.click(page, NEXT.action)
    await slack.wait_for(lambda: screen(slack)[0] == "Latest recordings · 4–6 of 25")
    await slack.click(slack.ephemerals(ANA, GENERAL)[0], SHARE.action)
    await slack.wait_for(lambda: len(slack.posts(GENERAL)) == 3)
    assert slack.posts(GENERAL)[2]["text"].startswith("Latest recordings · 4–6 of 25")


async def test_one_recording_is_shared(slack: SlackStandIn, over_http: AsyncApp) -> None:
    await shown(slack, "latest")
    await slack.click(await shown(slack, "show 620"), SHARE.action)
    await slack.wait_for(lambda: len(slack.posts(GENERAL)) == 1)
    assert slack.posts(GENERAL)[0]["text"].splitlines()[:2] == [
        "Recording 620",
        f"Shared by <@{ANA}> · /recordings show 620",
    ]


FIGURES = ["All recordings · 25", "Recordings by hour"]


class TestAChart:
    """It follows the figures, below them."""

    @pytest.fixture(autouse=True)
    async def told(self, slack: SlackStandIn, over_http: AsyncApp, answering: Answering) -> None:
        """The archive, which counts, has learnt of the recordings."""
        await answering.answer_line("latest 100", {})

    async def test_it_follows_what_is_typed(self, slack: SlackStandIn) -> None:
        await slack.command("stats by:hour")
        await slack.wait_for(lambda: screen(slack) == FIGURES)

    async def test_it_follows_a_slip_that_is_put_right(self, slack: SlackStandIn) -> None:
        await slack.click(await shown(slack, "stats by:huor"), RUN.action)
        await slack.wait_for(lambda: screen(slack) == FIGURES)

    async def test_it_follows_an_example_that_is_pressed(self, slack: SlackStandIn) -> None:
        example = button(f"{LIST.action}.1", RUN.write("stats by:hour"))
        message = slack.world.whisper(ANA, GENERAL, {"text": "For example", "blocks": example})
        await slack.click(message, f"{LIST.action}.1")
        await slack.wait_for(lambda: screen(slack) == ["For example", *FIGURES])

    async def test_another_grouping_takes_its_place(self, slack: SlackStandIn) -> None:
        await slack.click(await chart_of(slack, "stats by:hour"), "recordings.chart.v1.direction")
        await slack.wait_for(lambda: "Recordings by direction" in screen(slack))
        assert "Recordings by hour" not in screen(slack)

    async def test_it_is_shared_once(self, slack: SlackStandIn) -> None:
        chart = await chart_of(slack, "stats by:hour type:internal")
        await slack.click(chart, SHARE_CHART.action)
        await slack.click(chart, SHARE_CHART.action)
        await slack.wait_for(lambda: bool(slack.posts(GENERAL)))
        (post,) = slack.posts(GENERAL)
        assert post["text"].splitlines()[1] == f"Shared by <@{ANA}> · /recordings stats by:hour type:internal"
        assert "data_visualization" in [block["type"] for block in post["blocks"]]


class TestAChartThatIsRefused:
    """Some workspaces answer `invalid_blocks` to the chart's block."""

    @pytest.fixture(autouse=True)
    async def told(self, slack: SlackStandIn, over_http: AsyncApp, answering: Answering) -> None:
        await answering.answer_line("latest 100", {})
        slack.faults.refuse_charts = True

    async def test_a_text_chart_takes_its_place_and_the_refusal_is_remembered_for_a_day(
        self, slack: SlackStandIn, clock: FakeClock
    ) -> None:
        for _ in range(2):
            chart = await chart_of(slack, "stats by:hour")
            assert "data_visualization" not in [block["type"] for block in chart["blocks"]]
            slack.world.whispers.clear()
        assert len(refusals(slack)) == 1, "the second chart was not tried"
        clock.time += timedelta(days=1)
        await chart_of(slack, "stats by:hour")
        assert len(refusals(slack)) == 2
        slack.errors.clear()

    async def test_it_is_shared_as_text(self, slack: SlackStandIn) -> None:
        await slack.click(await chart_of(slack, "stats by:hour"), SHARE_CHART.action)
        await slack.wait_for(lambda: bool(slack.posts(GENERAL)))
        assert [block["type"] for block in slack.posts(GENERAL)[0]["blocks"]] == ["rich_text"]
        slack.errors.clear()


def refusals(slack: SlackStandIn) -> list[str]:
    return [error for error in slack.errors if "data_visualization" in error]


async def chart_of(slack: SlackStandIn, line: str) -> Shown:
    """Ask for statistics and wait for the chart."""
    await slack.command(line)
    await slack.wait_for(lambda: any(text.startswith("Recordings by") for text in screen(slack)))
    return next(shown for shown in slack.ephemerals(ANA, GENERAL) if shown["text"].startswith("Recordings by"))


async def test_a_slip_is_put_right_by_one_press(slack: SlackStandIn, bot: AsyncApp) -> None:
    offer = await shown(slack, "latest 3 sort:tme")
    await slack.click(offer, RUN.action)
    await slack.wait_for(lambda: screen(slack) == ["Latest recordings · 1–3 of 25"])


async def test_a_digest_is_listed_for_the_one_who_presses_and_stays(slack: SlackStandIn, bot: AsyncApp) -> None:
    await slack.command("latest 100")
    digest = announcements.digest(post(*(recording(number) for number in range(612, 600, -1))))
    message = slack.world.say(GENERAL, digest.payload())
    await slack.click(message, LIST.action, user=LEO)
    await slack.wait_for(lambda: screen(slack, LEO) == ["Recordings 601 to 612 · 1–12 of 12"])
    assert [told["text"] for told in slack.posts(GENERAL)] == [digest.text]


async def test_a_paused_channel_is_tried_again_from_its_alert(slack: SlackStandIn, bot: AsyncApp) -> None:
    told = alerts.message(Alert(happening=Happening.CLOSED, channel="C0CALLS", reason="not_in_channel"))
    message = slack.world.say(GENERAL, told.payload())
    await slack.click(message, RESUME.action)
    await slack.wait_for(lambda: screen(slack) == [alerts.resumed(found=False).text])
    assert [stored["text"] for stored in slack.posts(GENERAL)] == [told.text]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("<!channel>", id="a broadcast"),
        pytest.param("<!channel> <https://evil.test|Bank> @leo #calls & co", id="links and mentions"),
        pytest.param("“latest” ‘10’", id="curly quotes"),
        pytest.param("sort:“time”", id="curly quotes round a value"),
        pytest.param("x" * 4_000, id="a novel"),
        pytest.param("\x00\u202e\n\t", id="control characters"),
    ],
)
@pytest.mark.parametrize("escape", [True, False], ids=["escaped by Slack", "raw"])
async def test_hostile_words_are_words(slack: SlackStandIn, over_http: AsyncApp, line: str, *, escape: bool) -> None:
    reply = await slack.command(line, escape=escape)
    assert reply.error is None
    assert reply.message
    assert not re.search("<(!channel|https|@)", reply.message["text"])


@pytest.mark.parametrize("blocks", [button, menu], ids=["a button", "a menu"])
@pytest.mark.parametrize(
    "action",
    [
        pytest.param(OPEN.action, id="open"),
        pytest.param("recordings.next.v0", id="an action that is gone"),
        pytest.param("", id="an action without a name"),
    ],
)
async def test_an_old_control_says_so_once(slack: SlackStandIn, bot: AsyncApp, blocks: Any, action: str) -> None:
    message = slack.world.whisper(ANA, GENERAL, {"text": "of last year", "blocks": blocks(action)})
    press = slack.click(message, action) if blocks is button else slack.select(message, action, "1")
    assert (await press).error is None
    await slack.wait_for(lambda: screen(slack) == ["of last year", TOO_OLD])


@pytest.mark.parametrize("action", [NEXT.action, PREVIOUS.action, RUN.action])
async def test_an_old_value_gives_its_place_to_the_answer(
    slack: SlackStandIn, over_http: AsyncApp, action: str
) -> None:
    message = slack.world.whisper(ANA, GENERAL, {"text": "of last year", "blocks": button(action)})
    await slack.click(message, action)
    await slack.wait_for(lambda: screen(slack) == [TOO_OLD])


@pytest.mark.parametrize(
    ("action", "said"),
    [(LIST.action, TOO_OLD), (RESUME.action, TOO_OLD), (SHARE.action, TOO_OLD)],
)
async def test_an_old_value_below_a_post(slack: SlackStandIn, over_http: AsyncApp, action: str, said: str) -> None:
    message = slack.world.say(GENERAL, {"text": "of last year", "blocks": button(action)})
    await slack.click(message, action)
    await slack.wait_for(lambda: screen(slack) == [said])
    assert [stored["text"] for stored in slack.posts(GENERAL)] == ["of last year"]


FORM = {
    "type": "modal",
    "callback_id": "of_last_year",
    "title": {"type": "plain_text", "text": "Find"},
    "submit": {"type": "plain_text", "text": "Find"},
    "blocks": button("press"),
}


async def test_what_is_not_handled_is_acknowledged(slack: SlackStandIn, bot: AsyncApp) -> None:
    message = slack.world.say(GENERAL, {"text": "call me"}, user=LEO)
    view = stack(slack.world, ANA, FORM)
    replies: list[Reply] = [
        await slack.open_shortcut("of_last_year"),
        await slack.open_shortcut("of_last_year", message=message),
        await slack.click(view, "press"),
        await slack.submit_view(view, {}),
    ]
    assert [reply.error for reply in replies] == [None] * 4
    assert (await slack.event("app_home_opened", user=ANA, tab="home")).error is None
    assert (await slack.event("message", retry=2, user=LEO, text="x", channel=GENERAL)).error is None
    assert screen(slack) == []


class TestALateAnswer:
    """The PBX or the database takes longer than Slack waits."""

    @pytest.fixture
    def patience(self) -> timedelta:
        return timedelta(milliseconds=40)

    @pytest.fixture
    def first_answer(self) -> timedelta:
        return timedelta(milliseconds=150)

    @pytest.fixture
    def hanging(self, phones: FakePhones) -> asyncio.Event:
        """The PBX does not answer until it is set."""
        phones.hang = asyncio.Event()
        return phones.hang

    async def test_a_pbx_that_hangs_is_stood_in_for(
        self, slack: SlackStandIn, bot: AsyncApp, hanging: asyncio.Event, archive: SqlArchive, clock: FakeClock
    ) -> None:
        await archive.set_baseline([recording(614)], baseline=614, total=1, now=clock.now())
        reply = await slack.command("latest 10 sort:time")
        assert "PBX slow to answer, as of" in reply.text
        assert reply.seconds < 1

    async def test_a_pbx_that_hangs_before_anything_is_known(
        self, slack: SlackStandIn, bot: AsyncApp, hanging: asyncio.Event
    ) -> None:
        reply = await slack.command("latest 10 sort:time")
        assert reply.text == still_asking().text
        assert reply.seconds < 1
        hanging.set()
        await slack.wait_for(lambda: screen(slack)[-1] == "Latest recordings · 1–10 of 25")

    async def test_a_database_that_is_slow_delays_no_acknowledgement(
        self, slack: SlackStandIn, over_a_socket: AsyncApp, archive: Lockable
    ) -> None:
        archive.locked = asyncio.Event()
        with capture_logs():
            reply = await slack.command("latest 10")
            assert reply.text == still_asking().text
            assert reply.seconds < 1
            archive.locked.set()
            await slack.wait_for(lambda: screen(slack)[-1].startswith("That went wrong"))


async def test_twenty_commands_right_after_the_start_ask_who_we_are_once(
    slack: SlackStandIn, identity: Identity, bot: AsyncApp
) -> None:
    replies = await asyncio.gather(*(slack.command(f"latest {count}") for count in range(1, 21)))
    assert [reply.error for reply in replies] == [None] * 20
    assert [name for name, _ in slack.requests].count("auth.test") == 1
