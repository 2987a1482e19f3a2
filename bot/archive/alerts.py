"""Alerts in the queue of deliveries: owed to every channel that is told of them, as JSON in `deliveries.alert`."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, literal, select, true
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.archive.owing import FIRST, fresh
from bot.archive.rows import millis, moment_of
from bot.archive.tables import DUE, OPEN, deliveries, subscriptions
from bot.domain.alert import Alert, Happening
from bot.domain.delivery import Kind
from bot.domain.health import Part

_BEGINNINGS = {Happening.BACK: Happening.DOWN, Happening.OPEN: Happening.CLOSED}
"""What begins that which an alert tells the end of."""


async def owe_alert(
    connection: AsyncConnection, alert: Alert, *, site: str, now: datetime, but: int | None = None
) -> None:
    """Owe it to every channel that is told of alerts, except the subscription `but`.

    It goes before every recording, behind the alerts that wait. What it tells the end of is taken back first.
    """
    await take_back(connection, alert, site=site)
    values = {"site": site, "alert": write_alert(alert), **FIRST, **fresh(Kind.ALERT, now)}
    told = select(subscriptions.c.id, *(literal(value) for value in values.values())).where(
        subscriptions.c.alerts.is_(true()), subscriptions.c.id.is_distinct_from(but)
    )
    await connection.execute(insert(deliveries).from_select(["subscription", *values], told))


async def take_back(connection: AsyncConnection, alert: Alert, *, site: str) -> None:
    """Remove from the queue, where surely nobody has seen it, the alert of what this one tells the end of.

    That is the DOWN of a part that is BACK and the CLOSED of a channel that is OPEN. One that may be in its channel
    already stays.
    """
    beginning = _BEGINNINGS.get(alert.happening)
    if beginning is None:
        return
    about = (beginning, alert.part, alert.channel)
    waiting = await _unseen(connection, site)
    await _remove(connection, [id_ for id_, one in waiting if (one.happening, one.part, one.channel) == about])


async def forget_alerts(connection: AsyncConnection, *, site: str) -> None:
    """Remove from the queues of the channels that are not told of alerts what surely nobody has seen there."""
    others = deliveries.c.subscription.in_(select(subscriptions.c.id).where(subscriptions.c.alerts.is_not(true())))
    await _remove(connection, [id_ for id_, _ in await _unseen(connection, site, others)])


def write_alert(alert: Alert) -> str:
    """The alert as JSON; moments are milliseconds since 1970."""
    facts = {
        "happening": alert.happening,
        "part": alert.part,
        "channel": alert.channel,
        "reason": alert.reason,
        "since": alert.since and millis(alert.since),
        "until": alert.until and millis(alert.until),
        "came": alert.came,
        "waiting": alert.waiting,
        "recordings": alert.recordings,
    }
    return json.dumps({name: value for name, value in facts.items() if value not in (None, "", ())})


def read_alert(text: str) -> Alert:
    """The alert that `write_alert` has written."""
    facts = json.loads(text)
    part = facts.get("part")
    return Alert(
        happening=Happening(facts["happening"]),
        part=Part(part) if part else None,
        channel=facts.get("channel", ""),
        reason=facts.get("reason", ""),
        since=moment_of(facts.get("since")),
        until=moment_of(facts.get("until")),
        came=facts.get("came", 0),
        waiting=facts.get("waiting", 0),
        recordings=tuple(facts.get("recordings", ())),
    )


async def _unseen(connection: AsyncConnection, site: str, *more: ColumnElement[bool]) -> list[tuple[int, Alert]]:
    """The alerts in the queue that are surely in no channel, found by their place in each channel's order."""
    statement = select(deliveries.c.id, deliveries.c.alert).where(
        deliveries.c.subscription.in_(select(subscriptions.c.id)),
        deliveries.c.site == site,
        *(deliveries.c[name] == value for name, value in FIRST.items()),
        OPEN,
        deliveries.c.kind == Kind.ALERT.value,
        deliveries.c.state == DUE,
        *more,
    )
    return [(row.id, read_alert(row.alert)) for row in await connection.execute(statement)]


async def _remove(connection: AsyncConnection, ids: Sequence[int]) -> None:
    if ids:
        await connection.execute(delete(deliveries).where(deliveries.c.id.in_(ids)))
