"""The command line: what it prints, and the exit code that a script sees."""

import asyncio
import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from bot import cli
from bot.operations.manifest import manifest
from tests.process import Bot, free_port, town, until

SOON = 5.0
"""Seconds in which the bot must have stopped."""


log_levels: list[str] = []
"""How much the log was told to hold by the last `run_main`."""


def run_main(monkeypatch: pytest.MonkeyPatch, folder: Path, *words: str, **settings: str) -> int:
    """`main` in this process, with nothing else in its environment; the exit code."""
    for name in [name for name in os.environ if name.startswith(("SLACK_", "YEASTAR_", "PBX_", "RECORDINGS_", "LOG_"))]:
        monkeypatch.delenv(name)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["bot", *words])
    log_levels.clear()
    # the real one would take pytest's handlers away
    monkeypatch.setattr("bot.logs.configure", lambda level, **_: log_levels.append(level))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code if isinstance(ended.value.code, int) else 1


def test_the_help_lists_every_command() -> None:
    shown = CliRunner().invoke(cli.app, ["--help"])
    assert shown.exit_code == 0
    for word in ("run", "web", "worker", "migrate", "doctor", "ask", "manifest", "demo"):
        assert f" {word} " in shown.output


def test_a_word_that_is_no_command_is_told() -> None:
    shown = CliRunner().invoke(cli.app, ["runn"])
    assert (shown.exit_code, "runn" in shown.output) == (2, True)


def test_the_manifest_for_socket_mode_and_for_http() -> None:
    socket = CliRunner().invoke(cli.app, ["manifest"])
    http = CliRunner().invoke(cli.app, ["manifest", "--url", "https://bot.example.com"])
    assert socket.output == manifest()
    assert yaml.safe_load(socket.output)["settings"]["socket_mode_enabled"] is True
    assert yaml.safe_load(http.output)["settings"]["interactivity"]["request_url"].startswith("https://bot.example.com")


def test_every_problem_of_the_settings_is_listed_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run_main(monkeypatch, tmp_path, "run", SLACK_BOT_TOKEN="xapp-swapped-1234", POLL_SECONDS="often")
    said = capsys.readouterr()
    named = [line.split()[0] for line in said.err.splitlines()[1:]]
    pbx = ["YEASTAR_BASE_URL", "YEASTAR_CLIENT_ID", "YEASTAR_CLIENT_SECRET"]
    assert (code, said.out) == (2, "")
    assert named == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", *pbx, "POLL_SECONDS"]
    assert "swapped" not in said.err


def test_migrate_makes_the_tables(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(monkeypatch, tmp_path, "migrate", DATABASE_URL="sqlite:///here.db") == 0
    assert capsys.readouterr() == ("", "")
    with closing(sqlite3.connect(tmp_path / "here.db")) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {"recordings", "deliveries"} <= tables


PBX = {"YEASTAR_BASE_URL": "http://127.0.0.1:9", "YEASTAR_CLIENT_ID": "id", "YEASTAR_CLIENT_SECRET": "secret-1234"}


def test_words_that_cannot_be_read_are_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run_main(monkeypatch, tmp_path, "ask", "latest sort:tme", **PBX)
    assert code == 2
    assert capsys.readouterr().err.splitlines() == [
        "“sort:” takes time, id, duration or size, not “tme”.",
        "Did you mean: latest sort:time",
    ]


def test_a_pbx_that_is_down_is_one_line_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run_main(monkeypatch, tmp_path, "ask", "latest", **PBX)
    said = capsys.readouterr()
    assert (code, said.out) == (1, "")
    (line,) = said.err.splitlines()
    assert line.endswith("→ check YEASTAR_BASE_URL, the network and the PBX's firewall")


def test_a_database_that_cannot_be_opened_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run_main(monkeypatch, tmp_path, "migrate", DATABASE_URL="sqlite:////nowhere/at/all.db")
    assert code == 1
    assert capsys.readouterr().err.splitlines() == [
        "The database file cannot be opened: its folder must exist and be writable."
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [pytest.param({}, 0, id="all is well"), pytest.param({"RECORDINGS_CHANNEL": "#lobby"}, 1, id="something is not")],
)
async def test_the_doctors_exit_code_tells_a_script_whether_all_is_well(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str],
    code: int,
) -> None:
    async with town(tmp_path) as there:
        ended = await asyncio.to_thread(run_main, monkeypatch, tmp_path, "doctor", **there.settings(**changes))
    said = capsys.readouterr()
    assert (ended, said.err) == (code, "")
    assert ("FAIL" in said.out) is bool(code)


