"""Answers on a terminal, as the eye sees them."""

import io
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import respx
from rich.cells import cell_len
from rich.console import Console

from bot import terminal
from bot.demo.pbx import CLIENT_ID, CLIENT_SECRET, PbxStandIn
from bot.errors import PbxLoginRefused, PbxNotFound, PbxUnreachable, PbxUntrusted, QueryError
from bot.operations.doctor import Check
from bot.parts import open_parts
from bot.settings import Mode, Settings, read_settings
from bot.terminal import ask, local_zone, print_checks
from tests.certificates import make_certificate
from tests.stage import NOON


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def settings_for(pbx_url: str, folder: Path, **changes: str) -> Settings:
    environ = {
        "YEASTAR_BASE_URL": pbx_url,
        "YEASTAR_CLIENT_ID": CLIENT_ID,
        "YEASTAR_CLIENT_SECRET": CLIENT_SECRET,
        "DATABASE_URL": f"sqlite:///{folder / 'recordings.db'}",
    }
    return read_settings(Mode.ASK, environ=environ | changes, env_file=folder / ".env")


class Terminal:
    """A screen of some width; what stands on it."""

    def __init__(self, width: int = 120) -> None:
        self._file = io.StringIO()
        self.console = Console(file=self._file, width=width, force_terminal=True, color_system=None)

    @property
    def raw(self) -> str:
        return self._file.getvalue()

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.raw.splitlines()]

    @property
    def words(self) -> str:
        return " ".join(self.raw.split())


async def asked(pbx: PbxStandIn, folder: Path, line: str, *, width: int = 120) -> Terminal:
    screen = Terminal(width)
    async with pbx.serve() as url:
        await ask(settings_for(url, folder), line, screen.console)
    return screen


async def test_a_list_is_a_row_a_recording(tmp_path: Path) -> None:
    pbx = PbxStandIn()
    pbx.place("Evelyn<5566>", "Dave Harris<5556>", "Internal", 52)
    pbx.place("+41441234567", "Reception<6000>", "Inbound", 65)
    screen = await asked(pbx, tmp_path, "latest 10 sort:id")
    heading, columns, newest, older = screen.lines
    assert heading == "Recordings by number, highest first · 1–2 of 2"
    assert columns.split() == ["number", "time", "caller", "callee", "length"]
    assert newest.split()[0] == "2"
    assert "inbound" in newest
    assert "+41441234567" in newest
    assert "Evelyn 5566" in older
    assert "Dave Harris 5556" in older
    assert older.endswith("0:52")


async def test_a_narrow_terminal_folds_the_names_and_nothing_else(tmp_path: Path) -> None:
    pbx = PbxStandIn()
    pbx.place("Bartholomew Featherstonehaugh<5566>", "Wilhelmina van der Berg<5556>", "Internal", 52)
    screen = await asked(pbx, tmp_path, "", width=60)
    assert max(map(cell_len, screen.lines)) <= 60
    row = screen.lines[2]
    number, day, clock = row.split()[:3]
    assert (number, len(day), len(clock)) == ("1", 10, 5)
    assert row.endswith("0:52")
    assert "…" not in screen.raw
    letters = "".join(screen.raw.split())
    assert "Featherst" in letters


HOSTILE = {
    "\x1b[31mRed\x1b[0m": "[31mRed [0m",
    "[bold]Loud[/bold]": "[bold]Loud[/bold]",
    "[/]": "[/]",
    "a\x07b\x08c\x9b2Jd": "a b c 2Jd",
    "\u202eevil": "evil",
    ":phone:": ":phone:",
}
"""Names, and what is left of them: escape sequences, rich's markup, bells and C1, text turned round, an emoji."""


@pytest.mark.parametrize(
    ("line", "names"),
    [pytest.param("latest", list(HOSTILE), id="a list"), pytest.param("show 1", list(HOSTILE)[:1], id="in full")],
)
async def test_names_are_text(tmp_path: Path, line: str, names: list[str]) -> None:
    pbx = PbxStandIn()
    for name in names:
        pbx.place(f"{name}<5566>", f"{name}<5556>", "Internal", 52)
    screen = await asked(pbx, tmp_path, line)
    for name in names:
        assert f"{HOSTILE[name]} 5566" in screen.raw
        assert f"{HOSTILE[name]} 5556" in screen.raw
    assert not {char for char in screen.raw if not char.isprintable()} - {"\n", "\ufe0e"}


