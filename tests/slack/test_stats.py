"""The chart that follows the figures: in the asker's direct messages, or one line that says why not."""

import asyncio
from datetime import UTC, tzinfo
from io import BytesIO
from zoneinfo import ZoneInfo

import psutil
import pytest
from PIL import Image
from structlog.testing import capture_logs

from bot.canvas import WIDTH
from bot.demo.slack import SlackStandIn
from bot.domain.statistics import GroupBy, Statistics
from bot.slack.blocks.elements import spoken
from bot.slack.clients import Clients
from bot.slack.drawing_process import draw_aside
from bot.slack.picture import Picture
from bot.slack.stats import Charts, Draw, figures
from bot.slack.uploads import Uploads
from bot.text.statistics_lines import SENT
from tests.slack.test_drawing_process import BABBLES, DIES, HANGS, LIES
from tests.tallies import HOURS, bucket, tally

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANA = "U0ANA"
ZURICH = ZoneInfo("Europe/Zurich")


@pytest.fixture
def charts(clients: Clients) -> Charts:
    return Charts(Uploads(clients), draw_aside, new_reference=lambda: "k3x9")


async def test_the_figures_are_said_at_once() -> None:
    assert figures(HOURS, zone=ZURICH).text.splitlines() == [
        "All recordings · 234",
        "11 h 42 min of talk · 3:00 on average, 3:00 at most",
        "Busiest hour: 19:00–20:00 with 24",
    ]


async def test_the_chart_comes_with_its_figures(slack: SlackStandIn, charts: Charts) -> None:
    said = await charts.send(HOURS, ANA, zone=ZURICH)
    (message,) = slack.posts(slack.world.dm(ANA).id)
    (file,) = message["files"]
    assert said.text == spoken(SENT)
    assert message["text"] == figures(HOURS, zone=ZURICH).text
    assert (file["name"], file["title"]) == ("recordings-by-hour.png", "Recordings by hour")
    assert Image.open(BytesIO(slack.world.files[file["id"]]["content"])).width == WIDTH
    assert slack.errors == []


async def test_the_event_loop_goes_on_while_a_chart_is_drawn(slack: SlackStandIn, charts: Charts) -> None:
    sent = asyncio.create_task(charts.send(HOURS, ANA, zone=UTC))
    turns = 0
    while not slack.requests:
        turns += 1
        await asyncio.sleep(0)
    await sent
    assert turns > 10


async def test_charts_asked_for_at_once_all_come_one_at_a_time(slack: SlackStandIn, clients: Clients) -> None:
    drawing, most = 0, 0

    async def draw(told: Statistics, _zone: tzinfo) -> Picture:
        nonlocal drawing, most
        drawing += 1
        most = max(most, drawing)
        await asyncio.sleep(0.01)
        drawing -= 1
        return Picture(name=f"{told.by}.png", content=b"PNG", title="Recordings", alt="Bars", words="All recordings")

    charts = Charts(Uploads(clients), draw, new_reference=lambda: "k3x9")
    await asyncio.gather(*(charts.send(HOURS, ANA, zone=UTC) for _ in range(3)))
    assert len(slack.posts(slack.world.dm(ANA).id)) == 3
    assert most == 1


async def test_a_refusal_is_one_line(slack: SlackStandIn, charts: Charts) -> None:
    slack.faults.error_by_method["files.getUploadURLExternal"] = "file_uploads_disabled"
    with capture_logs() as logs:
        said = await charts.send(HOURS, ANA, zone=UTC)
    assert said.text == "I could not send you the chart. This workspace takes no files."
    assert [(log["event"], log["code"]) for log in logs] == [("chart_not_sent", "file_uploads_disabled")]


async def test_a_fault_of_our_own_is_one_line_with_a_reference(slack: SlackStandIn, charts: Charts) -> None:
    with capture_logs() as logs:
        said = await charts.send(tally(GroupBy.DAY, bucket("no day", 1)), ANA, zone=UTC)
    assert said.text == "I could not make the chart, and it is my fault, not yours. Reference k3x9"
    assert [(log["event"], log["reference"]) for log in logs] == [("chart_failed", "k3x9")]
    assert slack.requests == []


@pytest.mark.parametrize("draws", [DIES, HANGS, BABBLES, LIES])
async def test_a_process_that_draws_nothing_is_one_line_with_a_reference(
    slack: SlackStandIn, clients: Clients, draws: Draw
) -> None:
    before = psutil.Process().children()
    with capture_logs() as logs:
        said = await Charts(Uploads(clients), draws, lambda: "k3x9").send(HOURS, ANA, zone=UTC)
    assert said.text == "I could not make the chart, and it is my fault, not yours. Reference k3x9"
    assert [(log["event"], log["reference"]) for log in logs] == [("chart_failed", "k3x9")]
    assert slack.requests == []
    assert psutil.Process().children() == before
