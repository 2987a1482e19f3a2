"""`/recordings help`: examples to press, with names and numbers of the archive, and all filters."""

from collections.abc import Sequence

import structlog

from bot.domain.access import Asker
from bot.domain.recording import Recording
from bot.errors import ArchiveError
from bot.language.examples import Example, examples
from bot.language.grammar import HelpCommand
from bot.slack.answering import Answer, Feature, Services
from bot.slack.blocks.message import Message, list_message
from bot.slack.blocks.values import LIST
from bot.text import help_lines
from bot.text.help_lines import COMMAND

log = structlog.get_logger(__name__)


async def help_(asker: Asker, command: HelpCommand, services: Services) -> Answer:
    """Answer `help` and `help filters`. Without the archive the examples are the usual ones."""
    if command.filters:
        return Answer(message=filters_message())
    recordings: Sequence[Recording] = ()
    try:
        recordings = await services.lookup.newest(asker, help_lines.EXAMPLE_ROWS)
    except ArchiveError:
        log.exception("help_without_archive")
    return Answer(message=message(examples(recordings)))


def message(shown: Sequence[Example]) -> Message:
    """The examples on one phone screen, each with a button that runs it."""
    lines = [(example.line, example.line) for example in shown]
    buttons = [
        button
        for number, (label, line) in enumerate((*lines, ("All filters", "help filters")), 1)
        for button in LIST.button(label, line, spoken_label=f"Run {COMMAND} {line}", suffix=number)
    ]
    return list_message([help_lines.INTRO], help_lines.help_(shown), *buttons, end=[help_lines.MORE])


def filters_message() -> Message:
    """Every filter, date and order, on one phone screen."""
    return list_message([help_lines.FILTERS_INTRO], help_lines.filters(), end=[help_lines.FILTERS_END])


FEATURE = Feature(commands={HelpCommand: help_})
