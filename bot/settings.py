"""Every setting with its purpose, unit and default. Nothing else in the bot reads the environment.

The names in the environment and in `.env` are the fields' names in capitals. The environment wins over `.env`, and an
empty value counts as missing.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, DotEnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from bot import setting_checks as checks
from bot.domain.health import Patience
from bot.errors import SettingsError


class Settings(BaseSettings):
    """All settings, checked. A token, secret or URL that is not set and that the mode does not need is empty."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", validate_default=False, hide_input_in_errors=True)

    slack_bot_token: Annotated[SecretStr, AfterValidator(checks.token("xoxb-"))] = Field(
        SecretStr(""), description="the bot's token in your workspace", examples=["xoxb-1234-5678-abcd"]
    )
    slack_app_token: Annotated[SecretStr, AfterValidator(checks.token("xapp-"))] = Field(
        SecretStr(""), description="the app-level token, for `run`", examples=["xapp-1-A0123-4567-abcd"]
    )
    slack_signing_secret: SecretStr = Field(
        SecretStr(""), description="by which a request is known to be Slack's, for `web`", examples=["8f742231b10e8888"]
    )
    slack_api_url: Annotated[str, AfterValidator(checks.slack_url)] = Field(
        "https://slack.com/api/", description="where Slack's Web API answers", examples=["http://127.0.0.1:9000/api/"]
    )
    yeastar_base_url: Annotated[str, AfterValidator(checks.pbx_url)] = Field(
        "", description="where the PBX answers, scheme, host and port", examples=["https://192.168.5.150:8088"]
    )
    yeastar_client_id: str = Field(
        "", description="the client id that the PBX shows under Integrations > API", examples=["gHcJzZV1qkbWl3kTCLHg"]
    )
    yeastar_client_secret: SecretStr = Field(
        SecretStr(""), description="the client secret shown beside the client id", examples=["Ln4bWmFqK0pXrB7e"]
    )
    database_url: Annotated[str, AfterValidator(checks.database_url)] = Field(
        "sqlite:///recordings.db",
        description="the archive's database, a SQLite file or PostgreSQL",
        examples=["sqlite:////var/lib/recordings.db"],
        repr=False,  # a PostgreSQL address may hold a password
    )
    port: Annotated[int, BeforeValidator(checks.whole_number(1, 65535))] = Field(
        3000, description="the TCP port for Slack's requests (`web`) and the probes (all)", examples=["8080"]
    )
    recordings_channel: Annotated[str, AfterValidator(checks.channel)] | None = Field(
        None, description="a channel that is told of every new recording, its id or #name", examples=["#recordings"]
    )
    recordings_admins: Annotated[tuple[str, ...], BeforeValidator(checks.people)] = Field(
        (),
        description="who looks after the bot: ids of users or user groups, with commas between them",
        examples=["U012AB3CD,S045EF6GH"],
    )
    alert_channel: Annotated[str, AfterValidator(checks.channel)] | None = Field(
        None,
        description="who is told of trouble, a channel's id or #name; else RECORDINGS_ADMINS, else RECORDINGS_CHANNEL",
        examples=["#it-alerts"],
    )
    alert_after_seconds: Annotated[float, BeforeValidator(checks.seconds(1, 86_400))] = Field(
        300, description="seconds that trouble must last before it is told, 1 to 86400", examples=["900"]
    )
    archive_days: Annotated[int, BeforeValidator(checks.whole_number(1, 36_500))] | None = Field(
        None,
        description="days after which a recording's row is removed here; else 90 days after the PBX has deleted it",
        examples=["365"],
    )
    poll_seconds: Annotated[float, BeforeValidator(checks.seconds(0.1, 3600))] = Field(
        10, description="seconds between two looks at the PBX, 0.1 to 3600", examples=["30"]
    )
    pbx_timezone: Annotated[ZoneInfo, BeforeValidator(checks.time_zone)] | None = Field(
        None, description="the PBX's IANA time zone, where its rows do not tell it", examples=["Europe/Zurich"]
    )
    phone_region: Annotated[str, AfterValidator(checks.region)] | None = Field(
        None,
        description="the country of telephone numbers that are written without one, two letters",
        examples=["GB"],
    )
    pbx_ca_file: Annotated[Path, AfterValidator(checks.existing_file)] | None = Field(
        None,
        description="a PEM file with the authority that signed the PBX's certificate",
        examples=["/etc/pbx-ca.pem"],
    )
    pbx_cert_sha256: Annotated[str, AfterValidator(checks.fingerprint)] | None = Field(
        None,
        description="the SHA-256 fingerprint of the PBX's certificate, 64 hex digits",
        examples=["AB:" * 31 + "AB"],
    )
    log_level: Annotated[str, AfterValidator(checks.log_level)] = Field(
        "INFO", description="the least that is logged: DEBUG, INFO, WARNING or ERROR", examples=["DEBUG"]
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic names what it hands over
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic names what it hands over
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic names what it hands over
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic names what it hands over
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use only the given values: a test's settings are the same on every machine."""
        return (init_settings,)

    @property
    def poll_every(self) -> timedelta:
        """The pause between two polls of the PBX."""
        return timedelta(seconds=self.poll_seconds)

    @property
    def keep_for(self) -> timedelta | None:
        """The retention of recordings; None to keep them until 90 days after the PBX has deleted them."""
        return None if self.archive_days is None else timedelta(days=self.archive_days)

    @property
    def patience(self) -> Patience:
        """How long a failure must last before an alert."""
        return Patience(failure=timedelta(seconds=self.alert_after_seconds))

    def secrets(self) -> tuple[str, ...]:
        """Every secret that is set, for the log's redactor."""
        values = (getattr(self, name) for name in type(self).model_fields)
        url = urlsplit(self.database_url)
        return (
            *(value.get_secret_value() for value in values if isinstance(value, SecretStr) and value),
            *((unquote(url.password),) if url.password else ()),
            *parse_qs(url.query).get("password", ()),
        )

    @property
    def shown_database_url(self) -> str:
        """The database's URL without its password and without its options, which may have one."""
        url, password = self.database_url.partition("?")[0], urlsplit(self.database_url).password
        return url.replace(f":{password}@", ":…@", 1) if password else url


class Mode(StrEnum):
    """The command that the settings are read for."""

    RUN = "run"
    WEB = "web"
    WORKER = "worker"
    ASK = "ask"
    MIGRATE = "migrate"
    DOCTOR = "doctor"


ARCHIVE = ("database_url", "log_level")
PBX = ("yeastar_base_url", "yeastar_client_id", "yeastar_client_secret")
NEEDS: Mapping[Mode, tuple[str, ...]] = MappingProxyType(
    {
        Mode.RUN: ("slack_bot_token", "slack_app_token", *PBX),
        Mode.WEB: ("slack_bot_token", "slack_signing_secret", *PBX),
        Mode.WORKER: ("slack_bot_token", *PBX),
        Mode.ASK: PBX,
        Mode.MIGRATE: (),
    }
)
"""The settings that a mode requires. The doctor uses those of the mode that the given settings suggest."""
USES: Mapping[Mode, tuple[str, ...]] = MappingProxyType(
    {
        Mode.ASK: (*PBX, "pbx_timezone", "phone_region", "pbx_ca_file", "pbx_cert_sha256", *ARCHIVE),
        Mode.MIGRATE: ARCHIVE,
    }
)
"""The settings that a mode uses, where it does not use all: problems with the others do not stop it."""


def read_settings(mode: Mode, *, environ: Mapping[str, str] | None = None, env_file: Path = Path(".env")) -> Settings:
    """Return the settings for a mode, from the environment (by default this process's) and a file.

    Raises SettingsError, which names everything that is missing or wrong at once.
    """
    settings, problems = look_over(mode, environ=environ, env_file=env_file)
    if problems:
        raise SettingsError(problems)
    return settings


def look_over(
    mode: Mode, *, environ: Mapping[str, str] | None = None, env_file: Path = Path(".env")
) -> tuple[Settings, tuple[str, ...]]:
    """Return the usable settings, and a line for each problem, in the order of the fields.

    For the doctor, which continues with what there is. Raises nothing.
    """
    in_file, problems = _in_file(env_file)
    given = in_file | _in_environment(os.environ if environ is None else environ)
    used = {name: given[name] for name in USES.get(mode, tuple(Settings.model_fields)) if name in given}
    faults = _faults(used)
    missing = {name: "is missing" for name in _needs(mode, given) if name not in given}
    settings = Settings.model_validate({name: value for name, value in used.items() if name not in faults})
    wrong = faults | missing
    return settings, (*problems, *(_line(name, wrong[name]) for name in Settings.model_fields if name in wrong))


def _in_file(env_file: Path) -> tuple[dict[str, str], tuple[str, ...]]:
    try:
        found = DotEnvSettingsSource(Settings, env_file=env_file)()
    except (OSError, UnicodeDecodeError) as error:
        return {}, (f"{env_file} cannot be read: {error}",)
    return {name: value.strip() for name, value in found.items() if value and value.strip()}, ()


def _in_environment(environ: Mapping[str, str]) -> dict[str, str]:
    found = {name: environ.get(name.upper(), "").strip() for name in Settings.model_fields}
    return {name: value for name, value in found.items() if value}


def _needs(mode: Mode, given: Mapping[str, str]) -> tuple[str, ...]:
    if mode is not Mode.DOCTOR:
        return NEEDS[mode]
    web_is_meant = "slack_signing_secret" in given and "slack_app_token" not in given
    return NEEDS[Mode.WEB if web_is_meant else Mode.RUN]


def _faults(values: Mapping[str, str]) -> dict[str, str]:
    """Return the problems by setting."""
    try:
        Settings.model_validate(values)
    except ValidationError as error:
        return {str(fault["loc"][0]): fault["msg"] for fault in error.errors(include_input=False)}
    return {}


def _line(name: str, problem: str) -> str:
    field = Settings.model_fields[name]
    return f"{name.upper()} {problem}: {field.description}, e.g. {(field.examples or [''])[0]}"


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting, as shown in the table of settings and in `.env.example`."""

    name: str
    what: str
    default: str
    """As written in the environment; empty without one."""
    example: str


def setting_rows() -> tuple[SettingRow, ...]:
    """Return every setting, in the order of the fields."""
    return tuple(
        SettingRow(name.upper(), field.description or "", _written(field.default), (field.examples or [""])[0])
        for name, field in Settings.model_fields.items()
    )


def _written(default: object) -> str:
    return "" if default in (None, ()) or isinstance(default, SecretStr) else str(default)
