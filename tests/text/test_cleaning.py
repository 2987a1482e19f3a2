"""Outside text made harmless."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.cleaning import JOINER, clean, clusters, escape, escaped, plain, plain_for_escaping, share, shorten, units

ANY_TEXT = st.text(alphabet=st.characters(), max_size=60) | st.text(
    alphabet="&<>@:/`w. chanelهعل\u202e\u2066\u200b\u200d\ud800e\u0301👨👩👍🏽🇬🇧", max_size=60
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Evelyn", "Evelyn", id="plain words stay"),
        pytest.param("  Evelyn \t Smith\r\n", "Evelyn Smith", id="whitespace collapses and newlines go"),
        pytest.param("Eve\x00\x07lyn\x7f", "Eve lyn", id="control characters become a space"),
        pytest.param("abc\u202edef\u2066ghi\u2069", "abc def ghi", id="bidi overrides and isolates become a space"),
        pytest.param("Eve\u200b\u2060\ufeff\u00adlyn", "Evelyn", id="zero-width junk goes without a trace"),
        pytest.param("\u2028Evelyn\u2029", "Evelyn", id="line and paragraph separators go"),
        pytest.param("\u200b\u3164\u2800\ufe0f", "", id="a name one cannot see is no name"),
        pytest.param("\u0301", "", id="a mark with no letter is no name"),
        pytest.param("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧", id="a joined emoji stays joined"),
        pytest.param("می\u200cخواهم", "می\u200cخواهم", id="Persian keeps its non-joiner"),
        pytest.param("\u20dd", "", id="a circle round no letter is no name"),
        pytest.param("\u0600", "", id="a sign that stands before digits is no name"),
        pytest.param("\u0301 \u0301", "", id="nor are two marks with a blank between"),
        pytest.param("\u200cEvelyn\u200c", "Evelyn", id="a non-joiner at the edge goes"),
        pytest.param("Eve\ufff9\ufffblyn", "Evelyn", id="what marks small print goes"),
        pytest.param("Eve\U000e0041lyn", "Evelyn", id="letters that nobody sees go"),
        pytest.param("\u200dEvelyn\u200d", "Evelyn", id="a joiner at the edge would catch the neighbour"),
        pytest.param("Zoe" + "\u0301" * 40, "Zoe" + "\u0301" * 6, id="a tower of marks is cut down"),
        pytest.param("a\ud800b", "a\ufffdb", id="half a surrogate pair is shown as unreadable"),
        pytest.param("", "", id="nothing stays nothing"),
    ],
)
def test_cleaning(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        pytest.param("Evelyn", 6, "Evelyn", id="what fits stays"),
        pytest.param("Reception", 6, "Recep…", id="what does not ends with an ellipsis"),
        pytest.param("Ana Maria", 5, "Ana…", id="no space before the ellipsis"),
        pytest.param("Zoe\u0301 Smith", 4, "Zo…", id="a letter keeps its accent or goes with it"),
        pytest.param("ab👨\u200d👩\u200d👧cd", 6, "ab…", id="a family is not torn apart"),
        pytest.param("a🇬🇧🇫🇷z", 6, "a🇬🇧…", id="a flag is two halves"),
        pytest.param("a👍🏽b", 4, "a…", id="a thumb keeps its skin tone"),
        pytest.param("❤\ufe0f❤\ufe0f", 3, "❤\ufe0f…", id="a variation selector stays with its sign"),
        pytest.param("\u1100\u1161\u11a8" * 2, 4, "\u1100\u1161\u11a8…", id="Hangul syllables stay whole"),
        pytest.param("\u1100\u1161\u11a8" * 2, 3, "…", id="the end of a Hangul syllable stays with it"),
        pytest.param("می\u200cخواهم", 3, "م…", id="a non-joiner stays with its letter"),
        pytest.param("a\u20ddb", 2, "…", id="a circle stays with its letter"),
        pytest.param("का का", 3, "का…", id="a vowel sign stays with its letter"),
        pytest.param("Evelyn", 0, "…", id="no room at all still says that there is something"),
    ],
)
def test_shortening(text: str, most: int, expected: str) -> None:
    assert shorten(text, most) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("R&D <lab>", "R&amp;D &lt;lab&gt;", id="the three characters"),
        pytest.param("&lt;", "&amp;lt;", id="an entity is text too"),
        pytest.param('"O\'Hara" *_~', '"O\'Hara" *_~', id="nothing else is touched"),
        pytest.param("<!channel>", "&lt;!channel&gt;", id="a broadcast token pings nobody"),
        pytest.param("<https://x|Bank>", f"&lt;https:{JOINER}//x|Bank&gt;", id="a link token leads nowhere"),
        pytest.param("@Channel @here @everyone", f"@{JOINER}Channel @{JOINER}here @{JOINER}everyone", id="bare words"),
        pytest.param("ana@corp", "ana@corp", id="another @ stays as it is"),
        pytest.param("www.bank.example", f"www{JOINER}.bank.example", id="a bare domain leads nowhere"),
        pytest.param("```", f"`{JOINER}`{JOINER}`", id="no code block swallows the rows below"),
    ],
)
def test_escaping(text: str, expected: str) -> None:
    assert escape(text) == expected


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        pytest.param("R&D", 7, "R&amp;D", id="fits once escaped"),
        pytest.param("R&D", 6, "R…", id="an entity is never cut in two"),
        pytest.param("&&&&", 11, "&amp;&amp;…", id="as many as fit once escaped"),
        pytest.param(" A\nB ", 9, "A B", id="cleaned first"),
        pytest.param("علي", 9, "\u200eعلي\u200e", id="right-to-left is held in its place"),
    ],
)
def test_fitting(text: str, most: int, expected: str) -> None:
    assert escaped(text, most) == expected


@pytest.mark.parametrize(
    ("name", "most", "expected"),
    [
        pytest.param("علي", 20, "\u200eعلي\u200e", id="Arabic"),
        pytest.param("שלום", 20, "\u200eשלום\u200e", id="Hebrew"),
        pytest.param("١٢٣", 20, "\u200e١٢٣\u200e", id="Arabic digits"),
        pytest.param("علي", 4, "\u200eع…\u200e", id="cut"),
        pytest.param("علي", 3, "علي", id="no room for it to be held"),
        pytest.param("Zoë", 20, "Zoë", id="left to right as it is"),
    ],
)
def test_a_right_to_left_name_cannot_turn_the_arrow_round(name: str, most: int, expected: str) -> None:
    assert plain(name, most) == expected


@pytest.mark.parametrize("text", ["`", "@here", "://", "www.", "&", "<>"])
@pytest.mark.parametrize(
    "cut", [escaped, lambda text, most: escape(plain_for_escaping(text, most))], ids=["fit", "trim"]
)
def test_what_is_parted_when_it_is_escaped_has_room_for_it(text: str, cut: Callable[[str, int], str]) -> None:
    assert [most for most in range(1, 40) if units(cut(text * 20, most)) > most] == []


@pytest.mark.parametrize(
    ("first", "second", "most", "expected"),
    [
        pytest.param("Evelyn", "Harris", 12, ("Evelyn", "Harris"), id="both fit"),
        pytest.param("1002", "Reception desk", 12, ("1002", "Recepti…"), id="a short one leaves its room"),
        pytest.param("Reception desk", "1002", 12, ("Recepti…", "1002"), id="in both directions"),
        pytest.param("Reception desk", "Accounting", 12, ("Recep…", "Accou…"), id="two long ones share evenly"),
    ],
)
def test_sharing_room(first: str, second: str, most: int, expected: tuple[str, str]) -> None:
    assert share(first, second, most, plain) == expected


@given(ANY_TEXT)
def test_clean_text_is_one_visible_line_and_stays_so(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200b\ufeff\ud800-\udfff]", cleaned)
    assert cleaned == cleaned.strip()
    assert "  " not in cleaned


@given(ANY_TEXT, st.integers(1, 40))
def test_nothing_outgrows_its_room(text: str, most: int) -> None:
    assert units(shorten(clean(text), most)) <= most
    assert units(plain(text, most)) <= most
    assert units(escaped(text, most)) <= most
    assert "<" not in escaped(text, most)


@given(ANY_TEXT, st.integers(1, 40))
def test_trimmed_text_keeps_its_room_once_it_is_escaped_too(text: str, most: int) -> None:
    assert units(escape(plain_for_escaping(text, most))) <= most
    assert escape(plain_for_escaping(text, most)) == escaped(text, most)


@given(ANY_TEXT, ANY_TEXT, st.integers(2, 60))
def test_two_texts_never_take_more_than_their_room(first: str, second: str, most: int) -> None:
    one, other = share(first, second, most, escaped)
    assert units(one) + units(other) <= most


@given(ANY_TEXT)
def test_clusters_lose_nothing(text: str) -> None:
    assert "".join(clusters(text)) == text
