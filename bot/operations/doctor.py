"""The checks of `python -m bot doctor`: settings, database, PBX and Slack, each with a remedy when it fails.

What opens the parts comes in as arguments, so that nothing here knows SQL or Slack's client.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from bot.domain.query import Order, Sort
from bot.domain.status import SILENT, ChannelState, Status
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
    SlackError,
    SlackLoginRefused,
)
from bot.operations.manifest import SCOPES
from bot.ports import Directory
from bot.settings import Mode, Settings, look_over
from bot.text.durations import duration_text
from bot.text.lines import Moment
from bot.text.remedies import REINSTALL, explain_to_admin
from bot.text.status_lines import reconciliation_figures
from bot.yeastar import Information, PbxClient

LATE = timedelta(minutes=15)
"""A post that waits longer is reported as a fault."""
MOST_CLOCK_DIFFERENCE = 60
"""Seconds between the PBX's clock and this machine's."""
REACH, CERTIFICATE, LOGIN, RECORDINGS = "PBX reach", "PBX certificate", "PBX login", "PBX recordings"
"""Steps of a listing, in order: if one fails, those before it have passed."""
LOGIN_ERRCODES = frozenset({60002, 10001, 10002, 10003, 10009, 70123, 70656})
"""Errcodes of get_token that do not depend on the client id: no token is free, or the PBX's API is too old."""
BOT_TOKEN = "copy the Bot User OAuth Token from the app's page OAuth & Permissions into SLACK_BOT_TOKEN"  # noqa: S105 - advice
APP_TOKEN = "make an app-level token with connections:write under Basic Information, and set SLACK_APP_TOKEN"  # noqa: S105 - advice


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor. `remedy` is empty if the check passed."""

    name: str
    ok: bool
    says: str
    remedy: str = ""


class Channels(Directory, Protocol):
    """Slack's channels and people, with the bot's membership."""

    async def is_member(self, channel: str) -> bool:
        """Whether the bot is in the channel. Raises SlackError, ChannelClosed when it cannot see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackAccess:
    """What the doctor asks Slack. Every function raises SlackError."""

    identify: Callable[[], Awaitable[tuple[str, frozenset[str]]]]
    """Returns the name of the bot token's workspace, and its scopes; no scopes if Slack does not tell them."""
    check_app_token: Callable[[str], Awaitable[None]]
    channels: Channels


OpenPbx = Callable[[Settings], AbstractAsyncContextManager[PbxClient]]
OpenSlack = Callable[[Settings], AbstractAsyncContextManager[SlackAccess]]
ReadStatus = Callable[[Settings], Awaitable[Status]]


async def examine(
    environ: Mapping[str, str] | None = None,
    env_file: Path = Path(".env"),
    *,
    read_status: ReadStatus,
    open_pbx: OpenPbx,
    open_slack: OpenSlack,
) -> AsyncIterator[Check]:
    """Check settings, database, PBX and Slack in turn. A part without settings is left out.

    `read_status` reads the status from the database and raises ArchiveError.
    """
    settings, problems = look_over(Mode.DOCTOR, environ=environ, env_file=env_file)
    for problem in problems:
        yield Check("settings", ok=False, says=problem, remedy="set it in the environment or in .env")
    if not problems:
        yield Check("settings", ok=True, says="complete")
    async for check in _database_checks(settings, read_status):
        yield check
    if settings.yeastar_base_url and settings.yeastar_client_id and settings.yeastar_client_secret:
        async for check in pbx_checks(settings, open_pbx):
            yield check
    if settings.slack_bot_token:
        async with open_slack(settings) as slack:
            async for check in _slack_checks(settings, slack):
                yield check


def _failed(name: str, error: BotError, *, refused: str = "", otherwise: str = "") -> Check:
    """The check that an error ended. `refused` is the remedy for a token that Slack refuses, `otherwise` for others."""
    says, usual = explain_to_admin(error)
    remedy = refused if isinstance(error, SlackLoginRefused) else otherwise
    return Check(name, ok=False, says=says, remedy=remedy or usual)


async def _database_checks(settings: Settings, read_status: ReadStatus) -> AsyncIterator[Check]:
    try:
        status = await read_status(settings)
    except ArchiveError as error:
        problem, _, remedy = str(error).rstrip(".").partition(": ")
        remedy = f"{remedy or 'see the system log'} (DATABASE_URL is {settings.shown_database_url})"
        yield Check("database", ok=False, says=problem, remedy=remedy)
        return
    yield Check("database", ok=True, says=f"{status.stored:,} recordings held in {settings.shown_database_url}")
    for check in status_checks(status):
        yield check


