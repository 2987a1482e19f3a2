"""The command line, `python -m bot …`. Each command imports only what it needs, so that `--help` is quick."""

import sys
from collections.abc import Coroutine
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bot.errors import BotError, PbxError, QueryError, SettingsError

if TYPE_CHECKING:  # importing these would double the time of `--help`
    from bot.settings import Settings

FAILED = 1
WRONG_USAGE = 2

Result = TypeVar("Result")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Your company's phone recordings, in Slack.",
)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 failed, 2 wrong settings or arguments."""
    try:
        app()
    except SettingsError as error:
        _print_error("The settings cannot be used:", *error.problems)
        sys.exit(WRONG_USAGE)
    except QueryError as error:
        _print_error(f"{error}.", *([f"Did you mean: {error.nearest}"] if error.nearest is not None else []))
        sys.exit(WRONG_USAGE)
    except PbxError as error:
        from bot.text.remedies import explain_to_admin

        _print_error(" → ".join(explain_to_admin(error)))
        sys.exit(FAILED)
    except BotError as error:
        _print_error(str(error))
        sys.exit(FAILED)


@app.command()
def run() -> None:
    """Run the bot in one process: Socket Mode, sync and posts."""
    _serve("run")


@app.command()
def web() -> None:
    """Answer Slack over HTTP; `worker` does the rest."""
    _serve("web")


@app.command()
def worker() -> None:
    """Follow the PBX and post; `web` answers Slack."""
    _serve("worker")


@app.command()
def migrate() -> None:
    """Bring the database to this version's shape."""
    from bot.parts import migrate_archive

    settings = _configure("migrate")
    _run(migrate_archive(settings))


@app.command()
def doctor() -> None:
    """Check settings, PBX, Slack and database: a line each, with the remedy."""
    from bot.app import doctor as checks
    from bot.logs import configure
    from bot.terminal import print_checks

    configure("CRITICAL")  # the checks say what is wrong
    if not _run(print_checks(checks())):
        raise typer.Exit(FAILED)


@app.command()
def ask(
    line: Annotated[str, typer.Argument(help='What stands after /recordings, such as "latest 10 sort:time".')] = "",
) -> None:
    """Ask in the terminal what one asks in Slack."""
    from bot.terminal import ask as ask_in_terminal

    settings = _configure("ask", quietly=True)
    _run(ask_in_terminal(settings, line))


@app.command()
def manifest(
    url: Annotated[str | None, typer.Option(help="The bot's public address, for HTTP mode.")] = None,
) -> None:
    """Print the Slack app's manifest: for Socket Mode, or with --url for HTTP."""
    from bot.operations.manifest import manifest as manifest_text

    typer.echo(manifest_text(url), nl=False)


@app.command()
def demo(
    pace: Annotated[float, typer.Option(min=0.1, help="Seconds between two new calls, about.")] = 5.0,
) -> None:
    """Try it without a PBX and without a Slack workspace."""
    from bot.demo.show import show

    _run(show(pace))


def _serve(mode: str) -> None:
    import asyncio
    import gc

    bot_app = _import_app()
    from bot.logs import log_unhandled

    settings = _configure(mode)

    async def until_stopped() -> None:
        log_unhandled(asyncio.get_running_loop())
        with bot_app.stopping() as stop:
            await getattr(bot_app, mode)(settings, stop)

    gc.freeze()  # imported modules stay: a full collection over them would block the event loop for 70 ms
    _run(until_stopped())


def _import_app() -> ModuleType:
    """Import `bot.app` without rich, which structlog and httpx would load for terminals: 3 MB that nothing uses."""
    sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        from bot import app as bot_app
    finally:
        del sys.modules["rich"]
    return bot_app


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    import asyncio

    return asyncio.run(work)


def _configure(mode: str, *, quietly: bool = False) -> "Settings":
    """Read the settings and set up the log. A `quietly` command logs nothing unless LOG_LEVEL is set."""
    from bot.logs import configure
    from bot.settings import Mode, read_settings

    settings = read_settings(Mode(mode))
    silent = quietly and "log_level" not in settings.model_fields_set
    configure("CRITICAL" if silent else settings.log_level, secrets=settings.secrets())
    return settings


def _print_error(*lines: str) -> None:
    for line in lines:
        typer.echo(line, err=True)
