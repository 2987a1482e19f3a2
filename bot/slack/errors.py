"""What a failed call to Slack means for us: Slack's error names become our errors, in this one table."""

import re
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a group of Slack's error names means for a post. Its words are made to be read in a table."""

    error: type[SlackError]
    stops: Impact
    said: str
    """What people are told."""
    told: str
    """Who hears of it, and when."""
    goes_on: str
    """How it goes on: by itself, or by whose hand."""
    codes: frozenset[str]
    """Slack's names. Source: its method page "chat.postMessage", Errors."""


LASTING = "the channels for alerts, if it lasts for minutes; `status`"
AT_ONCE = "the other channels for alerts, at once; `status`"
OR_PRESS = "tried again every 2 minutes, or at once by the alert's button"
RULES = (
    Rule(
        error=SlackBusy,
        stops=Impact.NOTHING,
        said="nothing: it passes",
        told="nobody",
        goes_on="by itself, after the pause that Slack tells in Retry-After",
        codes=frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"}),
    ),
    Rule(
        error=SlackUnreachable,
        stops=Impact.NOTHING,
        said="“Slack is down” where that can be posted, “Slack is back after …”",
        told=LASTING,
        goes_on="by itself, after 2 s to 5 min",
        codes=frozenset(
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
    Rule(
        error=SlackOutcomeUnknown,
        stops=Impact.NOTHING,
        said="“Slack is down” where that can be posted, “Slack is back after …”",
        told=LASTING,
        goes_on="by itself, after a look whether the message is there",
        codes=frozenset({"internal_error", "fatal_error", "request_timeout"}),
    ),
    Rule(
        error=ChannelClosed,
        stops=Impact.CHANNEL,
        said="“I cannot post in …”, why, and what to do; “I can post again in …”",
        told=AT_ONCE,
        goes_on=OR_PRESS,
        codes=frozenset(
            {
                "access_denied",
                "channel_not_found",
                "ekm_access_denied",  # keys may be withdrawn for one channel; if it is all, each is paused by itself
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
    Rule(
        error=SlackScopeMissing,
        stops=Impact.CHANNEL,  # each kind of channel has scopes of its own: one that lacks holds up no other kind
        said="“I cannot post in …”, and to install the app again; “I can post again in …”",
        told=f"{AT_ONCE}; `doctor` names the scope",
        goes_on=OR_PRESS,
        codes=frozenset({"missing_scope", "no_permission"}),
    ),
    Rule(
        error=SlackLoginRefused,
        stops=Impact.EVERYTHING,
        said="that Slack refuses the token; once it takes it again, “Slack is back after …”",
        told="the log, `/readyz` and `doctor`, at once; the channels for alerts, once it is well",
        goes_on="by itself: one post is tried every 2 minutes, the first that goes through frees the others",
        codes=frozenset(
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
    Rule(
        error=MessageRefused,
        stops=Impact.MESSAGE,
        said="“Recording 614 not posted in …”, and where to see it",
        told="the channels for alerts, if plain text is refused as well; `status`",
        goes_on="by itself: once as plain text, then with the next message",
        codes=frozenset(),  # any other name: a fault of the message we built
    ),
)
"""What becomes of a post that Slack does not take. A name in no rule's codes is the last one's."""

_KINDS = {code: rule.error for rule in RULES for code in rule.codes}

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
    return told_pause(headers.get("Retry-After") or headers.get("retry-after"))


def _details(error: SlackApiError) -> str:
    """Where in the blocks the fault lies; Slack says it in `response_metadata.messages`."""
    data = getattr(error.response, "data", None)
    metadata = data.get("response_metadata") if isinstance(data, dict) else None
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    return f": {'; '.join(map(str, messages))[:500]}" if isinstance(messages, list) and messages else ""
