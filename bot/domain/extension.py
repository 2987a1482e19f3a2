"""Who has which telephone at the PBX, and which of them belongs to somebody."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.number import compact, read_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A telephone at the PBX. Every text but the number may be empty."""

    number: str
    name: str = ""
    email: str = ""
    mobile: str = ""
    """The number of its user's mobile telephone, however it is written."""


def extension_of(
    extensions: Sequence[Extension], *, phone: str, email: str, region: str | None = None
) -> Extension | None:
    """The extension of the person with this telephone and e-mail address; None where neither tells.

    The telephone may be the extension's number or its user's mobile. `region` is the country of numbers that are
    written without one. What is empty is like nothing.
    """
    return (
        next((one for one in extensions if email and one.email.casefold() == email.casefold()), None)
        or next((one for one in extensions if phone and compact(one.number) == compact(phone)), None)
        or next((one for one in extensions if _is_same(one.mobile, phone, region)), None)
    )


def _is_same(one: str, other: str, region: str | None) -> bool:
    """Whether both are the same full number: of two that are told with their countries, those must be the same."""
    first, second = read_number(one, region), read_number(other, region)
    if first is None or second is None or not (first.full or second.full):
        return False
    return first.is_in(other) and second.is_in(one)
