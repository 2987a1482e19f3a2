"""Whatever is typed or pressed, and whatever fails behind it, becomes a message."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck
from structlog.testing import capture_logs

from bot.archive import SqlArchive, SqlOutbox, open_database
from bot.domain.access import Asker
from bot.domain.delivery import CLOSED_PAUSE, Retry
from bot.domain.query import Cursor, Query, Side
from bot.domain.status import PbxActivity, Status
from bot.domain.time_range import TimeRange
from bot.errors import ArchiveError, BotError, PbxForbidden, PbxUnreachable
from bot.language.grammar import ListCommand
from bot.language.writing import line_of
from bot.services.lookup import Lookup
from bot.slack.answering import Answer, Answering, Body, Feature, Send, Services, failed, pbx_problem, too_old
from bot.slack.blocks.message import Message
from bot.slack.blocks.values import LIST, OPEN, RUN, SHARE, ButtonValue, SharedAnswer
from bot.slack.features import alerts, share
from bot.slack.features.alerts import RESUME
from bot.slack.features.listing import NEXT, PREVIOUS
from bot.slack.replies import Replies
from tests.slack.conftest import answering_with
from tests.slack.limits import nodes
from tests.stage import NOON, FakeClock, FakePhones, recording

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFERENCE = "k3x9"
SHARED = SharedAnswer(ids=(613, 614), query="latest 2 sort:time order:desc", first=1, total=2)
TURN = Cursor(side=Side.AFTER, id=614, at=recording(614).started_at, position=11)

ANA = {"user_id": "U0ANA"}


async def typed(answering: Answering, line: str, who: Body) -> Message:
    """What is answered to a line."""
    answer = await answering.answer_command({**who, "text": line})
    assert answer
    assert answer.message
    return answer.message


async def pressed(answering: Answering, button: ButtonValue[Any], value: str) -> Message:
    """What is answered to Ana's press on a button."""
    answer = await answering.answer_button(button, value, ANA)
    assert answer
    assert answer.message
    return answer.message


SHORT_PATIENCE = pytest.mark.parametrize("patience", [timedelta(milliseconds=100)])


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
async def test_what_is_typed_is_answered(answering: Answering, phones: FakePhones, line: str, said: str) -> None:
    phones.add(range(600, 625))
    await typed(answering, "latest 100", ANA)  # the archive, which answers what the PBX cannot, learns of them
    assert said in (await typed(answering, line, ANA)).text


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
    answering: Answering, phones: FakePhones, line: str, failure: BotError, said: str
) -> None:
    phones.failure = failure
    with capture_logs() as lines:
        answer = await typed(answering, line, ANA)
    assert said in answer.text
    assert REFERENCE in answer.text
    assert [logged["reference"] for logged in lines] == [REFERENCE]


@SHORT_PATIENCE
@pytest.mark.parametrize("line", ["latest", "show 614"])
async def test_the_archive_stands_in_for_a_pbx_that_hangs(answering: Answering, phones: FakePhones, line: str) -> None:
    phones.add([614])
    await typed(answering, "latest", ANA)
    phones.hang = asyncio.Event()
    assert "PBX slow to answer, as of" in (await typed(answering, line, ANA)).text


@SHORT_PATIENCE
@pytest.mark.parametrize("line", ["latest", "show 614"])
async def test_an_answer_is_waited_for_when_the_archive_has_none(
    answering: Answering, phones: FakePhones, waiting_room: asyncio.Event, patience: timedelta, line: str
) -> None:
    phones.add([614])
    answer = asyncio.create_task(typed(answering, line, ANA))
    await asyncio.sleep(2 * patience.total_seconds())
    assert not answer.done()
    waiting_room.set()
    assert "as of" not in (await answer).text


@pytest.mark.usefixtures("waiting_room")
async def test_the_wait_ends(services: Services) -> None:
    short = timedelta(milliseconds=5)
    answering = answering_with(replace(services, patience=short, long_patience=short))
    assert "The PBX does not answer just now." in (await typed(answering, "latest", ANA)).text


async def test_a_database_that_fails_is_told(services: Services) -> None:
    answering = answering_with(replace(services, status=broken_status, resume=broken_resume))
    with capture_logs():
        assert REFERENCE in (await typed(answering, "status", ANA)).text
        assert REFERENCE in (await pressed(answering, RESUME, RESUME.write("C0CALLS"))).text


