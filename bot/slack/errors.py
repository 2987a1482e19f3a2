"""What a failed call to Slack means: one table from Slack's error codes to our errors."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.domain.delivery import Impact
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
from bot.text.remedies import SLACK_PROBLEMS, SlackProblem


@dataclass(frozen=True, slots=True)
class Rule:
    """What a group of Slack's error codes means for a post."""

    error: type[SlackError]
    stops: Impact
    codes: frozenset[str]
    """Source: Slack, "chat.postMessage", Errors."""


RULES = (
    Rule(SlackBusy, Impact.NOTHING, frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})),
    Rule(
        SlackUnreachable,
        Impact.NOTHING,
        frozenset(
            {
                "accesslimited",
                "deprecated_endpoint",
                "enterprise_is_restricted",
                "method_deprecated",
                "org_login_required",
                "service_unavailable",
                "team_added_to_org",
            }
        ),
    ),
    Rule(SlackOutcomeUnknown, Impact.NOTHING, frozenset({"internal_error", "fatal_error", "request_timeout"})),
    Rule(
        ChannelClosed,
        Impact.CHANNEL,
        frozenset(
            {
                "access_denied",
                "channel_not_found",
                "ekm_access_denied",  # the keys may be withdrawn for one channel
                "external_channel_migrating",
                "is_archived",
                "messages_tab_disabled",
                "not_in_channel",
                "posting_to_channel_denied",
                "restricted_action",
                "restricted_action_non_threadable_channel",
                "restricted_action_read_only_channel",
                "restricted_action_thread_locked",
                "restricted_action_thread_only_channel",
            }
        ),
    ),
    # Each kind of channel has scopes of its own, so a missing scope stops no channel of another kind.
    Rule(SlackScopeMissing, Impact.CHANNEL, frozenset({"missing_scope", "no_permission"})),
    Rule(
        SlackLoginRefused,
        Impact.EVERYTHING,
        frozenset(
            {
                "account_inactive",
                "invalid_auth",
                "not_allowed_token_type",
                "not_authed",
                "team_access_not_granted",
                "token_expired",
                "token_revoked",
                "two_factor_setup_required",
            }
        ),
    ),
    Rule(MessageRefused, Impact.MESSAGE, frozenset()),  # any other code: a fault of the message that we built
)
"""The errors of a post. A code in no rule belongs to the last one."""

_KINDS = {code: rule.error for rule in RULES for code in rule.codes}

USUAL_PAUSE = timedelta(seconds=30)
"""The pause after a rate limit without a `Retry-After`."""
LONGEST_PAUSE = timedelta(days=1)
"""Limits a `Retry-After` that is wrong."""
SLOW_SETTLE = timedelta(seconds=15)
"""How long Slack may still work on a request after our time-out."""


def read_retry_after(retry_after: str | None) -> timedelta:
    """Return the pause of a `Retry-After` header, in whole seconds; USUAL_PAUSE when it cannot be read."""
    seconds = retry_after or ""
    return min(timedelta(seconds=int(seconds)), LONGEST_PAUSE) if re.fullmatch("[0-9]{1,9}", seconds) else USUAL_PAUSE


def slack_error(error: Exception, what: str) -> SlackError:
    """Return our error for what slack-sdk or aiohttp raised during `what`."""
    match error:
        case SlackApiError():
            return _refused(error, what)
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return SlackUnreachable(f"Slack cannot be reached for {what}")
        case TimeoutError():
            return SlackOutcomeUnknown(f"Slack did not answer {what} in time", settle=SLOW_SETTLE)
        case _:
            return SlackOutcomeUnknown(f"the connection to Slack broke during {what} ({type(error).__name__})")


@contextmanager
def slack_errors(what: str) -> Iterator[None]:
    """Replace what slack-sdk or aiohttp raises inside the block, during `what`, by a SlackError."""
    try:
        yield
    except Exception as error:
        raise slack_error(error, what) from error


def _refused(error: SlackApiError, what: str) -> SlackError:
    status, code = _status(error), _code(error)
    remedy = SLACK_PROBLEMS.get(code, SlackProblem()).admin_action
    message = f"Slack refuses {what} ({code or status})" + (f": {remedy}" if remedy else "")
    kind = _KINDS.get(code, MessageRefused)
    if status == 429 or kind is SlackBusy:  # noqa: PLR2004 - HTTP's own number
        return SlackBusy(f"Slack limits {what}", code=code or "ratelimited", retry_after=_retry_after(error))
    if kind is SlackUnreachable:
        return SlackUnreachable(message, code=code)
    if kind is SlackOutcomeUnknown or status >= 500 or not code:  # noqa: PLR2004 - HTTP's own number
        return SlackOutcomeUnknown(f"Slack failed at {what} ({code or status})", code=code)
    return kind(message + _details(error), code=code)


def _code(error: SlackApiError) -> str:
    data = getattr(error.response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    return code if isinstance(code, str) else ""


def _status(error: SlackApiError) -> int:
    status = getattr(error.response, "status_code", None) or getattr(error.response, "status", None)
    return status if isinstance(status, int) else 0


def _retry_after(error: SlackApiError) -> timedelta:
    headers = getattr(error.response, "headers", None) or {}
    return read_retry_after(headers.get("Retry-After") or headers.get("retry-after"))


def _details(error: SlackApiError) -> str:
    """Return where the fault is in the blocks, from `response_metadata.messages`."""
    data = getattr(error.response, "data", None)
    metadata = data.get("response_metadata") if isinstance(data, dict) else None
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    return f": {'; '.join(map(str, messages))[:500]}" if isinstance(messages, list) and messages else ""
