"""A message, and the two shapes it comes in: lines that say something, and rows to choose from.

Pure, and within Slack's limits for any input.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.recording import Recording
from bot.slack.blocks.elements import Block, actions, bulleted, ordered, rich_text, section, select, spoken
from bot.slack.blocks.values import OPEN
from bot.text.cleaning import units
from bot.text.lines import Line
from bot.text.recording_lines import PAIR_ROOM, option, row, tight_rows

MOST_TEXT = 3_900
"""Slack's chat.update takes 4,000 characters of text (its error msg_too_long)."""
MOST_BLOCK_TEXT = 11_900
"""All blocks together; Slack's undocumented end (its error msg_blocks_too_long) was met at some 13,200."""
ROUND_THE_ROWS = 800
"""The most that stands round a list: title, "shared by", stale line, labels of the buttons."""
ROUND_THE_NAMES = 54
"""The most that a row and its option take besides the names: number, glyph, time, length."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is handed to Slack. `text` says all that the blocks say."""

    text: str
    blocks: tuple[Block, ...] = ()

    def payload(self) -> dict[str, Any]:
        """The arguments of a post or an answer. The blocks are the message's own: to be sent, not to be changed."""
        return {"text": self.text, "blocks": list(self.blocks), "unfurl_links": False, "unfurl_media": False}


def said(lines: Sequence[Line], *controls: Block) -> Message:
    """The lines that say something, one under the other, with their controls below."""
    said = [line for line in lines if line]
    below = (actions(*controls),) if controls else ()
    return Message(text=joined(map(spoken, said)), blocks=(rich_text(section(said)), *below))


def outlined(
    top: Sequence[Line], items: Sequence[Line], *controls: Block, end: Sequence[Line] = (), numbered: bool = False
) -> Message:
    """Lines, a list below them, and perhaps more lines; the controls last."""
    top, end = [line for line in top if line], [line for line in end if line]
    listed = ordered(items, first=1) if numbered else bulleted(items)
    marks = [f"{number}. " if numbered else "• " for number in range(1, len(items) + 1)]
    aloud = [mark + spoken(line) for mark, line in zip(marks, items, strict=True)]
    block = rich_text(section(top), *([listed] if items else []), *([section(end)] if end else []))
    below = (actions(*controls),) if controls else ()
    return Message(text=joined((*map(spoken, top), *aloud, *map(spoken, end))), blocks=(block, *below))


def rows_of(
    top: Sequence[Line], rows: Sequence[Recording], first: int, *buttons: Block, at: datetime | None = None
) -> Message:
    """Rows numbered from `first`, a menu to open one, and the buttons beside it. `at` is when it is read, if now."""
    room = _pair_room(len(rows))
    lines = [row(recording, room, at) for recording in rows]
    menu = [(option(recording, number, room), OPEN.write(recording.id)) for number, recording in enumerate(rows, first)]
    return Message(
        text=_roomy_text(top, lines, first) or _tight_text(top, rows, first),
        blocks=(
            rich_text(section(top), ordered(lines, first=first)),
            actions(select("Open…", OPEN.action, menu), *buttons),
        ),
    )


def joined(lines: Iterable[str]) -> str:
    """The lines as text; where they are too long, the last ones give way to `…`."""
    kept = list(lines)
    while units("\n".join(kept)) > MOST_TEXT:
        kept[-2:] = ["…"]
    return "\n".join(kept)


def _pair_room(rows: int) -> int:
    """How long the names of a row may be: they stand in the list and in the menu."""
    return min(PAIR_ROOM, ((MOST_BLOCK_TEXT - ROUND_THE_ROWS) // rows - ROUND_THE_NAMES) // 2)


def _roomy_text(top: Sequence[Line], lines: Sequence[Line], first: int) -> str:
    """The list as text, as it is shown; "" where that is too long."""
    said = "\n".join((*map(spoken, top), *(f"{number}. {spoken(line)}" for number, line in enumerate(lines, first))))
    return said if units(said) <= MOST_TEXT else ""


def _tight_text(top: Sequence[Line], rows: Sequence[Recording], first: int) -> str:
    """The list as text, in a tight line for every row."""
    head = [*map(spoken, top), "Times in UTC"]
    room = (MOST_TEXT - units("\n".join(head))) // len(rows) - 1
    return joined((*head, *tight_rows(rows, first=first, most=room)))
