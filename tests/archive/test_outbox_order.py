"""Whatever happens in between, a channel gets every recording once and in order."""

import shutil
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import event, given
from hypothesis import strategies as st

from bot.archive import SqlArchive, SqlOutbox, open_database
from bot.domain.delivery import Post, Retry
from bot.domain.digest import GATHER
from bot.domain.recording import Recording
from tests.stage import costly
from tests.tables import fresh_database

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TAKEN = "claim and send", "claim and fail", "claim and lose sight", "claim and die", "claim and pause"
STEPS = st.lists(
    st.sampled_from([*TAKEN, "poll", "flood", "look up", "wait", "set the clock back", "restart", "resume"]),
    min_size=5,
    max_size=30,
)
LISTED = {"poll": 2, "flood": 8, "look up": 2}
"""How many more calls the PBX lists then."""
CALLS = st.lists(st.sampled_from(["", "", "", "a", "b"]), min_size=40, max_size=40)


@dataclass
class Channel:
    """Slack's side: what arrived, by key, and what is listed on the PBX. A restart is another database on the file."""

    url: str
    uids: list[str]
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    now: datetime = START
    listed: int = 0
    arrived: dict[str, tuple[int, ...]] = field(default_factory=dict)

    async def start(self) -> None:
        await self.stack.aclose()
        database = await self.stack.enter_async_context(open_database(self.url))
        self.archive, self.outbox = SqlArchive(database, site="main"), SqlOutbox(database, site="main")

    async def take(self, step: str) -> None:
        self.now += timedelta(seconds=1)
        match step:
            case "poll" | "flood" | "look up":
                await self._list(step)
            case "wait":
                self.now += GATHER
            case "set the clock back":
                self.now -= timedelta(hours=1)
            case "restart":
                await self.start()
            case "resume":
                await self.outbox.resume("T1", "C1", now=self.now)
            case _:
                if post := await self.outbox.claim_next("C1", now=self.now):
                    await self._settle(step, post)

    async def _list(self, step: str) -> None:
        self.listed = min(self.listed + LISTED[step], len(self.uids))
        if step == "look up":
            await self.archive.store(self._rows([self.listed]), now=self.now)
        else:
            await self.archive.store(self._rows(range(1, self.listed + 1)), now=self.now, synced=self.listed)

    async def _settle(self, step: str, post: Post) -> None:
        """A careful sender: it looks before it posts what may have arrived."""
        event("digest" if post.is_digest else "one call")
        if post.key in self.arrived:
            assert post.started_at is not None, "it would be posted twice"
            assert self.arrived[post.key] == tuple(row.id for row in post.recordings), "it would be another message"
        if step in {"claim and fail", "claim and pause"}:
            look = post.started_at is not None
            retry = Retry(self.now + timedelta(seconds=2), look=look, pauses="closed" if step.endswith("pause") else "")
            await self.outbox.failed(post, retry, problem="busy", now=self.now)
            return
        self.arrived[post.key] = tuple(row.id for row in post.recordings)
        if step == "claim and send":
            await self.outbox.mark_sent(post, ts="1.1", now=self.now)
        elif step == "claim and lose sight":
            await self.outbox.failed(post, Retry(at=self.now, look=True), problem="no answer", now=self.now)

    async def empty(self) -> None:
        """Send all that is owed, within a number of messages that is far more than enough."""
        for _ in range(100):
            if not any(state.pending for state in await self.outbox.channel_states()):
                return
            await self.take("wait")
            await self.take("claim and send")
        raise AssertionError("something is stuck")

    def _rows(self, ids: range | list[int]) -> list[Recording]:
        return [Recording(id=pbx_id, started_at=START, uid=self.uids[pbx_id - 1]) for pbx_id in ids if pbx_id]


@costly(3)
@given(STEPS, CALLS)
async def test_every_recording_arrives_once_and_in_order(steps: list[str], uids: list[str]) -> None:
    with TemporaryDirectory() as folder:
        channel = Channel(f"sqlite:///{Path(folder)}/x.db", uids)
        async with channel.stack:
            shutil.copyfile(fresh_database(), Path(folder, "x.db"))
            await channel.start()
            await channel.archive.set_baseline([], baseline=0, total=0, now=START)
            await channel.outbox.subscribe("T1", "C1", now=START)
            await channel.outbox.set_alert_channels("T1", ["C1"], now=START)
            for step in steps:
                await channel.take(step)
            await channel.take("poll")
            await channel.empty()
    arrived = [pbx_id for ids in channel.arrived.values() for pbx_id in ids]
    assert arrived == list(range(1, channel.listed + 1))
