"""`/recordings status`: whether everything works, channel by channel."""

from bot.domain.access import Asker
from bot.domain.status import Status
from bot.language.grammar import AskStatus
from bot.slack.answering import Answer, Feature, Services
from bot.slack.blocks.message import Message, text_message
from bot.text import status_lines


async def status(asker: Asker, command: AskStatus, services: Services) -> Answer:  # noqa: ARG001 - as every handler
    """Answer `status`."""
    return Answer(message=message(await services.status()))


def message(state: Status) -> Message:
    """The state of the bot, the PBX and the channels."""
    return text_message(status_lines.status(state))


FEATURE = Feature(commands={AskStatus: status})
