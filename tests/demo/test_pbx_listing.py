from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.calls import Call, Company
from bot.demo.pbx import PbxStandIn
from bot.demo.pbx.faults import Faults
from bot.demo.pbx.listing import Listing
from bot.demo.pbx.rows import Display, Setup, vendor_rows
from bot.demo.pbx.store import RecordingStore
from bot.demo.pbx.wire import Refusal

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
HISTORY = Company(1).history(25, until=NOON)


class Pbx:
    """A listing with everything it stands on."""

    def __init__(self, calls: tuple[Call, ...] = HISTORY) -> None:
        self.faults = Faults()
        self.store = RecordingStore()
        self.store.fill(calls)
        setup = Setup(Display(ZoneInfo("Asia/Shanghai"), "MM/DD/YYYY"), "seed", "wav")
        self.listing = Listing(self.store, setup, self.faults, ring=lambda: self.store.add(Company(2).next_call(NOON)))

    def list(self, **params: object) -> dict[str, Any]:
        return self.listing.everything({name: str(value) for name, value in params.items()})

    def search(self, **params: object) -> dict[str, Any]:
        return self.listing.search({name: str(value) for name, value in params.items()})


def ids(answer: dict[str, Any]) -> list[int]:
    return [row["id"] for row in answer["data"]]


def test_the_vendors_own_request_gets_the_vendors_own_rows() -> None:
    answer = Pbx(vendor_rows()).list(sort_by="id", order_by="asc")
    assert ids(answer) == [614, 615, 618]
    assert answer["total_number"] == 3


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        pytest.param({}, range(1, 26), id="nothing told: everything by id"),
        pytest.param({"order_by": "desc", "page_size": 3}, [25, 24, 23], id="newest id first"),
        pytest.param({"order_by": "desc", "page_size": 10, "page": 3}, [5, 4, 3, 2, 1], id="a short last page"),
        pytest.param({"page_size": 10, "page": 2}, range(11, 21), id="a page in the middle"),
    ],
)
def test_pages_by_id(params: dict[str, object], expected: list[int]) -> None:
    assert ids(Pbx().list(sort_by="id", **params)) == list(expected)


@settings(max_examples=20)
@given(size=st.integers(1, 30), order=st.sampled_from(("asc", "desc")), sort=st.sampled_from(("id", "time")))
def test_the_pages_make_up_the_whole_list_in_order(size: int, order: str, sort: str) -> None:
    pbx = Pbx()
    pages = [ids(pbx.list(page=page, page_size=size, order_by=order, sort_by=sort)) for page in range(1, 27)]
    whole = ids(pbx.list(order_by=order, sort_by=sort))
    assert [number for page in pages for number in page] == whole
    assert sorted(whole) == list(range(1, 26))


def test_sorted_by_time_a_long_call_stands_where_it_began() -> None:
    pbx = PbxStandIn(clock=lambda: NOON)
    late = pbx.place("<1>", "<2>", "Internal", 10)
    early = pbx.place("<1>", "<2>", "Internal", 10, at=NOON - timedelta(hours=1))
    assert late < early
    assert [row.id for row in pbx.calls] == [late, early]
    assert [row.id for row in pbx._store.by_time] == [early, late]


@pytest.mark.parametrize(
    ("params", "name"),
    [
        pytest.param({"page": 0}, "page", id="page 0"),
        pytest.param({"page": "two"}, "page", id="a page in words"),
        pytest.param({"page_size": -5}, "page_size", id="a negative page size"),
        pytest.param({"sort_by": "size"}, "sort_by", id="an unknown sort"),
        pytest.param({"order_by": "up"}, "order_by", id="an unknown order"),
        pytest.param({"start_time": "01/12/2022 17:36:24"}, "start_time", id="a start as the PBX shows it"),
        pytest.param({"end_time": 10**15}, "end_time", id="an end in microseconds"),
        pytest.param({"ids": "1,x"}, "ids", id="ids that are none"),
    ],
)
def test_a_bad_parameter_is_named(params: dict[str, object], name: str) -> None:
    with pytest.raises(Refusal) as caught:
        Pbx().search(**params)
    assert (caught.value.errcode, caught.value.errmsg) == (40002, f"The parameter {name} is invalid.")


