from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import pytest

from bot.archive import Database, SqlArchive, SqlHealth, SqlOutbox, SqlReconciliations
from bot.domain.health import Health, Level, Part
from bot.domain.reconciliation import Reconciliation
from bot.domain.status import PbxActivity, Status
from bot.errors import ChannelClosed, MessageRefused, SlackUnreachable
from bot.services.status import status
from bot.services.subscribe import set_alert_channels, subscribe
from bot.services.sync import Sync
from tests.stage import NOON, FakeClock, FakePhones, recording

MINUTE = timedelta(minutes=1)


@pytest.fixture
def vitals(database: Database) -> SqlHealth:
    return SqlHealth(database, site="main")


@pytest.fixture
def ledger(database: Database) -> SqlReconciliations:
    return SqlReconciliations(database, site="main")


@pytest.fixture
def told(
    archive: SqlArchive,
    outbox: SqlOutbox,
    ledger: SqlReconciliations,
    vitals: SqlHealth,
    activity: PbxActivity,
    clock: FakeClock,
) -> Callable[[], Awaitable[Status]]:
    async def tell() -> Status:
        return await status(
            archive=archive,
            outbox=outbox,
            reconciliations=ledger,
            health=vitals,
            activity=activity,
            clock=clock,
            token_until=NOON + MINUTE,
        )

    return tell


async def test_status_tells_what_is_held_owed_and_wrong(
    sync: Sync, phones: FakePhones, outbox: SqlOutbox, told: Callable[[], Awaitable[Status]]
) -> None:
    before = await told()
    assert (before.looked_at, before.history_done, before.healths, before.reconciliation) == (None, False, (), None)
    phones.add(range(1, 185))
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    state = await told()
    assert (state.stored, state.total, state.history_done) == (100, 184, False)
    assert state.history_back_to == recording(85).started_at
    assert (state.channels[0].channel, state.channels[0].pending, state.looked_at) == ("C1", 1, NOON)
    await sync.fill(pause=timedelta(0))
    state = await told()
    assert (state.stored, state.history_done) == (184, True)


async def test_status_tells_what_was_deleted_lost_proven_and_renewed(
    archive: SqlArchive,
    outbox: SqlOutbox,
    ledger: SqlReconciliations,
    activity: PbxActivity,
    clock: FakeClock,
    told: Callable[[], Awaitable[Status]],
) -> None:
    await outbox.subscribe("T1", "C1", now=NOON)
    await archive.set_baseline([], baseline=0, total=0, now=NOON)
    await archive.start_generation([recording(1), recording(2), recording(3)], total=7, now=NOON)
    await ledger.mark_deleted([2, 3], lowest=1, highest=3, generation=2, now=NOON + MINUTE)
    proof = Reconciliation(at=NOON, listed=3, stored=2, late=1, deleted=1, skipped=4)
    await ledger.record(proof)
    post = await outbox.claim_next("C1", now=NOON)
    assert post is not None
    await outbox.mark_given_up(post, problem="invalid_blocks", now=NOON)
    activity.skipped, activity.next_look_at = 5, NOON + 2 * MINUTE
    clock.time += 3 * MINUTE
    state = await told()
    assert (state.now, state.next_look_at, state.token_until) == (NOON + 3 * MINUTE, NOON + 2 * MINUTE, NOON + MINUTE)
    assert (state.stored, state.deleted, state.total, state.skipped) == (2, 1, 7, 5)
    assert state.looked_at == NOON, "when the archive last changed, for no process has noted a look"
    assert (state.reconciliation, state.renewed_at, state.given_up) == (proof, NOON, 1)


