from datetime import timedelta

from bot.archive import SqlArchive, SqlOutbox
from bot.domain.status import Activity
from bot.errors import ChannelClosed
from bot.services.status import status
from bot.services.subscribe import subscribe
from bot.services.sync import Sync
from tests.stage import NOON, FakeClock, FakePhones, recording


async def test_status_tells_what_is_held_owed_and_wrong(
    sync: Sync, phones: FakePhones, archive: SqlArchive, outbox: SqlOutbox, activity: Activity, clock: FakeClock
) -> None:
    phones.add(range(1, 185))
    await outbox.subscribe("T1", "C1", now=NOON)
    await sync.poll()
    state = await status(archive, outbox, activity, clock)
    assert (state.held, state.total, state.history_done) == (100, 184, False)
    assert state.history_back_to == recording(85).started_at
    assert (state.channels[0].channel, state.channels[0].owed, state.looked_at) == ("C1", 1, NOON)
    await sync.fill(pause=timedelta(0))
    state = await status(archive, outbox, activity, clock)
    assert (state.held, state.history_done) == (184, True)


class Names:
    """A workspace in which the bot sees one channel."""

    async def channel_id(self, name: str) -> str:
        if name != "#calls":
            raise ChannelClosed("no such channel", code="channel_not_found")
        return "C1"


async def test_a_channel_is_subscribed_once_by_its_name(outbox: SqlOutbox, clock: FakeClock) -> None:
    for _ in range(2):
        assert await subscribe("#calls", workspace="T1", directory=Names(), outbox=outbox, clock=clock) == "C1"
    assert [state.owed for state in await outbox.states()] == [1], "one welcome"
