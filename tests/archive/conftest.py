"""A migrated database in a file of its own, and a maker of boring recordings."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive import SqlArchive, SqlOutbox, migrate, open_engine
from bot.domain.recording import Direction, Party, Recording

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def noon() -> datetime:
    return NOON


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/recordings.db"


@pytest.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    async with open_engine(url) as engine:
        await migrate(engine)
        yield engine


@pytest.fixture
def archive(engine: AsyncEngine) -> SqlArchive:
    return SqlArchive(engine, site="main")


@pytest.fixture
def outbox(engine: AsyncEngine) -> SqlOutbox:
    return SqlOutbox(engine, site="main")


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
