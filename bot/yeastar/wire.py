"""Convert answers of the PBX from bytes to values. Pure: no network and no clock.

Every function raises only `PbxError`s, whatever the bytes are. A field that is missing, empty or of the wrong type is
read as empty wherever the value can do without it. `request` is the path that was requested, for error messages.
Sources are pages of the P-Series developer guide; "live" means that it was seen on a real PBX.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from bot.domain.extension import Extension
from bot.domain.recording import Direction, Party, Recording
from bot.errors import PbxNotFound, PbxNotUnderstood
from bot.yeastar.errcodes import ANOTHER_SERVER, clean_errmsg, errcode_error
from bot.yeastar.time import MAX_OFFSET, date_order, offset_at, read_epoch

ACCESS_LIFETIME = timedelta(seconds=1800)
"""Of a token whose lifetime the PBX does not send. Source: "Get Access Token"."""
REFRESH_LIFETIME = timedelta(seconds=86400)
MAX_LIFETIME = timedelta(days=365)

MAX_INTEGER = 2**63 - 1
"""The largest integer that a database column holds."""
MAX_SECONDS = 31 * 24 * 3600
"""A longer `duration` is an error of the PBX."""
MAX_FILE_SIZE = 2**40
"""Bytes. A larger `size` is an error of the PBX."""
INTEGER = re.compile(r"-?[0-9]{1,19}")
NOT_STORABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""Control characters and surrogates: not every database stores them."""
CLOCK_DURATION = re.compile(r"(?:(\d{1,3}):)?([0-5]?\d):([0-5]\d)")
"""`00:04:10` or `04:10`, which some firmware sends as `duration` (live)."""
DIRECTION_MARKS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
NUMBER_CHARACTERS: Mapping[int, str | None] = {
    **dict.fromkeys(map(ord, DIRECTION_MARKS + "\u200b\u2060\ufeff")),
    **dict.fromkeys(map(ord, "\xa0\u2007\u202f"), " "),
    ord("\u2011"): "-",
}
"""Invisible marks, no-break spaces and the no-break hyphen in numbers that somebody copied, with replacements."""
EXTENSION_ZONE = re.compile(r"\[\s*([+-]?)(\d{1,2})(?::([0-5]\d))?\b(?!\.)")
"""`Global Time Zone[3 Saudi Arabia (Riyadh)]`: hours ahead of UTC, and a city (live)."""
EMPTY_NUMBER = re.compile(r"\s*<\s*>$")
ROLES = ("Queue ", "IVR ", "Ring Group ")
"""What stands before the name of a callee that is no person, in `call_to` only (live)."""
DIRECTIONS: Mapping[str, Direction] = {direction.value: direction for direction in Direction}
MAX_DIGITS = 20
"""Python refuses to parse integers of thousands of digits; one of them must not lose the whole page."""


def _parse_int(digits: str) -> int | None:
    return int(digits) if len(digits) <= MAX_DIGITS else None


_decoder = json.JSONDecoder(strict=False, parse_int=_parse_int)  # a raw line break in a name must not lose the page


class WebPage(PbxNotUnderstood):
    """The answer is HTML."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """An answer of get_token or refresh_token."""

    access: SecretStr
    refresh: SecretStr | None
    access_lifetime: timedelta
    refresh_lifetime: timedelta


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read."""

    index: int
    """Position on the page, from 0."""
    problem: str
    """What is wrong, without any content of the row."""
    key: int
    """Equal for the same row on every page, so that it is logged once."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of recording/list or recording/search."""

    rows: tuple[Recording, ...]
    """`started_at` is set only where the file name contains it; `yeastar.time` adds the others."""
    bad: tuple[BadRow, ...] = ()
    total: int | None = None
    """None when the PBX does not send it."""


@dataclass(frozen=True, slots=True)
class ExtensionPage:
    """One page of extension/list."""

    rows: tuple[Extension, ...] = ()
    """Those with a number."""
    row_count: int = 0
    """Rows on the page, with or without a number."""
    total: int | None = None
    """None when the PBX does not send it."""
    offset: timedelta | None = None
    """The most frequent offset from UTC in the rows' `timezone`."""


@dataclass(frozen=True, slots=True)
class Download:
    """The link to a recording's audio, valid for 30 minutes."""

    file: str
    link: str
    """On the PBX's own host. It lacks the `access_token` that the PBX expects in the query string."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """The PBX's description of itself. Every text may be empty: older firmware sends less."""

    name: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    local_time: str = ""
    """Its clock, in its own date format."""
    date_format: str = ""
    time_format: str = ""
    time: datetime | None = None
    """The same moment, aware, UTC."""
    offset: timedelta | None = None
    """Its offset from UTC now, which may differ from the one half a year ago."""
    day_first: bool | None = None
    """Whether its dates have the day before the month; None when the format does not say, or has the year first."""


