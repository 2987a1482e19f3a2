"""What the bot costs while nothing happens (a poll, memory) and the time until `--help` stands there."""

import asyncio
import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from statistics import median

import httpx
import psutil
import pytest

from bot.demo.calls import Company
from bot.demo.pbx import CLIENT_ID, CLIENT_SECRET, PbxStandIn, utc_now
from bot.yeastar import open_pbx
from tests.benchmarks.figures import Figure, show
from tests.benchmarks.processes import PAUSE, bot, line_of, pbx_stand_in, python, slack_stand_in
from tests.benchmarks.test_sync import sync_into

ROWS = 2_000
HELP_RUNS = 5
HEAVY = {"av", "numpy", "PIL"}
"""Audio, which is imported when somebody asks for it."""
WHAT_RUN_IMPORTS = "import json, sys, bot.cli, bot.app; print(json.dumps(sorted(sys.modules)))"


@pytest.mark.benchmark
async def test_a_poll_with_nothing_new(tmp_path: Path) -> None:
    """`PRAGMA data_version` moves when any other connection has written. Source: SQLite, "PRAGMA data_version"."""
    database = tmp_path / "recordings.db"
    pbx = PbxStandIn(calls=Company().history(150, until=utc_now()))
    async with (
        pbx.serve() as url,
        open_pbx(url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET) as phones,
        sync_into(database, phones) as (sync, _),
    ):
        await sync.poll()
        with closing(sqlite3.connect(database)) as watcher:
            version, requests = _version(watcher), pbx.count()
            await sync.poll()
            written, asked = _version(watcher) != version, pbx.count() - requests
    show(
        "a poll with nothing new",
        [
            Figure(name="requests to the PBX", measured=str(asked), target="1"),
            Figure(name="the database was written to", measured=str(written), target="False"),
        ],
    )
    assert (asked, written) == (1, False)


@pytest.mark.benchmark
@pytest.mark.timeout(120)
async def test_idle_memory(tmp_path: Path) -> None:
    """Connected to Slack, and the history read in."""
    async with (
        pbx_stand_in(ROWS) as pbx,
        slack_stand_in() as slack,
        bot("run", pbx=pbx, slack=slack, folder=tmp_path) as process,
    ):
        await _connected(slack)
        await _holds(tmp_path / "recordings.db", ROWS)
        megabytes = psutil.Process(process.pid).memory_info().rss / 2**20
    show("idle", [Figure(name="memory of `run` (RSS, MiB)", measured=f"{megabytes:.0f}", target="< 120")])


@pytest.mark.benchmark
async def test_the_time_until_help_stands_there() -> None:
    took = [await _seconds("-m", "bot", "--help") for _ in range(HELP_RUNS)]
    bare = [await _seconds("-c", "pass") for _ in range(HELP_RUNS)]
    show(
        "`python -m bot --help`",
        [
            Figure(
                name="seconds / `python -c pass`",
                measured=f"{median(took):.2f}",
                against=f"{median(bare):.2f}",
                ratio=median(took) / median(bare),
                target="< 0.50 s",
            )
        ],
    )


@pytest.mark.benchmark
async def test_audio_is_not_imported_at_start() -> None:
    async with python("-c", WHAT_RUN_IMPORTS) as process:
        imported = set(json.loads(await line_of(process)))
    show("imported at start", [Figure(name="modules", measured=str(len(imported)), target="no audio")])
    assert "bot.app" in imported
    assert not HEAVY & imported


def _version(watcher: sqlite3.Connection) -> int:
    return int(watcher.execute("PRAGMA data_version").fetchone()[0])


async def _connected(slack: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        while not (await http.get(f"{slack}/control/state")).json()["connected"]:
            await asyncio.sleep(PAUSE)


async def _holds(database: Path, rows: int) -> None:
    with closing(sqlite3.connect(database)) as watcher:
        while watcher.execute("SELECT count(*) FROM recordings").fetchone()[0] < rows:
            await asyncio.sleep(PAUSE)


async def _seconds(*words: str) -> float:
    started = time.perf_counter()
    async with python(*words) as process:
        await process.communicate()
        assert process.returncode == 0
    return time.perf_counter() - started
