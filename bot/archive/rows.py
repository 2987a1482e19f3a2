"""Rows of `recordings` to values and back, and moments to integers and back."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, overload

from sqlalchemy import ColumnElement, func, select

from bot.archive.search_columns import storable
from bot.archive.tables import recordings
from bot.domain.recording import Direction, Party, Recording

Facts = tuple[Any, ...]
"""What the PBX tells of a recording, in the order of `FACTS`."""

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

HIGHEST = 2**63 - 1
"""SQLite's largest integer: nothing above it can be held, and the driver raises OverflowError for it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND, MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)


def facts_of(recording: Recording) -> Facts:
    """The recording as a row."""
    caller, callee = recording.caller, recording.callee
    parties = (caller.name, caller.number, callee.name, callee.number)
    texts: Sequence[str] = (recording.local_time, recording.uid, *parties, recording.file)
    if not "".join(texts).isascii():
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
    """The recordings as rows, by their ids. Of one listed twice the last counts."""
    return {row.id: facts_of(row) for row in rows}


def recording_of(facts: Sequence[Any]) -> Recording:
    """The recording that a row of `FACTS` stands for."""
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


def merged(held: Sequence[Any], told: Facts) -> Facts:
    """What is known of a recording once the PBX has told it again: "not told" never takes back what it told before."""
    return tuple(old if new in (None, 0) else new for old, new in zip(held, told, strict=True))


def seconds(moment: datetime | None) -> int:
    """Whole seconds since 1970; 0 for None."""
    return int(moment.timestamp()) if moment else 0


def millis(moment: datetime) -> int:
    """Milliseconds since 1970, rounded down."""
    return (moment - _EPOCH) // MILLISECOND


@overload
def moment_of(milliseconds: int) -> datetime: ...
@overload
def moment_of(milliseconds: None) -> None: ...
@overload
def moment_of(milliseconds: int | None) -> datetime | None: ...
def moment_of(milliseconds: int | None) -> datetime | None:
    """The moment, aware, UTC."""
    return None if milliseconds is None else _EPOCH + milliseconds * MILLISECOND


def among(ids: Iterable[int]) -> ColumnElement[bool]:
    """Holds for recordings with one of these ids: one parameter however many they are, and however large."""
    listed = func.json_each(among_ids(ids)).table_valued("value")
    return recordings.c.pbx_id.in_(select(listed.c.value))


def among_ids(ids: Iterable[int]) -> str:
    """The ids as JSON, for SQLite's `json_each`."""
    return json.dumps(list(ids))
