"""The chart that follows the figures: drawn beside the event loop, and sent to whoever asked."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import tzinfo

import structlog

from bot.domain.tally import By, Tally
from bot.errors import SlackError
from bot.slack import stats_texts
from bot.slack.blocks import spoken
from bot.slack.facts import NOBODY
from bot.slack.markup import clean
from bot.slack.message import Message, joined, said
from bot.slack.uploads import Picture, Uploads

log = structlog.get_logger(__name__)


def figures(tally: Tally, *, zone: tzinfo) -> Message:
    """The answer to `stats` at once, in words. `zone` is the asker's."""
    return said(stats_texts.figures(_readable(tally), zone))


class Charts:
    """Draws charts, one at a time: matplotlib is not made for more, nor is a small machine."""

    def __init__(self, uploads: Uploads, new_reference: Callable[[], str]) -> None:
        """`new_reference` gives the few characters by which an asker's screenshot is found in the log."""
        self._uploads = uploads
        self._new_reference = new_reference
        self._drawing = asyncio.Lock()

    async def send(self, tally: Tally, user: str, *, zone: tzinfo) -> Message:
        """Draw the tally, which has a bucket, and send it to the user; returns what to say of it. Raises nothing.

        The figures stand beside the chart as well: the answer that they were in first does not stay.
        """
        try:
            async with self._drawing:
                picture = await asyncio.to_thread(draw, tally, zone)
            await self._uploads.send(user, picture)
        except SlackError as error:
            log.warning("chart_not_sent", error=str(error), code=error.code)
            return said([stats_texts.not_sent(error)])
        except Exception:
            reference = self._new_reference()
            log.exception("chart_failed", reference=reference)
            return said([stats_texts.not_drawn(reference)])
        return said([stats_texts.SENT])


def draw(tally: Tally, zone: tzinfo) -> Picture:
    """The chart with its words. Takes a second the first time, and a quarter of one afterwards."""
    from bot.canvas import can_draw  # noqa: PLC0415 - matplotlib comes with it: half a second and 55 MB
    from bot.charts import chart  # noqa: PLC0415 - as above

    told = _readable(tally)
    texts = stats_texts.on_chart(told, zone)
    content = chart(told, title=texts.title, note=texts.note, beside=texts.beside, below=texts.below)
    nameless = [(place, bucket.label) for place, bucket in enumerate(told.buckets, 1) if not can_draw(bucket.label)]
    words = [*stats_texts.figures(told, zone), stats_texts.nameless(nameless)]
    return Picture(
        name=f"recordings-by-{told.by}.png",
        content=content,
        title=stats_texts.file_title(told, zone),
        alt=stats_texts.alt(told, zone),
        words=joined(spoken(line) for line in words if line),
    )


def _readable(tally: Tally) -> Tally:
    """The names that the buckets have, without what would hide, reorder or overlap anything."""
    if tally.by is not By.PERSON:
        return tally
    buckets = tuple(replace(bucket, label=clean(bucket.label) or NOBODY) for bucket in tally.buckets)
    return replace(tally, buckets=buckets)
