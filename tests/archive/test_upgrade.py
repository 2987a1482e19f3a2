"""A database of any earlier version, with rows in it, becomes one of this version and loses nothing."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from bot.archive import Database, SqlArchive, SqlOutbox, SqlReconciliations, migrate, open_database
from bot.archive.rows import millis
from bot.archive.schema import metadata
from bot.domain.access import SYSTEM
from bot.domain.delivery import Kind
from bot.domain.query import Query, Term
from tests.archive.posting import claimed, send
from tests.archive.test_migrations import definitions
from tests.tables import execute

RECORDINGS = """
    INSERT INTO recordings (id, site, generation, pbx_id, started_at, local_time, uid, caller_name, caller_number,
        callee_name, callee_number, direction, duration, size, file, first_seen_at, gone_at)
    SELECT value, 'main', 1 + (value > 3), value, 1000 + value, 'then', 'call-' || value, 'Evelyn', '5566', '', '5556',
        'internal', 9, 99, value || '.wav', :now + value, CASE WHEN value = 1 THEN 7 END
    FROM json_each('[1, 2, 3, 4, 5]')
"""
SUBSCRIPTIONS = """
    INSERT INTO subscriptions (id, workspace, channel, problem, created_at)
    VALUES (3, 'T1', 'C1', '', 11), (7, 'T1', 'C2', 'is_archived', 12)
"""
DELIVERIES = """
    INSERT INTO deliveries (id, subscription, recording, kind, site, generation, pbx_id, state, post, attempts, plain,
        due_at, started_at, ts, sent_at, problem, created_at)
    VALUES
        (1, 3, NULL, 'welcome', 'main', 0, 0, 'sent', 'k1', 0, 0, 1, NULL, '1.1', :now - 9000, '', 1),
        (2, 3, 2, 'recordings', 'main', 1, 2, 'sent', 'k2', 2, 0, 2, NULL, '2.2', :now - 5000, '', 2),
        (3, 3, 3, 'recordings', 'main', 1, 3, 'lost', 'k3', 3, 1, 3, NULL, NULL, NULL, 'invalid_blocks', 3),
        (4, 3, 4, 'recordings', 'main', 2, 4, 'sending', 'k4', 1, 0, 4, :now - 900, NULL, NULL, 'no answer', 4),
        (5, 3, 5, 'recordings', 'main', 2, 5, 'due', NULL, 0, 0, 5, NULL, NULL, NULL, '', 5),
        (6, 7, NULL, 'welcome', 'main', 0, 0, 'due', 'k6', 4, 0, 6, NULL, NULL, NULL, 'is_archived', 6)
"""
MARKS = """
    INSERT INTO sync_states (site, generation, baseline, synced, history, looked_at, total)
    VALUES ('main', 2, 3, 5, 2, :now, 4), ('branch', 1, NULL, 0, NULL, NULL, 0)
"""
TOKENS = "INSERT INTO tokens (site, sealed, saved_at) VALUES ('main', x'00ff', :now)"
STEP_TWO = """
    UPDATE subscriptions SET paused_at = :now - 60000, alerts = 1, last_delay = 1500 WHERE id = 7
"""
STEP_TWO_ALERTS = """
    INSERT INTO subscriptions (id, workspace, channel, recordings, alerts, problem, created_at)
    VALUES (8, 'T1', 'D1', 0, 1, '', 13)
"""
STEP_TWO_DELIVERIES = """
    INSERT INTO deliveries (id, subscription, kind, site, generation, pbx_id, state, attempts, plain, due_at, problem,
        alert, created_at)
    VALUES (7, 8, 'alert', 'main', 0, 0, 'due', 0, 0, 7, '', '{"happening": "down", "part": "pbx"}', 7)
