"""Charts: readable on any background and at any size, and never in the way of those who want none."""

import subprocess
import sys
from io import BytesIO
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox
from PIL import Image

from bot.canvas import CORNER, FAINT, INK, WIDTH, Canvas, can_draw
from bot.charts import COLOURS, COLUMN, GAP, chart, draw
from bot.domain.recording import Direction
from bot.domain.statistics import GroupBy, Statistics
from tests.stage import costly
from tests.tallies import HOURS, bucket, labels, tallies, tally

SLACK = {"light": "#ffffff", "dark": "#1a1d21"}
"""The backgrounds of Slack's messages."""
PHONE = 350
"""How many pixels wide of its own a phone shows a picture."""


def drawn(told: Statistics, **texts: Any) -> Canvas:
    return draw(told, **{"title": "Recordings", "note": "184 in all", "beside": (), "below": ()} | texts)


def words(canvas: Canvas) -> list[str]:
    return [text.get_text() for text in canvas.axes.texts]


def places(canvas: Canvas) -> list[Bbox]:
    """Where text stands, in pixels from the lower left corner."""
    FigureCanvasAgg(canvas.figure)
    return [text.get_window_extent() for text in canvas.axes.texts if text.get_text()]


def bars(canvas: Canvas, colour: str) -> list[Rectangle]:
    wanted = tuple(int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    rectangles = [patch for patch in canvas.axes.patches if isinstance(patch, Rectangle)]
    return [patch for patch in rectangles if patch.get_facecolor()[:3] == pytest.approx(wanted)]


def brightness(colour: str | tuple[int, ...]) -> float:
    """Relative luminance. Source: W3C, WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) for place in (1, 3, 5)] if isinstance(colour, str) else colour[:3]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in (part / 255 for part in parts)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str | tuple[int, ...], other: str | tuple[int, ...]) -> float:
    low, high = sorted((brightness(one), brightness(other)))
    return (high + 0.05) / (low + 0.05)


def picture(told: Statistics = HOURS) -> Image.Image:
    return Image.open(BytesIO(chart(told, title="Recordings by hour", note="184 in all")))


@pytest.mark.parametrize("theme", SLACK)
@pytest.mark.parametrize("ink", [INK, FAINT, *COLOURS.values()])
def test_text_and_bars_are_readable_in_slacks_themes(theme: str, ink: str) -> None:
    image = picture()
    shown = Image.new("RGBA", image.size, SLACK[theme])
    shown.alpha_composite(image)
    behind = shown.getpixel((WIDTH // 2, 10))
    assert isinstance(behind, tuple)
    assert contrast(ink, behind) >= 4.5


def test_it_is_a_card_with_round_corners_and_a_background_of_its_own() -> None:
    image = picture()
    assert [image.getpixel((x, y)) for x in (0, WIDTH - 1) for y in (0, image.height - 1)] == [(255, 255, 255, 0)] * 4
    assert image.getchannel("A").crop((CORNER, 0, WIDTH - CORNER, image.height)).getextrema() == (255, 255)


def test_its_letters_are_large_enough_for_a_phone() -> None:
    assert all(float(text.get_fontsize()) * PHONE / WIDTH >= 12 for text in drawn(HOURS).axes.texts)


@given(told=tallies())
@costly(3)
def test_texts_and_bars_stand_on_the_card_and_texts_clear_of_each_other(told: Statistics) -> None:
    beside = ["1,234 h"] * len(told.buckets)
    canvas = drawn(told, beside=beside, below=["Hours in Europe/Zurich", "W" * 400])
    width, height = canvas.figure.get_size_inches() * canvas.figure.dpi
    texts, boxes = places(canvas), [bar.get_bbox() for colour in COLOURS.values() for bar in bars(canvas, colour)]
    assert all(box.x0 >= 20 and box.x1 <= width - 20 and box.y0 >= 20 and box.y1 <= height - 20 for box in texts)
    assert not [pair for pair in combinations(texts, 2) if Bbox.intersection(*pair)]
    assert all(box.x0 >= 40 and box.x1 <= width - 40 and box.y0 >= 150 and box.y1 <= height - 40 for box in boxes)


def test_bars_are_as_long_as_their_figures() -> None:
    canvas = drawn(tally(GroupBy.WEEKDAY, bucket("Mon", 10, 30), bucket("Tue", 20)))
    inbound, outbound = (bars(canvas, COLOURS[way]) for way in (Direction.INBOUND, Direction.OUTBOUND))
    heights = [
        bar.get_height() + GAP for bar in (*inbound[1:], *outbound)
    ]  # the first is the square that tells the colour
    assert heights == pytest.approx([COLUMN / 4, COLUMN / 2, 28 + GAP, COLUMN * 3 / 4])


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        pytest.param(HOURS, ["07", "13", "19", "24"], id="hours, with their figures"),
        pytest.param(
            tally(GroupBy.DAY, *(bucket(label, 9) for label in labels(GroupBy.DAY, 90))),
            ["3", "24 Nov", "27 Oct", "9"],
            id="many days, with a scale, the highest figure and the newest day",
        ),
        pytest.param(tally(GroupBy.WEEKDAY, bucket("Mon", 1_234)), ["Mon", "1,234"], id="weekdays"),
        pytest.param(
            tally(GroupBy.PERSON, bucket("علي", 4), bucket("Ελένη", 2)), ["علي", "4", "Ελένη", "2"], id="people"
        ),
        pytest.param(tally(GroupBy.DIRECTION, bucket("inbound", 4)), ["inbound", "4"], id="directions"),
    ],
)
def test_it_says_what_its_bars_are(told: Statistics, shown: list[str]) -> None:
    assert set(shown) <= set(words(drawn(told)))


def test_colours_are_told_where_they_need_to_be() -> None:
    mixed, unknown = drawn(HOURS), drawn(tally(GroupBy.HOUR, bucket("07", 0, 0, 0, 5)))
    assert words(mixed)[2:5] == ["inbound", "outbound", "internal"]
    assert "unknown" not in words(unknown)
    assert "unknown" in words(drawn(tally(GroupBy.HOUR, bucket("07", 1, 0, 0, 5))))
    assert words(drawn(tally(GroupBy.DIRECTION, bucket("inbound", 4)))).count("inbound") == 1


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("山田太郎", id="Chinese characters"),
        pytest.param("नेहा", id="Devanagari"),
        pytest.param("김민준", id="Hangul"),
        pytest.param("Eve\u202elyn", id="what turns text round"),
        pytest.param("Eve\nlyn", id="a second line"),
    ],
)
def test_a_name_that_cannot_be_drawn_has_its_place_instead(name: str) -> None:
    assert not can_draw(name)
    canvas = drawn(tally(GroupBy.PERSON, bucket("Evelyn", 9), bucket(name, 4)), note=name, below=[name, "below"])
    assert {"No. 2", "below"} <= set(words(canvas))
    assert name not in words(canvas)


@pytest.mark.parametrize(
    "name", ["Zoë Müller", "Łukasz", "Ελένη", "Зоя", "شیدا رضا\u200cپور", "שרה", "Անի", "ნინო", "$x$"]
)
def test_other_names_are_drawn_as_they_are(name: str) -> None:
    assert can_draw(name)
    assert name in words(drawn(tally(GroupBy.PERSON, bucket(name, 4))))


def test_a_long_name_is_cut() -> None:
    assert f"{9 * 'W'}…" in words(drawn(tally(GroupBy.PERSON, bucket("W" * 80, 4))))


def test_a_dollar_is_no_formula() -> None:
    chart(tally(GroupBy.PERSON, bucket("$\\frac$", 4)), title="$$", note="$x^")


def test_the_same_tally_makes_the_same_bytes() -> None:
    first, second = (chart(HOURS, title="Recordings by hour", note="184 in all") for _ in range(2))
    assert first == second
    assert first.startswith(b"\x89PNG")
    assert b"matplotlib" not in first


def test_a_chart_that_is_drawn_lets_go_of_its_memory() -> None:
    canvas = drawn(HOURS)
    canvas.png()
    renderer: Any = canvas.figure.canvas
    assert vars(renderer.get_renderer()) == {}


@pytest.mark.parametrize(
    "run",
    [
        pytest.param("import bot.app, bot.slack.stats, bot.cli", id="starting"),
        pytest.param(
            "import bot.cli\nsys.argv = ['bot', '--help']\nwith suppress(SystemExit): bot.cli.main()", id="--help"
        ),
    ],
)
def test_matplotlib_is_not_imported_before_a_chart_is_drawn(run: str) -> None:
    code = f"import sys\nfrom contextlib import suppress\n{run}\nprint({{'matplotlib', 'numpy'}} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.endswith("set()\n")
