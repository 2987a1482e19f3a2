"""The bot's sync and delivery in one process with a PBX and a Slack that fail on demand; it can be killed at any I/O.

The PBX is the stand-in behind the real client; Slack is at the port, with the errors of the real table. Time passes
only when somebody sleeps or the test moves it.
"""

import asyncio
import gc
import warnings
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import event

from bot.archive import Database, SqlArchive, SqlHealth, SqlOutbox, SqlReconciliations, SqlTokens, open_database
from bot.demo.pbx import CLIENT_ID, CLIENT_SECRET, PbxStandIn
from bot.domain.delivery import Kind, Post
from bot.domain.health import LastSeen, Part, Patience
from bot.domain.status import PbxActivity
from bot.errors import BotError, ChannelClosed, MessageRefused, SlackLoginRefused, SlackUnreachable
from bot.services.deliver import Delivery
from bot.services.monitor import Monitor
from bot.services.reconcile import reconcile
from bot.services.sync import Sync
from bot.yeastar import open_pbx
from tests.stage import NOON
from tests.tables import SQLITE, new_postgresql_tables, new_tables

SITE = "main"


class Killed(BaseException):
    """SIGKILL: nothing that runs may catch it."""


@dataclass
class Fuse:
    """Kills whoever does the n-th I/O from now."""

    left: int | None = None

    def burn(self) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            raise Killed


@dataclass
class SimClock:
    """The bot's clock, which may be set back, and the true time behind it."""

    fuse: Fuse
    time: datetime = NOON
    error: timedelta = timedelta(0)

    def now(self) -> datetime:
        return self.time + self.error

    async def sleep(self, pause: timedelta) -> None:
        self.fuse.burn()
        self.time += pause
        await asyncio.sleep(0)


@dataclass
class SimSlack:
    """Channels that keep what they are sent, and a queue of what befalls the next posts."""

    clock: SimClock
    fuse: Fuse
    channels: dict[str, list[tuple[str, Post]]] = field(default_factory=dict)
    """Each message with its `ts`."""
    next: list[tuple[BotError, bool]] = field(default_factory=list)
    """The error, and whether the message was stored all the same."""
    closed: set[str] = field(default_factory=set)
    down: bool = False
    revoked: bool = False
    count: int = 0

    async def post(self, post: Post) -> str:
        self.fuse.burn()
        self._trouble(post)
        error, stored = self.next.pop(0) if self.next else (None, True)
        if isinstance(error, MessageRefused) and post.plain:
            error, stored = None, True
        if not stored and error is not None:
            raise error
        self.count += 1
        ts = f"{self.clock.time.timestamp():.0f}.{self.count:06}"
        self.channels.setdefault(post.channel, []).append((ts, post))
        self.fuse.burn()
        if error is not None:
            raise error
        return ts

    async def find(self, post: Post) -> str | None:
        self.fuse.burn()
        self._trouble(post)
        told = [(ts, kept.key) for ts, kept in self.channels.get(post.channel, []) if ts > (post.after or "")]
        return next((ts for ts, key in told if key == post.key), None)

    def _trouble(self, post: Post) -> None:
        if self.down:
            raise SlackUnreachable("Slack cannot be reached")
        if self.revoked:
            raise SlackLoginRefused("revoked", code="token_revoked")
        if post.channel in self.closed:
            raise ChannelClosed("archived", code="is_archived")

    def heal(self) -> None:
        self.next, self.closed, self.down, self.revoked = [], set(), False, False

    def uids(self, channel: str) -> list[str]:
        """Who was told of, in order; one entry a recording."""
        return [row.file for _, post in self.channels.get(channel, []) for row in post.recordings]

    def alerts(self, channel: str) -> list[Any]:
        return [post.alert for _, post in self.channels.get(channel, []) if post.kind is Kind.ALERT]


class Network(httpx.AsyncBaseTransport):
    """The way to the PBX; `listed` hears after every answer."""

    def __init__(self, pbx: PbxStandIn, fuse: Fuse, listed: Callable[[], None]) -> None:
        self._inner = httpx.ASGITransport(pbx.app)
        self._fuse = fuse
        self._listed = listed
        self.down = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._fuse.burn()
        if self.down:
            raise httpx.ConnectError("no route to the PBX")
        answer = await self._inner.handle_async_request(request)
        self._listed()
        self._fuse.burn()
        return answer


