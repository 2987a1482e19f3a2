import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.recording import Direction, Party, Recording
from bot.errors import PbxError, PbxNotFound, PbxNotUnderstood
from bot.yeastar import Information
from bot.yeastar.wire import (
    BadRow,
    read_answer,
    read_download,
    read_information,
    read_page,
    read_row,
    read_tokens,
)
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
    return read_answer(body, request="recording/list", now=START)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        pytest.param(b"<html><body>502</body></html>", "a web page", id="HTML"),
        pytest.param(b'{"errcode": 0, "data": [{"id": 6', "not JSON", id="JSON cut off"),
        pytest.param(b'{"errcode": 0, "data": [{"id": 6', "cut off", id="JSON cut off, by name"),
        pytest.param(b"", "an empty answer", id="nothing"),
        pytest.param(b" \r\n", "an empty answer", id="spaces alone"),
        pytest.param(b"[1, 2]", "not an object", id="a list"),
        pytest.param(b"null", "not an object", id="null"),
        pytest.param(b"[" * 100_000, "not JSON", id="nested without end"),
        pytest.param(b'{"errmsg": "SUCCESS", "data": []}', "without an errcode", id="errcode missing"),
        pytest.param(b'{"errcode": null}', "without an errcode", id="errcode null"),
        pytest.param(b'{"errcode": true}', "without an errcode", id="errcode a boolean"),
        pytest.param(b'{"errcode": ' + b"9" * 21 + b"}", "without an errcode", id="errcode of 21 digits"),
    ],
)
def test_an_invalid_envelope_is_not_understood(body: bytes, problem: str) -> None:
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
def test_an_unusual_but_valid_envelope_is_read(body: bytes) -> None:
    assert unwrap(body)["errcode"] in {0, "0"}


def test_the_vendors_rows_are_read() -> None:
    page = read_page(envelope(total_number=184, data=VENDORS_ROWS), request="recording/list")
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
        pytest.param(envelope(data={}, total_number=0), 0, id="data an empty object"),
        pytest.param(envelope(data="", total_number=0), 0, id="data an empty text"),
        pytest.param(envelope(data=[]), None, id="no total"),
        pytest.param(envelope(data=[], total_number="many"), None, id="a total that is no number"),
        pytest.param(envelope(data=[], total_number=-1), None, id="a negative total"),
    ],
)
def test_a_page_without_rows_is_empty(answer: dict[str, Any], total: int | None) -> None:
    page = read_page(answer, request="recording/list")
    assert (page.rows, page.bad, page.total) == ((), (), total)


@pytest.mark.parametrize("data", ["none", 0, False, {"614": {}}], ids=repr)
def test_data_that_is_no_list_is_not_understood(data: Any) -> None:
    with pytest.raises(PbxNotUnderstood, match="not a list"):
        read_page(envelope(data=data), request="recording/list")


def test_a_bad_row_does_not_lose_its_page() -> None:
    body = json.dumps(envelope(data=[row(614), None, row(615, id="x"), {"time": "?"}, row(616), row(0, id="HUGE")]))
    page = read_page(unwrap(body.replace('"HUGE"', "9" * 5000).encode()), request="recording/list")
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
        read_page(unwrap(body), request="recording/list")
    except PbxError as error:
        assert str(error)


@given(st.lists(st.dictionaries(FIELDS, JSON) | JSON), JSON)
def test_no_rows_raise_anything_but_a_pbx_error(rows: list[Any], total: Any) -> None:
    body = json.dumps(envelope(data=rows, total_number=total)).encode()
    page = read_page(unwrap(body), request="recording/list")
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
            read(answer, request="it")
        except PbxError as error:
            assert "it" in str(error)
    try:
        assert read_download(answer, origin=ORIGIN, request="it").link.startswith(ORIGIN + "/")
    except PbxError as error:
        assert "it" in str(error)


def test_tokens_are_read_and_not_shown() -> None:
    answer = envelope(
        access_token="ACCESS",
        access_token_expire_time=600,
        refresh_token="REFRESH",
        refresh_token_expire_time="7200",
    )
    tokens = read_tokens(answer, request="get_token")
    assert (tokens.access.get_secret_value(), tokens.access_lifetime) == ("ACCESS", timedelta(minutes=10))
    assert tokens.refresh is not None
    assert (tokens.refresh.get_secret_value(), tokens.refresh_lifetime) == ("REFRESH", timedelta(hours=2))
    assert "ACCESS" not in repr(tokens)
    assert "REFRESH" not in repr(tokens)


