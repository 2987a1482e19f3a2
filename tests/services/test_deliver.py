import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.archive import SqlArchive, SqlOutbox
from bot.domain.delivery import SPACING, Kind
from bot.domain.health import Pulse
from bot.errors import (
    BotError,
    ChannelClosed,
    MessageRefused,
    SlackBusy,
    SlackError,
    SlackLoginRefused,
    SlackOutcomeUnknown,
    SlackUnreachable,
)
from bot.services.deliver import Delivery
from tests.stage import NOON, FakeClock, FakeSlack, recording


class Bench:
    """An archive that owes, a Slack that takes, and a clock that only moves when told."""

    def __init__(self, archive: SqlArchive, outbox: SqlOutbox, clock: FakeClock) -> None:
        self.archive, self.outbox, self.clock = archive, outbox, clock
        self.slack, self.pulse = FakeSlack(), Pulse()

    async def owe(self, *ids: int, channels: tuple[str, ...] = ("C1",), **facts: Any) -> None:
        await self.archive.begin((), baseline=0, total=0, now=NOON)
        for channel in channels:
            await self.outbox.subscribe("T1", channel, now=NOON)
        rows = [recording(id_, **facts) for id_ in ids]
        await self.archive.keep(rows, now=NOON, synced=max(ids))

    async def deliver(self, *, rounds: int = 1, pause: timedelta = timedelta(minutes=10)) -> None:
        """Pump until quiet; between the rounds, time passes."""
        for _ in range(rounds):
            delivery = Delivery(self.outbox, self.slack, self.clock, self.pulse)
            await delivery.pump()
            await finish(delivery)
            self.clock.time += pause


async def finish(delivery: Delivery) -> None:
    for task in tuple(delivery._channels.values()):
        await task


@pytest.fixture
def bench(archive: SqlArchive, outbox: SqlOutbox, clock: FakeClock) -> Bench:
    return Bench(archive, outbox, clock)


async def test_a_welcome_comes_first_then_each_recording_in_order(bench: Bench) -> None:
    await bench.owe(3, 1, 2)
    await bench.deliver()
    assert [post.kind for post in bench.slack.channels["C1"]] == [Kind.WELCOME, *[Kind.RECORDINGS] * 3]
    assert bench.slack.ids("C1") == [1, 2, 3]


async def test_posts_in_one_channel_keep_their_distance(bench: Bench) -> None:
    await bench.owe(1, 2)
    await bench.deliver()
    assert bench.clock.slept == [SPACING] * 3


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


async def test_slacks_own_pause_is_kept(bench: Bench) -> None:
    await bench.owe(1)
    bench.slack.failures = [(SlackBusy("limit", retry_after=timedelta(seconds=60)), False)]
    await bench.deliver(rounds=2, pause=timedelta(seconds=59))
    assert bench.slack.channels == {}
    await bench.deliver(rounds=2, pause=timedelta(seconds=2))
    assert bench.slack.ids("C1") == [1]


async def test_a_post_of_a_process_that_died_is_looked_for_first(bench: Bench) -> None:
    await bench.owe(1)
    claimed = await bench.outbox.claim("C1", now=bench.clock.now())
    assert claimed
    await bench.slack.post(claimed)  # and then: kill -9
    await bench.deliver()
    assert [post.kind for post in bench.slack.channels["C1"]] == [Kind.WELCOME, Kind.RECORDINGS]
    assert bench.slack.searches == 1


async def test_a_claim_that_never_reached_slack_is_posted_after_a_look(bench: Bench) -> None:
    await bench.owe(1)
    await bench.outbox.claim("C1", now=bench.clock.now())
    await bench.deliver()
    assert (bench.slack.searches, bench.slack.ids("C1")) == (1, [1])


async def test_while_the_look_fails_nothing_is_sent_again(bench: Bench) -> None:
    await bench.owe(1)
    bench.slack.failures = [(SlackOutcomeUnknown("cut"), True)]
    bench.slack.search_failures = [
        SlackLoginRefused("missing_scope"),
        MessageRefused("an error that nobody knows"),
        SlackBusy("", retry_after=timedelta(seconds=1)),
    ]
    await bench.deliver(rounds=6)
    assert [post.kind for post in bench.slack.channels["C1"]] == [Kind.WELCOME, Kind.RECORDINGS]


async def test_a_message_that_slack_refuses_goes_out_as_text_and_holds_up_none(bench: Bench) -> None:
    await bench.owe(1, 2)
    bench.slack.failures = [(MessageRefused("blocks", code="invalid_blocks"), False)]
    await bench.deliver(rounds=2)
    assert bench.slack.plain == [False, True, False, False]
    assert bench.slack.ids("C1") == [1, 2]


async def test_a_message_that_slack_takes_in_no_form_is_given_up_and_counted(bench: Bench) -> None:
    await bench.owe(1, 2)
    refused: tuple[BotError, bool] = (MessageRefused("text", code="msg_too_long"), False)
    bench.slack.failures = [(SlackUnreachable(""), False), refused, refused]
    await bench.deliver(rounds=4)
    assert bench.slack.ids("C1") == [1, 2]
    assert await bench.outbox.lost() == 1


async def test_a_closed_channel_holds_up_no_other(bench: Bench) -> None:
    await bench.owe(1, channels=("C1", "C2"))
    slack = bench.slack

    class HalfClosed(FakeSlack):
        async def post(self, post: Any) -> str:
            if post.channel == "C1":
                raise ChannelClosed("archived", code="is_archived")
            return await slack.post(post)

    delivery = Delivery(bench.outbox, HalfClosed(), bench.clock, bench.pulse)
    await delivery.pump()
    await finish(delivery)
    assert slack.ids("C2") == [1]
    states = {state.channel: state for state in await bench.outbox.states()}
    assert (states["C1"].owed, states["C1"].problem) == (2, "archived")