def read_answer(body: bytes, *, request: str, now: datetime, redact: Callable[[str], str] = str) -> Mapping[str, Any]:
    """Return the JSON object of a successful answer: `{"errcode": 0, "errmsg": "SUCCESS", ...}`.

    The PBX answers HTTP 200 even when it refuses; only `errcode` tells, and a missing one is no success.
    Raises PbxNotUnderstood, or the error that the errcode stands for. `redact` removes secrets from errmsg.
    """
    answer = _read_json(body)
    if answer is _INVALID:
        if body.lstrip()[:1] == b"<":
            advice = "Is YEASTAR_BASE_URL its scheme, host and port?"
            raise WebPage(f"The PBX answers {request} with a web page: {ANOTHER_SERVER}. {advice}")
        problem = f"{len(body)} bytes that are not JSON" if body.strip() else "an empty answer"
        cut_off = ": they are cut off" if body.strip() and is_incomplete(body) else ""
        raise PbxNotUnderstood(f"The PBX answers {request} with {problem}{cut_off}.")
    if not isinstance(answer, dict):
        raise PbxNotUnderstood(f"The PBX answers {request} with JSON that is not an object.")
    code = read_integer(answer.get("errcode"))
    if code is None:
        raise PbxNotUnderstood(f"The PBX answers {request} without an errcode.")
    if code != 0:
        raise errcode_error(code, answer, request=request, errmsg=redact(read_text(answer, "errmsg")), now=now)
    return answer


def is_incomplete(body: bytes) -> bool:
    """Whether an answer is empty or a JSON object that is cut off, so that the next try may be complete."""
    body = body.strip()
    return not body or (body.startswith(b"{") and not body.endswith(b"}"))


_INVALID = object()


