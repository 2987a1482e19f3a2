import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.archive import Database, SqlArchive, SqlOutbox
from bot.domain.alert import Happening
from bot.domain.delivery import CLOSED_PAUSE, SETTLE, Kind, Post
from bot.domain.health import LastSeen
from bot.errors import (
    ArchiveError,
    BotError,
    ChannelClosed,
    MessageRefused,
    SlackBusy,
    SlackError,
    SlackLoginRefused,
    SlackOutcomeUnknown,
    SlackScopeMissing,
    SlackUnreachable,
)
from bot.services.deliver import Delivery
from tests.stage import NOON, FakeClock, FakeSlack, recording

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
REVOKED = SlackLoginRefused("revoked", code="token_revoked")


@dataclass(kw_only=True)
class SlackOnClock(FakeSlack):
    """A Slack that takes time, refuses channels until told otherwise, and answers when a test lets it."""

    clock: FakeClock
    refusing: dict[str, SlackError] = field(default_factory=dict)
    """What every post into a channel fails with."""
    takes: timedelta = timedelta(0)
    """How long a post takes."""
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    """Posts of recordings into these channels are answered once the event is set."""
    arrived: defaultdict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    """Set when such a post has arrived."""
    cut: list[str] = field(default_factory=list)
    """Channels whose post was cancelled while it was under way."""
    tried: list[tuple[str, datetime]] = field(default_factory=list)
    """Channel and time of each post, whatever came of it."""
    searched_at: list[datetime] = field(default_factory=list)

    async def post(self, post: Post) -> str:
        self.tried.append((post.channel, self.clock.now()))
        self.clock.time += self.takes
        if post.kind is Kind.RECORDINGS and post.channel in self.gates:
            self.arrived[post.channel].set()
            try:
                await self.gates[post.channel].wait()
            except asyncio.CancelledError:
                self.cut.append(post.channel)
                raise
        if post.channel in self.refusing:
            raise self.refusing[post.channel]
        return await super().post(post)

    async def find(self, post: Post) -> str | None:
        self.searched_at.append(self.clock.now())
        return await super().find(post)


class Bench:
    """An archive that owes, a Slack that takes, and a clock that only moves when told."""

    def __init__(self, archive: SqlArchive, outbox: SqlOutbox, clock: FakeClock) -> None:
        self.archive, self.outbox, self.clock = archive, outbox, clock
        self.slack, self.pulse = SlackOnClock(clock=clock), LastSeen()

    async def owe(self, *ids: int, channels: tuple[str, ...] = ("C1",), **facts: Any) -> None:
        await self.archive.set_baseline((), baseline=0, total=0, now=NOON)
        for channel in channels:
            await self.outbox.subscribe("T1", channel, now=NOON)
        rows = [recording(id_, **facts) for id_ in ids]
        await self.archive.store(rows, now=NOON, synced=max(ids))

    def delivery(self, **counters: Callable[[Any], None]) -> Delivery:
        return Delivery(self.outbox, self.slack, self.clock, self.pulse, **counters)

    async def deliver(self, *, rounds: int = 1, pause: timedelta = timedelta(minutes=10)) -> None:
        """Start anew and post until quiet; between the rounds, time passes."""
        for _ in range(rounds):
            await pump(self.delivery())
            self.clock.time += pause

    def kinds(self, channel: str) -> list[Kind]:
        return [post.kind for post in self.slack.channels.get(channel, [])]


async def pump(delivery: Delivery) -> None:
    """Post until no task is left."""
    await delivery.start_due()
    await quiet()


async def quiet() -> None:
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.gather(*others)


@pytest.fixture
def bench(archive: SqlArchive, outbox: SqlOutbox, clock: FakeClock) -> Bench:
    return Bench(archive, outbox, clock)


async def test_a_welcome_comes_first_then_each_recording_in_order(bench: Bench) -> None:
    await bench.owe(3, 1, 2)
    await bench.deliver()
    assert bench.kinds("C1") == [Kind.WELCOME, *[Kind.RECORDINGS] * 3]
    assert bench.slack.ids("C1") == [1, 2, 3]


async def test_posts_in_one_channel_keep_the_distance_that_slack_asks_for(bench: Bench) -> None:
    await bench.owe(1, 2)
    await bench.deliver()
    times = [at for _, at in bench.slack.tried]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert len(gaps) == 2
    assert all(SECOND <= gap < 2 * SECOND for gap in gaps), "one a second in each channel"


