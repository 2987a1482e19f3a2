"""Whatever is typed or pressed, and whatever fails behind it, becomes a message."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from bot.archive import SqlArchive, SqlOutbox, open_database
from bot.domain.access import Asker
from bot.domain.delivery import CLOSED_PAUSE, Retry
from bot.domain.query import Cursor, Query, Side
from bot.domain.statistics import GroupBy
from bot.domain.status import PbxActivity, Status
from bot.domain.time_range import TimeRange
from bot.errors import ArchiveError, BotError, PbxForbidden, PbxUnreachable
from bot.language.writing import line_of
from bot.services.lookup import Lookup
from bot.slack import messages
from bot.slack.blocks import values
from bot.slack.blocks.message import Message
from bot.slack.desk import Backroom, Desk, Who
from tests.slack.conftest import FakeCharts
from tests.slack.limits import nodes
from tests.stage import NOON, FakeClock, FakePhones, recording

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFERENCE = "k3x9"
SHARED = values.ShareValue(ids=(613, 614), query="latest 2 sort:time order:desc", first=1, total=2)
TURN = Cursor(side=Side.AFTER, id=614, at=recording(614).started_at, position=11)

ANA = Who(user="U0ANA", channel="C0CALLS")


@pytest.fixture
def patience() -> timedelta:
    return timedelta(milliseconds=100)


@pytest.fixture
def waiting_room(phones: FakePhones) -> asyncio.Event:
    """The PBX hangs until it is set."""
    phones.hang = asyncio.Event()
    return phones.hang


async def broken_status() -> Status:
    raise ArchiveError("The database is locked by another process.")


async def broken_resume(_: str) -> bool:
    raise ArchiveError("The database is locked by another process.")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("", "Latest recordings · 1–10 of 25", id="nothing: the latest ten"),
        pytest.param("latest 3 sort:id order:asc", "Recordings by number, lowest first · 1–3 of 25", id="as typed"),
        pytest.param("latest 3 page:99", "There is nothing on page 99: 25 recordings in all.", id="past the end"),
        pytest.param("id:600..614", "Recordings 600 to 614 · 1–10 of 15", id="certain numbers"),
        pytest.param("id:700..714", "There are no recordings from 700 to 714", id="none of certain numbers"),
        pytest.param("show 614", "Recording 614", id="one"),
        pytest.param("show 7", "There is no recording 7", id="none of that number"),
        pytest.param("status", "No channel is told of new recordings.", id="status"),
        pytest.param("help", "show 624", id="help"),
        pytest.param("help filters", "type:inbound", id="all filters"),
        pytest.param("search evelyn", "· 1–10 of 25", id="a search"),
        pytest.param("5566 type:inbound", "none", id="a search in vain"),
        pytest.param("with:<@U0ANA|ana>", "Calls with 5566 · 1–10 of 25", id="somebody who is mentioned"),
        pytest.param("with:<@U0LEO|leo>", "I do not know the extension", id="somebody without an extension"),
        pytest.param("stats", "All recordings · 25", id="statistics"),
        pytest.param("latest 10 sort:tme", "Did you mean /recordings latest 10 sort:time", id="a slip"),
        pytest.param("<!channel> “sort:time”", "none", id="hostile and curly"),
    ],
)
async def test_what_is_typed_is_answered(desk: Desk, phones: FakePhones, line: str, said: str) -> None:
    phones.add(range(600, 625))
    await desk.line("latest 100", ANA)  # the archive, which answers what the PBX cannot, learns of them
    assert said in (await desk.line(line, ANA)).message.text


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        pytest.param(PbxUnreachable("no route"), "The PBX does not answer just now.", id="away"),
        pytest.param(PbxForbidden("no", errcode=10005), "does not allow me to read recordings", id="not allowed"),
        pytest.param(BotError("odd"), "it is my fault", id="a fault of ours"),
    ],
)
@pytest.mark.parametrize("line", ["latest", "show 614"])
async def test_a_failure_with_nothing_in_the_archive_is_told_with_a_reference(
    desk: Desk, phones: FakePhones, line: str, failure: BotError, said: str
) -> None:
    phones.failure = failure
    with capture_logs() as lines:
        answer = await desk.line(line, ANA)
    assert said in answer.message.text
    assert REFERENCE in answer.message.text
    assert [logged["reference"] for logged in lines] == [REFERENCE]


@pytest.mark.parametrize("line", ["latest", "show 614"])
async def test_the_archive_stands_in_for_a_pbx_that_hangs(desk: Desk, phones: FakePhones, line: str) -> None:
    phones.add([614])
    await desk.line("latest", ANA)
    phones.hang = asyncio.Event()
    assert "PBX slow to answer, as of" in (await desk.line(line, ANA)).message.text


@pytest.mark.parametrize("line", ["latest", "show 614"])
async def test_an_answer_is_waited_for_when_the_archive_has_none(
    desk: Desk, phones: FakePhones, waiting_room: asyncio.Event, patience: timedelta, line: str
) -> None:
    phones.add([614])
    answer = asyncio.create_task(desk.line(line, ANA))
    await asyncio.sleep(2 * patience.total_seconds())
    assert not answer.done()
    waiting_room.set()
    assert "as of" not in (await answer).message.text


@pytest.mark.usefixtures("waiting_room")
async def test_the_wait_ends(backroom: Backroom) -> None:
    short = timedelta(milliseconds=5)
    desk = Desk(backroom, lambda: REFERENCE, patience=short, long_patience=short)
    assert "The PBX does not answer just now." in (await desk.line("latest", ANA)).message.text


async def test_a_database_that_fails_is_told(backroom: Backroom) -> None:
    desk = Desk(replace(backroom, status=broken_status, resume=broken_resume), lambda: REFERENCE)
    with capture_logs():
        assert REFERENCE in (await desk.line("status", ANA)).message.text
        assert REFERENCE in (await desk.resume(str(values.write_resume("C0CALLS")))).text


async def test_a_turn_leads_to_the_rows_beside_the_anchor(desk: Desk, phones: FakePhones) -> None:
    phones.add(range(600, 625))
    value = values.write_page(values.PageValue("latest 10 sort:time order:desc", TURN))
    assert value
    answer = await desk.turn(value, ANA)
    assert "· 12–21 of 25" in answer.text


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="none"),
        pytest.param("page 2", id="of a time before versions"),
        pytest.param('{"v":99,"id":614}', id="of a later version"),
    ],
)
async def test_a_value_that_is_not_understood_is_too_old(desk: Desk, value: str) -> None:
    too_old = messages.too_old()
    answers = [await desk.turn(value, ANA), await desk.open(value, ANA), await desk.resume(value)]
    assert [*answers, (await desk.run(value, ANA)).message] == [too_old] * 4
    assert await desk.share(value, ANA) is None


@pytest.mark.parametrize("query", ["latst", "help"], ids=["unknown words", "no listing"])
async def test_a_turn_of_a_query_that_is_not_understood_is_too_old(desk: Desk, query: str) -> None:
    assert await desk.turn(values.write_page(values.PageValue(query, TURN)) or "", ANA) == messages.too_old()


async def test_a_line_offered_is_run(desk: Desk, phones: FakePhones) -> None:
    phones.add([614])
    assert "Recording 614" in (await desk.run(values.write_run("show 614") or "", ANA)).message.text


async def test_certain_numbers_are_turned_like_any_listing(desk: Desk, phones: FakePhones) -> None:
    phones.add(range(600, 625))
    await desk.line("latest 100", ANA)
    turn = Cursor(side=Side.AFTER, id=605, at=recording(605).started_at, position=10)
    value = values.write_page(values.PageValue("latest 10 sort:time id:600..614", turn))
    assert "Recordings 600 to 614 · 11–15 of 15" in (await desk.turn(value or "", ANA)).text


async def test_a_paused_channel_is_tried_again_at_once(
    desk: Desk, outbox: SqlOutbox, archive: SqlArchive, clock: FakeClock
) -> None:
    await archive.set_baseline((), baseline=0, total=0, now=clock.now())
    await outbox.subscribe("T0DEMO", "C0CALLS", now=clock.now())
    pressed = str(values.write_resume("C0CALLS"))
    assert await desk.resume(pressed) == messages.resumed(found=False)
    post = await outbox.claim_next("C0CALLS", now=clock.now())
    assert post
    closed = Retry(at=clock.now() + CLOSED_PAUSE, pauses="not_in_channel")
    await outbox.failed(post, closed, problem="not in channel", now=clock.now())
    assert await outbox.due_channels(now=clock.now()) == ()
    assert await desk.resume(pressed) == messages.resumed(found=True)
    assert await outbox.due_channels(now=clock.now()) == ("C0CALLS",)


async def test_a_list_is_shared_as_it_was_shown(desk: Desk, archive: SqlArchive, clock: FakeClock) -> None:
    rows = [recording(613), recording(614)]
    await archive.set_baseline(rows, baseline=614, total=2, now=clock.now())
    shared = await desk.share(values.write_share(SHARED) or "", ANA)
    assert shared
    assert "Shared by <@U0ANA>" in shared.text
    assert "1–2 of 2" in shared.text


async def test_a_share_tells_where_in_its_list_it_stood(desk: Desk, archive: SqlArchive, clock: FakeClock) -> None:
    await archive.set_baseline([recording(613), recording(614)], baseline=614, total=2, now=clock.now())
    value = replace(SHARED, query="search evelyn", first=11, total=1_000, is_least=True)
    shared = await desk.share(values.write_share(value) or "", ANA)
    assert shared
    assert "· 11–12 of more than 1,000" in shared.text


async def test_a_list_of_a_question_that_is_not_understood_any_more_is_shared_all_the_same(
    desk: Desk, archive: SqlArchive, clock: FakeClock
) -> None:
    await archive.set_baseline([recording(613), recording(614)], baseline=614, total=2, now=clock.now())
    shared = await desk.share(values.write_share(replace(SHARED, query="latst")) or "", ANA)
    assert shared
    assert shared.text.startswith("Latest recordings · 1–2 of 2")


async def test_one_recording_is_shared_in_full(desk: Desk, archive: SqlArchive, clock: FakeClock) -> None:
    await archive.set_baseline([recording(613), recording(614)], baseline=614, total=2, now=clock.now())
    shared = await desk.share(values.write_share(values.ShareValue(ids=(614,))) or "", ANA)
    assert shared
    assert shared.text.splitlines()[:2] == ["Recording 614", "Shared by <@U0ANA> · /recordings show 614"]


LEO = Who(user="U0LEO", channel="C0CALLS")


@pytest.mark.parametrize(
    ("who", "day"),
    [pytest.param(ANA, "25 Nov", id="in Zurich it is tomorrow"), pytest.param(LEO, "24 Nov", id="in UTC it is not")],
)
@pytest.mark.parametrize("line", ["on:today", "stats on:today"])
async def test_a_day_is_the_askers_own(
    desk: Desk, phones: FakePhones, clock: FakeClock, line: str, who: Who, day: str
) -> None:
    clock.time = NOON + timedelta(hours=11, minutes=30)
    answer = await desk.line(line, who)
    assert answer.message.text.startswith(f"Calls on {day} 2026 ·")


@pytest.mark.parametrize(
    ("who", "hour"),
    [pytest.param(ANA, "23:00–24:00", id="in Zurich"), pytest.param(LEO, "22:00–23:00", id="in UTC")],
)
async def test_hours_are_counted_in_the_askers_zone(desk: Desk, phones: FakePhones, who: Who, hour: str) -> None:
    phones.add(range(600, 625))
    assert f"Busiest hour: {hour} with 25" in (await desk.line("stats by:hour", who)).message.text


@pytest.mark.parametrize(
    ("who", "since"),
    [pytest.param(ANA, "19 Nov", id="in Zurich it is tomorrow"), pytest.param(LEO, "18 Nov", id="in UTC it is not")],
)
async def test_what_would_be_found_is_looked_for_in_the_askers_days(
    desk: Desk, phones: FakePhones, clock: FakeClock, who: Who, since: str
) -> None:
    clock.time = NOON + timedelta(hours=11, minutes=30)
    phones.rows = [recording(614, started_at=NOON - timedelta(days=4))]
    await desk.line("latest", who)
    assert f"1 call since {since} 2026" in (await desk.line("on:today", who)).message.text


async def test_what_is_shared_is_told_in_the_zone_of_who_shares_it(
    desk: Desk, archive: SqlArchive, clock: FakeClock
) -> None:
    await archive.set_baseline([recording(613), recording(614)], baseline=614, total=2, now=clock.now())
    value = replace(SHARED, query=line_of(Query(spans=(TimeRange(start=NOON),))))
    shared = await desk.share(values.write_share(value) or "", ANA)
    assert shared
    assert shared.text.startswith("Calls since 24 Nov 2026 13:00 ·")


async def test_the_other_calls_of_a_recording_are_told_in_the_askers_zone(desk: Desk, phones: FakePhones) -> None:
    phones.add([613, 614])
    await desk.line("latest", ANA)
    (menu,) = [node for node in nodes((await desk.line("show 614", ANA)).message.blocks) if "options" in node]
    assert [option["text"]["text"][-3:] for option in menu["options"]] == ["CET"]


async def test_what_the_archive_does_not_hold_is_not_shared(desk: Desk) -> None:
    assert await desk.share(values.write_share(SHARED) or "", ANA) is None


@pytest.mark.parametrize(
    ("problem", "event"),
    [
        pytest.param(ArchiveError("locked"), "share_without_archive", id="a locked database"),
        pytest.param(ZeroDivisionError(), "share_failed", id="a fault of ours"),
    ],
)
async def test_a_share_that_fails_is_no_exception(backroom: Backroom, problem: Exception, event: str) -> None:
    desk = Desk(replace(backroom, lookup=BrokenLookup(problem)), lambda: REFERENCE)
    with capture_logs() as lines:
        assert await desk.share(values.write_share(SHARED) or "", ANA) is None
    assert [line["event"] for line in lines] == [event]


class BrokenLookup(Lookup):
    """Its archive fails."""

    def __init__(self, problem: Exception) -> None:
        self._problem = problem

    async def shown(self, asker: Asker, ids: tuple[int, ...]) -> tuple[()]:
        raise self._problem


async def test_a_database_without_tables_is_an_answer(backroom: Backroom, phones: FakePhones, clock: FakeClock) -> None:
    phones.failure = PbxUnreachable("no route")
    async with open_database("sqlite://") as database:
        archive = SqlArchive(database, site="main")
        lookup = Lookup(phones, archive, PbxActivity(), clock, nudge=lambda: None)
        desk = Desk(replace(backroom, lookup=lookup), lambda: REFERENCE)
        with capture_logs():
            assert REFERENCE in (await desk.line("latest", ANA)).message.text
            assert "show 614" in (await desk.line("help", ANA)).message.text, "the usual examples"


async def test_a_chart_follows_the_figures(desk: Desk, phones: FakePhones, charts: FakeCharts) -> None:
    phones.add(range(600, 625))
    answer = await desk.line("stats by:hour", ANA)
    assert charts.sent == []
    assert answer.later is not None
    assert (await answer.later()).text == "The chart is in your direct messages."
    ((tally, user),) = charts.sent
    assert (tally.by, tally.total, user) == (GroupBy.HOUR, 25, "U0ANA")
    assert charts.zones == [ZoneInfo("Europe/Zurich")]


async def test_where_there_is_nothing_to_draw_nothing_follows(desk: Desk) -> None:
    assert (await desk.line("stats", ANA)).later is None
    assert (await desk.line("latest", ANA)).later is None


async def test_an_empty_answer_offers_the_nearest_question_that_finds_something(desk: Desk, phones: FakePhones) -> None:
    phones.add(range(600, 625))
    empty = await desk.line("from:evelyn on:today", ANA)
    assert [values.read_run(found) for found in pressed(empty.message)] == ["latest 10 sort:time from:evelyn"]


def pressed(message: Message) -> list[str]:
    """What the message's buttons carry."""
    elements = [element for block in message.blocks for element in block["elements"]]
    return [element["value"] for element in elements if element["type"] == "button"]
