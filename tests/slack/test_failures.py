"""What each of Slack's refusals means for us, and each way in which a call can break."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import (
    ChannelClosed,
    MessageRefused,
    SlackBusy,
    SlackError,
    SlackLoginRefused,
    SlackOutcomeUnknown,
    SlackUnreachable,
)
from bot.slack.failures import (
    BUSY,
    CLOSED,
    LOGIN,
    LONGEST_PAUSE,
    NOT_DONE,
    REMEDIES,
    SLOW_SETTLE,
    UNKNOWN,
    USUAL_PAUSE,
    slack_error,
    told_pause,
)

MEANINGS: dict[frozenset[str], type[SlackError]] = {
    BUSY: SlackBusy,
    NOT_DONE: SlackUnreachable,
    UNKNOWN: SlackOutcomeUnknown,
    LOGIN: SlackLoginRefused,
    CLOSED: ChannelClosed,
    frozenset({"invalid_blocks", "msg_too_long", "an_error_of_next_year"}): MessageRefused,
}
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


@pytest.mark.parametrize(
    ("name", "kind"), [pytest.param(name, kind, id=name) for names, kind in MEANINGS.items() for name in sorted(names)]
)
def test_what_slacks_error_means(name: str, kind: type[SlackError]) -> None:
    error = slack_error(refusal({"ok": False, "error": name}), "chat.postMessage")
    assert type(error) is kind
    assert error.code == name
    assert "chat.postMessage" in str(error)


def test_no_error_means_two_things() -> None:
    tables = (BUSY, NOT_DONE, UNKNOWN, LOGIN, CLOSED)
    assert sum(map(len, tables)) == len(frozenset().union(*tables))
    assert set(REMEDIES) <= LOGIN | CLOSED


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        pytest.param({"ok": False, "error": "ratelimited"}, 429, SlackBusy, id="429"),
        pytest.param({}, 429, SlackBusy, id="429 without a word"),
        pytest.param({"ok": False, "error": "internal_error"}, 500, SlackOutcomeUnknown, id="500"),
        pytest.param({"ok": False, "error": "invalid_auth"}, 502, SlackOutcomeUnknown, id="502, whatever it says"),
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
        pytest.param(None, USUAL_PAUSE, id="no header"),
        pytest.param("", USUAL_PAUSE, id="an empty one"),
        pytest.param("soon", USUAL_PAUSE, id="a word"),
        pytest.param("-5", USUAL_PAUSE, id="the past"),
        pytest.param("999999999", LONGEST_PAUSE, id="thirty years"),
        pytest.param("9" * 5_000, USUAL_PAUSE, id="more digits than Python reads"),
    ],
)
def test_how_long_retry_after_says_to_wait(header: str | None, pause: timedelta) -> None:
    assert told_pause(header) == pause


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


def test_the_place_of_the_fault_in_the_blocks_is_told() -> None:
    told = ["[ERROR] unsupported type: poem [json-pointer:/blocks/0/type]"]
    body = {"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": told}}
    assert "/blocks/0/type" in str(slack_error(refusal(body), "chat.postMessage"))


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
