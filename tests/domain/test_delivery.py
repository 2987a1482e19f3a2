from datetime import timedelta
from typing import Any

import pytest

from bot.domain.delivery import CLOSED_PAUSE, FIRST_PAUSE, LONGEST_PAUSE, GiveUp, Kind, Post, Retry, after_failure
from bot.errors import (
    BotError,
    ChannelClosed,
    MessageRefused,
    SlackBusy,
    SlackLoginRefused,
    SlackOutcomeUnknown,
    SlackUnreachable,
)
from tests.stage import NOON


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
        pytest.param(post(), MessageRefused("blocks"), Retry(NOON, plain=True), id="refused blocks become text"),
        pytest.param(post(plain=True), MessageRefused("text"), GiveUp("text"), id="refused text is given up"),
        pytest.param(
            post(started_at=NOON, plain=True),
            MessageRefused("history"),
            Retry(NOON + FIRST_PAUSE, look=True, plain=True),
            id="a refused look gives no message up",
        ),
        pytest.param(post(attempts=99), ChannelClosed("out"), Retry(NOON + CLOSED_PAUSE), id="a closed channel waits"),
        pytest.param(post(), SlackLoginRefused("revoked"), Retry(NOON + CLOSED_PAUSE), id="a revoked token waits"),
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
