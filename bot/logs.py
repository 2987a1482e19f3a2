"""Logging: one handler for all loggers, as text or JSON, without secrets.

The bot logs events through structlog: `log.info("delivery_sent", channel=...)`. Libraries' lines from `logging` go
through the same handler. Secrets are removed from the finished line, wherever they are: in an argument, a URL or a
traceback.
"""

import asyncio
import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterable
from contextlib import suppress
from types import MappingProxyType, TracebackType
from typing import Any, TextIO
from urllib.parse import quote, quote_plus

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

HIDDEN = "[secret]"
SHORTEST_SECRET = 8
"""In characters. Hiding a shorter value would hide ordinary words."""
QUIET = MappingProxyType(
    {
        "alembic": logging.WARNING,
        "apscheduler": logging.ERROR,  # it warns of every poll that takes longer than the pause between two
        "asyncio": logging.WARNING,
        "httpcore": logging.WARNING,
        "httpx": logging.WARNING,
        "uvicorn": logging.WARNING,
    }
)
"""Libraries that log every call, and the level from which they are logged here. At DEBUG all of their lines are."""

_COLOUR = r"(?:\x1b\[[0-9;]*m)*"
_NAMED = re.compile(
    r"((?:access_token|refresh_token|client_secret|signing_secret|password|response_url|upload_url|ticket)"
    rf"\\*[\"']?{_COLOUR}\s*(?:[:=]|%3D)\s*{_COLOUR}\\*[\"']?)([^\"'\\&\s,;}})\x1b]+)",
    re.IGNORECASE,
)
"""A name before a secret, as written in a query, JSON, JSON in JSON, Python's repr or the coloured console."""
_SHAPED = (
    (re.compile(r"(Bearer\s+)[\w.~+/=-]{8,}", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"\b(?:xoxe\.)?(?:xox[a-z]|xapp)-[\w-]+"), HIDDEN),
    (re.compile(r"(hooks\.slack\.com/)[^\s\"'\\<>]+"), rf"\1{HIDDEN}"),
)
"""Secrets recognised by their form: Slack's tokens, and URLs to which anyone could post."""


class Redactor:
    """Removes secrets from text: the given values, and everything that looks like a secret."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if len(secret) >= SHORTEST_SECRET for form in _forms(secret)}
        longest_first = sorted(forms, key=len, reverse=True)  # a secret may begin with another one
        self._values = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __call__(self, text: str) -> str:
        """Return the text without secrets."""
        if self._values is not None:
            text = self._values.sub(HIDDEN, text)
        text = _NAMED.sub(rf"\1{HIDDEN}", text)
        for pattern, replacement in _SHAPED:
            text = pattern.sub(replacement, text)
        return text


def _forms(secret: str) -> set[str]:
    in_urls = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    in_text = {secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]}
    return in_urls | in_text | {json.dumps(text)[1:-1] for text in in_text}  # the line may be JSON that contains JSON


class _Handler(logging.StreamHandler[TextIO]):
    """Writes finished lines without secrets."""

    def __init__(self, stream: TextIO, redactor: Redactor) -> None:
        super().__init__(stream)
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """Return the finished line with its traceback, without secrets."""
        return self._redactor(super().format(record))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Write where a line could not be logged. logging's own report would show its arguments unredacted."""
        problem = "".join(traceback.format_exception_only(sys.exception())).strip()
        with suppress(OSError, ValueError):  # the stream itself may be what is broken
            self.stream.write(self._redactor(f"not logged: {record.pathname}:{record.lineno}: {problem}\n"))


def configure(
    level: str, *, json: bool | None = None, stream: TextIO | None = None, secrets: Iterable[str] = ()
) -> None:
    """Send the lines of all loggers from `level` up, and unhandled errors, to one stream, by default stderr.

    A terminal gets text and any other stream JSON, unless `json` decides. `secrets` are hidden in every line.
    """
    stream = sys.stderr if stream is None else stream
    handler = _Handler(stream, Redactor(secrets))
    handler.setLevel(level)  # some libraries' loggers have a level of their own
    handler.setFormatter(_formatter(stream, json=not stream.isatty() if json is None else json))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    wanted = logging.getLevelNamesMapping()[level]
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(logging.NOTSET if wanted <= logging.DEBUG else max(least, wanted))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *_CONTEXT,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    sys.excepthook = _log_unhandled
    threading.excepthook = _log_unhandled_in_thread


_CONTEXT: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def _formatter(stream: TextIO, *, json: bool) -> logging.Formatter:
    console = structlog.dev.ConsoleRenderer(
        colors=stream.isatty(),
        exception_formatter=structlog.dev.plain_traceback,  # the default one shows local variables
        repr_native_str=True,  # a caller's name cannot move the cursor
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_CONTEXT, structlog.stdlib.ExtraAdder(), _without_color_message],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.JSONRenderer() if json else console,
        ],
    )


def _without_color_message(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event.pop("color_message", None)  # uvicorn's copy of the message
    return event


def _log_unhandled(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    structlog.get_logger(__name__).critical("unhandled_error", exc_info=(kind, error, trace))


def _log_unhandled_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        thread = args.thread.name if args.thread else None
        structlog.get_logger(__name__).error("unhandled_in_thread", thread=thread, exc_info=args.exc_value)


def log_unhandled(loop: asyncio.AbstractEventLoop) -> None:
    """Log the errors that no task or callback of this loop caught, instead of asyncio's own report on stderr."""
    loop.set_exception_handler(_log_unhandled_in_loop)


def _log_unhandled_in_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    task = context.get("task") or context.get("future")
    structlog.get_logger(__name__).error(
        "unhandled_in_loop",
        problem=context["message"],
        task=task.get_name() if isinstance(task, asyncio.Task) else None,
        exc_info=context.get("exception"),
    )
