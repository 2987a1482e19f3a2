"""The errcodes of the PBX, what they mean, and the errors they become. Pure.

Source: P-Series developer guide, "Error Code and Error Message"; codes that it lacks are marked.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.errors import PbxAddressBlocked, PbxError, PbxForbidden, PbxLoginRefused, PbxNotFound, PbxRefused

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
PREPARING_DOWNLOAD = 70651
NO_PERMISSION = 80010

BUSY = frozenset({PROCESSING, OVERLOAD_TASK_RUNNING, PREPARING_DOWNLOAD})
"""Codes after which the same request may succeed a moment later."""

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
    10009: "the feature is switched off on the PBX, or the application has no permission for it",
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
    70123: "the API is not available on this PBX",
    70131: "call recording is not switched on for it",
    PREPARING_DOWNLOAD: "the PBX is busy preparing another download, try again in a moment",
    70656: "the API is switched off: switch it on in Integrations > API",
    NO_PERMISSION: "the API application has no permission for it: grant it in Integrations > API",
}
"""70123 to 80010 are not in the vendor's list; other clients of the API name them."""
UNLISTED_MEANING = "the vendor does not list this code"
LOGIN_MEANING = "the PBX does not take the client id and secret: compare them with Integrations > API"
ANOTHER_SERVER = "another web server answers there, or the API is off"
API_UNAVAILABLE: Mapping[int, str] = {
    INTERFACE_NOT_EXISTED: ANOTHER_SERVER,
    ACCESS_DENIED: MEANINGS[ACCESS_DENIED],
    10009: "the API is switched off on the PBX, or the application has no permission for it",
    40002: "the PBX does not understand the login request",
    70123: MEANINGS[70123],
    70656: MEANINGS[70656],
}
"""What get_token means by codes that an administrator can change: worth another login after a while."""
NOT_ABOUT_CREDENTIALS = BUSY | {
    INTERNAL_ERROR,
    10002,
    10003,
    MAX_LIMITATION_EXCEEDED,
    ACCOUNT_IP_BLOCKED,
    IP_FORBIDDEN,
}
"""Codes that get_token may answer although the client id and secret are right.

The vendor documents no code for wrong credentials. Every other code counts as one, because five bad logins block the
address.
"""

MAX_ERRMSG = 200
"""Characters of errmsg that we keep."""
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
MAX_BLOCK = timedelta(days=1)
MIN_EPOCH = 1_000_000_000
"""A `block_expire_time` from here up is an epoch, below it a number of seconds. The vendor documents neither."""


def errcode_error(code: int, answer: Mapping[str, Any], *, request: str, errmsg: str, now: datetime) -> PbxError:
    """Return the error that an errcode other than 0 stands for."""
    errmsg = clean_errmsg(errmsg)
    meaning = MEANINGS.get(code, UNLISTED_MEANING)
    message = f"The PBX refuses {request}: {meaning} ({f'{code} {errmsg}'.strip()})."
    if code in {ACCOUNT_IP_BLOCKED, IP_FORBIDDEN}:
        block = _read_block(answer.get("block_expire_time"), now)
        return PbxAddressBlocked(message, errcode=code, errmsg=errmsg, meaning=meaning, retry_after=block)
    error_types = {ACCESS_DENIED: PbxForbidden, NO_PERMISSION: PbxForbidden, DATA_NOT_FOUND: PbxNotFound}
    error_type = error_types.get(code, PbxRefused)
    return error_type(message, errcode=code, errmsg=errmsg, meaning=meaning)


def login_error(error: PbxError) -> PbxError:
    """Return what an error of get_token means: for most errcodes that the client id or secret is wrong."""
    if error.errcode is None or error.errcode in NOT_ABOUT_CREDENTIALS:
        return error
    meaning = API_UNAVAILABLE.get(error.errcode, LOGIN_MEANING)
    error_type = type(error) if error.errcode in API_UNAVAILABLE else PbxLoginRefused
    message = f"The PBX refuses get_token: {meaning} ({f'{error.errcode} {error.errmsg}'.strip()})."
    return error_type(message, errcode=error.errcode, errmsg=error.errmsg, meaning=meaning)


def clean_errmsg(errmsg: str) -> str:
    """Return errmsg as one line without control characters, at most 200 characters long."""
    return " ".join(CONTROL_CHARACTERS.sub(" ", errmsg[: 4 * MAX_ERRMSG]).split())[:MAX_ERRMSG]


def _read_block(value: object, now: datetime) -> timedelta | None:
    """Return how long an address stays blocked; None when the PBX does not send it or sends nonsense."""
    try:
        seconds = int(str(value))
        block = datetime.fromtimestamp(seconds, UTC) - now if seconds >= MIN_EPOCH else timedelta(seconds=seconds)
    except (ValueError, OverflowError, OSError):
        return None
    return min(block, MAX_BLOCK) if block > timedelta(0) else None
