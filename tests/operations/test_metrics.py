"""What Prometheus reads: counts that only grow, and the state of one moment; no names, numbers or secrets."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from bot.domain.delivery import Kind, Post
from bot.domain.health import Health, Level, Part
from bot.domain.recording import Party
from bot.domain.status import Status
from bot.errors import ChannelClosed, SlackBusy, SlackError, SlackUnreachable
from bot.operations.metrics import MOST_NAMES, Metrics
from tests.stage import NOON, channel_state, recording, status

SLACK_ERRORS = "recordings_post_failures_total"


def post(*, kind: Kind = Kind.RECORDINGS, **facts: Any) -> Post:
    usual: dict[str, Any] = {"key": "k", "workspace": "T1", "channel": "C1", "site": "main"}
    return Post(kind=kind, **{**usual, **facts})


def fresh() -> Metrics:
    return Metrics(lambda: NOON)


def samples(metrics: Metrics, state: Status | None = None) -> dict[str, float]:
    """Every line as Prometheus reads it, but those of the process: `name{label=value}` and its value."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(metrics.render(state).decode()):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sample.labels.items())
            name = f"{sample.name}{{{labels}}}" if labels else sample.name
            assert name not in found, "Prometheus refuses a series that comes twice"
            found[name] = sample.value
    return {name: value for name, value in found.items() if not name.startswith("process_")}


def told(state: Status, name: str) -> dict[str, float]:
    """The lines of one metric at that state."""
    return {line: value for line, value in samples(fresh(), state).items() if line.split("{")[0] == name}


@pytest.mark.parametrize(
    ("taken", "kind", "recordings"),
    [
        pytest.param(post(kind=Kind.WELCOME), "welcome", 0, id="a welcome"),
        pytest.param(post(kind=Kind.ALERT), "alert", 0, id="an alert"),
        pytest.param(post(recordings=(recording(1),)), "recordings", 1, id="one call"),
        pytest.param(
            post(recordings=(recording(1, uid="a"), recording(2, uid="a"))), "recordings", 2, id="two legs of one call"
        ),
        pytest.param(post(recordings=(recording(1), recording(2), recording(3))), "digest", 3, id="several calls"),
    ],
)
def test_a_post_is_counted_by_what_it_is_about(taken: Post, kind: str, recordings: int) -> None:
    metrics = fresh()
    metrics.posted(taken)
    found = samples(metrics)
    kinds = {line: value for line, value in found.items() if line.startswith("recordings_posts_total") and value}
    assert kinds == {f"recordings_posts_total{{kind={kind}}}": 1}
    assert found["recordings_posted_total"] == recordings


def test_kinds_that_never_were_are_told_as_0() -> None:
    found = samples(fresh())
    assert [found[f"recordings_posts_total{{kind={kind}}}"] for kind in (*Kind, "digest")] == [0, 0, 0, 0]


def test_how_long_after_its_call_a_post_comes() -> None:
    metrics = fresh()
    metrics.posted(post(recordings=(recording(1, started_at=NOON - timedelta(seconds=4), size=0),)))
    metrics.posted(post(recordings=(recording(1, started_at=None),)))
    metrics.posted(post(kind=Kind.WELCOME))
    found = samples(metrics)
    assert found["recordings_post_delay_seconds_count"] == 1, "one of the three has a call with a time"
    assert found["recordings_post_delay_seconds_sum"] == 4
    assert (
        found["recordings_post_delay_seconds_bucket{le=2.0}"],
        found["recordings_post_delay_seconds_bucket{le=5.0}"],
    ) == (0, 1)


@pytest.mark.parametrize(
    ("error", "name"),
    [
        pytest.param(ChannelClosed("no", code="not_in_channel"), "not_in_channel", id="Slack's own"),
        pytest.param(SlackBusy("wait", retry_after=timedelta(seconds=1)), "ratelimited", id="its limit"),
        pytest.param(SlackUnreachable("nobody there"), "SlackUnreachable", id="the class's where Slack said nothing"),
        pytest.param(SlackError("no", code="xoxb-1234-secret"), "SlackError", id="never what looks like a token"),
        pytest.param(SlackError("no", code="Evelyn 5566"), "SlackError", id="never a name or a number"),
        pytest.param(SlackError("no", code='a"\nb'), "SlackError", id="never what breaks a line"),
        pytest.param(SlackError("no", code="a" * 65), "SlackError", id="never an endless one"),
    ],
)
def test_a_failure_is_counted_by_its_name(error: SlackError, name: str) -> None:
    metrics = fresh()
    metrics.post_failed(error)
    metrics.post_failed(error)
    found = samples(metrics)
    assert {line: value for line, value in found.items() if line.startswith(SLACK_ERRORS)} == {
        f"{SLACK_ERRORS}{{error={name}}}": 2
    }


