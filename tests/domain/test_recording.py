from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.recording import Length, Party, Recording, RecordingPage


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
        pytest.param("Bob<", Party("Bob<", ""), id="an open bracket at the end"),
        pytest.param("3>", Party("3>", ""), id="a closing bracket alone"),
        pytest.param("<>", Party(), id="brackets around nothing"),
        pytest.param(" Evelyn < 5566 > ", Party("Evelyn", "5566"), id="spaces around everything"),
        pytest.param("anonymous <anonymous>", Party("anonymous", ""), id="a name told twice, with a space"),
        pytest.param("Bank<Bank", Party("Bank<Bank", ""), id="a name told twice, without an end"),
        pytest.param("a<5<6>", Party("a<5", "6"), id="two open brackets: the last one counts"),
        pytest.param("Dave<dave.5556@pbx>", Party("Dave", "dave.5556@pbx"), id="a SIP address"),
        pytest.param("Dave<5556@pbx.example>", Party("Dave", "5556@pbx.example"), id="a SIP address that starts so"),
        pytest.param("Dave<x@5556.example>", Party("Dave", "x@5556.example"), id="a SIP address that ends so"),
        pytest.param("Dave<dave>", Party("Dave<dave>", ""), id="a SIP user without a digit"),
        pytest.param("dave5556", Party("dave5556", ""), id="a SIP user alone is a name"),
        pytest.param("**97", Party("", "**97"), id="a feature code alone"),
        pytest.param("020 (7946) 0000-1/2", Party("", "020 (7946) 0000-1/2"), id="a number as people write it"),
        pytest.param("020.7946.0000#", Party("", "020.7946.0000#"), id="a number with dots"),
    ],
)
def test_a_party_is_read(text: str, party: Party) -> None:
    assert Party.read(text) == party


@pytest.mark.parametrize(
    ("party", "text"),
    [
        pytest.param(Party("Evelyn", "5566"), "Evelyn<5566>", id="name and number"),
        pytest.param(Party("Evelyn", ""), "Evelyn", id="a name alone"),
        pytest.param(Party("", "5566"), "5566", id="a number alone"),
        pytest.param(Party(), "", id="nothing"),
        pytest.param(Party.of(" 5566 ", "5566 "), "5566", id="a name that repeats the number but for spaces"),
    ],
)
def test_a_party_is_written_as_the_pbx_does(party: Party, text: str) -> None:
    assert str(party) == text


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
        pytest.param(
            {"size": 825_588, "file": "A.WAV"}, Length(timedelta(seconds=51.5965), approximate=True), id="WAV"
        ),
        pytest.param({"duration": timedelta(seconds=9), "size": 825_588}, Length(timedelta(seconds=9)), id="both told"),
        pytest.param({"size": 44}, None, id="a header alone"),
        pytest.param({}, None, id="nothing told"),
    ],
)
def test_the_length_is_told_or_worked_out(facts: dict[str, object], length: Length | None) -> None:
    assert recording(**facts).length == length


@pytest.mark.parametrize(
    ("told", "held", "is_other"),
    [
        pytest.param(("a", "a.wav"), ("a", "a.wav"), False, id="the same call and file"),
        pytest.param(("b", "b.wav"), ("a", "a.wav"), True, id="another call and file"),
        pytest.param(("a", "b.wav"), ("a", "a.wav"), False, id="another file alone: it was renamed"),
        pytest.param(("b", "a.wav"), ("a", "a.wav"), False, id="another call alone: it was joined to one"),
        pytest.param(("", "b.wav"), ("a", "a.wav"), False, id="its call is not told"),
        pytest.param(("b", "b.wav"), ("", "a.wav"), False, id="the held one's call was not told"),
    ],
)
def test_another_recording_differs_in_its_call_and_its_file(
    told: tuple[str, str], held: tuple[str, str], *, is_other: bool
) -> None:
    one, other = (recording(uid=uid, file=file) for uid, file in (told, held))
    assert one.is_other_than(other) is is_other


def test_page_arithmetic_counts_rows_that_could_not_be_read() -> None:
    assert RecordingPage((recording(), recording()), total=9, skipped=3).read == 5
