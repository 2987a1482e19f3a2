"""What is owed to channels, and what has become of it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, distinct, false, func, select, text, update
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.archive.alerts import forget_alerts, owe_alert, read_alert
from bot.archive.claims import carried, heads, message
from bot.archive.engine import reading, writing
from bot.archive.owing import owe_welcome
from bot.archive.rows import MILLISECOND, millis, moment_of
from bot.archive.tables import DUE, GIVEN_UP, LOST, OPEN, SENDING, SENT, deliveries, subscriptions
from bot.domain.alert import Alert, Happening
from bot.domain.delivery import Kind, Post, Retry
from bot.domain.status import ChannelState

_STATES = text("""
    SELECT s.channel, s.problem, s.paused_at, s.last_sent_at, s.last_delay,
        count(d.id) AS owed, min(d.created_at) AS oldest_owed_at
    FROM subscriptions AS s
    LEFT JOIN deliveries AS d ON d.subscription = s.id AND d.site = :site AND d.state IN ('due', 'sending')
    WHERE s.recordings
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
        told = subscriptions.c.workspace == workspace, subscriptions.c.channel == channel
        async with writing(self._engine) as connection:
            await connection.execute(_added([_fresh(workspace, channel, now)]))
            fresh = update(subscriptions).where(*told, subscriptions.c.recordings.is_(false())).values(recordings=True)
            subscription = (await connection.execute(fresh.returning(subscriptions.c.id))).scalar_one_or_none()
            if subscription is not None:
                await owe_welcome(connection, subscription, site=self._site, now=now)
        return subscription is not None

    async def set_alert_channels(self, workspace: str, channels: Sequence[str], *, now: datetime) -> None:
        """From now on these channels, and no others, are told of alerts, nor of those that wait for others."""
        told = (subscriptions.c.workspace == workspace) & subscriptions.c.channel.in_(channels)
        async with writing(self._engine) as connection:
            if channels:
                await connection.execute(_added([_fresh(workspace, channel, now) for channel in channels]))
            await connection.execute(update(subscriptions).values(alerts=told))
            await forget_alerts(connection, site=self._site)

    async def alert_channels(self) -> tuple[str, ...]:
        """The channels that are told of alerts, in the order of subscribing."""
        statement = select(subscriptions.c.channel).where(subscriptions.c.alerts).order_by(subscriptions.c.id)
        async with reading(self._engine) as connection:
            return tuple((await connection.execute(statement)).scalars())

    async def due_channels(self, *, now: datetime) -> tuple[str, ...]:
        """The channels for which `claim` has something now, or holds it back for a digest; the longest due first."""
        async with reading(self._engine) as connection:
            ready = await heads(connection, self._site, now=now)
        return tuple(dict.fromkeys(head.channel for head in ready))

    async def claim_next(self, channel: str, *, now: datetime) -> Post | None:
        """Take what this channel is owed next, or None.

        The post has the key and the recordings of the last claim for as long as neither `sent` nor `given_up` was
        told of it, and `started_at` when it may be in the channel already.
        """
        async with writing(self._engine) as connection:
            ready = await heads(connection, self._site, now=now, channel=channel)
            return await self._take(connection, ready[0], now) if ready else None

    async def mark_sent(self, post: Post, *, ts: str, now: datetime) -> None:
        """It is in the channel, as message `ts`. A channel that was paused is open again, which is told as an alert."""
        async with writing(self._engine) as connection:
            if not await self._settle(connection, post, problem="", state=SENT, ts=ts, sent_at=millis(now)):
                return
            told = await self._told(connection, post)
            news = _news(post, now) if post.kind is Kind.RECORDINGS else {}
            await self._note(connection, told, problem="", paused_at=None, last_ts=ts, **news)
            if told.paused_at is not None:
                alert = Alert(
                    happening=Happening.OPEN,
                    channel=post.channel,
                    since=moment_of(told.paused_at),
                    until=now,
                    came=await self._waiting(connection, told),
                )
                await owe_alert(connection, alert, site=self._site, now=now)

    async def failed(self, post: Post, retry: Retry, *, problem: str, now: datetime) -> None:
        """It comes back at `retry.at`, and nothing passes it meanwhile. Once plain it stays plain."""
        outcome = {} if retry.look else {"state": DUE, "started_at": None}
        async with writing(self._engine) as connection:
            if not await self._settle(
                connection,
                post,
                problem=problem,
                attempts=deliveries.c.attempts + 1,
                due_at=millis(retry.at),
                failed_at=millis(now),
                plain=post.plain or retry.plain,
                **outcome,
            ):
                return
            told = await self._told(connection, post)
            pauses = bool(retry.pauses) and told.paused_at is None
            await self._note(connection, told, problem=problem, **({"paused_at": millis(now)} if pauses else {}))
            if pauses:
                alert = Alert(happening=Happening.CLOSED, channel=post.channel, reason=retry.pauses, since=now)
                await owe_alert(connection, alert, site=self._site, now=now, but=told.id)

    async def mark_given_up(self, post: Post, *, problem: str, now: datetime) -> None:
        """It never comes back, which is told as an alert; of an alert that is given up there is none."""
        async with writing(self._engine) as connection:
            if not await self._settle(
                connection, post, problem=problem, state=LOST, attempts=deliveries.c.attempts + 1
            ):
                return
            await self._note(connection, await self._told(connection, post), problem=problem)
            if post.kind is not Kind.ALERT:
                alert = Alert(
                    happening=Happening.REFUSED,
                    channel=post.channel,
                    reason=problem,
                    since=now,
                    recordings=tuple(recording.id for recording in post.recordings),
                )
                await owe_alert(connection, alert, site=self._site, now=now)

    async def resume(self, channel: str, *, now: datetime) -> bool:
        """Try a paused channel again at once. False when it is not paused."""
        paused = select(subscriptions.c.id).where(
            subscriptions.c.channel == channel, subscriptions.c.paused_at.is_not(None)
        )
        async with writing(self._engine) as connection:
            ids = (await connection.execute(paused)).scalars().all()
            theirs = (deliveries.c.site == self._site) & deliveries.c.subscription.in_(ids)
            in_hand = update(deliveries).where(theirs, OPEN, deliveries.c.post.is_not(None))
            await connection.execute(in_hand.values(due_at=millis(now)))
        return bool(ids)

    async def channel_states(self) -> tuple[ChannelState, ...]:
        """Every subscribed channel, in the order of subscribing."""
        async with reading(self._engine) as connection:
            rows = await connection.execute(_STATES, {"site": self._site})
            return tuple(_channel_state(row) for row in rows)

    async def lost(self) -> int:
        """How many messages were given up."""
        statement = select(func.count(distinct(deliveries.c.post))).where(deliveries.c.site == self._site, GIVEN_UP)
        async with reading(self._engine) as connection:
            return (await connection.execute(statement)).scalar_one()

    async def _take(self, connection: AsyncConnection, head: Row[Any], now: datetime) -> Post | None:
        key = head.post or self._new_key()
        if head.post:
            taken = deliveries.c.post == key
        elif ids := await message(connection, self._site, head, now=now):
            taken = deliveries.c.id.in_(ids)
        else:
            return None
        started_at = func.coalesce(deliveries.c.started_at, millis(now))
        await connection.execute(update(deliveries).where(taken).values(post=key, state=SENDING, started_at=started_at))
        return Post(
            key=key,
            workspace=head.workspace,
            channel=head.channel,
            kind=Kind(head.kind),
            site=self._site,
            recordings=await carried(connection, key),
            alert=read_alert(head.alert) if head.alert else None,
            is_current=bool(head.is_current),
            attempts=head.attempts,
            plain=bool(head.plain),
            started_at=moment_of(head.started_at),
            after=head.last_ts,
        )

    async def _settle(self, connection: AsyncConnection, post: Post, **values: Any) -> bool:
        """Write what has become of a claimed post. One that is settled already stays as it is."""
        claimed = (deliveries.c.post == post.key) & (deliveries.c.state == SENDING)
        return bool((await connection.execute(update(deliveries).where(claimed).values(**values))).rowcount)

    async def _told(self, connection: AsyncConnection, post: Post) -> Row[Any]:
        """The subscription of the post's channel."""
        told = (subscriptions.c.workspace == post.workspace) & (subscriptions.c.channel == post.channel)
        return (await connection.execute(select(subscriptions).where(told))).one()

    async def _note(self, connection: AsyncConnection, told: Row[Any], **values: Any) -> None:
        await connection.execute(update(subscriptions).where(subscriptions.c.id == told.id).values(**values))

    async def _waiting(self, connection: AsyncConnection, told: Row[Any]) -> int:
        """How many recordings wait for that channel."""
        theirs = (deliveries.c.subscription == told.id) & (deliveries.c.site == self._site)
        waiting = select(func.count()).where(theirs, OPEN, deliveries.c.kind == Kind.RECORDINGS.value)
        return (await connection.execute(waiting)).scalar_one()


def _fresh(workspace: str, channel: str, now: datetime) -> dict[str, Any]:
    """A subscription that is told of nothing yet."""
    kinds = {"recordings": False, "alerts": False}
    return {"workspace": workspace, "channel": channel, "problem": "", "created_at": millis(now), **kinds}


def _added(rows: Sequence[dict[str, Any]]) -> Insert:
    """Those that are not there yet."""
    return insert(subscriptions).values(rows).on_conflict_do_nothing()


def _news(post: Post, now: datetime) -> dict[str, int | None]:
    """What is remembered of recordings posted `now`."""
    delay = post.delay(now)
    return {"last_sent_at": millis(now), "last_delay": None if delay is None else delay // MILLISECOND}


def _channel_state(row: Row[Any]) -> ChannelState:
    return ChannelState(
        channel=row.channel,
        owed=row.owed,
        oldest_owed_at=moment_of(row.oldest_owed_at),
        last_sent_at=moment_of(row.last_sent_at),
        last_delay=None if row.last_delay is None else row.last_delay * MILLISECOND,
        paused_since=moment_of(row.paused_at),
        problem=row.problem,
    )
