"""On a quiet day Slack is asked now and then; what a post has just shown is not asked for."""

from datetime import datetime, timedelta

import pytest

from bot.demo.slack import BOT_TOKEN, SlackStandIn
from bot.domain.health import LastSeen
from bot.slack.clients import QUIET, Clients, open_clients, probe
from tests.stage import NOON, FakeClock

pytestmark = pytest.mark.asyncio(loop_scope="module")

AGO = timedelta(minutes=3)


def asked(slack: SlackStandIn) -> int:
    return [name for name, _ in slack.requests].count("auth.test")


@pytest.mark.parametrize(
    "well_at",
    [pytest.param(NOON - AGO, id="long ago"), pytest.param(NOON - timedelta(seconds=9), id="just now")],
)
async def test_an_answer_does_not_end_the_trouble_of_posts(
    slack: SlackStandIn, clients: Clients, clock: FakeClock, well_at: datetime
) -> None:
    """Else a Slack that answers and takes no post would never be told of."""
    pulse, posts = LastSeen(), LastSeen(well_at=well_at, failing_since=NOON, problem="no post goes through")
    await probe(clients, pulse, posts, clock.now)
    assert asked(slack) == 1
    assert pulse == LastSeen(well_at=NOON)
    assert posts == LastSeen(well_at=well_at, failing_since=NOON, problem="no post goes through")


@pytest.mark.parametrize(
    "posts",
    [
        pytest.param(LastSeen(), id="at the start"),
        pytest.param(LastSeen(well_at=NOON - QUIET), id="after a quiet while"),
        pytest.param(LastSeen(well_at=NOON + AGO), id="when the clock was set back"),
    ],
)
async def test_slack_is_asked_and_is_well(
    slack: SlackStandIn, clients: Clients, clock: FakeClock, posts: LastSeen
) -> None:
    pulse = LastSeen(failing_since=NOON - AGO, problem="no answer")
    await probe(clients, pulse, posts, clock.now)
    assert asked(slack) == 1
    assert pulse == posts == LastSeen(well_at=NOON)


async def test_a_post_that_has_just_gone_through_is_proof_enough(
    slack: SlackStandIn, clients: Clients, clock: FakeClock
) -> None:
    slack.faults.revoked = {BOT_TOKEN}
    pulse, posts = LastSeen(), LastSeen(well_at=NOON - QUIET + timedelta(seconds=1))
    await probe(clients, pulse, posts, clock.now)
    assert asked(slack) == 0
    assert pulse == LastSeen(well_at=NOON)


async def test_a_token_that_was_revoked_is_trouble_since_it_was_first_seen(
    slack: SlackStandIn, clients: Clients, clock: FakeClock
) -> None:
    pulse = LastSeen(well_at=NOON - AGO)
    slack.faults.revoked = {BOT_TOKEN}
    await probe(clients, pulse, LastSeen(), clock.now)
    clock.time += timedelta(minutes=1)
    await probe(clients, pulse, LastSeen(), clock.now)
    assert (pulse.well_at, pulse.failing_since) == (NOON - AGO, NOON)
    assert "token_revoked" in pulse.problem
    assert BOT_TOKEN not in pulse.problem


async def test_nobody_there_is_trouble(clock: FakeClock, unused_tcp_port: int) -> None:
    pulse = LastSeen()
    async with open_clients(BOT_TOKEN, f"http://127.0.0.1:{unused_tcp_port}/api/") as clients:
        clients.reads.retry_handlers.clear()
        await probe(clients, pulse, LastSeen(), clock.now)
    assert pulse == LastSeen(failing_since=NOON, problem="Slack cannot be reached for auth.test")


async def test_slack_that_limits_us_is_well(slack: SlackStandIn, clients: Clients, clock: FakeClock) -> None:
    clients.reads.retry_handlers.clear()
    pulse = LastSeen(failing_since=NOON - AGO, problem="no answer")
    slack.faults.status = 429
    await probe(clients, pulse, LastSeen(), clock.now)
    assert pulse == LastSeen(well_at=NOON)
