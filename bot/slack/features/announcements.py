"""What channels receive without asking: new recordings, the legs of one call, a digest of many, a welcome, alerts."""

from collections.abc import Sequence

from bot.domain.delivery import Post
from bot.domain.query import MOST_ROWS, Query
from bot.domain.recording import Recording
from bot.language.writing import line_of
from bot.slack.blocks.message import Message, recordings_message, text_message
from bot.slack.blocks.values import LIST, OPEN
from bot.slack.features import alerts
from bot.text import help_lines, query_lines, sentences
from bot.text.lines import Line, Words
from bot.text.recording_lines import parties, summary

DIGEST_ROWS = 25
"""Recordings of a digest that its button lists at once."""


def message(post: Post) -> Message:
    """The message of a post. A plain post is text alone, for when Slack has refused the blocks."""
    if post.alert is not None:
        full = alerts.message(post.alert)
    elif not post.recordings:
        full = welcome()
    else:
        full = digest(post) if post.is_digest else announcement(post)
    return Message(full.text) if post.plain else full


def announcement(post: Post) -> Message:
    """New recordings: one in two lines, or the legs of one call, a row each."""
    legs = post.recordings[:MOST_ROWS]
    if len(legs) > 1:
        top: list[Line] = [(Words("One call", "bold"), f" · {sentences.counted(len(post.recordings), 'recording')}")]
        return recordings_message(top, legs, 1)
    lines = [parties(legs[0], aloud="New recording: "), summary(legs[0])]
    return text_message(lines, *OPEN.button("Open", legs[0].id, spoken_label=f"Open recording {legs[0].id}"))


def digest(post: Post) -> Message:
    """Many calls at once: how many, their directions, the longest, and a button that lists them.

    Recordings of an earlier generation of the PBX's numbers have no button: a look-up does not find them.
    """
    lines, line = sentences.digest(post.recordings), line_of(_query(post.recordings))
    if not post.is_current:
        return text_message(lines)
    if post.plain:
        return text_message([*lines, query_lines.how_to_list(line)])
    return text_message(
        lines, *LIST.button("List them", line, spoken_label=f"List them for me: {len(post.recordings)} recordings")
    )


def welcome() -> Message:
    """What this is and how to ask, for a channel that will receive recordings from now on."""
    return text_message(help_lines.WELCOME)


def _query(recordings: Sequence[Recording]) -> Query:
    ids = [recording.id for recording in recordings]
    return Query(count=min(len(ids), DIGEST_ROWS), ids=(min(ids), max(ids)))
