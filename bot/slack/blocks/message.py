"""A message, and its shapes: lines, lines with a list, and recordings to choose from.

Pure, and within Slack's limits for any input.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.recording import Recording
from bot.slack.blocks.elements import Block, actions, bulleted, line_text, ordered, rich_text, section, select
from bot.slack.blocks.values import OPEN
from bot.text.cleaning import units
from bot.text.lines import Line
from bot.text.recording_lines import PAIR_ROOM, compact_rows, row, row_option

MAX_TEXT = 3_900
"""Slack's chat.update takes 4,000 characters of text (its error msg_too_long)."""
MAX_BLOCK_TEXT = 11_900
"""Of all blocks together. Slack's undocumented limit (its error msg_blocks_too_long) was measured at about 13,200."""
AROUND_ROWS = 800
"""Characters around a list at most: title, "shared by", age of the answer, labels of the buttons."""
AROUND_NAMES = 54
"""Characters of a row and its option at most, without the names: number, arrow, time, length."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message for Slack. `text` contains details that the blocks show."""

    text: str
    blocks: tuple[Block, ...] = ()

    def payload(self) -> dict[str, Any]:
        """Return the arguments of a post or an answer. The blocks are shared: do not change them."""
        return {"text": self.text, "blocks": list(self.blocks), "unfurl_links": False, "unfurl_media": False}


def text_message(lines: Sequence[Line], *controls: Block) -> Message:
    """Return a message of lines, with buttons and menus below. Empty lines are left out."""
    lines = [line for line in lines if line]
    return Message(join_lines(map(line_text, lines)), _blocks(rich_text(section(lines)), controls))


def list_message(
    top: Sequence[Line], items: Sequence[Line], *controls: Block, end: Sequence[Line] = (), numbered: bool = False
) -> Message:
    """Return a message of lines, a list, and the lines of `end`."""
    top, end = [line for line in top if line], [line for line in end if line]
    item_list = ordered(items, first=1) if numbered else bulleted(items)
    texts = [f"{f'{number}.' if numbered else '•'} {line_text(line)}" for number, line in enumerate(items, 1)]
    block = rich_text(section(top), *([item_list] if items else []), *([section(end)] if end else []))
    return Message(join_lines((*map(line_text, top), *texts, *map(line_text, end))), _blocks(block, controls))


def recordings_message(
    top: Sequence[Line], rows: Sequence[Recording], first: int, *buttons: Block, at: datetime | None = None
) -> Message:
    """Return rows numbered from `first`, a menu to open one, and the buttons beside it.

    `at` is when the message is read, if that is now: calls of the last hours are shown without their day then.
    """
    # The names of a row stand in the list and in the menu.
    room = min(PAIR_ROOM, ((MAX_BLOCK_TEXT - AROUND_ROWS) // len(rows) - AROUND_NAMES) // 2)
    lines = [row(recording, room, at) for recording in rows]
    options = [
        (row_option(recording, number, room), OPEN.write(recording.id)) for number, recording in enumerate(rows, first)
    ]
    texts = [f"{number}. {line_text(line)}" for number, line in enumerate(lines, first)]
    text = "\n".join((*map(line_text, top), *texts))
    return Message(
        text if units(text) <= MAX_TEXT else _compact_text(top, rows, first),
        _blocks(
            rich_text(section(top), ordered(lines, first=first)), (select("Open…", OPEN.action, options), *buttons)
        ),
    )


def join_lines(lines: Iterable[str]) -> str:
    """Return the lines as one text; where they are too long, `…` replaces the last ones."""
    texts = list(lines)
    while units("\n".join(texts)) > MAX_TEXT:
        texts[-2:] = ["…"]
    return "\n".join(texts)


def _blocks(block: Block, controls: Sequence[Block]) -> tuple[Block, ...]:
    return (block, actions(*controls)) if controls else (block,)


def _compact_text(top: Sequence[Line], rows: Sequence[Recording], first: int) -> str:
    """Return the list as text with a short line for every row."""
    head = [*map(line_text, top), "Times in UTC"]
    room = (MAX_TEXT - units("\n".join(head))) // len(rows) - 1
    return join_lines((*head, *compact_rows(rows, first=first, most=room)))
