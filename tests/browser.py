"""A browser, and the demo to open in it: for the browser tests and the README's pictures."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
"""Debian's, or Google's own: no browser of Playwright's is downloaded."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)
ADDRESS = re.compile(r"Open (http://\S+)")
FIRST_ANSWER = "Only Ana sees this"
STOP_SECONDS = 10


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def running_demo() -> Iterator[str]:
    """`python -m bot demo` in a process of its own, its first answer given; yields the page's address."""
    command = [sys.executable, "-m", "bot", "demo"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            address = _address(process.stdout)
            reader = threading.Thread(target=process.stdout.read)  # a full pipe would stop the demo
            reader.start()
            yield address
        finally:
            process.terminate()
        reader.join(STOP_SECONDS)


def tell(url: str, path: str, **body: Any) -> None:
    """Do something that the page can do, such as `pbx/call`, without the page."""
    answer = httpx.post(f"{url}/api/{path}", json=body).raise_for_status().json()
    assert answer["error"] is None, answer


def open_page(
    browser: Browser, url: str, place: str, *, watch: Callable[[Page], None] = lambda _: None, **look: Any
) -> Page:
    """The page in a browser of its own, as this person in this channel. `look` is Playwright's, such as `viewport`;
    `watch` sees the page before it is asked for.
    """
    page = browser.new_context(**look).new_page()
    watch(page)
    page.goto(f"{url}/#{place}")
    page.locator(".composer").wait_for()
    return page


def _address(said: Iterable[str]) -> str:
    """Read on until the demo has given its first answer. Raises AssertionError when it ends before."""
    address = None
    for line in said:
        found = ADDRESS.search(line)
        address = found[1] if found else address
        if address and FIRST_ANSWER in line:
            return address
    raise AssertionError("the demo ended before its first answer")
