"""Pictures in direct messages: there once or not at all, and the address that took them in no error and no log."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.demo.slack import SlackStandIn
from bot.errors import (
    MessageRefused,
    SlackBusy,
    SlackError,
    SlackLoginRefused,
    SlackOutcomeUnknown,
    SlackScopeMissing,
    SlackUnreachable,
)
from bot.serving import serving
from bot.slack.clients import Clients
from bot.slack.picture import Picture
from bot.slack.uploads import Uploads

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANA = "U0ANA"
OPEN, ASK, SHARE = "conversations.open", "files.getUploadURLExternal", "files.completeUploadExternal"
PICTURE = Picture(
    name="recordings-by-hour.png",
    content=b"\x89PNG and so on",
    title="Recordings by hour",
    alt="Bar chart: Recordings by hour",
    words="All recordings &amp; more",
)


@pytest.fixture
def uploads(clients: Clients) -> Uploads:
    return Uploads(clients)


@asynccontextmanager
async def taking_bytes(slack: SlackStandIn, *answers: Response) -> AsyncIterator[list[Request]]:
    """Slack names this place for the bytes; it keeps what comes, and answers with these, each once."""
    came, left = list[Request](), list(answers)

    async def take(request: Request) -> Response:
        came.append(request)
        await request.body()
        return left.pop(0)

    app = Starlette(routes=[Route("/upload/v1/{file}", take, methods=["POST"])])
    async with serving(app, lifespan="off") as port:
        slack.url = f"http://127.0.0.1:{port}"
        yield came


async def test_a_picture_comes_with_title_words_and_alternative_text(slack: SlackStandIn, uploads: Uploads) -> None:
    await uploads.send(ANA, PICTURE)
    (message,) = slack.posts(slack.world.dm(ANA).id)
    (file,) = message["files"]
    assert message["text"] == PICTURE.words
    assert (file["name"], file["title"], file["alt_txt"]) == (PICTURE.name, PICTURE.title, PICTURE.alt)
    assert slack.world.files[file["id"]]["content"] == PICTURE.content
    assert slack.errors == []


async def test_long_words_of_any_script_fit(slack: SlackStandIn, uploads: Uploads) -> None:
    await uploads.send(ANA, replace(PICTURE, alt="山" * 1_000, title="山" * 150, words="山" * 3_900))
    (message,) = slack.posts(slack.world.dm(ANA).id)
    assert len(message["text"]) == 3_900


async def test_the_bytes_go_without_the_token(slack: SlackStandIn, uploads: Uploads) -> None:
    async with taking_bytes(slack, Response("OK")) as came:
        with pytest.raises(MessageRefused, match="file_not_found"):  # the bytes went elsewhere
            await uploads.send(ANA, PICTURE)
    (request,) = came
    assert "authorization" not in request.headers
    assert request.headers["content-type"] == "application/octet-stream"
    assert await request.body() == PICTURE.content


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(Response(status_code=503), SlackUnreachable, id="a fault of Slack's"),
        pytest.param(Response(status_code=413), MessageRefused, id="no to this picture"),
        pytest.param(RedirectResponse("/elsewhere"), MessageRefused, id="another address, which is not followed"),
        pytest.param(Response(status_code=429, headers={"Retry-After": "7"}), SlackBusy, id="not now"),
    ],
)
async def test_bytes_that_are_not_taken_are_not_shared(
    slack: SlackStandIn, uploads: Uploads, answer: Response, error: type[SlackError]
) -> None:
    async with taking_bytes(slack, answer) as came:
        with pytest.raises(error) as caught:
            await uploads.send(ANA, PICTURE)
    assert len(came) == 1
    assert SHARE not in [name for name, _ in slack.requests]
    assert not isinstance(caught.value, SlackBusy) or caught.value.retry_after == timedelta(seconds=7)


async def test_an_address_that_cannot_be_reached_stays_secret(
    slack: SlackStandIn, uploads: Uploads, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with taking_bytes(slack):
        pass
    with pytest.raises(SlackUnreachable) as caught:
        await uploads.send(ANA, PICTURE)
    assert caught.value.__cause__ is None or "/upload/" not in str(caught.value.__cause__)
    assert "/upload/" not in f"{caught.value}{caplog.text}"


@pytest.mark.parametrize(
    ("method", "code", "error"),
    [
        pytest.param(OPEN, "user_disabled", MessageRefused, id="no such person any more"),
        pytest.param(OPEN, "fatal_error", SlackUnreachable, id="nothing is sent yet"),
        pytest.param(ASK, "file_uploads_disabled", MessageRefused, id="no files here"),
        pytest.param(ASK, "missing_scope", SlackScopeMissing, id="a scope is missing"),
        pytest.param(ASK, "internal_error", SlackUnreachable, id="nothing is shared yet"),
        pytest.param(SHARE, "token_revoked", SlackLoginRefused, id="the token was taken away meanwhile"),
        pytest.param(SHARE, "internal_error", SlackOutcomeUnknown, id="perhaps shared"),
    ],
)
async def test_refusals_are_ours(
    slack: SlackStandIn, uploads: Uploads, method: str, code: str, error: type[SlackError]
) -> None:
    slack.faults.error_by_method[method] = code
    with pytest.raises(error) as caught:
        await uploads.send(ANA, PICTURE)
    assert (type(caught.value), caught.value.code) == (error, code)


async def test_what_is_perhaps_shared_is_not_shared_again(slack: SlackStandIn, uploads: Uploads) -> None:
    slack.faults.error_by_method[SHARE] = "internal_error"
    with pytest.raises(SlackOutcomeUnknown):
        await uploads.send(ANA, PICTURE)
    assert [name for name, _ in slack.requests].count(SHARE) == 1
