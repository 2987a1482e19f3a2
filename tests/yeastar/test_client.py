import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from structlog.testing import capture_logs

from bot.domain.query import Order, Sort
from bot.domain.recording import Listing
from bot.errors import PbxForbidden, PbxNotFound, PbxRefused, PbxUnreachable
from bot.ports import Phones
from bot.yeastar import PbxClient
from tests.yeastar.stand_in import VENDORS_ROWS, StandIn, row, token_of

OLD_FIRMWARE = {"errcode": 10001, "errmsg": "INTERFACE NOT EXISTED"}
INFORMATION = {
    "errcode": 0,
    "data": {
        "system_time": "24/11/2026 20:00:00",
        "system_date_format": "DD/MM/YYYY",
        "timestamp": int(datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()),
    },
}


def listed(*rows: Any, **facts: Any) -> dict[str, Any]:
    return {"errcode": 0, "errmsg": "SUCCESS", "total_number": len(rows), "data": list(rows), **facts}


async def page(client: PbxClient, number: int = 1, size: int = 10, sort: Sort = Sort.ID) -> Listing:
    return await client.recordings(page=number, size=size, sort=sort, order=Order.ASC)


async def test_it_is_the_phones_that_services_ask() -> None:
    async with StandIn().open() as client:
        phones: Phones = client
        assert (await phones.recording(614)).id == 614


async def test_the_vendors_rows_come_back_right() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        listing = await page(client)
    assert (listing.total, listing.skipped) == (3, 0)
    assert [(row.id, row.started_at) for row in listing.rows] == [
        (614, datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC)),
        (615, datetime(2022, 1, 13, 6, 9, 4, tzinfo=UTC)),
        (618, datetime(2022, 1, 25, 6, 32, 6, tzinfo=UTC)),
    ]
    assert "system/information" not in pbx.asked


async def test_a_listing_is_asked_for_as_it_was_typed() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await client.recordings(page=2, size=25, sort=Sort.TIME, order=Order.DESC)
    assert dict(pbx.requests[1].url.params) == {
        "page": "2",
        "page_size": "25",
        "sort_by": "time",
        "order_by": "desc",
        "access_token": "access-1",
    }


async def test_identical_listings_in_flight_share_one_request() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await asyncio.gather(*(page(client) for _ in range(50)), page(client, sort=Sort.TIME))
        assert pbx.asked.count("recording/list") == 2
        await page(client)
        assert pbx.asked.count("recording/list") == 3


async def test_bad_rows_are_counted_and_logged_once() -> None:
    pbx = StandIn()
    pbx.says("recording/list", listed(row(614), row(0, id="?", call_from="Evelyn<5566>"), row(615)))
    with capture_logs() as logs:
        async with pbx.open() as client:
            listing = await page(client)
            await page(client)
    assert ([row.id for row in listing.rows], listing.skipped, listing.read) == ([614, 615], 1, 3)
    skipped = [entry for entry in logs if entry["event"] == "row_skipped"]
    assert skipped == [{"event": "row_skipped", "log_level": "warning", "index": 1, "problem": "no usable id"}]


@pytest.mark.parametrize(
    ("answer", "total"),
    [
        pytest.param({"errcode": 60001, "errmsg": "DATA NOT FOUND"}, 0, id="60001"),
        pytest.param({"errcode": 0, "data": None, "total_number": 3}, 3, id="data null"),
        pytest.param({"errcode": 0, "total_number": 3}, 3, id="data absent"),
        pytest.param({"errcode": 0}, 0, id="nothing at all"),
    ],
)
async def test_an_empty_list(answer: dict[str, Any], total: int) -> None:
    pbx = StandIn()
    pbx.says("recording/list", answer)
    async with pbx.open() as client:
        assert await page(client) == Listing(rows=(), total=total)


async def test_a_total_that_is_not_told_is_what_is_known() -> None:
    pbx = StandIn()
    pbx.says(
        "recording/list",
        listed(*VENDORS_ROWS, total_number=184),
        {"errcode": 60001},
        listed(row(1), total_number=None),
        listed(row(1), row(2), total_number=1),
    )
    async with pbx.open() as client:
        totals = [(await page(client, number, 3)).total for number in (1, 99, 100, 1)]
    assert totals == [184, 184, 298, 2]


async def test_a_search_names_only_what_it_is_given() -> None:
    pbx = StandIn()
    pbx.says("recording/search", listed(*VENDORS_ROWS))
    start = datetime(2022, 1, 12, 9, tzinfo=UTC)
    async with pbx.open() as client:
        found = await client.search(start=start, end=start + timedelta(days=2), caller="5566", ids=[614, 615])
        await client.search()
    assert [row.id for row in found.rows] == [614, 615, 618]
    asked, bare = (dict(request.url.params) for request in pbx.requests if request.url.path.endswith("search"))
    assert (asked["start_time"], asked["end_time"]) == ("1641978000", "1642150800")
    assert (asked["caller"], asked["ids"]) == ("5566", "614,615")
    assert "callee" not in asked
    assert set(bare) == {"page", "page_size", "sort_by", "order_by", "access_token"}