async def test_one_recording_in_full(tmp_path: Path) -> None:
    pbx = PbxStandIn()
    number = pbx.place("Evelyn<5566>", "", "Internal", 52)
    file = pbx.row(number)["file"]
    screen = await asked(pbx, tmp_path, f"show {number}")
    told = {line.split()[0]: " ".join(line.split()[1:]) for line in screen.lines}
    names = ["number", "time", "direction", "caller", "callee", "length", "size", "file", "call", "PBX"]
    assert list(told) == names
    assert told["PBX"].startswith("Still on the PBX, dated ")
    assert told["caller"] == "Evelyn 5566"
    assert told["callee"] == "unknown"
    assert told["file"] == file


async def test_nothing_to_list(tmp_path: Path) -> None:
    assert (await asked(PbxStandIn(), tmp_path, "")).lines == ["There are no recordings yet."]


async def test_a_search_says_what_was_searched_and_finds_it(tmp_path: Path) -> None:
    pbx = PbxStandIn()
    pbx.place("Evelyn<5566>", "Dave Harris<5556>", "Internal", 52, at=NOON)
    pbx.place("+41441234567", "Reception<6000>", "Inbound", 65, at=NOON)
    screen = await asked(pbx, tmp_path, "harris")
    assert screen.lines[0] == "Calls that mention “harris” · 1 of 1"
    assert any("Dave Harris 5556" in line for line in screen.lines)


async def test_a_search_that_finds_nothing_says_what_would(tmp_path: Path) -> None:
    pbx = PbxStandIn()
    pbx.place("Evelyn<5566>", "Dave Harris<5556>", "Internal", 52, at=NOON)
    screen = await asked(pbx, tmp_path, "harris type:inbound")
    first, *_, hint, line = screen.lines
    assert first.startswith("Calls that mention “harris”, inbound · none")
    assert (hint, line) == ("1 whichever way", "/recordings search harris lists them.")


async def test_one_recording_is_shown_with_the_others_between_the_two(tmp_path: Path) -> None:
    pbx = PbxStandIn()
    pbx.place("Evelyn<5566>", "Dave<5556>", "Internal", 52)
    number = pbx.place("Dave<5556>", "Evelyn<5566>", "Internal", 65)
    await asked(pbx, tmp_path, "")
    screen = await asked(pbx, tmp_path, f"show {number}")
    others = screen.lines.index("Other calls between them")
    assert [line.split()[0] for line in screen.lines[others + 2 :]] == ["1"]


async def test_figures_in_words_and_a_bar_for_each(tmp_path: Path) -> None:
    pbx = PbxStandIn()
    pbx.place("Evelyn<5566>", "Dave Harris<5556>", "Internal", 60)
    pbx.place("+41441234567", "Evelyn<5566>", "Inbound", 120)
    pbx.place("+41441234567", "Evelyn<5566>", "Inbound", 180)
    screen = await asked(pbx, tmp_path, "stats by:direction")
    assert screen.lines[0] == "All recordings · 3"
    bars = {line.split()[0]: line.count("█") for line in screen.lines if "█" in line}
    assert bars == {"inbound": 60, "internal": 30}


async def test_the_help_says_what_slack_says_with_the_archives_own_names(tmp_path: Path) -> None:
    pbx = PbxStandIn()
    pbx.place("Evelyn<5566>", "Wilhelmina<5556>", "Internal", 52)
    await asked(pbx, tmp_path, "")
    screen = await asked(pbx, tmp_path, "help")
    assert screen.lines[0].startswith("/recordings lists the latest ten calls")
    assert "search evelyn – a part of a name" in screen.words
    assert "show 1 – one recording in full" in screen.lines


async def test_the_help_with_filters_asks_nobody(tmp_path: Path) -> None:
    screen = Terminal()
    await ask(settings_for("http://127.0.0.1:9", tmp_path), "help filters", screen.console)
    assert "id:600..614 – by the PBX's numbers" in screen.lines
    assert not (tmp_path / "recordings.db").exists()