async def test_a_turn_leads_to_the_rows_beside_the_anchor(answering: Answering, phones: FakePhones) -> None:
    phones.add(range(600, 625))
    value = NEXT.write(("latest 10 sort:time order:desc", TURN))
    assert value
    answer = await pressed(answering, NEXT, value)
    assert "· 12–21 of 25" in answer.text


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="none"),
        pytest.param("page 2", id="of a time before versions"),
        pytest.param('{"v":99,"id":614}', id="of a later version"),
    ],
)
async def test_a_value_that_is_not_understood_is_too_old(answering: Answering, value: str) -> None:
    for button in (NEXT, PREVIOUS, OPEN, RESUME, RUN, LIST, SHARE):
        assert await pressed(answering, button, value) == too_old()


@pytest.mark.parametrize("query", ["latst", "help"], ids=["unknown words", "no listing"])
async def test_a_turn_of_a_query_that_is_not_understood_is_too_old(answering: Answering, query: str) -> None:
    assert await pressed(answering, NEXT, NEXT.write((query, TURN))) == too_old()


async def test_a_line_offered_is_run(answering: Answering, phones: FakePhones) -> None:
    phones.add([614])
    assert "Recording 614" in (await pressed(answering, RUN, RUN.write("show 614"))).text


async def test_certain_numbers_are_turned_like_any_listing(answering: Answering, phones: FakePhones) -> None:
    phones.add(range(600, 625))
    await typed(answering, "latest 100", ANA)
    turn = Cursor(side=Side.AFTER, id=605, at=recording(605).started_at, position=10)
    value = NEXT.write(("latest 10 sort:time id:600..614", turn))
    assert "Recordings 600 to 614 · 11–15 of 15" in (await pressed(answering, NEXT, value)).text


async def test_a_paused_channel_is_tried_again_at_once(
    answering: Answering, outbox: SqlOutbox, archive: SqlArchive, clock: FakeClock
) -> None:
    await archive.set_baseline((), baseline=0, total=0, now=clock.now())
    await outbox.subscribe("T0DEMO", "C0CALLS", now=clock.now())
    value = RESUME.write("C0CALLS")
    assert await pressed(answering, RESUME, value) == alerts.resumed(found=False)
    post = await outbox.claim_next("C0CALLS", now=clock.now())
    assert post
    closed = Retry(at=clock.now() + CLOSED_PAUSE, pauses="not_in_channel")
    await outbox.failed(post, closed, problem="not in channel", now=clock.now())
    assert await outbox.due_channels(now=clock.now()) == ()
    assert await pressed(answering, RESUME, value) == alerts.resumed(found=True)
    assert await outbox.due_channels(now=clock.now()) == ("C0CALLS",)


async def test_a_list_is_shared_as_it_was_shown(answering: Answering, archive: SqlArchive, clock: FakeClock) -> None:
    rows = [recording(613), recording(614)]
    await archive.set_baseline(rows, baseline=614, total=2, now=clock.now())
    shared = await pressed(answering, SHARE, SHARE.write(SHARED))
    assert "Shared by <@U0ANA>" in shared.text
    assert "1–2 of 2" in shared.text


async def test_a_share_tells_where_in_its_list_it_stood(
    answering: Answering, archive: SqlArchive, clock: FakeClock
) -> None:
    await archive.set_baseline([recording(613), recording(614)], baseline=614, total=2, now=clock.now())
    value = replace(SHARED, query="search evelyn", first=11, total=1_000, total_is_minimum=True)
    shared = await pressed(answering, SHARE, SHARE.write(value))
    assert "· 11–12 of more than 1,000" in shared.text


async def test_a_list_of_a_question_that_is_not_understood_any_more_is_shared_all_the_same(
    answering: Answering, archive: SqlArchive, clock: FakeClock
) -> None:
    await archive.set_baseline([recording(613), recording(614)], baseline=614, total=2, now=clock.now())
    shared = await pressed(answering, SHARE, SHARE.write(replace(SHARED, query="latst")))
    assert shared.text.startswith("Latest recordings · 1–2 of 2")


