from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive import SqlArchive, SqlLedger, SqlOutbox, SqlVitals
from bot.domain.status import Activity, Status
from bot.errors import ChannelClosed, MessageRefused, SlackUnreachable
from bot.services.status import status
from bot.services.subscribe import subscribe, tell_of_trouble
from bot.services.sync import Sync
from tests.stage import NOON, FakeClock, FakePhones, recording


async def test_status_tells_what_is_held_owed_and_wrong(
    engine: AsyncEngine,
    sync: Sync,
    phones: FakePhones,
    archive: SqlArchive,
    outbox: SqlOutbox,
    activity: Activity,
    clock: FakeClock,
) -> None:
    async def told() -> Status:
        return await status(
            archive=archive,
            outbox=outbox,
            ledger=SqlLedger(engine, site="main"),
            vitals=vitals,
            activity=activity,
            clock=clock,
        )

    vitals = SqlVitals(engine, site="main")
    phones.add(range(1, 185))
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    state = await told()
    assert (state.held, state.total, state.history_done) == (100, 184, False)
    assert state.history_back_to == recording(85).started_at
    assert (state.channels[0].channel, state.channels[0].owed, state.looked_at) == ("C1", 1, NOON)
    await sync.fill(pause=timedelta(0))
    state = await told()
    assert (state.held, state.history_done) == (184, True)


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
    assert [state.owed for state in await outbox.states()] == [1], "one welcome"


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
        await tell_of_trouble(
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
    assert await outbox.states() == (), "being told of trouble is no subscription"


async def test_while_slack_is_away_nobody_is_forgotten(outbox: SqlOutbox, clock: FakeClock) -> None:
    await outbox.tell_alerts("T1", ["DU0SLOW"], now=NOON)
    with pytest.raises(SlackUnreachable):
        await tell_of_trouble(
            channel=None,
            admins=("U0SLOW",),
            otherwise=None,
            workspace="T1",
            directory=Names(),
            outbox=outbox,
            clock=clock,
        )
    assert await outbox.alert_channels() == ("DU0SLOW",)
