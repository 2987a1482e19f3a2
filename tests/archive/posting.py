"""A careful sender, as short as tests need it."""

from datetime import datetime

from bot.archive import SqlOutbox
from bot.domain.delivery import Post


async def claimed(outbox: SqlOutbox, now: datetime, channel: str = "C1") -> Post:
    """What the channel is owed next; there must be something."""
    post = await outbox.claim_next(channel, now=now)
    assert post is not None
    return post


async def send(outbox: SqlOutbox, now: datetime, channel: str = "C1") -> list[int]:
    """Post what the channel is owed next; the ids that the message carries."""
    post = await claimed(outbox, now, channel)
    await outbox.mark_sent(post, ts="1.1", now=now)
    return [row.id for row in post.recordings]


async def send_all(outbox: SqlOutbox, now: datetime, channel: str = "C1") -> list[Post]:
    """Post everything that the channel is owed now."""
    posts = []
    while post := await outbox.claim_next(channel, now=now):
        await outbox.mark_sent(post, ts="1.1", now=now)
        posts.append(post)
    return posts
