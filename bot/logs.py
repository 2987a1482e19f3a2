"""Logs: every logger's lines through one handler, for people or for machines, without secrets.

A line is an event: `log.info("delivery_sent", channel=...)` through structlog. What libraries log through `logging`
goes the same way. Secrets are taken out of the finished line, so it does not matter how they came in: as an argument,
in a URL, in a traceback.
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
"""In characters. A shorter value would blot out ordinary words."""
MOST_MET = 100
"""Secrets met at run time that are remembered, newest first. The PBX keeps at most 8 tokens alive."""
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
"""Libraries that tell of every call they make, and from which level on they are heard. DEBUG lets them all speak."""

_COLOUR = r"(?:\x1b\[[0-9;]*m)*"
_NAMED = re.compile(
    r"((?:access_token|refresh_token|client_secret|signing_secret|password|response_url|upload_url|ticket)"
    rf"\\*[\"']?{_COLOUR}\s*(?:[:=]|%3D)\s*{_COLOUR}\\*[\"']?)([^\"'\\&\s,;}})\x1b]+)",
    re.IGNORECASE,
)
"""A name that announces a secret, as a query, JSON, JSON in JSON, Python's repr or the console's colours write it."""
_SHAPED = (
    (re.compile(r"(Bearer\s+)[\w.~+/=-]{8,}", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"\b(?:xoxe\.)?(?:xox[a-z]|xapp)-[\w-]+"), HIDDEN),
    (re.compile(r"(hooks\.slack\.com/)[^\s\"'\\<>]+"), rf"\1{HIDDEN}"),
)
"""Secrets known by their own shape: Slack's tokens and the addresses that anyone may post an answer to."""


class Redactor:
    """Takes secrets out of text: the values it was told, and whatever looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lasting = tuple(secrets)
        self._met: dict[str, None] = {}
        self._told = _any_of(self._lasting)

    def register_secret(self, value: str) -> None:
        """Hide this value from now on, as it is and as a URL, JSON or a repr writes it."""
        self._met.pop(value, None)
        self._met[value] = None
        while len(self._met) > MOST_MET:
            self._met.pop(next(iter(self._met)))
        self._told = _any_of((*self._lasting, *self._met))

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        if self._told is not None:
            text = self._told.sub(HIDDEN, text)
        text = _NAMED.sub(rf"\1{HIDDEN}", text)
        for pattern, replacement in _SHAPED:
            text = pattern.sub(replacement, text)
        return text


def _any_of(secrets: Iterable[str]) -> re.Pattern[str] | None:
    forms = {form for secret in secrets if len(secret) >= SHORTEST_SECRET for form in _forms(secret)}
    longest_first = sorted(forms, key=len, reverse=True)  # a secret may begin with another one
    return re.compile("|".join(map(re.escape, longest_first))) if forms else None


def _forms(secret: str) -> set[str]:
    in_urls = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    in_text = {secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]}
    return in_urls | in_text | {json.dumps(text)[1:-1] for text in in_text}  # the line may be JSON that holds JSON


class _Handler(logging.StreamHandler[TextIO]):
    """The one way out."""

    def __init__(self, stream: TextIO, redactor: Redactor) -> None:
        super().__init__(stream)
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """The finished line, traceback and all, without secrets."""
        return self._redactor(super().format(record))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say which line could not be written. logging's own report would show its arguments as they are."""
        problem = "".join(traceback.format_exception_only(sys.exception())).strip()
        with suppress(OSError, ValueError):  # the stream itself may be what is broken
            self.stream.write(self._redactor(f"not logged: {record.pathname}:{record.lineno}: {problem}\n"))


def configure(
    level: str, *, json: bool | None = None, stream: TextIO | None = None, secrets: Iterable[str] = ()
) -> Redactor:
    """Send what every logger says from `level` up to one stream, by default stderr, and unhandled errors with it.

    A terminal gets lines for people and anything else JSON, unless `json` decides. Returns the redactor, which hides
    `secrets` and takes in those that are met later.
    """
    stream = sys.stderr if stream is None else stream
    redactor = Redactor(secrets)
    handler = _Handler(stream, redactor)
    handler.setLevel(level)  # some libraries' loggers have a level of their own
    handler.setFormatter(_formatter(stream, json=not stream.isatty() if json is None else json))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    _quieten(level)
    _route_structlog()
    sys.excepthook = _log_unhandled
    threading.excepthook = _log_unhandled_in_thread
    return redactor


def _quieten(level: str) -> None:
    wanted = logging.getLevelNamesMapping()[level]
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(logging.NOTSET if wanted <= logging.DEBUG else max(least, wanted))


def _before_rendering() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _route_structlog() -> None:
    """Hand structlog's events to `logging`, which has the only handler."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *_before_rendering(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _formatter(stream: TextIO, *, json: bool) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_before_rendering(), structlog.stdlib.ExtraAdder(), _without_uvicorns_colours],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.JSONRenderer() if json else _console(colors=stream.isatty()),
        ],
    )


def _console(*, colors: bool) -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=colors,
        exception_formatter=structlog.dev.plain_traceback,  # the pretty one shows local variables
        repr_native_str=True,  # a caller's name cannot move the cursor
    )


def _without_uvicorns_colours(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event.pop("color_message", None)  # the message again
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
    """Log what no task or callback of this loop caught, in place of asyncio's own words on stderr."""
    loop.set_exception_handler(_log_unhandled_in_loop)


def _log_unhandled_in_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    task = context.get("task") or context.get("future")
    structlog.get_logger(__name__).error(
        "unhandled_in_loop",
        problem=context["message"],
        task=task.get_name() if isinstance(task, asyncio.Task) else None,
        exc_info=context.get("exception"),
    )
