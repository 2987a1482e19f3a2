"""Every answer the bot gives in Slack: a value in, a message out. Pure, and within Slack's limits for any input."""

from functools import lru_cache

from bot.domain.found import Found, FoundOne
from bot.domain.query import Side
from bot.domain.status import Status
from bot.errors import PbxError, QueryError
from bot.slack import status_texts, texts, values
from bot.slack.blocks import Block, Line, Words, bulleted, button, rich_text, section, spoken
from bot.slack.facts import everything, parties
from bot.slack.markup import clean
from bot.slack.message import Message, joined, rows_of, said


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
        return said(top)
    buttons = [] if shared_by is not None else [*_pages(found), *_share(_shown(found))]
    return rows_of(top, found.rows, found.first, *buttons, at=found.at)


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
        return said(lines)
    close = button("Close", values.CLOSE, aloud=f"Close recording {recording.id}")
    return said(lines, *_share(values.ShareValue(ids=(recording.id,))), close)


def resumed(*, found: bool) -> Message:
    """What came of *Try again now*."""
    return said([texts.RESUMED if found else texts.NOT_PAUSED])


def help_() -> Message:
    """What can be asked, on one phone screen."""
    return Message(
        text=joined(map(spoken, (texts.HELP_INTRO, *texts.HELP))),
        blocks=(rich_text(section([texts.HELP_INTRO]), bulleted(texts.HELP)),),
    )


def status(state: Status) -> Message:
    """How the bot is."""
    return said(status_texts.status(state))


def query_error(error: QueryError) -> Message:
    """Words that cannot be read: one line, and a button that runs what was probably meant."""
    value = None if error.nearest is None else values.write_run(error.nearest)
    if error.nearest is None or value is None:
        return said([texts.query_error(error)])
    run = button("Run it", values.RUN, value=value, aloud=clean(f"Run {texts.COMMAND} {error.nearest}"))
    return said([texts.query_error(error)], run)


def pbx_problem(error: PbxError, reference: str) -> Message:
    """The PBX did not do what was asked, and the archive could not stand in."""
    return said([texts.pbx_problem(error, reference)])


def not_found(recording: int) -> Message:
    """No recording has this number."""
    return said([texts.not_found(recording)])


def failed(reference: str) -> Message:
    """Something unexpected: the reference leads to the log."""
    return said([texts.failed(reference)])


def still_asking() -> Message:
    """The PBX is slow, and the archive has nothing to show meanwhile."""
    return said([texts.STILL_ASKING])


def share_failed() -> Message:
    """The answer is not in the channel."""
    return said([texts.SHARE_FAILED])


def too_old() -> Message:
    """A button whose action or value is not known any more."""
    return said([texts.TOO_OLD])


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
