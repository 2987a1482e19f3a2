"""Slack's escapes, links, mentions and quotes, undone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.numbers import numbers_in
from bot.slack.unescape import unescape_line, unescape_message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("search brown &amp; sons &lt;x&gt;", "search brown & sons <x>", id="escapes"),
        pytest.param("&amp;lt;", "&lt;", id="once only"),
        pytest.param("from:“Dave Harris”", 'from:"Dave Harris"', id="curly quotes"),
        pytest.param("show <tel:614|614>", "show 614", id="a number that Slack made a link"),
        pytest.param("from:<tel:+442079460000|+44 20 79>", 'from:"+44 20 79"', id="a link with blanks in its label"),
        pytest.param('"call <tel:+442079460000|+44 20 79>"', '"call +44 20 79"', id="a link in quotes"),
        pytest.param("<https://x.example|x.example>", "x.example", id="an address"),
        pytest.param("with:<@U0ANA|ana>", "with:5566", id="somebody with an extension"),
        pytest.param("with:<@U0LEO|leo>", "with:@leo", id="somebody without"),
        pytest.param("with:<!subteam^S1|@sales>", "with:@sales", id="a group"),
        pytest.param("with:<#C1|calls>", "with:#calls", id="a channel"),
        pytest.param('"Ana &#34;A&#34;"', '"Ana ""A"""', id="a quote in a line of an earlier version"),
        pytest.param("&#0;&#55296;", "", id="no characters"),
    ],
)
def test_a_line(text: str, line: str) -> None:
    assert unescape_line(text, {"U0ANA": "5566"}) == line


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        pytest.param("<tel:+442079460001|020 7946 0001>", ("+442079460001",), id="Slack's own link"),
        pytest.param("ask <tel:5566|5566> about it", ("5566",), id="a short one that Slack made a link"),
        pytest.param("<https://x.example/02079460000>", (), id="an address"),
        pytest.param("<@U0ANA> sent <https://x.example/5551234567|the form>", (), id="mentions and links"),
        pytest.param("Smith &amp; Co: +44 20 7946 0000", ("+442079460000",), id="beside what Slack escapes"),
    ],
)
def test_the_numbers_of_a_message(text: str, numbers: tuple[str, ...]) -> None:
    assert numbers_in(unescape_message(text), "GB") == numbers


@given(st.text(alphabet='<>|@#!&;amplt#0123456789:“" U'))
def test_any_text_becomes_a_line(text: str) -> None:
    unescape_line(text)
    unescape_message(text)
