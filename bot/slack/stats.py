"""The figures, and the chart that follows them: drawn, and sent to whoever asked."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import tzinfo

import structlog

from bot.domain.statistics import Statistics
from bot.errors import SlackError
from bot.slack.blocks.message import Message, said
from bot.slack.picture import Picture
from bot.slack.uploads import Uploads
from bot.text import statistics_lines

Draw = Callable[[Statistics, tzinfo], Awaitable[Picture]]
"""Makes the chart of a tally that has a bucket, for a reader in that zone."""

log = structlog.get_logger(__name__)


def figures(tally: Statistics, *, zone: tzinfo) -> Message:
    """The answer to `stats` at once, in words. `zone` is the asker's."""
    return said(statistics_lines.figures(statistics_lines.readable(tally), zone))


class Charts:
    """Has charts drawn, one at a time: each takes a small machine's processor and 75 MB while it is drawn."""

    def __init__(self, uploads: Uploads, draw: Draw, new_reference: Callable[[], str]) -> None:
        """`new_reference` gives the few characters by which an asker's screenshot is found in the log."""
        self._uploads = uploads
        self._draw = draw
        self._new_reference = new_reference
        self._drawing = asyncio.Lock()

    async def send(self, tally: Statistics, user: str, *, zone: tzinfo) -> Message:
        """Draw the tally, which has a bucket, and send it to the user; returns what to say of it. Raises nothing.

        The figures stand beside the chart as well: the answer that they were in first does not stay.
        """
        try:
            async with self._drawing:
                picture = await self._draw(tally, zone)
            await self._uploads.send(user, picture)
        except SlackError as error:
            log.warning("chart_not_sent", error=str(error), code=error.code)
            return said([statistics_lines.not_sent(error)])
        except Exception:
            reference = self._new_reference()
            log.exception("chart_failed", reference=reference)
            return said([statistics_lines.not_drawn(reference)])
        return said([statistics_lines.SENT])