def test_without_settings_the_doctor_names_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(monkeypatch, tmp_path, "doctor", DATABASE_URL="sqlite:///here.db") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("FAIL  settings: SLACK_BOT_TOKEN is missing")
    assert lines[-1] == "ok    database: 0 recordings held in sqlite:///here.db"


def test_the_demo_takes_no_pace_without_a_pause() -> None:
    shown = CliRunner().invoke(cli.app, ["demo", "--pace", "0.09"])
    assert shown.exit_code == 2
    assert "0.1" in shown.output


@pytest.mark.parametrize(
    ("words", "given", "level"),
    [
        pytest.param(["ask", "latst"], {}, "CRITICAL", id="ask: its answer is not mixed with the log"),
        pytest.param(["ask", "latst"], {"LOG_LEVEL": "info"}, "INFO", id="ask, unless the log is asked for"),
        pytest.param(["migrate"], {}, "INFO", id="migrate"),
        pytest.param(["migrate"], {"LOG_LEVEL": "error"}, "ERROR", id="migrate, as set"),
        pytest.param(["doctor"], {"LOG_LEVEL": "debug"}, "CRITICAL", id="doctor: its lines tell everything"),
    ],
)
def test_how_much_a_command_logs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str], given: dict[str, str], level: str
) -> None:
    run_main(monkeypatch, tmp_path, *words, **(PBX | given), DATABASE_URL="sqlite:///here.db")
    assert log_levels == [level]


async def test_a_wrong_token_ends_the_bot_with_one_line(tmp_path: Path) -> None:
    async with town(tmp_path) as there:
        wrong = there.settings(SLACK_BOT_TOKEN="xoxb-wrong-1234567890", PORT=free_port())
        async with Bot("run", settings=wrong, folder=tmp_path) as started:
            code = await started.ended()
    assert code == 1
    assert (started.out + started.err).splitlines() == ["Slack refuses auth.test (invalid_auth): check SLACK_BOT_TOKEN"]


@pytest.mark.parametrize(
    ("mode", "number"),
    [
        pytest.param("run", signal.SIGTERM, id="run, by SIGTERM"),
        pytest.param("web", signal.SIGINT, id="web, by SIGINT"),
    ],
)
async def test_a_signal_stops_it_cleanly(tmp_path: Path, mode: str, number: int) -> None:
    async with (
        town(tmp_path, tables=False) as there,
        Bot(mode, settings=there.settings(PORT=free_port()), folder=tmp_path) as started,
    ):
        await started.says('"started"', within=30)  # a process of its own migrates first
        code, seconds = await started.stop(number)
    assert code == 0
    assert seconds < SOON
    assert "Traceback" not in started.err


def under_way(database: Path) -> bool:
    """Whether a recording is being posted just now."""
    with closing(sqlite3.connect(database)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM deliveries WHERE state = 'sending'").fetchone()
    return bool(count)


async def test_it_stops_in_time_while_the_pbx_hangs_and_a_post_is_under_way(tmp_path: Path) -> None:
    async with town(tmp_path) as there, Bot("run", settings=there.settings(), folder=tmp_path) as started:
        await until(lambda: there.slack.posts("C0CALLS"))
        there.slack.faults.latency_seconds = 20
        there.place_call()
        await until(lambda: under_way(tmp_path / "recordings.db"))
        there.pbx.faults.hang_seconds = 20
        asked = there.pbx.count("recording/list")
        await until(lambda: there.pbx.count("recording/list") > asked)
        code, seconds = await started.stop()
    assert code == 0
    assert seconds < SOON
    assert "Traceback" not in started.err