"""
TABLES = "recordings", "deliveries", "sync_states", "tokens"

pytestmark = pytest.mark.sqlite  # no earlier version ran on PostgreSQL


def _to(connection: Connection, step: str) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "bot.archive:migrations")
    command.upgrade(config, step)


async def _rows(database: Database, table: str) -> list[dict[str, Any]]:
    rows = await execute(database, f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - a name of ours
    return [dict(row._mapping) for row in rows]


async def _run(database: Database, *statements: str, now: datetime) -> None:
    for statement in statements:
        await execute(database, statement, **({"now": millis(now)} if ":now" in statement else {}))


@pytest.fixture(params=["0001", "0002", "0003"])
async def old(request: pytest.FixtureRequest, empty_url: str, noon: datetime) -> AsyncIterator[Database]:
    """A database at an earlier step, with rows that were written at step 0001 and, from 0002 on, some of that step."""
    async with open_database(empty_url) as database:
        await database.write(partial(_to, step="0001"))
        await _run(database, RECORDINGS, SUBSCRIPTIONS, DELIVERIES, MARKS, TOKENS, now=noon)
        if request.param != "0001":
            await database.write(partial(_to, step="0002"))
            await _run(database, STEP_TWO, STEP_TWO_ALERTS, STEP_TWO_DELIVERIES, now=noon)
        await database.write(partial(_to, step=request.param))
        yield database


async def test_nothing_is_lost(old: Database) -> None:
    before = {table: await _rows(old, table) for table in TABLES}
    for row in before["deliveries"]:
        row["channel"] = row.pop("subscription")
    await migrate(old)
    for table, rows in before.items():
        after = await _rows(old, table)
        assert [{name: row[name] for name in was} for was, row in zip(rows, after, strict=True)] == rows, table


async def test_every_reference_still_holds(old: Database) -> None:
    await migrate(old)
    assert await execute(old, "PRAGMA foreign_key_check") == []
    assert (await execute(old, "PRAGMA integrity_check"))[0][0] == "ok"
    keys = await execute(old, "PRAGMA foreign_key_list(deliveries)")
    assert {key.table for key in keys} == {"channels", "recordings"}


async def test_it_is_like_a_database_made_today(old: Database) -> None:
    await migrate(old)
    async with open_database("sqlite://") as plain:
        await plain.write(metadata.create_all)
        assert await old.read(definitions) == await plain.read(definitions)


async def test_a_subscription_becomes_a_channel_with_a_subscription_to_each_site(old: Database, noon: datetime) -> None:
    before = await _rows(old, "subscriptions")
    await migrate(old)
    after = await _rows(old, "channels")
    kept = ("id", "workspace", "channel", "problem", "created_at")
    assert [[row[name] for name in kept] for row in after] == [[row[name] for name in kept] for row in before]
    one, two, *rest = after
    assert [one[name] for name in ("alerts", "last_ts", "last_sent_at")] == [0, "2.2", millis(noon) - 5000]
    if rest:
        assert [two[name] for name in ("alerts", "paused_at", "last_delay")] == [1, millis(noon) - 60000, 1500]
    subscribed = await _rows(old, "subscriptions")
    assert sorted((row["channel"], row["site"]) for row in subscribed) == [
        (3, "branch"),
        (3, "main"),
        (7, "branch"),
        (7, "main"),
    ], "D1 receives alerts alone"
    assert {(row["query"], row["source"], row["ended_at"]) for row in subscribed} == {("", "setting", None)}


async def test_when_a_generation_began_is_worked_out(old: Database, noon: datetime) -> None:
    await migrate(old)
    branch, main = await _rows(old, "sync_states")
    assert main["renewed_at"] == millis(noon) + 4, "when the first recording of generation 2 was seen"
    assert branch["renewed_at"] is None


async def test_posting_goes_on_where_it_was(old: Database, noon: datetime) -> None:
    await migrate(old)
    outbox = SqlOutbox(old, site="main")
    post = await claimed(outbox, noon)
    assert (post.key, post.kind, post.attempts, post.after) == ("k4", Kind.RECORDINGS, 1, "2.2")
    assert post.started_at == noon - timedelta(milliseconds=900), "it is looked for first"
    await outbox.mark_sent(post, ts="3.3", now=noon)
    assert await send(outbox, noon) == [5]
    assert (await claimed(outbox, noon, "C2")).key == "k6"
    assert await outbox.lost() == 1
    assert await outbox.subscribe("T1", "C1", now=noon) is False, "it is subscribed already"


async def test_rows_of_earlier_versions_can_be_deleted(old: Database, noon: datetime) -> None:
    await migrate(old)
    reconciliations = SqlReconciliations(old, site="main")
    assert await reconciliations.delete_expired(before=noon, deleted_before=noon) == 3, "4 and 5 still wait"
    assert await SqlArchive(old, site="main").count() == 2


async def test_rows_of_the_version_before_are_found_by_what_they_hold(old: Database) -> None:
    await execute(
        old, "UPDATE recordings SET caller_name = 'Łukasz Núñez', callee_number = '+44 20 7946 0000' WHERE id = 4"
    )
    await execute(old, "UPDATE recordings SET duration = 0, size = 16044 WHERE id = 5")
    await migrate(old)
    archive = SqlArchive(old, site="main", region="GB")
    second = timedelta(seconds=1)
    for query, ids in (
        (Query(words=(Term("lukasz"),)), [4]),
        (Query(callees=(Term("020 7946 0000"),)), [4]),
        (Query(callers=(Term("5566"),)), [5, 4]),
        (Query(words=(Term("5.wav"),)), [5]),
        (Query(shorter=second), [5]),
        (Query(longer=9 * second), [4]),
    ):
        rows, _ = await archive.page(SYSTEM, query)
        assert [row.id for row in rows] == ids, query