def status_checks(status: Status) -> Iterator[Check]:
    """Check what the database says of the bot's work: whether it runs, its last reconciliation, its last posts."""
    if status.watched_at is not None and status.now - status.watched_at <= SILENT:
        yield Check("bot", ok=True, says="runs")
    elif status.watched_at is not None:
        says = f"does not run; last seen {Moment(status.watched_at).utc}"
        yield Check("bot", ok=False, says=says, remedy="start it: python -m bot run")
    if (proof := status.reconciliation) is not None:
        is_complete = proof.stored == proof.listed and not proof.skipped
        says = f"{proof.at:%d %b %H:%M} UTC: {reconciliation_figures(proof)}"
        remedy = "" if is_complete else "see the log; the next proof tries again"
        yield Check("daily proof", ok=is_complete, says=says, remedy=remedy)
    for channel in status.channels:
        yield _posts(channel, status.now)


def _posts(channel: ChannelState, now: datetime) -> Check:
    """Check the last real post: a test message would prove nothing about the path of a recording."""
    name, last_post = f"posts to {channel.channel}", "no recording posted yet"
    if channel.last_sent_at is not None:
        delay = f", {duration_text(channel.last_delay)} after its call" if channel.last_delay is not None else ""
        last_post = f"last recording posted {duration_text(now - channel.last_sent_at)} ago{delay}"
    if channel.paused_since is not None:
        says = f"paused: {channel.problem}; {last_post}"
        return Check(name, ok=False, says=says, remedy="it goes on once that is mended")
    waiting_for = now - channel.oldest_pending_at if channel.oldest_pending_at else timedelta(0)
    if waiting_for > LATE:
        why = f": {channel.problem}" if channel.problem else ""
        says = f"{channel.pending:,} waiting, the oldest for {duration_text(waiting_for)}{why}; {last_post}"
        return Check(name, ok=False, says=says, remedy="see /recordings status and the log")
    return Check(name, ok=True, says=f"{last_post}; {channel.pending:,} waiting")


async def pbx_checks(settings: Settings, open_pbx: OpenPbx) -> AsyncIterator[Check]:
    """Stop at the first check that fails: the next ones depend on it, and each bad login counts towards a block."""
    try:
        async with open_pbx(settings) as pbx:
            listing = await pbx.recordings(page=1, size=1, sort=Sort.ID, order=Order.DESC)
            for check in _passed_before(RECORDINGS, settings):
                yield check
            yield Check(RECORDINGS, ok=True, says=f"may be listed, {listing.total:,} of them")
            yield await _pbx_clock(settings, pbx)
    except PbxError as error:
        step = _failed_step(error)
        for check in _passed_before(step, settings):
            yield check
        yield _failed(step, error)
    except SettingsError as error:
        yield Check(CERTIFICATE, ok=False, says="; ".join(error.problems), remedy="correct this setting")


def _failed_step(error: PbxError) -> str:
    match error:
        case PbxUntrusted():
            return CERTIFICATE
        case PbxUnreachable() | PbxNotUnderstood():
            return REACH
        case PbxLoginRefused() | PbxAddressBlocked():
            return LOGIN
        case _:
            return LOGIN if error.errcode in LOGIN_ERRCODES else RECORDINGS


def _passed_before(step: str, settings: Settings) -> Iterator[Check]:
    passed = {
        REACH: f"{settings.yeastar_base_url} answers",
        CERTIFICATE: _trust(settings),
        LOGIN: "the client id and secret are right",
    }
    for name, says in passed.items():
        if name == step:
            return
        yield Check(name, ok=True, says=says)


def _trust(settings: Settings) -> str:
    if settings.yeastar_base_url.startswith("http:"):
        return "none over http: the secret travels unencrypted, use https where you can"
    if settings.pbx_cert_sha256:
        return "trusted, it is the one in PBX_CERT_SHA256"
    return f"trusted, by {'PBX_CA_FILE' if settings.pbx_ca_file else 'an authority that this system trusts'}"


