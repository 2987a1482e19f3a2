"""What channels are sent unasked: new recordings, one by one or many at once, a welcome, alerts. Pure."""

from collections.abc import Sequence

from bot.domain.alert import Alert, Happening
from bot.domain.delivery import Post
from bot.domain.query import MOST_ROWS, Query
from bot.domain.recording import Recording
from bot.language.writing import line_of
from bot.slack.blocks import values
from bot.slack.blocks.elements import button
from bot.slack.blocks.message import Message, rows_of, said
from bot.text import alert_lines, help_lines, query_lines, sentences
from bot.text.lines import Line, Words
from bot.text.recording_lines import parties, summary

DIGEST_ROWS = 25
"""Recordings of a digest that its button lists at once."""


def posted(post: Post) -> Message:
    """What a channel is sent unasked. A plain post is text alone, for when Slack has refused the blocks."""
    message = _unasked(post)
    return Message(message.text) if post.plain else message


def _unasked(post: Post) -> Message:
    if post.alert is not None:
        return alert(post.alert)
    if not post.recordings:
        return welcome()
    return digest(post) if post.is_digest else announcement(post)


def announcement(post: Post) -> Message:
    """New recordings, for a channel: one in two lines, or the legs of one call, a row each."""
    legs = post.recordings[:MOST_ROWS]
    return _new(legs[0]) if len(legs) == 1 else _new_call(legs, len(post.recordings))


def digest(post: Post) -> Message:
    """Many calls at once, for a channel: how many, which way, the longest, and a button that lists them.

    Recordings of a generation that is over have no button: a look-up does not find them.
    """
    lines = sentences.digest(post.recordings)
    query = line_of(_listing_of(post.recordings))
    value = values.write_run(query) if post.is_current else None
    if value is None:
        return said(lines)
    if post.plain:
        return said([*lines, query_lines.how_to_list(query)])
    aloud = f"List them for me: {len(post.recordings)} recordings"
    return said(lines, button("List them", values.LIST, value=value, aloud=aloud))


def alert(told: Alert) -> Message:
    """What the bot tells of itself. A channel that takes no posts can be tried again by a button."""
    lines = alert_lines.alert(told)
    value = values.write_resume(told.channel) if told.happening is Happening.CLOSED else None
    if value is None:
        return said(lines)
    return said(lines, button("Try again now", values.RESUME, value=value, aloud="Try again now to post there"))


def welcome() -> Message:
    """What this is and how to ask, for a channel that is told of recordings from now on."""
    return said(help_lines.WELCOME)


def _new(recording: Recording) -> Message:
    lines = [parties(recording, aloud="New recording: "), summary(recording)]
    value, aloud = values.write_open(recording.id), f"Open recording {recording.id}"
    return said(lines, button("Open", values.OPEN, value=value, aloud=aloud))


def _new_call(legs: Sequence[Recording], count: int) -> Message:
    top: list[Line] = [(Words("One call", "bold"), f" · {sentences.counted(count, 'recording')}")]
    return rows_of(top, legs, 1)


def _listing_of(recordings: Sequence[Recording]) -> Query:
    ids = [recording.id for recording in recordings]
    return Query(count=min(len(ids), DIGEST_ROWS), ids=(min(ids), max(ids)))
