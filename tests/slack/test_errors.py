"""What each of Slack's refusals means for us, and each way in which a call can break."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.domain.delivery import Impact, stops
from bot.errors import (
    ChannelClosed,
    MessageRefused,
    SlackBusy,
    SlackError,
    SlackLoginRefused,
    SlackOutcomeUnknown,
    SlackScopeMissing,
    SlackUnreachable,
)
from bot.serving import serving
from bot.slack.clients import TIMEOUT, open_clients
from bot.slack.errors import RULES, SLOW_SETTLE, USUAL_PAUSE, Rule, read_retry_after, slack_error
from bot.text.remedies import SLACK_PROBLEMS

OURS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long", "no_text"})
"""Some of what Slack says of a message that we have built wrongly."""
ASKED = {
    "ratelimited": Impact.NOTHING,
    "internal_error": Impact.NOTHING,
    "service_unavailable": Impact.NOTHING,
    "channel_not_found": Impact.CHANNEL,
    "not_in_channel": Impact.CHANNEL,
    "is_archived": Impact.CHANNEL,
    "restricted_action": Impact.CHANNEL,
    "missing_scope": Impact.CHANNEL,
    "token_revoked": Impact.EVERYTHING,
    "account_inactive": Impact.EVERYTHING,
    "invalid_auth": Impact.EVERYTHING,
    "invalid_blocks": Impact.MESSAGE,
    "msg_too_long": Impact.MESSAGE,
    "an_error_of_next_year": Impact.MESSAGE,
}
NAMED = [pytest.param(name, rule, id=name) for rule in RULES for name in sorted(rule.codes or OURS)]
CONNECTION = aiohttp.client_reqrep.ConnectionKey(
    host="slack.test", port=443, is_ssl=True, ssl=True, proxy=None, proxy_auth=None, proxy_headers_hash=None
)


def refusal(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> SlackApiError:
    response = AsyncSlackResponse(
        client=AsyncWebClient(),
        http_verb="POST",
        api_url="https://slack.test/api/chat.postMessage",
        req_args={},
        data=body,
        headers=headers or {},
        status_code=status,
    )
    return SlackApiError("refused", response)  # type: ignore[no-untyped-call]  # the SDK left it untyped


@pytest.mark.parametrize(("name", "rule"), NAMED)
def test_what_slacks_error_means(name: str, rule: Rule) -> None:
    error = slack_error(refusal({"ok": False, "error": name}), "the post")
    assert type(error) is rule.error
    assert error.code == name
    assert "the post" in str(error)


@pytest.mark.parametrize(("name", "reach"), ASKED.items())
def test_how_far_slacks_error_reaches(name: str, reach: Impact) -> None:
    assert stops(slack_error(refusal({"ok": False, "error": name}), "the post")) is reach


@pytest.mark.parametrize(("name", "rule"), NAMED)
def test_the_table_says_what_is_done(name: str, rule: Rule) -> None:
    assert stops(slack_error(refusal({"ok": False, "error": name}), "the post")) is rule.stops


def test_no_name_stands_in_two_rules() -> None:
    names = [name for rule in RULES for name in rule.codes]
    assert len(names) == len(set(names))
    assert not OURS & set(names)


def test_every_kind_of_refusal_has_one_rule() -> None:
    assert [rule.error for rule in RULES] == [
        SlackBusy,
        SlackUnreachable,
        SlackOutcomeUnknown,
        ChannelClosed,
        SlackScopeMissing,
        SlackLoginRefused,
        MessageRefused,
    ]
    assert [rule.error for rule in RULES if not rule.codes] == [MessageRefused]


def test_remedies_are_for_names_in_the_table() -> None:
    assert set(SLACK_PROBLEMS) <= {name for rule in RULES for name in rule.codes}


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        pytest.param({"ok": False, "error": "ratelimited"}, 429, SlackBusy, id="429"),
        pytest.param({}, 429, SlackBusy, id="429 without a word"),
        pytest.param({"ok": False, "error": "internal_error"}, 500, SlackOutcomeUnknown, id="500"),
        pytest.param({"ok": False, "error": "invalid_auth"}, 499, SlackLoginRefused, id="499 is no server error"),
        *(
            pytest.param({"ok": False, "error": "invalid_auth"}, status, SlackOutcomeUnknown, id=f"{status}, any name")
            for status in (500, 501, 502, 503, 504, 511, 599)
        ),
        pytest.param({"ok": False, "error": "internal_error"}, 503, SlackOutcomeUnknown, id="503"),
        pytest.param({"ok": False, "error": "service_unavailable"}, 503, SlackUnreachable, id="503 that did nothing"),
        pytest.param({}, 200, SlackOutcomeUnknown, id="a web page in place of JSON"),
        pytest.param({}, 503, SlackOutcomeUnknown, id="a web page with 503"),
        pytest.param("Bad gateway", 502, SlackOutcomeUnknown, id="plain text"),
        pytest.param(None, 200, SlackOutcomeUnknown, id="nothing at all"),
        pytest.param({"ok": False, "error": 7}, 200, SlackOutcomeUnknown, id="an error that is no name"),
    ],
)
def test_what_a_status_means(body: Any, status: int, kind: type[SlackError]) -> None:
    assert type(slack_error(refusal(body, status), "chat.postMessage")) is kind


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        pytest.param("7", timedelta(seconds=7), id="seconds"),
        pytest.param("0", timedelta(0), id="at once"),
        pytest.param(None, timedelta(seconds=30), id="no header: 30 s"),
        pytest.param("", USUAL_PAUSE, id="an empty one"),
        pytest.param("soon", USUAL_PAUSE, id="a word"),
        pytest.param("-5", USUAL_PAUSE, id="the past"),
        pytest.param("86399", timedelta(seconds=86_399), id="nearly a day"),
        pytest.param("999999999", timedelta(days=1), id="thirty years: a day at most"),
        pytest.param("9" * 5_000, USUAL_PAUSE, id="more digits than Python reads"),
    ],
)
def test_how_long_retry_after_says_to_wait(header: str | None, pause: timedelta) -> None:
    assert read_retry_after(header) == pause


@pytest.mark.parametrize("kind", ["text/html", "application/json", "text/plain"])
async def test_an_answer_that_is_no_json_and_limits_us_carries_its_pause(kind: str) -> None:
    """The SDK raises with a response of its own, or with aiohttp's, by the type of the content."""

    async def limit(_request: Request) -> Response:
        return Response("<p>slow down</p>", 429, {"Retry-After": "31"}, media_type=kind)

    app = Starlette(routes=[Route("/api/chat.postMessage", limit, methods=["POST"])])
    async with serving(app, lifespan="off") as port, open_clients("xoxb-1", f"http://127.0.0.1:{port}/api/") as clients:
        with pytest.raises(SlackApiError) as raised:
            await clients.posts.chat_postMessage(channel="C1", text="x")
    error = slack_error(raised.value, "the post")
    assert isinstance(error, SlackBusy)
    assert (error.code, error.retry_after) == ("ratelimited", timedelta(seconds=31))


