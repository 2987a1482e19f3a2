"""Which message a channel gets next: read from the deliveries, changed nowhere here.

Of each subscription only the head counts. It is the message under way if there is one, that is the deliveries that
share a `post`; else the first delivery in the channel's order. While the head waits, the channel waits.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.archive.rows import FACTS, millis, recording_of
from bot.archive.tables import deliveries, recordings
from bot.domain.recording import Recording

MOST_LEGS = 20
"""Recordings in one message; a call with more of them goes on in the next."""

_RELEASED = "(d.generation < m.generation OR d.pbx_id <= m.synced)"
"""A whole poll has seen everything up to it: without that, a call that a look-up saw first would pass an older one."""
_WELCOME_IS_TRUE = "(d.kind = 'welcome' AND m.baseline IS NOT NULL)"
"""Before the first look a call may still become part of the baseline: nobody is told yet that calls are posted."""

_HEADS = text(f"""
    SELECT s.id AS subscription, s.workspace, s.channel, d.id, d.kind, d.post, d.attempts, d.plain, d.started_at
    FROM subscriptions AS s
    JOIN deliveries AS d ON d.id = coalesce(
        (SELECT a.id FROM deliveries AS a
         WHERE a.subscription = s.id AND a.site = :site AND a.state IN ('due', 'sending') AND a.post IS NOT NULL
         LIMIT 1),
        (SELECT a.id FROM deliveries AS a
         WHERE a.subscription = s.id AND a.site = :site AND a.state IN ('due', 'sending')
         ORDER BY a.generation, a.pbx_id
         LIMIT 1))
    LEFT JOIN sync_states AS m ON m.site = d.site
    WHERE d.due_at <= :now AND (d.post IS NOT NULL OR {_WELCOME_IS_TRUE} OR {_RELEASED})
        AND (:channel IS NULL OR s.channel = :channel)
    ORDER BY d.due_at, s.id
""")  # noqa: S608 - text of ours alone

_NEXT = text(f"""
    SELECT d.id, d.due_at, r.uid
    FROM deliveries AS d
    JOIN recordings AS r ON r.id = d.recording
    JOIN sync_states AS m ON m.site = d.site
    WHERE d.subscription = :subscription AND d.site = :site AND d.state IN ('due', 'sending') AND {_RELEASED}
    ORDER BY d.generation, d.pbx_id
    LIMIT :most
""")  # noqa: S608 - text of ours alone


async def heads(
    connection: AsyncConnection, site: str, *, now: datetime, channel: str | None = None
) -> Sequence[Row[Any]]:
    """The heads that may be posted now, the longest due first; of all channels, or of one."""
    found = await connection.execute(_HEADS, {"site": site, "now": millis(now), "channel": channel})
    return found.all()


async def legs(connection: AsyncConnection, site: str, head: Row[Any], *, now: datetime) -> list[int]:
    """The deliveries that go into one message with a head that has no `post` yet.

    They are the head itself and those next to it that are legs of the same call.
    """
    if head.kind == "welcome":
        return [head.id]
    values = {"site": site, "subscription": head.subscription, "most": MOST_LEGS}
    first, *others = (await connection.execute(_NEXT, values)).all()
    same = takewhile(lambda leg: leg.uid and leg.uid == first.uid and leg.due_at <= millis(now), others)
    return [first.id, *(leg.id for leg in same)]


async def carried(connection: AsyncConnection, post: str) -> tuple[Recording, ...]:
    """The recordings that a message carries, in the channel's order."""
    statement = (
        select(*FACTS)
        .join(deliveries, deliveries.c.recording == recordings.c.id)
        .where(deliveries.c.post == post)
        .order_by(deliveries.c.generation, deliveries.c.pbx_id)
    )
    return tuple(recording_of(row) for row in await connection.execute(statement))
