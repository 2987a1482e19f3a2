import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.recording import Direction, Party
from bot.errors import PbxError, PbxNotFound, PbxNotUnderstood
from bot.yeastar import Information
from bot.yeastar.wire import read_answer, read_download, read_information, read_page, read_tokens
from tests.yeastar.stand_in import START, VENDORS_ROWS, row

ORIGIN = "https://192.168.5.150:8088"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from([*VENDORS_ROWS[0], "call_from_name", "call_to_number", "uid", "data", "errcode"])


def envelope(**facts: Any) -> dict[str, Any]:
    return {"errcode": 0, "errmsg": "SUCCESS", **facts}


def unwrap(body: bytes) -> Any:
    return read_answer(body, asked="recording/list", now=START)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        pytest.param(b"<html><body>502</body></html>", "a web page", id="HTML"),
        pytest.param(b'{"errcode": 0, "data": [{"id": 6', "not JSON", id="JSON cut off"),
        pytest.param(b"", "0 bytes", id="nothing"),
        pytest.param(b"[1, 2]", "not an object", id="a list"),
        pytest.param(b"null", "not an object", id="null"),
        pytest.param(b"[" * 100_000, "not JSON", id="nested without end"),
        pytest.param(b'{"errmsg": "SUCCESS", "data": []}', "without an errcode", id="errcode missing"),
        pytest.param(b'{"errcode": null}', "without an errcode", id="errcode null"),
        pytest.param(b'{"errcode": true}', "without an errcode", id="errcode a boolean"),
        pytest.param(b'{"errcode": ' + b"9" * 21 + b"}", "without an errcode", id="errcode of 21 digits"),
    ],
)
def test_what_is_no_envelope_is_not_understood(body: bytes, problem: str) -> None:
    with pytest.raises(PbxNotUnderstood, match=problem):
        unwrap(body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"errcode": 0}', id="no more than the code"),
        pytest.param(b'{"errcode": "0", "errmsg": "SUCCESS"}', id="the code as text"),
        pytest.param(b'\xef\xbb\xbf{"errcode": 0, "new": {"a": 1}}', id="a byte order mark and an unknown field"),
        pytest.param(b'{"errcode": 0, "errmsg": "\xff\xfe"}', id="bytes that are no UTF-8"),
        pytest.param(b'{"errcode": 0, "errmsg": "a\nb"}', id="a raw line break"),
        pytest.param(b'{"errcode": 0, "n": ' + b"9" * 5000 + b"}", id="a number of thousands of digits"),
    ],
)
def test_what_is_odd_but_clear_is_read(body: bytes) -> None:
    assert unwrap(body)["errcode"] in {0, "0"}


def test_the_vendors_rows_are_read() -> None:
    page = read_page(envelope(total_number=184, data=VENDORS_ROWS), asked="recording/list")
    assert page.total == 184
    assert page.bad == ()
    first, second, third = page.rows
    assert (first.id, first.caller, first.callee) == (614, Party("Evelyn", "5566"), Party("Dave Harris", "5556"))
    assert (first.direction, first.size, first.duration) == (Direction.INTERNAL, 825_588, timedelta(0))
    assert first.file == "20220112173629-1641980184.14-5566-5556-Internal.wav"
    assert first.started_at == datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC)
    assert (second.id, second.caller) == (615, Party("Leo Ball", "5555"))
    assert (third.id, third.local_time, third.uid) == (618, "01/25/2022 14:32:06", "202201251432063097C")


@pytest.mark.parametrize(
    ("answer", "total"),
    [
        pytest.param(envelope(data=None, total_number=184), 184, id="data null"),
        pytest.param(envelope(total_number="184"), 184, id="data absent, the total as text"),
        pytest.param(envelope(data=[], total_number=0), 0, id="a total of none"),
        pytest.param(envelope(data=[], total_number=1), 1, id="a total of one"),
        pytest.param(envelope(data=[]), None, id="no total"),
        pytest.param(envelope(data=[], total_number="many"), None, id="a total that is no number"),
        pytest.param(envelope(data=[], total_number=-1), None, id="a negative total"),
    ],
)
def test_a_page_without_rows_is_empty(answer: dict[str, Any], total: int | None) -> None:
    page = read_page(answer, asked="recording/list")
    assert (page.rows, page.bad, page.total) == ((), (), total)


