"""A migrated database in a file of its own, and a maker of boring recordings."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import event

from bot.archive import Database, SqlArchive, SqlHealth, SqlOutbox, SqlReconciliations
from bot.domain.recording import Direction, Party, Recording
from tests.archive.posting import send
from tests.tables import empty_url, open_tables, pytest_generate_tests, url

__all__ = ["empty_url", "pytest_generate_tests", "url"]

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def noon() -> datetime:
    return NOON


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    async with open_tables(url) as database:
        yield database


@pytest.fixture
def archive(database: Database) -> SqlArchive:
    return SqlArchive(database, site="main")


@pytest.fixture
def outbox(database: Database) -> SqlOutbox:
    """Its keys are key-1, key-2 and so on."""
    numbers = count(1)
    return SqlOutbox(database, site="main", new_key=lambda: f"key-{next(numbers)}")


@pytest.fixture
async def welcomed(archive: SqlArchive, outbox: SqlOutbox, noon: datetime) -> SqlOutbox:
    """C1 has had its welcome, as key-1, and is owed nothing."""
    await archive.set_baseline([], baseline=0, total=0, now=noon)
    await outbox.subscribe("T1", "C1", now=noon)
    await send(outbox, now=noon)
    return outbox


@pytest.fixture
def ledger(database: Database) -> SqlReconciliations:
    """It takes three rows at a time, so that all of it comes to several batches."""
    return SqlReconciliations(database, site="main", batch=3)


@pytest.fixture
def vitals(database: Database) -> SqlHealth:
    return SqlHealth(database, site="main")


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
def watched(database: Database) -> Callable[[], Any]:
    """Collects the statements that run while its block runs."""

    @contextmanager
    def watch() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            statements.append(statement)

        event.listen(database.engine, "before_cursor_execute", note)
        yield statements
        event.remove(database.engine, "before_cursor_execute", note)

    return watch
