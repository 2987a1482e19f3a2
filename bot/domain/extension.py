"""Extensions of the PBX, and how to find the extension of a person."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.number import compact, read_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """An extension of the PBX. All fields except the number may be empty."""

    number: str
    name: str = ""
    email: str = ""
    mobile: str = ""
    """The mobile number of its user, in any notation."""


def extension_of(
    extensions: Sequence[Extension], *, phone: str, email: str, region: str | None = None
) -> Extension | None:
    """Return the extension of a person, found by e-mail address or else by telephone number; None if not found.

    `phone` may be the number of the extension or the mobile number of its user. `region` is the country of numbers
    without a country code. Empty texts match nothing.
    """
    return (
        next((one for one in extensions if email and one.email.casefold() == email.casefold()), None)
        or next((one for one in extensions if phone and compact(one.number) == compact(phone)), None)
        or next((one for one in extensions if _is_same_number(one.mobile, phone, region)), None)
    )


def _is_same_number(first: str, second: str, region: str | None) -> bool:
    """Return whether two texts are the same full number. If both have a country code, it must be the same."""
    one, other = read_number(first, region), read_number(second, region)
    if one is None or other is None or not (one.full or other.full):
        return False
    return one.is_in(second) and other.is_in(first)
