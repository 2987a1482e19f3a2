from datetime import timedelta
from typing import Any

import pytest

from bot.domain.delivery import (
    CLOSED_PAUSE,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    SETTLE,
    GiveUp,
    Impact,
    Kind,
    Post,
    Retry,
    after_failure,
    stops,
)
from bot.errors import (
    BotError,
    ChannelClosed,
    MessageRefused,
    SlackBusy,
    SlackLoginRefused,
    SlackOutcomeUnknown,
    SlackScopeMissing,
    SlackUnreachable,
)
from tests.stage import NOON, recording


def post(**facts: Any) -> Post:
    usual: dict[str, Any] = {
        "key": "k",
        "workspace": "T1",
        "channel": "C1",
        "kind": Kind.RECORDINGS,
        "site": "main",
    }
    return Post(**{**usual, **facts})


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


@pytest.mark.parametrize(
    ("owed", "error", "outcome"),
    [
        pytest.param(post(), SlackUnreachable("down"), Retry(NOON + FIRST_PAUSE), id="a first failure: 2 s"),
        pytest.param(post(attempts=3), SlackUnreachable("down"), Retry(NOON + 8 * FIRST_PAUSE), id="it doubles"),
        pytest.param(post(attempts=99), SlackUnreachable("down"), Retry(NOON + LONGEST_PAUSE), id="up to 5 min"),
        pytest.param(
            post(attempts=99),
            SlackBusy("limit", retry_after=seconds(31)),
            Retry(NOON + seconds(31)),
            id="Slack's own pause wins",
        ),
        pytest.param(
            post(),
            SlackBusy("limit", retry_after=2 * LONGEST_PAUSE),
            Retry(NOON + 2 * LONGEST_PAUSE),
            id="however long it is",
        ),
        pytest.param(
            post(started_at=NOON, plain=True),
            SlackBusy("limit", retry_after=seconds(1)),
            Retry(NOON + seconds(1), look=True, plain=True),
            id="a limited look is looked again",
        ),
        pytest.param(
            post(),
            SlackOutcomeUnknown("time-out", settle=seconds(15)),
            Retry(NOON + seconds(15), look=True),
            id="what may be under way is left time to arrive",
        ),
        pytest.param(
            post(attempts=3, plain=True),
            SlackOutcomeUnknown("time-out", settle=seconds(15)),
            Retry(NOON + 8 * FIRST_PAUSE, look=True, plain=True),
            id="or longer after several failures",
        ),
        pytest.param(post(), MessageRefused("blocks"), Retry(NOON, plain=True), id="refused blocks become text"),
        pytest.param(post(plain=True), MessageRefused("text"), GiveUp("text"), id="refused text is given up"),
        pytest.param(
            post(started_at=NOON, plain=True),
            MessageRefused("history"),
            Retry(NOON + FIRST_PAUSE, look=True, plain=True),
            id="a refused look gives no message up",
        ),
        pytest.param(
            post(attempts=99),
            ChannelClosed("out", code="is_archived"),
            Retry(NOON + CLOSED_PAUSE, pauses="is_archived"),
            id="a closed channel is paused",
        ),
        pytest.param(
            post(plain=True),
            ChannelClosed("out"),
            Retry(NOON + CLOSED_PAUSE, plain=True, pauses="closed"),
            id="also for a reason that Slack does not name",
        ),
        pytest.param(
            post(started_at=NOON),
            SlackScopeMissing("no right", code="missing_scope"),
            Retry(NOON + CLOSED_PAUSE, look=True, pauses="missing_scope"),
            id="a look that is not allowed pauses the channel and gives nothing up",
        ),
        pytest.param(post(), SlackLoginRefused("revoked"), Retry(NOON + CLOSED_PAUSE), id="a revoked token waits"),
        pytest.param(
            post(started_at=NOON, plain=True, attempts=99),
            SlackLoginRefused("revoked"),
            Retry(NOON + CLOSED_PAUSE, look=True, plain=True),
            id="what waits for a token stays as it is",
        ),
        pytest.param(
            post(started_at=NOON),
            SlackUnreachable("down"),
            Retry(NOON + FIRST_PAUSE, look=True),
            id="an unknown outcome stays one until somebody has looked",
        ),
    ],
)
def test_what_follows_a_failed_post(owed: Post, error: BotError, outcome: Retry | GiveUp) -> None:
    assert after_failure(owed, error, now=NOON) == outcome


@pytest.mark.parametrize(
    ("error", "reach"),
    [
        pytest.param(SlackUnreachable(""), Impact.NOTHING, id="an outage passes"),
        pytest.param(SlackOutcomeUnknown(""), Impact.NOTHING, id="a cut connection passes"),
        pytest.param(SlackBusy("", retry_after=seconds(1)), Impact.NOTHING, id="a limit passes"),
        pytest.param(MessageRefused(""), Impact.MESSAGE, id="a message of ours is at fault"),
        pytest.param(ChannelClosed(""), Impact.CHANNEL, id="a channel is closed"),
        pytest.param(SlackScopeMissing(""), Impact.CHANNEL, id="a scope is missing for this kind of channel"),
        pytest.param(SlackLoginRefused(""), Impact.EVERYTHING, id="the token is revoked"),
    ],
)
def test_how_far_trouble_reaches(error: BotError, reach: Impact) -> None:
    assert stops(error) is reach


def test_a_posts_delay_counts_from_the_end_of_its_newest_call() -> None:
    rows = (recording(1, started_at=NOON, duration=seconds(90)), recording(2, started_at=NOON - seconds(600)))
    assert post(recordings=rows).delay(NOON + seconds(97)) == seconds(7)
    assert post(recordings=rows).delay(NOON) == seconds(0), "the PBX's clock may go ahead"
    assert post(recordings=(recording(1, started_at=None),)).delay(NOON) is None


def test_a_call_of_unknown_time_does_not_hide_when_the_others_ended() -> None:
    rows = (recording(1, started_at=None), recording(2, started_at=NOON, duration=timedelta(0), size=0))
    assert post(recordings=rows).delay(NOON + seconds(7)) == seconds(7), "nor does an unknown length"


@pytest.mark.parametrize(
    ("pause", "least", "most"),
    [
        pytest.param(FIRST_PAUSE, 1, 5, id="a passing fault costs seconds"),
        pytest.param(LONGEST_PAUSE, 60, 10 * 60, id="after a long outage posts go on within minutes"),
        pytest.param(CLOSED_PAUSE, 30, 5 * 60, id="an invitation is noticed within minutes"),
        pytest.param(SETTLE, 1, 5, id="a post on its way takes a moment to show"),
    ],
)
def test_pauses_are_neither_a_flood_nor_a_day(pause: timedelta, least: int, most: int) -> None:
    assert seconds(least) <= pause <= seconds(most)


def test_a_digest_stands_for_several_calls() -> None:
    assert not post(recordings=(recording(1, uid="a"), recording(2, uid="a"))).is_digest
    assert post(recordings=(recording(1, uid="a"), recording(2, uid="b"))).is_digest
    assert post(recordings=(recording(1, uid=""), recording(2, uid=""))).is_digest
