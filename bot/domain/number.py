"""Telephone numbers, however they are written."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from bot.domain.folding import fold, plain_digits

SEPARATORS = re.compile(r"[\s()./\u2010-\u2015\u2212-]+|[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
"""What is left out behind a country: `+44 (0)20 …`."""
NUMBER = re.compile(r"[+*#]*[0-9][0-9x*#]*", re.IGNORECASE)
"""A compact number, or a pattern such as `55xx`."""
LEAST_NATIONAL = 7
"""Digits from which on the end of a number tells whose it is; a shorter one is an extension and must be the same."""


def compact(text: str) -> str:
    """Digits, `+`, `*` and `#` alone, where the text is a number; other text without its separators.

    `00` before a country is `+`.
    """
    plain = text if text.isascii() else plain_digits(unicodedata.normalize("NFKC", text))
    bare = SEPARATORS.sub("", TRUNK_ZERO.sub("", plain))
    return f"+{bare[2:]}" if bare.startswith("00") and bare.isdecimal() and len(bare) > LEAST_NATIONAL else bare


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is looked for."""

    digits: str
    """As typed, compact; `x` stands for any digit."""
    core: str
    """What every way of writing it ends with; `digits` for an extension or a pattern."""
    full: str = ""
    """With its country, `+442079460000`; empty where that is not known."""

    @property
    def is_pattern(self) -> bool:
        """Whether it stands for many."""
        return "x" in self.digits

    def is_in(self, written: str) -> bool:
        """Whether `written` is this number, or fits the pattern."""
        number = fold(compact(written))
        if self.is_pattern:
            return bool(_pattern(self.digits).fullmatch(number))
        if len(self.core) < LEAST_NATIONAL:
            return number == self.digits
        if self.full and number.startswith("+"):
            return number == self.full
        return number.endswith(self.core)


@lru_cache(maxsize=1024)
def read_number(text: str, region: str | None) -> Number | None:
    """The number that a text is; None when it is none. `region` is the country of numbers written without one, `GB`."""
    digits = compact(text).lower()
    if not NUMBER.fullmatch(digits):
        return None
    if not digits.removeprefix("+").isdecimal() or len(digits.lstrip("+0")) < LEAST_NATIONAL:
        return Number(digits, digits)  # an extension, a pattern or a feature code
    try:
        parsed = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return Number(digits, digits.lstrip("+0"))
    national = phonenumbers.national_significant_number(parsed)
    if len(national) < LEAST_NATIONAL:
        return Number(digits, digits.lstrip("+0"))
    return Number(digits, national, f"+{parsed.country_code}{national}" if _is_whole(digits, parsed) else "")


def _is_whole(digits: str, number: phonenumbers.PhoneNumber) -> bool:
    """Whether a number that was read as a national one is that, and not a local one without its area.

    Not every number in use is known to be valid: new ranges are not, nor those of films.
    """
    if digits.startswith("+") or phonenumbers.is_valid_number(number):
        return True
    reason = phonenumbers.is_possible_number_with_reason(number)
    return digits.startswith("0") and reason == phonenumbers.ValidationResult.IS_POSSIBLE


@lru_cache(maxsize=256)
def _pattern(digits: str) -> re.Pattern[str]:
    return re.compile(re.escape(digits).replace("x", "[0-9]"))
