"""The doctor: looks at everything the bot depends on, and says a line for each, with the remedy."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.app import SystemClock, check_app_token, held_recordings, open_phones
from bot.domain.query import Order, Sort
from bot.errors import (
    ArchiveError,
    BotError,
    ChannelClosed,
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
    SlackBusy,
    SlackError,
    SlackLoginRefused,
)
from bot.manifest import SCOPES
from bot.settings import Mode, Settings, look_over
from bot.slack.clients import Clients, identify, open_clients
from bot.slack.directory import SlackDirectory
from bot.yeastar import Information, PbxClient

CLOCKS_APART_SECONDS = 60
"""How far the PBX's clock may be off before the doctor says so."""
REACH, CERTIFICATE, LOGIN, RECORDINGS = "PBX reach", "PBX certificate", "PBX login", "PBX recordings"
"""What a listing passes, in this order: each says that all before it is well."""
BEFORE_ANY_LISTING = frozenset({60002, 10001, 10002, 10003})
"""Errcodes that the PBX gives at the login, whatever the client id: no token is free, or its API is too old."""

BOT_TOKEN = "copy the Bot User OAuth Token from the app's page OAuth & Permissions into SLACK_BOT_TOKEN"  # noqa: S105 - advice
APP_TOKEN = "make an app-level token with connections:write under Basic Information, and set SLACK_APP_TOKEN"  # noqa: S105 - advice
REINSTALL = "install the app again from `python -m bot manifest`"
REMEDIES: tuple[tuple[type[BotError], str], ...] = (
    (PbxUntrusted, "name its authority in PBX_CA_FILE, or its fingerprint in PBX_CERT_SHA256"),
    (PbxUnreachable, "check YEASTAR_BASE_URL, the network and the PBX's firewall"),
    (PbxLoginRefused, "copy YEASTAR_CLIENT_ID and YEASTAR_CLIENT_SECRET from Integrations > API on the PBX"),
    (PbxAddressBlocked, "allow this address under Integrations > API; lift a block under Security > Blocked IPs"),
    (PbxForbidden, "give the application the permission for call recordings under Integrations > API"),
    (PbxNotFound, "`latest` lists what there is"),
    (PbxNotUnderstood, "check that YEASTAR_BASE_URL names the PBX's web port, as in https://192.168.5.150:8088"),
    (PbxRefused, "see Integrations > API on the PBX, or try again later"),
    (SlackLoginRefused, REINSTALL),
    (SlackBusy, "try again in a minute"),
    (SlackError, "check the network, and SLACK_API_URL if it is set"),
    (BotError, "try again in a minute"),
)
"""What to do. The narrower error stands before the wider one."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `remedy` is empty when all is well."""

    name: str
    ok: bool
    says: str
    remedy: str = ""


async def examine(environ: Mapping[str, str] | None = None, env_file: Path = Path(".env")) -> AsyncIterator[Check]:
    """Look at settings, database, PBX and Slack in turn. A part without its settings is passed over."""
    settings, problems = look_over(Mode.DOCTOR, environ=environ, env_file=env_file)
    for problem in problems:
        yield Check("settings", ok=False, says=problem, remedy="set it in the environment or in .env")
    if not problems:
        yield Check("settings", ok=True, says="complete")
    yield await _database(settings)
    if settings.yeastar_base_url and settings.yeastar_client_id and settings.yeastar_client_secret:
        async for check in _pbx(settings):
            yield check
    if settings.slack_bot_token:
        async with open_clients(settings.slack_bot_token.get_secret_value(), settings.slack_api_url) as clients:
            async for check in _slack(settings, clients):
                yield check


def explain(error: BotError) -> tuple[str, str]:
    """What is wrong, in a few words, and what to do about it."""
    remedy = next(remedy for kind, remedy in REMEDIES if isinstance(error, kind))
    match error:
        case PbxUntrusted(fingerprint=str()):  # its own words name the fingerprint and the setting
            wrong, _, advice = str(error).partition(". ")
            return wrong, advice.rstrip(".")
        case PbxError(meaning=meaning, errcode=code, errmsg=told) if meaning:
            wrong = meaning if isinstance(error, PbxRefused) else meaning.partition(":")[0]
            return f"{wrong} ({f'{code} {told}'.strip()})", remedy
        case SlackError(code=code) if code:
            return f"Slack says {code}", remedy
    return str(error).partition(". ")[0].rstrip("."), remedy


async def _database(settings: Settings) -> Check:
    try:
        held = await held_recordings(settings)
    except ArchiveError as error:
        wrong, _, remedy = str(error).rstrip(".").partition(": ")
        remedy = f"{remedy or 'see the system log'} (DATABASE_URL is {settings.database_url})"
        return Check("database", ok=False, says=wrong, remedy=remedy)
    return Check("database", ok=True, says=f"{held:,} recordings held in {settings.database_url}")


async def _pbx(settings: Settings) -> AsyncIterator[Check]:
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
        yield _failed(failed_at, error)
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
        return _failed("PBX clock", error)
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


async def _slack(settings: Settings, clients: Clients) -> AsyncIterator[Check]:
    try:
        identity = await identify(clients)
    except SlackError as error:
        yield _failed("Slack bot token", error, refused=BOT_TOKEN)
        return
    yield Check("Slack bot token", ok=True, says=f"right, for the workspace {identity.team_name}")
    yield _scopes(identity.scopes)
    yield await _app_token(settings, clients)
    yield _signing_secret(settings)
    yield await _channel(settings.recordings_channel, SlackDirectory(clients))


def _scopes(granted: frozenset[str]) -> Check:
    missing = sorted(SCOPES - granted)
    if granted and missing:
        return Check("Slack scopes", ok=False, says=f"missing: {', '.join(missing)}", remedy=REINSTALL)
    return Check("Slack scopes", ok=True, says="all that are needed" if granted else "not told by Slack")


async def _app_token(settings: Settings, clients: Clients) -> Check:
    if not settings.slack_app_token:
        return Check("Slack app token", ok=True, says="not set, only `run` needs it")
    try:
        await check_app_token(clients, settings.slack_app_token.get_secret_value())
    except SlackError as error:
        return _failed("Slack app token", error, refused=APP_TOKEN)
    return Check("Slack app token", ok=True, says="right, Socket Mode can connect")


def _signing_secret(settings: Settings) -> Check:
    there = "set, only a request from Slack can tell whether it is right"
    says = there if settings.slack_signing_secret else "not set, only `web` needs it"
    return Check("Slack signing secret", ok=True, says=says)


async def _channel(name: str | None, directory: SlackDirectory) -> Check:
    if name is None:
        return Check(
            "Slack channel", ok=True, says="no channel is told of new recordings: RECORDINGS_CHANNEL is not set"
        )
    try:
        channel = await directory.channel_id(name)
        if await directory.is_member(channel):
            return Check("Slack channel", ok=True, says=f"the bot is in {name}")
        says = f"the bot is not in {name}"
    except ChannelClosed:
        says = f"the bot sees no channel {name}"
    except SlackError as error:
        return _failed("Slack channel", error)
    remedy = f"type /invite @Recordings in {name}, or correct RECORDINGS_CHANNEL"
    return Check("Slack channel", ok=False, says=says, remedy=remedy)


def _failed(name: str, error: BotError, *, refused: str = "") -> Check:
    """The line for an error. `refused` is the remedy where Slack takes a token for wrong."""
    says, remedy = explain(error)
    return Check(
        name, ok=False, says=says, remedy=refused if isinstance(error, SlackLoginRefused) and refused else remedy
    )
