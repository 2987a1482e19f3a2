"""Which message a channel gets next: read from the deliveries, changed nowhere here.

Of each subscription only the head counts. It is the message under way if there is one, that is the deliveries that
share a `post`; else an alert, else the first delivery in the channel's order. While the head waits, the channel waits.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.archive.rows import FACTS, MILLISECOND, millis, recording_of
from bot.archive.tables import deliveries, recordings
from bot.domain.delivery import Kind
from bot.domain.digest import FEW, MOST_IN_DIGEST, WINDOW, batch_size
from bot.domain.recording import Recording

_RELEASED = "(d.generation < m.generation OR d.pbx_id <= m.synced)"
"""A whole poll has seen everything up to it: without that, a call that a look-up saw first would pass an older one."""
_TRUE_NOW = f"""CASE d.kind
        WHEN 'alert' THEN TRUE
        WHEN 'welcome' THEN m.baseline IS NOT NULL
        ELSE {_RELEASED} END"""
"""Before the first look a call may still become part of the baseline: nobody is told yet that calls are posted."""
_READY = "(d.due_at <= :now OR coalesce(d.failed_at, d.created_at) > :now)"
"""A clock that shows less than when `due_at` was set has been set back: what it waits for may be hours away."""

_HEADS = text(f"""
    SELECT s.id AS subscription, s.workspace, s.channel, s.last_ts,
        d.id, d.kind, d.post, d.attempts, d.plain, d.started_at, d.alert, d.generation,
        d.generation IN (0, m.generation) AS is_current
    FROM subscriptions AS s
    JOIN deliveries AS d ON d.id = coalesce(
        (SELECT a.id FROM deliveries AS a
         WHERE a.subscription = s.id AND a.site = :site AND a.state IN ('due', 'sending') AND a.post IS NOT NULL
         LIMIT 1),
        (SELECT a.id FROM deliveries AS a
         WHERE a.subscription = s.id AND a.site = :site AND a.state IN ('due', 'sending')
         ORDER BY a.generation, a.pbx_id, a.kind = 'welcome', a.id
         LIMIT 1))
    LEFT JOIN sync_states AS m ON m.site = d.site
    WHERE {_READY} AND (d.post IS NOT NULL OR {_TRUE_NOW})
        AND (:channel IS NULL OR s.channel = :channel)
    ORDER BY d.due_at, s.id
""")  # noqa: S608 - text of ours alone

_WAITING = text(f"""
    SELECT d.id, d.created_at, coalesce(nullif(r.uid, ''), d.id) AS call
    FROM deliveries AS d
    JOIN recordings AS r ON r.id = d.recording
    JOIN sync_states AS m ON m.site = d.site
    WHERE d.subscription = :subscription AND d.site = :site AND d.generation = :generation
        AND d.state IN ('due', 'sending') AND {_RELEASED}
    ORDER BY d.pbx_id
    LIMIT :most
""")  # noqa: S608 - text of ours alone
"""None of them has failed yet, or it would be the head: all are due. Only those of one generation share a message."""

_RECENT = text("""
    SELECT count(*) FROM (
        SELECT DISTINCT coalesce(nullif(r.uid, ''), d.id)
        FROM deliveries AS d
        JOIN recordings AS r ON r.id = d.recording
        WHERE d.subscription = :subscription AND d.sent_at > :since AND d.sent_at <= :now
        LIMIT :enough)
""")
"""A minute of digests may hold tens of thousands of calls: they are not counted past what makes a flood."""


async def heads(
    connection: AsyncConnection, site: str, *, now: datetime, channel: str | None = None
) -> Sequence[Row[Any]]:
    """The heads that may be posted now, the longest due first; of all channels, or of one."""
    found = await connection.execute(_HEADS, {"site": site, "now": millis(now), "channel": channel})
    return found.all()


async def message(connection: AsyncConnection, site: str, head: Row[Any], *, now: datetime) -> list[int]:
    """The deliveries that make the message of a head which has no `post` yet; none when it is held back."""
    if head.kind != Kind.RECORDINGS:
        return [head.id]
    place = {"site": site, "subscription": head.subscription, "generation": head.generation}
    waiting = (await connection.execute(_WAITING, place | {"most": MOST_IN_DIGEST})).all()
    window = {"since": millis(now - WINDOW), "now": millis(now), "enough": FEW + 1}
    recent = (await connection.execute(_RECENT, window | {"subscription": head.subscription})).scalar_one()
    waited = (millis(now) - waiting[0].created_at) * MILLISECOND
    count = batch_size([row.call for row in waiting], recent=recent, waited=waited)
    return [row.id for row in waiting[:count]]


async def carried(connection: AsyncConnection, post: str) -> tuple[Recording, ...]:
    """The recordings that a message carries, in the channel's order."""
    statement = (
        select(*FACTS)
        .join(deliveries, deliveries.c.recording == recordings.c.id)
        .where(deliveries.c.post == post)
        .order_by(deliveries.c.generation, deliveries.c.pbx_id)
    )
    return tuple(recording_of(row) for row in await connection.execute(statement))
