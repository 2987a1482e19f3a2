"""Every answer the bot gives in Slack: a value in, a message out. Pure, and within Slack's limits for any input."""

from collections.abc import Sequence
from datetime import UTC, tzinfo
from functools import lru_cache

from bot.domain.results import ListResult, ShowResult
from bot.domain.status import Status
from bot.errors import PbxError, QueryError
from bot.language.examples import Example
from bot.language.writing import line_of
from bot.slack import controls
from bot.slack.blocks.message import Message, outlined, rows_of, said
from bot.text import help_lines, query_lines, sentences, status_lines
from bot.text.lines import Line, Words
from bot.text.recording_lines import details, parties, pbx_state, related_call


@lru_cache(maxsize=16)  # many who ask the same at the same time are given the same answer
def listing(found: ListResult, *, zone: tzinfo = UTC, shared_by: str | None = None) -> Message:
    """A page of recordings, a row each. `zone` is the asker's: what was asked for is told in it.

    `shared_by` is the Slack user id of who shares it with a channel. A shared list has no page buttons: turning it
    would turn it for everybody.
    """
    top = [query_lines.heading(found, zone) if found.rows else query_lines.nothing_found(found, zone)]
    if shared_by is not None:
        top.append(query_lines.shared_by(shared_by, line_of(found.query)))
    if found.stale is not None:
        top.append(sentences.stale(found.stale))
    top.append(query_lines.history_note(found))
    if not found.rows:
        return _nothing(found, zone, top)
    pages, share = ([], []) if shared_by is not None else (controls.pages(found), controls.share_list(found))
    if shared_by is None and not share:
        top.append(query_lines.too_long(found, can_turn=bool(pages)))
    return rows_of([line for line in top if line], found.rows, found.first, *pages, *share, at=found.at)


def one(found: ShowResult, *, zone: tzinfo = UTC, shared_by: str | None = None) -> Message:
    """One recording in full, and the other calls between the same two. `zone` is the asker's.

    `shared_by` is the Slack user id of who shares it with a channel.
    """
    recording, is_shared = found.recording, shared_by is not None
    lines: list[Line] = [
        (Words(f"Recording {recording.id}", "bold"),),
        *([query_lines.shared_by(shared_by, f"show {recording.id}")] if shared_by is not None else []),
        *([sentences.stale(found.stale)] if found.stale is not None else []),
        parties(recording, aloud="From "),
        *details(recording),
        *([] if is_shared and not found.is_gone else [pbx_state(found)]),  # nobody asks the PBX when it is shared
        *([sentences.OTHERS] if found.others else []),
    ]
    others = [related_call(row) for row in found.others[: controls.MOST_OTHERS]]
    buttons = controls.others(found, zone) if is_shared else controls.of_one(found, zone)
    return outlined(lines, others, *buttons, numbered=True)


def resumed(*, found: bool) -> Message:
    """What came of *Try again now*."""
    return said([sentences.RESUMED if found else sentences.NOT_PAUSED])


def help_(examples: Sequence[Example]) -> Message:
    """What can be asked, on one phone screen: examples that can be pressed."""
    buttons = controls.examples(examples, ("All filters", "help filters"))
    return outlined([help_lines.INTRO], help_lines.help_(examples), *buttons, end=[help_lines.MORE])


def help_filters() -> Message:
    """Every filter, date and order, on one phone screen."""
    return outlined([help_lines.FILTERS_INTRO], help_lines.filters(), end=[help_lines.FILTERS_END])


def status(state: Status) -> Message:
    """How the bot is."""
    return said(status_lines.status(state))


def query_error(error: QueryError) -> Message:
    """Words that cannot be read: one line, and a button that runs what was probably meant."""
    run = [] if error.nearest is None else controls.run("Run it", error.nearest)
    return said([sentences.query_error(error)], *run)


def pbx_problem(error: PbxError, reference: str) -> Message:
    """The PBX did not do what was asked, and the archive could not stand in."""
    return said([sentences.pbx_problem(error, reference)])


def not_found(recording: int) -> Message:
    """No recording has this number."""
    return said([sentences.not_found(recording)])


def failed(reference: str) -> Message:
    """Something unexpected: the reference leads to the log."""
    return said([sentences.failed(reference)])


def still_asking() -> Message:
    """The PBX is slow, and the archive has nothing to show meanwhile."""
    return said([sentences.STILL_ASKING])


def share_failed() -> Message:
    """The answer is not in the channel."""
    return said([sentences.SHARE_FAILED])


def too_old() -> Message:
    """A button whose action or value is not known any more."""
    return said([sentences.TOO_OLD])


def _nothing(found: ListResult, zone: tzinfo, top: Sequence[Line]) -> Message:
    """An empty answer, and the nearest question that finds something."""
    if found.hint is None:
        return said(top)
    return said([*top, query_lines.hint(found.hint, found.query, zone)], *controls.run_hint(found.hint))
