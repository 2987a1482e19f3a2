"""Fold text for comparison in a search: ignore case, accents, width, and kinds of spaces, quotes and dashes."""

import re
import unicodedata
from functools import lru_cache

LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
"""Latin letters that Unicode normalization does not decompose."""
SIGNS = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201b\u02b9\u02bb\u02bc\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    }
)
"""Typographic variants of `'`, `"` and `-`, which phones insert."""
UNSEEN = dict.fromkeys((*range(0x300, 0x370), 0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF))
"""Combining marks of Latin, Greek and Cyrillic, soft hyphens, zero-width characters and direction marks."""
VOWELS = dict.fromkeys(
    (*range(0x591, 0x5BE), 0x5BF, 0x5C1, 0x5C2, 0x5C4, 0x5C5, 0x5C7, 0x640, *range(0x64B, 0x660), 0x670)
)
"""Vowel marks of Hebrew and Arabic, which are usually not written. Marks of other scripts change the letter."""
DIGIT = re.compile(r"\d")


def fold(text: str) -> str:
    """Return the text to compare: `José`, `JOSE` and `ｊｏｓé` are all `jose`, and `Straße` is `strasse`.

    The result is one line, with single spaces between words and none at the ends.
    """
    return " ".join((text.lower() if text.isascii() else _folded(text)).split())


def plain_digits(text: str) -> str:
    """Return the text with the digits of all scripts replaced by 0 to 9."""
    return text if text.isascii() else DIGIT.sub(_digit, text)


@lru_cache(maxsize=4096)  # the same few hundred names occur in all rows
def _folded(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold()).translate(UNSEEN).translate(VOWELS)
    lower = unicodedata.normalize("NFC", bare).casefold()
    return plain_digits(lower.translate(LETTERS).translate(SIGNS))


def _digit(found: re.Match[str]) -> str:
    return str(unicodedata.decimal(found[0]))
