"""What buttons carry, there and back."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.query import MOST_ROWS, Cursor, Query, Side
from bot.language.writing import line_of
from bot.slack.blocks.elements import Block
from bot.slack.blocks.values import LIST, OPEN, RUN, SHARE, SharedAnswer
from bot.slack.features.alerts import RESUME
from bot.slack.features.listing import NEXT

IDS = st.integers(0, 2**63 - 1)
BUTTONS = (OPEN, NEXT, SHARE, RUN, RESUME)
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
    {"v": st.sampled_from((1, 2)) | JSON},
    optional=dict.fromkeys(("id", "ids", "side", "at", "position", "query", "first", "total", "line", "channel"), JSON),
)
EVENING = datetime(2025, 11, 24, 17, 36, 29, 500, tzinfo=UTC)


@given(st.text(max_size=200), TURNS)
def test_a_page_turn_comes_back_exact(query: str, turn: Cursor) -> None:
    value = NEXT.write((query, turn))
    assert len(value) <= 2_000
    assert NEXT.read(value) == (query, turn)


@given(st.lists(IDS, min_size=1, max_size=60), st.none() | st.text(max_size=100), st.integers(0), st.integers(0))
def test_a_share_comes_back_in_order(ids: list[int], query: str | None, first: int, total: int) -> None:
    share = SharedAnswer(ids=tuple(ids), query=query, first=first, total=total)
    value = SHARE.write(share)
    assert SHARE.read(value) == share


def test_a_share_says_where_counting_stopped() -> None:
    share = SharedAnswer(ids=(614,), query="search harris", first=1, total=1_000, is_least=True)
    assert SHARE.read(SHARE.write(share)) == share


@pytest.mark.parametrize(
    ("action", "is_list"),
    [
        pytest.param(LIST.action, True, id="alone"),
        pytest.param(f"{LIST.action}.12", True, id="one of many"),
        pytest.param("recordings.list.v2", False, id="a version of the future"),
        pytest.param(f"x{LIST.action}", False, id="another name"),
        pytest.param(f"{LIST.action}.1.2", False, id="another shape"),
    ],
)
def test_which_buttons_list(action: str, is_list: bool) -> None:
    assert bool(LIST.pattern.search(action)) is is_list


def test_a_hundred_long_ids_fit_a_button() -> None:
    ids = tuple(range(9_999_999_900, 10_000_000_000))
    value = SHARE.write(SharedAnswer(ids=ids, query="latest 100 sort:time page:999999", first=99_901, total=1_000_000))
    assert len(value) <= 2_000


@given(IDS)
def test_an_id_comes_back_and_fits_an_option(recording: int) -> None:
    assert OPEN.read(OPEN.write(recording)) == recording
    assert len(OPEN.write(recording)) <= 40


@given(st.text(max_size=150))
def test_a_line_comes_back(line: str) -> None:
    value = RUN.write(line)
    assert RUN.read(value) == line


@given(st.from_regex("[CGD][A-Z0-9]{2,20}", fullmatch=True))
def test_a_channel_to_try_again_comes_back(channel: str) -> None:
    value = RESUME.write(channel)
    assert RESUME.read(value) == channel


def test_the_line_of_a_digest_comes_back() -> None:
    line = line_of(Query(count=MOST_ROWS, ids=(10**18 - 500, 10**18 - 1)))
    assert RUN.read(RUN.write(line)) == line


def button_with(line: str) -> list[Block]:
    return RUN.button("Run it", line, spoken_label="Run it")


def test_a_button_takes_2000_characters() -> None:
    room = 2_000 - len(RUN.write(""))
    (button,) = button_with("x" * room)
    assert len(button["value"]) == 2_000
    assert button_with("x" * (room + 1)) == []


def test_a_button_may_stand_beside_others() -> None:
    (button,) = LIST.button("List", "latest", spoken_label="List", suffix=2)
    assert button["action_id"] == f"{LIST.action}.2"
    assert LIST.pattern.search(button["action_id"])


def test_a_value_reads_the_same_for_ever() -> None:
    """Old messages live for ever: these very strings are in channels."""
    page = '{"v":1,"side":"before","id":614,"at":1764005789000500,"position":11,"query":"latest 10 sort:time"}'
    share = '{"v":1,"ids":[614,613],"query":"latest 10 sort:time","first":11,"total":184}'
    assert NEXT.read(page) == ("latest 10 sort:time", Cursor(side=Side.BEFORE, id=614, at=EVENING, position=11))
    assert SHARE.read(share) == SharedAnswer(ids=(614, 613), query="latest 10 sort:time", first=11, total=184)
    assert OPEN.read('{"v":1,"id":614}') == 614
    more = '{"v":1,"ids":[614],"query":"search harris","first":1,"total":1000,"more":1}'
    assert SHARE.read(more) == SharedAnswer(ids=(614,), query="search harris", total=1_000, is_least=True)
    assert RUN.read('{"v":1,"line":"latest 10"}') == "latest 10"
    assert RUN.read('{"v":1,"line":"latest 25 sort:time id:600..614"}') == "latest 25 sort:time id:600..614"
    assert RESUME.read('{"v":1,"channel":"C012AB"}') == "C012AB"


def test_a_line_of_the_first_version_has_slacks_escapes() -> None:
    escaped = '{"v":1,"line":"latest 10 with:\\"Ana &#34;A&#34; &#38; &lt;b&gt;\\""}'
    assert RUN.read(escaped) == 'latest 10 with:"Ana ""A"" & <b>"'
    assert RUN.read(escaped.replace('"v":1', '"v":2')) == 'latest 10 with:"Ana &#34;A&#34; &#38; &lt;b&gt;"'


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="nothing"),
        pytest.param("614", id="no object"),
        pytest.param("[" * 1_900, id="nested past reading"),
        pytest.param('{"v":3,"id":614,"line":"x"}', id="a version of the future"),
        pytest.param('{"id":614,"line":"x"}', id="no version"),
        pytest.param('{"v":1,"id":"614","line":7,"channel":["C012AB"]}', id="other types"),
        pytest.param('{"v":1,"id":true}', id="true is no number"),
        pytest.param('{"v":1,"ids":[],"query":"latest","first":1,"total":1}', id="no recordings"),
        pytest.param('{"v":1,"ids":[1,true],"query":"latest","first":1,"total":1}', id="an odd recording"),
    ],
)
def test_what_is_not_ours_is_none(value: str) -> None:
    assert [button.read(value) for button in BUTTONS] == [None] * len(BUTTONS)


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
    assert NEXT.read(json.dumps(usual)) is not None
    assert NEXT.read(json.dumps(usual | odd)) is None


@given(st.text(max_size=200) | JSON.map(json.dumps) | FACTS.map(json.dumps))
def test_reading_never_raises(value: str) -> None:
    for button in BUTTONS:
        button.read(value)
