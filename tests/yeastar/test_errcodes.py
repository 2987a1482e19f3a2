import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import PbxAddressBlocked, PbxError, PbxForbidden, PbxLoginRefused, PbxNotFound, PbxRefused
from bot.yeastar.errcodes import MEANINGS, UNLISTED_MEANING, login_error
from bot.yeastar.wire import read_answer
from tests.yeastar.stand_in import START


def refused(**answer: object) -> PbxError:
    with pytest.raises(PbxError) as caught:
        read_answer(json.dumps(answer).encode(), request="recording/list", now=START)
    return caught.value


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-2, PbxRefused),
        (-1, PbxRefused),
        (1, PbxRefused),
        (2, PbxRefused),
        (10001, PbxRefused),
        (10004, PbxRefused),
        (10005, PbxForbidden),
        (40002, PbxRefused),
        (60001, PbxNotFound),
        (60002, PbxRefused),
        (70004, PbxAddressBlocked),
        (70082, PbxRefused),
        (70087, PbxAddressBlocked),
        (99999, PbxRefused),
    ],
)
def test_each_errcode_is_one_error(code: int, kind: type[PbxError]) -> None:
    error = refused(errcode=code, errmsg="WORDS OF THE PBX")
    assert type(error) is kind
    assert (error.errcode, error.errmsg) == (code, "WORDS OF THE PBX")
    assert error.meaning == MEANINGS.get(code, UNLISTED_MEANING)
    assert error.meaning in str(error)
    assert f"{code} WORDS OF THE PBX" in str(error)
    assert "recording/list" in str(error)


@pytest.mark.parametrize(
    ("errmsg", "expected"),
    [
        pytest.param("FAILURE", "FAILURE", id="as they are"),
        pytest.param("  a \r\n b\tc ", "a b c", id="line breaks and spaces"),
        pytest.param("a\x1b[31mb\x00c\x7fd", "a [31mb c d", id="control characters"),
        pytest.param("a\x85b\x9bc\u2028d\u2029e", "a b c d e", id="those beyond ASCII"),
        pytest.param("a\ud800b\udfffc", "a b c", id="halves of characters"),
        pytest.param("c" * 200, "c" * 200, id="200 characters"),
        pytest.param("c" * 201, "c" * 200, id="no more"),
        pytest.param("  " * 200 + "c" * 600, "c" * 200, id="spaces do not count"),
    ],
)
def test_errmsg_becomes_one_short_line(errmsg: str, expected: str) -> None:
    assert refused(errcode=-1, errmsg=errmsg).errmsg == expected


def test_an_errcode_may_be_written_as_text() -> None:
    error = refused(errcode="-1")
    assert (type(error), error.errcode) == (PbxRefused, -1)


@pytest.mark.parametrize("errmsg", [None, {"a": 1}, ["x"]])
def test_an_errmsg_of_another_type_is_empty(errmsg: object) -> None:
    assert refused(errcode=-1, errmsg=errmsg).errmsg == ""


@pytest.mark.parametrize(
    ("value", "block"),
    [
        pytest.param(600, timedelta(minutes=10), id="a span in seconds"),
        pytest.param("600", timedelta(minutes=10), id="as text"),
        pytest.param(int(START.timestamp()) + 90, timedelta(seconds=90), id="the moment of its end"),
        pytest.param(int(START.timestamp()) + 1, timedelta(seconds=1), id="a moment that is near"),
        pytest.param(int(START.timestamp()), None, id="this very moment"),
        pytest.param(int(datetime(2020, 1, 1, tzinfo=UTC).timestamp()), None, id="a moment gone by"),
        pytest.param(1_000_000_000, None, id="the first number that is a moment"),
        pytest.param(999_999_999, timedelta(days=1), id="the last number that is a span"),
        pytest.param(int(START.timestamp()) + 200_000, timedelta(days=1), id="a moment in three days"),
        pytest.param(86_400, timedelta(days=1), id="a day"),
        pytest.param(1, timedelta(seconds=1), id="a second"),
        pytest.param(0, None, id="zero"),
        pytest.param(-5, None, id="negative"),
        pytest.param("soon", None, id="words"),
        pytest.param(None, None, id="missing"),
        pytest.param(10**40, None, id="beyond all time"),
        pytest.param(900_000_000, timedelta(days=1), id="no longer than a day"),
    ],
)
def test_how_long_an_address_is_blocked(value: object, block: timedelta | None) -> None:
    error = refused(errcode=70004, errmsg="ACCOUNT IP BLOCKED", block_expire_time=value)
    assert isinstance(error, PbxAddressBlocked)
    assert error.retry_after == block


@pytest.mark.parametrize("code", [10009, 70123, 70131, 70651, 70656, 80010])
def test_codes_of_newer_firmware_have_a_sentence(code: int) -> None:
    assert refused(errcode=code).meaning != UNLISTED_MEANING


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        pytest.param(10001, "another web server answers there, or the API is off", id="no such interface"),
        pytest.param(10005, "no permission", id="no permission"),
        pytest.param(10009, "switched off", id="a feature that is off"),
        pytest.param(40002, "does not understand the login request", id="a wrong parameter"),
        pytest.param(70123, "not available", id="no API"),
        pytest.param(70656, "switched off", id="an API that is off"),
    ],
)
def test_at_login_some_codes_mean_that_the_api_is_not_available(code: int, meaning: str) -> None:
    error = login_error(refused(errcode=code))
    assert not isinstance(error, PbxLoginRefused)
    assert error.errcode == code
    assert meaning in error.meaning
    assert error.meaning in str(error)


@pytest.mark.parametrize("code", [-1, 1, 20002, 20003, 99999])
def test_at_login_most_codes_mean_wrong_credentials(code: int) -> None:
    error = login_error(refused(errcode=code, errmsg="NO"))
    assert type(error) is PbxLoginRefused
    assert (error.errcode, error.errmsg) == (code, "NO")
    assert "client id and secret" in error.meaning


@pytest.mark.parametrize("code", [-2, 2, 10002, 10003, 60002, 70004, 70082, 70087, 70651])
def test_at_login_some_codes_mean_what_they_mean_elsewhere(code: int) -> None:
    error = refused(errcode=code)
    assert login_error(error) is error