async def test_legs_of_one_call_share_a_message(bench: Bench) -> None:
    await bench.owe(1, 2, uid="one call")
    await bench.deliver()
    assert [len(post.recordings) for post in bench.slack.channels["C1"]] == [0, 2]


@pytest.mark.parametrize(
    ("error", "stored"),
    [
        pytest.param(SlackOutcomeUnknown("cut"), True, id="cut after Slack stored it"),
        pytest.param(SlackOutcomeUnknown("cut"), False, id="cut before Slack stored it"),
        pytest.param(SlackUnreachable("down"), False, id="not reached"),
        pytest.param(SlackBusy("limit", retry_after=timedelta(seconds=31)), False, id="limited"),
        pytest.param(ChannelClosed("not in", code="not_in_channel"), False, id="not in the channel"),
        pytest.param(SlackLoginRefused("revoked", code="token_revoked"), False, id="token revoked"),
    ],
)
async def test_whatever_slack_does_each_recording_arrives_once_and_in_order(
    bench: Bench, error: BotError, *, stored: bool
) -> None:
    await bench.owe(1, 2, 3)
    bench.slack.failures = [(SlackUnreachable(""), False), (error, stored), (error, stored), (error, stored)]
    await bench.deliver(rounds=8)
    assert bench.slack.ids("C1") == [1, 2, 3]


async def test_slacks_own_pause_is_kept_and_counts_from_its_answer(bench: Bench) -> None:
    await bench.owe(1)
    bench.slack.takes = 5 * SECOND
    bench.slack.failures = [(SlackBusy("limit", retry_after=60 * SECOND), False)]
    delivery = bench.delivery()
    await pump(delivery)
    bench.clock.time = NOON + 64 * SECOND
    await pump(delivery)
    assert len(bench.slack.tried) == 1
    bench.clock.time = NOON + 65 * SECOND
    await pump(delivery)
    assert bench.slack.ids("C1") == [1]


async def test_what_is_recorded_of_a_post_is_what_slack_said_and_when(bench: Bench) -> None:
    await bench.owe(1)
    bench.slack.takes = 5 * SECOND
    await pump(bench.delivery())
    (state,) = await bench.outbox.channel_states()
    assert state.last_sent_at == bench.slack.tried[-1][1] + bench.slack.takes
    await bench.archive.store([recording(2)], now=bench.clock.now(), synced=2)
    post = await bench.outbox.claim_next("C1", now=bench.clock.now())
    assert post
    assert post.after == "2.000100", "our last message, as Slack calls it"


async def test_a_post_of_a_process_that_died_is_looked_for_first(bench: Bench) -> None:
    await bench.owe(1)
    claimed = await bench.outbox.claim_next("C1", now=bench.clock.now())
    assert claimed
    await bench.slack.post(claimed)  # and then: kill -9
    with capture_logs() as logs:
        await bench.deliver()
    assert bench.kinds("C1") == [Kind.WELCOME, Kind.RECORDINGS]
    assert bench.slack.searches == 1
    assert [entry["was_there"] for entry in logs if "was_there" in entry] == [True, False]


@pytest.mark.parametrize(
    ("passed", "waits"),
    [
        pytest.param(timedelta(0), SETTLE, id="a post that may be on its way is left time to arrive"),
        pytest.param(SETTLE / 4, 3 * SETTLE / 4, id="what is left of it"),
        pytest.param(HOUR, timedelta(0), id="one that is long over is looked for at once"),
        pytest.param(-HOUR, SETTLE, id="a clock that was set back makes it wait no longer"),
    ],
)
async def test_how_long_a_look_waits(bench: Bench, passed: timedelta, waits: timedelta) -> None:
    await bench.owe(1)
    await bench.outbox.claim_next("C1", now=NOON)
    bench.clock.time = NOON + passed
    await bench.deliver()
    assert bench.slack.searched_at == [NOON + passed + waits]


async def test_a_claim_that_never_reached_slack_is_posted_after_a_look(bench: Bench) -> None:
    await bench.owe(1)
    await bench.outbox.claim_next("C1", now=bench.clock.now())
    await bench.deliver()
    assert (bench.slack.searches, bench.slack.ids("C1")) == (1, [1])