async def test_firmware_too_old_to_search_says_so() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        with pytest.raises(PbxRefused, match="firmware is too old") as caught:
            await client.search(caller="5566")
    assert caught.value.errcode == 10001


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(listed(row(615)), id="the PBX finds it"),
        pytest.param(listed(row(618)), id="the PBX does not understand ids, and answers with any"),
        pytest.param(OLD_FIRMWARE, id="the PBX is too old to search"),
    ],
)
async def test_one_recording(found: dict[str, Any]) -> None:
    pbx = StandIn()
    pbx.says("recording/search", found)
    async with pbx.open() as client:
        assert (await client.recording(615)).id == 615


@pytest.mark.parametrize("found", [listed(), {"errcode": 60001}, OLD_FIRMWARE], ids=str)
async def test_no_such_recording(found: dict[str, Any]) -> None:
    pbx = StandIn()
    pbx.says("recording/search", found)
    async with pbx.open() as client:
        with pytest.raises(PbxNotFound, match="616"):
            await client.recording(616)


async def test_other_refusals_of_a_search_are_not_hidden() -> None:
    pbx = StandIn()
    pbx.says("recording/search", {"errcode": 10005, "errmsg": "ACCESS DENIED"})
    async with pbx.open() as client:
        with pytest.raises(PbxForbidden):
            await client.recording(615)


async def test_every_recording() -> None:
    pbx = StandIn()
    pbx.rows = [row(number) for number in range(1, 251)]
    async with pbx.open() as client:
        assert [row.id async for row in client.every()] == list(range(250, 0, -1))
    assert pbx.asked.count("recording/list") == 3


async def test_a_download_is_named_and_linked_without_its_token() -> None:
    pbx = StandIn()
    link = "/api/download/R-1.wav?access_token=access-1"
    pbx.says("recording/download", {"errcode": 0, "file": "R-1.wav", "download_resource_url": link})
    async with pbx.open() as client:
        download = await client.download(614)
    assert download.file == "R-1.wav"
    assert download.link == "https://192.168.5.150:8088/api/download/R-1.wav"
    assert "access-1" not in repr(download)
    assert pbx.requests[1].url.params["id"] == "614"
    assert token_of(pbx.requests[1]) == "access-1"


@pytest.mark.parametrize("answer", [{"errcode": 60001}, {"errcode": 0, "errmsg": "SUCCESS"}], ids=str)
async def test_a_download_that_is_gone(answer: dict[str, Any]) -> None:
    pbx = StandIn()
    pbx.says("recording/download", answer)
    async with pbx.open() as client:
        with pytest.raises(PbxNotFound):
            await client.download(614)


async def test_information() -> None:
    pbx = StandIn()
    pbx.says("system/information", INFORMATION)
    async with pbx.open() as client:
        information = await client.information()
    assert (information.offset, information.day_first) == (timedelta(hours=8), True)


UNCLEAR = row(9, time="01/02/2026 17:36:24", uid="", file="9.wav")
EIGHT_EAST = datetime(2026, 2, 1, 9, 36, 24, tzinfo=UTC)


async def test_the_pbxs_clock_is_asked_for_once_an_hour_and_only_when_needed() -> None:
    pbx = StandIn()
    pbx.says("recording/list", listed(UNCLEAR))
    pbx.says("system/information", INFORMATION)
    async with pbx.open() as client:
        for _ in range(3):
            assert (await page(client)).rows[0].started_at == EIGHT_EAST
        assert pbx.asked.count("system/information") == 1
        pbx.watch.pass_(hours=1)
        await page(client)
        assert pbx.asked.count("system/information") == 2


async def test_the_zone_that_is_set_wins_over_the_pbxs_present_offset() -> None:
    pbx = StandIn()
    pbx.says("recording/list", listed(UNCLEAR))
    pbx.says("system/information", INFORMATION)
    async with pbx.open(zone=ZoneInfo("Europe/Berlin")) as client:
        assert (await page(client)).rows[0].started_at == datetime(2026, 2, 1, 16, 36, 24, tzinfo=UTC)


async def test_a_pbx_that_does_not_tell_its_clock_is_warned_of_once() -> None:
    pbx = StandIn()
    pbx.says("recording/list", listed(UNCLEAR))
    with capture_logs() as logs:
        async with pbx.open() as client:
            for _ in range(3):
                assert (await page(client)).rows[0].started_at == datetime(2026, 1, 2, 17, 36, 24, tzinfo=UTC)
    assert [entry["event"] for entry in logs] == ["pbx_clock_not_told", "pbx_time_guessed"]
    assert pbx.asked.count("system/information") == 1


async def test_no_time_is_guessed_while_the_pbx_is_silent() -> None:
    pbx = StandIn()
    pbx.says("recording/list", listed(UNCLEAR))
    pbx.says("system/information", httpx.ReadTimeout(""), INFORMATION)
    async with pbx.open() as client:
        with pytest.raises(PbxUnreachable, match="system/information"):
            await page(client)
        assert (await page(client)).rows[0].started_at == EIGHT_EAST


async def test_sources_that_disagree_are_warned_of_once() -> None:
    pbx = StandIn()
    pbx.rows = [row(614, time="01/12/2023 17:36:24")]
    with capture_logs() as logs:
        async with pbx.open() as client:
            await page(client)
            await page(client)
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("pbx_times_disagree", "warning")]


async def test_closing_ends_what_is_under_way() -> None:
    pbx = StandIn()
    pbx.says("recording/list", httpx.ConnectError("gone"))
    waiting = asyncio.Event()

    async def sleep(_: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    async with pbx.open(sleep=sleep) as client:
        asked = asyncio.create_task(page(client))
        await waiting.wait()
    with pytest.raises(asyncio.CancelledError):
        await asked
