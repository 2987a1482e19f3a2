"""Whether Slack takes our tokens and lets us into the channel."""

from collections.abc import AsyncIterator, Sequence

from bot.app import check_app_token
from bot.doctor.check import REINSTALL, Check, failed
from bot.errors import ChannelClosed, SlackError
from bot.operations.manifest import SCOPES
from bot.settings import Settings
from bot.slack.clients import Clients, identify
from bot.slack.directory import SlackDirectory

BOT_TOKEN = "copy the Bot User OAuth Token from the app's page OAuth & Permissions into SLACK_BOT_TOKEN"  # noqa: S105 - advice
APP_TOKEN = "make an app-level token with connections:write under Basic Information, and set SLACK_APP_TOKEN"  # noqa: S105 - advice


async def slack_checks(settings: Settings, clients: Clients) -> AsyncIterator[Check]:
    """The tokens, what they may do, and where the bot is to post. Stops where Slack does not take the bot token."""
    try:
        identity = await identify(clients)
    except SlackError as error:
        yield failed("Slack bot token", error, refused=BOT_TOKEN)
        return
    yield Check("Slack bot token", ok=True, says=f"right, for the workspace {identity.team_name}")
    yield _scopes(identity.scopes)
    yield await _app_token(settings, clients)
    yield _signing_secret(settings)
    directory = SlackDirectory(clients)
    yield await _recordings_channel(settings, directory)
    yield await _alerts(settings, directory)


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
        return failed("Slack app token", error, refused=APP_TOKEN)
    return Check("Slack app token", ok=True, says="right, Socket Mode can connect")


def _signing_secret(settings: Settings) -> Check:
    there = "set, only a request from Slack can tell whether it is right"
    says = there if settings.slack_signing_secret else "not set, only `web` needs it"
    return Check("Slack signing secret", ok=True, says=says)


async def _recordings_channel(settings: Settings, directory: SlackDirectory) -> Check:
    if settings.recordings_channel is None:
        says = "no channel is told of new recordings: RECORDINGS_CHANNEL is not set"
        return Check("Slack channel", ok=True, says=says)
    return await _channel("Slack channel", settings.recordings_channel, "RECORDINGS_CHANNEL", directory)


async def _alerts(settings: Settings, directory: SlackDirectory) -> Check:
    """Who hears of trouble."""
    name = "Slack alerts"
    if settings.alert_channel is not None:
        return await _channel(name, settings.alert_channel, "ALERT_CHANNEL", directory)
    if settings.recordings_admins:
        return await _admins(name, settings.recordings_admins, directory)
    if settings.recordings_channel is not None:
        return Check(name, ok=True, says=f"go to {settings.recordings_channel}")
    return Check(name, ok=False, says="nobody is told of trouble", remedy="set ALERT_CHANNEL or RECORDINGS_ADMINS")


async def _admins(name: str, ids: Sequence[str], directory: SlackDirectory) -> Check:
    try:
        people = await directory.people(ids)
        for person in people:
            await directory.direct(person)
    except SlackError as error:
        return failed(name, error, otherwise="correct RECORDINGS_ADMINS")
    return Check(name, ok=True, says=f"go to {len(people)} people by direct message")


async def _channel(name: str, channel: str, setting: str, directory: SlackDirectory) -> Check:
    try:
        if await directory.is_member(await directory.channel_id(channel)):
            return Check(name, ok=True, says=f"the bot is in {channel}")
        says = f"the bot is not in {channel}"
    except ChannelClosed:
        says = f"the bot sees no channel {channel}"
    except SlackError as error:
        return failed(name, error)
    return Check(name, ok=False, says=says, remedy=f"type /invite @Recordings in {channel}, or correct {setting}")
