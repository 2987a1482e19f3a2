"""What a new recording and a new subscription owe: rows of `deliveries`, written with their cause."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import literal, select, true
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.archive.marks import Marks
from bot.archive.rows import among, millis
from bot.archive.tables import DUE, deliveries, recordings, subscriptions
from bot.domain.delivery import Kind

FIRST = {"generation": 0, "pbx_id": 0}
"""The place of what stands before every recording."""


def fresh(kind: Kind, now: datetime) -> dict[str, Any]:
    """What every delivery begins as: due at once."""
    moment = {"due_at": millis(now), "created_at": millis(now)}
    return {"kind": kind.value, "state": DUE, "attempts": 0, "plain": False, "problem": "", **moment}


async def owe(connection: AsyncConnection, marks: Marks, ids: Iterable[int], *, now: datetime) -> None:
    """Owe the recordings with these ids that are held to every channel that is told of recordings.

    Owing twice is owing once.
    """
    values = fresh(Kind.RECORDINGS, now)
    owed = (
        select(
            subscriptions.c.id,
            recordings.c.id,
            recordings.c.site,
            recordings.c.generation,
            recordings.c.pbx_id,
            *(literal(value) for value in values.values()),
        )
        .join_from(recordings, subscriptions, subscriptions.c.recordings.is_(true()))
        .where(recordings.c.site == marks.site, recordings.c.generation == marks.generation, among(ids))
    )
    names = ["subscription", "recording", "site", "generation", "pbx_id", *values]
    await connection.execute(insert(deliveries).from_select(names, owed).on_conflict_do_nothing())


async def owe_welcome(connection: AsyncConnection, subscription: int, *, site: str, now: datetime) -> None:
    """Owe the subscription a welcome: it stands before every recording."""
    values = {"subscription": subscription, "site": site, **FIRST, **fresh(Kind.WELCOME, now)}
    await connection.execute(insert(deliveries).values(values))
