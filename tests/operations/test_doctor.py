"""The doctor's lines, well and failing, against both stand-ins."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest
import respx

from bot.app import doctor
from bot.demo.pbx import PbxStandIn
from bot.demo.slack import SCOPES, SlackStandIn
from bot.domain.reconciliation import Reconciliation
from bot.domain.status import SILENT, ChannelState, Status
from bot.errors import (
    ArchiveError,
    BotError,
    PbxForbidden,
    PbxNotFound,
    PbxRefused,
    PbxUnreachable,
    PbxUntrusted,
    SlackBusy,
    SlackError,
    SlackScopeMissing,
    SlackUnreachable,
)
from bot.operations.doctor import Check, examine, pbx_checks, status_checks
from bot.parts import SystemClock, open_phones
from bot.settings import Mode, Settings, read_settings
from bot.text.remedies import explain_to_admin
from tests.certificates import make_certificate
from tests.process import Bot, Town, town, until
from tests.stage import NOON, channel_state, status

Lines = dict[str, Check]
Mischief = Callable[[PbxStandIn], None]


async def look(settings: dict[str, str], folder: Path) -> Lines:
    """Every line by its name; several of one name under the first."""
    lines: Lines = {}
    async for check in doctor(settings, folder / ".env"):
        lines.setdefault(check.name, check)
    return lines


async def look_at(there: Town, **changes: str) -> Lines:
    return await look(there.settings(**changes), there.folder)


def fault(**faults: object) -> Mischief:
    def make(pbx: PbxStandIn) -> None:
        for name, value in faults.items():
            setattr(pbx.faults, name, value)

    return make


def failing(lines: Lines) -> list[str]:
    return [name for name, check in lines.items() if not check.ok]


async def test_all_is_well(tmp_path: Path) -> None:
    async with town(tmp_path) as there:
        there.place_call()
        lines = await look_at(there)
        assert [(check.name, check.says) for check in lines.values()] == [
            ("settings", "complete"),
            ("database", f"0 recordings held in sqlite:///{tmp_path / 'recordings.db'}"),
            ("PBX reach", f"{there.pbx_url} answers"),
            ("PBX certificate", "none over http: the secret travels unencrypted, use https where you can"),
            ("PBX login", "the client id and secret are right"),
            ("PBX recordings", "may be listed, 1 of them"),
            ("PBX clock", "right; dates as MM/DD/YYYY, times as hh:mm:ss"),
            ("Slack bot token", "right, for the workspace Demo"),
            ("Slack scopes", "all that are needed"),
            ("Slack app token", "right, Socket Mode can connect"),
            ("Slack signing secret", "set, only a request from Slack can tell whether it is right"),
            ("Slack channel", "the bot is in #calls"),
            ("Slack alerts", "go to #calls"),
        ]
    assert failing(lines) == []
    assert there.pbx.tokens_alive == 0


@pytest.mark.parametrize(
    ("mischief", "name", "says", "remedy"),
    [
        pytest.param(
            fault(down=True), "PBX reach", "gives no answer to get_token", "check YEASTAR_BASE_URL", id="down"
        ),
        pytest.param(fault(html_502=True), "PBX reach", "HTTP 502", "check YEASTAR_BASE_URL", id="a gateway's page"),
        pytest.param(fault(cut_json=True), "PBX reach", "not JSON", "the PBX's web port", id="half an answer"),
        pytest.param(
            fault(allowed_addresses=()),
            "PBX login",
            "this machine's address is not among those allowed",
            "allow this address under Integrations > API",
            id="the address is not allowed",
        ),
        pytest.param(
            fault(deny_listing=True),
            "PBX recordings",
            "the API application has no permission for it (10005",
            "permission for call recordings",
            id="no permission to list",
        ),
        pytest.param(
            fault(errcode=-1), "PBX recordings", "the request failed (-1", "Integrations > API", id="a refusal"
        ),
    ],
)
async def test_what_is_wrong_with_the_pbx(
    tmp_path: Path, mischief: Mischief, name: str, says: str, remedy: str
) -> None:
    async with town(tmp_path) as there:
        mischief(there.pbx)
        lines = await look_at(there)
    assert failing(lines) == [name]
    assert says in lines[name].says
    assert remedy in lines[name].remedy


async def test_a_web_page_instead_of_the_pbx(tmp_path: Path) -> None:
    async with town(tmp_path) as there:
        lines = await look_at(there, YEASTAR_BASE_URL=there.slack.url)
    assert lines["PBX reach"].remedy.startswith("check that YEASTAR_BASE_URL names the PBX's web port")


async def test_a_wrong_secret_is_tried_once(tmp_path: Path) -> None:
    async with town(tmp_path) as there:
        lines = await look_at(there, YEASTAR_CLIENT_SECRET="not-the-secret")
        assert there.pbx.count("get_token") == 1
    assert failing(lines) == ["PBX login"]
    assert lines["PBX login"].says.startswith("the PBX does not take the client id and secret (20002")
    assert "YEASTAR_CLIENT_SECRET" in lines["PBX login"].remedy
    assert "not-the-secret" not in str(lines)


async def test_after_five_wrong_secrets_the_address_is_blocked(tmp_path: Path) -> None:
    async with town(tmp_path) as there:
        for _ in range(5):
            await look_at(there, YEASTAR_CLIENT_SECRET="not-the-secret", SLACK_BOT_TOKEN="")
        lines = await look_at(there, SLACK_BOT_TOKEN="")
    assert lines["PBX login"].says.startswith("this machine's address is blocked after five bad logins (70004")
    assert "Security > Blocked IPs" in lines["PBX login"].remedy


async def test_when_every_token_is_taken_the_login_says_so(tmp_path: Path) -> None:
    async with town(tmp_path) as there:
        for _ in range(8):
            there.pbx._rest.logins.tokens.take()
        lines = await look_at(there)
    assert failing(lines) == ["PBX login"]
    assert "all 8 access tokens are in use" in lines["PBX login"].says


URL = "https://192.168.5.150:8088"
PBX = {"YEASTAR_BASE_URL": URL, "YEASTAR_CLIENT_ID": "id", "YEASTAR_CLIENT_SECRET": "secret"}
API = f"{URL}/openapi/v1.0"


async def look_at_pbx(answers: dict[str, Any], **changes: str) -> Lines:
    """The lines about a PBX that gives these answers."""
    settings = read_settings(Mode.ASK, environ=PBX | changes, env_file=Path("/nowhere/.env"))
    open_pbx = partial(open_phones, clock=SystemClock())
    usual = {
        "get_token": {"errcode": 0, "access_token": "A"},
        "recording/list": {"errcode": 0, "total_number": 1_284, "data": []},
        "system/information": {"errcode": 10001},
        "del_token": {"errcode": 0},
    }
    with respx.mock(assert_all_called=False) as network:
        for path, answer in (usual | answers).items():
            said = {"json": answer} if isinstance(answer, dict) else {"text": answer}
            network.route(url__startswith=f"{API}/{path}").respond(**said)
        return {check.name: check async for check in pbx_checks(settings, open_pbx)}


PASSED = ["PBX reach", "PBX certificate", "PBX login", "PBX recordings", "PBX clock"]


@pytest.mark.parametrize(
    ("answers", "failed", "after"),
    [
        pytest.param({"get_token": "<html>"}, "PBX reach", 0, id="a web page"),
        pytest.param({"get_token": {"errcode": 20002}}, "PBX login", 2, id="a wrong secret"),
        pytest.param({"get_token": {"errcode": 70004}}, "PBX login", 2, id="a blocked address"),
        pytest.param({"get_token": {"errcode": 60002}}, "PBX login", 2, id="no free token"),
        pytest.param({"get_token": {"errcode": 10001}}, "PBX login", 2, id="no API"),
        pytest.param({"get_token": {"errcode": 10002}}, "PBX login", 2, id="an API out of maintenance"),
        pytest.param({"get_token": {"errcode": 10003}}, "PBX login", 2, id="an API that is not supported"),
        pytest.param({"recording/list": {"errcode": 10005}}, "PBX recordings", 3, id="no permission"),
        pytest.param({"recording/list": {"errcode": -1}}, "PBX recordings", 3, id="a plain no"),
        pytest.param({"system/information": {"errcode": 70004}}, "PBX clock", 4, id="an address blocked just now"),
    ],
)
async def test_all_before_what_failed_is_well_and_nothing_after_it_is_tried(
    answers: dict[str, Any], failed: str, after: int
) -> None:
    lines = await look_at_pbx(answers)
    assert failing(lines) == [failed]
    assert list(lines) == PASSED[: after + 1]


@pytest.mark.parametrize("code", [10001, 10005, 60001, -1])
async def test_a_clock_that_may_not_be_asked_for_is_not_told(code: int) -> None:
    lines = await look_at_pbx({"system/information": {"errcode": code}})
    assert lines["PBX recordings"].says == "may be listed, 1,284 of them"
    assert lines["PBX clock"] == Check(
        "PBX clock",
        ok=True,
        says="not told by this PBX; dates as not told, times as not told;"
        " set PBX_TIMEZONE if recordings show a wrong time",
    )
    zone = await look_at_pbx({"system/information": {"errcode": code}}, PBX_TIMEZONE="Asia/Shanghai")
    assert zone["PBX clock"].says == "not told by this PBX; dates as not told, times as not told"


async def test_who_vouches_for_the_certificate_is_said(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "ca.pem")
    ca_file, pin = {"PBX_CA_FILE": str(certificate.path)}, {"PBX_CERT_SHA256": certificate.fingerprint}
    says = [(await look_at_pbx({}, **given))["PBX certificate"].says for given in ({}, ca_file, pin, ca_file | pin)]
    assert says == [
        "trusted, by an authority that this system trusts",
        "trusted, by PBX_CA_FILE",
        "trusted, it is the one in PBX_CERT_SHA256",
        "trusted, it is the one in PBX_CERT_SHA256",
    ]


@pytest.mark.parametrize(
    ("seconds", "zone", "ok", "says"),
    [
        pytest.param(0, "", True, "right", id="well"),
        pytest.param(-55, "", True, "right", id="nearly a minute behind"),
        pytest.param(55, "", True, "right", id="nearly a minute ahead"),
        pytest.param(-65, "", False, r"6\d s apart from this machine's", id="more than a minute behind"),
        pytest.param(65, "", False, r"6\d s apart from this machine's", id="more than a minute ahead"),
        pytest.param(0, "Asia/Shanghai", True, "right", id="the zone that is set"),
        pytest.param(0, "America/New_York", False, "not in the zone America/New_York now", id="another zone"),
        pytest.param(600, "America/New_York", False, r"\d+ s apart from this machine's", id="both: the clock first"),
    ],
)
async def test_the_clock(seconds: int, zone: str, ok: bool, says: str) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    data = {
        "system_time": f"{moment + timedelta(hours=8):%Y/%m/%d %H:%M:%S}",
        "system_date_format": "YYYY/MM/DD",
        "system_time_format": "hh:mm:ss",
        "timestamp": int(moment.timestamp()),
    }
    check = (await look_at_pbx({"system/information": {"errcode": 0, "data": data}}, PBX_TIMEZONE=zone))["PBX clock"]
    assert check.ok is ok
    assert bool(check.remedy) is not ok
    assert re.fullmatch(f"{says}; dates as YYYY/MM/DD, times as hh:mm:ss", check.says)


async def test_a_zone_is_not_doubted_where_the_pbx_tells_only_the_moment() -> None:
    data = {"system_time": "?", "timestamp": int(datetime.now(UTC).timestamp())}
    lines = await look_at_pbx({"system/information": {"errcode": 0, "data": data}}, PBX_TIMEZONE="America/New_York")
    assert lines["PBX clock"].ok


async def test_the_pbx_own_certificate_is_pinned_as_the_line_says(tmp_path: Path) -> None:
    fingerprint = make_certificate(tmp_path / "pbx.pem").fingerprint
    pbx = PbxStandIn()
    async with town(tmp_path) as there, pbx.serve(ssl_certfile=str(tmp_path / "pbx.pem")) as url:
        lines = await look_at(there, YEASTAR_BASE_URL=url)
        assert failing(lines) == ["PBX certificate"]
        assert "not trusted: self-signed certificate" in lines["PBX certificate"].says
        assert f"set PBX_CERT_SHA256={fingerprint}" in lines["PBX certificate"].remedy
        assert pbx.count() == 0
        pinned = await look_at(there, YEASTAR_BASE_URL=url, PBX_CERT_SHA256=fingerprint)
        other = await look_at(there, YEASTAR_BASE_URL=url, PBX_CERT_SHA256="AB" * 32)
    assert pinned["PBX certificate"].says == "trusted, it is the one in PBX_CERT_SHA256"
    assert failing(pinned) == []
    assert "not the one pinned in PBX_CERT_SHA256" in other["PBX certificate"].says


async def test_a_ca_file_without_a_certificate(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("not a certificate")
    async with town(tmp_path) as there:
        lines = await look_at(there, YEASTAR_BASE_URL="https://127.0.0.1:9", PBX_CA_FILE=str(tmp_path / "ca.pem"))
    assert failing(lines) == ["PBX certificate"]
    assert "holds no certificate" in lines["PBX certificate"].says


@pytest.mark.parametrize(
    ("changes", "name", "says", "remedy"),
    [
        pytest.param(
            {"SLACK_BOT_TOKEN": "xoxb-wrong"}, "Slack bot token", "invalid_auth", "SLACK_BOT_TOKEN", id="bot token"
        ),
        pytest.param(
            {"SLACK_APP_TOKEN": "xapp-wrong"}, "Slack app token", "invalid_auth", "SLACK_APP_TOKEN", id="app token"
        ),
        pytest.param(
            {"SLACK_API_URL": "http://127.0.0.1:9/api/"},
            "Slack bot token",
            "cannot be reached",
            "SLACK_API_URL",
            id="Slack out of reach",
            marks=pytest.mark.slow,  # the SDK tries for three seconds
        ),
        pytest.param(
            {"RECORDINGS_CHANNEL": "#lobby"},
            "Slack channel",
            "the bot is not in #lobby",
            "/invite @Recordings in #lobby",
            id="not invited",
        ),
        pytest.param(
            {"RECORDINGS_CHANNEL": "#clals"},
            "Slack channel",
            "the bot sees no channel #clals",
            "or correct RECORDINGS_CHANNEL",
            id="no such channel",
        ),
        pytest.param(
            {"RECORDINGS_CHANNEL": "C0BOARD"},
            "Slack channel",
            "the bot sees no channel C0BOARD",
            "/invite",
            id="a private channel without the bot",
        ),
    ],
)
async def test_what_is_wrong_with_slack(
    tmp_path: Path, changes: dict[str, str], name: str, says: str, remedy: str
) -> None:
    async with town(tmp_path) as there:
        lines = await look_at(there, **changes)
    assert failing(lines) == [name]
    assert says in lines[name].says
    assert remedy in lines[name].remedy


async def test_missing_scopes_are_named(tmp_path: Path) -> None:
    slack = SlackStandIn(scopes=SCOPES - {"groups:history", "chat:write"})
    async with town(tmp_path, slack=slack) as there:
        lines = await look_at(there)
    assert lines["Slack scopes"] == Check(
        "Slack scopes",
        ok=False,
        says="missing: chat:write, groups:history",
        remedy="install the app again from `python -m bot manifest`",
    )


async def test_scopes_that_slack_does_not_tell_are_not_missing(tmp_path: Path) -> None:
    async with town(tmp_path, slack=SlackStandIn(scopes=frozenset())) as there:
        lines = await look_at(there)
    assert lines["Slack scopes"] == Check("Slack scopes", ok=True, says="not told by Slack")


async def test_what_is_not_set_and_need_not_be_is_said(tmp_path: Path) -> None:
    async with town(tmp_path) as there:
        socket = await look_at(there, SLACK_SIGNING_SECRET="", RECORDINGS_CHANNEL="")
        web = await look_at(there, SLACK_APP_TOKEN="")
    assert (failing(socket), failing(web)) == (["Slack alerts"], [])
    assert socket["Slack alerts"].says == "nobody is told of trouble"
    assert socket["Slack signing secret"].says == "not set, only `web` needs it"
    assert socket["Slack channel"].says.startswith("no channel is told of new recordings")
    assert web["Slack app token"].says == "not set, only `run` needs it"


async def test_without_settings_the_rest_is_passed_over(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'recordings.db'}"
    checks = [check async for check in doctor({"DATABASE_URL": url}, tmp_path / ".env")]
    wrong = [check.says.split()[0] for check in checks if check.name == "settings"]
    tokens = ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"]
    assert wrong == [*tokens, "YEASTAR_BASE_URL", "YEASTAR_CLIENT_ID", "YEASTAR_CLIENT_SECRET"]
    assert {check.remedy for check in checks if not check.ok} == {"set it in the environment or in .env"}
    assert [check.name for check in checks if check.ok] == ["database"]


@pytest.mark.parametrize(
    ("content", "says", "remedy"),
    [
        pytest.param(None, "The database file cannot be opened", "its folder must exist", id="its folder is missing"),
        pytest.param(
            b"no database, but longer than a header" * 9, "is no SQLite database", "restore", id="no database"
        ),
    ],
)
async def test_a_database_that_cannot_be_used_hides_nothing_else(
    tmp_path: Path, content: bytes | None, says: str, remedy: str
) -> None:
    file = tmp_path / ("missing/here.db" if content is None else "here.db")
    if content is not None:
        file.write_bytes(content)
    async with town(tmp_path) as there:
        lines = await look_at(there, DATABASE_URL=f"sqlite:///{file}")
    assert failing(lines) == ["database"]
    assert says in lines["database"].says
    assert remedy in lines["database"].remedy
    assert f"(DATABASE_URL is sqlite:///{file})" in lines["database"].remedy


@pytest.mark.parametrize("problem", [None, ArchiveError("The database is broken: mend it.")])
async def test_the_database_s_password_is_not_shown(tmp_path: Path, problem: ArchiveError | None) -> None:
    async def read_status(_settings: Settings) -> Status:
        if problem:
            raise problem
        return status()

    url = "postgresql://bot:pass-word@db/recordings"
    checks = examine(
        {"DATABASE_URL": url},
        tmp_path / ".env",
        read_status=read_status,
        open_pbx=open_nothing,
        open_slack=open_nothing,
    )
    said = [f"{check.says} {check.remedy}" async for check in checks]
    assert "postgresql://bot:…@db/recordings" in "".join(said)
    assert "pass-word" not in "".join(said)


def open_nothing(_settings: Settings) -> NoReturn:
    raise AssertionError


async def test_a_database_that_cannot_be_written(tmp_path: Path) -> None:
    there = "sqlite:////proc/version"  # read-only for root too
    checks = [check async for check in doctor({"DATABASE_URL": there}, tmp_path / ".env")]
    (database,) = [check for check in checks if check.name == "database"]
    assert (database.ok, database.says) == (False, "The database file cannot be opened")


async def test_who_is_told_of_trouble_is_looked_for(tmp_path: Path) -> None:
    async with town(tmp_path) as there:
        lobby = await look_at(there, ALERT_CHANNEL="#lobby")
        people = await look_at(there, RECORDINGS_ADMINS="S0SUPPORT,U0ADA")
        nobody = await look_at(there, RECORDINGS_ADMINS="S0NOBODY")
        stranger = await look_at(there, RECORDINGS_ADMINS="U0ADA,U0NOBODY")
    assert failing(lobby) == failing(nobody) == failing(stranger) == ["Slack alerts"]
    assert lobby["Slack alerts"].remedy == "type /invite @Recordings in #lobby, or correct ALERT_CHANNEL"
    assert people["Slack alerts"].says == "go to 3 people by direct message"
    assert nobody["Slack alerts"].remedy == "correct RECORDINGS_ADMINS"


async def test_what_the_bot_really_posted_is_told(tmp_path: Path) -> None:
    """A test message that works would prove nothing of the way that recordings take."""
    async with town(tmp_path) as there, Bot("run", settings=there.settings(), folder=tmp_path) as bot:
        await until(lambda: there.slack.posts("C0CALLS"))
        there.place_call()
        await until(there.posted)
        await there.polled(3)
        running = await look_at(there)
        await bot.stop()
    assert failing(running) == []
    assert running["bot"].says == "runs"
    assert re.fullmatch(r"last recording posted \d+ s ago, \d+ s after its call; 0 waiting", _posts(running).says)


def _posts(lines: Lines) -> Check:
    return lines["posts to C0CALLS"]


@pytest.mark.parametrize(
    ("state", "says", "remedy"),
    [
        pytest.param(channel_state(), "no recording posted yet; 0 waiting", "", id="nothing yet"),
        pytest.param(
            channel_state(paused_since=NOON, problem="Slack refuses the post (is_archived)", pending=3),
            "paused: Slack refuses the post (is_archived); no recording posted yet",
            "it goes on once that is mended",
            id="paused",
        ),
        pytest.param(
            channel_state(
                pending=3, oldest_pending_at=NOON - timedelta(hours=2), last_sent_at=NOON - timedelta(days=1)
            ),
            "3 waiting, the oldest for 2 h; last recording posted 1 day ago",
            "see /recordings status and the log",
            id="late",
        ),
        pytest.param(
            channel_state(pending=1, oldest_pending_at=NOON - timedelta(hours=2), problem="Slack is busy"),
            "1 waiting, the oldest for 2 h: Slack is busy; no recording posted yet",
            "see /recordings status and the log",
            id="late, and why",
        ),
        pytest.param(
            channel_state(pending=1, oldest_pending_at=NOON - timedelta(minutes=15)),
            "no recording posted yet; 1 waiting",
            "",
            id="a quarter of an hour is not late",
        ),
        pytest.param(
            channel_state(pending=1, oldest_pending_at=NOON - timedelta(minutes=15, seconds=1)),
            "1 waiting, the oldest for 15 min; no recording posted yet",
            "see /recordings status and the log",
            id="more than that is",
        ),
        pytest.param(
            channel_state(last_sent_at=NOON - timedelta(minutes=5), last_delay=timedelta(seconds=7)),
            "last recording posted 5 min ago, 7 s after its call; 0 waiting",
            "",
            id="well",
        ),
    ],
)
def test_how_posts_to_a_channel_fare(state: ChannelState, says: str, remedy: str) -> None:
    (check,) = [check for check in status_checks(status(channels=(state,))) if check.name.startswith("posts")]
    assert (check.says, check.remedy, check.ok) == (says, remedy, not remedy)


@pytest.mark.parametrize(
    ("silence", "ok", "says"),
    [
        pytest.param(timedelta(0), True, "runs", id="seen just now"),
        pytest.param(SILENT, True, "runs", id="seen within its time"),
        pytest.param(
            SILENT + timedelta(hours=1), False, "does not run; last seen 2026-11-24 10:58 UTC", id="not seen for long"
        ),
    ],
)
def test_whether_the_bot_runs(silence: timedelta, ok: bool, says: str) -> None:
    (check,) = status_checks(status(watched_at=NOON - silence))
    assert (check.name, check.ok, check.says, bool(check.remedy)) == ("bot", ok, says, not ok)


def test_of_a_bot_that_never_ran_nothing_is_said() -> None:
    assert list(status_checks(status(watched_at=None))) == []


@pytest.mark.parametrize(
    ("error", "says", "remedy"),
    [
        pytest.param(
            PbxUntrusted("pbx:8088 is not trusted. Set PBX_CERT_SHA256=AB:CD.", fingerprint="AB:CD"),
            "pbx:8088 is not trusted",
            "Set PBX_CERT_SHA256=AB:CD",
            id="a certificate: its own words",
        ),
        pytest.param(
            PbxUntrusted("pbx:8088 is not trusted.", fingerprint=None),
            "pbx:8088 is not trusted",
            "name its authority in PBX_CA_FILE, or its fingerprint in PBX_CERT_SHA256",
            id="a certificate that could not be read",
        ),
        pytest.param(
            PbxUnreachable("The PBX gives no answer. Perhaps later."),
            "The PBX gives no answer",
            "check YEASTAR_BASE_URL, the network and the PBX's firewall",
            id="silence",
        ),
        pytest.param(
            PbxRefused("no", errcode=-1, errmsg="FAILURE", meaning="the request failed: see the log"),
            "the request failed: see the log (-1 FAILURE)",
            "see Integrations > API on the PBX, or try again later",
            id="a plain no, with its whole meaning",
        ),
        pytest.param(
            PbxForbidden("no", errcode=10005, meaning="no permission: grant it"),
            "no permission (10005)",
            "give the application the permission for call recordings under Integrations > API",
            id="no permission: the meaning's advice is left out",
        ),
        pytest.param(
            PbxNotFound("no", errcode=60001, meaning="no data"),
            "no data (60001)",
            "`latest` lists what there is",
            id="no such recording",
        ),
        pytest.param(
            SlackError("Slack says no.", code="fatal_error"),
            "Slack says fatal_error",
            "check the network, and SLACK_API_URL if it is set",
            id="Slack, by the error's name",
        ),
        pytest.param(
            SlackUnreachable("Slack cannot be reached. Perhaps later."),
            "Slack cannot be reached",
            "check the network, and SLACK_API_URL if it is set",
            id="Slack, out of reach",
        ),
        pytest.param(
            SlackBusy("busy", retry_after=timedelta(seconds=1)),
            "Slack says ratelimited",
            "try again in a minute",
            id="Slack, busy",
        ),
        pytest.param(
            SlackScopeMissing("no", code="missing_scope"),
            "Slack says missing_scope",
            "install the app again from `python -m bot manifest`",
            id="Slack, a scope",
        ),
        pytest.param(
            ArchiveError("The database is locked. Perhaps later."),
            "The database is locked",
            "try again in a minute",
            id="the database",
        ),
    ],
)
def test_what_is_wrong_and_what_to_do(error: BotError, says: str, remedy: str) -> None:
    assert explain_to_admin(error) == (says, remedy)


@pytest.mark.parametrize(
    ("figures", "ok"),
    [
        pytest.param({"listed": 1_284, "stored": 1_284, "late": 0, "deleted": 3}, True, id="whole"),
        pytest.param({"listed": 1_284, "stored": 1_283, "late": 0, "deleted": 0}, False, id="something is missing"),
        pytest.param({"listed": 1_284, "stored": 1_285, "late": 0, "deleted": 0}, False, id="something is too much"),
        pytest.param(
            {"listed": 1_284, "stored": 1_284, "late": 0, "deleted": 0, "skipped": 1}, False, id="unread rows"
        ),
    ],
)
def test_the_daily_proof_is_told(figures: dict[str, int], ok: bool) -> None:
    _, check = status_checks(status(reconciliation=Reconciliation(at=NOON, **figures)))
    assert check.ok is ok
    assert check.says == f"24 Nov 12:00 UTC: {figures['stored']:,} of 1,284 held, 0 found late"
    assert check.remedy == ("" if ok else "see the log; the next proof tries again")
