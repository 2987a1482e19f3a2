"""Post what is owed: in order within a channel, once, and no faster than Slack allows."""

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
    """Posts for every channel side by side: one that is slow or closed holds up no other.

    When Slack takes our token for wrong nothing is posted anywhere; one post is tried now and then, and the first
    that goes through sets all free again.
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
        """`slack` is told whether Slack takes calls; `posted` and `failed` hear of each try, for whoever counts."""
        self._outbox = outbox
        self._messenger = messenger
        self._clock = clock
        self._slack = slack
        self._count_posted = posted
        self._count_failed = failed
        self._channels: dict[str, asyncio.Task[None]] = {}
        self._resting: set[str] = set()
        """Channels between two posts."""
        self._shut_until: datetime | None = None
        self._stopping = False

    async def pump(self) -> None:
        """Start posting into each channel that is owed something and is not being posted to. Raises ArchiveError."""
        now = self._clock.now()
        if self._is_shut(now):
            return
        due = await self._outbox.due_channels(now=now)
        for channel in due[:1] if self._shut_until else due:
            if channel not in self._channels:
                task = asyncio.create_task(self._drain(channel), name=f"deliver {channel}")
                self._channels[channel] = task
                task.add_done_callback(lambda _, channel=channel: self._channels.pop(channel, None))  # type: ignore[misc]

    def _is_shut(self, now: datetime) -> bool:
        """Whether it is too early to try again after Slack refused the token, by a clock that may be set back."""
        return self._shut_until is not None and self._shut_until - CLOSED_PAUSE <= now < self._shut_until

    async def close(self, grace: timedelta) -> None:
        """Finish what is being posted within `grace`; what is not done by then is taken up after the next start.

        A channel between two posts has nothing under way, and is not waited for.
        """
        self._stopping = True
        for channel in self._resting:
            self._channels[channel].cancel()
        tasks = tuple(self._channels.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=grace.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _drain(self, channel: str) -> None:
        try:
            while not self._stopping and await self._post_next(channel):
                await self._rest(channel)
                if self._shut_until is not None:
                    return
        except ArchiveError:
            log.exception("delivery_not_recorded", channel=channel)

    async def _rest(self, channel: str) -> None:
        self._resting.add(channel)
        try:
            await self._clock.sleep(SPACING)
        finally:
            self._resting.discard(channel)

    async def _post_next(self, channel: str) -> bool:
        """Post what this channel is owed next; False when there is nothing, or nothing now.

        1. Claim it: the claim is on disk before Slack hears of it.
        2. If it was claimed before, it may be there already: look for it in the channel by its key.
        3. Post it, once.
        4. Record what came of it.

        A crash after 1 brings the same post back to 2.
        """
        post = await self._outbox.claim_next(channel, now=self._clock.now())
        if post is None:
            return False
        with structlog.contextvars.bound_contextvars(delivery=post.key, channel=channel):
            try:
                found = await self._find(post)
            except SlackError as error:
                return await self._failed(post, error, searched=False)
            try:
                ts = found or await self._messenger.post(post)
            except SlackError as error:
                return await self._failed(post, error, searched=True)
            await self._sent(post, ts, was_there=bool(found))
        return True

    async def _find(self, post: Post) -> str | None:
        if post.started_at is None:
            return None
        settling = post.started_at + SETTLE - self._clock.now()  # longer than SETTLE when the clock was set back
        await self._clock.sleep(min(max(settling, timedelta(0)), SETTLE))
        return await self._messenger.find(post)

    async def _sent(self, post: Post, ts: str, *, was_there: bool) -> None:
        now = self._clock.now()
        await self._outbox.mark_sent(post, ts=ts, now=now)
        self._shut_until = None
        self._slack.saw(now)
        self._count_posted(post)
        log.info("delivery_sent", ts=ts, recordings=[row.id for row in post.recordings], was_there=was_there)

    async def _failed(self, post: Post, error: SlackError, *, searched: bool) -> bool:
        """Record the failure; True when the channel's next post can be tried at once."""
        now = self._clock.now()
        self._note(error, now)
        decision = after_failure(replace(post, started_at=None) if searched else post, error, now=now)
        if isinstance(decision, GiveUp):
            log.error("delivery_given_up", error=decision.reason, code=error.code)
            await self._outbox.mark_given_up(post, problem=decision.reason, now=now)
            return True
        log.warning(
            "delivery_failed", error=str(error), code=error.code, again_at=decision.at.isoformat(), look=decision.look
        )
        await self._outbox.failed(post, decision, problem=str(error), now=now)
        return decision.at <= now

    def _note(self, error: SlackError, now: datetime) -> None:
        """Tell the pulse: a refusal that concerns one message or one channel shows that Slack is well."""
        self._count_failed(error)
        reach = stops(error)
        if reach is Impact.EVERYTHING:
            self._shut_until = now + CLOSED_PAUSE
        if reach is Impact.EVERYTHING or (reach is Impact.NOTHING and not isinstance(error, SlackBusy)):
            self._slack.missed(now, str(error))
        else:
            self._slack.saw(now)
