"""The whole bot between both stand-ins: most of it in this process, as `app` runs it; what kills it in its own."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot import app
from bot.demo.slack import SlackStandIn
from bot.errors import ArchiveError, SettingsError, SlackLoginRefused
from bot.settings import Mode, Settings, read_settings
from tests.process import Bot, Town, free_port, town, until

Serve = Callable[[Settings, asyncio.Event], Awaitable[None]]
MODES: dict[Serve, Mode] = {app.run: Mode.RUN, app.web: Mode.WEB, app.worker: Mode.WORKER}


def settings_for(there: Town, serve: Serve, **changes: str) -> Settings:
    return read_settings(MODES[serve], environ=there.settings(**changes), env_file=there.folder / ".env")


@asynccontextmanager
async def serving(there: Town, serve: Serve, **changes: str) -> AsyncIterator[asyncio.Task[None]]:
    """The bot inside the block, told to stop at its end; it must stop within 5 s and without an error."""
    stop = asyncio.Event()
    task = asyncio.ensure_future(serve(settings_for(there, serve, **changes), stop))
    try:
        yield task
    finally:
        stop.set()
        async with asyncio.timeout(5):
            await task


async def test_web_refuses_what_slack_did_not_sign(tmp_path: Path) -> None:
    port = free_port()
    async with town(tmp_path) as there, serving(there, app.web, PORT=port, SLACK_SIGNING_SECRET="another-secret"):
        there.slack.request_url = f"http://127.0.0.1:{port}/slack/events"
        async with asyncio.timeout(5):
            while (await there.slack.command("latest")).error is None or not there.slack.errors:
                await asyncio.sleep(0.02)
        assert there.pbx.count("recording/list") == 0


async def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    async with town(tmp_path) as there:
        taken = there.pbx_url.rsplit(":", 1)[1]
        with pytest.raises(SettingsError, match=f"PORT {taken} cannot be listened on"):
            await app.web(settings_for(there, app.web, PORT=taken), asyncio.Event())


async def test_a_worker_whose_port_is_taken_by_web_does_without_probes(tmp_path: Path) -> None:
    async with town(tmp_path) as there:
        taken = there.pbx_url.rsplit(":", 1)[1]
        with capture_logs() as logs:
            async with serving(there, app.worker, PORT=taken):
                await there.polled()
    assert "without_probes" in [line["event"] for line in logs]


@pytest.mark.parametrize("is_set", [pytest.param(True, id="PORT is set"), pytest.param(False, id="PORT is not set")])
async def test_a_port_that_is_taken_ends_run_only_if_it_was_chosen(tmp_path: Path, is_set: bool) -> None:
    async with town(tmp_path) as there:
        settings = settings_for(there, app.run, PORT=there.pbx_url.rsplit(":", 1)[1])
        stop = asyncio.Event()
        if is_set:
            with pytest.raises(SettingsError, match="cannot be listened on"):
                await app.run(settings, stop)
            return
        bot = asyncio.ensure_future(app.run(with_usual_port(settings), stop))
        await there.polled()
        stop.set()
        await bot


def with_usual_port(settings: Settings) -> Settings:
    """The same settings, as if the port were the usual one, which PORT does not name."""
    return Settings.model_construct(_fields_set=settings.model_fields_set - {"port"}, **dict(settings))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is no address of the machine")
@pytest.mark.parametrize(
    ("is_set", "reached"),
    [
        pytest.param(True, ["127.0.0.1", "127.0.0.2"], id="PORT is set: on every interface"),
        pytest.param(False, ["127.0.0.1"], id="PORT is not set: on this machine only"),
    ],
)
async def test_probes_are_answered_where_port_says(tmp_path: Path, is_set: bool, reached: list[str]) -> None:
    port = free_port()
    async with town(tmp_path) as there:
        settings, stop = settings_for(there, app.worker, PORT=port), asyncio.Event()
        bot = asyncio.ensure_future(app.worker(settings if is_set else with_usual_port(settings), stop))
        await there.polled()
        answering = [host for host in ("127.0.0.1", "127.0.0.2") if await is_reached(host, int(port))]
        stop.set()
        await bot
    assert answering == reached


async def is_reached(host: str, port: int) -> bool:
    """Whether a connection is taken there."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except ConnectionRefusedError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


