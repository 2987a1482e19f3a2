"""Small checks that fit together into Block Kit's rules: a value and its place in, complaints out."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Check = Callable[[Any, str], Iterator["Complaint"]]
"""Takes a JSON value and its JSON pointer."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What Slack would not take, and where; the sentences are Slack's own."""

    pointer: str
    sentence: str

    def __str__(self) -> str:
        return f"[ERROR] {self.sentence} [json-pointer:{self.pointer}]"


def text(most: int, *, least: int = 1) -> Check:
    """A string of so many characters."""

    def check(value: Any, at: str) -> Iterator[Complaint]:
        if not isinstance(value, str):
            yield Complaint(at, "must provide a string")
        elif len(value) < least:
            yield Complaint(at, f"must be more than {least - 1} characters")
        elif len(value) > most:
            yield Complaint(at, f"must be less than {most + 1} characters")

    return check


def boolean(value: Any, at: str) -> Iterator[Complaint]:
    """True or false; Slack takes no 0, 1 or string for it."""
    if not isinstance(value, bool):
        yield Complaint(at, "must provide a boolean")


def integer(least: int | None = None, most: int | None = None) -> Check:
    """A whole number; a boolean or a string of digits is none."""

    def check(value: Any, at: str) -> Iterator[Complaint]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield Complaint(at, "must provide an integer")
        elif (least is not None and value < least) or (most is not None and value > most):
            yield Complaint(at, f"must be between {least} and {most}")

    return check


def number(value: Any, at: str) -> Iterator[Complaint]:
    """A JSON number, and a finite one."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        yield Complaint(at, "must provide a number")


def one_of(*names: str) -> Check:
    """One of these strings."""

    def check(value: Any, at: str) -> Iterator[Complaint]:
        if value not in names:
            yield Complaint(at, f"must be a valid enum value: {', '.join(names)}")

    return check


def items(check_item: Check, *, least: int = 1, most: int = 10_000) -> Check:
    """An array of so many items, each of which passes."""

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
    """An object with all of these keys, perhaps those, and no other."""
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
    """An object whose `type` says which of these rules it follows."""

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
    """One entry for `tagged`: an object with `type` set to `name`."""
    return {name: shape({"type": one_of(name), **required}, optional)}


def every(*checks: Check) -> Check:
    """All of these checks on the same value; the first that fails ends it."""

    def check(value: Any, at: str) -> Iterator[Complaint]:
        for part in checks:
            complaints = tuple(part(value, at))
            yield from complaints
            if complaints:
                return

    return check
