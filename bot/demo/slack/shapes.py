"""Small checks that combine to Block Kit's rules. Each takes a value and its place, and yields complaints."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Check = Callable[[Any, str], Iterator["Complaint"]]
"""A function of a JSON value and its JSON pointer."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One error and its place, in Slack's own words."""

    pointer: str
    sentence: str

    def __str__(self) -> str:
        return f"[ERROR] {self.sentence} [json-pointer:{self.pointer}]"


def text(most: int, *, least: int = 1) -> Check:
    """Return a check for a string of `least` to `most` characters."""

    def check(value: Any, at: str) -> Iterator[Complaint]:
        if not isinstance(value, str):
            yield Complaint(at, "must provide a string")
        elif len(value) < least:
            yield Complaint(at, f"must be more than {least - 1} characters")
        elif len(value) > most:
            yield Complaint(at, f"must be less than {most + 1} characters")

    return check


def boolean(value: Any, at: str) -> Iterator[Complaint]:
    """Check for true or false; Slack does not accept 0, 1 or a string instead."""
    if not isinstance(value, bool):
        yield Complaint(at, "must provide a boolean")


def integer(least: int | None = None, most: int | None = None) -> Check:
    """Return a check for a whole number; a boolean or a string of digits is refused."""

    def check(value: Any, at: str) -> Iterator[Complaint]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield Complaint(at, "must provide an integer")
        elif (least is not None and value < least) or (most is not None and value > most):
            yield Complaint(at, f"must be between {least} and {most}")

    return check


def number(value: Any, at: str) -> Iterator[Complaint]:
    """Check for a finite JSON number."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        yield Complaint(at, "must provide a number")


def one_of(*names: str) -> Check:
    """Return a check for one of these strings."""

    def check(value: Any, at: str) -> Iterator[Complaint]:
        if value not in names:
            yield Complaint(at, f"must be a valid enum value: {', '.join(names)}")

    return check


def items(check_item: Check, *, least: int = 1, most: int = 10_000) -> Check:
    """Return a check for an array of `least` to `most` items, each of which passes `check_item`."""

    def check(value: Any, at: str) -> Iterator[Complaint]:
        if not isinstance(value, list):
            yield Complaint(at, "must provide an array")
            return
        if len(value) < least:
            yield Complaint(at, f"no fewer than {least} items allowed")
        if len(value) > most:
            yield Complaint(at, f"no more than {most} items allowed")
        for index, item in enumerate(value):
            yield from check_item(item, f"{at}/{index}")

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Return a check for an object with all required keys, any of the optional keys, and no other key."""
    known = {**required, **(optional or {})}

    def check(value: Any, at: str) -> Iterator[Complaint]:
        if not isinstance(value, dict):
            yield Complaint(at, "must provide an object")
            return
        for key in required:
            if key not in value:
                yield Complaint(at, f"missing required field: {key}")
        for key, part in value.items():
            if key in known:
                yield from known[key](part, f"{at}/{key}")
            else:
                yield Complaint(at, f"invalid additional property: {key}")

    return check


def tagged(kinds: Mapping[str, Check]) -> Check:
    """Return a check for an object whose `type` selects one of these checks."""

    def check(value: Any, at: str) -> Iterator[Complaint]:
        if not isinstance(value, dict):
            yield Complaint(at, "must provide an object")
        elif "type" not in value:
            yield Complaint(at, "missing required field: type")
        elif not isinstance(value["type"], str) or value["type"] not in kinds:
            yield Complaint(f"{at}/type", f"unsupported type: {value['type']}")
        else:
            yield from kinds[value["type"]](value, at)

    return check


def kind(name: str, required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> dict[str, Check]:
    """Return one entry for `tagged`: a check for an object with `type` set to `name`."""
    return {name: shape({"type": one_of(name), **required}, optional)}


def every(*checks: Check) -> Check:
    """Return a check that applies all of these to the same value and stops after the first that fails."""

    def check(value: Any, at: str) -> Iterator[Complaint]:
        for part in checks:
            complaints = tuple(part(value, at))
            yield from complaints
            if complaints:
                return

    return check
