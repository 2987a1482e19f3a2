"""Everything the bot says in Slack: a value in, a message out. Pure, and within Slack's limits for any input."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from bot.domain.delivery import Post
from bot.domain.found import Found, FoundOne
from bot.domain.query import MOST_ROWS, Side
from bot.domain.recording import Recording
from bot.domain.status import Status
from bot.errors import PbxError, QueryError
from bot.slack import texts, values
from bot.slack.blocks import (
    Block,
    Line,
    Words,
    actions,
    bulleted,
    button,
    ordered,
    rich_text,
    section,
    select,
    spoken,
)
from bot.slack.facts import PAIR_ROOM, everything, option, particulars, parties, row, tight_rows
from bot.slack.markup import clean, units

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
        """The arguments of a post or an answer, free to be changed."""
        blocks = [_fresh(block) for block in self.blocks]
        return {"text": self.text, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


@lru_cache(maxsize=16)  # many who ask the same at the same time are given the same answer
def listing(found: Found, *, shared_by: str | None = None) -> Message:
    """A page of recordings, a row each. `shared_by` is the Slack user id of who shares it with a channel.

    A shared list has no page buttons: turning it would turn it for everybody.
    """
    top = [texts.heading(found) if found.rows else texts.nothing(found)]
    if shared_by is not None:
        top.append(texts.shared_by(shared_by, str(found.query)))
    if found.stale is not None:
        top.append(texts.stale(found.stale))
    if not found.rows:
        return _said(top)
    buttons = [] if shared_by is not None else [*_pages(found), *_share(_shown(found))]
    return _list(top, found.rows, found.first, *buttons, at=found.at)


def one(found: FoundOne, *, shared_by: str | None = None) -> Message:
    """One recording in full. `shared_by` is the Slack user id of who shares it with a channel."""
    recording = found.recording
    lines: list[Line] = [
        (Words(f"Recording {recording.id}", "bold"),),
        *([texts.shared_by(shared_by, f"show {recording.id}")] if shared_by is not None else []),
        *([texts.stale(found.stale)] if found.stale is not None else []),
        parties(recording, aloud="From "),
        *everything(recording),
    ]
    if shared_by is not None:
        return _said(lines)
    close = button("Close", values.CLOSE, aloud=f"Close recording {recording.id}")
    return _said(lines, *_share(values.ShareValue(ids=(recording.id,))), close)


def announcement(post: Post) -> Message:
    """New recordings, for a channel: one in two lines, or the legs of one call, a row each.

    A plain post is text alone, for when Slack has refused the blocks.
    """
    legs = post.recordings[:MOST_ROWS]
    message = _new(legs[0]) if len(legs) == 1 else _new_call(legs, len(post.recordings))
    return Message(message.text) if post.plain else message


def welcome() -> Message:
    """What this is and how to ask, for a channel that is told of recordings from now on."""
    return _said(texts.WELCOME)


def help_() -> Message:
    """What can be asked, on one phone screen."""
    return Message(
        text=_joined(map(spoken, (texts.HELP_INTRO, *texts.HELP))),
        blocks=(rich_text(section([texts.HELP_INTRO]), bulleted(texts.HELP)),),
    )


def status(state: Status) -> Message:
    """How the bot is."""
    return _said(texts.status(state))


def query_error(error: QueryError) -> Message:
    """Words that cannot be read: one line, and a button that runs what was probably meant."""
    value = None if error.nearest is None else values.write_run(error.nearest)
    if error.nearest is None or value is None:
        return _said([texts.query_error(error)])
    run = button("Run it", values.RUN, value=value, aloud=clean(f"Run {texts.COMMAND} {error.nearest}"))
    return _said([texts.query_error(error)], run)


def pbx_problem(error: PbxError, reference: str) -> Message:
    """The PBX did not do what was asked, and the archive could not stand in."""
    return _said([texts.pbx_problem(error, reference)])


def not_found(recording: int) -> Message:
    """No recording has this number."""
    return _said([texts.not_found(recording)])


def failed(reference: str) -> Message:
    """Something unexpected: the reference leads to the log."""
    return _said([texts.failed(reference)])


def still_asking() -> Message:
    """The PBX is slow, and the archive has nothing to show meanwhile."""
    return _said([texts.STILL_ASKING])


def share_failed() -> Message:
    """The answer is not in the channel."""
    return _said([texts.SHARE_FAILED])


def too_old() -> Message:
    """A button whose action or value is not known any more."""
    return _said([texts.TOO_OLD])


def _fresh(node: Any) -> Any:
    """A copy of what blocks are made of; `deepcopy` takes as long as building the message does."""
    if isinstance(node, dict):
        return {key: _fresh(value) for key, value in node.items()}
    return [_fresh(item) for item in node] if isinstance(node, list) else node


def _said(lines: Sequence[Line], *controls: Block) -> Message:
    """The lines that say something, one under the other, with their controls below."""
    said = [line for line in lines if line]
    below = (actions(*controls),) if controls else ()
    return Message(text=_joined(map(spoken, said)), blocks=(rich_text(section(said)), *below))


def _joined(lines: Iterable[str]) -> str:
    """The lines as text; where they are too long, the last ones give way to `…`."""
    kept = list(lines)
    while units("\n".join(kept)) > MOST_TEXT:
        kept[-2:] = ["…"]
    return "\n".join(kept)


def _new(recording: Recording) -> Message:
    lines = [parties(recording, aloud="New recording: "), particulars(recording)]
    value, aloud = values.write_open(recording.id), f"Open recording {recording.id}"
    return _said(lines, button("Open", values.OPEN, value=value, aloud=aloud))


def _new_call(legs: Sequence[Recording], count: int) -> Message:
    top: list[Line] = [(Words("One call", "bold"), f" · {texts.count(count, 'recording')}")]
    return _list(top, legs, 1)


def _list(
    top: Sequence[Line], rows: Sequence[Recording], first: int, *buttons: Block, at: datetime | None = None
) -> Message:
    """Rows numbered from `first`, a menu to open one, and the buttons beside it. `at` is when it is read, if now."""
    room = _pair_room(len(rows))
    lines = [row(recording, room, at) for recording in rows]
    menu = [
        (option(recording, number, room), values.write_open(recording.id))
        for number, recording in enumerate(rows, first)
    ]
    return Message(
        text=_roomy_text(top, lines, first) or _tight_text(top, rows, first),
        blocks=(
            rich_text(section(top), ordered(lines, first=first)),
            actions(select("Open…", values.OPEN, menu), *buttons),
        ),
    )


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
    return _joined((*head, *tight_rows(rows, first=first, most=room)))


def _pages(found: Found) -> list[Block]:
    """The page buttons that lead somewhere."""
    return [
        button(label, action, value=value, aloud=f"{label} page, {_beside(found, turn.side)} of {texts.total(found)}")
        for label, action, turn in (
            ("Previous", values.PREVIOUS, found.previous),
            ("Next", values.NEXT, found.next),
        )
        if turn and (value := values.write_page(values.PageValue(str(found.query), turn)))
    ]


def _beside(found: Found, side: Side) -> str:
    """The positions on the page before or after this one."""
    count = found.query.count
    if side is Side.AFTER:
        return texts.span(found.last + 1, min(found.last + count, found.total))
    return texts.span(max(1, found.first - count), found.first - 1)


def _shown(found: Found) -> values.ShareValue:
    ids = tuple(recording.id for recording in found.rows)
    return values.ShareValue(ids=ids, query=str(found.query), first=found.first, total=found.total)


def _share(answer: values.ShareValue) -> list[Block]:
    value = values.write_share(answer)
    if value is None:
        return []
    return [button("Share to channel", values.SHARE, value=value, aloud="Share this with everybody in the channel")]
