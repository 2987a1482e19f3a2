"""The PBX's answers: bytes in, values out, without a network. Pure.

Every function raises only `PbxError`s, whatever the bytes are. What is missing, empty or of the wrong type is read as
"not told" wherever a value can do without it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.domain.recording import Recording
from bot.errors import PbxNotFound, PbxNotUnderstood
from bot.yeastar.clock import current_offset, date_order
from bot.yeastar.refusals import clean, refusal
from bot.yeastar.rows import BadRow, number, read_row, text
from bot.yeastar.secrecy import Secret

ACCESS_LIFE = timedelta(seconds=1800)
"""How long a token lives when the PBX does not tell. Source: "Get Access Token"."""
REFRESH_LIFE = timedelta(seconds=86400)
LONGEST_LIFE = timedelta(days=365)

MOST_DIGITS = 20
"""Python refuses to read numbers of thousands of digits, and would lose the page for one of them."""


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) <= MOST_DIGITS else None


_DECODER = json.JSONDecoder(strict=False, parse_int=_whole)  # a raw line break in a caller's name loses no page


@dataclass(frozen=True, slots=True)
class Tokens:
    """What get_token and refresh_token answer."""

    access: Secret
    refresh: Secret | None
    access_life: timedelta
    refresh_life: timedelta


@dataclass(frozen=True, slots=True)
class Page:
    """One page of recording/list or recording/search."""

    rows: tuple[Recording, ...]
    """With `started_at` only where the file name tells it: `clock` gives it to the others."""
    bad: tuple[BadRow, ...] = ()
    total: int | None = None
    """None when the PBX does not tell."""


@dataclass(frozen=True, slots=True)
class Download:
    """Where a recording's audio can be fetched, for 30 minutes."""

    file: str
    link: str
    """On the PBX's own host, without the access token that the PBX wants as `access_token` in its query string."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """What the PBX says of itself. Every text may be empty: older firmware tells less."""

    name: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    local_time: str = ""
    """Its clock, in its own display format."""
    date_format: str = ""
    time_format: str = ""
    time: datetime | None = None
    """The same moment, aware, UTC."""
    offset: timedelta | None = None
    """Its offset from UTC now. It says nothing of summer time half a year ago."""
    day_first: bool | None = None
    """Whether its dates are written day before month; None when that does not show, or the year comes first."""


def read_answer(body: bytes, *, asked: str, now: datetime, redact: Callable[[str], str] = str) -> Mapping[str, Any]:
    """Unwrap the envelope `{"errcode": 0, "errmsg": "SUCCESS", ...}`. `asked` is the request's path, for people.

    The PBX answers with HTTP 200 even when it refuses: only `errcode` tells, and a missing one is no success.
    Raises PbxNotUnderstood, or what the errcode stands for.
    """
    answer = _read_json(body, asked)
    if not isinstance(answer, dict):
        raise PbxNotUnderstood(f"The PBX answers {asked} with JSON that is not an object.")
    code = number(answer.get("errcode"))
    if code is None:
        raise PbxNotUnderstood(f"The PBX answers {asked} without an errcode.")
    if code != 0:
        errmsg = clean(redact(text(answer, "errmsg")))
        raise refusal(code, answer, asked=asked, errmsg=errmsg, now=now)
    return answer


def _read_json(body: bytes, asked: str) -> Any:
    try:
        return _DECODER.decode(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        kind = "a web page" if body.lstrip()[:1] == b"<" else f"{len(body)} bytes that are not JSON"
        message = f"The PBX answers {asked} with {kind}. Is YEASTAR_BASE_URL its scheme, host and port?"
        raise PbxNotUnderstood(message) from None  # the cause carries the whole answer


def read_tokens(answer: Mapping[str, Any], *, asked: str) -> Tokens:
    """The tokens that get_token and refresh_token answer. Raises PbxNotUnderstood when there is no access token."""
    access, refresh = text(answer, "access_token"), text(answer, "refresh_token")
    if not access:
        raise PbxNotUnderstood(f"The PBX answers {asked} without an access token.")
    return Tokens(
        access=Secret(access),
        refresh=Secret(refresh) if refresh else None,
        access_life=_life(answer.get("access_token_expire_time"), ACCESS_LIFE),
        refresh_life=_life(answer.get("refresh_token_expire_time"), REFRESH_LIFE),
    )


def _life(told: object, default: timedelta) -> timedelta:
    seconds = number(told)
    if seconds is None or seconds <= 0:
        return default
    return timedelta(seconds=min(seconds, LONGEST_LIFE.total_seconds()))


def read_page(answer: Mapping[str, Any], *, asked: str) -> Page:
    """The rows of a listing, in the PBX's order. `data` may be null or absent: then there is none.

    Raises PbxNotUnderstood when `data` is anything else than a list. A bad row is left out and named in `bad`.
    """
    data = answer.get("data")
    if data is None:
        data = []
    if not isinstance(data, list):
        raise PbxNotUnderstood(f"The PBX answers {asked} with data that is not a list.")
    read = [read_row(index, row) for index, row in enumerate(data)]
    total = number(answer.get("total_number"))
    return Page(
        rows=tuple(row for row in read if isinstance(row, Recording)),
        bad=tuple(row for row in read if isinstance(row, BadRow)),
        total=None if total is None or total < 0 else total,
    )


def read_download(answer: Mapping[str, Any], *, origin: str, asked: str) -> Download:
    """The file's name and link. Raises PbxNotFound when the PBX has no file for it, though it says SUCCESS.

    Only path and query of the PBX's link count: it may name a host that is not reached from here, and a token sent
    to another host would be lost. Source: "Download a Recording File".
    """
    try:
        told = urlsplit(text(answer, "download_resource_url"))
        path = httpx.URL(origin).copy_with(path="/" + told.path.lstrip("/"), query=told.query.encode())
    except (ValueError, httpx.InvalidURL):
        raise PbxNotUnderstood(f"The PBX answers {asked} with a link that is none.") from None
    if not told.path:
        raise PbxNotFound(f"The PBX has no file for {asked}.", errmsg=clean(text(answer, "errmsg")))
    return Download(file=text(answer, "file"), link=str(path.copy_remove_param("access_token")))


def read_information(answer: Mapping[str, Any], *, asked: str) -> Information:
    """What system/information tells. Raises PbxNotUnderstood when `data` is neither an object, null nor absent."""
    data = answer.get("data")
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise PbxNotUnderstood(f"The PBX answers {asked} with data that is not an object.")
    local_time, date_format = text(data, "system_time"), text(data, "system_date_format")
    moment = _moment(data.get("timestamp"))
    return Information(
        name=text(data, "device_name"),
        model=text(data, "model_name"),
        serial=text(data, "sn"),
        firmware=text(data, "firmware_version"),
        local_time=local_time,
        date_format=date_format,
        time_format=text(data, "system_time_format"),
        time=moment,
        offset=None if moment is None else current_offset(local_time, moment),
        day_first=date_order(date_format),
    )


def _moment(told: object) -> datetime | None:
    seconds = number(told)
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
