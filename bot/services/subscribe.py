"""Give a channel what it asked for."""

import structlog

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
