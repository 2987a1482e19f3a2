"""Give a channel what it asked for."""

from collections.abc import Sequence

import structlog

from bot.errors import ChannelClosed, MessageRefused
from bot.ports import Clock, Directory, Outbox

log = structlog.get_logger(__name__)


async def subscribe(name: str, *, workspace: str, directory: Directory, outbox: Outbox, clock: Clock) -> str:
    """Subscribe a channel, by id or #name, to every recording from now on; once, however often it is called.

    Its first message says what this is. Returns the channel's id. Raises SlackError or ArchiveError.
    """
    channel = await directory.channel_id(name)
    if await outbox.subscribe(workspace, channel, now=clock.now()):
        log.info("subscribed", channel=channel)
    return channel


async def tell_of_trouble(
    *,
    channel: str | None,
    admins: Sequence[str],
    otherwise: str | None,
    workspace: str,
    directory: Directory,
    outbox: Outbox,
    clock: Clock,
) -> tuple[str, ...]:
    """Say who is told when something is wrong with the bot, from now on.

    A channel if one is named; else the administrators, by direct message; else the channel that is told of recordings;
    else nobody. Returns the channels' ids. Raises SlackError or ArchiveError.
    """
    if channel is None and admins:
        told = await _direct(admins, directory)
    else:
        name = channel or otherwise
        told = (await directory.channel_id(name),) if name else ()
    await outbox.set_alert_channels(workspace, told, now=clock.now())
    return told


async def _direct(admins: Sequence[str], directory: Directory) -> tuple[str, ...]:
    """The direct messages with everybody who can be had; somebody who has left must not silence the others."""
    channels: list[str] = []
    for user in await directory.people(admins):
        try:
            channels.append(await directory.direct(user))
        except (ChannelClosed, MessageRefused) as error:
            log.warning("administrator_not_reached", user=user, error=str(error))
    return tuple(channels)
