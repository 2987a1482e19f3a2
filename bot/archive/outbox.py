"""Outbox of deliveries: create them, claim the next message of a channel, record success or failure.

Only the head of each channel can be claimed. The head is the message that was claimed before, that is the deliveries
with the same `post`; else an alert; else the first delivery in the channel's order. While the head is not due, the
channel waits.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import Connection, Row, distinct, false, func, select, text, true, update

from bot.archive.alerts import create_alert, delete_deliveries, read_alert, unposted_alerts
from bot.archive.database import Database
from bot.archive.dialects import insert
from bot.archive.rows import FACTS, FIRST, MILLISECOND, among, millis, moment_of, new_delivery, recording_of
from bot.archive.schema import DUE, GIVEN_UP, LOST, OPEN, SENDING, SENT, channels, deliveries, recordings, subscriptions
from bot.domain.alert import Alert, Happening
from bot.domain.delivery import Kind, Post, Retry
from bot.domain.digest import FEW, MOST_IN_DIGEST, WINDOW, batch_size
from bot.domain.matching import matches
from bot.domain.query import Query
from bot.domain.recording import Recording
from bot.domain.status import ChannelState
from bot.errors import QueryError

LEASE = timedelta(seconds=30)
"""How long other workers may not claim a claimed post. Posting takes at most `bot.slack.clients.TIMEOUT`, 10 s."""
SETTING, PERSON = "setting", "person"
"""The source of a subscription: RECORDINGS_CHANNEL, or a person."""

ReadQuery = Callable[[str], Query]
"""Parses the text of a subscription. Raises QueryError."""

log = structlog.get_logger(__name__)

_RELEASED = "(d.generation < m.generation OR d.pbx_id <= m.synced)"
"""Polls have read all new recordings up to this one. One that a look-up stored must not be posted before older ones."""
_IS_TRUE_NOW = f"""CASE d.kind
        WHEN 'alert' THEN TRUE
        WHEN 'welcome' THEN m.baseline IS NOT NULL
        ELSE {_RELEASED} END"""
"""A welcome says that new recordings will be posted, which is certain only after the baseline is set."""
_READY = "(d.due_at <= :now OR coalesce(d.failed_at, d.created_at) > :now)"
"""If the time when `due_at` was set is later than now, the clock was set back. Then `due_at` is ignored."""

_HEADS = f"""
    SELECT c.id AS channel_id, c.workspace, c.channel, c.last_ts,
        d.id, d.kind, d.post, d.attempts, d.plain, d.started_at, d.claimed_until, d.alert, d.generation,
        d.generation IN (0, m.generation) AS is_current
    FROM channels AS c
    JOIN deliveries AS d ON d.id = coalesce(
        (SELECT a.id FROM deliveries AS a
         WHERE a.channel = c.id AND a.site = :site AND a.state IN ('due', 'sending') AND a.post IS NOT NULL
         LIMIT 1),
        (SELECT a.id FROM deliveries AS a
         WHERE a.channel = c.id AND a.site = :site AND a.state IN ('due', 'sending')
         ORDER BY a.generation, a.pbx_id, a.kind = 'welcome', a.id
         LIMIT 1))
    LEFT JOIN sync_states AS m ON m.site = d.site
    WHERE {_READY} AND (d.post IS NOT NULL OR {_IS_TRUE_NOW})
"""  # noqa: S608 - text of ours alone
_ALL_HEADS = text(f"{_HEADS} ORDER BY d.due_at, c.id")
_HEADS_OF_ONE = text(f"{_HEADS} AND c.channel = :channel ORDER BY d.due_at, c.id")

_CALL = "coalesce(nullif(r.uid, ''), CAST(d.id AS VARCHAR))"
_WAITING = text(f"""
    SELECT d.id, d.created_at, {_CALL} AS call
    FROM deliveries AS d
    JOIN recordings AS r ON r.id = d.recording
    JOIN sync_states AS m ON m.site = d.site
    WHERE d.channel = :channel AND d.site = :site AND d.generation = :generation
        AND d.state IN ('due', 'sending') AND {_RELEASED}
    ORDER BY d.pbx_id
    LIMIT :most