@pytest.mark.parametrize(
    ("utc", "here"),
    [
        pytest.param("2026-01-12 12:00", "2026-01-12 12:00", id="in winter"),
        pytest.param("2026-07-12 12:00", "2026-07-12 13:00", id="in summer"),
        pytest.param("2026-10-25 00:30", "2026-10-25 01:30", id="an hour that comes twice, first"),
        pytest.param("2026-10-25 01:30", "2026-10-25 01:30", id="an hour that comes twice, again"),
    ],
)
def test_this_machines_zone_knows_summer(monkeypatch: pytest.MonkeyPatch, utc: str, here: str) -> None:
    monkeypatch.setenv("TZ", "Europe/London")
    time.tzset()
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    local = moment.astimezone(local_zone())
    assert f"{local:%Y-%m-%d %H:%M}" == here
    assert local.astimezone(UTC) == moment
    assert local.tzname() == ("GMT" if local.utcoffset() == timedelta(0) else "BST")


def test_a_posix_rule_is_a_zone_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "CET-1")
    time.tzset()
    assert NOON.astimezone(local_zone()).utcoffset() == timedelta(hours=1)


async def test_the_archive_answers_for_a_pbx_that_is_down(tmp_path: Path) -> None:
    pbx = PbxStandIn()
    pbx.place("Evelyn<5566>", "Dave<5556>", "Internal", 52)
    await asked(pbx, tmp_path, "")
    pbx.faults.down = True
    screen = await asked(pbx, tmp_path, "")
    assert screen.lines[1].startswith("PBX not reachable, as of 2")
    assert "Evelyn 5566" in screen.raw


async def test_the_archive_answers_for_a_pbx_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pbx = PbxStandIn()
    pbx.place("Evelyn<5566>", "Dave<5556>", "Internal", 52)
    await asked(pbx, tmp_path, "")
    monkeypatch.setattr(terminal, "PATIENCE", timedelta(milliseconds=20))
    pbx.faults.only, pbx.faults.hang_seconds = "recording/list", 30
    screen = await asked(pbx, tmp_path, "")
    assert screen.lines[1].startswith("PBX slow to answer, as of 2")


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        pytest.param({"down": True}, PbxUnreachable, id="down"),
        pytest.param({"only": "recording/list", "hang_seconds": 30}, PbxUnreachable, id="hanging"),
    ],
)
async def test_with_nothing_in_the_archive_the_problem_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faults: dict[str, object], error: type[Exception]
) -> None:
    monkeypatch.setattr(terminal, "PATIENCE", timedelta(milliseconds=300))
    pbx = PbxStandIn()
    for name, value in faults.items():
        setattr(pbx.faults, name, value)
    with pytest.raises(error):
        await asked(pbx, tmp_path, "")


async def test_it_trusts_the_pinned_certificate_and_no_other(tmp_path: Path) -> None:
    pbx, screen = PbxStandIn(), Terminal()
    certificate = make_certificate(tmp_path / "pbx.pem")
    pbx.place("Evelyn<5566>", "Dave<5556>", "Internal", 52)
    async with pbx.serve(ssl_certfile=str(certificate.path)) as url:
        for pin in ({}, {"PBX_CERT_SHA256": "AB" * 32}):
            with pytest.raises(PbxUntrusted) as caught:
                await ask(settings_for(url, tmp_path, **pin), "", screen.console)
            assert caught.value.fingerprint == certificate.fingerprint
        assert pbx.count() == 0
        await ask(settings_for(url, tmp_path, PBX_CERT_SHA256=certificate.fingerprint), "", screen.console)
    assert "Evelyn 5566" in screen.raw


async def test_the_zone_that_is_set_dates_rows_that_do_not_tell_it(tmp_path: Path) -> None:
    row = {"id": 9, "time": "2026/11/24 20:00:00", "call_from": "Evelyn<5566>", "call_to": "Dave<5556>"}
    screen = Terminal()
    with respx.mock() as network:
        network.post("https://pbx/openapi/v1.0/get_token").respond(json={"errcode": 0, "access_token": "A"})
        network.get("https://pbx/openapi/v1.0/recording/list").respond(json={"errcode": 0, "data": [row]})
        network.get("https://pbx/openapi/v1.0/del_token").respond(json={"errcode": 0})
        await ask(settings_for("https://pbx", tmp_path, PBX_TIMEZONE="Asia/Shanghai"), "", screen.console)
    assert screen.lines[-1].split()[1:3] == ["2026-11-24", "12:00"]