@pytest.mark.parametrize("name", ["Retry-After", "retry-after"])
def test_slacks_own_pause_is_carried(name: str) -> None:
    error = slack_error(refusal({"ok": False, "error": "ratelimited"}, 429, {name: "31"}), "chat.postMessage")
    assert isinstance(error, SlackBusy)
    assert error.retry_after == timedelta(seconds=31)


@pytest.mark.parametrize(
    ("raised", "kind", "settle"),
    [
        pytest.param(
            aiohttp.ClientConnectorError(CONNECTION, OSError(111, "refused")),
            SlackUnreachable,
            None,
            id="refused connection",
        ),
        pytest.param(aiohttp.ConnectionTimeoutError(), SlackUnreachable, None, id="no connection in time"),
        pytest.param(TimeoutError(), SlackOutcomeUnknown, SLOW_SETTLE, id="no answer in time"),
        pytest.param(aiohttp.SocketTimeoutError(), SlackOutcomeUnknown, SLOW_SETTLE, id="an answer that stops"),
        pytest.param(
            aiohttp.ServerDisconnectedError(), SlackOutcomeUnknown, timedelta(seconds=2), id="a cut connection"
        ),
        pytest.param(ConnectionResetError(), SlackOutcomeUnknown, timedelta(seconds=2), id="a reset connection"),
        pytest.param(AttributeError("get"), SlackOutcomeUnknown, timedelta(seconds=2), id="the SDK's own confusion"),
    ],
)
def test_what_a_broken_call_means(raised: Exception, kind: type[SlackError], settle: timedelta | None) -> None:
    error = slack_error(raised, "chat.postMessage")
    assert type(error) is kind
    assert getattr(error, "settle", None) == settle


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        pytest.param(["poem [json-pointer:/blocks/0]"], "poem [json-pointer:/blocks/0]", id="one place"),
        pytest.param(["one", "two"], "one; two", id="two places"),
        pytest.param(["x" * 900], "x" * 500, id="a long text is cut"),
    ],
)
def test_the_place_of_the_fault_in_the_blocks_is_told(messages: list[str], told: str) -> None:
    body = {"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": messages}}
    assert str(slack_error(refusal(body), "a post")) == f"Slack refuses a post (invalid_blocks): {told}"


def test_slack_may_still_be_busy_for_longer_than_we_wait() -> None:
    """A look for the post right after our own time-out could miss it."""
    assert SLOW_SETTLE.total_seconds() >= (TIMEOUT.total or 0)


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param(None, id="none"),
        pytest.param({"messages": []}, id="an empty list"),
        pytest.param({"messages": "x"}, id="no list"),
    ],
)
def test_details_may_be_missing(metadata: Any) -> None:
    body = {"ok": False, "error": "invalid_blocks", "response_metadata": metadata}
    assert str(slack_error(refusal(body), "a post")) == "Slack refuses a post (invalid_blocks)"


def test_a_remedy_is_told() -> None:
    error = slack_error(refusal({"ok": False, "error": "not_in_channel"}), "a post")
    assert str(error) == "Slack refuses a post (not_in_channel): invite the bot there"
