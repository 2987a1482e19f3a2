"""extension/list, read to its end."""

from typing import Any

import httpx
import pytest

from bot.demo.pbx import CLIENT_ID, CLIENT_SECRET, PbxStandIn
from bot.domain.extension import Extension
from bot.errors import PbxForbidden, PbxNotUnderstood
from bot.ports import Extensions
from bot.yeastar import open_pbx
from tests.yeastar.stand_in import StandIn, path_of

EVELYN = {"id": 1, "number": "5566", "caller_id_name": "Evelyn", "email_addr": "e@demo.example"}
DAVE = {"id": 2, "number": "5556", "caller_id_name": "Dave Harris", "mobile_number": "07700900556"}
EMPTY = {"errcode": 0, "total_number": 3, "data": []}


def page(*rows: Any, total: int | None = None) -> dict[str, Any]:
    return {"errcode": 0, "data": list(rows)} | ({} if total is None else {"total_number": total})


async def extensions(pbx: StandIn) -> tuple[Extension, ...]:
    async with pbx.open() as client:
        port: Extensions = client
        return tuple(await port.extensions())


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([page(EVELYN, DAVE, total=2)], id="one page"),
        pytest.param([page(EVELYN, total=2), page(DAVE, total=2)], id="fewer a page than asked for"),
        pytest.param([page(EVELYN), page(DAVE), {"errcode": 0, "data": None}], id="no total: up to an empty page"),
        pytest.param([page(EVELYN, DAVE), page(EVELYN, DAVE)], id="a page that repeats itself"),
        pytest.param([page(EVELYN, DAVE), {"errcode": 60001, "errmsg": "DATA NOT FOUND"}], id="the end is an error"),
        pytest.param([page(EVELYN, 7, {"id": 3}, DAVE, total=4)], id="rows that are none"),
    ],
)
async def test_every_extension_is_read_once(answers: list[Any]) -> None:
    pbx = StandIn()
    pbx.says("extension/list", *answers)
    assert await extensions(pbx) == (
        Extension(number="5566", name="Evelyn", email="e@demo.example"),
        Extension(number="5556", name="Dave Harris", mobile="07700900556"),
    )
    asked = [dict(request.url.params) for request in pbx.requests if path_of(request) == "extension/list"]
    assert [(params["page"], params["page_size"]) for params in asked] == [
        (str(number), "100") for number in range(1, len(answers) + 1)
    ]


async def test_a_missing_permission_is_told() -> None:
    pbx = StandIn()
    pbx.says("extension/list", {"errcode": 10005, "errmsg": "ACCESS DENIED"})
    with pytest.raises(PbxForbidden):
        await extensions(pbx)


async def test_something_else_than_a_list_is_not_understood() -> None:
    pbx = StandIn()
    pbx.says("extension/list", {"errcode": 0, "data": {"5566": EVELYN}})
    with pytest.raises(PbxNotUnderstood):
        await extensions(pbx)


async def test_a_list_without_an_end_ends() -> None:
    pbx = StandIn()

    def next_page(request: httpx.Request) -> httpx.Response:
        number = request.url.params["page"]
        return httpx.Response(200, json=page({"id": number, "number": number}))

    pbx.answers["extension/list"] = next_page
    assert len(await extensions(pbx)) == 200


async def test_the_demos_extensions() -> None:
    pbx = PbxStandIn()
    pbx.faults.page_size_cap = 4
    transport = httpx.ASGITransport(app=pbx.app)
    async with open_pbx("http://pbx", client_id=CLIENT_ID, client_secret=CLIENT_SECRET, transport=transport) as client:
        found = await client.extensions()
        pbx.faults.deny_extensions = True
        with pytest.raises(PbxForbidden):
            await client.extensions()
    assert len(found) == 9
    assert Extension(number="5555", name="Leo Ball", email="leo.ball@demo.example") in found
    assert Extension(number="5590") in found
