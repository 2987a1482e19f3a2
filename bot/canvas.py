"""A card to draw on, and the letters that it can be written with: the only module that knows matplotlib.

That takes half a second and 55 MB to import, so the bot's own process does not: one for each picture does. Neither
pyplot, whose state is global, nor axes with scales and ticks of their own are used: what is told is drawn.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.ticker import MaxNLocator

CARD = "#1b2b41"
"""A background of our own: no colour of text is readable on Slack's white and on its black alike."""
INK = "#ffffff"
FAINT = "#b9c6d6"

WIDTH = 1_000
"""Pixels. A phone shows a picture some 350 wide: a letter must be three times as large as it is read."""
CORNER = 28
MOST_LETTERS = 60
PIXELS_AN_INCH = 72
"""So that a point, in which fonts are measured, is a pixel."""

FONTS = Path(mpl.get_data_path(), "fonts", "ttf")
"""matplotlib's own: a machine may have no others."""
JOINERS = frozenset("\u200c\u200d")
"""Some scripts need them between letters."""


@dataclass(frozen=True, slots=True)
class Letters:
    """How text is set. The size is in pixels."""

    colour: str = INK
    size: int = 36
    file: str = "DejaVuSans.ttf"

    @property
    def font(self) -> FontProperties:
        """As matplotlib names it."""
        return FontProperties(fname=FONTS / self.file, size=self.size)

    def width(self, words: str) -> float:
        """Pixels that the words take."""
        font = get_font(FONTS / self.file)
        font.set_size(self.size, PIXELS_AN_INCH)
        font.set_text(words)
        return float(font.get_width_height()[0]) / 64  # FreeType counts in 64ths

    def widest(self, lines: Iterable[str]) -> float:
        """Pixels that the longest of them takes; 0 for none."""
        return max(map(self.width, lines), default=0)

    def cut(self, words: str, room: float) -> str:
        """The words, or as much of them as the room takes, and `…`."""
        kept = words if len(words) <= MOST_LETTERS else f"{words[:MOST_LETTERS]}…"
        while self.width(kept) > room and len(kept) > 1:
            kept = f"{kept.removesuffix('…')[:-1].rstrip()}…"
        return kept


class Canvas:
    """A card with round corners and nothing round it, measured in pixels from its upper left corner."""

    def __init__(self, height: float) -> None:
        size = WIDTH / PIXELS_AN_INCH, height / PIXELS_AN_INCH
        self.figure = Figure(size, dpi=PIXELS_AN_INCH, facecolor="none")
        self.axes = self.figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(height, 0))
        self.axes.set_axis_off()
        inside = (CORNER, CORNER), WIDTH - 2 * CORNER, height - 2 * CORNER
        self.axes.add_patch(FancyBboxPatch(*inside, boxstyle=f"round,pad={CORNER}", facecolor=CARD, linewidth=0))

    def write(
        self, x: float, y: float, words: str, letters: Letters, align: Literal["left", "center", "right"] = "left"
    ) -> None:
        """One line of text, as it is; `y` is what its letters stand on."""
        looks: dict[str, Any] = {"color": letters.colour, "fontproperties": letters.font, "ha": align}
        self.axes.text(x, y, words, parse_math=False, usetex=False, **looks)

    def fill(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A rectangle."""
        self.axes.add_patch(Rectangle((x, y), width, height, facecolor=colour, linewidth=0))

    def png(self) -> bytes:
        """The picture, without a word about what made it."""
        out, canvas = BytesIO(), FigureCanvasAgg(self.figure)
        canvas.print_png(out, metadata={"Software": None})  # type: ignore[no-untyped-call]  # theirs
        # Texts hold on to what drew them, and they to each other: its 3 MB would wait for the garbage collector.
        canvas.get_renderer().__dict__.clear()  # type: ignore[no-untyped-call]  # as above
        return out.getvalue()


def can_draw(text: str) -> bool:
    """Whether the font has every letter of it: Latin, Greek, Cyrillic, Hebrew, Arabic and more, but no Chinese, say."""
    return all((char.isprintable() or char in JOINERS) and ord(char) in _letters_known() for char in text)


def marks(most: int) -> list[int]:
    """Round numbers from 0 to at most `most`, for a scale."""
    return [int(mark) for mark in MaxNLocator(4, integer=True).tick_values(0, most) if mark <= most]


@cache
def _letters_known() -> frozenset[int]:
    return frozenset(get_font(FONTS / Letters().file).get_charmap())