@pytest.mark.parametrize("data", [{}, "", 0, False, {"614": {}}], ids=repr)
def test_data_that_is_no_list_is_not_understood(data: Any) -> None:
    with pytest.raises(PbxNotUnderstood, match="not a list"):
        read_page(envelope(data=data), asked="recording/list")


def test_a_bad_row_does_not_lose_its_page() -> None:
    body = json.dumps(envelope(data=[row(614), None, row(615, id="x"), {"time": "?"}, row(616), row(0, id="HUGE")]))
    page = read_page(unwrap(body.replace('"HUGE"', "9" * 5000).encode()), asked="recording/list")
    assert [recording.id for recording in page.rows] == [614, 616]
    assert [(bad.index, bad.problem) for bad in page.bad] == [
        (1, "not an object"),
        (2, "no usable id"),
        (3, "no id"),
        (5, "no usable id"),
    ]


@given(st.binary())
def test_no_bytes_raise_anything_but_a_pbx_error(body: bytes) -> None:
    try:
        read_page(unwrap(body), asked="recording/list")
    except PbxError as error:
        assert str(error)


@given(st.lists(st.dictionaries(FIELDS, JSON) | JSON), JSON)
def test_no_rows_raise_anything_but_a_pbx_error(rows: list[Any], total: Any) -> None:
    body = json.dumps(envelope(data=rows, total_number=total)).encode()
    page = read_page(unwrap(body), asked="recording/list")
    assert len(page.rows) + len(page.bad) == len(rows)
    for recording in page.rows:
        assert 0 <= recording.id < 2**63
        assert 0 <= recording.size < 2**63
        assert str(recording.caller).encode() or recording.caller == Party()


@given(st.dictionaries(st.sampled_from(["data", "access_token", "download_resource_url", "errmsg", "file"]), JSON))
def test_no_answer_raises_anything_but_a_pbx_error(facts: dict[str, Any]) -> None:
    answer = unwrap(json.dumps({**facts, "errcode": 0}).encode())
    for read in (read_tokens, read_information):
        try:
            read(answer, asked="it")
        except PbxError as error:
            assert "it" in str(error)
    try:
        assert read_download(answer, origin=ORIGIN, asked="it").link.startswith(ORIGIN + "/")
    except PbxError as error:
        assert "it" in str(error)


def test_tokens_are_read_and_not_shown() -> None:
    answer = envelope(
        access_token="ACCESS",
        access_token_expire_time=600,
        refresh_token="REFRESH",
        refresh_token_expire_time="7200",
    )
    tokens = read_tokens(answer, asked="get_token")
    assert (tokens.access.reveal(), tokens.access_life) == ("ACCESS", timedelta(minutes=10))
    assert tokens.refresh is not None
    assert (tokens.refresh.reveal(), tokens.refresh_life) == ("REFRESH", timedelta(hours=2))
    assert "ACCESS" not in repr(tokens)
    assert "REFRESH" not in repr(tokens)


@pytest.mark.parametrize(
    ("told", "access", "refresh"),
    [
        pytest.param(None, timedelta(minutes=30), timedelta(days=1), id="not told: the vendor's"),
        pytest.param(0, timedelta(minutes=30), timedelta(days=1), id="none at all is not told"),
        pytest.param(-5, timedelta(minutes=30), timedelta(days=1), id="nor is one below zero"),
        pytest.param("soon", timedelta(minutes=30), timedelta(days=1), id="nor a word"),
        pytest.param(1, timedelta(seconds=1), timedelta(seconds=1), id="a second"),
        pytest.param(30_000_000, timedelta(seconds=30_000_000), timedelta(seconds=30_000_000), id="most of a year"),
        pytest.param(40_000_000, timedelta(days=365), timedelta(days=365), id="a year at most"),
        pytest.param(2**62, timedelta(days=365), timedelta(days=365), id="beyond all time"),
    ],
)
def test_how_long_tokens_live(told: Any, access: timedelta, refresh: timedelta) -> None:
    lives = {"access_token_expire_time": told, "refresh_token_expire_time": told}
    tokens = read_tokens(envelope(access_token="A", **lives), asked="get_token")
    assert (tokens.access_life, tokens.refresh_life) == (access, refresh)
    assert tokens.refresh is None


