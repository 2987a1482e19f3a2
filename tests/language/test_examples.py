"""The examples of the help: made of what the archive holds, and always lines that can be read."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.recording import Direction, Party, Recording
from bot.language.context import LineContext
from bot.language.examples import Asks, examples
from bot.language.grammar import read_command
from tests.stage import recording

HARRIS = Party("Dave Harris", "+44 20 7946 0000")
EVELYN = Party("Evelyn", "5566")
ASKER = LineContext(now=datetime(2026, 11, 24, 12, tzinfo=UTC))
PARTIES = st.builds(Party, st.text(max_size=20), st.text(max_size=20) | st.from_regex(r"\+?[0-9 ]{2,18}"))
RECORDINGS = st.builds(
    Recording,
    id=st.integers(1, 10**12),
    started_at=st.none(),
    caller=PARTIES,
    callee=PARTIES,
    direction=st.none() | st.sampled_from(Direction),
)


def lines(*recordings: Recording) -> list[str]:
    return [example.line for example in examples(recordings)]


def test_examples_use_names_and_numbers_of_the_archive() -> None:
    inbound = {"direction": Direction.INBOUND, "caller": HARRIS, "callee": EVELYN}
    assert lines(recording(616, **inbound), recording(615, **inbound), recording(614, caller=EVELYN)) == [
        "search harris",
        "with:+442079460000",
        "type:inbound after:yesterday",
        "from:evelyn longer:2m",
        "show 616",
        "stats by:day",
    ]


def test_an_empty_archive_gives_default_examples() -> None:
    assert lines() == [
        "search harris",
        "with:5566",
        "type:inbound after:yesterday",
        "from:evelyn longer:2m",
        "show 614",
        "stats by:day",
    ]


def test_without_outsiders_the_number_is_internal() -> None:
    assert lines(recording(caller=Party("", "1002"), callee=Party("", "1002")))[1] == "with:1002"


def test_names_that_need_quotes_are_skipped() -> None:
    row = recording(caller=Party('"O\'Hara" <!here>', "1"), callee=Party("Queue-6 علي", "2"))
    assert lines(row)[0] == "search علي"


def test_a_name_that_is_a_day_is_skipped_for_search() -> None:
    assert lines(recording(caller=Party("Robinson Friday"), callee=Party("Robinson")))[:4:3] == [
        "search robinson",
        "from:friday longer:2m",
    ]


def test_there_is_one_of_each_kind() -> None:
    assert [example.asks for example in examples(())] == list(Asks)


@given(st.lists(RECORDINGS, max_size=6))
def test_every_example_can_be_read(rows: list[Recording]) -> None:
    for example in examples(rows):
        read_command(example.line, ASKER)
