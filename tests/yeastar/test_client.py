import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from structlog.testing import capture_logs

from bot.demo.pbx import CLIENT_ID, CLIENT_SECRET, PbxStandIn
from bot.domain.extension import Extension
from bot.domain.query import Order, Sort
from bot.domain.recording import Recording, RecordingPage
from bot.errors import PbxError, PbxForbidden, PbxNotFound, PbxNotUnderstood, PbxRefused, PbxUnreachable
from bot.ports import Extensions, Phones
from bot.yeastar import PbxClient, open_pbx
from bot.yeastar.client import PAGE_SIZE, find_in_list
from tests.yeastar.stand_in import VENDORS_ROWS, Gate, StandIn, path_of, row, token_of, turns

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


async def page(client: PbxClient, number: int = 1, size: int = 10, sort: Sort = Sort.ID) -> RecordingPage:
    return await client.recordings(page=number, size=size, sort=sort, order=Order.ASC)


async def test_the_client_implements_the_phones_port() -> None:
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
    assert "system/information" not in pbx.paths


async def test_a_listing_is_requested_with_the_given_parameters() -> None:
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
        assert pbx.paths.count("recording/list") == 2
        await page(client)
        assert pbx.paths.count("recording/list") == 3


async def test_a_request_with_an_expired_token_is_repeated_as_it_was() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await page(client)
        pbx.tokens.clear()
        await page(client, 2, 25)
    expired, repeated = (dict(request.url.params) for request in pbx.requests if request.url.params.get("page") == "2")
    assert (expired.pop("access_token"), repeated.pop("access_token")) == ("access-1", "access-2")
    assert expired == repeated


async def test_a_list_and_a_search_of_the_same_page_are_two_requests() -> None:
    pbx = StandIn()
    pbx.set_answers("recording/search", listed(row(700)))
    async with pbx.open() as client:
        newest = client.recordings(page=1, size=1, sort=Sort.ID, order=Order.DESC)
        listing, found = await asyncio.gather(newest, client.recording(700))
    assert ([row.id for row in listing.rows], found.id) == ([618], 700)


async def test_bad_rows_are_counted_and_logged_once() -> None:
    pbx = StandIn()
    pbx.set_answers("recording/list", listed(row(614), row(0, id="?", call_from="Evelyn<5566>"), row(615)))
    with capture_logs() as logs:
        async with pbx.open() as client:
            listing = await page(client)
            await page(client)
    assert ([row.id for row in listing.rows], listing.skipped, listing.read) == ([614, 615], 1, 3)
    skipped = [entry for entry in logs if entry["event"] == "row_skipped"]
    assert skipped == [{"event": "row_skipped", "log_level": "warning", "index": 1, "problem": "no usable id"}]


async def test_bad_rows_without_end_do_not_fill_the_log() -> None:
    pbx = StandIn()
    pbx.set_answers("recording/list", listed(*(row(0, id="?", uid=str(number)) for number in range(1_010))))
    with capture_logs() as logs:
        async with pbx.open() as client:
            assert (await page(client)).skipped == 1_010
    assert len([entry for entry in logs if entry["event"] == "row_skipped"]) == 1_000


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
    pbx.set_answers("recording/list", answer)
    async with pbx.open() as client:
        assert await page(client) == RecordingPage(rows=(), total=total)


async def test_a_missing_total_is_computed_from_rows_and_the_last_total() -> None:
    pbx = StandIn()
    pbx.set_answers(
        "recording/list",
        listed(*VENDORS_ROWS, total_number=184),
        {"errcode": 60001},
        listed(row(1), total_number=None),
        listed(row(1), row(2), total_number=1),
        listed(row(1), row(0, id="?"), total_number=None),
        listed(row(1), row(0, id="?"), total_number=0),
    )
    async with pbx.open() as client:
        totals = [(await page(client, number, 3)).total for number in (1, 99, 100, 1, 1, 1)]
    assert totals == [184, 184, 298, 2, 2, 2]


