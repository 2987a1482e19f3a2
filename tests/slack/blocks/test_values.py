"""What buttons carry, there and back."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.query import MOST_ROWS, Cursor, Query, Side
from bot.language.writing import line_of
from bot.slack.blocks.values import (
    EVERY_LIST,
    LIST,
    PageValue,
    ShareValue,
    list_action,
    read_open,
    read_page,
    read_resume,
    read_run,
    read_share,
    write_open,
    write_page,
    write_resume,
    write_run,
    write_share,
)

IDS = st.integers(0, 2**63 - 1)
READERS = (read_open, read_page, read_share, read_run, read_resume)
TURNS = st.builds(
    Cursor,
    side=st.sampled_from(Side),
    id=IDS,
    at=st.none() | st.datetimes(timezones=st.just(UTC)),
    position=st.integers(0, 10**9),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
FACTS = st.fixed_dictionaries(
    {"v": st.just(1) | JSON},
    optional=dict.fromkeys(("id", "ids", "side", "at", "position", "query", "first", "total", "line", "channel"), JSON),
)
EVENING = datetime(2025, 11, 24, 17, 36, 29, 500, tzinfo=UTC)


@given(st.text(max_size=200), TURNS)
def test_a_page_turn_comes_back_exact(query: str, turn: Cursor) -> None:
    value = write_page(PageValue(query, turn))
    assert value is not None
    assert len(value) <= 2_000
    assert read_page(value) == PageValue(query, turn)


@given(st.lists(IDS, min_size=1, max_size=60), st.none() | st.text(max_size=100), st.integers(0), st.integers(0))
def test_a_share_comes_back_in_order(ids: list[int], query: str | None, first: int, total: int) -> None:
    share = ShareValue(ids=tuple(ids), query=query, first=first, total=total)
    value = write_share(share)
    assert value is None or read_share(value) == share


def test_a_share_says_where_counting_stopped() -> None:
    share = ShareValue(ids=(614,), query="search harris", first=1, total=1_000, is_least=True)
    assert read_share(write_share(share) or "") == share


@pytest.mark.parametrize(
    ("action", "is_list"),
    [
        pytest.param(LIST, True, id="alone"),
        pytest.param(list_action(12), True, id="one of many"),
        pytest.param("recordings.list.v2", False, id="a version of the future"),
        pytest.param(f"x{LIST}", False, id="another name"),
        pytest.param(f"{LIST}.1.2", False, id="another shape"),
    ],
)
def test_which_buttons_list(action: str, is_list: bool) -> None:
    assert bool(EVERY_LIST.search(action)) is is_list


def test_a_hundred_long_ids_fit_a_button() -> None:
    ids = tuple(range(9_999_999_900, 10_000_000_000))
    value = write_share(ShareValue(ids=ids, query="latest 100 sort:time page:999999", first=99_901, total=1_000_000))
    assert value is not None
    assert len(value) <= 2_000


@given(IDS)
def test_an_id_comes_back_and_fits_an_option(recording: int) -> None:
    assert read_open(write_open(recording)) == recording
    assert len(write_open(recording)) <= 40


@given(st.text(max_size=150))
def test_a_line_comes_back(line: str) -> None:
    value = write_run(line)
    assert value is not None
    assert read_run(value) == line


@given(st.from_regex("[CGD][A-Z0-9]{2,20}", fullmatch=True))
def test_a_channel_to_try_again_comes_back(channel: str) -> None:
    value = write_resume(channel)
    assert value is not None
    assert read_resume(value) == channel


def test_the_line_of_a_digest_comes_back() -> None:
    line = line_of(Query(count=MOST_ROWS, ids=(10**18 - 500, 10**18 - 1)))
    assert read_run(write_run(line) or "") == line


def test_a_button_takes_2000_characters() -> None:
    room = 2_000 - len(write_run("") or "")
    assert len(write_run("x" * room) or "") == 2_000
    assert write_run("x" * (room + 1)) is None


def test_what_is_too_long_for_a_button_has_no_value() -> None:
    long = "x" * 2_000
    assert write_run(long) is None
    assert write_share(ShareValue(ids=(1,), query=long)) is None
    assert write_page(PageValue(long, Cursor(side=Side.AFTER, id=1, at=EVENING, position=1))) is None


def test_a_value_reads_the_same_for_ever() -> None:
    """Old messages live for ever: these very strings are in channels."""
    page = '{"v":1,"side":"before","id":614,"at":1764005789000500,"position":11,"query":"latest 10 sort:time"}'
    share = '{"v":1,"ids":[614,613],"query":"latest 10 sort:time","first":11,"total":184}'
    assert read_page(page) == PageValue(
        "latest 10 sort:time", Cursor(side=Side.BEFORE, id=614, at=EVENING, position=11)
    )
    assert read_share(share) == ShareValue(ids=(614, 613), query="latest 10 sort:time", first=11, total=184)
    assert read_open('{"v":1,"id":614}') == 614
    more = '{"v":1,"ids":[614],"query":"search harris","first":1,"total":1000,"more":1}'
    assert read_share(more) == ShareValue(ids=(614,), query="search harris", total=1_000, is_least=True)
    assert read_run('{"v":1,"line":"latest 10"}') == "latest 10"
    assert read_run('{"v":1,"line":"latest 25 sort:time id:600..614"}') == "latest 25 sort:time id:600..614"
    assert read_resume('{"v":1,"channel":"C012AB"}') == "C012AB"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="nothing"),
        pytest.param("614", id="no object"),
        pytest.param("[" * 1_900, id="nested past reading"),
        pytest.param('{"v":2,"id":614,"line":"x"}', id="a version of the future"),
        pytest.param('{"id":614,"line":"x"}', id="no version"),
        pytest.param('{"v":1,"id":"614","line":7,"channel":["C012AB"]}', id="other types"),
        pytest.param('{"v":1,"id":true}', id="true is no number"),
        pytest.param('{"v":1,"ids":[],"query":"latest","first":1,"total":1}', id="no recordings"),
        pytest.param('{"v":1,"ids":[1,true],"query":"latest","first":1,"total":1}', id="an odd recording"),
    ],
)
def test_what_is_not_ours_is_none(value: str) -> None:
    assert [read(value) for read in READERS] == [None] * len(READERS)


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param({"side": "beside"}, id="no such side"),
        pytest.param({"at": 10**30}, id="a time past all time"),
        pytest.param({"at": "today"}, id="a time in words"),
        pytest.param({"position": 1.5}, id="half a position"),
        pytest.param({"query": None}, id="no query"),
    ],
)
def test_an_odd_page_turn_is_none(odd: dict[str, object]) -> None:
    usual: dict[str, object] = {"v": 1, "side": "after", "id": 7, "at": None, "position": 3, "query": "latest"}
    assert read_page(json.dumps(usual)) is not None
    assert read_page(json.dumps(usual | odd)) is None


@given(st.text(max_size=200) | JSON.map(json.dumps) | FACTS.map(json.dumps))
def test_reading_never_raises(value: str) -> None:
    for read in READERS:
        read(value)