def test_however_many_names_slack_invents_the_set_ends() -> None:
    metrics = fresh()
    names = [f"odd_{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(MOST_NAMES + 30)]
    for name in names * 2:
        metrics.post_failed(SlackError("no", code=name))
    found = {line: value for line, value in samples(metrics).items() if line.startswith(SLACK_ERRORS)}
    assert len(found) == MOST_NAMES + 1
    assert found[f"{SLACK_ERRORS}{{error={names[0]}}}"] == 2, "the first ones keep their names"
    assert found[f"{SLACK_ERRORS}{{error=SlackError}}"] == 60


def test_the_state_at_a_scrape() -> None:
    calls = channel_state(
        "C0CALLS", pending=3, oldest_pending_at=NOON - timedelta(seconds=90), last_delay=timedelta(seconds=2.5)
    )
    state = status(
        looked_at=NOON - timedelta(seconds=3),
        watched_at=NOON - timedelta(seconds=7),
        healths=(
            Health(part=Part.PBX, level=Level.DOWN),
            Health(part=Part.SLACK, level=Level.DEGRADED),
            Health(part=Part.DATABASE),
        ),
        stored=1_284,
        deleted=16,
        total=1_290,
        given_up=2,
        channels=(calls, channel_state("C0SALES")),
    )
    before = samples(fresh())
    now = samples(fresh(), state)
    assert {line: value for line, value in now.items() if line not in before or before[line] != value} == {
        "recordings_database_up": 1,
        "recordings_held": 1_284,
        "recordings_gone": 16,
        "recordings_on_pbx": 1_290,
        "recordings_messages_given_up": 2,
        "recordings_health{part=pbx}": 2,
        "recordings_health{part=slack}": 1,
        "recordings_health{part=database}": 0,
        "recordings_last_look_age_seconds": 3,
        "recordings_last_watch_age_seconds": 7,
        "recordings_deliveries_owed{channel=C0CALLS}": 3,
        "recordings_deliveries_owed{channel=C0SALES}": 0,
        "recordings_oldest_owed_age_seconds{channel=C0CALLS}": 90,
        "recordings_oldest_owed_age_seconds{channel=C0SALES}": 0,
        "recordings_last_post_delay_seconds{channel=C0CALLS}": 2.5,
    }


@pytest.mark.parametrize("name", ["recordings_last_look_age_seconds", "recordings_last_watch_age_seconds"])
def test_what_has_not_happened_has_no_age(name: str) -> None:
    assert told(status(looked_at=None, watched_at=None), name) == {}


@given(ahead=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)))
def test_a_clock_that_was_set_back_makes_no_age_negative(ahead: timedelta) -> None:
    later: datetime = NOON + ahead
    state = status(looked_at=later, watched_at=later, channels=(channel_state(pending=1, oldest_pending_at=later),))
    ages = [value for line, value in samples(fresh(), state).items() if "_age_seconds" in line]
    assert ages == [0, 0, 0]


def test_without_a_status_the_counts_are_told_and_no_old_state() -> None:
    metrics = fresh()
    metrics.posted(post(recordings=(recording(),)))
    metrics.render(status(stored=1_284, channels=(channel_state(),)))
    found = samples(metrics, None)
    assert found["recordings_posted_total"] == 1
    assert found["recordings_database_up"] == 0
    assert [line for line in found if line.startswith(("recordings_held", "recordings_deliveries"))] == []


def test_names_keep_to_prometheus_conventions() -> None:
    state = status(
        healths=(Health(part=Part.PBX),), channels=(channel_state(pending=1, last_delay=timedelta(seconds=1)),)
    )
    metrics = fresh()
    metrics.post_failed(SlackError("no", code="fatal_error"))
    families = list(text_string_to_metric_families(metrics.render(state).decode()))
    assert {family.name.split("_")[0] for family in families} == {"process", "recordings"}
    assert [family.name for family in families if not family.documentation] == []
    assert [family.name for family in families if family.type == "gauge" and family.name.endswith("_total")] == []
    lines = [sample for family in families for sample in family.samples]
    assert [sample.name for sample in lines if sample.name.endswith("_created")] == []
    assert {label for sample in lines for label in sample.labels} == {"channel", "error", "kind", "le", "part"}


def test_nobody_is_named() -> None:
    metrics = fresh()
    rows = (recording(1, caller=Party("Evelyn", "+442079460000")), recording(2, file="Evelyn.wav"))
    metrics.posted(post(recordings=rows, workspace="T0SECRET"))
    metrics.post_failed(ChannelClosed("Slack refuses Evelyn", code="not_in_channel"))
    text = metrics.render(status(problem="Evelyn", channels=(channel_state(problem="Evelyn"),))).decode()
    assert [word for word in ("Evelyn", "442079460000", "T0SECRET") if word in text] == []


def test_two_bots_in_one_process_count_apart() -> None:
    one, other = fresh(), fresh()
    one.posted(post(recordings=(recording(),)))
    assert (samples(one)["recordings_posted_total"], samples(other)["recordings_posted_total"]) == (1, 0)
    assert [family.name for family in REGISTRY.collect() if family.name.startswith("recordings")] == []
