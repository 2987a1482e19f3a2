"""Answers by response_url: told at once, after Slack's own pause, or not at all, and the URL never in the log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs

from bot.demo.slack import BOT_TOKEN, SlackStandIn
from bot.errors import MessageRefused
from bot.serving import serving
from bot.slack.clients import Clients, open_clients
from bot.slack.errors import USUAL_PAUSE
from bot.slack.features.announcements import welcome
from bot.slack.replies import MOST_TRIES, UNREACHED_PAUSE, Replies

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANA, GENERAL = "U0ANA", "C0GENERAL"


class Pauses(list[float]):
    """Sleeps nothing and notes how long it was told to, in seconds."""

    async def sleep(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def replies(clients: Clients, pauses: Pauses) -> Replies:
    return Replies(clients.session, sleep=pauses.sleep)


@pytest.fixture
def url(slack: SlackStandIn) -> str:
    """As it comes with a command."""
    return f"{slack.url}/respond/{slack.links.response_url(ANA, GENERAL, None)}"


@asynccontextmanager
async def answering(*statuses: int, retry_after: str | None = None) -> AsyncIterator[str]:
    """An address that answers with these statuses in turn, and with the last one for ever."""
    left = list(statuses)
    headers = {} if retry_after is None else {"Retry-After": retry_after}

    async def answer(_request: Request) -> Response:
        status = left.pop(0) if len(left) > 1 else left[0]
        return PlainTextResponse(str(status), status, headers if status == 429 else {})

    async with serving(Starlette(routes=[Route("/secret", answer, methods=["POST"])]), lifespan="off") as port:
        yield f"http://127.0.0.1:{port}/secret"


async def test_an_answer_is_for_the_asker_alone(slack: SlackStandIn, replies: Replies, url: str) -> None:
    assert await replies.add(url, welcome())
    (shown,) = slack.ephemerals(ANA, GENERAL)
    assert shown["text"] == welcome().text
    assert shown["blocks"]
    assert slack.posts(GENERAL) == []


async def test_an_answer_may_be_for_all(slack: SlackStandIn, replies: Replies, url: str) -> None:
    assert await replies.publish(url, welcome())
    assert [message["text"] for message in slack.posts(GENERAL)] == [welcome().text]


async def test_an_answer_needs_no_membership(slack: SlackStandIn, replies: Replies) -> None:
    url = f"{slack.url}/respond/{slack.links.response_url(ANA, 'C0LOBBY', None)}"
    assert await replies.add(url, welcome())
    assert len(slack.ephemerals(ANA, "C0LOBBY")) == 1


async def test_slacks_pause_is_obeyed(replies: Replies, pauses: Pauses) -> None:
    async with answering(429, 200, retry_after="7") as url:
        assert await replies.add(url, welcome())
    assert pauses == [7]


async def test_a_limit_without_a_pause_gets_ours(replies: Replies, pauses: Pauses) -> None:
    async with answering(429, 200) as url:
        assert await replies.add(url, welcome())
    assert pauses == [USUAL_PAUSE.total_seconds()]


async def test_a_limit_that_does_not_end_ends_the_tries(replies: Replies, pauses: Pauses) -> None:
    async with answering(429, retry_after="7") as url:
        assert not await replies.add(url, welcome())
    assert pauses == [7] * (MOST_TRIES - 1)


async def test_nobody_there_is_tried_again(replies: Replies, pauses: Pauses, unused_tcp_port: int) -> None:
    assert not await replies.add(f"http://127.0.0.1:{unused_tcp_port}/secret", welcome())
    assert pauses == [UNREACHED_PAUSE.total_seconds()] * (MOST_TRIES - 1)


@asynccontextmanager
async def hanging() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """An address that answers at the end of the block, and what tells that somebody has asked there."""
    asked, over = asyncio.Event(), asyncio.Event()

    async def answer(_request: Request) -> Response:
        asked.set()
        await over.wait()
        return PlainTextResponse("ok")

    async with serving(Starlette(routes=[Route("/secret", answer, methods=["POST"])]), lifespan="off") as port:
        yield f"http://127.0.0.1:{port}/secret", asked
        over.set()


async def test_a_connection_that_is_not_there_in_time_is_tried_again(pauses: Pauses) -> None:
    """Nothing was sent: aiohttp gives up while it still waits for the only connection."""
    only_one, patience = aiohttp.TCPConnector(limit=1), aiohttp.ClientTimeout(connect=0.01)
    async with aiohttp.ClientSession(connector=only_one, timeout=patience) as session, hanging() as (url, asked):
        busy = asyncio.create_task(session.post(url))
        await asked.wait()
        assert not await Replies(session, sleep=pauses.sleep).add(url, welcome())
        busy.cancel()
    assert pauses == [1, 1]


async def test_an_answer_that_does_not_come_in_time_is_not_sent_again(pauses: Pauses) -> None:
    patience = aiohttp.ClientTimeout(total=0.05)
    async with aiohttp.ClientSession(timeout=patience) as session, hanging() as (url, _):
        assert not await Replies(session, sleep=pauses.sleep).add(url, welcome())
    assert pauses == []


async def test_an_answer_that_may_have_arrived_is_not_sent_again(
    slack: SlackStandIn, replies: Replies, pauses: Pauses, url: str
) -> None:
    slack.faults.down = True
    assert not await replies.publish(url, welcome())
    assert pauses == []


@pytest.mark.parametrize("status", [400, 404, 410, 500, 503])
async def test_a_refusal_is_logged_without_the_url(replies: Replies, pauses: Pauses, status: int) -> None:
    with capture_logs() as lines:
        async with answering(status) as url:
            assert not await replies.add(url, welcome())
    assert lines == [{"event": "reply_failed", "log_level": "warning", "reason": f"{status} {status}"}]
    assert pauses == []


@pytest.mark.parametrize("status", [400, 200])
async def test_refused_blocks_are_told_from_other_failures(replies: Replies, pauses: Pauses, status: int) -> None:
    """Slack names the error in the body, as a word or as JSON."""

    async def answer(_request: Request) -> Response:
        body = "invalid_blocks" if status == 400 else '{"ok": false, "error": "invalid_blocks"}'
        return PlainTextResponse(body, status)

    async with serving(Starlette(routes=[Route("/secret", answer, methods=["POST"])]), lifespan="off") as port:
        with capture_logs(), pytest.raises(MessageRefused):
            await replies.add(f"http://127.0.0.1:{port}/secret", welcome())
    assert pauses == []


async def test_a_url_that_is_used_up(slack: SlackStandIn, replies: Replies, url: str) -> None:
    for _ in range(5):
        assert await replies.add(url, welcome())
    with capture_logs() as lines:
        assert not await replies.add(url, welcome())
    assert [line["reason"] for line in lines] == ["404 used_url"]
    assert len(slack.ephemerals(ANA, GENERAL)) == 5


async def test_an_answer_that_comes_after_the_end_is_given_up(slack: SlackStandIn, url: str) -> None:
    async with open_clients(BOT_TOKEN, f"{slack.url}/api/") as clients:
        replies = Replies(clients.session)
    with capture_logs() as lines:
        assert not await replies.add(url, welcome())
    assert [line["reason"] for line in lines] == ["the bot is stopping"]


async def test_a_url_that_has_expired(slack: SlackStandIn, replies: Replies) -> None:
    with capture_logs() as lines:
        assert not await replies.add(f"{slack.url}/respond/0", welcome())
    assert [line["reason"] for line in lines] == ["404 expired_url"]