async def test_while_the_look_fails_nothing_is_sent_again(bench: Bench) -> None:
    await bench.owe(1)
    bench.slack.failures = [(SlackOutcomeUnknown("cut"), True)]
    bench.slack.search_failures = [
        SlackLoginRefused("missing_scope"),
        MessageRefused("an error that nobody knows"),
        SlackBusy("", retry_after=SECOND),
    ]
    await bench.deliver(rounds=6)
    assert bench.kinds("C1") == [Kind.WELCOME, Kind.RECORDINGS]


@pytest.mark.parametrize("died", [pytest.param(False, id="at once"), pytest.param(True, id="after a look for it")])
async def test_a_message_that_slack_refuses_goes_out_as_text_and_holds_up_none(bench: Bench, *, died: bool) -> None:
    await bench.owe(1, 2)
    if died:
        await bench.outbox.claim_next("C1", now=NOON)
    bench.slack.failures = [(MessageRefused("blocks", code="invalid_blocks"), False)]
    await bench.deliver()
    assert bench.slack.plain == [False, True, False, False]
    assert bench.kinds("C1") == [Kind.WELCOME, Kind.RECORDINGS, Kind.RECORDINGS]
    assert bench.slack.searches == died, "what was refused is surely not there"


@pytest.mark.parametrize("died", [pytest.param(False, id="at once"), pytest.param(True, id="after a look for it")])
async def test_a_message_that_slack_takes_in_no_form_is_given_up_and_told(bench: Bench, *, died: bool) -> None:
    await bench.owe(1, 2)
    await bench.outbox.set_alert_channels("T1", ["D1"], now=NOON)
    if died:
        await bench.outbox.claim_next("C1", now=NOON)
    bench.slack.failures = [(MessageRefused("blocks"), False), (MessageRefused("too long", code="msg_too_long"), False)]
    await bench.deliver()
    assert (bench.kinds("C1"), bench.slack.ids("C1")) == ([Kind.RECORDINGS] * 2, [1, 2]), "the next ones go on at once"
    assert await bench.outbox.lost() == 1
    await bench.deliver()
    (told,) = bench.slack.channels["D1"]
    assert told.alert
    assert (told.alert.happening, told.alert.channel, told.alert.reason) == (Happening.REFUSED, "C1", "too long")


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(ChannelClosed("archived", code="is_archived"), id="closed"),
        pytest.param(SlackScopeMissing("no right", code="missing_scope"), id="not allowed"),
        pytest.param(SlackBusy("limit", retry_after=60 * SECOND), id="limited"),
        pytest.param(SlackUnreachable("down"), id="not reached"),
        pytest.param(SlackOutcomeUnknown("cut"), id="cut"),
    ],
)
async def test_a_channel_that_fails_holds_up_no_other(bench: Bench, error: SlackError) -> None:
    await bench.owe(1)
    bench.slack.refusing = {"C1": error}
    delivery = bench.delivery()
    await pump(delivery)
    await bench.outbox.subscribe("T1", "C2", now=bench.clock.now())
    await bench.archive.store([recording(2)], now=bench.clock.now(), synced=2)
    await pump(delivery)
    assert bench.slack.ids("C2") == [2]
    states = {state.channel: state for state in await bench.outbox.channel_states()}
    assert (states["C1"].pending, states["C1"].problem) == (3, str(error))


async def test_a_channel_is_posted_to_once_at_a_time(bench: Bench) -> None:
    await bench.owe(1, 2)
    bench.slack.gates = {"C1": asyncio.Event()}
    delivery = bench.delivery()
    await delivery.start_due()
    await bench.slack.arrived["C1"].wait()
    for _ in range(9):
        await delivery.start_due()
    bench.slack.gates["C1"].set()
    await quiet()
    assert bench.slack.ids("C1") == [1, 2]
    assert bench.slack.searches == 0, "nobody else took up what was under way"


async def test_what_cannot_be_recorded_is_found_again_and_stops_no_other_channel(
    bench: Bench, database: Database
) -> None:
    class Full(SqlOutbox):
        is_full = True

        async def mark_sent(self, post: Post, *, ts: str, now: datetime) -> None:
            if self.is_full and post.channel == "C1":
                self.is_full = False
                raise ArchiveError("disk full")
            await super().mark_sent(post, ts=ts, now=now)

    await bench.owe(1, channels=("C1", "C2"))
    bench.outbox = Full(database, site="main")
    delivery = bench.delivery()
    with capture_logs():  # a traceback takes long to draw
        await pump(delivery)
    assert (bench.kinds("C1"), bench.slack.ids("C2")) == ([Kind.WELCOME], [1])
    await pump(delivery)
    assert bench.kinds("C1") == [Kind.WELCOME, Kind.RECORDINGS]


