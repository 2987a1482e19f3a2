"""Convert between rows of `recordings` and `Recording`, and between integers and `datetime`."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, overload

from sqlalchemy import ColumnElement

from bot.archive.dialects import IdList
from bot.archive.schema import DUE, recordings
from bot.archive.search_columns import storable
from bot.domain.delivery import Kind
from bot.domain.recording import Direction, Party, Recording

Facts = tuple[Any, ...]
"""A recording as the PBX lists it, in the order of `FACTS`."""

FACTS = (
    recordings.c.pbx_id,
    recordings.c.started_at,
    recordings.c.local_time,
    recordings.c.uid,
    recordings.c.caller_name,
    recordings.c.caller_number,
    recordings.c.callee_name,
    recordings.c.callee_number,
    recordings.c.direction,
    recordings.c.duration,
    recordings.c.size,
    recordings.c.file,
)
FACT_NAMES = tuple(column.name for column in FACTS)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND, MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)


def facts_of(recording: Recording) -> Facts:
    """Return the values of a recording, in the order of `FACTS`."""
    caller, callee = recording.caller, recording.callee
    parties = (caller.name, caller.number, callee.name, callee.number)
    texts: Sequence[str] = (recording.local_time, recording.uid, *parties, recording.file)
    if not (joined := "".join(texts)).isascii() or "\0" in joined:
        texts = [storable(text) for text in texts]
    return (
        recording.id,
        seconds(recording.started_at),
        *texts[:-1],
        recording.direction and recording.direction.value,
        recording.duration // _SECOND,
        recording.size,
        texts[-1],
    )


def facts_by_id(rows: Iterable[Recording]) -> dict[int, Facts]:
    """Return the values of recordings by id. If an id is listed twice, the last row counts."""
    return {row.id: facts_of(row) for row in rows}


def recording_of(facts: Sequence[Any]) -> Recording:
    """Return the recording with these values, in the order of `FACTS`."""
    pbx_id, started_at, local_time, uid, *parties, direction, duration, size, file = facts
    return Recording(
        id=pbx_id,
        started_at=_EPOCH + timedelta(seconds=started_at) if started_at else None,
        local_time=local_time,
        uid=uid,
        caller=Party(*parties[:2]),
        callee=Party(*parties[2:]),
        direction=Direction(direction) if direction else None,
        duration=timedelta(seconds=duration),
        size=size,
        file=file,
    )


def merged(stored: Sequence[Any], listed: Facts) -> Facts:
    """Return the stored values, updated with the listed ones. An unknown value does not replace a known one."""
    return tuple(old if new in (None, 0) else new for old, new in zip(stored, listed, strict=True))


def seconds(moment: datetime | None) -> int:
    """Return whole seconds since 1970; 0 for None."""
    return int(moment.timestamp()) if moment else 0


def millis(moment: datetime) -> int:
    """Return milliseconds since 1970, rounded down."""
    return (moment - _EPOCH) // MILLISECOND


@overload
def moment_of(milliseconds: int) -> datetime: ...
@overload
def moment_of(milliseconds: None) -> None: ...
@overload
def moment_of(milliseconds: int | None) -> datetime | None: ...
def moment_of(milliseconds: int | None) -> datetime | None:
    """Return the time for milliseconds since 1970, aware, UTC."""
    return None if milliseconds is None else _EPOCH + milliseconds * MILLISECOND


FIRST = {"generation": 0, "pbx_id": 0}
"""The values that sort welcomes and alerts before all recordings."""


def new_delivery(kind: Kind, *, site: str, now: datetime) -> dict[str, Any]:
    """Return the column values that all new deliveries share. They are due at once."""
    times = {"due_at": millis(now), "created_at": millis(now)}
    return {"kind": kind, "site": site, "state": DUE, "attempts": 0, "plain": False, "problem": "", **times}


def among(ids: Iterable[int]) -> ColumnElement[bool]:
    """Return the condition for recordings with these PBX ids, which are passed as one parameter."""
    return recordings.c.pbx_id.op("IN", is_comparison=True)(IdList(ids))
