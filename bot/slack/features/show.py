"""`/recordings show 614` and *Open…*: one recording in full, and the other calls between the same two parties."""

from datetime import UTC, tzinfo

from bot.domain.access import Asker
from bot.domain.related import calls_between, calls_with, outsiders
from bot.domain.results import ShowResult
from bot.errors import PbxNotFound
from bot.language.grammar import ShowCommand
from bot.language.writing import line_of
from bot.services.lookup import OTHERS
from bot.slack.answering import Answer, Feature, Services
from bot.slack.blocks.elements import Block, button, select
from bot.slack.blocks.message import Message, list_message, text_message
from bot.slack.blocks.values import LIST, OPEN, ButtonValue, SharedAnswer, share_button
from bot.text import query_lines, sentences
from bot.text.cleaning import clean
from bot.text.lines import Line, Words
from bot.text.recording_lines import details, parties, pbx_state, related_call, related_call_option

CLOSE: ButtonValue[str] = ButtonValue("recordings.close.v1", lambda _: {}, lambda _: "close")
"""Carries no value."""


async def show(asker: Asker, command: ShowCommand, services: Services) -> Answer:
    """Answer `show 614`."""
    return await open_recording(asker, command.id, services)


async def open_recording(asker: Asker, recording: int, services: Services) -> Answer:
    """Answer a press on *Open*, or a choice in *Open…*."""
    try:
        found = await services.in_time(lambda patience: services.lookup.show(asker, recording, patience=patience))
    except PbxNotFound:
        return Answer(message=not_found(recording))
    return Answer(message=message(found, zone=asker.zone))


async def close(asker: Asker, value: str, services: Services) -> Answer:  # noqa: ARG001 - as every handler
    """Remove the message."""
    return Answer(removes_message=True)


def message(found: ShowResult, *, zone: tzinfo = UTC, shared_by: str | None = None) -> Message:
    """One recording in full. `zone` is the asker's, for the times in the menu.

    `shared_by` is the Slack user id of the person who shares it with a channel.
    """
    recording, is_shared = found.recording, shared_by is not None
    lines: list[Line] = [
        (Words(f"Recording {recording.id}", "bold"),),
        *([query_lines.shared_by(shared_by, f"show {recording.id}")] if shared_by is not None else []),
        *([sentences.stale(found.stale)] if found.stale is not None else []),
        parties(recording, aloud="From "),
        *details(recording),
        *([] if is_shared and not found.is_deleted else [pbx_state(found)]),  # sharing does not ask the PBX
        *([sentences.OTHERS] if found.others else []),
    ]
    others = [related_call(row) for row in found.others[:OTHERS]]
    buttons = _others_buttons(found, zone)
    if not is_shared:
        close_button = button("Close", CLOSE.action, spoken_label=f"Close recording {recording.id}")
        share = share_button(SharedAnswer(ids=(recording.id,)))
        buttons = [*buttons, *share, *_calls_with_buttons(found), close_button]
    return list_message(lines, others, *buttons, numbered=True)


def not_found(recording: int) -> Message:
    """No recording has this number."""
    return text_message([sentences.not_found(recording)])


def _others_buttons(found: ShowResult, zone: tzinfo) -> list[Block]:
    """Return a menu of the other calls between the same two, and a button for all of them if some are left out."""
    listed = found.others[:OTHERS]
    if not listed:
        return []
    options = [(related_call_option(row, number, zone), OPEN.write(row.id)) for number, row in enumerate(listed, 1)]
    menu = select("Open…", OPEN.action, options)
    query = calls_between(found.recording) if len(found.others) >= OTHERS else None
    if query is None:
        return [menu]
    return [menu, *LIST.button("All between them", line_of(query), spoken_label="List all calls between them")]


def _calls_with_buttons(found: ShowResult) -> list[Block]:
    """Return *Calls with 5566* for each party outside the company."""
    buttons: list[Block] = []
    for number, party in enumerate(outsiders(found.recording), 1):
        query, name = calls_with(party), clean(party.number) or clean(party.name)
        if query and name:
            buttons += LIST.button(
                f"Calls with {name}", line_of(query), spoken_label=f"Calls with {name}", suffix=number
            )
    return buttons


FEATURE = Feature(commands={ShowCommand: show}, buttons={OPEN: open_recording, CLOSE: close})