def _read_json(body: bytes) -> Any:
    try:
        return _decoder.decode(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return _INVALID  # an error raised here would keep the whole answer in its context, tokens included


def read_tokens(answer: Mapping[str, Any], *, request: str) -> Tokens:
    """Read an answer of get_token or refresh_token. Raises PbxNotUnderstood when it has no access token."""
    access, refresh = read_text(answer, "access_token"), read_text(answer, "refresh_token")
    if not access:
        raise PbxNotUnderstood(f"The PBX answers {request} without an access token.")
    return Tokens(
        access=SecretStr(access),
        refresh=SecretStr(refresh) if refresh else None,
        access_lifetime=_read_lifetime(answer.get("access_token_expire_time"), ACCESS_LIFETIME),
        refresh_lifetime=_read_lifetime(answer.get("refresh_token_expire_time"), REFRESH_LIFETIME),
    )


def _read_lifetime(value: object, default: timedelta) -> timedelta:
    seconds = read_integer(value)
    if seconds is None or seconds <= 0:
        return default
    return timedelta(seconds=min(seconds, MAX_LIFETIME.total_seconds()))


def read_page(answer: Mapping[str, Any], *, request: str) -> Page:
    """Read the rows of recording/list or recording/search, in the PBX's order; unreadable rows go to `bad`.

    Raises PbxNotUnderstood when `data` is neither a list nor empty.
    """
    rows = [read_row(index, row) for index, row in enumerate(_read_list(answer, request))]
    total = read_integer(answer.get("total_number"))
    return Page(
        rows=tuple(row for row in rows if isinstance(row, Recording)),
        bad=tuple(row for row in rows if isinstance(row, BadRow)),
        total=None if total is None or total < 0 else total,
    )


def read_row(index: int, row: object) -> Recording | BadRow:
    """Read one row; its `started_at` is the epoch in the file name, else None. Only a row without a valid id is bad.

    Older firmware sends nine fields, newer firmware also names and numbers apart; empty fields are left out.
    Source: "Query Recording List".
    """
    if not isinstance(row, dict):
        return BadRow(index, "not an object", key=0)
    recording_id = read_integer(row.get("id"))
    if recording_id is None or recording_id < 0:
        key = hash((read_text(row, "uid"), read_text(row, "file"), read_text(row, "time")))
        return BadRow(index, "no usable id" if "id" in row else "no id", key)
    file = read_text(row, "file")
    seconds, size = _read_seconds(row.get("duration")), read_integer(row.get("size")) or 0
    return Recording(
        id=recording_id,
        started_at=read_epoch(file),
        local_time=read_text(row, "time"),
        uid=read_text(row, "uid"),
        caller=_read_caller_or_callee(row, "call_from"),
        callee=_read_caller_or_callee(row, "call_to"),
        direction=DIRECTIONS.get(read_text(row, "call_type").lower()),
        duration=timedelta(seconds=seconds if 0 < seconds <= MAX_SECONDS else 0),
        size=size if 0 < size <= MAX_FILE_SIZE else 0,
        file=file,
    )


def _read_caller_or_callee(row: Mapping[str, Any], field: str) -> Party:
    """Read name and number from their own fields; where these are empty, from `Name<number>`.

    A PBX writes `Anonymous` into the number field as well: a number without a digit is a name.
    """
    party = _read_party(read_text(row, field))
    if f"{field}_name" not in row and f"{field}_number" not in row:
        return party
    name, number = read_text(row, f"{field}_name"), _clean_number(read_text(row, f"{field}_number"))
    if party.name.startswith(ROLES) and party.name.endswith(name):
        name = party.name
    if not any(character.isdigit() for character in number):
        name, number = name or party.name or number, ""
    return Party.of(name or party.name, number or party.number)


@lru_cache(maxsize=2048)  # each page repeats the same few hundred people
def _read_party(text: str) -> Party:
    """Read `Name<number>`, also with an empty number, or with direction marks or no-break spaces in the number."""
    text = EMPTY_NUMBER.sub("", text)
    if not text.isascii():
        name, opening, number = text.rpartition("<")
        if opening:
            text = f"{name.strip(DIRECTION_MARKS)}<{_clean_number(number)}"
        elif (party := Party.read(_clean_number(text))).number:
            return party
    return Party.read(text)


def _clean_number(text: str) -> str:
    return text if text.isascii() else text.translate(NUMBER_CHARACTERS).strip()


def _read_seconds(value: object) -> int:
    match = CLOCK_DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return read_integer(value) or 0
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def read_extensions(answer: Mapping[str, Any], *, request: str) -> ExtensionPage:
    """Read one page of extension/list. Raises PbxNotUnderstood when `data` is neither a list nor empty.

    Source: "Query Extension List".
    """
    data = _read_list(answer, request)
    rows = tuple(
        Extension(
            number=number,
            name="" if (name := read_text(row, "caller_id_name")) == number else name,
            email=read_text(row, "email_addr"),
            mobile=read_text(row, "mobile_number"),
        )
        for row in data
        if isinstance(row, dict) and (number := read_text(row, "number"))
    )
    offsets = Counter(
        offset for row in data if isinstance(row, dict) and (offset := _read_zone_offset(row)) is not None
    )
    return ExtensionPage(
        rows=rows,
        row_count=len(data),
        total=read_integer(answer.get("total_number")),
        offset=next((offset for offset, _ in offsets.most_common(1)), None),
    )


def _read_zone_offset(row: Mapping[str, Any]) -> timedelta | None:
    match = EXTENSION_ZONE.search(read_text(row, "timezone"))
    if match is None:
        return None
    sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return None if offset.total_seconds() > MAX_OFFSET else -offset if sign == "-" else offset


def read_download(answer: Mapping[str, Any], *, origin: str, request: str) -> Download:
    """Read the file's name and link. Raises PbxNotFound when the PBX says SUCCESS but sends no link.

    Only path and query of the PBX's link count: its host may be unreachable from here, and a token must not go to
    another host. Source: "Download a Recording File".
    """
    try:
        url = urlsplit(read_text(answer, "download_resource_url"))
        link = httpx.URL(origin).copy_with(path="/" + url.path.lstrip("/"), query=url.query.encode())
    except (ValueError, httpx.InvalidURL):
        raise PbxNotUnderstood(f"The PBX answers {request} with a link that is none.") from None
    if not url.path:
        raise PbxNotFound(f"The PBX has no file for {request}.", errmsg=clean_errmsg(read_text(answer, "errmsg")))
    return Download(file=read_text(answer, "file"), link=str(link.copy_remove_param("access_token")))


def read_information(answer: Mapping[str, Any], *, request: str) -> Information:
    """Read an answer of system/information. Raises PbxNotUnderstood when `data` is no object, null or absent.

    Source: "Query PBX Information". Older firmware lacks `timestamp` and the formats.
    """
    data = answer.get("data")
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise PbxNotUnderstood(f"The PBX answers {request} with data that is not an object.")
    local_time, date_format = read_text(data, "system_time"), read_text(data, "system_date_format")
    time = _read_timestamp(data.get("timestamp"))
    return Information(
        name=read_text(data, "device_name"),
        model=read_text(data, "model_name"),
        serial=read_text(data, "sn"),
        firmware=read_text(data, "firmware_version"),
        local_time=local_time,
        date_format=date_format,
        time_format=read_text(data, "system_time_format"),
        time=time,
        offset=None if time is None else offset_at(time, local_time),
        day_first=date_order(date_format),
    )


def _read_timestamp(value: object) -> datetime | None:
    seconds = read_integer(value)
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _read_list(answer: Mapping[str, Any], request: str) -> list[Any]:
    data = answer.get("data")
    if data is None or data in ({}, ""):  # firmware that has nothing to list may send any of these
        return []
    if not isinstance(data, list):
        raise PbxNotUnderstood(f"The PBX answers {request} with data that is not a list.")
    return data


def read_text(row: Mapping[str, Any], key: str) -> str:
    """Return a field as one line of text without surrounding space; "" when it is absent or of another type."""
    value = row.get(key)
    if isinstance(value, str):
        return (value if value.isprintable() else NOT_STORABLE.sub(" ", value)).strip()
    return str(value) if type(value) is int and abs(value) <= MAX_INTEGER else ""


def read_integer(value: object) -> int | None:
    """Return an integer of 64 bits that is sent as a number or as text; None for anything else."""
    if isinstance(value, str):
        value = int(value) if INTEGER.fullmatch(value := value.strip()) else None
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and abs(value) <= MAX_INTEGER else None