@pytest.mark.parametrize(
    ("value", "access", "refresh"),
    [
        pytest.param(None, timedelta(minutes=30), timedelta(days=1), id="missing: the vendor's default"),
        pytest.param(0, timedelta(minutes=30), timedelta(days=1), id="zero counts as missing"),
        pytest.param(-5, timedelta(minutes=30), timedelta(days=1), id="a negative number counts as missing"),
        pytest.param("soon", timedelta(minutes=30), timedelta(days=1), id="a word counts as missing"),
        pytest.param(1, timedelta(seconds=1), timedelta(seconds=1), id="a second"),
        pytest.param(30_000_000, timedelta(seconds=30_000_000), timedelta(seconds=30_000_000), id="most of a year"),
        pytest.param(40_000_000, timedelta(days=365), timedelta(days=365), id="a year at most"),
        pytest.param(2**62, timedelta(days=365), timedelta(days=365), id="beyond all time"),
    ],
)
def test_how_long_tokens_live(value: Any, access: timedelta, refresh: timedelta) -> None:
    lives = {"access_token_expire_time": value, "refresh_token_expire_time": value}
    tokens = read_tokens(envelope(access_token="A", **lives), request="get_token")
    assert (tokens.access_lifetime, tokens.refresh_lifetime) == (access, refresh)
    assert tokens.refresh is None


def test_an_answer_without_token_is_not_understood() -> None:
    with pytest.raises(PbxNotUnderstood, match="get_token without an access token"):
        read_tokens(envelope(), request="get_token")


@pytest.mark.parametrize(
    ("value", "link"),
    [
        pytest.param("/api/download/R-1.wav", f"{ORIGIN}/api/download/R-1.wav", id="the vendor's path"),
        pytest.param("api/download/R-1.wav", f"{ORIGIN}/api/download/R-1.wav", id="without its first slash"),
        pytest.param("/api/d/R.wav?v=1&access_token=T", f"{ORIGIN}/api/d/R.wav?v=1", id="a token is taken off"),
        pytest.param("/api/d/R.wav?access_token=T", f"{ORIGIN}/api/d/R.wav", id="a lone token as well"),
        pytest.param("http://10.0.0.9/api/R.wav", f"{ORIGIN}/api/R.wav", id="another host is not believed"),
        pytest.param("//evil.example/R.wav", f"{ORIGIN}/R.wav", id="nor one without a scheme"),
    ],
)
def test_a_download_lies_on_the_pbxs_own_host(value: str, link: str) -> None:
    download = read_download(envelope(file="R.wav", download_resource_url=value), origin=ORIGIN, request="it")
    assert (download.file, download.link) == ("R.wav", link)


@pytest.mark.parametrize("value", [None, "", "?v=1", {"path": "/R.wav"}], ids=repr)
def test_success_without_a_link_means_that_the_file_is_gone(value: Any) -> None:
    with pytest.raises(PbxNotFound, match="no file for recording 614"):
        read_download(envelope(file="R.wav", download_resource_url=value), origin=ORIGIN, request="recording 614")


@pytest.mark.parametrize("value", ["http://[", "/R.wav" + "x" * 70_000])
def test_an_invalid_link_is_not_understood(value: str) -> None:
    with pytest.raises(PbxNotUnderstood, match="with a link that is none"):
        read_download(envelope(file="R.wav", download_resource_url=value), origin=ORIGIN, request="recording 614")


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
    information = read_information(envelope(data=data), request="system/information")
    assert (information.name, information.model, information.serial) == ("Head office", "Yeastar P550", "3651064E8358")
    assert (information.firmware, information.date_format) == ("37.20.0.21", "YYYY/MM/DD")
    assert (information.local_time, information.time_format) == ("2025/08/22 16:44:40", "hh:mm:ss")
    assert information.time == datetime(2025, 8, 22, 8, 44, 40, tzinfo=UTC)
    assert information.offset == timedelta(hours=8)
    assert information.day_first is None


def test_information_of_older_firmware() -> None:
    information = read_information(envelope(data={"system_time": "08/22/2025 16:44:40"}), request="system/information")
    assert (information.time, information.offset, information.day_first) == (None, None, None)
    assert information.local_time == "08/22/2025 16:44:40"


@pytest.mark.parametrize("data", [None, {}], ids=repr)
def test_empty_information(data: Any) -> None:
    assert read_information(envelope(data=data), request="system/information") == Information()


@pytest.mark.parametrize("data", [[], "", 0, False], ids=repr)
def test_information_of_another_shape_is_not_understood(data: Any) -> None:
    with pytest.raises(PbxNotUnderstood, match="system/information with data that is not an object"):
        read_information(envelope(data=data), request="system/information")