async def _pbx_clock(settings: Settings, pbx: PbxClient) -> Check:
    name, zone, now = "PBX clock", settings.pbx_timezone, datetime.now(UTC)
    try:
        information = await pbx.information()
    except (PbxForbidden, PbxNotFound, PbxRefused, PbxNotUnderstood):
        information = Information()
    except PbxError as error:
        return _failed(name, error)
    formats = f"dates as {information.date_format or 'not told'}, times as {information.time_format or 'not told'}"
    if information.time is None:
        advice = "" if zone else "; set PBX_TIMEZONE if recordings show a wrong time"
        return Check(name, ok=True, says=f"not told by this PBX; {formats}{advice}")
    difference = round(abs((information.time - now).total_seconds()))
    if difference > MOST_CLOCK_DIFFERENCE:
        remedy = "set the PBX's clock by NTP under System > Date and Time, or this machine's"
        return Check(name, ok=False, says=f"{difference} s apart from this machine's; {formats}", remedy=remedy)
    if zone and information.offset not in {None, now.astimezone(zone).utcoffset()}:
        remedy = "correct PBX_TIMEZONE, or leave it out"
        return Check(name, ok=False, says=f"not in the zone {zone.key} now; {formats}", remedy=remedy)
    return Check(name, ok=True, says=f"right; {formats}")


async def _slack_checks(settings: Settings, slack: SlackAccess) -> AsyncIterator[Check]:
    """Check the tokens, their scopes, and the channels. Stop if Slack refuses the bot token."""
    try:
        workspace, scopes = await slack.identify()
    except SlackError as error:
        yield _failed("Slack bot token", error, refused=BOT_TOKEN)
        return
    yield Check("Slack bot token", ok=True, says=f"right, for the workspace {workspace}")
    missing = sorted(SCOPES - scopes) if scopes else []
    says = f"missing: {', '.join(missing)}" if missing else "all that are needed" if scopes else "not told by Slack"
    yield Check("Slack scopes", ok=not missing, says=says, remedy=REINSTALL if missing else "")
    yield await _app_token(settings, slack)
    secret = "set, only a request from Slack can tell whether it is right"  # noqa: S105 - a sentence
    says = secret if settings.slack_signing_secret else "not set, only `web` needs it"
    yield Check("Slack signing secret", ok=True, says=says)
    if settings.recordings_channel is None:
        says = "no channel is told of new recordings: RECORDINGS_CHANNEL is not set"
        yield Check("Slack channel", ok=True, says=says)
    else:
        yield await _channel("Slack channel", settings.recordings_channel, "RECORDINGS_CHANNEL", slack.channels)
    yield await _alert_recipients(settings, slack.channels)


async def _app_token(settings: Settings, slack: SlackAccess) -> Check:
    name = "Slack app token"
    if not settings.slack_app_token:
        return Check(name, ok=True, says="not set, only `run` needs it")
    try:
        await slack.check_app_token(settings.slack_app_token.get_secret_value())
    except SlackError as error:
        return _failed(name, error, refused=APP_TOKEN)
    return Check(name, ok=True, says="right, Socket Mode can connect")


async def _alert_recipients(settings: Settings, channels: Channels) -> Check:
    name = "Slack alerts"
    if settings.alert_channel is not None:
        return await _channel(name, settings.alert_channel, "ALERT_CHANNEL", channels)
    if settings.recordings_admins:
        return await _admins(name, settings.recordings_admins, channels)
    if settings.recordings_channel is not None:
        return Check(name, ok=True, says=f"go to {settings.recordings_channel}")
    return Check(name, ok=False, says="nobody is told of trouble", remedy="set ALERT_CHANNEL or RECORDINGS_ADMINS")


async def _admins(name: str, ids: Sequence[str], channels: Channels) -> Check:
    try:
        people = await channels.people(ids)
        for person in people:
            await channels.direct(person)
    except SlackError as error:
        return _failed(name, error, otherwise="correct RECORDINGS_ADMINS")
    return Check(name, ok=True, says=f"go to {len(people)} people by direct message")


async def _channel(name: str, channel: str, setting: str, channels: Channels) -> Check:
    try:
        if await channels.is_member(await channels.channel_id(channel)):
            return Check(name, ok=True, says=f"the bot is in {channel}")
        says = f"the bot is not in {channel}"
    except ChannelClosed:
        says = f"the bot sees no channel {channel}"
    except SlackError as error:
        return _failed(name, error)
    return Check(name, ok=False, says=says, remedy=f"type /invite @Recordings in {channel}, or correct {setting}")