async def test_a_stop_finishes_what_is_being_posted(bench: Bench) -> None:
    await bench.owe(1, 2)
    delivery = Delivery(bench.outbox, bench.slack, bench.clock, bench.pulse)
    await delivery.pump()
    await delivery.close(timedelta(seconds=1))
    await delivery.pump()
    assert len(bench.slack.channels.get("C1", [])) <= 1, "the next one is left for the next start"
    await bench.deliver(rounds=2)
    assert bench.slack.ids("C1") == [1, 2]


async def test_a_stop_waits_for_no_channel_between_two_posts(bench: Bench) -> None:
    await bench.owe(1, 2)
    resting = asyncio.Event()

    class Endless(FakeClock):
        async def sleep(self, pause: timedelta) -> None:
            resting.set()
            await asyncio.Event().wait()

    delivery = Delivery(bench.outbox, bench.slack, Endless(bench.clock.now()), bench.pulse)
    await delivery.pump()
    await resting.wait()
    await asyncio.wait_for(delivery.close(timedelta(hours=1)), timeout=10)
    sent = list(bench.slack.channels["C1"])
    await bench.deliver(rounds=2)
    assert len(sent) == 1
    assert bench.slack.ids("C1") == [1, 2]


async def test_a_revoked_token_stops_all_channels_and_the_first_post_that_goes_through_frees_them(
    bench: Bench,
) -> None:
    """Fifty channels do not all knock with a token that Slack has just refused."""
    await bench.owe(1, channels=("C1", "C2", "C3"))
    tries: list[str] = []
    slack, refusing = bench.slack, [True]

    class Refusing(FakeSlack):
        async def post(self, post: Any) -> str:
            tries.append(post.channel)
            if refusing[0]:
                raise SlackLoginRefused("revoked", code="token_revoked")
            return await slack.post(post)

    delivery = Delivery(bench.outbox, Refusing(), bench.clock, bench.pulse)
    for _ in range(60):  # ten minutes
        await delivery.pump()
        await finish(delivery)
        bench.clock.time += timedelta(seconds=10)
    assert len(tries) <= 3 + 5, "one a channel before it is known, then one every two minutes"
    assert bench.pulse.problem == "revoked"
    refusing[0] = False
    for _ in range(30):
        await delivery.pump()
        await finish(delivery)
        bench.clock.time += timedelta(seconds=10)
    assert [slack.ids(channel) for channel in ("C1", "C2", "C3")] == [[1]] * 3
    assert bench.pulse.problem == ""


@pytest.mark.parametrize(
    ("error", "well"),
    [
        pytest.param(ChannelClosed("out"), True, id="a closed channel is no trouble of Slack's"),
        pytest.param(MessageRefused("blocks"), True, id="nor is a message of ours"),
        pytest.param(SlackBusy("limit", retry_after=timedelta(seconds=9)), True, id="nor is a limit"),
        pytest.param(SlackUnreachable("down"), False, id="an outage is"),
        pytest.param(SlackOutcomeUnknown("cut"), False, id="a cut connection is"),
        pytest.param(SlackLoginRefused("revoked"), False, id="a revoked token is"),
    ],
)
async def test_what_a_failure_tells_of_slack(bench: Bench, error: SlackError, *, well: bool) -> None:
    await bench.owe(1)
    bench.slack.failures = [(error, False)] * 3
    await bench.deliver()
    assert (bench.pulse.failing_since is None) is well


async def test_a_burst_becomes_one_digest_and_then_single_messages_again(bench: Bench) -> None:
    await bench.owe(*range(1, 13))
    await bench.deliver(rounds=2)
    assert [len(post.recordings) for post in bench.slack.channels["C1"]] == [0, 12]
    await bench.archive.keep([recording(13)], now=bench.clock.now(), synced=13)
    await bench.deliver()
    assert [len(post.recordings) for post in bench.slack.channels["C1"]] == [0, 12, 1]


async def test_what_trickles_in_during_a_flood_is_gathered(bench: Bench) -> None:
    await bench.owe(*range(1, 13))
    delivery = Delivery(bench.outbox, bench.slack, bench.clock, bench.pulse)
    for id_ in range(13, 33):
        await delivery.pump()
        await finish(delivery)
        bench.clock.time += timedelta(seconds=2)
        await bench.archive.keep([recording(id_)], now=bench.clock.now(), synced=id_)
    await bench.deliver(rounds=3)
    assert bench.slack.ids("C1") == list(range(1, 33))
    assert len(bench.slack.channels["C1"]) <= 7


async def test_each_try_is_counted(bench: Bench) -> None:
    posted: list[int] = []
    failed: list[str] = []
    await bench.owe(1)
    bench.slack.failures = [(SlackUnreachable("down", code="service_unavailable"), False)]
    delivery = Delivery(
        bench.outbox,
        bench.slack,
        bench.clock,
        bench.pulse,
        posted=lambda post: posted.append(len(post.recordings)),
        failed=lambda error: failed.append(error.code),
    )
    for _ in range(3):
        await delivery.pump()
        await finish(delivery)
        bench.clock.time += timedelta(minutes=1)
    assert (posted, failed) == ([0, 1], ["service_unavailable"])