def test_other_parameters_are_ignored() -> None:
    assert ids(Pbx().list(uid="nobody", start_time="yesterday")) == list(range(1, 26))


FIRST, SECOND, THIRD = (1641980184, 1642054144, 1643092326)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        pytest.param({}, [614, 615, 618], id="no filter: all"),
        pytest.param({"start_time": SECOND}, [615, 618], id="the start is included"),
        pytest.param({"end_time": SECOND}, [614, 615], id="the end is included"),
        pytest.param({"start_time": FIRST + 1, "end_time": THIRD - 1}, [615], id="between"),
        pytest.param({"caller": "5555"}, [615, 618], id="a caller's number"),
        pytest.param({"caller": "555"}, [], id="a part of a number is no match"),
        pytest.param({"callee": "5556", "ids": "614,618,999"}, [614, 618], id="filters together"),
        pytest.param({"sort_by": "time", "order_by": "desc", "page_size": 2}, [618, 615], id="sorted and paged"),
    ],
)
def test_search(params: dict[str, object], expected: list[int]) -> None:
    assert ids(Pbx(vendor_rows()).search(**params)) == expected


def test_old_firmware_knows_no_search() -> None:
    pbx = Pbx()
    pbx.faults.old_firmware = True
    with pytest.raises(Refusal) as caught:
        pbx.search()
    assert caught.value.errcode == 10001
    assert ids(pbx.list())


@pytest.mark.parametrize("ask", [Pbx.list, Pbx.search], ids=["list", "search"])
@pytest.mark.parametrize(
    ("fault", "value", "errcode"),
    [
        pytest.param("deny_listing", True, 10005, id="no permission"),
        pytest.param("errcode", 70082, 70082, id="any code"),
    ],
)
def test_listings_can_be_refused(ask: Callable[[Pbx], object], fault: str, value: object, errcode: int) -> None:
    pbx = Pbx()
    setattr(pbx.faults, fault, value)
    with pytest.raises(Refusal) as caught:
        ask(pbx)
    assert caught.value.errcode == errcode


@pytest.mark.parametrize(
    ("mode", "answer"),
    [
        pytest.param("empty", {"total_number": 25, "data": []}, id="an empty list"),
        pytest.param("null", {"total_number": 25, "data": None}, id="null"),
        pytest.param("absent", {"total_number": 25}, id="nothing"),
    ],
)
def test_past_the_last_page(mode: Literal["empty", "null", "absent"], answer: dict[str, Any]) -> None:
    pbx = Pbx()
    pbx.faults.past_the_end = mode
    assert pbx.list(page=2, page_size=25) == answer


def test_past_the_last_page_may_be_an_error() -> None:
    pbx = Pbx()
    pbx.faults.past_the_end = "60001"
    with pytest.raises(Refusal) as caught:
        pbx.list(page=9)
    assert caught.value.errcode == 60001


@pytest.mark.parametrize(
    ("kind", "middle"),
    [pytest.param("number", 42, id="a number for a row"), pytest.param("null", None, id="null for a row")],
)
def test_a_row_that_is_no_object(kind: Literal["number", "null"], middle: object) -> None:
    pbx = Pbx()
    pbx.faults.bad_row = kind
    data = pbx.list(page_size=5)["data"]
    assert data[2] == middle
    assert [row["id"] for row in data[:2] + data[3:]] == [1, 2, 4, 5]


