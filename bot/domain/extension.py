"""Extensions of the PBX, and the people they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.number import compact, read_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """An extension of the PBX. Every text but the number may be empty."""

    number: str
    name: str = ""
    email: str = ""
    mobile: str = ""
    """The mobile number of its user, in any notation."""


def extension_of(
    extensions: Sequence[Extension], *, phone: str, email: str, region: str | None = None
) -> Extension | None:
    """Find the extension of a person by e-mail address, else by telephone; None if neither matches.

    `phone` may be the number of the extension or the mobile number of its user. `region` is the country of numbers
    that are written without one. Empty texts match nothing.
    """
    return (
        next((one for one in extensions if email and one.email.casefold() == email.casefold()), None)
        or next((one for one in extensions if phone and compact(one.number) == compact(phone)), None)
        or next((one for one in extensions if _is_same_number(one.mobile, phone, region)), None)
    )


def _is_same_number(first: str, second: str, region: str | None) -> bool:
    """Whether two texts are the same full number; if both have a country, it must be the same."""
    one, other = read_number(first, region), read_number(second, region)
    if one is None or other is None or not (one.full or other.full):
        return False
    return one.is_in(second) and other.is_in(first)