class Process:
    """The bot between a start and a kill."""

    def __init__(self, world: "World", database: Database, phones: Any) -> None:
        clock, slack = world.clock, world.slack
        self.archive = SqlArchive(database, site=SITE)
        self.outbox = SqlOutbox(database, site=SITE, new_key=world.new_key)
        self.ledger = SqlReconciliations(database, site=SITE)
        self.vitals = SqlHealth(database, site=SITE)
        self.activity, self.pulse = PbxActivity(), LastSeen()
        self.phones = phones
        self.sync = Sync(phones, self.archive, self.activity, clock)
        self.delivery = Delivery(self.outbox, slack, clock, self.pulse)
        self.watch = Monitor(
            self.vitals,
            self.outbox,
            slack,
            clock,
            {Part.PBX: [self.activity], Part.SLACK: [self.pulse]},
            patience=Patience(),
            workspace="T1",
            site=SITE,
            new_key=world.new_key,
        )
        self._clock = clock

    async def deliver(self) -> None:
        others = asyncio.all_tasks()
        await self.delivery.start_due()
        tasks = asyncio.all_tasks() - others
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def reconcile(self) -> None:
        await reconcile(self.phones, self.archive, self.ledger, self._clock, pause=timedelta(0))


class World:
    """Everything, and the loop that it runs in."""

    def __init__(self, listed: Callable[[], None], kind: str = SQLITE) -> None:
        self.loop = asyncio.new_event_loop()
        self.fuse = Fuse()
        self.clock = SimClock(self.fuse)
        self.slack = SimSlack(self.clock, self.fuse)
        self.pbx_ahead = timedelta(0)
        self.pbx = PbxStandIn(clock=lambda: self.clock.time + self.pbx_ahead)
        self.network = Network(self.pbx, self.fuse, listed)
        self._made = ExitStack()
        """The database, which outlives every process."""
        self._url = self._made.enter_context(new_tables() if kind == SQLITE else new_postgresql_tables())
        self._keys = 0
        self.kills = 0
        self._stack = AsyncExitStack()
        self._doors: list[AbstractAsyncContextManager[Any]] = []
        self.process = self.run(self._start())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def new_key(self) -> str:
        self._keys += 1
        return f"key-{self._keys}"

    def do(self, work: Callable[[Process], Awaitable[Any]], *, kill_at: int | None = None) -> bool:
        """Let the process do something, known failures aside; it may be killed meanwhile, and is started again then."""

        async def attempt() -> bool:
            self.fuse.left = kill_at
            try:
                await work(self.process)
            except Killed:
                self.fuse.left = None
                self.kills += 1
                await self._stack.aclose()
                self.process = await self._start()
                return False
            except BotError:
                pass
            finally:
                self.fuse.left = None
            return True

        done: bool = self.run(attempt())
        return done

    def subscribe(self, channel: str) -> None:
        self.do(lambda process: process.outbox.subscribe("T1", channel, now=self.clock.now()))

    async def _leave(self) -> None:
        for door in self._doors:
            await door.__aexit__(None, None, None)
        await self._stack.aclose()

    async def _start(self) -> Process:
        self._stack = AsyncExitStack()
        database = await self._stack.enter_async_context(open_database(self._url))
        for name in ("before_cursor_execute", "commit"):
            event.listen(database.engine, name, lambda *_: self.fuse.burn())
        door = open_pbx(
            "http://pbx:8088",
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            tokens=SqlTokens(database, site=SITE, now=self.clock.now),
            now=self.clock.now,
            sleep=lambda seconds: self.clock.sleep(timedelta(seconds=seconds)),
            transport=self.network,
        )
        self._doors.append(door)  # left only at the end of all: a killed process says no farewell to the PBX
        return Process(self, database, await door.__aenter__())

    def close(self) -> None:
        self.run(self._leave())
        self.run(self.loop.shutdown_default_executor())
        self.loop.close()
        self._made.close()
        if self.kills:
            with warnings.catch_warnings():  # whoever is killed closes nothing, and SQLAlchemy drops what it was using
                warnings.simplefilter("ignore", ResourceWarning)
                gc.collect()
