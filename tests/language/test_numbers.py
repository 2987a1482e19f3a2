"""Which telephone numbers a message holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.number import read_number
from bot.language.numbers import MAXIMUM, numbers_in


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        pytest.param("Please call +44 20 7946 0000 back", ("+442079460000",), id="with its country"),
        pytest.param("my number is (020) 7946-0000.", ("+442079460000",), id="without: the region's"),
        pytest.param("020 7946 0000 ext 12", ("+442079460000",), id="what is behind it is left out"),
        pytest.param("+44\u00a020\u20117946\u20110000", ("+442079460000",), id="blanks and hyphens that break no line"),
        pytest.param("٠٢٠ ٧٩٤٦ ٠٠٠٠", ("+442079460000",), id="in other digits"),
        pytest.param("0041 44 668 18 00", ("+41446681800",), id="another country's, with 00"),
        pytest.param(
            "+44 20 7946 0001, +44 20 7946 0000, 02079460001", ("+442079460001", "+442079460000"), id="each once"
        ),
        pytest.param("ext. 5566", ("5566",), id="an extension that is called one"),
        pytest.param("Phone 5566 or dial #5556 please", ("5566", "5556"), id="two of them in a sentence"),
        pytest.param("5566", ("5566",), id="alone"),
        pytest.param("call 5566.", ("5566",), id="to be called"),
        pytest.param("*5566*", ("5566",), id="alone, in bold"),
        pytest.param("ask tel 5566 about it", ("5566",), id="a short one in a sentence"),
        pytest.param("There is no 404. 2026, what a year!\n192.168.5.150", (), id="other short numbers"),
        pytest.param("we call 300 people", (), id="not a number to call"),
        pytest.param("tel 012 3456", (), id="too short, and no extension"),
        pytest.param("on 2026-11-23 at 09:30", (), id="a date"),
        pytest.param("", (), id="nothing"),
    ],
)
def test_numbers_in_a_text(text: str, numbers: tuple[str, ...]) -> None:
    assert numbers_in(text, "GB") == numbers


def test_without_a_region() -> None:
    assert numbers_in("+44 20 7946 0000, 020 7946 0001, ext 5566", None) == ("+442079460000", "5566")


def test_the_maximum() -> None:
    assert len(numbers_in("\n".join(map(str, range(5500, 5600))), "GB")) == MAXIMUM


@pytest.mark.parametrize("text", ["\n", " ", "1 ", "ext ", "call 555\n", "<", "+44 "])
def test_a_long_text_is_read_in_linear_time(text: str) -> None:
    """As many characters as are read of one; the suite's own time-out tells."""
    assert len(numbers_in(text * (12_000 // len(text)), "GB")) <= MAXIMUM


@given(st.text(alphabet=st.sampled_from("+0123456789 ()-.extl<>|&;:@\n#"), max_size=200), st.sampled_from(["GB", None]))
def test_every_number_found_can_be_searched_for(text: str, region: str | None) -> None:
    for number in numbers_in(text, region):
        assert read_number(number, region) is not None
