"""The command line: what it prints, and the exit code that a script sees."""

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
from bot.manifest import manifest
from tests.process import Bot, free_port, town, until

SOON = 5.0
"""Seconds in which the bot must have stopped."""


def run_main(monkeypatch: pytest.MonkeyPatch, folder: Path, *words: str, **settings: str) -> int:
    """`main` in this process, with nothing else in its environment; the exit code."""
    for name in [name for name in os.environ if name.startswith(("SLACK_", "YEASTAR_", "PBX_", "RECORDINGS_"))]:
        monkeypatch.delenv(name)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["bot", *words])
    monkeypatch.setattr("bot.logs.configure", lambda *_, **__: None)  # it would take pytest's handlers away
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
        await started.says('"started"')
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
