from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive import SqlArchive, SqlOutbox
from bot.domain.status import PbxActivity
from bot.services.sync import Sync
from tests.stage import FakeClock, FakePhones
from tests.tables import open_tables


@pytest.fixture
async def engine() -> AsyncIterator[AsyncEngine]:
    async with open_tables("sqlite://") as engine:
        yield engine


@pytest.fixture
def archive(engine: AsyncEngine) -> SqlArchive:
    return SqlArchive(engine, site="main")


@pytest.fixture
def outbox(engine: AsyncEngine) -> SqlOutbox:
    return SqlOutbox(engine, site="main")


@pytest.fixture
def phones() -> FakePhones:
    return FakePhones()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def activity() -> PbxActivity:
    return PbxActivity()


@pytest.fixture
def sync(phones: FakePhones, archive: SqlArchive, activity: PbxActivity, clock: FakeClock) -> Sync:
    return Sync(phones, archive, activity, clock)
