"""Trouble is told once, its end once, whatever flaps, restarts or fails meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.archive import Database, SqlArchive, SqlHealth, SqlOutbox
from bot.domain.alert import Alert, Happening
from bot.domain.health import LastSeen, Level, Part, Patience
from bot.errors import ArchiveError, SlackOutcomeUnknown, SlackUnreachable
from bot.services.monitor import Monitor
from tests.stage import FakeClock, FakeSlack, recording

FIVE_MINUTES = timedelta(minutes=5)
TICK = timedelta(seconds=5)


@dataclass
class Failing:
    """A port that fails while it is told to."""

    port: Any
    failing: bool = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def call(*args: Any, **words: Any) -> Any:
            if self.failing:
                raise ArchiveError("The disk is full: free some space.")
            return await getattr(self.port, name)(*args, **words)

        return call


@dataclass
class Room:
    """A watch over a PBX, a Slack of two parts, and a database."""

    vitals: Failing
    outbox: Failing
    archive: SqlArchive
    clock: FakeClock
    slack: FakeSlack = field(default_factory=FakeSlack)
    pbx: LastSeen = field(default_factory=LastSeen)
    api: LastSeen = field(default_factory=LastSeen)
    socket: LastSeen = field(default_factory=LastSeen)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.pbx, self.api, self.socket = LastSeen(), LastSeen(), LastSeen()
        self.watch = Monitor(
            self.vitals,
            self.outbox,
            self.slack,
            self.clock,
            {Part.PBX: [self.pbx], Part.SLACK: [self.api, self.socket]},
            patience=Patience(failure=FIVE_MINUTES),
            workspace="T1",
            site="main",
            new_key=lambda: "key",
        )

    def all_well(self) -> None:
        for pulse in (self.pbx, self.api, self.socket):
            pulse.saw(self.clock.now())

    async def watch_for(self, length: timedelta, beat: Callable[[], None], *, tick: timedelta = TICK) -> None:
        end = self.clock.now() + length
        while self.clock.now() < end:
            beat()
            await self.watch.check()
            self.clock.time += tick

    async def alerts(self) -> list[Alert]:
        """What waits in the queue of #ops, taken out."""
        found: list[Alert] = []
        while post := await self.outbox.port.claim_next("C0OPS", now=self.clock.now()):
            await self.outbox.port.mark_sent(post, ts=f"{len(found)}.1", now=self.clock.now())
            found.append(post.alert)
        return found

    async def level(self, part: Part) -> Level:
        return next(cast(Level, health.level) for health in await self.vitals.port.healths() if health.part is part)


@pytest.fixture
async def room(database: Database, archive: SqlArchive, outbox: SqlOutbox, clock: FakeClock) -> Room:
    await outbox.set_alert_channels("T1", ["C0OPS"], now=clock.now())
    await archive.set_baseline([], baseline=0, total=0, now=clock.now())
    return Room(Failing(SqlHealth(database, site="main")), Failing(outbox), archive, clock)


def no_pbx(room: Room) -> Callable[[], None]:
    def beat() -> None:
        room.all_well()
        room.pbx.missed(room.clock.now(), "no answer within 10 s")

    return beat


def all_well(room: Room) -> Callable[[], None]:
    return room.all_well


async def test_a_pbx_that_is_away_is_told_once_and_once_when_it_is_back(room: Room) -> None:
    began = room.clock.now()
    await room.watch_for(timedelta(minutes=7), no_pbx(room))
    await room.watch_for(timedelta(minutes=113), no_pbx(room), tick=timedelta(minutes=1))
    (down,) = await room.alerts()
    assert (down.happening, down.part, down.since) == (Happening.DOWN, Part.PBX, began)
    assert down.reason == "no answer within 10 s"
    assert await room.level(Part.PBX) is Level.DOWN

    back_at = room.clock.now()
    await room.archive.store([recording(1), recording(2)], now=back_at, synced=2)
    await room.watch_for(timedelta(minutes=5), room.all_well)
    await room.watch_for(timedelta(minutes=55), room.all_well, tick=timedelta(minutes=1))
    (back,) = await room.alerts()
    assert (back.happening, back.since, back.until) == (Happening.BACK, began, back_at)
    assert (back.came, back.waiting) == (2, 0)
    assert await room.level(Part.PBX) is Level.OK


