"""*Share to channel*: the answer that a person sees, posted for everybody in the channel, once."""

import structlog

from bot.domain.access import Asker
from bot.domain.query import Query
from bot.domain.results import ListResult, ShowResult
from bot.errors import ArchiveError
from bot.slack.answering import Answer, Feature, Services
from bot.slack.blocks.message import Message, text_message
from bot.slack.blocks.values import SHARE, SharedAnswer
from bot.slack.features import listing, show
from bot.text import sentences

log = structlog.get_logger(__name__)


async def share(asker: Asker, shared: SharedAnswer, services: Services) -> Answer:
    """Answer a press on *Share to channel* with the recordings as they were shown."""
    try:
        rows = await services.lookup.shown(asker, shared.ids)
    except ArchiveError as error:
        log.warning("share_without_archive", error=str(error))
        rows = ()
    if not rows:
        return Answer(message=failed(), is_failure=True)
    if shared.query is None:
        message = show.message(ShowResult(rows[0]), zone=asker.zone, shared_by=asker.user)
    else:
        query = listing.query_of_button(shared.query) or Query()
        found = ListResult(
            query=query, rows=rows, total=shared.total, first=shared.first, total_is_minimum=shared.total_is_minimum
        )
        message = listing.message(found, zone=asker.zone, shared_by=asker.user)
    return Answer(message=message, to_channel=True, if_not_sent=failed())


def failed() -> Message:
    """The answer is not in the channel."""
    return text_message([sentences.SHARE_FAILED])


FEATURE = Feature(buttons={SHARE: share})
