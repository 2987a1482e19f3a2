"""A tally as a picture: bars on a card of their own, so that it reads the same on any background.

It imports `bot.canvas`, and so is imported by the process that draws alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.canvas import FAINT, WIDTH, Canvas, Letters, can_draw, marks
from bot.domain.recording import Direction
from bot.domain.statistics import Bucket, GroupBy, Statistics

COLOURS: Mapping[Direction | None, str] = {
    Direction.INBOUND: "#4cb5f5",
    Direction.OUTBOUND: "#ffc457",
    Direction.INTERNAL: "#8fe3b4",
    None: "#94a3b8",
}
"""In the order in which they stand in a bar, so that nobody needs to tell one from another by its hue alone."""
RULE = "#42566f"
"""The lines of a scale, which need not be seen to read it."""

MARGIN = 48
RIGHT = WIDTH - MARGIN
ROOM = RIGHT - MARGIN
HEAD = 150
"""Height of title and note."""
LINE = 52
"""Height of a line of text."""
COLUMN = 340
"""Height of the highest upright bar."""
ROW = 68
"""Height of a lying bar with the gap below it."""
BAR = 44
NAME_ROOM = 380
"""The most that names take of a row; what is longer is cut."""
APART = 20
"""Between what stands side by side."""
GAP = 2
"""Between two colours of a bar."""
SLIM = 14
"""Upright bars that have less room stand without those gaps, which would be all that is seen of them."""
STEPS = (1, 2, 3, 4, 6, 7, 10, 14, 21, 28, 42, 56, 84, 112, 168, 224, 336, 448, 672, 896)
"""From one hour or day that is named to the next."""
LYING = frozenset({GroupBy.PERSON, GroupBy.DIRECTION})
"""What is shown in lying bars: names need room."""

PLAIN, STRONG = Letters(), Letters(file="DejaVuSans-Bold.ttf")
TITLE, SIDE = Letters(size=44, file="DejaVuSans-Bold.ttf"), Letters(FAINT)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What upright bars stand on."""

    left: float
    foot: float
    slot: float
    """Width of a bar with the gap beside it."""
    unit: float
    """Height of one recording."""

    def middle(self, place: int, width: float = 0) -> float:
        """The middle of a bar, or of words so wide that belong to it and do not reach beyond the outermost bars."""
        middle = self.left + (place + 0.5) * self.slot
        return max(self.left + width / 2, min(middle, RIGHT - width / 2))


def chart(tally: Statistics, *, title: str, note: str, beside: Sequence[str] = (), below: Sequence[str] = ()) -> bytes:
    """The tally, which has one bucket at least, as a PNG picture.

    `title` and `note` stand above the bars; `beside` are words behind each lying bar, `below` lines under them all.
    What is too long is cut, and a line with a letter that the font lacks is left out. A person whose name cannot be
    drawn is `No. 3`, by the place in the tally.

    The same arguments make the same bytes. It takes some 0.2 s of work.
    """
    return draw(tally, title=title, note=note, beside=beside, below=below).png()


def draw(tally: Statistics, *, title: str, note: str, beside: Sequence[str], below: Sequence[str]) -> Canvas:
    """The chart before it is a PNG."""
    ways, lines = _legend(tally), [line for line in below if can_draw(line)]
    top = HEAD + APART + (LINE if ways else 0)
    foot = top + (len(tally.buckets) * ROW if tally.by in LYING else COLUMN + 2 * LINE)
    canvas = Canvas(foot + len(lines) * LINE + MARGIN)
    _write_head(canvas, title, note, ways)
    if tally.by in LYING:
        _lay(canvas, tally, top, beside or [""] * len(tally.buckets))
    else:
        _stand(canvas, tally, foot - LINE)
    for number, line in enumerate(lines, 1):
        canvas.write(MARGIN, foot + number * LINE, SIDE.cut(line, ROOM), SIDE)
    return canvas


def _legend(tally: Statistics) -> list[Direction | None]:
    """The directions whose colours need to be told."""
    ways = [way for way in COLOURS if any(bucket.ways.get(way) for bucket in tally.buckets)]
    return [] if tally.by is GroupBy.DIRECTION or ways == [None] else ways


def _write_head(canvas: Canvas, title: str, note: str, ways: Iterable[Direction | None]) -> None:
    for y, words, letters in ((86, title, TITLE), (142, note, SIDE)):
        canvas.write(MARGIN, y, letters.cut(words, ROOM) if can_draw(words) else "", letters)
    x: float = MARGIN
    for way in ways:
        words = way or "unknown"
        canvas.fill(x, HEAD + 16, 28, 28, COLOURS[way])
        canvas.write(x + 40, HEAD + 43, words, SIDE)
        x += 40 + SIDE.width(words) + 2 * APART


