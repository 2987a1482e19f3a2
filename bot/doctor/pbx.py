"""Whether the PBX answers, lets us in, and lists its recordings."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

from bot.doctor.check import Check, failed
from bot.domain.query import Order, Sort
from bot.errors import (
    PbxAddressBlocked,
    PbxError,
    PbxForbidden,
    PbxLoginRefused,
    PbxNotFound,
    PbxNotUnderstood,
    PbxRefused,
    PbxUnreachable,
    PbxUntrusted,
    SettingsError,
)
from bot.parts import SystemClock, open_phones
from bot.settings import Settings
from bot.yeastar import Information, PbxClient

CLOCKS_APART_SECONDS = 60
"""How far the PBX's clock may be off before the doctor says so."""
REACH, CERTIFICATE, LOGIN, RECORDINGS = "PBX reach", "PBX certificate", "PBX login", "PBX recordings"
"""What a listing passes, in this order: each says that all before it is well."""
BEFORE_ANY_LISTING = frozenset({60002, 10001, 10002, 10003, 10009, 70123, 70656})
"""Errcodes that the PBX gives at the login, whatever the client id: no token is free, or its API is too old."""


async def pbx_checks(settings: Settings) -> AsyncIterator[Check]:
    """Stops at the first thing that fails: what follows depends on it, and each bad login counts towards a block."""
    try:
        async with open_phones(settings, SystemClock()) as phones:
            listing = await phones.recordings(page=1, size=1, sort=Sort.ID, order=Order.DESC)
            for check in _passed(settings, RECORDINGS):
                yield check
            yield Check(RECORDINGS, ok=True, says=f"may be listed, {listing.total:,} of them")
            yield await _clock(settings, phones)
    except PbxError as error:
        failed_at = _failed_at(error)
        for check in _passed(settings, failed_at):
            yield check
        yield failed(failed_at, error)
    except SettingsError as error:
        yield Check(CERTIFICATE, ok=False, says="; ".join(error.problems), remedy="correct this setting")


def _failed_at(error: PbxError) -> str:
    match error:
        case PbxUntrusted():
            return CERTIFICATE
        case PbxUnreachable() | PbxNotUnderstood():
            return REACH
        case PbxLoginRefused() | PbxAddressBlocked():
            return LOGIN
        case _:
            return LOGIN if error.errcode in BEFORE_ANY_LISTING else RECORDINGS


def _passed(settings: Settings, failed_at: str) -> Iterator[Check]:
    """The lines before the one that failed."""
    lines = {
        REACH: f"{settings.yeastar_base_url} answers",
        CERTIFICATE: _trusted_by(settings),
        LOGIN: "the client id and secret are right",
    }
    for name, says in lines.items():
        if name == failed_at:
            return
        yield Check(name, ok=True, says=says)


def _trusted_by(settings: Settings) -> str:
    if settings.yeastar_base_url.startswith("http:"):
        return "none over http: the secret travels unencrypted, use https where you can"
    if settings.pbx_cert_sha256:
        return "trusted, it is the one in PBX_CERT_SHA256"
    return f"trusted, by {'PBX_CA_FILE' if settings.pbx_ca_file else 'an authority that this system trusts'}"


async def _clock(settings: Settings, phones: PbxClient) -> Check:
    try:
        information = await phones.information()
    except (PbxForbidden, PbxNotFound, PbxRefused, PbxNotUnderstood):
        information = Information()
    except PbxError as error:
        return failed("PBX clock", error)
    return _clock_line(settings, information, datetime.now(UTC))


def _clock_line(settings: Settings, information: Information, now: datetime) -> Check:
    name = "PBX clock"
    shown = f"dates as {information.date_format or 'not told'}, times as {information.time_format or 'not told'}"
    zone = settings.pbx_timezone
    if information.time is None:
        advice = "" if zone else "; set PBX_TIMEZONE if recordings show a wrong time"
        return Check(name, ok=True, says=f"not told by this PBX; {shown}{advice}")
    off = round(abs((information.time - now).total_seconds()))
    if off > CLOCKS_APART_SECONDS:
        remedy = "set the PBX's clock by NTP under System > Date and Time, or this machine's"
        return Check(name, ok=False, says=f"{off} s apart from this machine's; {shown}", remedy=remedy)
    if zone and information.offset not in {None, now.astimezone(zone).utcoffset()}:
        remedy = "correct PBX_TIMEZONE, or leave it out"
        return Check(name, ok=False, says=f"not in the zone {zone.key} now; {shown}", remedy=remedy)
    return Check(name, ok=True, says=f"right; {shown}")
