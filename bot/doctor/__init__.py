"""The doctor: looks at everything the bot depends on, and says a line for each, with the remedy."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from bot.doctor.archive import archive_checks
from bot.doctor.check import Check, explain
from bot.doctor.pbx import pbx_checks
from bot.doctor.slack import slack_checks
from bot.settings import Mode, look_over
from bot.slack.clients import open_clients

__all__ = ["Check", "examine", "explain"]


async def examine(environ: Mapping[str, str] | None = None, env_file: Path = Path(".env")) -> AsyncIterator[Check]:
    """Look at settings, database, PBX and Slack in turn. A part without its settings is passed over."""
    settings, problems = look_over(Mode.DOCTOR, environ=environ, env_file=env_file)
    for problem in problems:
        yield Check("settings", ok=False, says=problem, remedy="set it in the environment or in .env")
    if not problems:
        yield Check("settings", ok=True, says="complete")
    async for check in archive_checks(settings):
        yield check
    if settings.yeastar_base_url and settings.yeastar_client_id and settings.yeastar_client_secret:
        async for check in pbx_checks(settings):
            yield check
    if settings.slack_bot_token:
        async with open_clients(settings.slack_bot_token.get_secret_value(), settings.slack_api_url) as clients:
            async for check in slack_checks(settings, clients):
                yield check
