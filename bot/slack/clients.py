"""The two Slack clients: one for reads, with retries, and one for posts, without any."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.health import LastSeen
from bot.errors import SlackBusy, SlackError
from bot.slack.errors import slack_errors

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
"""Seconds. Slack answers a post in less than one; after ten the post is searched in the channel instead."""

QUIET = timedelta(seconds=50)
"""A post that succeeded so recently makes a probe unnecessary."""

log = logging.getLogger(__name__)
log.setLevel(logging.INFO)  # at DEBUG the SDK logs every request and answer in full


@dataclass(frozen=True, slots=True)
class Identity:
    """The bot and its workspace, from Slack's `auth.test`."""

    team: str
    team_name: str
    bot_user: str
    bot: str
    enterprise: str | None
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Clients:
    """Both share one HTTP session."""

    session: aiohttp.ClientSession
    reads: AsyncWebClient
    posts: AsyncWebClient
    """Without retry handlers: the SDK's default one repeats a post after a dropped connection."""


@asynccontextmanager
async def open_clients(token: str, api_url: str) -> AsyncIterator[Clients]:
    """Open the clients for one bot token, inside the block."""
    async with aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True) as session:
        handlers = [
            AsyncConnectionErrorRetryHandler(max_retry_count=2),
            AsyncRateLimitErrorRetryHandler(max_retry_count=2),
            AsyncServerErrorRetryHandler(max_retry_count=2),
        ]
        reads = AsyncWebClient(token=token, base_url=api_url, session=session, retry_handlers=handlers, logger=log)
        posts = AsyncWebClient(token=token, base_url=api_url, session=session, retry_handlers=[], logger=log)
        reads.proxy = posts.proxy = None  # the SDK ignores NO_PROXY when it reads the environment; aiohttp does not
        yield Clients(session, reads, posts)


def proxy_for(url: str) -> str | None:
    """Return the environment's proxy for this address; None without one, or when NO_PROXY excludes the address."""
    address = urlsplit(url)
    return None if proxy_bypass(address.hostname or "") else getproxies().get(address.scheme)


async def read_all(
    read_page: Callable[[str | None], Awaitable[AsyncSlackResponse]], field: str
) -> AsyncIterator[dict[str, Any]]:
    """Yield the items of `field` in each page. `read_page` takes the cursor of a page; None for the first.

    Reads until the cursor is empty: a short or empty page may not be the last. Raises what slack-sdk raises.
    """
    cursor = ""
    while True:
        answer = await read_page(cursor or None)
        for item in answer.get(field) or ():
            yield item
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return


async def identify(clients: Clients) -> Identity:
    """Check the bot token, and return whose it is. Raises SlackError."""
    with slack_errors("auth.test"):
        answer = await clients.reads.auth_test()
    scopes = str(answer.headers.get("x-oauth-scopes", ""))
    return Identity(
        team=str(answer.get("team_id", "")),
        team_name=str(answer.get("team", "")),
        bot_user=str(answer.get("user_id", "")),
        bot=str(answer.get("bot_id", "")),
        enterprise=answer.get("enterprise_id"),
        scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
    )


async def check_app_token(clients: Clients, app_token: str) -> None:
    """Check the app-level token once: the SDK's own loop tries a wrong one for ever. Raises SlackError."""
    with slack_errors("apps.connections.open"):
        await clients.reads.apps_connections_open(app_token=app_token)


async def probe(clients: Clients, connection: LastSeen, posts: LastSeen, now: Callable[[], datetime]) -> None:
    """Ask Slack who we are, so that a quiet day does not hide a revoked token; skipped right after a post.

    `connection` receives the result. `posts` is the result of posting: an answer here does not end trouble there, only
    a post does. Where posting has had no trouble, the answer counts for it too, as on a day without a post.
    """
    if not _has_just_posted(posts, now()):
        try:
            await identify(clients)
        except SlackBusy:
            pass  # it answers
        except SlackError as error:
            connection.missed(now(), str(error))
            return
    connection.saw(now())
    if posts.failing_since is None:
        posts.saw(now())


def _has_just_posted(posts: LastSeen, now: datetime) -> bool:
    well_at = posts.well_at if posts.failing_since is None else None
    return well_at is not None and timedelta(0) <= now - well_at < QUIET  # below zero the clock was set back
