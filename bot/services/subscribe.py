"""Subscribe channels to recordings and to alerts."""

from collections.abc import Sequence

import structlog

from bot.errors import ChannelClosed, MessageRefused
from bot.ports import Clock, Directory, Outbox

log = structlog.get_logger(__name__)


async def subscribe(name: str, *, workspace: str, directory: Directory, outbox: Outbox, clock: Clock) -> str:
    """Subscribe a channel, given by id or #name, to all new recordings. A second call changes nothing.

    The first call creates a welcome. Returns the channel's id. Raises SlackError or ArchiveError.
    """
    channel = await directory.channel_id(name)
    if await outbox.subscribe(workspace, channel, now=clock.now()):
        log.info("subscribed", channel=channel)
    return channel


async def set_alert_channels(
    *,
    channel: str | None,
    admins: Sequence[str],
    otherwise: str | None,
    workspace: str,
    directory: Directory,
    outbox: Outbox,
    clock: Clock,
) -> tuple[str, ...]:
    """Choose the channels that receive alerts about the bot, and save them.

    That is `channel` if it is set, else direct messages to the administrators, else the channel `otherwise`, which
    receives the recordings, else no channel. Returns the ids of the channels. Raises SlackError or ArchiveError.
    """
    if channel is None and admins:
        channels = await _direct_messages(admins, directory)
    else:
        name = channel or otherwise
        channels = (await directory.channel_id(name),) if name else ()
    await outbox.set_alert_channels(workspace, channels, now=clock.now())
    return channels


async def _direct_messages(admins: Sequence[str], directory: Directory) -> tuple[str, ...]:
    """Return the channels for direct messages to these users. Skips users to whom Slack refuses messages."""
    channels: list[str] = []
    for user in await directory.people(admins):
        try:
            channels.append(await directory.direct(user))
        except (ChannelClosed, MessageRefused) as error:
            log.warning("administrator_not_reached", user=user, error=str(error))
    return tuple(channels)
