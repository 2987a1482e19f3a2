"""The chart that follows the figures: in the asker's direct messages, or one line that says why not."""

import asyncio
from datetime import UTC, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from structlog.testing import capture_logs

from bot.canvas import WIDTH
from bot.demo.slack import SlackStandIn
from bot.domain.tally import By
from bot.slack.blocks import spoken
from bot.slack.clients import Clients
from bot.slack.stats import Charts, draw, figures
from bot.slack.stats_texts import SENT
from bot.slack.uploads import Uploads
from tests.tallies import HOURS, bucket, tally

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANA = "U0ANA"
ZURICH = ZoneInfo("Europe/Zurich")


@pytest.fixture
def charts(clients: Clients) -> Charts:
    return Charts(Uploads(clients), new_reference=lambda: "k3x9")


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


async def test_charts_asked_for_at_once_all_come(slack: SlackStandIn, charts: Charts) -> None:
    await asyncio.gather(*(charts.send(HOURS, ANA, zone=UTC) for _ in range(3)))
    assert len(slack.posts(slack.world.dm(ANA).id)) == 3


async def test_a_refusal_is_one_line(slack: SlackStandIn, charts: Charts) -> None:
    slack.faults.error_by_method["files.getUploadURLExternal"] = "file_uploads_disabled"
    with capture_logs() as logs:
        said = await charts.send(HOURS, ANA, zone=UTC)
    assert said.text == "I could not send you the chart. This workspace takes no files."
    assert [(log["event"], log["code"]) for log in logs] == [("chart_not_sent", "file_uploads_disabled")]


async def test_a_fault_of_our_own_is_one_line_with_a_reference(slack: SlackStandIn, charts: Charts) -> None:
    with capture_logs() as logs:
        said = await charts.send(tally(By.DAY, bucket("no day", 1)), ANA, zone=UTC)
    assert said.text == "I could not make the chart, and it is my fault, not yours. Reference k3x9"
    assert [(log["event"], log["reference"]) for log in logs] == [("chart_failed", "k3x9")]
    assert slack.requests == []


async def test_names_that_the_chart_cannot_show_stand_in_the_words() -> None:
    people = (bucket("Evelyn", 9), bucket("山田\u202e太郎", 4), bucket("\u200b", 2), bucket("<!here>", 1))
    drawn = draw(tally(By.PERSON, *people), UTC)
    assert drawn.words.splitlines()[-1] == "On the chart, No. 2 is 山田 太郎"
    assert drawn.alt.endswith("Bars: Evelyn 9, 山田 太郎 4, unknown 2, <!here> 1")


@pytest.mark.parametrize("by", By)
async def test_every_chart_is_named_and_described(by: By) -> None:
    drawn = draw(tally(by, bucket("2026-11-24" if by is By.DAY else "09", 9, length=timedelta(hours=1))), UTC)
    assert drawn.name == f"recordings-by-{by}.png"
    assert drawn.alt.startswith(f"Bar chart: Recordings by {by}. 9 in all")
    assert drawn.content.startswith(b"\x89PNG")