async def test_the_token_of_a_bot_that_runs_is_left_to_it(tmp_path: Path) -> None:
    """Taken up from the archive, it would be revoked when the question is answered."""
    pbx, screen = PbxStandIn(), Terminal()
    async with pbx.serve() as url:
        settings = settings_for(url, tmp_path)
        async with open_parts(settings) as bot:
            await bot.phones.information()
            await ask(settings, "", screen.console)
            assert pbx.tokens_alive == 1
    assert pbx.count("get_token") == 2


async def test_a_time_that_cannot_be_read_is_shown_as_the_pbx_shows_it(tmp_path: Path) -> None:
    row = {"id": 9, "time": "lunch time", "call_from": "Evelyn<5566>", "call_to": "Dave<5556>"}
    screen = Terminal()
    with respx.mock() as network:
        network.post("https://pbx/openapi/v1.0/get_token").respond(json={"errcode": 0, "access_token": "A"})
        network.get("https://pbx/openapi/v1.0/recording/list").respond(json={"errcode": 0, "data": [row]})
        network.get("https://pbx/openapi/v1.0/del_token").respond(json={"errcode": 0})
        await ask(settings_for("https://pbx", tmp_path), "", screen.console)
    assert screen.lines[-1].split() == ["9", "lunch", "time", "Evelyn", "5566", "Dave", "5556"]


async def test_a_wide_terminal_names_the_direction_beside_its_arrow(tmp_path: Path) -> None:
    pbx = PbxStandIn()
    pbx.place("+41441234567", "Reception<6000>", "Inbound", 65)
    wide, narrow = await asked(pbx, tmp_path, "", width=100), await asked(pbx, tmp_path, "", width=99)
    assert ("inbound" in wide.lines[-1], "inbound" in narrow.lines[-1]) == (True, False)


async def test_no_such_recording(tmp_path: Path) -> None:
    with pytest.raises(PbxNotFound, match="999"):
        await asked(PbxStandIn(), tmp_path, "show 999")


async def test_words_that_cannot_be_read_ask_nobody(tmp_path: Path) -> None:
    with pytest.raises(QueryError):
        await ask(settings_for("http://127.0.0.1:9", tmp_path), "latst 10", Terminal().console)
    assert not (tmp_path / "recordings.db").exists()


async def test_the_status_is_slacks_and_looks_at_the_pbx_itself(tmp_path: Path) -> None:
    pbx = PbxStandIn()
    pbx.place("Evelyn<5566>", "Dave<5556>", "Internal", 52)
    screen = await asked(pbx, tmp_path, "status")
    assert any(line.startswith("PBX ok") for line in screen.lines)
    assert "No channel is told of new recordings." in screen.lines


async def test_the_status_tells_a_login_that_is_refused(tmp_path: Path) -> None:
    pbx, screen = PbxStandIn(), Terminal(200)
    async with pbx.serve() as url:
        settings = settings_for(url, tmp_path, YEASTAR_CLIENT_SECRET="not-the-secret")
        await ask(settings, "status", screen.console)
        with pytest.raises(PbxLoginRefused):
            await ask(settings, "latest", screen.console)
    assert any(line.startswith("The PBX is degraded. The PBX refuses get_token") for line in screen.lines)


async def test_checks_are_a_line_each_and_text(tmp_path: Path) -> None:
    async def checks() -> AsyncIterator[Check]:
        yield Check("settings", ok=True, says="complete")
        yield Check("PBX [bold]", ok=False, says="long " * 30, remedy="do \x1b[31mthis")

    screen = Terminal(60)
    assert await print_checks(checks(), screen.console) is False
    assert screen.lines == ["ok    settings: complete", f"FAIL  PBX [bold]: {'long ' * 30}".rstrip() + " → do [31mthis"]


async def test_a_fault_is_not_forgotten_for_what_is_well_after_it() -> None:
    async def checks() -> AsyncIterator[Check]:
        yield Check("settings", ok=False, says="PORT is wrong", remedy="correct it")
        yield Check("database", ok=True, says="complete")

    assert await print_checks(checks(), Terminal().console) is False


async def test_all_checks_well() -> None:
    async def checks() -> AsyncIterator[Check]:
        yield Check("settings", ok=True, says="complete")

    assert await print_checks(checks(), Terminal().console) is True