@pytest.mark.parametrize("value", [None, "now", 1.5, 10**12, 10**18, -(10**18)], ids=repr)
def test_an_invalid_timestamp_is_ignored(value: Any) -> None:
    data = {"system_time": "2025/08/22 16:44:40", "timestamp": value}
    information = read_information(envelope(data=data), request="system/information")
    assert (information.time, information.offset) == (None, None)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        pytest.param(b"<html>", True, id="a web page"),
        pytest.param(b"", False, id="an empty answer"),
        pytest.param(b'{"errcode": 0', False, id="an answer that is cut off"),
    ],
)
def test_the_base_url_is_named_for_a_web_page_only(body: bytes, named: bool) -> None:
    with pytest.raises(PbxNotUnderstood) as caught:
        unwrap(body)
    assert ("YEASTAR_BASE_URL" in str(caught.value)) is named


def read(**facts: Any) -> Recording:
    recording = read_row(0, row(614, **facts))
    assert isinstance(recording, Recording)
    return recording


@pytest.mark.parametrize("value", ["614", " 614 ", 614, 614.0])
def test_an_id_may_be_written_in_several_ways(value: object) -> None:
    assert read(id=value).id == 614


@pytest.mark.parametrize("value", [0, 1, 2**63 - 1, str(2**63 - 1)])
def test_an_id_is_a_number_that_a_database_holds(value: int | str) -> None:
    assert read(id=value).id == int(value)


@pytest.mark.parametrize(
    "value",
    [None, "", "x", -1, "-1", 1.5, True, [614], 2**63, str(2**63), "9" * 30, "٦١٤", "6_1_4", float("inf")],
    ids=repr,
)
def test_a_row_without_usable_id_is_bad(value: object) -> None:
    bad = read_row(3, row(0, id=value))
    assert isinstance(bad, BadRow)
    assert (bad.index, bad.problem) == (3, "no usable id")


@pytest.mark.parametrize("value", [None, 7, "614", [614]], ids=repr)
def test_a_row_that_is_no_object_is_bad(value: object) -> None:
    assert read_row(3, value) == BadRow(3, "not an object", key=0)


def test_a_bad_row_contains_no_personal_data() -> None:
    assert "Evelyn" not in repr(read_row(0, row(0, id=None)))


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        pytest.param({}, True, id="the same row in another place"),
        pytest.param({"uid": "another"}, False, id="another call"),
        pytest.param({"file": "another.wav"}, False, id="another file"),
        pytest.param({"time": "01/12/2022 17:36:25"}, False, id="another time"),
    ],
)
def test_the_same_bad_row_has_the_same_key(changes: dict[str, str], same: bool) -> None:
    one, other = read_row(1, row(0, id=None)), read_row(2, row(0, id=None, **changes))
    assert isinstance(one, BadRow)
    assert isinstance(other, BadRow)
    assert (one.key == other.key) is same


@pytest.mark.parametrize(
    ("value", "direction"),
    [
        ("Inbound", Direction.INBOUND),
        ("OUTBOUND", Direction.OUTBOUND),
        (" internal ", Direction.INTERNAL),
        ("Conference", None),
        ("", None),
        (7, None),
    ],
)
def test_directions(value: object, direction: Direction | None) -> None:
    assert read(call_type=value).direction is direction


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (52, 52),
        ("52", 52),
        (1, 1),
        (0, 0),
        (-3, 0),
        ("-3", 0),
        (31 * 24 * 3600, 31 * 24 * 3600),
        (31 * 24 * 3600 + 1, 0),
        (10**12, 0),
        ("long", 0),
        ("00:04:10", 250),
        ("04:10", 250),
        (" 1:00:00 ", 3600),
        ("00:60:00", 0),
        ("4:1", 0),
        ("999:59:59", 0),
        (None, 0),
    ],
)
def test_durations(value: object, seconds: int) -> None:
    assert read(duration=value).duration == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (825588, 825588),
        ("825588", 825588),
        (1, 1),
        (0, 0),
        (-1, 0),
        (2**40, 2**40),
        (2**40 + 1, 0),
        (2**70, 0),
        ({}, 0),
    ],
)
def test_sizes(value: object, size: int) -> None:
    assert read(size=value).size == size


