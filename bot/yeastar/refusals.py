"""What the PBX means when it says no: its errcodes, in the vendor's meaning, as our errors. Pure.

Source: P-Series developer guide, "Error Code and Error Message".
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.errors import (
    PbxAddressBlocked,
    PbxError,
    PbxForbidden,
    PbxLoginRefused,
    PbxNotFound,
    PbxRefused,
)

INTERNAL_ERROR = -2
PROCESSING = 2
INTERFACE_NOT_EXISTED = 10001
TOKEN_EXPIRED = 10004
ACCESS_DENIED = 10005
DATA_NOT_FOUND = 60001
MAX_LIMITATION_EXCEEDED = 60002
ACCOUNT_IP_BLOCKED = 70004
OVERLOAD_TASK_RUNNING = 70082
IP_FORBIDDEN = 70087

BUSY = frozenset({PROCESSING, OVERLOAD_TASK_RUNNING})
"""Worth asking again in a moment."""

MEANINGS: Mapping[int, str] = {
    INTERNAL_ERROR: "the PBX failed inside, or could not read the request",
    -1: "the request failed",
    1: "only part of the request was carried out",
    PROCESSING: "the PBX is still working on it",
    INTERFACE_NOT_EXISTED: "the PBX's firmware is too old to know this request",
    10002: "this version of the API is out of maintenance",
    10003: "this version of the API is not supported",
    TOKEN_EXPIRED: "the access token has expired",
    ACCESS_DENIED: "the API application has no permission for it: grant it in Integrations > API",
    40001: "the syntax of a parameter is wrong",
    40002: "the value of a parameter is wrong",
    40003: "the value is there already",
    40004: "the file is too large",
    DATA_NOT_FOUND: "there is no such data",
    MAX_LIMITATION_EXCEEDED: "a limit is reached; at login: all 8 access tokens are in use, and end within 30 minutes",
    60101: "there is no such role",
    ACCOUNT_IP_BLOCKED: "this machine's address is blocked after five bad logins: see Security > Blocked IPs",
    OVERLOAD_TASK_RUNNING: "the PBX is busy with another heavy task",
    70084: "the action is forbidden",
    IP_FORBIDDEN: "this machine's address is not among those allowed in Integrations > API",
    70120: "the organisation is disabled",
}
LOGIN_MEANING = "the PBX does not take the client id and secret: compare them with Integrations > API"
NOT_ABOUT_THE_LOGIN = frozenset(
    {
        INTERNAL_ERROR,
        *BUSY,
        INTERFACE_NOT_EXISTED,
        10002,
        10003,
        MAX_LIMITATION_EXCEEDED,
        ACCOUNT_IP_BLOCKED,
        IP_FORBIDDEN,
    }
)
"""What get_token may answer without having looked at the client id. The vendor documents no code for wrong ones: any
other is taken for it, since five wrong logins block the address.
"""

MOST_TEXT = 200
"""Characters of errmsg that are kept."""
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
LONGEST_BLOCK = timedelta(days=1)
AN_INSTANT = 1_000_000_000
"""From here up, `block_expire_time` is an epoch, below it a span: the vendor documents neither."""


def refusal(code: int, answer: Mapping[str, Any], *, asked: str, errmsg: str, now: datetime) -> PbxError:
    """The error that an errcode other than 0 stands for. `asked` is the request's path, `errmsg` already clean."""
    meaning = MEANINGS.get(code, "the vendor does not list this code")
    message = f"The PBX refuses {asked}: {meaning} ({_short(code, errmsg)})."
    if code in {ACCOUNT_IP_BLOCKED, IP_FORBIDDEN}:
        block = _block(answer.get("block_expire_time"), now)
        return PbxAddressBlocked(message, errcode=code, errmsg=errmsg, meaning=meaning, retry_after=block)
    kind = {ACCESS_DENIED: PbxForbidden, DATA_NOT_FOUND: PbxNotFound}.get(code, PbxRefused)
    return kind(message, errcode=code, errmsg=errmsg, meaning=meaning)


def login_refusal(error: PbxError) -> PbxError:
    """The same error, as get_token means it: most codes there say that the client id or secret is wrong."""
    if error.errcode is None or error.errcode in NOT_ABOUT_THE_LOGIN:
        return error
    message = f"The PBX refuses get_token: {LOGIN_MEANING} ({_short(error.errcode, error.errmsg)})."
    return PbxLoginRefused(message, errcode=error.errcode, errmsg=error.errmsg, meaning=LOGIN_MEANING)


def clean(text: str) -> str:
    """The PBX's own words, on one line and no longer than 200 characters."""
    return " ".join(CONTROLS.sub(" ", text[: 4 * MOST_TEXT]).split())[:MOST_TEXT]


def _short(code: int, errmsg: str) -> str:
    return f"{code} {errmsg}".strip()


def _block(told: object, now: datetime) -> timedelta | None:
    """How long an address stays blocked; None when the PBX does not tell or tells nonsense."""
    try:
        seconds = int(str(told))
        span = datetime.fromtimestamp(seconds, UTC) - now if seconds >= AN_INSTANT else timedelta(seconds=seconds)
    except (ValueError, OverflowError, OSError):
        return None
    return min(span, LONGEST_BLOCK) if span > timedelta(0) else None