async def test_a_stop_finishes_and_records_what_is_being_posted(bench: Bench) -> None:
    await bench.owe(1, 2, channels=("C1", "C2"))
    gates = bench.slack.gates = {"C1": asyncio.Event(), "C2": asyncio.Event()}
    delivery = bench.delivery()
    await delivery.start_due()
    for channel in gates:
        await bench.slack.arrived[channel].wait()
    stop = asyncio.create_task(delivery.close(HOUR))
    await asyncio.sleep(0)
    gates["C1"].set()
    while (await bench.outbox.channel_states())[0].last_sent_at is None:
        pass
    assert not stop.done(), "it waits for the other, too"
    gates["C2"].set()
    await stop
    assert bench.slack.cut == []
    assert [bench.slack.ids(channel) for channel in gates] == [[1], [1]], "the next ones are left for the next start"
    await bench.deliver()
    assert [bench.slack.ids(channel) for channel in gates] == [[1, 2], [1, 2]]
    assert bench.slack.searches == 0, "nothing was left in the dark"


async def test_a_stop_cuts_off_what_takes_too_long_and_the_next_start_looks_for_it(bench: Bench) -> None:
    await bench.owe(1)
    bench.slack.gates = {"C1": asyncio.Event()}
    delivery = bench.delivery()
    await delivery.start_due()
    await bench.slack.arrived["C1"].wait()
    async with asyncio.timeout(10):
        await delivery.close(timedelta(0))
    assert bench.slack.cut == ["C1"], "before the database is closed"
    bench.slack.gates = {}
    await bench.deliver()
    assert (bench.slack.ids("C1"), bench.slack.searches) == ([1], 1)


class HeldClock(FakeClock):
    """Between two posts it waits until a test lets go."""

    def __init__(self) -> None:
        super().__init__()
        self.resting, self.over = asyncio.Event(), asyncio.Event()

    async def sleep(self, pause: timedelta) -> None:
        self.resting.set()
        await self.over.wait()
        await super().sleep(pause)


async def test_a_stop_waits_for_no_channel_between_two_posts(bench: Bench) -> None:
    await bench.owe(1, 2)
    clock = HeldClock()
    delivery = Delivery(bench.outbox, bench.slack, clock, bench.pulse)
    await delivery.start_due()
    await clock.resting.wait()
    await asyncio.wait_for(delivery.close(HOUR), timeout=10)
    assert bench.kinds("C1") == [Kind.WELCOME]
    await bench.deliver()
    assert bench.slack.ids("C1") == [1, 2]


async def test_after_a_stop_nothing_is_posted(bench: Bench) -> None:
    await bench.owe(1)
    delivery = bench.delivery()
    await delivery.close(HOUR)
    await pump(delivery)
    assert bench.slack.tried == []


async def test_the_first_post_after_a_revoked_token_frees_all_channels(bench: Bench) -> None:
    """Fifty channels do not all knock with a token that Slack has just refused."""
    channels = ("C1", "C2", "C3")
    await bench.owe(1, channels=channels)
    bench.slack.refusing = dict.fromkeys(channels, REVOKED)
    delivery = bench.delivery()
    await pump(delivery)
    assert len(bench.slack.tried) <= 3, "one a channel before it is known"
    assert bench.pulse.problem == "revoked"
    for _ in range(3):
        bench.slack.tried.clear()
        bench.clock.time += CLOSED_PAUSE
        await pump(delivery)
        assert len(bench.slack.tried) == 1
    bench.slack.refusing.clear()
    bench.clock.time += CLOSED_PAUSE
    await pump(delivery)
    assert sorted(bench.slack.ids(channel) for channel in channels) == [[], [], [1]], "one that tries it for all"
    assert bench.pulse.problem == ""
    await pump(delivery)
    assert [bench.slack.ids(channel) for channel in channels] == [[1]] * 3


