"""How many recordings a second enter the archive, beside a bare loop that reads and parses the same pages."""

import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median

import httpx
import pytest

from bot.archive import SqlArchive, migrate, open_database
from bot.demo.pbx import CLIENT_ID, CLIENT_SECRET
from bot.domain.query import Order, Sort
from bot.domain.recording import RecordingPage
from bot.domain.status import PbxActivity
from bot.parts import SystemClock
from bot.ports import Phones
from bot.services.sync import Sync
from bot.yeastar import PbxClient, open_pbx
from tests.benchmarks.figures import Figure, show
from tests.benchmarks.processes import pbx_stand_in

ROWS = 20_000
ROUNDS = 3


@dataclass(slots=True)
class Noted:
    """The real client, with a note of the pages that were asked for."""

    phones: PbxClient
    pages: list[tuple[int, int]] = field(default_factory=list)
    """Number and size."""

    async def recordings(self, *, page: int, size: int, sort: Sort, order: Order) -> RecordingPage:
        self.pages.append((page, size))
        return await self.phones.recordings(page=page, size=size, sort=sort, order=order)


@asynccontextmanager
async def sync_into(database: Path, phones: Phones) -> AsyncIterator[tuple[Sync, SqlArchive]]:
    async with open_database(f"sqlite:///{database}") as opened:
        await migrate(opened)
        archive = SqlArchive(opened, site="main")
        yield Sync(phones, archive, PbxActivity(), SystemClock()), archive


async def by_sync(url: str, database: Path) -> tuple[float, list[tuple[int, int]]]:
    """Seconds until the archive holds everything, and the pages read for it."""
    async with open_pbx(url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET) as client:
        phones = Noted(client)
        async with sync_into(database, phones) as (sync, archive):  # type: ignore[arg-type]  # it lists, and no more
            started = time.perf_counter()
            await sync.poll()
            await sync.fill(pause=timedelta(0))
            took = time.perf_counter() - started
            assert await archive.count() == ROWS
    return took, phones.pages


async def by_bare_loop(url: str, pages: Sequence[tuple[int, int]], *, count: int) -> float:
    """Seconds to read and parse the same pages; the PBX closes each connection."""
    api = f"{url}/openapi/v1.0"
    async with httpx.AsyncClient(trust_env=False, headers={"User-Agent": "OpenAPI"}) as http:
        started = time.perf_counter()
        login = await http.post(f"{api}/get_token", json={"username": CLIENT_ID, "password": CLIENT_SECRET})
        token = login.json()["access_token"]
        rows = 0
        for page, size in pages:
            wanted = {"page": page, "page_size": size, "sort_by": "id", "order_by": "desc", "access_token": token}
            answer = await http.get(f"{api}/recording/list", params=wanted)
            rows += len(json.loads(answer.content)["data"])
        took = time.perf_counter() - started
        await http.get(f"{api}/del_token", params={"access_token": token})
    assert rows >= count
    return took


@pytest.mark.benchmark
@pytest.mark.timeout(300)
async def test_recordings_a_second_into_the_archive(tmp_path: Path) -> None:
    rounds: list[tuple[float, float]] = []
    async with pbx_stand_in(ROWS) as url:
        for number in range(ROUNDS):
            synced, pages = await by_sync(url, tmp_path / f"{number}.db")
            rounds.append((synced, await by_bare_loop(url, pages, count=ROWS)))
    show(
        f"{ROWS} recordings into the archive, {len(pages)} pages",
        [
            Figure(
                name="recordings a second / a bare httpx loop's",
                measured=f"{ROWS / median(mine for mine, _ in rounds):.0f}",
                against=f"{ROWS / median(bares for _, bares in rounds):.0f}",
                ratio=median(bares / mine for mine, bares in rounds),
                target=">= 0.5",
            )
        ],
    )