async def test_one_recording_is_shared_in_full(answering: Answering, archive: SqlArchive, clock: FakeClock) -> None:
    await archive.set_baseline([recording(613), recording(614)], baseline=614, total=2, now=clock.now())
    shared = await pressed(answering, SHARE, SHARE.write(SharedAnswer(ids=(614,))))
    assert shared.text.splitlines()[:2] == ["Recording 614", "Shared by <@U0ANA> · /recordings show 614"]


LEO = {"user_id": "U0LEO"}


@pytest.mark.parametrize(
    ("body", "user", "workspace"),
    [
        pytest.param({"user_id": "U0ANA", "team_id": "T0DEMO"}, "U0ANA", "T0DEMO", id="flat, as in a command"),
        pytest.param({"user": {"id": "U0LEO"}, "team": {"id": "T0DEMO"}}, "U0LEO", "T0DEMO", id="as in a press"),
        pytest.param({"user": {"id": "U0LEO"}, "team": None}, "U0LEO", "", id="a press in a whole organisation"),
        pytest.param({"user": None, "team": None}, "", "", id="nobody"),
        pytest.param({}, "", "", id="nothing"),
    ],
)
async def test_who_asks_is_read_from_slacks_body(services: Services, body: Body, user: str, workspace: str) -> None:
    asked: list[Asker] = []

    async def listen(asker: Asker, _: object, __: Services) -> Answer:
        asked.append(asker)
        return Answer(message=Message("Thank you."))

    feature = Feature(commands={ListCommand: listen}, buttons={OPEN: listen})
    replies = Replies(services.clients.session)
    answering = Answering([feature], services, replies, new_reference=lambda: REFERENCE)
    await answering.answer_command({**body, "text": "latest"})
    await answering.answer_button(OPEN, OPEN.write(614), body)
    zone = await services.people.zone(user)
    assert [(asker.user, asker.workspace, asker.zone) for asker in asked] == [(user, workspace, zone)] * 2


@pytest.mark.parametrize(
    ("who", "day"),
    [pytest.param(ANA, "25 Nov", id="in Zurich it is tomorrow"), pytest.param(LEO, "24 Nov", id="in UTC it is not")],
)
@pytest.mark.parametrize("line", ["on:today", "stats on:today"])
async def test_a_day_is_the_askers_own(
    answering: Answering, phones: FakePhones, clock: FakeClock, line: str, who: Body, day: str
) -> None:
    clock.time = NOON + timedelta(hours=11, minutes=30)
    answer = await typed(answering, line, who)
    assert answer.text.startswith(f"Calls on {day} 2026 ·")


@pytest.mark.parametrize(
    ("who", "hour"),
    [pytest.param(ANA, "23:00–24:00", id="in Zurich"), pytest.param(LEO, "22:00–23:00", id="in UTC")],
)
async def test_hours_are_counted_in_the_askers_zone(
    answering: Answering, phones: FakePhones, who: Body, hour: str
) -> None:
    phones.add(range(600, 625))
    assert f"Busiest hour: {hour} with 25" in (await typed(answering, "stats by:hour", who)).text


@pytest.mark.parametrize(
    ("who", "since"),
    [pytest.param(ANA, "19 Nov", id="in Zurich it is tomorrow"), pytest.param(LEO, "18 Nov", id="in UTC it is not")],
)
async def test_what_would_be_found_is_looked_for_in_the_askers_days(
    answering: Answering, phones: FakePhones, clock: FakeClock, who: Body, since: str
) -> None:
    clock.time = NOON + timedelta(hours=11, minutes=30)
    phones.rows = [recording(614, started_at=NOON - timedelta(days=4))]
    await typed(answering, "latest", who)
    assert f"1 call since {since} 2026" in (await typed(answering, "on:today", who)).text


async def test_what_is_shared_is_told_in_the_zone_of_who_shares_it(
    answering: Answering, archive: SqlArchive, clock: FakeClock
) -> None:
    await archive.set_baseline([recording(613), recording(614)], baseline=614, total=2, now=clock.now())
    value = replace(SHARED, query=line_of(Query(time_ranges=(TimeRange(start=NOON),))))
    shared = await pressed(answering, SHARE, SHARE.write(value))
    assert shared.text.startswith("Calls since 24 Nov 2026 13:00 ·")