async def test_short_trouble_is_told_to_nobody(room: Room) -> None:
    await room.watch_for(timedelta(minutes=4), no_pbx(room))
    assert await room.level(Part.PBX) is Level.DEGRADED
    await room.watch_for(timedelta(minutes=4), room.all_well)
    assert await room.alerts() == []


async def test_a_socket_that_lost_its_connection_counts_as_slack_down(room: Room) -> None:
    def beat() -> None:
        room.all_well()
        room.socket.missed(room.clock.now(), "Socket Mode is not connected")

    await room.watch_for(timedelta(minutes=6), beat)
    assert [(alert.part, alert.reason) for alert in await room.alerts()] == [
        (Part.SLACK, "Socket Mode is not connected")
    ]


async def test_that_slack_was_down_is_told_only_once_it_is_back(room: Room) -> None:
    """Nobody can be told before; then the alert that it is down would be stale."""

    def beat() -> None:
        room.all_well()
        room.api.missed(room.clock.now(), "no answer")

    await room.watch_for(timedelta(minutes=7), beat)
    await room.watch_for(timedelta(minutes=7), room.all_well)
    assert [alert.happening for alert in await room.alerts()] == [Happening.BACK]


async def test_a_restart_tells_nothing_twice(room: Room) -> None:
    told = []
    for beat in (no_pbx, no_pbx, all_well, all_well):
        await room.watch_for(timedelta(minutes=6), beat(room))
        told += await room.alerts()
        room.restart()
    assert [alert.happening for alert in told] == [Happening.DOWN, Happening.BACK]


async def test_a_bot_that_did_not_run_says_so_when_it_runs_again(room: Room) -> None:
    await room.watch_for(timedelta(minutes=2), room.all_well)
    stopped = room.clock.now()
    room.clock.time += timedelta(days=2)
    room.restart()
    await room.outbox.port.subscribe("T1", "C1", now=room.clock.now())
    await room.archive.store([recording(1), recording(2)], now=room.clock.now(), synced=2)
    await room.watch_for(timedelta(minutes=10), room.all_well)
    (back,) = await room.alerts()
    assert (back.happening, back.part, back.came, back.waiting) == (Happening.BACK, Part.BOT, 2, 2)
    assert back.since is not None
    assert stopped - timedelta(minutes=1) < back.since <= stopped


@pytest.mark.parametrize(
    ("away", "alerts"),
    [
        pytest.param(timedelta(minutes=3), 0, id="a quick restart"),
        pytest.param(FIVE_MINUTES - TICK, 0, id="not quite long enough"),
        pytest.param(FIVE_MINUTES, 1, id="just long enough"),
    ],
)
async def test_a_quick_restart_is_not_worth_a_word(room: Room, away: timedelta, alerts: int) -> None:
    await room.watch_for(TICK, room.all_well)
    room.clock.time += away - TICK
    room.restart()
    await room.watch_for(timedelta(minutes=2), room.all_well)
    assert len(await room.alerts()) == alerts


async def test_two_absences_with_a_short_life_between_are_one(room: Room) -> None:
    await room.watch_for(TICK, room.all_well)
    stopped = room.clock.now() - TICK
    for life in (timedelta(seconds=30), timedelta(minutes=2)):
        room.clock.time += timedelta(days=1)
        room.restart()
        await room.watch_for(life, room.all_well)
    (back,) = await room.alerts()
    assert (back.part, back.since) == (Part.BOT, stopped)


async def test_trouble_of_the_database_is_told_without_it(room: Room) -> None:
    await room.watch_for(timedelta(minutes=1), room.all_well)
    room.vitals.failing = room.outbox.failing = True
    await room.watch_for(timedelta(minutes=20), room.all_well)
    (post,) = room.slack.channels["C0OPS"]
    assert post.alert is not None
    assert (post.alert.part, post.alert.reason) == (Part.DATABASE, "The disk is full: free some space.")

    room.vitals.failing = room.outbox.failing = False
    await room.watch_for(timedelta(minutes=5), room.all_well, tick=timedelta(seconds=7))  # off the half minutes
    assert [(alert.happening, alert.part) for alert in await room.alerts()] == [(Happening.BACK, Part.DATABASE)]
    assert await room.level(Part.DATABASE) is Level.OK


