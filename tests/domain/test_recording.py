from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.recording import Length, Party, Recording


@pytest.mark.parametrize(
    ("text", "party"),
    [
        pytest.param("Evelyn<5566>", Party("Evelyn", "5566"), id="name and number"),
        pytest.param("Dave Harris<5556>", Party("Dave Harris", "5556"), id="two names"),
        pytest.param("+44 20 7946 0000", Party("", "+44 20 7946 0000"), id="a bare number"),
        pytest.param("<1002>", Party("", "1002"), id="a number in brackets"),
        pytest.param("0745150974<0745150974>", Party("", "0745150974"), id="a number for a name"),
        pytest.param("Anonymous", Party("Anonymous", ""), id="a name alone"),
        pytest.param("anonymous<anonymous>", Party("anonymous", ""), id="a name told twice"),
        pytest.param("", Party(), id="nothing"),
        pytest.param(" ", Party(), id="a space"),
        pytest.param("<!channel><0800>", Party("<!channel>", "0800"), id="a name that is a Slack mention"),
        pytest.param("<https://x|Bank>", Party("<https://x|Bank>", ""), id="a name that is a Slack link"),
        pytest.param('a < b > "c", d<+4420>', Party('a < b > "c", d', "+4420"), id="brackets, quotes and commas"),
        pytest.param("Müller-Lüdenscheidt<*97>", Party("Müller-Lüdenscheidt", "*97"), id="a feature code"),
        pytest.param("王小明<2001>", Party("王小明", "2001"), id="another script"),
        pytest.param("Room 5", Party("Room 5", ""), id="a name with a digit"),
        pytest.param("5 Star Hotel", Party("5 Star Hotel", ""), id="a name that starts with a digit"),
        pytest.param("Tom <3", Party("Tom <3", ""), id="an open bracket"),
    ],
)
def test_a_party_is_read(text: str, party: Party) -> None:
    assert Party.read(text) == party


@given(st.text(), st.from_regex(r"\+?[0-9]{2,12}", fullmatch=True))
def test_a_party_with_a_number_survives_its_text(name: str, number: str) -> None:
    party = Party.of(name, number)
    assert Party.read(str(party)) == party


def recording(**facts: object) -> Recording:
    return Recording(**{"id": 1, "started_at": None, "file": "a.wav", **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "length"),
    [
        pytest.param({"duration": timedelta(seconds=250)}, Length(timedelta(seconds=250)), id="told"),
        pytest.param({"size": 825_588}, Length(timedelta(seconds=51.5965), approximate=True), id="from the size"),
        pytest.param({"size": 825_588, "file": "a.mp3"}, None, id="an mp3's size tells nothing"),
        pytest.param({"size": 44}, None, id="a header alone"),
        pytest.param({}, None, id="nothing told"),
    ],
)
def test_the_length_is_told_or_worked_out(facts: dict[str, object], length: Length | None) -> None:
    assert recording(**facts).length == length
