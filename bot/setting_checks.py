"""Checks for the values of settings. Each returns the value as the bot uses it.

A check raises PydanticCustomError with a problem that can follow the setting's name. The problem never contains the
value, which may be a secret.
"""

import re
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from pydantic import SecretStr
from pydantic_core import PydanticCustomError

OPENAPI_PATH = "/openapi/v1.0"
"""The path of the PBX's API; people copy it together with the address."""
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
TOKEN_OWNERS = MappingProxyType({"xoxb-": "SLACK_BOT_TOKEN", "xapp-": "SLACK_APP_TOKEN"})


def _wrong(problem: str) -> PydanticCustomError:
    return PydanticCustomError("setting", "{problem}", {"problem": problem})


def token(prefix: str) -> Callable[[SecretStr], SecretStr]:
    """Return a check for Slack tokens of one kind; a token of the other kind has a problem of its own."""

    def check(given: SecretStr) -> SecretStr:
        value = given.get_secret_value()
        for other, owner in TOKEN_OWNERS.items():
            if other != prefix and value.startswith(other):
                raise _wrong(f"holds the token that belongs into {owner} ({other}…)")
        if not value.startswith(prefix):
            raise _wrong(f"does not begin with {prefix}")
        return given

    return check


def _http_url(url: str) -> SplitResult:
    """Return the parts of an http URL. Refuses one without scheme or host, or with a login, query or fragment."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # reading it is what checks it
    except ValueError as error:
        raise _wrong("is no address") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _wrong("does not begin with http:// or https:// and a host")
    if parts.username is not None or parts.query or parts.fragment:
        raise _wrong("holds more than an address")
    return parts


def slack_url(url: str) -> str:
    """Return the Web API's URL with a slash at its end, as slack_sdk needs it."""
    _http_url(url)
    return url.rstrip("/") + "/"


def pbx_url(url: str) -> str:
    """Return scheme, host and port of the PBX. The API's path is dropped, any other is a mistake."""
    parts = _http_url(url)
    if parts.path.rstrip("/") not in ("", OPENAPI_PATH):
        raise _wrong("has a path behind host and port")
    return f"{parts.scheme}://{parts.netloc}"


def database_url(url: str) -> str:
    """Check an SQLite or PostgreSQL URL in SQLAlchemy's form."""
    scheme, found, rest = url.partition("://")
    if found and scheme.partition("+")[0] in ("postgres", "postgresql"):
        if not rest.partition("?")[0].partition("/")[2]:
            raise _wrong("names no database: it ends with /recordings, say")
        return url
    if not found or scheme not in ("sqlite", "sqlite+aiosqlite"):
        raise _wrong("does not begin with sqlite:/// or postgresql://")
    if not rest.startswith("/"):
        raise _wrong("needs three slashes before a file's name, four before a path from the root")
    return url


def whole_number(lowest: int, highest: int) -> Callable[[str | int], int]:
    """Return a check for whole numbers from `lowest` to `highest`."""

    def check(value: str | int) -> int:
        try:
            number = int(value)
        except ValueError as error:
            raise _wrong("is not a whole number") from error
        if not lowest <= number <= highest:
            raise _wrong(f"is not between {lowest} and {highest}")
        return number

    return check


def seconds(lowest: float, highest: float) -> Callable[[str | float], float]:
    """Return a check for seconds, also fractions, from `lowest` to `highest`."""

    def check(value: str | float) -> float:
        try:
            number = float(value)
        except ValueError as error:
            raise _wrong("is not a number of seconds") from error
        if not lowest <= number <= highest:
            raise _wrong(f"is not between {lowest:g} and {highest:g}")
        return number

    return check


def time_zone(name: str | ZoneInfo) -> ZoneInfo:
    """Return an IANA zone. For an unknown name the problem suggests the nearest one."""
    if isinstance(name, ZoneInfo):
        return name
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        near = get_close_matches(name.title(), available_timezones(), n=1)
        raise _wrong("names no IANA time zone" + (f" (did you mean {near[0]}?)" if near else "")) from error


def existing_file(path: Path) -> Path:
    """Check that a file can be read; relative paths begin at the working directory."""
    try:
        path.open("rb").close()
    except OSError as error:
        raise _wrong(f"cannot be read as a file ({error.strerror})") from error
    return path


def fingerprint(text: str) -> str:
    """Return a SHA-256 as 64 hexadecimal digits in lower case, without colons."""
    digits = text.replace(":", "").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise _wrong("is no SHA-256 fingerprint of 64 hexadecimal digits")
    return digits


def channel(name: str) -> str:
    """Check a channel's id or `#name`."""
    if not re.fullmatch(r"#?[^\s#,<>]+", name):
        raise _wrong("is neither one channel's id nor its #name")
    return name


def people(ids: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return Slack's ids of users and user groups from a list with commas."""
    found = tuple(part.strip() for part in ids.split(",") if part.strip()) if isinstance(ids, str) else ids
    if not all(re.fullmatch(r"[UWS][A-Z0-9]{2,}", part) for part in found):
        raise _wrong("holds something that is no id of a user or user group")
    return found


def region(code: str) -> str:
    """Return a country's two letters (ISO 3166-1) in capitals."""
    if code.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise _wrong("is no country's two letters")
    return code.upper()


def log_level(name: str) -> str:
    """Return one of LEVELS, in capitals."""
    if name.upper() not in LEVELS:
        raise _wrong(f"is none of {', '.join(LEVELS)}")
    return name.upper()