@pytest.mark.parametrize(
    ("setting", "token"),
    [
        pytest.param("SLACK_BOT_TOKEN", "xoxb-wrong-1234567890", id="the bot token"),
        pytest.param("SLACK_APP_TOKEN", "xapp-wrong-1234567890", id="the app token"),
    ],
)
async def test_a_wrong_token_ends_it_and_is_named(tmp_path: Path, setting: str, token: str) -> None:
    async with town(tmp_path) as there:
        with pytest.raises(SlackLoginRefused, match=setting) as refused:
            await app.run(settings_for(there, app.run, **{setting: token}), asyncio.Event())
    assert "wrong-1234567890" not in str(refused.value)


async def test_slack_that_is_down_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "RETRY_SECONDS", 0.05)
    async with town(tmp_path) as there:
        there.slack.faults.status = 503
        with capture_logs() as logs:
            async with serving(there, app.run):
                await until(lambda: [line for line in logs if line["event"] == "slack_not_reached"])
                there.slack.faults.status = 0
                await there.slack.wait_for(lambda: there.slack.connected > 0)


async def test_it_stops_while_slack_keeps_it_waiting(tmp_path: Path) -> None:
    async with town(tmp_path) as there:
        there.slack.faults.latency_seconds = 3
        asked = len(there.slack.requests)
        async with serving(there, app.run):
            await asyncio.sleep(0.03)
            began = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began < 1
        assert len(there.slack.requests) == asked


async def test_a_wrong_pbx_secret_is_tried_once_and_told(tmp_path: Path) -> None:
    async with town(tmp_path) as there:
        with capture_logs() as logs:
            async with serving(there, app.run, YEASTAR_CLIENT_SECRET="not-the-secret") as bot:
                await there.slack.wait_for(lambda: there.slack.connected > 0)
                for line in ("latest", "show 1", "latest 20", "status"):
                    reply = await there.slack.command(line)
                    assert "login" in reply.text or "client id" in reply.text
                assert not bot.done()
        assert there.slack.posts("C0CALLS") == [], "nobody is promised posts that cannot come"
        assert there.pbx.count("get_token") == 1
    told = [line["event"] for line in logs if line["log_level"] in {"warning", "error"}]
    assert [event for event in told if event != "answer_without_pbx"] == ["pbx_login_refused", "job_failed"]


async def test_a_pbx_that_comes_back_is_followed_again(tmp_path: Path) -> None:
    async with town(tmp_path) as there:
        there.pbx.faults.down = True
        with capture_logs() as logs:
            async with serving(there, app.worker):
                await until(lambda: [line for line in logs if line["event"] == "job_failed"])
                there.pbx.faults.heal()
                await until(lambda: [line for line in logs if line["event"] == "job_well_again"])


@pytest.mark.slow
async def test_two_on_one_database_post_once_and_the_second_takes_over(tmp_path: Path) -> None:
    async with town(tmp_path) as there:
        with capture_logs() as logs:
            async with serving(there, app.worker):
                async with serving(there, app.worker):
                    await until(lambda: there.slack.posts("C0CALLS"))
                    await until(lambda: [line for line in logs if line["event"] == "standing_by"])
                    first = there.place_call()
                    await until(lambda: there.posted() == [first])
                second = there.place_call()
                await until(lambda: there.posted() == [first, second])
    assert len([line for line in logs if line["event"] == "standing_by"]) == 1


@pytest.mark.slow
async def test_killed_again_and_again_it_takes_one_token_and_posts_once(tmp_path: Path) -> None:
    slack = SlackStandIn(burst=100)
    numbers: list[int] = []
    async with town(tmp_path, slack=slack) as there:
        for _ in range(3):
            async with Bot("worker", settings=there.settings(POLL_SECONDS="1"), folder=tmp_path):
                polled = there.pbx.count("recording/list")
                await until(lambda before=polled: there.pbx.count("recording/list") > before)  # type: ignore[misc]
                await until(lambda: slack.posts("C0CALLS"))
                numbers.append(there.place_call())
                await until(lambda: there.posted() == numbers)
            assert there.pbx.tokens_alive == 1
        assert there.pbx.count("get_token") == 1


async def test_a_database_of_a_newer_version_ends_it_and_is_told(tmp_path: Path) -> None:
    """The process that migrates says so."""
    async with town(tmp_path) as there:
        with closing(sqlite3.connect(tmp_path / "recordings.db")) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(ArchiveError, match=r"newer version of the bot .* 9999"):
            await app.worker(settings_for(there, app.worker), asyncio.Event())