def test_an_answer_without_token_is_not_understood() -> None:
    with pytest.raises(PbxNotUnderstood, match="get_token without an access token"):
        read_tokens(envelope(), asked="get_token")


@pytest.mark.parametrize(
    ("told", "link"),
    [
        pytest.param("/api/download/R-1.wav", f"{ORIGIN}/api/download/R-1.wav", id="the vendor's path"),
        pytest.param("api/download/R-1.wav", f"{ORIGIN}/api/download/R-1.wav", id="without its first slash"),
        pytest.param("/api/d/R.wav?v=1&access_token=T", f"{ORIGIN}/api/d/R.wav?v=1", id="a token is taken off"),
        pytest.param("/api/d/R.wav?access_token=T", f"{ORIGIN}/api/d/R.wav", id="a lone token as well"),
        pytest.param("http://10.0.0.9/api/R.wav", f"{ORIGIN}/api/R.wav", id="another host is not believed"),
        pytest.param("//evil.example/R.wav", f"{ORIGIN}/R.wav", id="nor one without a scheme"),
    ],
)
def test_a_download_lies_on_the_pbxs_own_host(told: str, link: str) -> None:
    download = read_download(envelope(file="R.wav", download_resource_url=told), origin=ORIGIN, asked="it")
    assert (download.file, download.link) == ("R.wav", link)


@pytest.mark.parametrize("told", [None, "", "?v=1", {"path": "/R.wav"}], ids=repr)
def test_success_without_a_link_means_that_the_file_is_gone(told: Any) -> None:
    with pytest.raises(PbxNotFound, match="no file for recording 614"):
        read_download(envelope(file="R.wav", download_resource_url=told), origin=ORIGIN, asked="recording 614")


@pytest.mark.parametrize("told", ["http://[", "/R.wav" + "x" * 70_000])
def test_a_link_that_is_none_is_not_understood(told: str) -> None:
    with pytest.raises(PbxNotUnderstood, match="with a link that is none"):
        read_download(envelope(file="R.wav", download_resource_url=told), origin=ORIGIN, asked="recording 614")


def test_information_tells_clock_and_offset() -> None:
    data = {
        "device_name": "Head office",
        "model_name": "Yeastar P550",
        "sn": "3651064E8358",
        "firmware_version": "37.20.0.21",
        "system_time": "2025/08/22 16:44:40",
        "system_date_format": "YYYY/MM/DD",
        "system_time_format": "hh:mm:ss",
        "timestamp": 1755852280,
    }
    information = read_information(envelope(data=data), asked="system/information")
    assert (information.name, information.model, information.serial) == ("Head office", "Yeastar P550", "3651064E8358")
    assert (information.firmware, information.date_format) == ("37.20.0.21", "YYYY/MM/DD")
    assert (information.local_time, information.time_format) == ("2025/08/22 16:44:40", "hh:mm:ss")
    assert information.time == datetime(2025, 8, 22, 8, 44, 40, tzinfo=UTC)
    assert information.offset == timedelta(hours=8)
    assert information.day_first is None


def test_older_firmware_tells_less() -> None:
    information = read_information(envelope(data={"system_time": "08/22/2025 16:44:40"}), asked="system/information")
    assert (information.time, information.offset, information.day_first) == (None, None, None)
    assert information.local_time == "08/22/2025 16:44:40"


@pytest.mark.parametrize("data", [None, {}], ids=repr)
def test_a_pbx_that_says_nothing_of_itself_is_empty(data: Any) -> None:
    assert read_information(envelope(data=data), asked="system/information") == Information()


@pytest.mark.parametrize("data", [[], "", 0, False], ids=repr)
def test_information_of_another_shape_is_not_understood(data: Any) -> None:
    with pytest.raises(PbxNotUnderstood, match="system/information with data that is not an object"):
        read_information(envelope(data=data), asked="system/information")


@pytest.mark.parametrize("told", [None, "now", 1.5, 10**12, 10**18, -(10**18)], ids=repr)
def test_a_moment_that_is_none_is_not_told(told: Any) -> None:
    data = {"system_time": "2025/08/22 16:44:40", "timestamp": told}
    information = read_information(envelope(data=data), asked="system/information")
    assert (information.time, information.offset) == (None, None)
