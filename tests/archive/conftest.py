"""A migrated database in a file of its own, and a maker of boring recordings."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive import SqlArchive, SqlHealth, SqlOutbox, SqlReconciliations
from bot.domain.recording import Direction, Party, Recording
from tests.archive.posting import send
from tests.tables import open_tables

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def noon() -> datetime:
    return NOON


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/recordings.db"


@pytest.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    async with open_tables(url) as engine:
        yield engine


@pytest.fixture
def archive(engine: AsyncEngine) -> SqlArchive:
    return SqlArchive(engine, site="main")


@pytest.fixture
def outbox(engine: AsyncEngine) -> SqlOutbox:
    """Its keys are key-1, key-2 and so on."""
    numbers = count(1)
    return SqlOutbox(engine, site="main", new_key=lambda: f"key-{next(numbers)}")


@pytest.fixture
async def welcomed(archive: SqlArchive, outbox: SqlOutbox, noon: datetime) -> SqlOutbox:
    """C1 has had its welcome, as key-1, and is owed nothing."""
    await archive.set_baseline([], baseline=0, total=0, now=noon)
    await outbox.subscribe("T1", "C1", now=noon)
    await send(outbox, now=noon)
    return outbox


@pytest.fixture
def ledger(engine: AsyncEngine) -> SqlReconciliations:
    """It takes three rows at a time, so that all of it comes to several batches."""
    return SqlReconciliations(engine, site="main", batch=3)


@pytest.fixture
def vitals(engine: AsyncEngine) -> SqlHealth:
    return SqlHealth(engine, site="main")


@pytest.fixture
def recording() -> Callable[..., Recording]:
    """Makes the recording with this id: a minute after the one before, alone in its call."""

    def make(pbx_id: int, **facts: Any) -> Recording:
        boring = Recording(
            id=pbx_id,
            started_at=NOON + timedelta(minutes=pbx_id),
            uid=f"call-{pbx_id}",
            caller=Party("Evelyn", "5566"),
            callee=Party("", "+44 20 7946 0000"),
            direction=Direction.OUTBOUND,
            size=825_588,
            file=f"{pbx_id}.wav",
        )
        return replace(boring, **facts)

    return make


@pytest.fixture
def watched(engine: AsyncEngine) -> Callable[[], Any]:
    """Collects the statements that run while its block runs."""

    @contextmanager
    def watch() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            statements.append(statement)

        event.listen(engine.sync_engine, "before_cursor_execute", note)
        yield statements
        event.remove(engine.sync_engine, "before_cursor_execute", note)

    return watch