@pytest.mark.parametrize(
    ("here", "there", "looked_at", "problem"),
    [
        pytest.param(PbxActivity(), None, None, "", id="nobody has looked"),
        pytest.param(PbxActivity(well_at=NOON), None, NOON, "", id="this process has"),
        pytest.param(PbxActivity(), NOON, NOON, "no answer", id="another process has: its problem counts"),
        pytest.param(PbxActivity(well_at=NOON), NOON - MINUTE, NOON, "", id="both, this one last"),
        pytest.param(PbxActivity(well_at=NOON - MINUTE), NOON, NOON, "", id="both, the other one last"),
        pytest.param(PbxActivity(problem="ours"), NOON, NOON, "ours", id="this process's own problem comes first"),
    ],
)
async def test_status_tells_when_the_pbx_was_last_looked_at_and_what_was_wrong(
    here: PbxActivity,
    there: datetime | None,
    looked_at: datetime | None,
    problem: str,
    activity: PbxActivity,
    vitals: SqlHealth,
    told: Callable[[], Awaitable[Status]],
) -> None:
    activity.well_at, activity.problem = here.well_at, here.problem
    ill = Health(part=Part.PBX, level=Level.DEGRADED, since=NOON, reason="no answer")
    if there is not None:
        await vitals.note(Health(part=Part.SLACK, reason="not this one"), well_at=NOON + MINUTE, now=NOON)
        await vitals.note(ill, well_at=there, now=NOON + 2 * MINUTE)
    state = await told()
    assert (state.looked_at, state.problem) == (looked_at, problem)
    assert state.watched_at == (NOON + 2 * MINUTE if there else None)
    assert ([health for health in state.healths if health.part is Part.PBX] == [ill]) is (there is not None)


class Names:
    """A workspace in which the bot sees two channels, and knows two administrators and two people who are gone."""

    async def channel_id(self, name: str) -> str:
        if name not in {"#calls", "#ops"}:
            raise ChannelClosed("no such channel", code="channel_not_found")
        return "C1" if name == "#calls" else "C0OPS"

    async def people(self, ids: Sequence[str]) -> tuple[str, ...]:
        return tuple(person for id_ in ids for person in (("U1", "U2") if id_ == "S1" else (id_,)))

    async def direct(self, user: str) -> str:
        if user == "U0GONE":
            raise MessageRefused("no such user", code="user_disabled")
        if user == "U0BOT":
            raise ChannelClosed("not to bots", code="cannot_dm_bot")
        if user == "U0SLOW":
            raise SlackUnreachable("no answer")
        return f"D{user}"


async def test_a_channel_is_subscribed_once_by_its_name(outbox: SqlOutbox, clock: FakeClock) -> None:
    for _ in range(2):
        assert await subscribe("#calls", workspace="T1", directory=Names(), outbox=outbox, clock=clock) == "C1"
    assert [state.pending for state in await outbox.channel_states()] == [1], "one welcome"


@pytest.mark.parametrize(
    ("channel", "admins", "otherwise", "told"),
    [
        pytest.param("#ops", ("U1",), "#calls", ("C0OPS",), id="the channel that is named"),
        pytest.param(None, ("U0GONE", "U0BOT", "S1"), "#calls", ("DU1", "DU2"), id="else the administrators"),
        pytest.param(None, (), "#calls", ("C1",), id="else where recordings are told"),
        pytest.param(None, (), None, (), id="else nobody"),
    ],
)
async def test_who_is_told_of_trouble(
    outbox: SqlOutbox,
    clock: FakeClock,
    channel: str | None,
    admins: tuple[str, ...],
    otherwise: str | None,
    told: tuple[str, ...],
) -> None:
    assert (
        await set_alert_channels(
            channel=channel,
            admins=admins,
            otherwise=otherwise,
            workspace="T1",
            directory=Names(),
            outbox=outbox,
            clock=clock,
        )
        == told
    )
    assert await outbox.alert_channels() == told
    assert await outbox.channel_states() == (), "being told of trouble is no subscription"


async def test_while_slack_is_away_nobody_is_forgotten(outbox: SqlOutbox, clock: FakeClock) -> None:
    await outbox.set_alert_channels("T1", ["DU0SLOW"], now=NOON)
    with pytest.raises(SlackUnreachable):
        await set_alert_channels(
            channel=None,
            admins=("U0SLOW",),
            otherwise=None,
            workspace="T1",
            directory=Names(),
            outbox=outbox,
            clock=clock,
        )
    assert await outbox.alert_channels() == ("DU0SLOW",)
