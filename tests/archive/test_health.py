from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.archive import Database, SqlArchive, SqlHealth, SqlOutbox, open_database
from bot.domain.alert import Alert, Happening
from bot.domain.health import Health, Level, Part
from bot.domain.recording import Recording
from bot.errors import ArchiveError
from tests.archive.posting import send, send_all
from tests.tables import execute

Maker = Callable[..., Recording]
MINUTE = timedelta(minutes=1)


async def test_nothing_is_noted_at_first(vitals: SqlHealth, noon: datetime) -> None:
    assert await vitals.healths() == ()
    assert await vitals.checked_at() is None
    assert await vitals.well_at(Part.PBX) is None
    assert await vitals.new_since(noon) == (0, 0)


async def test_health_is_kept_over_a_restart(url: str, vitals: SqlHealth, noon: datetime) -> None:
    trouble = Health(
        part=Part.PBX, level=Level.DOWN, since=noon - MINUTE, reason="no answer", well_since=noon, is_reported=True
    )
    await vitals.note(trouble, well_at=noon - 2 * MINUTE, now=noon)
    async with open_database(url) as database:
        again = SqlHealth(database, site="main")
        assert await again.healths() == (trouble,)
        assert await again.well_at(Part.PBX) == noon - 2 * MINUTE
        assert await again.checked_at() == noon


async def test_parts_come_in_their_own_order(vitals: SqlHealth, noon: datetime) -> None:
    for part in reversed(Part):
        await vitals.note(Health(part=part), well_at=None, now=noon)
    assert [health.part for health in await vitals.healths()] == list(Part)


async def test_what_is_noted_last_counts(vitals: SqlHealth, noon: datetime) -> None:
    await vitals.note(Health(part=Part.SLACK, level=Level.DOWN, since=noon, is_reported=True), well_at=noon, now=noon)
    await vitals.note(Health(part=Part.SLACK), well_at=noon + MINUTE, now=noon + MINUTE)
    assert await vitals.healths() == (Health(part=Part.SLACK),)
    assert await vitals.well_at(Part.SLACK) == await vitals.checked_at() == noon + MINUTE


async def test_without_a_new_sign_the_last_one_stays(vitals: SqlHealth, noon: datetime) -> None:
    await vitals.note(Health(part=Part.PBX), well_at=noon, now=noon)
    await vitals.note(Health(part=Part.PBX), well_at=None, now=noon + MINUTE)
    assert await vitals.well_at(Part.PBX) == noon
    assert await vitals.checked_at() == noon + MINUTE


async def test_sites_have_their_own_health(
    database: Database, archive: SqlArchive, vitals: SqlHealth, recording: Maker, noon: datetime
) -> None:
    await vitals.note(Health(part=Part.PBX), well_at=noon, now=noon)
    await archive.set_baseline([], baseline=0, total=0, now=noon)
    await archive.store([recording(1)], now=noon, synced=1)
    branch = SqlHealth(database, site="branch")
    assert (await branch.healths(), await branch.checked_at(), await branch.well_at(Part.PBX)) == ((), None, None)
    await SqlArchive(database, site="branch").set_baseline([], baseline=0, total=0, now=noon)
    assert (await branch.new_since(noon), await vitals.new_since(noon)) == ((0, 0), (1, 0))


async def test_it_was_watched_when_any_part_was_noted_last(vitals: SqlHealth, noon: datetime) -> None:
    await vitals.note(Health(part=Part.PBX), well_at=None, now=noon)
    await vitals.note(Health(part=Part.BOT), well_at=None, now=noon + MINUTE)
    assert await vitals.checked_at() == noon + MINUTE


async def test_an_alert_is_owed_with_the_health_that_it_tells(
    vitals: SqlHealth, outbox: SqlOutbox, noon: datetime
) -> None:
    down = Alert(happening=Happening.DOWN, part=Part.PBX, reason="no answer", since=noon)
    back = Alert(happening=Happening.BACK, part=Part.PBX, since=noon, until=noon + MINUTE)
    await outbox.set_alert_channels("T1", ["D1"], now=noon)
    await vitals.note(Health(part=Part.PBX, level=Level.DOWN, is_reported=True), well_at=None, now=noon, alert=down)
    await vitals.note(Health(part=Part.PBX), well_at=None, now=noon + MINUTE, alert=back)
    assert [post.alert for post in await send_all(outbox, noon + MINUTE, "D1")] == [back], "nobody has seen the other"


async def test_neither_is_written_without_the_other(
    database: Database, vitals: SqlHealth, outbox: SqlOutbox, noon: datetime
) -> None:
    await outbox.set_alert_channels("T1", ["D1"], now=noon)
    await execute(database, "ALTER TABLE deliveries RENAME TO elsewhere")
    alert = Alert(happening=Happening.DOWN, part=Part.PBX)
    with pytest.raises(ArchiveError):
        await vitals.note(Health(part=Part.PBX, is_reported=True), well_at=None, now=noon, alert=alert)
    assert await vitals.healths() == ()


async def test_how_many_were_met_since(
    archive: SqlArchive, welcomed: SqlOutbox, vitals: SqlHealth, recording: Maker, noon: datetime
) -> None:
    await archive.store([recording(1), recording(2)], now=noon, synced=2)
    later = noon + MINUTE
    await archive.store([recording(3), recording(4), recording(5)], now=later, synced=5)
    for _ in range(3):
        await send(welcomed, later)
    assert await vitals.new_since(later) == (3, 2)
    assert await vitals.new_since(noon) == (5, 2)
    assert await welcomed.claim_next("C1", now=later) is not None
    assert await vitals.new_since(noon) == (5, 2), "what is being sent still waits"
    assert await vitals.new_since(later + MINUTE) == (0, 0)


async def test_history_was_not_met(archive: SqlArchive, vitals: SqlHealth, recording: Maker, noon: datetime) -> None:
    await archive.set_baseline([recording(10)], baseline=10, total=10, now=noon)
    await archive.store([recording(9), recording(11)], now=noon, synced=11)
    assert await vitals.new_since(noon - MINUTE) == (1, 0), "11, which no channel is told of"


async def test_what_ids_that_were_over_stood_for_was_not_met(
    archive: SqlArchive, vitals: SqlHealth, recording: Maker, noon: datetime
) -> None:
    await archive.set_baseline([], baseline=0, total=0, now=noon)
    await archive.store([recording(7)], now=noon, synced=7)
    await archive.start_generation([], total=0, now=noon)
    assert await vitals.new_since(noon) == (0, 0)
