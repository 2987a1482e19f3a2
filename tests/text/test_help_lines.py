"""What can be asked, by example: short, and every example can be typed as it stands."""

from datetime import UTC, datetime

import pytest

from bot.language.context import LineContext
from bot.language.examples import examples
from bot.language.grammar import read_command
from bot.slack.blocks.elements import line_text
from bot.text import help_lines
from bot.text.lines import Words
from tests.slack.makers import ROWS

ASKER = LineContext(now=datetime(2026, 11, 24, 12, tzinfo=UTC))
PIECES = [piece for pieces, _ in help_lines.FILTERS for piece in pieces]
ON_A_PHONE = 45
"""Letters on a line of a phone."""


def test_an_example_says_what_it_is_good_for() -> None:
    assert [line_text(line) for line in help_lines.help_(examples(ROWS))] == [
        "search evelyn – a part of a name, number or file",
        "with:+442079460000 – a number, however it is written",
        "type:inbound after:yesterday – which way, and since when",
        "from:harris longer:2m – who called, and how long",
        "show 614 – one recording in full",
        "stats by:day – how many, as a chart",
    ]


def test_the_help_fits_a_phones_screen() -> None:
    lines = [help_lines.INTRO, *help_lines.help_(examples(ROWS)), help_lines.MORE]
    assert sum(-(-len(line_text(line)) // ON_A_PHONE) for line in lines) <= 14


def test_the_filters_fit_a_phones_screen() -> None:
    lines = [help_lines.FILTERS_INTRO, *help_lines.filters(), help_lines.FILTERS_END]
    assert sum(-(-len(line_text(line)) // ON_A_PHONE) for line in lines) <= 24


@pytest.mark.parametrize("piece", [pytest.param(piece, id=piece) for piece in PIECES])
def test_whatever_the_help_shows_can_be_typed(piece: str) -> None:
    read_command(piece if piece.startswith("stats") else f"search harris {piece}", ASKER)


@pytest.mark.parametrize("key", ["from", "to", "with", "type", "after", "before", "on", "longer", "shorter", "id"])
def test_no_filter_is_left_out(key: str) -> None:
    assert any(piece.startswith(f"{key}:") for piece in PIECES)


def test_what_is_typed_stands_out() -> None:
    first = help_lines.filters()[0]
    assert [span.text for span in first if isinstance(span, Words)] == ["from:evelyn", "to:5566", "with:55xx"]
