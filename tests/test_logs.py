"""Logs: one line a log call, the same way out for every logger, and no secret in any of it."""

import asyncio
import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot.logs import HIDDEN, QUIET, Redactor, configure, log_unhandled

SECRET = 's3cr"t/va=lue+\\é'


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, hooks = root.handlers[:], root.level, (sys.excepthook, threading.excepthook)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_line_with_its_context() -> None:
    stream = io.StringIO()
    configure("INFO", stream=stream)
    with structlog.contextvars.bound_contextvars(delivery=7):
        structlog.get_logger("bot.services.deliver").info("delivery_sent", ts="1.2")
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "delivery_sent",
        "level": "info",
        "logger": "bot.services.deliver",
        "delivery": 7,
        "ts": "1.2",
    }


def test_a_librarys_line_looks_the_same() -> None:
    stream = io.StringIO()
    configure("INFO", stream=stream)
    with structlog.contextvars.bound_contextvars(delivery=7):
        logging.getLogger("slack_bolt").warning("%s is late", "Slack", extra={"code": 5, "color_message": "again"})
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "Slack is late", "level": "warning", "logger": "slack_bolt", "delivery": 7, "code": 5}


@pytest.mark.parametrize(
    ("stream", "wish", "is_json"),
    [
        pytest.param(io.StringIO(), None, True, id="a file gets JSON"),
        pytest.param(Terminal(), None, False, id="a terminal gets lines for people"),
        pytest.param(Terminal(), True, True, id="JSON on a terminal if wished"),
        pytest.param(io.StringIO(), False, False, id="lines for people in a file if wished"),
    ],
)
def test_who_gets_json(stream: io.StringIO, wish: bool | None, is_json: bool) -> None:
    configure("INFO", json=wish, stream=stream)
    structlog.get_logger().info("started")
    assert stream.getvalue().startswith("{") is is_json
    assert "started" in stream.getvalue()


def test_a_name_from_outside_cannot_break_the_console() -> None:
    stream = io.StringIO()
    configure("INFO", json=False, stream=stream)
    structlog.get_logger().info("seen", name="Eve\n\x1b[2J")
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize(
    ("level", "logger", "heard"),
    [
        pytest.param("INFO", "bot", ["info", "warning", "error"], id="our own from the level on"),
        pytest.param("WARNING", "bot", ["warning", "error"], id="our own, less talkative"),
        pytest.param("INFO", "httpx", ["warning", "error"], id="httpx tells no calls"),
        pytest.param("INFO", "httpcore.http11", ["warning", "error"], id="nor its children"),
        pytest.param("INFO", "apscheduler.executors", ["error"], id="the scheduler is silent about overlaps"),
        pytest.param("ERROR", "httpx", ["error"], id="never more talkative than the level"),
        pytest.param("DEBUG", "httpx", ["debug", "info", "warning", "error"], id="DEBUG lets all speak"),
    ],
)
def test_who_is_heard(level: str, logger: str, heard: list[str]) -> None:
    stream = io.StringIO()
    configure(level, stream=stream)
    for name in ("debug", "info", "warning", "error"):
        logging.getLogger(logger).log(logging.getLevelNamesMapping()[name.upper()], "x")
    assert [line["level"] for line in lines(stream)] == heard


def test_configured_twice_a_line_is_still_written_once() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure("INFO", stream=first)
    configure("INFO", stream=second)
    structlog.get_logger().info("started")
    assert (first.getvalue(), len(lines(second))) == ("", 1)


def _fail() -> None:
    raise RuntimeError(f"lost {SECRET}")


def _fail_and_tell() -> None:
    try:
        _fail()
    except RuntimeError:
        structlog.get_logger().exception("failed")


@pytest.mark.parametrize("as_json", [True, False], ids=["as JSON", "on the console"])
@pytest.mark.parametrize(
    "leak",
    [
        pytest.param(lambda: structlog.get_logger().info(f"got {SECRET}"), id="in the event"),
        pytest.param(lambda: structlog.get_logger().info("got", value=SECRET), id="as a value"),
        pytest.param(lambda: structlog.get_logger().info("got", value={"a": [SECRET]}), id="deep in a value"),
        pytest.param(lambda: logging.getLogger("a").info("got %s", SECRET), id="as an argument"),
        pytest.param(lambda: logging.getLogger("a").info("got %r", {"a": SECRET}), id="in a repr"),
        pytest.param(lambda: logging.getLogger("a").info("got", extra={"value": SECRET}), id="in extra"),
        pytest.param(lambda: logging.getLogger("a").info("/x?t=%s", quote(SECRET)), id="in a URL"),
        pytest.param(lambda: logging.getLogger("a").info("t=%s", quote_plus(SECRET)), id="in a form"),
        pytest.param(lambda: logging.getLogger("a").info(json.dumps({"a": SECRET})), id="in JSON in the line"),
        pytest.param(lambda: logging.getLogger("a").info("%d", SECRET), id="as an argument that does not fit"),
        pytest.param(_fail_and_tell, id="in a traceback"),
    ],
)
def test_a_told_secret_is_hidden(leak: Callable[[], None], as_json: bool) -> None:
    stream = io.StringIO()
    configure("INFO", json=as_json, stream=stream, secrets=[SECRET])
    leak()
    written = stream.getvalue()
    assert written
    assert not any(part in written for part in ("s3cr", "va=lue", "va%3Dlue"))


