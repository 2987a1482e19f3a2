"""Telephone numbers in any notation."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from bot.domain.folding import fold, plain_digits

SEPARATORS = re.compile(r"[\s()./\u2010-\u2015\u2212-]+|[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
"""The trunk prefix, which is omitted after a country code: `+44 (0)20 …`."""
NUMBER = re.compile(r"[+*#]*[0-9][0-9x*#]*", re.IGNORECASE)
"""A compact number, or a pattern such as `55xx`."""
LEAST_NATIONAL = 7
"""Minimum of digits to compare numbers by their ends. Shorter numbers are extensions and must be equal."""


def compact(text: str) -> str:
    """Return the text without separators; of a number, only digits, `+`, `*` and `#` are left.

    The international prefix `00` becomes `+`.
    """
    plain = text if text.isascii() else plain_digits(unicodedata.normalize("NFKC", text))
    bare = SEPARATORS.sub("", TRUNK_ZERO.sub("", plain))
    return f"+{bare[2:]}" if bare.startswith("00") and bare.isdecimal() and len(bare) > LEAST_NATIONAL else bare


@dataclass(frozen=True, slots=True)
class Number:
    """A number to search for."""

    digits: str
    """The typed number in compact form; `x` stands for any digit."""
    core: str
    """The digits with which the number ends in every notation; `digits` for an extension or a pattern."""
    full: str = ""
    """The number with its country code, `+442079460000`; empty if the country is unknown."""

    @property
    def is_pattern(self) -> bool:
        """Whether this is a pattern, which matches many numbers."""
        return "x" in self.digits

    def is_in(self, written: str) -> bool:
        """Return whether `written` is this number, or matches the pattern."""
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
    """Parse a number; None if the text is not one. `region` is the country of numbers without a country code: `GB`."""
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
    """Return whether a number that was parsed as a national number has its area code.

    The library does not know all numbers as valid: for example new ranges, and numbers for use in films.
    """
    if digits.startswith("+") or phonenumbers.is_valid_number(number):
        return True
    reason = phonenumbers.is_possible_number_with_reason(number)
    return digits.startswith("0") and reason == phonenumbers.ValidationResult.IS_POSSIBLE


@lru_cache(maxsize=256)
def _pattern(digits: str) -> re.Pattern[str]:
    return re.compile(re.escape(digits).replace("x", "[0-9]"))