async def test_the_other_calls_of_a_recording_are_told_in_the_askers_zone(
    answering: Answering, phones: FakePhones
) -> None:
    phones.add([613, 614])
    await typed(answering, "latest", ANA)
    (menu,) = [node for node in nodes((await typed(answering, "show 614", ANA)).blocks) if "options" in node]
    assert [option["text"]["text"][-3:] for option in menu["options"]] == ["CET"]


async def test_what_the_archive_does_not_hold_is_not_shared(answering: Answering) -> None:
    assert await pressed(answering, SHARE, SHARE.write(SHARED)) == share.failed()


@pytest.mark.parametrize(
    ("problem", "event", "text"),
    [
        pytest.param(ArchiveError("locked"), "share_without_archive", share.failed().text, id="a locked database"),
        pytest.param(ZeroDivisionError(), "answer_failed", failed(REFERENCE).text, id="a fault of ours"),
    ],
)
async def test_a_share_that_fails_is_no_exception(
    services: Services, problem: Exception, event: str, text: str
) -> None:
    answering = answering_with(replace(services, lookup=BrokenLookup(problem)))
    with capture_logs() as lines:
        assert (await pressed(answering, SHARE, SHARE.write(SHARED))).text == text
    assert [line["event"] for line in lines] == [event]


class BrokenLookup(Lookup):
    """Its archive fails."""

    def __init__(self, problem: Exception) -> None:
        self._problem = problem

    async def shown(self, asker: Asker, ids: tuple[int, ...]) -> tuple[()]:
        raise self._problem


async def test_a_database_without_tables_is_an_answer(services: Services, phones: FakePhones, clock: FakeClock) -> None:
    phones.failure = PbxUnreachable("no route")
    async with open_database("sqlite://") as database:
        archive = SqlArchive(database, site="main")
        lookup = Lookup(phones, archive, PbxActivity(), clock, nudge=lambda: None)
        answering = answering_with(replace(services, lookup=lookup))
        with capture_logs():
            assert REFERENCE in (await typed(answering, "latest", ANA)).text
            assert "show 614" in (await typed(answering, "help", ANA)).text, "the usual examples"


@pytest.mark.parametrize("line", ["stats", "latest"])
async def test_where_there_is_nothing_to_draw_nothing_follows(answering: Answering, line: str) -> None:
    answer = await answering.answer_command({**ANA, "text": line})
    assert answer
    assert answer.later is None


async def test_an_empty_answer_offers_the_nearest_question_that_finds_something(
    answering: Answering, phones: FakePhones
) -> None:
    phones.add(range(600, 625))
    empty = await typed(answering, "from:evelyn on:today", ANA)
    assert [RUN.read(found) for found in button_values(empty)] == ["latest 10 sort:time from:evelyn"]


def button_values(message: Message) -> list[str]:
    """What the message's buttons carry."""
    elements = [element for block in message.blocks for element in block["elements"]]
    return [element["value"] for element in elements if element["type"] == "button"]


class RecordedReplies(Replies):
    """Sends nothing, and remembers what it was asked to send."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def add(self, url: str, message: Message) -> bool:
        self.sent.append(message.text)
        return True


async def progress(send: Send) -> bool:
    await send(Message("Half of it is there."))
    return await send(Message("All of it is there."))


async def progress_until_the_pbx_is_gone(send: Send) -> bool:
    await send(Message("Half of it is there."))
    raise PbxUnreachable("no route")


@pytest.mark.parametrize(
    ("later", "last"),
    [
        pytest.param(progress, "All of it is there.", id="with progress"),
        pytest.param(
            progress_until_the_pbx_is_gone, pbx_problem(PbxUnreachable("no route"), REFERENCE).text, id="an error"
        ),
    ],
)
async def test_several_messages_may_follow_an_answer(
    services: Services, later: Callable[[Send], Awaitable[bool]], last: str
) -> None:
    async def listen(asker: Asker, command: ListCommand, services: Services) -> Answer:
        return Answer(message=Message("I am preparing it."), later=later)

    replies, ack = RecordedReplies(), AsyncAck()  # type: ignore[no-untyped-call]
    answering = Answering([Feature(commands={ListCommand: listen})], services, replies, new_reference=lambda: REFERENCE)
    with capture_logs():
        await answering._on_command(ack, {**ANA, "text": "latest", "response_url": "https://slack.example/secret"})
    assert ack.response
    assert "I am preparing it." in str(ack.response.body)
    assert replies.sent == ["Half of it is there.", last]