async def test_the_total_of_a_search_is_not_that_of_the_list() -> None:
    pbx = StandIn()
    pbx.set_answers("recording/list", listed(*VENDORS_ROWS, total_number=184), {"errcode": 60001})
    pbx.set_answers("recording/search", listed(row(614), total_number=500))
    async with pbx.open() as client:
        await page(client)
        await client.recording(614)
        assert (await page(client, 9)).total == 184


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
    pbx.set_answers("recording/search", found)
    async with pbx.open() as client:
        assert (await client.recording(615)).id == 615
    assert dict(pbx.requests[1].url.params) == {
        "page": "1",
        "page_size": "1",
        "sort_by": "id",
        "order_by": "desc",
        "ids": "615",
        "access_token": "access-1",
    }


@pytest.mark.parametrize("found", [listed(), {"errcode": 60001}, OLD_FIRMWARE], ids=str)
async def test_no_such_recording(found: dict[str, Any]) -> None:
    pbx = StandIn()
    pbx.set_answers("recording/search", found)
    async with pbx.open() as client:
        with pytest.raises(PbxNotFound, match="616"):
            await client.recording(616)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        pytest.param(10005, PbxForbidden, id="no permission"),
        pytest.param(40002, PbxRefused, id="a wrong parameter"),
        pytest.param(-1, PbxRefused, id="a plain no"),
    ],
)
async def test_other_refusals_of_a_search_are_not_hidden(code: int, kind: type[PbxError]) -> None:
    pbx = StandIn()
    pbx.set_answers("recording/search", {"errcode": code})
    async with pbx.open() as client:
        with pytest.raises(kind) as caught:
            await client.recording(615)
    assert caught.value.errcode == code


async def test_a_download_is_named_and_linked_without_its_token() -> None:
    pbx = StandIn()
    link = "/api/download/R-1.wav?access_token=access-1"
    pbx.set_answers("recording/download", {"errcode": 0, "file": "R-1.wav", "download_resource_url": link})
    async with pbx.open() as client:
        download = await client.download(614)
    assert download.file == "R-1.wav"
    assert download.link == "https://192.168.5.150:8088/api/download/R-1.wav"
    assert "access-1" not in repr(download)
    assert pbx.requests[1].url.params["id"] == "614"
    assert token_of(pbx.requests[1]) == "access-1"


async def test_downloads_are_asked_for_one_at_a_time() -> None:
    """A PBX that records MP3 takes only one such request at once. Source: "Download a Recording File"."""
    pbx = StandIn()
    pbx.set_answers(
        "recording/download", {"errcode": 0, "file": "R-1.mp3", "download_resource_url": "/api/download/R-1.mp3"}
    )
    gate = Gate(pbx, "recording/download")
    async with pbx.open(transport=gate) as client:
        both = asyncio.gather(client.download(614), client.download(615))
        await gate.reached.wait()
        await turns()
        assert pbx.paths == ["get_token"], "neither the first, which waits at the gate, nor the second"
        gate.open()
        await both
    assert pbx.paths.count("recording/download") == 2


@pytest.mark.parametrize("answer", [{"errcode": 60001}, {"errcode": 0, "errmsg": "SUCCESS"}], ids=str)
async def test_a_download_that_is_gone(answer: dict[str, Any]) -> None:
    pbx = StandIn()
    pbx.set_answers("recording/download", answer)
    async with pbx.open() as client:
        with pytest.raises(PbxNotFound):
            await client.download(614)


async def test_information() -> None:
    pbx = StandIn()
    pbx.set_answers("system/information", INFORMATION)
    async with pbx.open() as client:
        information = await client.information()
    assert (information.offset, information.day_first) == (timedelta(hours=8), True)


UNCLEAR = row(9, time="01/02/2026 17:36:24", uid="", file="9.wav")
EIGHT_EAST = datetime(2026, 2, 1, 9, 36, 24, tzinfo=UTC)


