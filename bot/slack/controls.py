"""The buttons and menus below answers. What would not fit into one is left out."""

from collections.abc import Sequence
from datetime import tzinfo

from bot.domain.query import Side
from bot.domain.recording import Party
from bot.domain.related import calls_between, calls_with, outsiders
from bot.domain.results import Hint, ListResult, ShowResult
from bot.language.examples import Example
from bot.language.writing import line_of
from bot.slack.blocks import values
from bot.slack.blocks.elements import BUTTON_ROOM, Block, button, select
from bot.text.cleaning import clean, plain
from bot.text.help_lines import COMMAND
from bot.text.query_lines import positions, total_text
from bot.text.recording_lines import related_call_option

MOST_OTHERS = 5
"""Other calls between the same two that one recording is shown with."""


def pages(found: ListResult) -> list[Block]:
    """The page buttons that lead somewhere."""
    return [
        button(label, action, value=value, aloud=f"{label} page, {_beside(found, turn.side)} of {total_text(found)}")
        for label, action, turn in (
            ("Previous", values.PREVIOUS, found.previous),
            ("Next", values.NEXT, found.next),
        )
        if turn and (value := values.write_page(values.PageValue(line_of(found.query), turn)))
    ]


def share_list(found: ListResult) -> list[Block]:
    """*Share to channel* for the rows as they are shown."""
    ids = tuple(recording.id for recording in found.rows)
    query, least = line_of(found.query), found.is_least
    return _share(values.ShareValue(ids=ids, query=query, first=found.first, total=found.total, is_least=least))


def of_one(found: ShowResult, zone: tzinfo) -> list[Block]:
    """What can be done with one recording in full; *Close* takes the message away."""
    recording = found.recording.id
    share = _share(values.ShareValue(ids=(recording,)))
    close = button("Close", values.CLOSE, aloud=f"Close recording {recording}")
    return [*others(found, zone), *share, *_calls_with_outsiders(found), close]


def run(label: str, line: str) -> list[Block]:
    """A button that runs a line; the answer takes the offer's place."""
    value = values.write_run(line)
    return [button(label, values.RUN, value=value, aloud=clean(f"Run {COMMAND} {line}"))] if value else []


def run_hint(hint: Hint) -> list[Block]:
    """The question that finds something."""
    return run("Show it" if hint.total == 1 else "Show them", line_of(hint.query))


def examples(shown: Sequence[Example], *more: tuple[str, str]) -> list[Block]:
    """A button for each example, and for `more` labels and lines; the help stays."""
    lines = [(example.line, example.line) for example in shown]
    return [
        made
        for number, (label, line) in enumerate((*lines, *more), 1)
        for made in _list(number, label, line, aloud=f"Run {COMMAND} {line}")
    ]


def others(found: ShowResult, zone: tzinfo) -> list[Block]:
    """A menu of the other calls between the same two, and a button for all of them where some are left out."""
    shown = found.others[:MOST_OTHERS]
    if not shown:
        return []
    options = [
        (related_call_option(row, number, zone), values.write_open(row.id)) for number, row in enumerate(shown, 1)
    ]
    menu = select("Open…", values.OPEN, options)
    query = calls_between(found.recording) if len(found.others) >= MOST_OTHERS else None
    if query is None:
        return [menu]
    return [menu, *_list(0, "All between them", line_of(query), aloud="List all calls between them")]


def _calls_with_outsiders(found: ShowResult) -> list[Block]:
    """*Calls with 5566*, for each party outside the company."""
    parties = enumerate(outsiders(found.recording), 1)
    return [made for number, party in parties for made in _calls_with(number, party)]


def _calls_with(number: int, party: Party) -> list[Block]:
    query, shown = calls_with(party), clean(party.number) or clean(party.name)
    label = f"Calls with {shown}"
    return _list(number, label, line_of(query), aloud=label) if query and shown else []


def _list(number: int, label: str, line: str, *, aloud: str) -> list[Block]:
    """A button that runs a line below a message that stays; `number` tells it from those beside it."""
    value = values.write_run(line)
    if value is None:
        return []
    return [button(plain(label, BUTTON_ROOM), values.list_action(number), value=value, aloud=clean(aloud))]


def _share(answer: values.ShareValue) -> list[Block]:
    value = values.write_share(answer)
    if value is None:
        return []
    return [button("Share to channel", values.SHARE, value=value, aloud="Share this with everybody in the channel")]


def _beside(found: ListResult, side: Side) -> str:
    """The positions on the page before or after this one."""
    count, last = found.query.count, found.last
    if side is Side.AFTER:
        return positions(last + 1, last + count if found.is_least else min(last + count, found.total))
    return positions(max(1, found.first - count), found.first - 1)
