import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.folding import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("José Núñez", "jose nunez", id="accents"),
        pytest.param("Łukasz Ørsted", "lukasz orsted", id="letters that Unicode does not take apart"),
        pytest.param("Straße", "STRASSE", id="sharp s"),
        pytest.param(
            "Æsa Œdipe Þór Guðrún Đặng Ħal Işıl", "aesa oedipe thor gudrun dang hal isil", id="others of these"
        ),
        pytest.param("‘a’ ‛b ʹcʻ dʼ e′", "'a' 'b 'c' d' e'", id="apostrophes of all kinds"),
        pytest.param("“a” „b‟", '"a" "b"', id="quotes of all kinds"),
        pytest.param("a‐b‑c‒d–e—f―g−h", "a-b-c-d-e-f-g-h", id="dashes of all kinds"),
        pytest.param("\ufeffDa\u2060ve\u200f \u202aHarris\u202e", "dave harris", id="marks of direction"),
        pytest.param("Дмитрий", "дмитрии", id="Cyrillic"),
        pytest.param("ΓΙΏΡΓΟΣ", "γιωργος", id="Greek, and its last sigma"),
        pytest.param("ｊｏｓé", "jose", id="full width"),
        pytest.param("Jose\u0301", "josé", id="combined or not"),
        pytest.param("O’Brien", "o'brien", id="a phone's apostrophe"),
        pytest.param("Smith–Jones", "smith-jones", id="a phone's dash"),
        pytest.param(" Dave \u00a0 Harris", "dave harris", id="blanks"),
        pytest.param("Har\u00adris\u200b", "harris", id="what is not seen"),
        pytest.param("٥٥٦٦", "5566", id="digits of another script"),
        pytest.param("مُحَمَّد", "محمد", id="Arabic vowels"),
        pytest.param("שָׁלוֹם", "שלום", id="Hebrew points"),
        pytest.param("أحمد", "احمد", id="an alef's hamza"),
    ],
)
def test_what_is_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("が", "か"), ("प्रिया", "परया"), ("李梅", "李")])
def test_another_letter_of_another_script_stays_another(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_case_does_not_matter(text: str) -> None:
    assert fold(text.casefold()) == fold(text)


@given(st.text("abcxyzÅéñßжω", min_size=1), st.sampled_from("\u0300\u0301\u0308\u0327"))
def test_accents_do_not_matter(text: str, accent: str) -> None:
    assert fold("".join(letter + accent for letter in text)) == fold(text)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126)))
def test_what_stands_beside_a_letter_does_not_matter(text: str) -> None:
    """ASCII alone takes a shorter way, to the same place."""
    assert fold(text + "é") == fold(text) + "e"