@pytest.mark.parametrize("as_json", [True, False], ids=["as JSON", "on the console"])
@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        pytest.param("GET /openapi/v1.0/x?access_token=9f8e7d&page=1", "9f8e7d", id="the PBX's token in a query"),
        pytest.param('{"access_token": "9f8e7d", "x": 1}', "9f8e7d", id="in an answer"),
        pytest.param("{'refresh_token': '9f8e7d'}", "9f8e7d", id="in a repr"),
        pytest.param('{"username": "id", "password": "9f8e7d"}', "9f8e7d", id="the client secret in a login"),
        pytest.param("client_secret=9f8e7d", "9f8e7d", id="a client secret"),
        pytest.param("token xoxb-12-34-Abc ends", "12-34-Abc", id="a bot token"),
        pytest.param("token xoxe.xoxp-1-Abc ends", "1-Abc", id="a rotated token"),
        pytest.param("token xapp-1-A0-Abc ends", "1-A0-Abc", id="an app token"),
        pytest.param("Authorization: Bearer abc.def-123=", "abc.def", id="a bearer"),
        pytest.param("wss://wss.slack.com/link/?ticket=11aa-22&app_id=A1", "11aa-22", id="a socket's ticket"),
        pytest.param("POST https://hooks.slack.com/commands/T1/22/abcDEF", "abcDEF", id="a response_url"),
        pytest.param('"response_url": "http://127.0.0.1:9/r/abcDEF"', "abcDEF", id="a stand-in's response_url"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, hidden: str, as_json: bool) -> None:
    stream = io.StringIO()
    configure("INFO", json=as_json, stream=stream)
    logging.getLogger("a").info(text)
    structlog.get_logger().info("value", value=text, nested={"body": text})
    assert stream.getvalue().count(HIDDEN) >= 3
    assert hidden not in stream.getvalue()


def test_the_consoles_colours_do_not_part_a_name_from_its_secret() -> None:
    stream = Terminal()
    configure("INFO", stream=stream)
    structlog.get_logger().info("got", access_token="9f8e7d")
    assert "\x1b[" in stream.getvalue()
    assert "9f8e7d" not in stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"errcode": 10004, "errmsg": "TOKEN EXPIRED"}', id="the PBX's refusal"),
        pytest.param("access_token_expire_time: 1800", id="a token's lifetime"),
        pytest.param("SLACK_BOT_TOKEN does not begin with xoxb-", id="a problem with a setting"),
        pytest.param("https://example.slack.com/archives/C1/p17", id="a message's address"),
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redactor()(text) == text


def test_short_values_blot_out_nothing() -> None:
    assert Redactor(["info", ""])("info: 7 letters") == "info: 7 letters"


def test_a_secret_that_begins_with_another_is_hidden_whole() -> None:
    assert Redactor(["password1", "password1-and-more"])("is password1-and-more.") == f"is {HIDDEN}."


@given(st.text(min_size=8), st.text(), st.text())
def test_whatever_a_secret_is_made_of(secret: str, before: str, after: str) -> None:
    assert HIDDEN in Redactor([secret])(f"{before}{secret}{after}")


async def test_what_a_loop_did_not_catch_is_one_line() -> None:
    stream = io.StringIO()
    configure("INFO", stream=stream, secrets=[SECRET])
    loop = asyncio.get_running_loop()
    log_unhandled(loop)
    loop.call_soon(_fail)
    await asyncio.sleep(0)
    (line,) = lines(stream)
    assert (line["event"], line["level"]) == ("unhandled_in_loop", "error")
    assert line["exception"].endswith(f"RuntimeError: lost {HIDDEN}")


def test_what_a_thread_did_not_catch_is_one_line() -> None:
    stream = io.StringIO()
    configure("INFO", stream=stream, secrets=[SECRET])
    thread = threading.Thread(target=_fail, name="worker")
    thread.start()
    thread.join()
    (line,) = lines(stream)
    assert (line["event"], line["thread"]) == ("unhandled_in_thread", "worker")
    assert "s3cr" not in stream.getvalue()


def test_what_nobody_caught_is_one_line() -> None:
    program = "from bot.logs import configure; configure('INFO', secrets=['s3cretvalue']); raise OSError('s3cretvalue')"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    (line,) = [json.loads(line) for line in ended.stderr.splitlines()]
    assert (line["event"], line["level"]) == ("unhandled_error", "critical")
    assert line["exception"].endswith(f"OSError: {HIDDEN}")


def test_ctrl_c_needs_no_log_line(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    configure("INFO", stream=stream)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert stream.getvalue() == ""
    assert "KeyboardInterrupt" in capsys.readouterr().err


def test_a_librarys_warning_is_a_line() -> None:
    program = "from bot.logs import configure; configure('INFO'); import warnings; warnings.warn('old way')"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    (line,) = [json.loads(line) for line in ended.stderr.splitlines()]
    assert (line["logger"], line["level"]) == ("py.warnings", "warning")
    assert "old way" in line["event"]