""")  # noqa: S608 - text of ours alone
"""All of these are due, because a delivery that has failed would be the head. A message has one generation only."""

_RECENT = text(f"""
    SELECT count(*) FROM (
        SELECT DISTINCT {_CALL}
        FROM deliveries AS d
        JOIN recordings AS r ON r.id = d.recording
        WHERE d.channel = :channel AND d.site = :site AND d.sent_at > :since AND d.sent_at <= :now
        LIMIT :enough) AS calls
""")  # noqa: S608 - text of ours alone
"""A minute may have tens of thousands of calls, so counting stops at `:enough`."""

_STATES = text("""
    SELECT c.channel, c.problem, c.paused_at, c.last_sent_at, c.last_delay,
        (SELECT count(*) FROM deliveries AS d
         WHERE d.channel = c.id AND d.site = :site AND d.state IN ('due', 'sending')) AS waiting,
        (SELECT min(d.created_at) FROM deliveries AS d
         WHERE d.channel = c.id AND d.site = :site AND d.state IN ('due', 'sending')) AS oldest_at
    FROM channels AS c
    WHERE EXISTS (SELECT 1 FROM subscriptions AS s WHERE s.channel = c.id AND s.site = :site AND s.ended_at IS NULL)
    ORDER BY c.id
""")


def create_deliveries(
    connection: Connection,
    ids: Iterable[int],
    *,
    site: str,
    generation: int,
    now: datetime,
    read_query: ReadQuery,
    region: str | None = None,
) -> None:
    """Create one delivery of each stored recording for every channel with a subscription that matches it.

    `ids` are the PBX's ids. Existing deliveries are not changed.
    """
    active = select(subscriptions.c.channel, subscriptions.c.query).where(
        subscriptions.c.site == site, subscriptions.c.ended_at.is_(None)
    )
    wanted = [(row.channel, _read(row.query, read_query)) for row in connection.execute(active)]
    if not wanted:
        return
    of_ids = (recordings.c.site == site) & (recordings.c.generation == generation) & among(ids)
    rows = []
    for row in connection.execute(select(recordings.c.id, *FACTS).where(of_ids).order_by(recordings.c.pbx_id)):
        recording = recording_of(row[1:])
        place = {"recording": row.id, "generation": generation, "pbx_id": row.pbx_id}
        matching = {channel for channel, query in wanted if query and matches(query, recording, region=region)}
        rows += [
            {"channel": channel, **place, **new_delivery(Kind.RECORDINGS, site=site, now=now)} for channel in matching
        ]
    if rows:
        connection.execute(insert(connection, deliveries).on_conflict_do_nothing(), rows)


def _read(line: str, read_query: ReadQuery) -> Query | None:
    """Return the query of a subscription. If it cannot be parsed, log that and return None: the sync must not stop."""
    if not line:
        return Query()
    try:
        return read_query(line)
    except QueryError:
        log.exception("subscription_not_understood")
        return None


def _unique_key() -> str:
    return uuid4().hex


class SqlOutbox:
    """Implements the port `Outbox` for the recordings of one site.

    One process delivers at a time (`Leader`), and it sends at most one post per channel at a time. A post that
    `claim_next` finds in state `sending` was claimed before, and its outcome is unknown. Then `started_at` is set, and
    the caller looks for it in the channel first. The worker that claimed it may claim it again at once. Another worker
    may claim it after `claimed_until`; or at once, if the leader's lock proves that the first process has ended.
    """

    def __init__(self, database: Database, *, site: str, new_key: Callable[[], str] = _unique_key) -> None:
        self._database = database
        self._site = site
        self._new_key = new_key
        self._claimed: set[str] = set()
        """The keys of posts that this worker has claimed and not finished."""

    async def subscribe(
        self,
        workspace: str,
        channel: str,
        *,
        now: datetime,
        query: str = "",
        source: str = SETTING,
        created_by: str = "",
    ) -> bool:
        """Subscribe a channel to a query; "" is every recording. Returns False if it is subscribed to it already.

        The first subscription of a channel creates a welcome.
        """

        def work(connection: Connection) -> bool:
            _add_channels(connection, workspace, [channel], now)
            id_ = connection.execute(select(channels.c.id).where(*_is(workspace, channel))).scalar_one()
            active = (
                (subscriptions.c.channel == id_)
                & (subscriptions.c.site == self._site)
                & subscriptions.c.ended_at.is_(None)
            )
            queries = connection.execute(select(subscriptions.c.query).where(active)).scalars().all()
            if query in queries:
                return False
            values = {
                "channel": id_,
                "site": self._site,
                "query": query,
                "threads": False,
                "source": source,
                "created_by": created_by,
                "created_at": millis(now),
            }
            connection.execute(insert(connection, subscriptions).values(values))
            if not queries:
                welcome = {"channel": id_, **FIRST, **new_delivery(Kind.WELCOME, site=self._site, now=now)}
                connection.execute(insert(connection, deliveries).values(welcome))
            return True

        return await self._database.write(work)

    async def set_alert_channels(self, workspace: str, names: Sequence[str], *, now: datetime) -> None:
        """Set which channels of a workspace receive alerts.

        Deletes alerts for the other channels of the workspace that are certainly not posted yet.
        """
        ours = channels.c.workspace == workspace

        def work(connection: Connection) -> None:
            _add_channels(connection, workspace, names, now)
            connection.execute(update(channels).where(ours).values(alerts=channels.c.channel.in_(names)))
            others = ours & channels.c.alerts.is_(false())
            waiting = unposted_alerts(connection, site=self._site, where=others)
            delete_deliveries(connection, [id_ for id_, _ in waiting])

        await self._database.write(work)

    async def alert_channels(self) -> tuple[str, ...]:
        """Return the channels that receive alerts, in the order of their ids, each once."""
        statement = select(channels.c.channel).where(channels.c.alerts.is_(true())).order_by(channels.c.id)
        found = await self._database.read(lambda connection: connection.execute(statement).scalars().all())
        return tuple(dict.fromkeys(found))

    async def due_channels(self, *, now: datetime) -> tuple[str, ...]:
        """Return the channels with a due delivery, ordered by due time; also those that wait for a digest."""
        heads = await self._database.read(lambda connection: self._heads(connection, now=now))
        return tuple(dict.fromkeys(head.channel for head in heads))

    async def claim_next(self, channel: str, *, now: datetime) -> Post | None:
        """Claim the channel's next message, or return None.

        Until the post is recorded as sent or given up, each claim returns it with the same key and recordings.
        `started_at` is set if it may be in the channel already.
        """

        def work(connection: Connection) -> Post | None:
            heads = self._heads(connection, now=now, channel=channel)
            return self._claim(connection, heads[0], now) if heads else None

        post = await self._database.write(work)
        if post is not None:
            self._claimed.add(post.key)
        return post

    async def mark_sent(self, post: Post, *, ts: str, now: datetime) -> None:
        """Record that the post is message `ts` in the channel. Ends a pause of the channel, with an OPEN alert."""

        def work(connection: Connection) -> None:
            if not self._settle(connection, post, problem="", state=SENT, ts=ts, sent_at=millis(now)):
                return
            channel = _channel_of(connection, post)
            changes: dict[str, Any] = {"problem": "", "paused_at": None, "last_ts": ts}
            if post.kind is Kind.RECORDINGS:
                delay = post.delay(now)
                changes |= {"last_sent_at": millis(now), "last_delay": None if delay is None else delay // MILLISECOND}
            _update_channel(connection, channel, **changes)
            if channel.paused_at is not None:
                alert = Alert(
                    happening=Happening.OPEN,
                    channel=post.channel,
                    since=moment_of(channel.paused_at),
                    until=now,
                    came=self._count_waiting(connection, channel),
                )
                create_alert(connection, alert, site=self._site, now=now)

        await self._database.write(work)
        self._claimed.discard(post.key)

    async def failed(self, post: Post, retry: Retry, *, problem: str, now: datetime) -> None:
        """Record a failed try. The post is due again at `retry.at`, before all others of its channel.

        A `plain` post stays plain. If the failure pauses the channel, all other alert channels get a CLOSED alert.
        """
        outcome = {} if retry.look else {"state": DUE, "started_at": None}

        def work(connection: Connection) -> None:
            if not self._settle(
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
            channel = _channel_of(connection, post)
            pauses = bool(retry.pauses) and channel.paused_at is None
            _update_channel(connection, channel, problem=problem, **({"paused_at": millis(now)} if pauses else {}))
            if pauses:
                alert = Alert(happening=Happening.CLOSED, channel=post.channel, reason=retry.pauses, since=now)
                create_alert(connection, alert, site=self._site, now=now, except_channel=channel.id)

        await self._database.write(work)

    async def mark_given_up(self, post: Post, *, problem: str, now: datetime) -> None:
        """Record that the post is not tried again. Creates a REFUSED alert, unless the post was an alert."""

        def work(connection: Connection) -> None:
            if not self._settle(connection, post, problem=problem, state=LOST, attempts=deliveries.c.attempts + 1):
                return
            _update_channel(connection, _channel_of(connection, post), problem=problem)
            if post.kind is not Kind.ALERT:
                alert = Alert(
                    happening=Happening.REFUSED,
                    channel=post.channel,
                    reason=problem,
                    since=now,
                    recordings=tuple(recording.id for recording in post.recordings),
                )
                create_alert(connection, alert, site=self._site, now=now)

        await self._database.write(work)
        self._claimed.discard(post.key)

    async def resume(self, workspace: str, channel: str, *, now: datetime) -> bool:
        """Make the claimed message of a paused channel due now. Returns False if the channel is not paused."""
        paused = select(channels.c.id).where(*_is(workspace, channel), channels.c.paused_at.is_not(None))

        def work(connection: Connection) -> bool:
            id_ = connection.execute(paused).scalar_one_or_none()
            claimed = (deliveries.c.channel == id_) & OPEN & deliveries.c.post.is_not(None)
            mine = deliveries.c.site == self._site
            connection.execute(update(deliveries).where(mine, claimed).values(due_at=millis(now)))
            return id_ is not None

        return await self._database.write(work)

    async def channel_states(self) -> tuple[ChannelState, ...]:
        """Return the state of every subscribed channel, in the order of their ids."""
        site = {"site": self._site}
        rows = await self._database.read(lambda connection: connection.execute(_STATES, site).all())
        return tuple(map(_channel_state, rows))

    async def lost(self) -> int:
        """Return the number of messages that are not tried again."""
        statement = select(func.count(distinct(deliveries.c.post))).where(deliveries.c.site == self._site, GIVEN_UP)
        return await self._database.read(lambda connection: connection.execute(statement).scalar_one())

    def _heads(self, connection: Connection, *, now: datetime, channel: str | None = None) -> list[Row[Any]]:
        """Return the heads of all channels, or of one, that may be claimed now, ordered by due time."""
        values = {"site": self._site, "now": millis(now)} | ({} if channel is None else {"channel": channel})
        rows = connection.execute(_ALL_HEADS if channel is None else _HEADS_OF_ONE, values)
        return [head for head in rows if not self._is_leased(head, now)]

    def _is_leased(self, head: Row[Any], now: datetime) -> bool:
        """Return whether another worker may be posting the head. Ignores a lease from before the clock was set back."""
        if self._database.dialect.leader_is_alone or head.claimed_until is None or head.post in self._claimed:
            return False
        return bool(millis(now) < head.claimed_until <= millis(now + LEASE))

    def _claim(self, connection: Connection, head: Row[Any], now: datetime) -> Post | None:
        key = head.post or self._new_key()
        if head.post:
            taken = deliveries.c.post == key
        elif ids := self._next_message(connection, head, now=now):
            taken = deliveries.c.id.in_(ids)
        else:
            return None
        started_at = func.coalesce(deliveries.c.started_at, millis(now))
        claim = update(deliveries).where(taken, deliveries.c.site == self._site)
        connection.execute(
            claim.values(post=key, state=SENDING, started_at=started_at, claimed_until=millis(now + LEASE))
        )
        return Post(
            key=key,
            workspace=head.workspace,
            channel=head.channel,
            kind=Kind(head.kind),
            site=self._site,
            recordings=_recordings_of(connection, key),
            alert=read_alert(head.alert) if head.alert else None,
            is_current=bool(head.is_current),
            attempts=head.attempts,
            plain=bool(head.plain),
            started_at=moment_of(head.started_at),
            after=head.last_ts,
        )

    def _next_message(self, connection: Connection, head: Row[Any], *, now: datetime) -> list[int]:
        """Return the deliveries for one message with a head without a key; none to delay it for a digest."""
        if head.kind != Kind.RECORDINGS:
            return [head.id]
        place = {"site": self._site, "channel": head.channel_id}
        of_generation = {"generation": head.generation, "most": MOST_IN_DIGEST}
        waiting = connection.execute(_WAITING, place | of_generation).all()
        window = {"since": millis(now - WINDOW), "now": millis(now), "enough": FEW + 1}
        recent = connection.execute(_RECENT, place | window).scalar_one()
        waited = (millis(now) - waiting[0].created_at) * MILLISECOND
        count = batch_size([row.call for row in waiting], recent=recent, waited=waited)
        return [row.id for row in waiting[:count]]

    def _settle(self, connection: Connection, post: Post, **values: Any) -> bool:
        """Record the outcome of a claimed post and end the lease. Returns False if it was recorded before."""
        claimed = (deliveries.c.post == post.key) & (deliveries.c.site == self._site) & (deliveries.c.state == SENDING)
        settled = update(deliveries).where(claimed).values(claimed_until=None, **values)
        return bool(connection.execute(settled).rowcount)

    def _count_waiting(self, connection: Connection, channel: Row[Any]) -> int:
        """Return the number of recordings that wait for a channel."""
        mine = (deliveries.c.channel == channel.id) & (deliveries.c.site == self._site)
        waiting = select(func.count()).where(mine, OPEN, deliveries.c.kind == Kind.RECORDINGS)
        return connection.execute(waiting).scalar_one()


def _is(workspace: str, channel: str) -> tuple[Any, Any]:
    return channels.c.workspace == workspace, channels.c.channel == channel


def _add_channels(connection: Connection, workspace: str, names: Sequence[str], now: datetime) -> None:
    """Insert the channels that are not stored yet, without alerts."""
    common = {"workspace": workspace, "alerts": False, "problem": "", "created_at": millis(now)}
    if names:
        rows = [{"channel": name, **common} for name in dict.fromkeys(names)]
        connection.execute(insert(connection, channels).on_conflict_do_nothing(), rows)


def _channel_of(connection: Connection, post: Post) -> Row[Any]:
    return connection.execute(select(channels).where(*_is(post.workspace, post.channel))).one()


def _update_channel(connection: Connection, channel: Row[Any], **values: Any) -> None:
    connection.execute(update(channels).where(channels.c.id == channel.id).values(**values))


def _recordings_of(connection: Connection, key: str) -> tuple[Recording, ...]:
    """Return the recordings of a message, in the channel's order."""
    statement = (
        select(*FACTS)
        .join(deliveries, deliveries.c.recording == recordings.c.id)
        .where(deliveries.c.post == key)
        .order_by(deliveries.c.generation, deliveries.c.pbx_id)
    )
    return tuple(map(recording_of, connection.execute(statement)))


def _channel_state(row: Row[Any]) -> ChannelState:
    return ChannelState(
        channel=row.channel,
        pending=row.waiting,
        oldest_pending_at=moment_of(row.oldest_at),
        last_sent_at=moment_of(row.last_sent_at),
        last_delay=None if row.last_delay is None else row.last_delay * MILLISECOND,
        paused_since=moment_of(row.paused_at),
        problem=row.problem,
    )
