"""A database of the version before, with rows in it, becomes one of this version and loses nothing."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive import SqlArchive, SqlOutbox, SqlReconciliations, migrate, open_engine
from bot.archive.engine import reading, writing
from bot.archive.rows import millis
from bot.archive.search_columns import SEARCH_TABLE as SEARCH
from bot.archive.tables import metadata
from bot.domain.access import SYSTEM
from bot.domain.delivery import Kind
from bot.domain.query import Query, Term
from tests.archive.posting import claimed, send
from tests.archive.sql_text import parts

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
TABLES = "recordings", "subscriptions", "deliveries", "sync_states", "tokens"


def _to_step_one(connection: Connection) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "bot.archive:migrations")
    command.upgrade(config, "0001")


async def _rows(engine: AsyncEngine, table: str) -> list[dict[str, Any]]:
    async with reading(engine) as connection:
        rows = await connection.execute(text(f"SELECT * FROM {table} ORDER BY 1"))  # noqa: S608 - a name of ours
        return [dict(row._mapping) for row in rows]


@pytest.fixture
async def old(url: str, noon: datetime) -> AsyncIterator[AsyncEngine]:
    """A database at step 0001 with something of everything."""
    async with open_engine(url) as engine:
        async with writing(engine) as connection:
            await connection.run_sync(_to_step_one)
            for statement in (RECORDINGS, SUBSCRIPTIONS, DELIVERIES, MARKS, TOKENS):
                now = {"now": millis(noon)} if ":now" in statement else {}
                await connection.execute(text(statement), now)
        yield engine


async def test_nothing_is_lost(old: AsyncEngine) -> None:
    before = {table: await _rows(old, table) for table in TABLES}
    await migrate(old)
    for table, rows in before.items():
        after = await _rows(old, table)
        kept = [{name: row[name] for name in was} for was, row in zip(rows, after, strict=True)]
        assert kept == rows, table


async def test_every_row_still_has_what_it_speaks_of(old: AsyncEngine) -> None:
    await migrate(old)
    async with reading(old) as connection:
        assert (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all() == []
        assert (await connection.exec_driver_sql("PRAGMA integrity_check")).scalar_one() == "ok"
        keys = (await connection.exec_driver_sql("PRAGMA foreign_key_list(deliveries)")).all()
    assert {key.table for key in keys} == {"subscriptions", "recordings"}


async def test_it_is_like_a_database_made_today(old: AsyncEngine) -> None:
    made = text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name != 'alembic_version'")
    await migrate(old)
    async with open_engine("sqlite://") as plain:
        async with writing(plain) as connection:
            await connection.run_sync(metadata.create_all)
        both = []
        for engine in (old, plain):
            async with reading(engine) as connection:
                rows = await connection.execute(made)
                both.append({name: parts(sql) for name, sql in rows if not name.startswith(SEARCH)})
    assert both[0] == both[1]


async def test_what_is_new_is_filled_from_what_was_known(old: AsyncEngine, noon: datetime) -> None:
    await migrate(old)
    one, two = await _rows(old, "subscriptions")
    fresh = ("recordings", "alerts", "paused_at", "last_ts", "last_sent_at", "last_delay")
    assert [one[name] for name in fresh] == [1, 0, None, "2.2", millis(noon) - 5000, None]
    assert [two[name] for name in fresh] == [1, 0, None, None, None, None]
    branch, main = await _rows(old, "sync_states")
    assert main["renewed_at"] == millis(noon) + 4, "when the first recording of generation 2 was met"
    assert branch["renewed_at"] is None


async def test_posting_goes_on_where_it_was(old: AsyncEngine, noon: datetime) -> None:
    await migrate(old)
    outbox = SqlOutbox(old, site="main")
    post = await claimed(outbox, noon)
    assert (post.key, post.kind, post.attempts, post.after) == ("k4", Kind.RECORDINGS, 1, "2.2")
    assert post.started_at == noon - timedelta(milliseconds=900), "it is looked for first"
    await outbox.mark_sent(post, ts="3.3", now=noon)
    assert await send(outbox, noon) == [5]
    assert (await claimed(outbox, noon, "C2")).key == "k6"
    assert await outbox.lost() == 1


async def test_rows_of_the_version_before_can_be_removed(old: AsyncEngine, noon: datetime) -> None:
    await migrate(old)
    assert await SqlReconciliations(old, site="main").delete_expired(before=noon, gone_before=noon) == 3, (
        "4 and 5 are still owed"
    )
    assert await SqlArchive(old, site="main").count() == 2


async def test_rows_of_the_version_before_are_found_by_what_they_hold(old: AsyncEngine) -> None:
    async with writing(old) as connection:
        await connection.execute(
            text("UPDATE recordings SET caller_name = 'Łukasz Núñez', callee_number = '+44 20 7946 0000' WHERE id = 4")
        )
        await connection.execute(text("UPDATE recordings SET duration = 0, size = 16044 WHERE id = 5"))
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
