"""What is owed to channels, and what has become of it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, distinct, func, select, text, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.archive.claims import carried, heads, legs
from bot.archive.engine import reading, writing
from bot.archive.owing import owe_welcome
from bot.archive.rows import millis, moment_of
from bot.archive.tables import DUE, LOST, SENDING, SENT, deliveries, subscriptions
from bot.domain.delivery import Kind, Post, Retry
from bot.domain.status import ChannelState

_STATES = text("""
    SELECT s.channel, s.problem, count(d.id) AS owed, min(d.created_at) AS oldest_owed_at,
        (SELECT max(a.sent_at) FROM deliveries AS a WHERE a.subscription = s.id) AS last_sent_at
    FROM subscriptions AS s
    LEFT JOIN deliveries AS d ON d.subscription = s.id AND d.site = :site AND d.state IN ('due', 'sending')
    GROUP BY s.id
    ORDER BY s.id
""")


def _unique_key() -> str:
    return uuid4().hex


class SqlOutbox:
    """Implements the port `Outbox` for the recordings of one site.

    One process delivers at a time (`Leader`), and it has at most one post of a channel in hand. So a post
    that `claim` finds in state `sending` is in nobody's hands: its process died, or its outcome is unknown. It may
    be claimed again at once, and `started_at` tells to look for it in the channel first.
    """

    def __init__(self, engine: AsyncEngine, *, site: str, new_key: Callable[[], str] = _unique_key) -> None:
        self._engine = engine
        self._site = site
        self._new_key = new_key

    async def subscribe(self, workspace: str, channel: str, *, now: datetime) -> bool:
        """Owe this channel everything from now on, and a welcome. False when it was subscribed before."""
        statement = (
            insert(subscriptions)
            .values(workspace=workspace, channel=channel, problem="", created_at=millis(now))
            .on_conflict_do_nothing()
            .returning(subscriptions.c.id)
        )
        async with writing(self._engine) as connection:
            subscription = (await connection.execute(statement)).scalar_one_or_none()
            if subscription is not None:
                await owe_welcome(connection, subscription, site=self._site, now=now)
        return subscription is not None

    async def due(self, *, now: datetime) -> tuple[str, ...]:
        """The channels for which `claim` has something now, the longest due first."""
        async with reading(self._engine) as connection:
            ready = await heads(connection, self._site, now=now)
        return tuple(dict.fromkeys(head.channel for head in ready))

    async def claim(self, channel: str, *, now: datetime) -> Post | None:
        """Take what this channel is owed next, or None.

        The post has the key and the recordings of the last claim for as long as neither `sent` nor `given_up` was
        told of it, and `started_at` when it may be in the channel already.
        """
        async with writing(self._engine) as connection:
            ready = await heads(connection, self._site, now=now, channel=channel)
            return await self._take(connection, ready[0], now) if ready else None

    async def sent(self, post: Post, *, ts: str, now: datetime) -> None:
        """It is in the channel, as message `ts`."""
        await self._settle(post, problem="", state=SENT, ts=ts, sent_at=millis(now))

    async def failed(self, post: Post, retry: Retry, *, problem: str) -> None:
        """It comes back at `retry.at`, and nothing passes it meanwhile. Once plain it stays plain."""
        outcome = {} if retry.look else {"state": DUE, "started_at": None}
        await self._settle(
            post,
            problem=problem,
            attempts=deliveries.c.attempts + 1,
            due_at=millis(retry.at),
            plain=post.plain or retry.plain,
            **outcome,
        )

    async def given_up(self, post: Post, *, problem: str) -> None:
        """It never comes back."""
        await self._settle(post, problem=problem, state=LOST, attempts=deliveries.c.attempts + 1)

    async def states(self) -> tuple[ChannelState, ...]:
        """Every subscribed channel, in the order of subscribing."""
        async with reading(self._engine) as connection:
            rows = await connection.execute(_STATES, {"site": self._site})
            return tuple(_channel_state(row) for row in rows)

    async def lost(self) -> int:
        """How many messages were given up."""
        statement = select(func.count(distinct(deliveries.c.post))).where(
            deliveries.c.site == self._site, deliveries.c.state == LOST
        )
        async with reading(self._engine) as connection:
            return (await connection.execute(statement)).scalar_one()

    async def _take(self, connection: AsyncConnection, head: Row[Any], now: datetime) -> Post:
        key = head.post or self._new_key()
        taken = (
            deliveries.c.post == key
            if head.post
            else deliveries.c.id.in_(await legs(connection, self._site, head, now=now))
        )
        started_at = func.coalesce(deliveries.c.started_at, millis(now))
        await connection.execute(update(deliveries).where(taken).values(post=key, state=SENDING, started_at=started_at))
        return Post(
            key=key,
            workspace=head.workspace,
            channel=head.channel,
            kind=Kind(head.kind),
            site=self._site,
            recordings=await carried(connection, key),
            attempts=head.attempts,
            plain=bool(head.plain),
            started_at=moment_of(head.started_at),
        )

    async def _settle(self, post: Post, *, problem: str, **values: Any) -> None:
        """Write what has become of a claimed post. One that is settled already stays as it is."""
        claimed = (deliveries.c.post == post.key) & (deliveries.c.state == SENDING)
        told = (subscriptions.c.workspace == post.workspace) & (subscriptions.c.channel == post.channel)
        async with writing(self._engine) as connection:
            await connection.execute(update(deliveries).where(claimed).values(problem=problem, **values))
            await connection.execute(update(subscriptions).where(told).values(problem=problem))


def _channel_state(row: Row[Any]) -> ChannelState:
    return ChannelState(
        channel=row.channel,
        owed=row.owed,
        oldest_owed_at=moment_of(row.oldest_owed_at),
        last_sent_at=moment_of(row.last_sent_at),
        problem=row.problem,
    )
