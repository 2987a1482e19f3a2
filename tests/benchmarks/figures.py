"""What a benchmark prints: each figure beside what it is held against."""

from collections.abc import Iterable
from dataclasses import dataclass

HEAD = ("figure", "measured", "against", "ratio", "target")
WIDTHS = (44, 14, 14, 8, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table; a figure that stands alone has no `against`."""

    name: str
    measured: str
    against: str = ""
    ratio: float | None = None
    target: str


def show(title: str, figures: Iterable[Figure]) -> None:
    """Print the table; pytest shows it with `-s`."""
    print(f"\n{title}")
    print(_line(HEAD))
    for each in figures:
        ratio = "" if each.ratio is None else f"{each.ratio:.2f}"
        print(_line((each.name, each.measured, each.against, ratio, each.target)))


def _line(cells: Iterable[str]) -> str:
    first, *others = zip(cells, WIDTHS, strict=True)
    return "".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)])
