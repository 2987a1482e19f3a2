"""Post deliveries, in order within a channel, each once, and not faster than Slack allows."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.domain.delivery import CLOSED_PAUSE, SETTLE, SPACING, GiveUp, Impact, Post, after_failure, stops
from bot.domain.health import LastSeen
from bot.errors import ArchiveError, SlackBusy, SlackError
from bot.ports import Clock, Messenger, Outbox

log = structlog.get_logger(__name__)


class Delivery:
    """Posts into all channels at the same time, so that a slow or closed channel does not delay the others.

    While Slack refuses the token, only one channel is tried, every `CLOSED_PAUSE`. After the first success, all
    channels continue.
    """

    def __init__(
        self,
        outbox: Outbox,
        messenger: Messenger,
        clock: Clock,
        slack: LastSeen,
        *,
        posted: Callable[[Post], None] = lambda _: None,
        failed: Callable[[SlackError], None] = lambda _: None,
    ) -> None:
        """`slack` records whether Slack accepts calls. `posted` and `failed` are called after each try, for metrics."""
        self._outbox = outbox
        self._messenger = messenger
        self._clock = clock
        self._slack = slack
        self._count_posted = posted
        self._count_failed = failed
        self._channels: dict[str, asyncio.Task[None]] = {}
        self._pausing: set[str] = set()
        """Channels that wait between two posts."""
        self._refused_until: datetime | None = None
        """When to try again, while Slack refuses the token; otherwise None."""
        self._is_closing = False

    async def start_due(self) -> None:
        """Start a task for each channel that has a due delivery and no task yet. Raises ArchiveError."""
        now = self._clock.now()
        until = self._refused_until
        if until is not None and until - CLOSED_PAUSE <= now < until:  # an earlier `now`: the clock was set back
            return
        due = await self._outbox.due_channels(now=now)
        for channel in due[:1] if self._refused_until else due:
            if channel not in self._channels:
                task = asyncio.create_task(self._deliver(channel), name=f"deliver {channel}")
                self._channels[channel] = task
                task.add_done_callback(lambda _, channel=channel: self._channels.pop(channel, None))  # type: ignore[misc]

    async def close(self, grace: timedelta) -> None:
        """Wait up to `grace` for the posts that are being sent, then cancel them. The next start continues with them.

        Channels that wait between two posts are cancelled at once.
        """
        self._is_closing = True
        for channel in self._pausing:
            self._channels[channel].cancel()
        tasks = tuple(self._channels.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=grace.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _deliver(self, channel: str) -> None:
        """Post into a channel until nothing is due."""
        try:
            while not self._is_closing and await self._post_next(channel):
                self._pausing.add(channel)
                try:
                    await self._clock.sleep(SPACING)
                finally:
                    self._pausing.discard(channel)
                if self._refused_until is not None:
                    return
        except ArchiveError:
            log.exception("delivery_not_recorded", channel=channel)

    async def _post_next(self, channel: str) -> bool:
        """Post the channel's next message. Returns whether another one may be posted at once.

        1. Claim it. The claim is saved before the post is sent.
        2. If it was claimed before, it may be in the channel already, so look for it by its key.
        3. Post it, once.
        4. Record the outcome.

        After a crash in step 2 or later, the same post is claimed again and continues with step 2.
        """
        post = await self._outbox.claim_next(channel, now=self._clock.now())
        if post is None:
            return False
        with structlog.contextvars.bound_contextvars(delivery=post.key, channel=channel):
            try:
                found = None if post.started_at is None else await self._find(post, post.started_at)
            except SlackError as error:
                return await self._record_failure(post, error)
            try:
                ts = found or await self._messenger.post(post)
            except SlackError as error:
                return await self._record_failure(replace(post, started_at=None), error)
            now = self._clock.now()
            await self._outbox.mark_sent(post, ts=ts, now=now)
            self._refused_until = None
            self._slack.saw(now)
            self._count_posted(post)
            log.info("delivery_sent", ts=ts, recordings=[row.id for row in post.recordings], was_there=bool(found))
        return True

    async def _find(self, post: Post, started_at: datetime) -> str | None:
        """Look for a post of unknown outcome in the channel. First waits until Slack certainly shows it there."""
        pause = started_at + SETTLE - self._clock.now()  # longer than SETTLE when the clock was set back
        await self._clock.sleep(min(max(pause, timedelta(0)), SETTLE))
        return await self._messenger.find(post)

    async def _record_failure(self, post: Post, error: SlackError) -> bool:
        """Record the failure. `post.started_at` is set if the post may be in the channel.

        Returns whether the next post of the channel can be tried at once.
        """
        now = self._clock.now()
        self._count_failed(error)
        impact = stops(error)
        if impact is Impact.EVERYTHING:
            self._refused_until = now + CLOSED_PAUSE
        if impact is Impact.EVERYTHING or (impact is Impact.NOTHING and not isinstance(error, SlackBusy)):
            self._slack.missed(now, str(error))
        else:  # a refusal of one message or one channel shows that Slack works
            self._slack.saw(now)
        decision = after_failure(post, error, now=now)
        if isinstance(decision, GiveUp):
            log.error("delivery_given_up", error=decision.reason, code=error.code)
            await self._outbox.mark_given_up(post, problem=decision.reason, now=now)
            return True
        log.warning(
            "delivery_failed", error=str(error), code=error.code, again_at=decision.at.isoformat(), look=decision.look
        )
        await self._outbox.failed(post, decision, problem=str(error), now=now)
        return decision.at <= now
