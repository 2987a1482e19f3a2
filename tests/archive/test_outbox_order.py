"""Whatever happens in between, a channel gets every recording once and in order."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.archive import SqlArchive, SqlOutbox, migrate, open_engine
from bot.domain.delivery import Post, Retry
from bot.domain.recording import Recording

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
STEPS = st.lists(
    st.sampled_from(["poll", "look up", "claim and send", "claim and fail", "claim and lose sight", "claim and die"]),
    max_size=25,
)
CALLS = st.lists(st.sampled_from(["a", "b", ""]), min_size=12, max_size=12)


@dataclass
class Channel:
    """Slack's side: what arrived, by key, and what is listed on the PBX."""

    archive: SqlArchive
    outbox: SqlOutbox
    uids: list[str]
    now: datetime = START
    listed: int = 0
    arrived: dict[str, tuple[int, ...]] = field(default_factory=dict)

    async def take(self, step: str) -> None:
        self.now += timedelta(seconds=1)
        if step == "poll":
            self.listed = min(self.listed + 2, len(self.uids))
            await self.archive.keep(self._rows(range(1, self.listed + 1)), now=self.now, synced=self.listed)
        elif step == "look up":
            self.listed = min(self.listed + 2, len(self.uids))
            await self.archive.keep(self._rows([self.listed]), now=self.now)
        elif post := await self.outbox.claim("C1", now=self.now):
            await self._settle(step, post)

    async def _settle(self, step: str, post: Post) -> None:
        """A careful sender: it looks before it posts what may have arrived."""
        if post.key in self.arrived:
            assert post.started_at is not None, "it would be posted twice"
        if step == "claim and fail":
            look = post.started_at is not None
            await self.outbox.failed(post, Retry(at=self.now + timedelta(seconds=2), look=look), problem="busy")
            return
        self.arrived[post.key] = tuple(row.id for row in post.recordings)
        if step == "claim and send":
            await self.outbox.sent(post, ts="1.1", now=self.now)
        elif step == "claim and lose sight":
            await self.outbox.failed(post, Retry(at=self.now, look=True), problem="no answer")

    def _rows(self, ids: range | list[int]) -> list[Recording]:
        return [Recording(id=pbx_id, started_at=START, uid=self.uids[pbx_id - 1]) for pbx_id in ids if pbx_id]


@settings(max_examples=15, deadline=None)
@given(STEPS, CALLS)
async def test_every_recording_arrives_once_and_in_order(steps: list[str], uids: list[str]) -> None:
    async with open_engine("sqlite://") as engine:
        await migrate(engine)
        channel = Channel(SqlArchive(engine, site="main"), SqlOutbox(engine, site="main"), uids)
        await channel.archive.begin([], baseline=0, total=0, now=START)
        await channel.outbox.subscribe("T1", "C1", now=START)
        for step in steps:
            await channel.take(step)
        await channel.take("poll")
        while await channel.outbox.due(now=channel.now + timedelta(seconds=5)):
            await channel.take("claim and send")
    arrived = [pbx_id for ids in channel.arrived.values() for pbx_id in ids]
    assert arrived == list(range(1, channel.listed + 1))
