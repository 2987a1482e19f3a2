"""What a setting's value must look like. Each check returns the value as the bot uses it.

A value that cannot be used raises a PydanticCustomError: what is wrong, put so that it can follow the setting's name.
It never holds the value, which may be a secret.
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
"""The PBX's API stands below it; people copy it along with the address."""
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
TOKEN_OWNERS = MappingProxyType({"xoxb-": "SLACK_BOT_TOKEN", "xapp-": "SLACK_APP_TOKEN"})


def _wrong(problem: str) -> PydanticCustomError:
    """What is wrong with a value, put so that it can follow the setting's name. It never holds a secret."""
    return PydanticCustomError("setting", "{problem}", {"problem": problem})


def token(prefix: str) -> Callable[[SecretStr], SecretStr]:
    """A Slack token of one kind; the other kind in its place is told plainly."""

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
    """The parts of an http address. Raises for one without scheme or host, or with a login in it."""
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
    """The Web API's address, with the slash at its end that slack_sdk wants."""
    _http_url(url)
    return url.rstrip("/") + "/"


def pbx_url(url: str) -> str:
    """Scheme, host and port of the PBX. Its API's own path is dropped, any other is a mistake."""
    parts = _http_url(url)
    if parts.path.rstrip("/") not in ("", OPENAPI_PATH):
        raise _wrong("has a path behind host and port")
    return f"{parts.scheme}://{parts.netloc}"


def database_url(url: str) -> str:
    """An SQLite or PostgreSQL address as SQLAlchemy writes it."""
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
    """A whole number between two bounds, both allowed."""

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
    """A number of seconds between two bounds, both allowed; fractions are fine."""

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
    """An IANA zone; the nearest name is offered for one that does not exist."""
    if isinstance(name, ZoneInfo):
        return name
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        near = get_close_matches(name.title(), available_timezones(), n=1)
        raise _wrong("names no IANA time zone" + (f" (did you mean {near[0]}?)" if near else "")) from error


def existing_file(path: Path) -> Path:
    """A file that can be read, relative to where the bot is started."""
    try:
        path.open("rb").close()
    except OSError as error:
        raise _wrong(f"cannot be read as a file ({error.strerror})") from error
    return path


def fingerprint(text: str) -> str:
    """A SHA-256 as 64 hexadecimal digits in lower case; colons between the bytes are dropped."""
    digits = text.replace(":", "").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise _wrong("is no SHA-256 fingerprint of 64 hexadecimal digits")
    return digits


def channel(name: str) -> str:
    """A channel's id or `#name`, as typed."""
    if not re.fullmatch(r"#?[^\s#,<>]+", name):
        raise _wrong("is neither one channel's id nor its #name")
    return name


def people(ids: str | tuple[str, ...]) -> tuple[str, ...]:
    """Slack's ids of users and user groups, as typed: with commas between them."""
    told = tuple(part.strip() for part in ids.split(",") if part.strip()) if isinstance(ids, str) else ids
    if not all(re.fullmatch(r"[UWS][A-Z0-9]{2,}", part) for part in told):
        raise _wrong("holds something that is no id of a user or user group")
    return told


def region(code: str) -> str:
    """A country by its two letters (ISO 3166-1), in capitals."""
    if code.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise _wrong("is no country's two letters")
    return code.upper()


def log_level(name: str) -> str:
    """One of LEVELS, in capitals."""
    if name.upper() not in LEVELS:
        raise _wrong(f"is none of {', '.join(LEVELS)}")
    return name.upper()
