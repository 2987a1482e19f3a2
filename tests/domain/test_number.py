"""A number is the same however it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.number import compact, read_number

WAYS = (
    "+44 20 7946 0000",
    "+442079460000",
    "0044 20 7946 0000",
    "+44 (0)20 7946 0000",
    "020 7946 0000",
    "(020) 7946-0000",
    "02079460000",
    "+44\u00a020\u20117946\u20110000",
    "+44 ( 0 ) 20 7946 0000",
    "٠٢٠ ٧٩٤٦ ٠٠٠٠",
    "０２０ ７９４６ ００００",
)


@pytest.mark.parametrize("stored", WAYS)
@pytest.mark.parametrize("typed", WAYS)
@pytest.mark.parametrize("region", ["GB", None])
def test_each_way_finds_each(typed: str, stored: str, region: str | None) -> None:
    number = read_number(typed, region)
    assert number is not None
    assert number.is_in(stored)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        pytest.param("5566", "55667", id="an extension is the whole of it"),
        pytest.param("5566", "15566", id="and not an end of another"),
        pytest.param("460000", "+442079460000", id="six digits are an extension"),
        pytest.param("5566", "+5566", id="with a sign before it, it is another"),
        pytest.param("55xx", "55xx", id="a pattern stands for digits"),
        pytest.param("55xx", "15566", id="and begins where the number does"),
        pytest.param("+442079460000", "+12079460000", id="another country"),
        pytest.param("02079460000", "02079460001", id="another number"),
        pytest.param("*971234567", "971234567", id="a feature code is the whole of it"),
        pytest.param("55xx", "5566 7", id="a pattern is the whole of it too"),
    ],
)
def test_what_is_not_the_same(typed: str, stored: str) -> None:
    number = read_number(typed, "GB")
    assert number is not None
    assert not number.is_in(stored)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        pytest.param("5566", "5566", id="an extension"),
        pytest.param("55xx", "5566", id="a pattern"),
        pytest.param("55XX", "5566", id="in capitals"),
        pytest.param("*97", "*97", id="a feature code"),
        pytest.param("+44 020 7946 0000", "+442079460000", id="a zero too many"),
        pytest.param("9460000", "+442079460000", id="a local number, without its area"),
        pytest.param("020 7946 0000", "902079460000", id="dialled with a prefix"),
        pytest.param("079460000", "+4479460000", id="without a country the end tells"),
    ],
)
def test_what_is_the_same(typed: str, stored: str) -> None:
    number = read_number(typed, None)
    assert number is not None
    assert number.is_in(stored)


@pytest.mark.parametrize(
    ("typed", "region", "stored"),
    [
        pytest.param("946-0000", "US", "+12079460000", id="a local number, without its area"),
        pytest.param("07911 123456", "GB", "+44 7911 123456", id="a mobile of the country"),
        pytest.param("011 44 20 7946 0000", "US", "+442079460000", id="another way out of the country"),
        pytest.param("1 (207) 946-0000", "US", "2079460000", id="a country without its plus"),
        pytest.param("06 1234 5678", "IT", "+390612345678", id="a zero that stays"),
        pytest.param("079 123 45 67", "CH", "0041 79 123 45 67", id="Switzerland"),
    ],
)
def test_what_is_the_same_in_a_country(typed: str, region: str, stored: str) -> None:
    number = read_number(typed, region)
    assert number is not None
    assert number.is_in(stored)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        pytest.param("0044 20", "004420", id="few digits behind two zeros are an extension"),
        pytest.param("0012345", "0012345", id="seven digits with them, too"),
        pytest.param("00123456", "+123456", id="eight are a country's"),
        pytest.param("00sip123456", "00sip123456", id="letters are no country"),
        pytest.param("*97#", "*97#", id="a feature code"),
        pytest.param("(020) 7946.0000/1-2", "0207946000012", id="separators of all kinds"),
        pytest.param("5566\u200e", "5566", id="what turns the direction"),
        pytest.param("Dave Harris", "DaveHarris", id="other text loses its blanks, too"),
    ],
)
def test_a_number_without_its_separators(text: str, bare: str) -> None:
    assert compact(text) == bare


@pytest.mark.parametrize("text", ["harris", "", "x", "xx", "sip:5566", "5566a", "+", "anonymous"])
def test_what_is_no_number(text: str) -> None:
    assert read_number(text, "GB") is None


@given(st.text(max_size=30), st.sampled_from(["GB", "CH", None]))
def test_any_text_is_read(text: str, region: str | None) -> None:
    number = read_number(text, region)
    assert number is None or number.digits == compact(text).lower()
