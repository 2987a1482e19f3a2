"""Which channels get a delivery of a new recording: those with a subscription that matches it."""

from collections.abc import Callable
from datetime import datetime

import pytest

from bot.archive import Database, SqlArchive, SqlOutbox
from bot.archive.outbox import PERSON
from bot.domain.query import Query, Term
from bot.domain.recording import Party, Recording
from bot.errors import QueryError
from tests.archive.posting import send_all
from tests.tables import execute

Maker = Callable[..., Recording]


def _read(line: str) -> Query:
    if not line.startswith("from:"):
        raise QueryError("not understood", word=line, position=(0, len(line)))
    return Query(callers=(Term(line.removeprefix("from:")),))


@pytest.fixture
async def archive(database: Database, noon: datetime) -> SqlArchive:
    archive = SqlArchive(database, site="main", read_query=_read)
    await archive.set_baseline([], baseline=0, total=0, now=noon)
    return archive


async def _posted(outbox: SqlOutbox, now: datetime, channel: str) -> list[int]:
    return [row.id for post in await send_all(outbox, now, channel) for row in post.recordings]


@pytest.mark.parametrize(
    ("queries", "posted"),
    [
        pytest.param([""], [1, 2, 3], id="every recording"),
        pytest.param(["from:evelyn"], [1, 3], id="those that match"),
        pytest.param(["from:evelyn", "from:dave"], [1, 2, 3], id="those that match any of several"),
        pytest.param(["from:evelyn", "from:5566", ""], [1, 2, 3], id="once, however many match"),
        pytest.param(["from:nobody"], [], id="none"),
        pytest.param(["nonsense", "from:dave"], [2], id="a text that cannot be read stops nothing"),
    ],
)
async def test_a_channel_gets_what_its_subscriptions_match(
    archive: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime, queries: list[str], posted: list[int]
) -> None:
    for query in queries:
        assert await outbox.subscribe("T1", "C1", now=noon, query=query, source=PERSON, created_by="U1")
        assert not await outbox.subscribe("T1", "C1", now=noon, query=query)
    await archive.store([recording(1), recording(2, caller=Party("Dave", "5556")), recording(3)], now=noon, synced=3)
    assert await _posted(outbox, noon, "C1") == posted


async def test_a_subscription_that_is_over_matches_nothing_and_can_be_made_again(
    database: Database, archive: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await outbox.subscribe("T1", "C1", now=noon)
    await execute(database, "UPDATE subscriptions SET ended_at = 1")
    await archive.store([recording(1)], now=noon, synced=1)
    assert await outbox.channel_states() == ()
    assert await outbox.subscribe("T1", "C1", now=noon)
    await archive.store([recording(2)], now=noon, synced=2)
    assert await _posted(outbox, noon, "C1") == [2]


async def test_a_recording_is_matched_as_it_was_first_stored(
    archive: SqlArchive, outbox: SqlOutbox, recording: Maker, noon: datetime
) -> None:
    await outbox.subscribe("T1", "C1", now=noon, query="from:dave")
    await archive.store([recording(1)], now=noon, synced=1)
    await archive.store([recording(1, caller=Party("Dave", "5566"))], now=noon, synced=1)
    assert await _posted(outbox, noon, "C1") == []
