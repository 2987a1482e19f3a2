import pytest

from bot.language.tokens import split


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
        pytest.param("sort: id from: to:x", [("sort", "id"), ("from", ""), ("to", "x")], id="a key is no value"),
        pytest.param("after: 9:30", [("after", "9:30")], id="a time is one"),
        pytest.param("from:smith-jones", [("from", "smith-jones")], id="a hyphen inside is text"),
        pytest.param('"a\n b" c', [("", "a b"), ("", "c")], id="a line end in quotes is a blank"),
        pytest.param('"Ana &#34;A&#34;"', [("", 'Ana "A"')], id="our own escapes are undone"),
        pytest.param("a < b", [("", "a"), ("", "<"), ("", "b")], id="a lone bracket is text"),
    ],
)
def test_a_line_is_cut(line: str, words: list[tuple[str, str]]) -> None:
    assert [(word.key, word.value) for word in split(line)] == words


def test_words_know_where_they_stood() -> None:
    line = "latest  sort: id"
    assert [line[slice(*word.span)] for word in split(line)] == ["latest", "sort: id"]


@pytest.mark.parametrize(
    ("line", "excluded", "written"),
    [
        ("-from:“Dave Harris”", True, "“Dave Harris”"),
        ("–test", True, "test"),
        ("-", False, "-"),
        ('"-test"', False, '"-test"'),
        ("from:-test", False, "-test"),
    ],
)
def test_a_minus_before_a_word_leaves_it_out(line: str, excluded: bool, written: str) -> None:
    (word,) = split(line)
    assert (word.is_excluded, word.written) == (excluded, written)


@pytest.mark.parametrize(
    ("line", "mention", "group", "called"),
    [
        ("<@U0ANA|ana>", "U0ANA", False, "@ana"),
        ("with:<@U0ANA>", "U0ANA", False, ""),
        ("with:<!subteam^S1|@sales>", None, True, "@sales"),
        ("<#C1|calls>", None, True, "@calls"),
        ('"<@U0ANA>"', None, False, ""),
        ("<tel:5566|5566>", None, False, "@5566"),
    ],
)
def test_whom_a_word_mentions(line: str, mention: str | None, group: bool, called: str) -> None:
    (word,) = split(line)
    assert (word.mention, word.is_group, word.called) == (mention, group, called)
