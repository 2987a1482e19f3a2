"""Alerts in the outbox: one delivery per channel that receives alerts, as JSON in `deliveries.alert`."""

import json
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, literal, select, true

from bot.archive.rows import FIRST, millis, moment_of, new_delivery
from bot.archive.schema import DUE, OPEN, channels, deliveries
from bot.domain.alert import Alert, Happening
from bot.domain.delivery import Kind
from bot.domain.health import Part

_BEGINNINGS = {Happening.BACK: Happening.DOWN, Happening.OPEN: Happening.CLOSED}
"""For each alert about an end, the alert about the beginning."""


def create_alert(
    connection: Connection, alert: Alert, *, site: str, now: datetime, except_channel: int | None = None
) -> None:
    """Create deliveries of an alert, for every channel that receives alerts except `except_channel`.

    A BACK alert first deletes DOWN alerts of the same part that are certainly not posted yet; an OPEN alert deletes
    CLOSED alerts of the same channel.
    """
    beginning = _BEGINNINGS.get(alert.happening)
    if beginning is not None:
        about = (beginning, alert.part, alert.channel)
        ids = [
            id_
            for id_, other in unposted_alerts(connection, site=site)
            if (other.happening, other.part, other.channel) == about
        ]
        delete_deliveries(connection, ids)
    values = {"alert": write_alert(alert), **FIRST, **new_delivery(Kind.ALERT, site=site, now=now)}
    receivers = select(channels.c.id, *(literal(value) for value in values.values())).where(
        channels.c.alerts.is_(true()), channels.c.id.is_distinct_from(except_channel)
    )
    connection.execute(insert(deliveries).from_select(["channel", *values], receivers))


def unposted_alerts(
    connection: Connection, *, site: str, where: ColumnElement[bool] | None = None
) -> Iterator[tuple[int, Alert]]:
    """Yield alerts that are certainly not posted yet, with the ids of their deliveries."""
    statement = select(deliveries.c.id, deliveries.c.alert).where(
        deliveries.c.channel.in_(select(channels.c.id) if where is None else select(channels.c.id).where(where)),
        deliveries.c.site == site,
        and_(*(deliveries.c[name] == value for name, value in FIRST.items())),
        OPEN,
        deliveries.c.kind == Kind.ALERT,
        deliveries.c.state == DUE,
    )
    for row in connection.execute(statement).all():
        yield row.id, read_alert(row.alert)


def delete_deliveries(connection: Connection, ids: list[int]) -> None:
    """Delete deliveries by their ids."""
    if ids:
        connection.execute(delete(deliveries).where(deliveries.c.id.in_(ids)))


def write_alert(alert: Alert) -> str:
    """Return the alert as JSON; times are milliseconds since 1970."""
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
    """Return the alert from the JSON of `write_alert`."""
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