def test_a_row_without_an_id() -> None:
    pbx = Pbx()
    pbx.faults.bad_row = "no id"
    data = pbx.list(page_size=5)["data"]
    assert [row.get("id") for row in data] == [1, 2, None, 4, 5]
    assert data[2]["uid"]


def test_a_page_can_be_null_though_there_are_rows() -> None:
    pbx = Pbx()
    pbx.faults.data_null = True
    assert pbx.list() == {"total_number": 25, "data": None}


def test_the_total_can_lie_and_a_page_can_be_capped() -> None:
    pbx = Pbx()
    pbx.faults.lying_total, pbx.faults.page_size_cap = -3, 4
    answer = pbx.list(page_size=100, page=2)
    assert (answer["total_number"], ids(answer)) == (22, [5, 6, 7, 8])


def test_empty_fields_are_left_out_unless_told() -> None:
    withheld = next(call for call in Company(1).history(500, until=NOON) if call.legs[0].caller == "")
    pbx = Pbx((withheld,))
    assert "call_from" not in pbx.list()["data"][0]
    pbx.faults.keep_empty_fields = True
    assert pbx.list()["data"][0]["call_from"] == ""


def test_calls_that_come_in_between_pages_shift_them() -> None:
    pbx = Pbx()
    pbx.faults.insert_between_pages = 1
    pages = [ids(pbx.list(page=page, page_size=5, order_by="desc")) for page in (1, 2)]
    assert pages[0][-1] >= pages[1][0]


def test_recordings_cleaned_up_between_pages_shift_them() -> None:
    pbx = Pbx()
    pbx.faults.delete_between_pages = 3
    pages = [ids(pbx.list(page=page, page_size=5, sort_by="time")) for page in (1, 2)]
    assert len(set(ids(Pbx().list(page_size=13, sort_by="time"))) - set(pages[0] + pages[1])) == 3


def test_deleted_ids_are_never_given_again() -> None:
    pbx = PbxStandIn(calls=vendor_rows())
    pbx.delete([618])
    assert pbx.place("<1>", "<2>", "Internal", 10) == 619
    assert [row.id for row in pbx.calls] == [614, 615, 619]


@pytest.mark.parametrize("count", [1, 100, 101, 299])
def test_few_or_many_are_deleted_alike(count: int) -> None:
    pbx = PbxStandIn(calls=Company(1).history(300, until=NOON))
    pbx.delete(range(1, count + 1))
    assert [row.id for row in pbx.calls] == list(range(count + 1, 301))
    assert {row.id for row in pbx._store.by_time} == set(range(count + 1, 301))


def test_the_clean_up_takes_what_is_older() -> None:
    pbx = PbxStandIn(calls=vendor_rows())
    pbx.wipe_older_than(datetime.fromtimestamp(SECOND, tz=UTC))
    assert [row.id for row in pbx.calls] == [615, 618]


@pytest.mark.parametrize(
    ("restore_to", "then"),
    [pytest.param(0, [1], id="a factory reset"), pytest.param(614, [614, 615], id="a backup restored")],
)
def test_ids_can_fall_back(restore_to: int, then: list[int]) -> None:
    pbx = PbxStandIn(calls=vendor_rows())
    pbx.reset_ids(restore_to=restore_to)
    pbx.place("<1>", "<2>", "Internal", 10)
    assert [row.id for row in pbx.calls] == then


def test_the_legs_of_a_call_share_uid_and_time_under_ids_of_their_own() -> None:
    call = next(call for call in HISTORY if len(call.legs) == 2)
    pbx = PbxStandIn()
    last = pbx.add(call)
    first, second = pbx.row(last - 1), pbx.row(last)
    assert (first["uid"], first["time"]) == (second["uid"], second["time"])
    assert first["file"] != second["file"]


def test_an_id_cannot_be_wanted_twice() -> None:
    pbx = PbxStandIn(calls=vendor_rows())
    with pytest.raises(ValueError, match="614 is not above 618"):
        pbx.add(vendor_rows()[0])
