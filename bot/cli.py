"""`python -m bot …`: words in, one thing run, an exit code out. What a word does not need is not imported for it."""

import sys
from collections.abc import Coroutine
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bot.errors import BotError, PbxError, QueryError, SettingsError

if TYPE_CHECKING:  # half of what `--help` would take
    from bot.settings import Settings

FAILED = 1
WRONG_WORDS = 2

Result = TypeVar("Result")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Your company's phone recordings, in Slack.",
)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 failed, 2 the settings or the words are wrong."""
    try:
        app()
    except SettingsError as error:
        _complain("The settings cannot be used:", *error.problems)
        sys.exit(WRONG_WORDS)
    except QueryError as error:
        _complain(f"{error}.", *([f"Did you mean: {error.nearest}"] if error.nearest is not None else []))
        sys.exit(WRONG_WORDS)
    except PbxError as error:
        _complain(_with_remedy(error))
        sys.exit(FAILED)
    except BotError as error:
        _complain(str(error))
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

    settings = _ready("migrate")
    _run(migrate_archive(settings))


@app.command()
def doctor() -> None:
    """Check settings, PBX, Slack and database: a line each, with the remedy."""
    from bot.doctor import examine
    from bot.logs import configure
    from bot.terminal import print_checks

    configure("CRITICAL")  # the lines of the doctor tell it
    if not _run(print_checks(examine())):
        raise typer.Exit(FAILED)


@app.command()
def ask(
    line: Annotated[str, typer.Argument(help='What stands after /recordings, such as "latest 10 sort:time".')] = "",
) -> None:
    """Ask in the terminal what one asks in Slack."""
    from bot.terminal import ask as ask_in_terminal

    settings = _ready("ask", quietly=True)
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

    settings = _ready(mode)

    async def until_stopped() -> None:
        log_unhandled(asyncio.get_running_loop())
        with bot_app.stopping() as stop:
            await getattr(bot_app, mode)(settings, stop)

    gc.freeze()  # what is imported stays: to look through it again each time would halt the event loop for 70 ms
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


def _ready(mode: str, *, quietly: bool = False) -> "Settings":
    """Settings and log. What answers on a terminal is quiet unless LOG_LEVEL asks for more."""
    from bot.logs import configure
    from bot.settings import Mode, read_settings

    settings = read_settings(Mode(mode))
    silent = quietly and "log_level" not in settings.model_fields_set
    configure("CRITICAL" if silent else settings.log_level, secrets=settings.secrets())
    return settings


def _with_remedy(error: PbxError) -> str:
    from bot.doctor import explain

    return " → ".join(explain(error))


def _complain(*lines: str) -> None:
    for line in lines:
        typer.echo(line, err=True)
