from collections.abc import AsyncIterator

import pytest

from bot.archive import Database, SqlArchive, SqlOutbox
from bot.domain.status import PbxActivity
from bot.services.sync import Sync
from tests.stage import FakeClock, FakePhones
from tests.tables import open_tables, pytest_generate_tests, url

__all__ = ["pytest_generate_tests", "url"]


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    async with open_tables("sqlite://" if url.startswith("sqlite") else url) as database:
        yield database


@pytest.fixture
def archive(database: Database) -> SqlArchive:
    return SqlArchive(database, site="main")


@pytest.fixture
def outbox(database: Database) -> SqlOutbox:
    return SqlOutbox(database, site="main")


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