@pytest.mark.parametrize(
    ("facts", "party"),
    [
        pytest.param({"call_from": "Evelyn<5566>"}, Party("Evelyn", "5566"), id="the older edition"),
        pytest.param(
            {"call_from": "x", "call_from_name": "Eve <VIP>", "call_from_number": "5566"},
            Party("Eve <VIP>", "5566"),
            id="the newer edition tells them apart",
        ),
        pytest.param(
            {"call_from": "Evelyn<5566>", "call_from_name": "", "call_from_number": ""},
            Party("Evelyn", "5566"),
            id="newer fields, empty",
        ),
        pytest.param(
            {"call_from": "Evelyn<5566>", "call_from_number": "5566"},
            Party("Evelyn", "5566"),
            id="a newer number, its name left out",
        ),
        pytest.param(
            {"call_from": "Evelyn<5566>", "call_from_name": "Eve"},
            Party("Eve", "5566"),
            id="a newer name, its number left out",
        ),
        pytest.param(
            {"call_from": "Evelyn", "call_from_number": "5566"},
            Party("Evelyn", "5566"),
            id="a newer number beside a name alone",
        ),
        pytest.param({"call_from": "<1002>"}, Party("", "1002"), id="a number in brackets"),
        pytest.param({"call_from": 5566}, Party("", "5566"), id="a number that is one"),
        pytest.param({"call_from": None}, Party(), id="nobody"),
        pytest.param({"call_from": ["Evelyn"]}, Party(), id="a list"),
        pytest.param({"call_from": "Eve\x00lyn\ud800<5566>"}, Party("Eve lyn", "5566"), id="what no database takes"),
        pytest.param({"call_from": "Eve\x1flyn\x7fM\udfff<5566>"}, Party("Eve lyn M", "5566"), id="nor these"),
        pytest.param({"call_from": "Eve\u200blyn\xad<5566>"}, Party("Eve\u200blyn\xad", "5566"), id="what it does"),
        pytest.param({"call_from": "Evelyn<>"}, Party("Evelyn"), id="an empty number"),
        pytest.param({"call_from": "Unknown< >"}, Party("Unknown"), id="a number of one space"),
        pytest.param({"call_from": "<>"}, Party(), id="neither name nor number"),
        pytest.param(
            {"call_from": "Anonymous", "call_from_name": "", "call_from_number": "Anonymous"},
            Party("Anonymous"),
            id="a number without a digit is a name",
        ),
        pytest.param(
            {"call_from": "Satisfaction Survey", "call_from_number": "Satisfaction Survey"},
            Party("Satisfaction Survey"),
            id="a service without a number",
        ),
        pytest.param(
            {"call_from": "", "call_from_name": "Evelyn", "call_from_number": "Anonymous"},
            Party("Evelyn"),
            id="a name beside a number without a digit",
        ),
        pytest.param({"call_from": "", "call_from_number": "Anonymous"}, Party("Anonymous"), id="and nothing else"),
        pytest.param(
            {"call_from": "Evelyn<5566>", "call_from_number": "unknown"},
            Party("Evelyn", "5566"),
            id="a number without a digit beside one in brackets",
        ),
        pytest.param(
            {"call_from": "Queue CC_Team<6400>", "call_from_name": "CC_Team", "call_from_number": "6400"},
            Party("Queue CC_Team", "6400"),
            id="the word Queue is kept",
        ),
        pytest.param(
            {"call_from": "IVR Welcome_AR_EN<6200>", "call_from_name": "Welcome_AR_EN"},
            Party("IVR Welcome_AR_EN", "6200"),
            id="the word IVR is kept",
        ),
        pytest.param(
            {"call_from": "Queue CC_Team<6400>", "call_from_name": "Sales", "call_from_number": "6400"},
            Party("Sales", "6400"),
            id="another name wins",
        ),
        pytest.param(
            {"call_from": "\u202a+44\xa020\xa07946\xa00000\u202c"},
            Party("", "+44 20 7946 0000"),
            id="a number between direction marks, with no-break spaces",
        ),
        pytest.param(
            {"call_from": "\u2067שרה<\u2066050\u20111234567\u2069>\u2069"},
            Party("שרה", "050-1234567"),
            id="a number in brackets between direction marks",
        ),
        pytest.param({"call_from": "Renée\xa0B<\u202f5566\xa0>"}, Party("Renée\xa0B", "5566"), id="spaces around it"),
        pytest.param(
            {"call_from": "5566", "call_from_name": "Evelyn", "call_from_number": "\u200e5566\ufeff"},
            Party("Evelyn", "5566"),
            id="marks in a newer number",
        ),
        pytest.param({"call_from": "\u202bשרה\u202c"}, Party("\u202bשרה\u202c"), id="a name alone keeps its marks"),
        pytest.param({"call_from": True}, Party(), id="a yes"),
        pytest.param({"call_from": 10**20}, Party(), id="a number that is too long"),
        pytest.param({"call_from": "王小明<5566>"}, Party("王小明", "5566"), id="any script"),
    ],
)
def test_parties(facts: dict[str, Any], party: Party) -> None:
    assert read(**facts).caller == party
    facts = {key.replace("call_from", "call_to"): value for key, value in facts.items()}
    assert read(**facts).callee == party
    assert read(**facts).caller == Party("Evelyn", "5566")


def test_every_field_but_the_id_may_be_missing() -> None:
    assert read_row(0, {"id": 9}) == Recording(id=9, started_at=None)


def test_unknown_fields_do_not_matter() -> None:
    assert read(archive_status="success", archive_path="/mnt/nas") == read()