def _lay(canvas: Canvas, tally: Statistics, top: float, beside: Sequence[str]) -> None:
    """Lying bars, a row each: the name, the bar, its figure, and what is told beside it."""
    names = [_name(bucket, place) for place, bucket in enumerate(tally.buckets, 1)]
    figures = [f"{bucket.count:,}" for bucket in tally.buckets]
    left = MARGIN + PLAIN.widest(names) + APART
    room = RIGHT - left - PLAIN.widest(figures) - SIDE.widest(beside) - 2 * APART
    for place, bucket in enumerate(tally.buckets):
        base = top + place * ROW + 46
        canvas.write(left - APART, base, names[place], PLAIN, "right")
        x = APART + _lay_one(canvas, bucket, left, base - 34, room / _most(tally))
        canvas.write(x, base, figures[place], PLAIN)
        canvas.write(x + PLAIN.width(figures[place]) + APART, base, beside[place], SIDE)


def _lay_one(canvas: Canvas, bucket: Bucket, x: float, y: float, unit: float) -> float:
    """One lying bar, a recording so many pixels long; returns where it ends."""
    for way, colour in COLOURS.items():
        if length := bucket.ways.get(way, 0) * unit:
            canvas.fill(x, y, max(length - GAP, 1), BAR, colour)
            x += length
    return x


def _stand(canvas: Canvas, tally: Statistics, foot: float) -> None:
    """Upright bars. Where there is no room for their figures there is a scale, and the highest alone has its figure."""
    has_room = STRONG.widest(f"{bucket.count:,}" for bucket in tally.buckets) + 8 <= ROOM / len(tally.buckets)
    left = MARGIN if has_room else _scale(canvas, _most(tally), foot)
    ground = _Ground(left, foot, (RIGHT - left) / len(tally.buckets), COLUMN / _most(tally))
    highest = max(tally.buckets, key=lambda bucket: bucket.count)
    for place, bucket in enumerate(tally.buckets):
        y = _stand_one(canvas, bucket, place, ground)
        if bucket.count and (has_room or bucket is highest):
            figure, letters = f"{bucket.count:,}", STRONG if bucket is highest else PLAIN
            canvas.write(ground.middle(place, letters.width(figure)), y - 12, figure, letters, "center")
    canvas.fill(left, foot, RIGHT - left, 2, FAINT)
    _name_some(canvas, tally, ground)


def _stand_one(canvas: Canvas, bucket: Bucket, place: int, ground: _Ground) -> float:
    """One upright bar; returns where it ends."""
    y, gap = ground.foot, GAP if ground.slot > SLIM else 0
    for way, colour in COLOURS.items():
        if height := bucket.ways.get(way, 0) * ground.unit:
            x = ground.middle(place) - 0.4 * ground.slot
            canvas.fill(x, y - height, 0.8 * ground.slot, max(height - gap, 1), colour)
            y -= height
    return y


def _scale(canvas: Canvas, most: int, foot: float) -> float:
    """Lines across, and how many each stands for; returns where they begin."""
    left = MARGIN + SIDE.widest(f"{mark:,}" for mark in marks(most)) + APART
    for mark in marks(most):
        y = foot - mark / most * COLUMN
        canvas.fill(left, y - 1, RIGHT - left, 2, RULE)
        canvas.write(left - APART, y + 13, f"{mark:,}", SIDE, "right")
    return left


def _name_some(canvas: Canvas, tally: Statistics, ground: _Ground) -> None:
    """What the bars are, or every second, third … where all have no room; of days the newest is among them."""
    names = [_day(bucket.label) if tally.by is GroupBy.DAY else bucket.label for bucket in tally.buckets]
    widest = SIDE.widest(names)
    room = widest + APART + max(0, widest - ground.slot)  # the outermost are moved inwards
    step = next((step for step in STEPS if step * ground.slot >= room), len(names))
    first = (len(names) - 1) % step if tally.by is GroupBy.DAY else 0
    for place in range(first, len(names), step):
        middle = ground.middle(place, SIDE.width(names[place]))
        canvas.write(middle, ground.foot + 46, names[place], SIDE, "center")


def _most(tally: Statistics) -> int:
    return max(1, *(bucket.count for bucket in tally.buckets))


def _name(bucket: Bucket, place: int) -> str:
    return PLAIN.cut(bucket.label, NAME_ROOM) if can_draw(bucket.label) else f"No. {place}"


def _day(label: str) -> str:
    """`24 Nov` of `2026-11-24`."""
    day = date.fromisoformat(label)
    return f"{day.day} {day:%b}"
