"""*Calls with this number*, in the menu of any message: the calls with the telephone numbers in it.

It works also where the bot is no member: the answer goes through the `response_url`.
"""

import asyncio

from bot.domain.access import Asker
from bot.domain.query import Query, Term
from bot.language.grammar import Latest
from bot.language.numbers import numbers_in
from bot.slack.answering import Answer, Body, Feature, Services
from bot.slack.blocks.message import said
from bot.slack.features import listing
from bot.slack.message_text import text_of
from bot.slack.unescape import unescape_message
from bot.text.lines import Line

NO_NUMBER: Line = ("I find no telephone number in this message.",)


async def calls_with_number(asker: Asker, body: Body, services: Services) -> Answer:
    """List the calls with any of the numbers."""
    text = unescape_message(text_of(body.get("message") or {}))
    numbers = await asyncio.to_thread(numbers_in, text, services.region)
    if not numbers:
        return Answer(said([NO_NUMBER]))
    return await listing.latest(asker, Latest(Query(parties=tuple(map(Term, numbers)))), services)


FEATURE = Feature(shortcuts={"calls_with_number": calls_with_number})
