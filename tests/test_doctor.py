"""The doctor's lines, well and failing, against both stand-ins."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.demo.pbx import PbxStandIn
from bot.demo.slack import SCOPES, SlackStandIn
from bot.doctor import Check, examine
from bot.doctor.archive import work_checks
from bot.domain.proof import Proof
from bot.domain.status import ChannelState
from tests.process import Bot, Town, town, until
from tests.stage import NOON, channel_state, status

Lines = dict[str, Check]
Mischief = Callable[[PbxStandIn], None]


async def look(settings: dict[str, str], folder: Path) -> Lines:
    """Every line by its name; several of one name under the first."""
    lines: Lines = {}
    async for check in examine(settings, folder / ".env"):
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


@pytest.mark.parametrize(
    ("pbx", "changes", "ok", "says"),
    [
        pytest.param(
            PbxStandIn(clock=lambda: datetime.now(UTC) + timedelta(minutes=10)),
            {},
            False,
            " s apart from this machine's",
            id="clocks apart",
        ),
        pytest.param(PbxStandIn(), {"PBX_TIMEZONE": "Asia/Shanghai"}, True, "right;", id="the zone agrees"),
        pytest.param(
            PbxStandIn(),
            {"PBX_TIMEZONE": "America/New_York"},
            False,
            "not in the zone America/New_York",
            id="wrong zone",
        ),
        pytest.param(
            PbxStandIn(date_format="YYYY/MM/DD", twelve_hour=True), {}, True, "dates as YYYY/MM/DD", id="its formats"
        ),
    ],
)
async def test_the_clock(tmp_path: Path, pbx: PbxStandIn, changes: dict[str, str], ok: bool, says: str) -> None:
    async with town(tmp_path, pbx=pbx) as there:
        lines = await look_at(there, **changes)
    assert lines["PBX clock"].ok is ok
    assert says in lines["PBX clock"].says


async def test_a_clock_that_is_not_told(tmp_path: Path) -> None:
    async with town(tmp_path) as there:
        there.pbx.faults.no_formats = True
        lines = await look_at(there)
    assert lines["PBX clock"].ok
    assert lines["PBX clock"].says.endswith("set PBX_TIMEZONE if recordings show a wrong time")


def self_signed(path: Path) -> str:
    """An appliance's own certificate, with its key; its fingerprint."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "UCCPBX")])
    certificate = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=datetime.now(UTC) - timedelta(days=1),
        not_valid_after=datetime.now(UTC) + timedelta(days=1),
    ).sign(key, hashes.SHA256())
    pem, kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(certificate.public_bytes(pem) + key.private_bytes(pem, kind, serialization.NoEncryption()))
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


async def test_the_pbx_own_certificate_is_pinned_as_the_line_says(tmp_path: Path) -> None:
    fingerprint = self_signed(tmp_path / "pbx.pem")
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
    checks = [check async for check in examine({"DATABASE_URL": url}, tmp_path / ".env")]
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


async def test_a_database_that_cannot_be_written(tmp_path: Path) -> None:
    there = "sqlite:////proc/version"  # read-only for root too
    checks = [check async for check in examine({"DATABASE_URL": there}, tmp_path / ".env")]
    (database,) = [check for check in checks if check.name == "database"]
    assert (database.ok, database.says) == (False, "The database file cannot be opened")


async def test_who_is_told_of_trouble_is_looked_for(tmp_path: Path) -> None:
    async with town(tmp_path) as there:
        lobby = await look_at(there, ALERT_CHANNEL="#lobby")
        people = await look_at(there, RECORDINGS_ADMINS="S0SUPPORT,U0ADA")
        nobody = await look_at(there, RECORDINGS_ADMINS="S0NOBODY")
    assert failing(lobby) == failing(nobody) == ["Slack alerts"]
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
            channel_state(paused_since=NOON, problem="Slack refuses the post (is_archived)", owed=3),
            "paused: Slack refuses the post (is_archived); no recording posted yet",
            "it goes on once that is mended",
            id="paused",
        ),
        pytest.param(
            channel_state(owed=3, oldest_owed_at=NOON - timedelta(hours=2), last_sent_at=NOON - timedelta(days=1)),
            "3 waiting, the oldest for 2 h; last recording posted 1 day ago",
            "see /recordings status and the log",
            id="late",
        ),
    ],
)
def test_how_posts_to_a_channel_fare(state: ChannelState, says: str, remedy: str) -> None:
    (check,) = [check for check in work_checks(status(channels=(state,))) if check.name.startswith("posts")]
    assert (check.says, check.remedy, check.ok) == (says, remedy, not remedy)


def test_a_bot_that_does_not_run_is_told() -> None:
    seen = NOON - timedelta(hours=1)
    (check,) = work_checks(status(watched_at=seen))
    assert (check.ok, check.says) == (False, "does not run; last seen 2026-11-24 11:00 UTC")


@pytest.mark.parametrize(
    ("figures", "ok"),
    [
        pytest.param({"listed": 1_284, "held": 1_284, "late": 0, "gone": 3}, True, id="whole"),
        pytest.param({"listed": 1_284, "held": 1_283, "late": 0, "gone": 0}, False, id="something is missing"),
        pytest.param({"listed": 1_284, "held": 1_284, "late": 0, "gone": 0, "skipped": 1}, False, id="unread rows"),
    ],
)
def test_the_daily_proof_is_told(figures: dict[str, int], ok: bool) -> None:
    _, check = work_checks(status(proof=Proof(at=NOON, **figures)))
    assert check.ok is ok
    assert check.says == f"24 Nov 12:00 UTC: {figures['held']:,} of 1,284 held, 0 found late"
