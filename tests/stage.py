"""What tests of several folders stand on: makers with boring defaults, and fakes that behave."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings

from bot.domain.delivery import Post
from bot.domain.query import Order, Sort
from bot.domain.recording import Direction, Party, Recording, RecordingPage
from bot.domain.status import ChannelState, Status
from bot.errors import BotError, PbxNotFound

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def recording(id_: int = 614, **facts: Any) -> Recording:
    """A recording; by default its call started `id_` minutes after an epoch of our own, so ids and times agree."""
    usual: dict[str, Any] = {
        "id": id_,
        "started_at": NOON - timedelta(days=30) + timedelta(minutes=id_),
        "local_time": "01/12/2022 17:36:24",
        "uid": f"call-{id_}",
        "caller": Party("Evelyn", "5566"),
        "callee": Party("Dave Harris", "5556"),
        "direction": Direction.INTERNAL,
        "size": 825_588,
        "file": f"{id_}.wav",
    }
    return Recording(**{**usual, **facts})


def costly(share: int) -> settings:
    """For examples that take long: one in so many of the profile's, which are few at every run and many at thorough."""
    return settings(max_examples=settings().max_examples // share)


def status(**facts: Any) -> Status:
    """How the bot is; by default nothing has happened yet, and one recording is held."""
    usual: dict[str, Any] = {
        "now": NOON,
        "looked_at": NOON,
        "next_look_at": None,
        "problem": "",
        "token_until": None,
        "healths": (),
        "watched_at": NOON,
        "stored": 1,
        "deleted": 0,
        "total": 1,
        "skipped": 0,
        "renewed_at": None,
        "history_done": True,
        "reconciliation": None,
        "history_back_to": None,
        "channels": (),
        "given_up": 0,
    }
    return Status(**{**usual, **facts})


def channel_state(channel: str = "C0CALLS", **facts: Any) -> ChannelState:
    """A channel that is owed nothing, and was posted nothing yet."""
    usual: dict[str, Any] = {
        "channel": channel,
        "pending": 0,
        "oldest_pending_at": None,
        "last_sent_at": None,
        "last_delay": None,
        "paused_since": None,
        "problem": "",
    }
    return ChannelState(**{**usual, **facts})


@dataclass
class FakeClock:
    """Time that passes only when somebody sleeps, and yields to the others then."""

    time: datetime = NOON
    slept: list[timedelta] = field(default_factory=list)

    def now(self) -> datetime:
        return self.time

    def set_back(self, by: timedelta) -> None:
        """As somebody does by hand, or a time server after a wrong start."""
        self.time -= by

    async def sleep(self, pause: timedelta) -> None:
        self.slept.append(pause)
        self.time += pause
        await asyncio.sleep(0)


@dataclass
class FakePhones:
    """A PBX's list, with what a real one does to those who page through it."""

    rows: list[Recording] = field(default_factory=list)
    cap: int = 1_000
    lie: int = 0
    """Added to the total."""
    unreadable: set[int] = field(default_factory=set)
    """Ids of rows that a page counts as skipped and leaves out."""
    failure: BotError | None = None
    hang: asyncio.Event | None = None
    before_answer: Callable[[int], None] = lambda _: None
    """Called with the number of requests so far: where calls arrive and rows vanish between two pages."""
    requests: list[tuple[int, int, Sort, Order]] = field(default_factory=list)

    def add(self, ids: Iterable[int]) -> None:
        self.rows += [recording(id_) for id_ in ids]

    def remove(self, ids: Iterable[int]) -> None:
        gone = set(ids)
        self.rows = [row for row in self.rows if row.id not in gone]

    async def recordings(self, *, page: int, size: int, sort: Sort, order: Order) -> RecordingPage:
        self.requests.append((page, size, sort, order))
        await self._answer()
        size = min(size, self.cap)
        rows = sorted(self.rows, key=lambda row: self._key(row, sort), reverse=order is Order.DESC)
        listed = rows[(page - 1) * size : page * size]
        readable = tuple(row for row in listed if row.id not in self.unreadable)
        return RecordingPage(readable, len(rows) + self.lie, skipped=len(listed) - len(readable))

    async def recording(self, recording_id: int) -> Recording:
        await self._answer()
        for row in self.rows:
            if row.id == recording_id:
                return row
        raise PbxNotFound("no such recording", errcode=60001)

    async def _answer(self) -> None:
        if self.hang is not None:
            await self.hang.wait()
        if self.failure is not None:
            raise self.failure
        self.before_answer(len(self.requests))

    @staticmethod
    def _key(row: Recording, sort: Sort) -> tuple[Any, ...]:
        return (row.started_at or datetime.min.replace(tzinfo=UTC), row.id) if sort is Sort.TIME else (row.id,)


@dataclass
class FakeSlack:
    """Channels that keep what they are sent, and fail as they are told: a failure before or after storing."""

    channels: dict[str, list[Post]] = field(default_factory=dict)
    failures: list[tuple[BotError, bool]] = field(default_factory=list)
    """Taken one a post: the error, and whether the message was stored all the same."""
    search_failures: list[BotError] = field(default_factory=list)
    searches: int = 0
    plain: list[bool] = field(default_factory=list)

    async def post(self, post: Post) -> str:
        self.plain.append(post.plain)
        error, stored = self.failures.pop(0) if self.failures else (None, True)
        if stored:
            self.channels.setdefault(post.channel, []).append(post)
        if error is not None:
            raise error
        return f"{len(self.channels[post.channel])}.000100"

    async def find(self, post: Post) -> str | None:
        self.searches += 1
        if self.search_failures:
            raise self.search_failures.pop(0)
        keys = [stored.key for stored in self.channels.get(post.channel, [])]
        return f"{keys.index(post.key) + 1}.000100" if post.key in keys else None

    def ids(self, channel: str) -> list[int]:
        """The recordings posted there, in order."""
        return [row.id for post in self.channels.get(channel, []) for row in post.recordings]
