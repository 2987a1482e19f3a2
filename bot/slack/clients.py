"""The two Slack clients: one for reads, which may be repeated, and one for posts, which may not."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.errors import slack_error

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
"""Seconds. Slack answers a post in well under one; past ten the outcome is looked up instead."""

log = logging.getLogger(__name__)
log.setLevel(logging.INFO)  # below, the SDK writes every request and answer in full


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot token is, as Slack's `auth.test` tells."""

    team: str
    team_name: str
    bot_user: str
    bot: str
    enterprise: str | None
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Clients:
    """Both share one session, closed with them."""

    session: aiohttp.ClientSession
    reads: AsyncWebClient
    posts: AsyncWebClient
    """No retry handlers: the SDK's default one sends a post again after a dropped connection, which doubles it."""


@asynccontextmanager
async def open_clients(token: str, api_url: str) -> AsyncIterator[Clients]:
    """Open the clients for one bot token."""
    async with aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True) as session:
        handlers = [
            AsyncConnectionErrorRetryHandler(max_retry_count=2),
            AsyncRateLimitErrorRetryHandler(max_retry_count=2),
            AsyncServerErrorRetryHandler(max_retry_count=2),
        ]
        reads = AsyncWebClient(token=token, base_url=api_url, session=session, retry_handlers=handlers, logger=log)
        posts = AsyncWebClient(token=token, base_url=api_url, session=session, retry_handlers=[], logger=log)
        reads.proxy = posts.proxy = None  # the SDK overlooks NO_PROXY where it reads the environment; aiohttp does not
        yield Clients(session, reads, posts)


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for this address, None when NO_PROXY excepts it."""
    address = urlsplit(url)
    return None if proxy_bypass(address.hostname or "") else getproxies().get(address.scheme)


async def identify(clients: Clients) -> Identity:
    """Check the bot token. Raises SlackError."""
    try:
        answer = await clients.reads.auth_test()
    except Exception as error:
        raise slack_error(error, "auth.test") from error
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
    """Check the app-level token once: the SDK's own loop repeats a wrong one for ever. Raises SlackError."""
    try:
        await clients.reads.apps_connections_open(app_token=app_token)
    except Exception as error:
        raise slack_error(error, "apps.connections.open") from error
