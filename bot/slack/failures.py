"""What a failed call to Slack means for us: Slack's error names become our errors, in this one table."""

import re
from datetime import timedelta

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.errors import (
    ChannelClosed,
    MessageRefused,
    SlackBusy,
    SlackError,
    SlackLoginRefused,
    SlackOutcomeUnknown,
    SlackUnreachable,
)

BUSY = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
UNKNOWN = frozenset({"internal_error", "fatal_error", "request_timeout"})
NOT_DONE = frozenset({"service_unavailable", "team_added_to_org", "org_login_required", "external_channel_migrating"})
LOGIN = frozenset(
    {
        "account_inactive",
        "ekm_access_denied",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)
CLOSED = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "not_in_channel",
        "posting_to_channel_denied",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
    }
)
"""Source: Slack's method page "chat.postMessage", Errors. Any other name is a fault of the message we built."""

REMEDIES = {
    "channel_not_found": "invite the bot there, or correct the channel",
    "not_in_channel": "invite the bot there",
    "is_archived": "the channel is archived",
    "missing_scope": "install the app again from the manifest",
    "invalid_auth": "check SLACK_BOT_TOKEN",
    "token_revoked": "install the app again and set SLACK_BOT_TOKEN",
    "account_inactive": "install the app again and set SLACK_BOT_TOKEN",
}
USUAL_PAUSE = timedelta(seconds=30)
"""When Slack limits us without saying for how long."""
LONGEST_PAUSE = timedelta(days=1)
"""However long Slack tells: a number gone wrong must not silence the bot for ever."""
SLOW_SETTLE = timedelta(seconds=15)
"""How long Slack may still be busy with a request on which we gave up waiting."""


def told_pause(retry_after: str | None) -> timedelta:
    """How long a `Retry-After` header, in whole seconds, tells us to wait; our own pause when it tells nothing."""
    told = retry_after or ""
    return min(timedelta(seconds=int(told)), LONGEST_PAUSE) if re.fullmatch("[0-9]{1,9}", told) else USUAL_PAUSE


def slack_error(error: Exception, what: str) -> SlackError:
    """Our error for what slack-sdk or aiohttp raised while doing `what`."""
    match error:
        case SlackApiError():
            return _refused(error, what)
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return SlackUnreachable(f"Slack cannot be reached for {what}")
        case TimeoutError():
            return SlackOutcomeUnknown(f"Slack did not answer {what} in time", settle=SLOW_SETTLE)
        case _:
            return SlackOutcomeUnknown(f"the connection to Slack broke during {what} ({type(error).__name__})")


def _refused(error: SlackApiError, what: str) -> SlackError:
    status, code = _status(error), _code(error)
    remedy = f": {REMEDIES[code]}" if code in REMEDIES else ""
    message = f"Slack refuses {what} ({code or status}){remedy}"
    if status == 429 or code in BUSY:  # noqa: PLR2004 - HTTP's own number
        return SlackBusy(f"Slack limits {what}", code=code or "ratelimited", retry_after=_retry_after(error))
    if code in NOT_DONE:
        return SlackUnreachable(message, code=code)
    if code in UNKNOWN or status >= 500 or not code:  # noqa: PLR2004 - HTTP's own number
        return SlackOutcomeUnknown(f"Slack failed at {what} ({code or status})", code=code)
    kind = SlackLoginRefused if code in LOGIN else ChannelClosed if code in CLOSED else MessageRefused
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
    return told_pause(headers.get("Retry-After") or headers.get("retry-after"))


def _details(error: SlackApiError) -> str:
    """Where in the blocks the fault lies; Slack says it in `response_metadata.messages`."""
    data = getattr(error.response, "data", None)
    metadata = data.get("response_metadata") if isinstance(data, dict) else None
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    return f": {'; '.join(map(str, messages))[:500]}" if isinstance(messages, list) and messages else ""