async def test_the_clock_is_fetched_once_an_hour_and_only_when_needed() -> None:
    pbx = StandIn()
    pbx.set_answers("recording/list", listed(*VENDORS_ROWS), listed(UNCLEAR))
    pbx.set_answers("system/information", INFORMATION)
    async with pbx.open() as client:
        await page(client)
        assert "system/information" not in pbx.paths
        for _ in range(3):
            assert (await page(client)).rows[0].started_at == EIGHT_EAST
        pbx.clock.advance(minutes=59, seconds=59)
        await page(client)
        assert pbx.paths.count("system/information") == 1
        pbx.clock.advance(seconds=1)
        assert (await page(client)).rows[0].started_at == EIGHT_EAST
        assert pbx.paths.count("system/information") == 2


async def test_the_zone_that_is_set_wins_over_the_pbxs_present_offset() -> None:
    pbx = StandIn()
    pbx.set_answers("recording/list", listed(UNCLEAR))
    pbx.set_answers("system/information", INFORMATION)
    async with pbx.open(zone=ZoneInfo("Europe/Berlin")) as client:
        assert (await page(client)).rows[0].started_at == datetime(2026, 2, 1, 16, 36, 24, tzinfo=UTC)


async def test_the_zone_that_is_set_wins_over_the_offset_of_another_season() -> None:
    winter = row(1, time="2025/12/01 11:00:00", uid="20251201110000", file="20251201110003-1764583200.1-5566-5556.wav")
    summer = row(2, time="2025/07/01 12:00:00", uid="20250701120000", file="")
    pbx = StandIn()
    pbx.set_answers("recording/list", listed(winter, summer))
    async with pbx.open(zone=ZoneInfo("Europe/Berlin")) as client:
        starts = [row.started_at for row in (await page(client)).rows]
    assert starts == [datetime(2025, 12, 1, 10, tzinfo=UTC), datetime(2025, 7, 1, 10, tzinfo=UTC)]
    assert "system/information" not in pbx.paths


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"errcode": 10001}, id="its firmware is too old"),
        pytest.param({"errcode": 10005}, id="the application may not ask"),
        pytest.param({"errcode": 60001}, id="there is none"),
        pytest.param({"errcode": 0, "data": []}, id="another shape"),
    ],
)
async def test_a_pbx_without_a_clock_is_logged_once(answer: dict[str, Any]) -> None:
    pbx = StandIn()
    pbx.set_answers("recording/list", listed(UNCLEAR))
    pbx.set_answers("system/information", answer)
    with capture_logs() as logs:
        async with pbx.open() as client:
            for _ in range(3):
                assert (await page(client)).rows[0].started_at == datetime(2026, 1, 2, 17, 36, 24, tzinfo=UTC)
    assert [entry["event"] for entry in logs] == ["pbx_clock_not_told", "pbx_time_guessed"]
    assert pbx.paths.count("system/information") == 1


@pytest.mark.parametrize(
    ("zones", "hours"),
    [
        pytest.param(["Global Time Zone[3 Saudi Arabia (Riyadh)]"], 3, id="ahead of UTC"),
        pytest.param(["Global Time Zone[-4 Chile (Santiago)]"], -4, id="behind UTC"),
        pytest.param(["Global Time Zone[5:30 India (Delhi)]"], 5.5, id="half an hour"),
        pytest.param(["[8 A]", "[3 B]", "[3 B]", "", "[99 C]", "[x]"], 3, id="that of most extensions"),
    ],
)
async def test_the_offset_of_a_pbx_without_a_clock_is_that_of_its_extensions(zones: list[str], hours: float) -> None:
    pbx = StandIn()
    pbx.set_answers("recording/list", listed(UNCLEAR))
    pbx.set_answers("system/information", {"errcode": 10001})
    rows = [{"number": str(number), "timezone": zone} for number, zone in enumerate(zones)]
    pbx.set_answers("extension/list", listed(*rows))
    async with pbx.open() as client:
        for _ in range(3):
            started_at = (await page(client)).rows[0].started_at
            assert started_at == datetime(2026, 1, 2, 17, 36, 24, tzinfo=UTC) - timedelta(hours=hours)
    assert pbx.paths.count("extension/list") == 1


