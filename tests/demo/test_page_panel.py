"""The side panel: what each knob does to the stand-ins, and what the page is told of it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.demo.calls import HOSTILE, Company
from bot.demo.page import Page, Panel
from bot.demo.pbx import PbxStandIn
from bot.demo.slack import SlackStandIn

Body = dict[str, Any]


@pytest.fixture
def pbx() -> PbxStandIn:
    pbx = PbxStandIn()
    for _ in range(10):
        pbx.place("Evelyn<5566>", "Dave Harris<5556>", "Internal", 20)
    return pbx


@pytest.fixture
def slack() -> SlackStandIn:
    return SlackStandIn()


@pytest.fixture
def panel(pbx: PbxStandIn, slack: SlackStandIn) -> Panel:
    return Panel(pbx, slack, Company())


@pytest.fixture
async def page(slack: SlackStandIn, panel: Panel) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Page(slack, panel).app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8750") as client:
        yield client


async def turn(page: httpx.AsyncClient, knob: str, **words: Any) -> Body:
    """Turn a knob, and what the page is told then."""
    before = (await page.get("/api/state?user=U0ANA")).json()
    answer = await page.post(f"/api/{knob}", json=words)
    assert (answer.status_code, answer.json()) == (200, {"error": None})
    after: Body = (await page.get("/api/state?user=U0ANA")).json()
    assert after["version"] > before["version"]
    return after


async def test_a_call_between_chosen_parties(page: httpx.AsyncClient, pbx: PbxStandIn) -> None:
    parties = (await page.get("/api/state?user=U0ANA")).json()["pbx"]["parties"]
    (hostile,) = [party for party in parties if party.startswith(HOSTILE[0])]
    seen = await turn(page, "pbx/call", caller=hostile, callee="Evelyn<5566>", direction="Inbound", seconds=52)
    assert (seen["pbx"]["held"], seen["pbx"]["newest_id"]) == (11, 11)
    row = pbx.row(11)
    assert (row["call_from"], row["call_to"], row["call_type"]) == (hostile, "Evelyn<5566>", "Inbound")


def test_the_chosen_parties_are_all_different_and_each_joker_is_among_them(panel: Panel) -> None:
    parties = panel.show()["pbx"]["parties"]
    assert len(set(parties)) == len(parties)
    assert all(any(party.startswith(name) for party in parties) for name in HOSTILE)


async def test_a_hundred_calls_at_once(page: httpx.AsyncClient) -> None:
    assert (await turn(page, "pbx/many"))["pbx"]["held"] >= 110


async def test_a_burst_of_twelve(page: httpx.AsyncClient) -> None:
    assert 22 <= (await turn(page, "pbx/many", count=12))["pbx"]["held"] <= 34


async def test_a_wipe_leaves_the_latest(page: httpx.AsyncClient, pbx: PbxStandIn) -> None:
    assert (await turn(page, "pbx/wipe", keep=3))["pbx"]["held"] == 3
    assert [row.id for row in pbx.calls] == [8, 9, 10]
    assert (await turn(page, "pbx/wipe", keep=50))["pbx"]["held"] == 3


async def test_after_a_reset_ids_start_again(page: httpx.AsyncClient, panel: Panel) -> None:
    seen = await turn(page, "pbx/reset")
    assert (seen["pbx"]["held"], seen["pbx"]["newest_id"]) == (0, 0)
    assert [stop["line"] for stop in seen["tour"]][2] == "/recordings help", "there is no recording to show"
    await turn(page, "pbx/call", caller="", callee="Evelyn<5566>", direction="Inbound", seconds=5)
    assert panel.newest_id == 1


async def test_a_reboot_forgets_every_login(page: httpx.AsyncClient, pbx: PbxStandIn) -> None:
    client = httpx.AsyncClient(transport=httpx.ASGITransport(pbx.app), base_url="http://pbx")
    async with client:
        login = {"username": "demo-client-id", "password": "demo-client-secret"}
        await client.post("/openapi/v1.0/get_token", json=login)
    assert pbx.tokens_alive == 1
    await turn(page, "pbx/reboot")
    assert pbx.tokens_alive == 0


async def test_knobs_of_the_pbx_stay_until_turned_back(page: httpx.AsyncClient, pbx: PbxStandIn) -> None:
    assert (await turn(page, "pbx/plug", down=True))["pbx"]["down"]
    assert (await turn(page, "pbx/slow", seconds=4))["pbx"]["slow_seconds"] == 4
    assert (pbx.faults.down, pbx.faults.hang_seconds) == (True, 4)
    assert not (await turn(page, "pbx/plug", down=False))["pbx"]["down"]
    assert (await turn(page, "pbx/slow", seconds=0))["pbx"]["slow_seconds"] == 0
    assert (pbx.faults.down, pbx.faults.hang_seconds) == (False, 0)


async def test_calls_may_be_held_back(page: httpx.AsyncClient, panel: Panel) -> None:
    assert not (await turn(page, "pbx/arriving", on=False))["pbx"]["arriving"]
    assert not panel.arriving
    assert (await turn(page, "pbx/arriving", on=True))["pbx"]["arriving"]


@pytest.mark.parametrize("knob", ["ratelimit", "failing", "dropping", "down"])
async def test_bad_weather_stays_until_it_is_over(page: httpx.AsyncClient, knob: str) -> None:
    fair: Body = {**dict.fromkeys(("ratelimit", "failing", "dropping", "down"), False), "refusing": []}
    assert (await turn(page, "slack/weather", **{knob: True}))["slack"] == {**fair, knob: True}
    assert (await turn(page, "slack/weather", **{knob: False}))["slack"] == fair


@pytest.mark.parametrize(
    ("knob", "told", "stored"),
    [
        pytest.param("ratelimit", "429", 0, id="limited"),
        pytest.param("failing", "500", 0, id="failing"),
        pytest.param("dropping", "cut", 1, id="stored, then dropped"),
        pytest.param("down", "cut", 0, id="down"),
    ],
)
async def test_what_the_bot_meets_in_bad_weather(
    page: httpx.AsyncClient, slack: SlackStandIn, knob: str, told: str, stored: int
) -> None:
    async with slack.serve() as url, httpx.AsyncClient(headers={"Authorization": "Bearer xoxb-demo"}) as bot:
        await turn(page, "slack/weather", **{knob: True})
        try:
            answer = await bot.post(f"{url}/api/chat.postMessage", json={"channel": "C0CALLS", "text": "x"})
            met = str(answer.status_code)
        except httpx.TransportError:
            met = "cut"
    assert (met, len(slack.posts("C0CALLS"))) == (told, stored)


async def test_a_refused_channel_refuses_nowhere_else(page: httpx.AsyncClient, slack: SlackStandIn) -> None:
    async def post(channel: str) -> Body:
        told: Body = (await bot.post(f"{url}/api/chat.postMessage", json={"channel": channel, "text": "x"})).json()
        return told

    async with slack.serve() as url, httpx.AsyncClient(headers={"Authorization": "Bearer xoxb-demo"}) as bot:
        assert (await turn(page, "slack/refuse", channel="C0CALLS", on=True))["slack"]["refusing"] == ["C0CALLS"]
        assert (await post("C0CALLS"))["error"] == "restricted_action"
        assert (await post("C0GENERAL"))["ok"]
        assert (await turn(page, "slack/refuse", channel="C0CALLS", on=False))["slack"]["refusing"] == []
        assert (await turn(page, "slack/refuse", channel="C0CALLS", on=False))["slack"]["refusing"] == []
        assert len(slack.posts("C0CALLS")) == 0


async def test_a_channel_that_is_not_there_cannot_be_refused(page: httpx.AsyncClient) -> None:
    answer = await page.post("/api/slack/refuse", json={"channel": "C0NONE", "on": True})
    assert answer.json() == {"error": "there is no channel C0NONE"}
