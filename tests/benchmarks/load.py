"""A process that types: signed slash commands over HTTP, so many at once, and a look at each answer.

`python load.py URL COUNT LINES TYPED…`, the signing secret on standard input, types each line in turn and prints
`{"seconds": …, "slowest": …}` as one line. It fails when an answer is not 200 or its text has fewer than LINES lines.
"""

import asyncio
import hashlib
import hmac
import json
import sys
import time
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from itertools import cycle, islice
from urllib.parse import urlencode

import aiohttp

AT_ONCE = 32
COMMAND = {
    "token": "unused",
    "team_id": "T0DEMO",
    "team_domain": "demo",
    "channel_id": "C0GENERAL",
    "channel_name": "general",
    "user_id": "U0ANA",
    "user_name": "ana",
    "command": "/recordings",
    "api_app_id": "A0DEMO",
    "is_enterprise_install": "false",
    "response_url": "http://127.0.0.1:9/respond/unused",
    "trigger_id": "1.2.3",
}


def signed(secret: bytes, body: str) -> dict[str, str]:
    """Headers of a request as Slack sends them. Source: Slack, "Verifying requests from Slack"."""
    stamp = str(int(time.time()))
    digest = hmac.new(secret, f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
    }


def check(status: int, body: bytes, lines: int) -> None:
    """Raises ValueError for an answer that is none."""
    told = body.decode()
    text = json.loads(told)["text"] if told.startswith("{") else told
    if status != HTTPStatus.OK or len(text.splitlines()) < lines:
        raise ValueError(f"HTTP {status}: {text[:200]}")


async def type_on(session: aiohttp.ClientSession, bodies: Iterator[str], url: str, secret: bytes, lines: int) -> float:
    """Type as long as there is something to type; the seconds that the slowest answer took."""
    slowest = 0.0
    for body in bodies:
        started = time.perf_counter()
        async with session.post(url, data=body, headers=signed(secret, body)) as response:
            check(response.status, await response.read(), lines)
        slowest = max(slowest, time.perf_counter() - started)
    return slowest


async def main(url: str, count: int, lines: int, typed: Sequence[str], secret: bytes) -> None:
    """Type `count` commands, `AT_ONCE` at a time."""
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector) as session:
        bodies = islice(cycle([urlencode({**COMMAND, "text": text}) for text in typed]), count)
        started = time.perf_counter()
        slowest = await asyncio.gather(*(type_on(session, bodies, url, secret, lines) for _ in range(AT_ONCE)))
        print(json.dumps({"seconds": time.perf_counter() - started, "slowest": max(slowest)}))


if __name__ == "__main__":
    address, how_many, least, *texts = sys.argv[1:]
    asyncio.run(main(address, int(how_many), int(least), texts, sys.stdin.readline().strip().encode()))