@pytest.mark.parametrize(
    ("failures", "messages"),
    [
        pytest.param([(SlackUnreachable("not reached"), False)], 1, id="surely not there: again"),
        pytest.param([(SlackOutcomeUnknown("cut"), True)], 1, id="perhaps there: not again"),
        pytest.param([(SlackOutcomeUnknown("cut"), False)], 0, id="perhaps there, though it is not: not again"),
    ],
)
async def test_an_alert_without_a_queue_is_never_doubled(
    room: Room, failures: list[tuple[Any, bool]], messages: int
) -> None:
    await room.watch_for(timedelta(minutes=1), room.all_well)
    room.slack.failures = list(failures)
    room.vitals.failing = room.outbox.failing = True
    await room.watch_for(timedelta(minutes=20), room.all_well)
    assert len(room.slack.channels.get("C0OPS", [])) == messages


async def test_an_alert_without_a_queue_reaches_each_channel_that_slack_did_not_take_it_for(room: Room) -> None:
    await room.outbox.port.set_alert_channels("T1", ["C0ADMIN", "C0OPS"], now=room.clock.now())
    await room.watch_for(TICK, room.all_well)
    room.slack.failures = [(SlackUnreachable("not reached"), False)]
    room.vitals.failing = room.outbox.failing = True
    await room.watch_for(timedelta(minutes=7), room.all_well)
    assert {channel: len(posts) for channel, posts in room.slack.channels.items()} == {"C0ADMIN": 1, "C0OPS": 1}


async def test_new_trouble_of_the_database_is_not_told_with_the_patience_of_the_old(room: Room) -> None:
    """Slack took nothing meanwhile: what waits to be told is over with the trouble."""
    await room.watch_for(TICK, room.all_well)
    room.slack.failures = [(SlackUnreachable("not reached"), False)] * 100
    room.vitals.failing = room.outbox.failing = True
    await room.watch_for(timedelta(minutes=6), room.all_well)
    room.vitals.failing = room.outbox.failing = False
    await room.watch_for(timedelta(minutes=2), room.all_well)
    room.slack.failures = []
    room.vitals.failing = room.outbox.failing = True
    await room.watch_for(timedelta(minutes=4), room.all_well)
    assert room.slack.channels == {}


async def test_a_change_is_written_at_once(room: Room) -> None:
    await room.watch_for(TICK, room.all_well)
    assert [await room.level(part) for part in Part] == [Level.OK] * 4
    await room.watch_for(TICK, no_pbx(room))
    assert await room.level(Part.PBX) is Level.DEGRADED


async def test_a_part_was_well_when_all_that_it_consists_of_was(room: Room) -> None:
    began = room.clock.now()
    room.all_well()
    room.clock.time += timedelta(minutes=1)
    room.api.saw(room.clock.now())
    await room.watch.check()
    assert await room.vitals.port.well_at(Part.SLACK) == began


async def test_that_it_lives_is_written_after_the_clock_was_set_back_too(room: Room) -> None:
    await room.watch_for(TICK, room.all_well)
    room.clock.time -= timedelta(hours=1)
    written = room.clock.now()
    await room.watch_for(TICK, room.all_well)
    healths = await room.vitals.port.healths()
    assert [health.since for health in healths] == [None] * 4
    assert await room.vitals.port.well_at(Part.PBX) == written


async def test_while_nothing_changes_little_is_written(room: Room) -> None:
    began = room.clock.now()
    await room.watch_for(timedelta(seconds=50), room.all_well)
    written = await room.vitals.port.checked_at()
    assert written == began + timedelta(seconds=30)
    await room.watch_for(timedelta(seconds=5), room.all_well)
    assert await room.vitals.port.checked_at() == written
    await room.watch_for(timedelta(seconds=20), room.all_well)
    assert await room.vitals.port.checked_at() > written
