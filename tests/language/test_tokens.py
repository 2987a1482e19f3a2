import pytest

from bot.language.tokens import split


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("latest 10", [("", "latest"), ("", "10")], id="bare words"),
        pytest.param("Sort:Time", [("sort", "Time")], id="a key is lower case, its value is as typed"),
        pytest.param('from:"Dave Harris"', [("from", "Dave Harris")], id="a quoted value"),
        pytest.param('"a:b"', [("", "a:b")], id="a quoted colon makes no key"),
        pytest.param("sort： id", [("sort", "id")], id="a full-width colon"),
        pytest.param("at:17:36", [("at", "17:36")], id="the first colon counts"),
        pytest.param("a &amp; b", [("", "a"), ("", "&amp;"), ("", "b")], id="an escape is text"),
        pytest.param("<@U1|ana>", [("", "<@U1|ana>")], id="a mention of Slack's is text"),
        pytest.param("“Dave Harris”", [("", "“Dave"), ("", "Harris”")], id="curly quotes are text"),
        pytest.param("sort: id from: to:x", [("sort", "id"), ("from", ""), ("to", "x")], id="a key is no value"),
        pytest.param("after: 9:30", [("after", "9:30")], id="a time is one"),
        pytest.param("from:smith-jones", [("from", "smith-jones")], id="a hyphen inside is text"),
        pytest.param('"a\n b" c', [("", "a b"), ("", "c")], id="a line end in quotes is a blank"),
        pytest.param('"Ana ""A""" b', [("", 'Ana "A"'), ("", "b")], id="a doubled quote is a quote"),
        pytest.param("a < b", [("", "a"), ("", "<"), ("", "b")], id="a lone bracket is text"),
    ],
)
def test_a_line_is_cut_into_words(line: str, words: list[tuple[str, str]]) -> None:
    assert [(word.key, word.value) for word in split(line)] == words


def test_words_have_their_position() -> None:
    line = "latest  sort: id"
    assert [line[slice(*word.position)] for word in split(line)] == ["latest", "sort: id"]


@pytest.mark.parametrize(
    ("line", "excluded", "value_text"),
    [
        ('-from:"Dave Harris"', True, '"Dave Harris"'),
        ("–test", True, "test"),
        ("-", False, "-"),
        ('"-test"', False, '"-test"'),
        ("from:-test", False, "-test"),
    ],
)
def test_a_minus_before_a_word_excludes_it(line: str, excluded: bool, value_text: str) -> None:
    (word,) = split(line)
    assert (word.is_excluded, word.value_text) == (excluded, value_text)
