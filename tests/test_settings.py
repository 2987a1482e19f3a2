"""Settings: where they come from, what each mode needs, and how all that is wrong with them is told at once."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.health import Patience
from bot.errors import SettingsError
from bot.settings import Mode, Settings, look_over, read_settings, setting_rows

NO_FILE = Path("/nowhere/.env")
PBX = {
    "YEASTAR_BASE_URL": "https://192.168.5.150:8088",
    "YEASTAR_CLIENT_ID": "client",
    "YEASTAR_CLIENT_SECRET": "pbx-secret-value",
}
RUN = PBX | {"SLACK_BOT_TOKEN": "xoxb-1-bot-token", "SLACK_APP_TOKEN": "xapp-1-app-token"}
FINGERPRINT = ":".join(["0A"] * 32)


def read(mode: Mode = Mode.RUN, environ: Mapping[str, str] = RUN) -> Settings:
    return read_settings(mode, environ=environ, env_file=NO_FILE)


def problems(mode: Mode, environ: Mapping[str, str]) -> tuple[str, ...]:
    return look_over(mode, environ=environ, env_file=NO_FILE)[1]


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("slack_api_url", "https://slack.com/api/"),
        ("database_url", "sqlite:///recordings.db"),
        ("port", 3000),
        ("poll_every", timedelta(seconds=10)),
        ("patience", Patience(failure=timedelta(minutes=5))),
        ("keep_for", None),
        ("log_level", "INFO"),
        ("recordings_channel", None),
        ("recordings_admins", ()),
        ("alert_channel", None),
        ("pbx_timezone", None),
        ("phone_region", None),
        ("pbx_ca_file", None),
        ("pbx_cert_sha256", None),
    ],
)
def test_defaults_stand_where_nothing_is_given(name: str, default: object) -> None:
    assert getattr(read(), name) == default


@pytest.mark.parametrize(
    ("mode", "missing"),
    [
        pytest.param(Mode.RUN, ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", *PBX], id="run needs both tokens and the PBX"),
        pytest.param(Mode.WEB, ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", *PBX], id="web needs the signing secret"),
        pytest.param(Mode.WORKER, ["SLACK_BOT_TOKEN", *PBX], id="worker needs the bot token and the PBX"),
        pytest.param(Mode.ASK, [*PBX], id="ask needs the PBX alone"),
        pytest.param(Mode.MIGRATE, [], id="migrate needs nothing"),
        pytest.param(Mode.DOCTOR, ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", *PBX], id="the doctor expects run"),
    ],
)
def test_all_that_is_missing_is_named_at_once(mode: Mode, missing: list[str]) -> None:
    assert [line.split(" is missing: ")[0] for line in problems(mode, {})] == missing


APP, SIGNING = {"SLACK_APP_TOKEN": "xapp-1"}, {"SLACK_SIGNING_SECRET": "s"}


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        pytest.param({}, ["SLACK_APP_TOKEN"], id="neither: run is expected"),
        pytest.param(APP, [], id="an app token alone: run is meant"),
        pytest.param(SIGNING, [], id="a signing secret alone: web is meant"),
        pytest.param(APP | SIGNING, [], id="both"),
        pytest.param(SIGNING | {"SLACK_BOT_TOKEN": ""}, ["SLACK_BOT_TOKEN"], id="web needs the bot token, too"),
    ],
)
def test_the_doctor_tells_run_and_web_apart(given: dict[str, str], missing: list[str]) -> None:
    lines = problems(Mode.DOCTOR, PBX | {"SLACK_BOT_TOKEN": "xoxb-1"} | given)
    assert [line.split(" is missing: ")[0] for line in lines] == missing


def test_a_line_says_what_a_setting_is_for_and_shows_an_example() -> None:
    with pytest.raises(SettingsError) as raised:
        read(Mode.ASK, {})
    assert raised.value.problems[0] == (
        "YEASTAR_BASE_URL is missing: where the PBX answers, scheme, host and port, e.g. https://192.168.5.150:8088"
    )


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        pytest.param("SLACK_BOT_TOKEN", "xapp-1-a", "belongs into SLACK_APP_TOKEN", id="an app token as bot token"),
        pytest.param("SLACK_APP_TOKEN", "xoxb-1-a", "belongs into SLACK_BOT_TOKEN", id="a bot token as app token"),
        pytest.param("SLACK_BOT_TOKEN", "xoxp-1-a", "does not begin with xoxb-", id="a person's token"),
        pytest.param("SLACK_API_URL", "slack.com/api", "does not begin with http", id="Slack without a scheme"),
        pytest.param("YEASTAR_BASE_URL", "192.168.5.150:8088", "does not begin with http", id="a PBX without a scheme"),
        pytest.param("YEASTAR_BASE_URL", "https://", "and a host", id="a PBX without a host"),
        pytest.param("YEASTAR_BASE_URL", "https://pbx/admin", "has a path", id="a PBX with a path"),
        pytest.param("YEASTAR_BASE_URL", "https://pbx:port", "is no address", id="a port that is a word"),
        pytest.param("YEASTAR_BASE_URL", "https://a:b@pbx", "more than an address", id="a login in the address"),
        pytest.param("DATABASE_URL", "postgresql://bot@db", "names no database", id="PostgreSQL without a database"),
        pytest.param("DATABASE_URL", "mysql://h/d", "does not begin with sqlite:///", id="another database"),
        pytest.param("DATABASE_URL", "recordings.db", "does not begin with sqlite:///", id="a bare file name"),
        pytest.param("DATABASE_URL", "sqlite://recordings.db", "needs three slashes", id="two slashes"),
        pytest.param("YEASTAR_BASE_URL", "ftp://pbx", "does not begin with http", id="a PBX by FTP"),
        pytest.param("YEASTAR_BASE_URL", "https://pbx/openapi/v1.0/x", "has a path", id="a path below the API's"),
        pytest.param("YEASTAR_BASE_URL", "https://pbx?token=1", "more than an address", id="a query in the address"),
        pytest.param("YEASTAR_BASE_URL", "https://pbx#top", "more than an address", id="a fragment in the address"),
        pytest.param("SLACK_API_URL", "https://a@slack.com/api/", "more than an address", id="a login at Slack"),
        pytest.param("DATABASE_URL", "sqlite:/r.db", "does not begin with sqlite:///", id="one slash"),
        pytest.param("PORT", "0", "is not between 1 and 65535", id="a port too low"),
        pytest.param("PORT", "65536", "is not between 1 and 65535", id="a port too high"),
        pytest.param("PORT", "80.0", "is not a whole number", id="a port with a fraction"),
        pytest.param("PORT", "http", "is not a whole number", id="a port's name"),
        pytest.param("POLL_SECONDS", "0", "is not between 0.1 and 3600", id="polling without a pause"),
        pytest.param("POLL_SECONDS", "0.09", "is not between 0.1 and 3600", id="polling without end"),
        pytest.param("POLL_SECONDS", "3600.1", "is not between 0.1 and 3600", id="polling too seldom"),
        pytest.param("ALERT_AFTER_SECONDS", "0.9", "is not between 1 and 86400", id="trouble told at once"),
        pytest.param("ALERT_AFTER_SECONDS", "86401", "is not between 1 and 86400", id="trouble told too late"),
        pytest.param("ARCHIVE_DAYS", "0", "is not between 1 and 36500", id="an archive of nothing"),
        pytest.param("ARCHIVE_DAYS", "36501", "is not between 1 and 36500", id="an archive of a century"),
        pytest.param("ARCHIVE_DAYS", "a year", "is not a whole number", id="an age in words"),
        pytest.param("RECORDINGS_ADMINS", "U012AB3CD,ada", "no id of a user or user group", id="a person's name"),
        pytest.param("RECORDINGS_ADMINS", "C0123ABC", "no id of a user or user group", id="a channel for a person"),
        pytest.param("RECORDINGS_ADMINS", "U0", "no id of a user or user group", id="half an id"),
        pytest.param("RECORDINGS_ADMINS", "U012AB3CD S045EF6GH", "no id of a user", id="ids without commas"),
        pytest.param("PHONE_REGION", "GBR", "is no country's two letters", id="three letters"),
        pytest.param("PHONE_REGION", "XX", "is no country's two letters", id="no country"),
        pytest.param("POLL_SECONDS", "nan", "is not between 0.1 and 3600", id="no number at all"),
        pytest.param("POLL_SECONDS", "soon", "is not a number of seconds", id="a pause in words"),
        pytest.param("RECORDINGS_CHANNEL", "#a, #b", "one channel's id", id="two channels"),
        pytest.param("RECORDINGS_CHANNEL", "#", "one channel's id", id="a mark without a name"),
        pytest.param("ALERT_CHANNEL", "<C0123ABC>", "one channel's id", id="a channel between angle brackets"),
        pytest.param("ALERT_CHANNEL", "<#C0123ABC>", "one channel's id", id="a channel as Slack writes it"),
        pytest.param("PBX_TIMEZONE", "europe/zurich", "did you mean Europe/Zurich?", id="a zone in small letters"),
        pytest.param("PBX_TIMEZONE", "Europe", "names no IANA time zone", id="half a zone"),
        pytest.param("PBX_TIMEZONE", "../etc/passwd", "names no IANA time zone", id="a path for a zone"),
        pytest.param("PBX_CA_FILE", "/nowhere/ca.pem", "cannot be read as a file", id="a CA file that is not there"),
        pytest.param("PBX_CA_FILE", "/", "cannot be read as a file", id="a folder for a CA file"),
        pytest.param("PBX_CERT_SHA256", "0A:0B", "is no SHA-256 fingerprint", id="a short fingerprint"),
        pytest.param("PBX_CERT_SHA256", "0A" * 32 + "0", "is no SHA-256 fingerprint", id="a digit too many"),
        pytest.param("PBX_CERT_SHA256", "0G" * 32, "is no SHA-256 fingerprint", id="letters beyond F"),
        pytest.param("LOG_LEVEL", "loud", "is none of DEBUG, INFO, WARNING, ERROR", id="an unknown level"),
    ],
)
def test_a_malformed_setting_says_so(name: str, value: str, problem: str) -> None:
    (line,) = problems(Mode.RUN, RUN | {name: value})
    assert line.startswith(f"{name} ")
    assert problem in line


@pytest.mark.parametrize(
    ("name", "value", "used"),
    [
        pytest.param("YEASTAR_BASE_URL", "https://pbx:8088/", "https://pbx:8088", id="a slash at the end"),
        pytest.param("YEASTAR_BASE_URL", "https://pbx:8088/openapi/v1.0/", "https://pbx:8088", id="the API's path"),
        pytest.param("YEASTAR_BASE_URL", "http://pbx", "http://pbx", id="a PBX without TLS"),
        pytest.param("YEASTAR_BASE_URL", "https://[fd00::1]:8088", "https://[fd00::1]:8088", id="IPv6"),
        pytest.param("SLACK_API_URL", "http://127.0.0.1:1/api", "http://127.0.0.1:1/api/", id="Slack without a slash"),
        pytest.param("DATABASE_URL", "sqlite:////var/lib/r.db", "sqlite:////var/lib/r.db", id="a path from the root"),
        pytest.param("RECORDINGS_CHANNEL", "#sales-calls", "#sales-calls", id="a channel's name"),
        pytest.param("RECORDINGS_CHANNEL", "C0123ABC", "C0123ABC", id="a channel's id"),
        pytest.param("PBX_TIMEZONE", "Asia/Shanghai", ZoneInfo("Asia/Shanghai"), id="a zone"),
        pytest.param("PBX_CA_FILE", __file__, Path(__file__), id="a file that is there"),
        pytest.param("PBX_CERT_SHA256", FINGERPRINT, "0a" * 32, id="a fingerprint with colons"),
        pytest.param("DATABASE_URL", "sqlite+aiosqlite:///r.db", "sqlite+aiosqlite:///r.db", id="with its driver"),
        pytest.param("ALERT_CHANNEL", "#it-alerts", "#it-alerts", id="a channel for alerts"),
        pytest.param("RECORDINGS_ADMINS", "U012AB3CD", ("U012AB3CD",), id="one person"),
        pytest.param("RECORDINGS_ADMINS", " W012 , S045EF6GH,", ("W012", "S045EF6GH"), id="a group, a comma behind"),
        pytest.param("PHONE_REGION", "gb", "GB", id="a country in small letters"),
        pytest.param("PORT", "1", 1, id="the lowest port"),
        pytest.param("PORT", "65535", 65535, id="the highest port"),
        pytest.param("ALERT_AFTER_SECONDS", "1", 1, id="the shortest trouble"),
        pytest.param("ALERT_AFTER_SECONDS", "86400", 86400, id="the longest trouble"),
        pytest.param("ARCHIVE_DAYS", "1", 1, id="the smallest archive"),
        pytest.param("ARCHIVE_DAYS", "36500", 36500, id="the largest archive"),
        pytest.param("POLL_SECONDS", "0.1", 0.1, id="the shortest pause"),
        pytest.param("POLL_SECONDS", "0.5", 0.5, id="half a second"),
        pytest.param("POLL_SECONDS", " 3600 ", 3600, id="the longest pause, with blanks"),
        pytest.param("LOG_LEVEL", "debug", "DEBUG", id="a level in small letters"),
    ],
)
def test_a_setting_is_read_as_the_bot_uses_it(name: str, value: str, used: object) -> None:
    assert getattr(read(environ=RUN | {name: value}), name.lower()) == used


def test_spans_are_read_as_spans() -> None:
    settings = read(environ=RUN | {"ARCHIVE_DAYS": "365", "ALERT_AFTER_SECONDS": "900", "POLL_SECONDS": "2.5"})
    assert settings.keep_for == timedelta(days=365)
    assert settings.patience == Patience(failure=timedelta(minutes=15))
    assert settings.poll_every == timedelta(seconds=2.5)


ARCHIVE_ONLY = {"DATABASE_URL": "sqlite:///here.db", "LOG_LEVEL": "DEBUG"}
ON_THE_PBX = {
    "PBX_TIMEZONE": "Asia/Shanghai",
    "PHONE_REGION": "GB",
    "PBX_CA_FILE": __file__,
    "PBX_CERT_SHA256": "0a" * 32,
}


@pytest.mark.parametrize(
    ("mode", "used"),
    [
        pytest.param(Mode.ASK, ARCHIVE_ONLY | ON_THE_PBX, id="ask: all that concerns the PBX, its certificate too"),
        pytest.param(Mode.MIGRATE, ARCHIVE_ONLY, id="migrate"),
        pytest.param(Mode.RUN, ARCHIVE_ONLY | ON_THE_PBX | {"PORT": "8080"}, id="run"),
        pytest.param(Mode.WORKER, ARCHIVE_ONLY | ON_THE_PBX | {"RECORDINGS_CHANNEL": "#calls"}, id="worker"),
        pytest.param(Mode.DOCTOR, ARCHIVE_ONLY | ON_THE_PBX | {"ALERT_CHANNEL": "#calls"}, id="doctor"),
    ],
)
def test_a_mode_reads_every_setting_that_it_uses(mode: Mode, used: dict[str, str]) -> None:
    settings = read(mode, RUN | used)
    assert {name: str(getattr(settings, name.lower())) for name in used} == used
    faults = dict.fromkeys(used, "not / a value")
    lines = problems(mode, RUN | faults)
    assert {line.split()[0] for line in lines} == set(used)


@pytest.mark.parametrize("empty", ["", "  "])
def test_empty_is_missing(empty: str) -> None:
    assert read(environ=RUN | {"PORT": empty}).port == 3000
    assert "is missing" in problems(Mode.RUN, RUN | {"SLACK_BOT_TOKEN": empty})[0]


def test_everything_wrong_is_told_together_in_the_order_of_the_settings() -> None:
    lines = problems(Mode.RUN, {"PORT": "x", "SLACK_BOT_TOKEN": "nonsense", "YEASTAR_CLIENT_ID": "id"})
    assert [line.split()[0] for line in lines] == [
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "YEASTAR_BASE_URL",
        "YEASTAR_CLIENT_SECRET",
        "PORT",
    ]


@pytest.mark.parametrize(
    ("mode", "environ"),
    [
        pytest.param(Mode.MIGRATE, {"YEASTAR_BASE_URL": "x", "SLACK_BOT_TOKEN": "x"}, id="migrate needs no PBX"),
        pytest.param(Mode.ASK, PBX | {"SLACK_BOT_TOKEN": "x", "PORT": "x"}, id="ask needs no Slack"),
    ],
)
def test_a_fault_in_a_setting_the_mode_does_not_use_stops_nothing(mode: Mode, environ: dict[str, str]) -> None:
    assert not read(mode, environ).slack_bot_token


def test_the_environment_wins_over_the_file_and_strangers_are_left_alone(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text('PORT=1111\nPOLL_SECONDS="20"\nSLACK_CLIENT_ID=1.2\nRECORDINGS_CHANNEL=#recordings\n')
    settings = read_settings(Mode.RUN, environ=RUN | {"PORT": "2222", "PATH": "/bin"}, env_file=env_file)
    assert (settings.port, settings.poll_seconds, settings.recordings_channel) == (2222, 20, "#recordings")


def test_an_empty_value_in_the_environment_leaves_the_files(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("PORT=1111\n")
    assert read_settings(Mode.RUN, environ=RUN | {"PORT": ""}, env_file=env_file).port == 1111


def test_a_file_that_is_not_text_is_a_problem_of_its_own(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_bytes(b"PORT=\xff\xfe\n")
    settings, lines = look_over(Mode.MIGRATE, environ={}, env_file=env_file)
    assert settings.port == 3000
    assert lines[0].startswith(f"{env_file} cannot be read")


def test_the_doctor_goes_on_with_what_can_be_used() -> None:
    settings, lines = look_over(Mode.DOCTOR, environ=RUN | {"PORT": "x", "POLL_SECONDS": "20"}, env_file=NO_FILE)
    assert (settings.port, settings.poll_seconds) == (3000, 20)
    assert len(lines) == 1


SECRETS = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "YEASTAR_CLIENT_SECRET")


@given(st.text("QWXYZ", min_size=12), st.sampled_from(SECRETS))
def test_no_secret_is_ever_shown(value: str, name: str) -> None:
    settings, lines = look_over(Mode.WEB, environ=RUN | {name: value, "PORT": "x"}, env_file=NO_FILE)
    assert value not in f"{settings!r} {settings} {lines}"
    with pytest.raises(SettingsError) as raised:
        read(Mode.WEB, {name: value})
    assert value not in f"{raised.value!r}"
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


def test_secrets_are_listed_for_the_log() -> None:
    assert read().secrets() == ("xoxb-1-bot-token", "xapp-1-app-token", "pbx-secret-value")
    signed = read(environ=RUN | {"SLACK_SIGNING_SECRET": "signing-secret"})
    assert signed.secrets() == ("xoxb-1-bot-token", "xapp-1-app-token", "signing-secret", "pbx-secret-value")
    assert read(Mode.MIGRATE).secrets() == ()


def test_the_password_in_the_database_s_address_is_a_secret() -> None:
    settings = read(Mode.RUN, RUN | {"DATABASE_URL": "postgresql://bot:s3%40cret-word@db/recordings"})
    assert settings.secrets()[-1] == "s3@cret-word"
    assert settings.shown_database_url == "postgresql://bot:…@db/recordings"
    assert "cret-word" not in repr(settings)
    settings = read(Mode.RUN, RUN | {"DATABASE_URL": "postgresql://db/recordings?user=bot&password=s3%40cret-word"})
    assert settings.secrets()[-1] == "s3@cret-word"
    assert settings.shown_database_url == "postgresql://db/recordings"


@pytest.mark.parametrize(
    ("name", "default"),
    [
        pytest.param("PORT", "3000", id="a number"),
        pytest.param("DATABASE_URL", "sqlite:///recordings.db", id="a text"),
        pytest.param("SLACK_BOT_TOKEN", "", id="a secret has none"),
        pytest.param("RECORDINGS_CHANNEL", "", id="nothing"),
        pytest.param("RECORDINGS_ADMINS", "", id="nobody"),
    ],
)
def test_a_default_is_shown_as_one_would_write_it(name: str, default: str) -> None:
    assert [row.default for row in setting_rows() if row.name == name] == [default]


def test_every_setting_has_a_purpose_and_an_example_that_is_valid() -> None:
    rows = setting_rows()
    assert all(row.what and row.example for row in rows)
    examples = {row.name: row.example for row in rows if row.name != "PBX_CA_FILE"}  # the file is not on this machine
    assert problems(Mode.RUN, examples) == ()
