import pytest

from bot.domain.words import split


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("latest 10", [("", "latest"), ("", "10")], id="bare words"),
        pytest.param("Sort:Time", [("sort", "Time")], id="a key is lower case, its value is as typed"),
        pytest.param("from:“Dave Harris”", [("from", "Dave Harris")], id="a quoted value"),
        pytest.param('"a:b"', [("", "a:b")], id="a quoted colon makes no key"),
        pytest.param("sort： id", [("sort", "id")], id="a full-width colon"),
        pytest.param("at:17:36", [("at", "17:36")], id="the first colon counts"),
        pytest.param("a &amp; b", [("", "a"), ("", "&"), ("", "b")], id="Slack's escapes are undone"),
        pytest.param("<https://x.example|x.example>", [("", "x.example")], id="an auto-link is its label"),
        pytest.param("with:<@U1|ana>", [("with", "<@U1>")], id="a mention stays one"),
        pytest.param("a < b", [("", "a"), ("", "<"), ("", "b")], id="a lone bracket is text"),
    ],
)
def test_a_line_is_cut(line: str, words: list[tuple[str, str]]) -> None:
    assert [(word.key, word.value) for word in split(line)] == words


def test_words_know_where_they_stood() -> None:
    line = "latest  sort: id"
    assert [line[slice(*word.span)] for word in split(line)] == ["latest", "sort: id"]
