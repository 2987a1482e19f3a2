"""Metrics for Prometheus: counters of this process, and gauges of the bot's status at the time of a scrape.

Labels are channel ids and words of a small set: no names, no numbers, no secrets.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Metric,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.domain.delivery import Kind, Post
from bot.domain.health import Level
from bot.domain.status import Status
from bot.errors import SlackError

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
DELAYS = (1, 2, 5, 10, 30, 60, 120, 300, 900, 3_600, 14_400, 86_400)
"""Buckets in seconds. A post usually follows its call within seconds; after an outage, within days."""
DIGEST = "digest"
"""The label of a post about recordings of several calls."""
MOST_NAMES = 50
"""Error names of Slack that become labels. Slack documents about forty for a post."""
NAME = re.compile("[a-z_]{1,64}")
LEVELS = {Level.OK: 0, Level.DEGRADED: 1, Level.DOWN: 2}


class Metrics:
    """Counts posts, in a registry of its own, and renders the counters with the status of the bot."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter: when it was created
        self._now = now
        self._names: set[str] = set()
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)  # memory, CPU, start time and open files, from /proc
        self._posts = Counter(
            "recordings_posts", "Messages that Slack took, by what they are about.", ["kind"], registry=self._registry
        )
        self._posted = Counter(
            "recordings_posted", "Recordings in the messages that Slack took.", registry=self._registry
        )
        self._failures = Counter(
            "recordings_post_failures",
            "Tries to post that failed, by Slack's error.",
            ["error"],
            registry=self._registry,
        )
        self._delays = Histogram(
            "recordings_post_delay_seconds",
            "From the end of a call to its post.",
            buckets=DELAYS,
            registry=self._registry,
        )
        for kind in (*Kind, DIGEST):
            self._posts.labels(kind)  # `rate()` needs the 0 before the first post

    def posted(self, post: Post) -> None:
        """Count a post that Slack has just taken."""
        self._posts.labels(DIGEST if post.is_digest else post.kind).inc()
        self._posted.inc(len(post.recordings))
        delay = post.delay(self._now())
        if delay is not None:
            self._delays.observe(delay.total_seconds())

    def post_failed(self, error: SlackError) -> None:
        """Count a failed attempt to post, or to find a post in the channel."""
        self._failures.labels(self._name(error)).inc()

    def render(self, status: Status | None) -> bytes:
        """Return all metrics as CONTENT_TYPE; without a status, only the counters of this process."""
        return generate_latest(self._registry) + generate_latest(_StatusCollector(status))

    def _name(self, error: SlackError) -> str:
        """Return Slack's error name; the class name if Slack gave none, or if there are too many names already."""
        is_new = error.code not in self._names
        if is_new and (len(self._names) >= MOST_NAMES or not NAME.fullmatch(error.code)):
            return type(error).__name__
        self._names.add(error.code)
        return error.code


class _StatusCollector(Collector):
    """Gauges of one scrape: an unknown value is left out, instead of repeating an old one."""

    def __init__(self, status: Status | None) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        status = self._status
        text = "1 if the database could be read for this."
        yield GaugeMetricFamily("recordings_database_up", text, value=status is not None)
        if status is None:
            return
        numbers = (
            ("recordings_held", "Recordings held that the PBX has not deleted.", status.stored),
            ("recordings_gone", "Recordings held that the PBX has deleted.", status.deleted),
            ("recordings_on_pbx", "Recordings that the PBX says it holds.", status.total),
            ("recordings_messages_given_up", "Messages that Slack took in no form.", status.given_up),
            ("recordings_last_look_age_seconds", "Since the PBX last answered.", _age(status.looked_at, status.now)),
            (
                "recordings_last_watch_age_seconds",
                "Since the process that follows the PBX last wrote.",
                _age(status.watched_at, status.now),
            ),
        )
        for name, text, number in numbers:
            if number is not None:
                yield GaugeMetricFamily(name, text, value=number)
        levels = [(health.part, LEVELS[health.level]) for health in status.healths]
        yield _labelled("recordings_health", "Of each part: 0 is ok, 1 degraded, 2 down.", "part", levels)
        waiting = [(channel.channel, channel.pending) for channel in status.channels]
        yield _labelled("recordings_deliveries_owed", "Deliveries that wait.", "channel", waiting)
        text = "How long the oldest delivery has waited; 0 when none does."
        ages = [(channel.channel, _age(channel.oldest_pending_at, status.now) or 0) for channel in status.channels]
        yield _labelled("recordings_oldest_owed_age_seconds", text, "channel", ages)
        text = "From the end of its call to the last post."
        delays = [
            (channel.channel, channel.last_delay.total_seconds())
            for channel in status.channels
            if channel.last_delay is not None
        ]
        yield _labelled("recordings_last_post_delay_seconds", text, "channel", delays)


def _labelled(name: str, text: str, label: str, values: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, number in values:
        family.add_metric([value], number)
    return family


def _age(at: datetime | None, now: datetime) -> float | None:
    """Seconds; never negative, even if the clock was set back. None if `at` is None."""
    return None if at is None else max((now - at).total_seconds(), 0)
