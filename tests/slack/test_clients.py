"""Both tokens, checked at the start; two clients on one session, which is closed with them."""

import asyncio
import gc
import warnings

import pytest

from bot.demo.slack import APP_TOKEN, BOT_TOKEN, SCOPES, SlackStandIn
from bot.errors import SlackLoginRefused, SlackOutcomeUnknown, SlackUnreachable
from bot.slack.clients import Clients, Identity, check_app_token, identify, open_clients, proxy_for

pytestmark = pytest.mark.asyncio(loop_scope="module")


def calls(slack: SlackStandIn, method: str) -> int:
    return [name for name, _ in slack.requests].count(method)


async def test_who_the_bot_is(clients: Clients) -> None:
    assert await identify(clients) == Identity(
        team="T0DEMO",
        team_name="Demo",
        bot_user="U0BOT",
        bot="B0BOT",
        enterprise=None,
        scopes=SCOPES,
    )


@pytest.mark.parametrize("token", ["xoxb-wrong", APP_TOKEN], ids=["a wrong one", "one of another kind"])
async def test_a_bot_token_that_is_refused_is_asked_once(slack: SlackStandIn, token: str) -> None:
    async with open_clients(token, f"{slack.url}/api/") as clients:
        with pytest.raises(SlackLoginRefused) as refused:
            await identify(clients)
    assert token not in str(refused.value)
    assert calls(slack, "auth.test") == 1


async def test_an_app_token_that_is_right_passes(slack: SlackStandIn, clients: Clients) -> None:
    await check_app_token(clients, APP_TOKEN)
    assert calls(slack, "apps.connections.open") == 1


@pytest.mark.parametrize("token", ["xapp-wrong", BOT_TOKEN], ids=["a wrong one", "one of another kind"])
async def test_an_app_token_that_is_refused_is_asked_once(slack: SlackStandIn, clients: Clients, token: str) -> None:
    """The SDK's own loop would ask again for ever."""
    with pytest.raises(SlackLoginRefused):
        await check_app_token(clients, token)
    assert calls(slack, "apps.connections.open") == 1


async def test_a_revoked_token_is_told_with_its_remedy(slack: SlackStandIn, clients: Clients) -> None:
    slack.faults.revoked = {BOT_TOKEN}
    with pytest.raises(SlackLoginRefused, match=r"token_revoked.*SLACK_BOT_TOKEN"):
        await identify(clients)


async def test_nobody_there_is_unreachable(unused_tcp_port: int) -> None:
    async with open_clients(BOT_TOKEN, f"http://127.0.0.1:{unused_tcp_port}/api/") as clients:
        clients.reads.retry_handlers.clear()  # their pauses are the SDK's own, and real
        with pytest.raises(SlackUnreachable):
            await identify(clients)


async def test_a_web_page_in_place_of_an_answer_is_no_login_refused(slack: SlackStandIn, clients: Clients) -> None:
    slack.faults.html = True
    with pytest.raises(SlackOutcomeUnknown):
        await identify(clients)


async def test_nothing_is_left_open(slack: SlackStandIn) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        async with open_clients(BOT_TOKEN, f"{slack.url}/api/") as clients:
            await asyncio.gather(*(identify(clients) for _ in range(3)))
        session = clients.session
        del clients
        gc.collect()
    assert session.closed


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        pytest.param("https://slack.com/api/", "http://proxy.test:3128", id="Slack: through it"),
        pytest.param("http://127.0.0.1:9/api/", None, id="excepted by NO_PROXY"),
        pytest.param("http://slack.test/api/", None, id="none for this scheme"),
    ],
)
async def test_a_proxy_is_used_where_the_environment_says_so(
    monkeypatch: pytest.MonkeyPatch, url: str, proxy: str | None
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert proxy_for(url) == proxy


async def test_a_proxy_is_not_used_for_an_address_that_is_excepted(
    monkeypatch: pytest.MonkeyPatch, slack: SlackStandIn
) -> None:
    """The SDK by itself sends everything to it."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with open_clients(BOT_TOKEN, f"{slack.url}/api/") as clients:
        assert (await identify(clients)).team == "T0DEMO"
        assert (await clients.posts.auth_test())["team_id"] == "T0DEMO"