@pytest.mark.parametrize(
    ("moved", "tried"),
    [
        pytest.param(timedelta(0), [], id="not at once"),
        pytest.param(CLOSED_PAUSE - SECOND, [], id="nor a little later"),
        pytest.param(CLOSED_PAUSE, ["C2"], id="after the pause by one post, the longest due"),
        pytest.param(-SECOND, ["C2"], id="and once the clock was set back a little"),
        pytest.param(-HOUR, ["C2"], id="or by far"),
    ],
)
async def test_when_a_refused_token_is_tried_again(bench: Bench, moved: timedelta, tried: list[str]) -> None:
    await bench.owe(1)
    bench.slack.refusing = dict.fromkeys(("C1", "C2"), REVOKED)
    delivery = bench.delivery()
    await pump(delivery)
    await bench.outbox.subscribe("T1", "C2", now=NOON)
    bench.slack.tried.clear()
    bench.clock.time = NOON + moved
    await pump(delivery)
    assert [channel for channel, _ in bench.slack.tried] == tried


async def test_a_channel_between_two_posts_stops_too_when_the_token_is_refused_elsewhere(bench: Bench) -> None:
    await bench.owe(1)
    clock = HeldClock()
    delivery = Delivery(bench.outbox, bench.slack, clock, bench.pulse)
    await delivery.start_due()
    await clock.resting.wait()
    bench.slack.refusing = {"C2": REVOKED}
    await bench.outbox.subscribe("T1", "C2", now=NOON)
    await delivery.start_due()
    while not any(state.problem for state in await bench.outbox.channel_states()):
        pass
    clock.over.set()
    await quiet()
    assert [channel for channel, _ in bench.slack.tried] == ["C1", "C2"]


@pytest.mark.parametrize(
    ("error", "well"),
    [
        pytest.param(ChannelClosed("out"), True, id="a closed channel is no trouble of Slack's"),
        pytest.param(SlackScopeMissing("no right"), True, id="nor is a right that is missing"),
        pytest.param(MessageRefused("blocks"), True, id="nor is a message of ours"),
        pytest.param(SlackBusy("limit", retry_after=9 * SECOND), True, id="nor is a limit"),
        pytest.param(SlackUnreachable("down"), False, id="an outage is"),
        pytest.param(SlackOutcomeUnknown("cut"), False, id="a cut connection is"),
        pytest.param(SlackLoginRefused("revoked"), False, id="a revoked token is"),
    ],
)
async def test_what_a_failure_tells_of_slack(bench: Bench, error: SlackError, *, well: bool) -> None:
    await bench.owe(1)
    bench.pulse.missed(NOON - HOUR, "trouble of before")
    bench.slack.refusing = {"C1": error}
    await bench.deliver()
    if well:
        assert bench.pulse == LastSeen(well_at=bench.slack.tried[-1][1])
    else:
        assert bench.pulse == LastSeen(failing_since=NOON - HOUR, problem=str(error))


async def test_a_burst_becomes_one_digest_and_then_single_messages_again(bench: Bench) -> None:
    await bench.owe(*range(1, 13))
    await bench.deliver(rounds=2)
    assert [len(post.recordings) for post in bench.slack.channels["C1"]] == [0, 12]
    await bench.archive.store([recording(13)], now=bench.clock.now(), synced=13)
    await bench.deliver()
    assert [len(post.recordings) for post in bench.slack.channels["C1"]] == [0, 12, 1]


async def test_what_trickles_in_during_a_flood_is_gathered(bench: Bench) -> None:
    await bench.owe(*range(1, 13))
    delivery = bench.delivery()
    for id_ in range(13, 33):
        await pump(delivery)
        bench.clock.time += timedelta(seconds=2)
        await bench.archive.store([recording(id_)], now=bench.clock.now(), synced=id_)
    await bench.deliver(rounds=3)
    assert bench.slack.ids("C1") == list(range(1, 33))
    assert len(bench.slack.channels["C1"]) <= 7


async def test_each_try_is_counted(bench: Bench) -> None:
    posted: list[int] = []
    failed: list[str] = []
    await bench.owe(1)
    cut = SlackOutcomeUnknown("cut", code="internal_error")
    bench.slack.failures = [(SlackUnreachable("down", code="service_unavailable"), False), (cut, True)]
    delivery = bench.delivery(
        posted=lambda post: posted.append(len(post.recordings)), failed=lambda error: failed.append(error.code)
    )
    for _ in range(3):
        await pump(delivery)
        bench.clock.time += timedelta(minutes=1)
    assert (posted, failed) == ([0, 1], ["service_unavailable", "internal_error"]), "also what is found in the channel"
