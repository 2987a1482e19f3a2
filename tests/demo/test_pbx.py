from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from bot.demo.calls import Company
from bot.demo.pbx import CLIENT_ID, CLIENT_SECRET, PbxStandIn
from bot.demo.pbx.rows import Display

API = "/openapi/v1.0/"
LOGIN = {"username": CLIENT_ID, "password": CLIENT_SECRET}


class Caller:
    """Somebody who speaks to the stand-in as any HTTP client would."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.token = ""

    async def login(self) -> dict[str, Any]:
        told: dict[str, Any] = (await self.http.post(API + "get_token", json=LOGIN)).json()
        self.token = told["access_token"]
        return told

    async def get(self, path: str, **params: object) -> dict[str, Any]:
        query = {name: str(value) for name, value in params.items()}
        response = await self.http.get(API + path, params={"access_token": self.token, **query})
        assert response.status_code == 200
        told: dict[str, Any] = response.json()
        return told


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pbx(clock: Clock) -> PbxStandIn:
    return PbxStandIn(clock=clock, calls=PbxStandIn.vendor_rows())


@pytest.fixture
async def caller(pbx: PbxStandIn) -> AsyncIterator[Caller]:
    transport = httpx.ASGITransport(app=pbx.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://pbx") as http:
        yield Caller(http)


async def test_the_seed_request_gets_the_seed_answer(caller: Caller) -> None:
    await caller.login()
    told = await caller.get("recording/list", sort_by="id", order_by="asc")
    assert list(told) == ["errcode", "errmsg", "total_number", "data"]
    assert (told["errcode"], told["errmsg"], told["total_number"]) == (0, "SUCCESS", 3)
    assert [row["id"] for row in told["data"]] == [614, 615, 618]


async def test_a_login_is_six_fields(caller: Caller) -> None:
    told = await caller.login()
    assert list(told) == [
        "errcode",
        "errmsg",
        "access_token_expire_time",
        "access_token",
        "refresh_token_expire_time",
        "refresh_token",
    ]


async def test_a_refresh_needs_no_access_token(caller: Caller) -> None:
    old = await caller.login()
    new = (await caller.http.post(API + "refresh_token", json={"refresh_token": old["refresh_token"]})).json()
    assert (await caller.get("recording/list"))["errcode"] == 10004
    caller.token = new["access_token"]
    assert (await caller.get("recording/list"))["errcode"] == 0


async def test_a_revoked_token_frees_its_place(caller: Caller, pbx: PbxStandIn) -> None:
    await caller.login()
    assert await caller.get("del_token") == {"errcode": 0, "errmsg": "SUCCESS"}
    assert pbx.tokens_alive == 0
    assert await caller.get("recording/list") == {"errcode": 10004, "errmsg": "TOKEN EXPIRED"}


async def test_a_token_expires_by_the_clock(caller: Caller, clock: Clock) -> None:
    await caller.login()
    clock.now += timedelta(minutes=30)
    assert (await caller.get("system/information"))["errcode"] == 10004


async def test_a_restart_forgets_tokens_and_keeps_recordings(caller: Caller, pbx: PbxStandIn) -> None:
    await caller.login()
    pbx.restart()
    assert (await caller.get("recording/list"))["errcode"] == 10004
    await caller.login()
    assert (await caller.get("recording/list"))["total_number"] == 3


async def test_a_bad_body_is_status_200_and_minus_2(caller: Caller) -> None:
    response = await caller.http.post(API + "get_token", content=b"client=1")
    assert response.status_code == 200
    assert response.json() == {
        "errcode": -2,
        "errmsg": "INTERNAL SERVER ERROR",
        "invalid_param_list": [{"value": "invalid character 'c' looking for beginning of value"}],
    }


async def test_the_sixth_login_after_five_bad_ones_tells_when_the_block_ends(caller: Caller) -> None:
    for _ in range(5):
        await caller.http.post(API + "get_token", json=LOGIN | {"password": "guess"})
    told = (await caller.http.post(API + "get_token", json=LOGIN)).json()
    assert (told["errcode"], told["errmsg"]) == (70004, "ACCOUNT IP BLOCKED")
    assert isinstance(told["block_expire_time"], int)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("GET", API + "recording/delete", id="an endpoint that does not exist"),
        pytest.param("GET", "/openapi/v2.0/recording/list", id="version 2"),
        pytest.param("GET", API + "get_token", id="a login by GET"),
        pytest.param("POST", API + "recording/list", id="a listing by POST"),
        pytest.param("PUT", API + "get_token", id="another method"),
    ],
)
async def test_what_is_not_there(caller: Caller, method: str, path: str) -> None:
    await caller.login()
    response = await caller.http.request(method, path, params={"access_token": caller.token})
    assert response.status_code == 200
    assert response.json() == {"errcode": 10001, "errmsg": "INTERFACE NOT EXISTED"}


async def test_an_address_that_is_not_allowed(caller: Caller, pbx: PbxStandIn) -> None:
    pbx.faults.allowed_addresses = ("192.168.5.20",)
    assert (await caller.http.post(API + "get_token", json=LOGIN)).json()["errcode"] == 70087
    pbx.faults.allowed_addresses = ("127.0.0.1",)
    assert (await caller.login())["errcode"] == 0


async def test_a_request_without_a_user_agent(caller: Caller, pbx: PbxStandIn) -> None:
    caller.http.headers["User-Agent"] = ""
    assert (await caller.http.post(API + "get_token", json=LOGIN)).json()["errcode"] == 10005
    pbx.faults.refuse_user_agentless = False
    assert (await caller.login())["errcode"] == 0


async def test_every_answer_closes_the_connection(caller: Caller) -> None:
    response = await caller.http.get(API + "recording/list")
    assert response.headers["connection"] == "close"


async def test_a_download_in_two_steps_each_with_the_token(caller: Caller) -> None:
    await caller.login()
    told = await caller.get("recording/download", id=615)
    assert told["file"] == "20220113140906-1642054144.17-5555-5556-Internal.wav"
    url = told["download_resource_url"]
    assert (await caller.http.get(url)).json()["errcode"] == 10004
    sound = await caller.http.get(url, params={"access_token": caller.token})
    assert (sound.headers["content-type"], len(sound.content)) == ("audio/wav", 4148)


async def test_a_file_name_with_a_plus_must_be_quoted(caller: Caller, pbx: PbxStandIn) -> None:
    number = pbx.place("Zoë<+442079460100>", "Evelyn<5566>", "Inbound", 10)
    file = pbx.row(number)["file"]
    await caller.login()
    assert (await caller.get("recording/download", file=file))["errcode"] == 0
    unquoted = parse_qs(f"file={file}")["file"][0]
    assert (await caller.get("recording/download", file=unquoted))["errcode"] == 60001


async def test_system_information(caller: Caller, pbx: PbxStandIn, clock: Clock) -> None:
    await caller.login()
    clock.now += timedelta(seconds=90)
    pbx.setup.display = Display(pbx.setup.display.zone, "YYYY/MM/DD", twelve_hour=True)
    data = (await caller.get("system/information"))["data"]
    assert (data["system_time"], data["system_date_format"]) == ("2026/03/04 08:01:30 PM", "YYYY/MM/DD")
    assert (data["timestamp"], data["up_time"]) == (int(clock.now.timestamp()), 90)


async def test_older_firmware_tells_no_formats(caller: Caller, pbx: PbxStandIn) -> None:
    await caller.login()
    pbx.faults.no_formats = True
    data = (await caller.get("system/information"))["data"]
    assert "system_time" in data
    assert not {"system_date_format", "system_time_format", "timestamp"} & set(data)


async def test_requests_are_noted_without_their_token(caller: Caller, pbx: PbxStandIn) -> None:
    await caller.login()
    await caller.get("recording/list", page=2)
    assert pbx.requests == [("POST", API + "get_token", {}), ("GET", API + "recording/list", {"page": "2"})]
    assert (pbx.count("recording/list"), pbx.count("recording/search"), pbx.count()) == (1, 0, 2)
    assert caller.token not in repr(pbx.requests)


async def test_names_travel_as_they_are(caller: Caller, pbx: PbxStandIn) -> None:
    pbx.place("<!channel><+12125550100>", "李梅<5561>", "Inbound", 10)
    await caller.login()
    row = (await caller.get("recording/list", order_by="desc", page_size=1))["data"][0]
    assert (row["call_from"], row["call_to"]) == ("<!channel><+12125550100>", "李梅<5561>")


async def test_a_company_with_a_history(caller: Caller, pbx: PbxStandIn, clock: Clock) -> None:
    pbx.reset_ids()
    pbx.fill(Company(1).history(until=clock.now))
    await caller.login()
    assert (await caller.get("recording/list", page_size=10))["total_number"] == 184


async def test_extensions_come_in_pages(caller: Caller, pbx: PbxStandIn) -> None:
    await caller.login()
    first, second = await caller.get("extension/list"), await caller.get("extension/list", page=2)
    assert (first["total_number"], len(first["data"]), len(second["data"])) == (9, 8, 1)
    named = {"id": 1, "number": "5566", "caller_id_name": "Evelyn", "email_addr": "evelyn@demo.example"}
    assert named.items() <= first["data"][0].items()
    assert (await caller.get("extension/list", page="x"))["errcode"] == 40002
    pbx.faults.deny_extensions = True
    assert (await caller.get("extension/list"))["errcode"] == 10005