async def test_extensions_are_not_asked_for_where_the_zone_is_set() -> None:
    pbx = StandIn()
    pbx.set_answers("recording/list", listed(UNCLEAR))
    pbx.set_answers("system/information", {"errcode": 10001})
    async with pbx.open(zone=ZoneInfo("Europe/Berlin")) as client:
        await page(client)
    assert "extension/list" not in pbx.paths


async def test_no_time_is_guessed_while_the_pbx_does_not_answer() -> None:
    pbx = StandIn()
    pbx.set_answers("recording/list", listed(UNCLEAR))
    pbx.set_answers("system/information", httpx.ReadTimeout(""), INFORMATION)
    async with pbx.open() as client:
        with pytest.raises(PbxUnreachable, match="system/information"):
            await page(client)
        assert (await page(client)).rows[0].started_at == EIGHT_EAST


async def test_conflicting_times_are_logged_once() -> None:
    pbx = StandIn()
    pbx.rows = [row(614, time="01/12/2023 17:36:24")]
    with capture_logs() as logs:
        async with pbx.open() as client:
            await page(client)
            await page(client)
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("pbx_times_disagree", "warning")]


async def test_closing_cancels_requests_in_flight() -> None:
    pbx = StandIn()
    pbx.set_answers("recording/list", httpx.ConnectError("gone"))
    waiting = asyncio.Event()

    async def sleep(_: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    async with pbx.open(sleep=sleep) as client:
        request = asyncio.create_task(page(client))
        await waiting.wait()
    with pytest.raises(asyncio.CancelledError):
        await request


Change = Callable[["FakeList"], None]


class FakeList:
    """A list that caps its pages and changes while it is walked: `changes` happen after the page of that number."""

    def __init__(self, ids: range | list[int], *, most: int = 10_000, total: int | None = None) -> None:
        self.ids = list(ids)
        self.most = most
        self.total = total
        self.changes: dict[int, Change] = {}
        self.pages: list[int] = []

    async def __call__(self, *, page: int, size: int, sort: Sort, order: Order) -> RecordingPage:
        self.pages.append(page)
        size = min(size, self.most)
        ids = sorted(self.ids, reverse=order is Order.DESC)[(page - 1) * size : page * size]
        rows = tuple(Recording(id=id_, started_at=None) for id_ in ids)
        listing = RecordingPage(rows=rows, total=len(self.ids) if self.total is None else self.total)
        if len(self.pages) in self.changes:
            self.changes.pop(len(self.pages))(self)
        return listing


@pytest.mark.parametrize("wanted", [1, 2, 100, 101, 4_999, 5_000, 9_900, 9_901, 10_000])
@pytest.mark.parametrize("most", [30, 10_000])
async def test_a_recording_is_found_by_binary_search(wanted: int, most: int) -> None:
    calls = FakeList(range(1, 10_001), most=most)
    assert (await find_in_list(calls, wanted)).id == wanted
    assert len(calls.pages) <= 11


async def test_the_newest_page_is_fetched_first() -> None:
    calls = FakeList(range(1, 10_001))
    await find_in_list(calls, 9_950)
    assert calls.pages == [1]


async def test_a_recording_pushed_to_the_next_page_meanwhile_is_found() -> None:
    calls = FakeList(range(1, 3 * PAGE_SIZE + 1))
    calls.changes = {2: lambda now: now.ids.append(1_000)}
    assert (await find_in_list(calls, 2 * PAGE_SIZE + 1)).id == 2 * PAGE_SIZE + 1


@pytest.mark.parametrize("calls", [FakeList([]), FakeList(range(2, 900, 2)), FakeList(range(1000, 2000))])
async def test_a_recording_that_is_not_there_is_not_found(calls: FakeList) -> None:
    with pytest.raises(PbxNotFound, match="451"):
        await find_in_list(calls, 451)
    assert len(calls.pages) <= 12


async def test_a_search_in_a_list_with_a_wrong_total_ends() -> None:
    calls = FakeList(range(1000, 1100), total=2**62)
    with pytest.raises(PbxNotFound):
        await find_in_list(calls, 5)
    assert len(calls.pages) <= 42


EVELYN = {"id": 1, "number": "5566", "caller_id_name": "Evelyn", "email_addr": "e@demo.example"}
DAVE = {"id": 2, "number": "5556", "caller_id_name": "Dave Harris", "mobile_number": "07700900556"}
EMPTY = {"errcode": 0, "total_number": 3, "data": []}


def extension_page(*rows: Any, total: int | None = None) -> dict[str, Any]:
    return {"errcode": 0, "data": list(rows)} | ({} if total is None else {"total_number": total})


async def all_extensions(pbx: StandIn) -> tuple[Extension, ...]:
    async with pbx.open() as client:
        port: Extensions = client
        return tuple(await port.extensions())


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([extension_page(EVELYN, DAVE, total=2)], id="one page"),
        pytest.param(
            [extension_page(EVELYN, total=2), extension_page(DAVE, total=2)], id="fewer a page than requested"
        ),
        pytest.param(
            [extension_page(EVELYN), extension_page(DAVE), {"errcode": 0, "data": None}],
            id="no total: up to an empty page",
        ),
        pytest.param([extension_page(EVELYN, DAVE), extension_page(EVELYN, DAVE)], id="a page that repeats itself"),
        pytest.param(
            [extension_page(EVELYN, DAVE), {"errcode": 60001, "errmsg": "DATA NOT FOUND"}], id="the end is an error"
        ),
        pytest.param([extension_page(EVELYN, 7, {"id": 3}, DAVE, total=4)], id="rows that are none"),
    ],
)
async def test_every_extension_is_read_once(answers: list[Any]) -> None:
    pbx = StandIn()
    pbx.set_answers("extension/list", *answers)
    assert await all_extensions(pbx) == (
        Extension(number="5566", name="Evelyn", email="e@demo.example"),
        Extension(number="5556", name="Dave Harris", mobile="07700900556"),
    )
    params_of_pages = [dict(request.url.params) for request in pbx.requests if path_of(request) == "extension/list"]
    assert [(params["page"], params["page_size"]) for params in params_of_pages] == [
        (str(number), "100") for number in range(1, len(answers) + 1)
    ]


async def test_an_extension_that_is_named_by_its_number_has_no_name() -> None:
    pbx = StandIn()
    pbx.set_answers("extension/list", extension_page({"number": "4010", "caller_id_name": "4010"}, total=1))
    assert await all_extensions(pbx) == (Extension(number="4010"),)


async def test_a_missing_permission_is_an_error() -> None:
    pbx = StandIn()
    pbx.set_answers("extension/list", {"errcode": 10005, "errmsg": "ACCESS DENIED"})
    with pytest.raises(PbxForbidden):
        await all_extensions(pbx)


async def test_extensions_that_are_no_list_are_not_understood() -> None:
    pbx = StandIn()
    pbx.set_answers("extension/list", {"errcode": 0, "data": {"5566": EVELYN}})
    with pytest.raises(PbxNotUnderstood):
        await all_extensions(pbx)


async def test_reading_a_list_without_an_end_ends() -> None:
    pbx = StandIn()

    def next_page(request: httpx.Request) -> httpx.Response:
        number = request.url.params["page"]
        return httpx.Response(200, json=extension_page({"id": number, "number": number}))

    pbx.answers["extension/list"] = next_page
    assert len(await all_extensions(pbx)) == 200


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
