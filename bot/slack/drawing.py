"""The chart of a tally, and the process that draws it: `python -m bot.slack.drawing`.

matplotlib comes with it, which the bot's own process is not to hold: that starts this module by its name, through
`bot.slack.drawing_process`, and nothing imports it.
"""

import pickle
import sys
from datetime import tzinfo
from typing import BinaryIO

from bot.canvas import can_draw
from bot.charts import chart
from bot.domain.statistics import Statistics
from bot.slack.blocks.elements import spoken
from bot.slack.blocks.message import joined
from bot.slack.picture import Picture
from bot.text import statistics_lines


def draw(tally: Statistics, zone: tzinfo) -> Picture:
    """The chart of a tally that has a bucket, with its words. `zone` is the asker's."""
    told = statistics_lines.readable(tally)
    texts = statistics_lines.on_chart(told, zone)
    content = chart(told, title=texts.title, note=texts.note, beside=texts.beside, below=texts.below)
    nameless = [(place, bucket.label) for place, bucket in enumerate(told.buckets, 1) if not can_draw(bucket.label)]
    words = [*statistics_lines.figures(told, zone), statistics_lines.nameless(nameless)]
    return Picture(
        name=f"recordings-by-{told.by}.png",
        content=content,
        title=statistics_lines.file_title(told, zone),
        alt=statistics_lines.alt(told, zone),
        words=joined(spoken(line) for line in words if line),
    )


def answer(asked: BinaryIO, answered: BinaryIO) -> None:
    """Read a pickled tally and zone, and write the pickled picture."""
    tally, zone = pickle.load(asked)  # noqa: S301 - the bot's own process wrote it, and nobody else holds that pipe
    pickle.dump(draw(tally, zone), answered)


if __name__ == "__main__":
    answer(sys.stdin.buffer, sys.stdout.buffer)
