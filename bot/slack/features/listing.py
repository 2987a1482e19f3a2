"""`/recordings`, `latest`, `search`: a page of recordings, its page buttons, and what is shown when none is found."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from bot.domain.access import Asker
from bot.domain.query import Cursor, Query, Side
from bot.domain.results import ListResult
from bot.errors import QueryError
from bot.language.grammar import ListCommand, read_query
from bot.language.writing import line_of
from bot.slack.answering import Answer, Feature, Services, too_old
from bot.slack.blocks.elements import Block
from bot.slack.blocks.message import Message, recordings_message, text_message
from bot.slack.blocks.values import RUN, ButtonValue, Fields, SharedAnswer, line_field, share_button
from bot.text import query_lines, sentences
from bot.text.help_lines import COMMAND

EPOCH = datetime.fromtimestamp(0, UTC)
MICROSECOND = timedelta(microseconds=1)

Page = tuple[str, Cursor]
"""A page turn: the line of the listing, and the cursor."""


def _page_fields(page: Page) -> dict[str, Any]:
    line, cursor = page
    at = None if cursor.at is None else (cursor.at - EPOCH) // MICROSECOND  # a rounded time would repeat or skip a row
    return {"side": cursor.side, "id": cursor.id, "at": at, "position": cursor.position, "query": line}


def _page(fields: Fields) -> Page | None:
    line = line_field(fields, "query")
    match fields:
        case {
            "side": "after" | "before" as side,
            "id": int(recording),
            "at": int() | None as at,
            "position": int(position),
        } if line is not None:
            try:
                moment = None if at is None else EPOCH + at * MICROSECOND
            except OverflowError:
                return None
            return line, Cursor(side=Side(side), id=recording, at=moment, position=position)
    return None


NEXT: ButtonValue[Page] = ButtonValue("recordings.next.v1", _page_fields, _page, version=2, replaces_message=True)
PREVIOUS: ButtonValue[Page] = ButtonValue(
    "recordings.previous.v1", _page_fields, _page, version=2, replaces_message=True
)


async def latest(asker: Asker, command: ListCommand, services: Services) -> Answer:
    """Answer `latest` and `search`."""
    return await _answer(asker, command.query, None, services)


async def turn_page(asker: Asker, page: Page, services: Services) -> Answer:
    """Answer a press on Next or Previous."""
    line, cursor = page
    query = query_of_button(line)
    return Answer(message=too_old()) if query is None else await _answer(asker, query, cursor, services)


async def _answer(asker: Asker, query: Query, cursor: Cursor | None, services: Services) -> Answer:
    found = await services.in_time(lambda patience: services.lookup.listing(asker, query, cursor, patience=patience))
    return Answer(message=message(found, zone=asker.zone))


def query_of_button(line: str) -> Query | None:
    """Return the query of a button's line; None when this version does not understand it."""
    try:
        return read_query(line)
    except QueryError:
        return None


def message(found: ListResult, *, zone: tzinfo = UTC, shared_by: str | None = None) -> Message:
    """A page of recordings, a row each. Days of the query are shown in `zone`, the asker's.

    `shared_by` is the Slack user id of the person who shares it with a channel. A shared list has no page buttons:
    they would turn the page for everybody.
    """
    top = [query_lines.heading(found, zone) if found.rows else query_lines.nothing_found(found, zone)]
    if shared_by is not None:
        top.append(query_lines.shared_by(shared_by, line_of(found.query)))
    if found.stale is not None:
        top.append(sentences.stale(found.stale))
    top.append(query_lines.history_note(found))
    if not found.rows:
        return _empty(found, zone, top)
    buttons: list[Block] = []
    if shared_by is None:
        pages, share = _page_buttons(found), _share_button(found)
        buttons = [*pages, *share]
        if not share:
            top.append(query_lines.too_long(found, can_turn=bool(pages)))
    return recordings_message([line for line in top if line], found.rows, found.first, *buttons, at=found.at)


def _empty(found: ListResult, zone: tzinfo, top: list[Any]) -> Message:
    """An empty answer, and a button for the nearest query that finds something."""
    if found.hint is None:
        return text_message(top)
    line = line_of(found.hint.query)
    label = "Show it" if found.hint.total == 1 else "Show them"
    button = RUN.button(label, line, spoken_label=f"Run {COMMAND} {line}")
    return text_message([*top, query_lines.hint(found.hint, found.query, zone)], *button)


def _page_buttons(found: ListResult) -> list[Block]:
    """Return the page buttons that lead somewhere."""
    line, count, last = line_of(found.query), found.query.count, found.last
    total = query_lines.total_text(found)
    buttons: list[Block] = []
    if found.previous:
        rows = query_lines.positions(max(1, found.first - count), found.first - 1)
        buttons += PREVIOUS.button("Previous", (line, found.previous), spoken_label=f"Previous page, {rows} of {total}")
    if found.next:
        rows = query_lines.positions(
            last + 1, last + count if found.total_is_minimum else min(last + count, found.total)
        )
        buttons += NEXT.button("Next", (line, found.next), spoken_label=f"Next page, {rows} of {total}")
    return buttons


def _share_button(found: ListResult) -> list[Block]:
    """Return *Share to channel* for the rows as they are shown."""
    ids = tuple(recording.id for recording in found.rows)
    return share_button(
        SharedAnswer(
            ids=ids,
            query=line_of(found.query),
            first=found.first,
            total=found.total,
            total_is_minimum=found.total_is_minimum,
        )
    )


FEATURE = Feature(commands={ListCommand: latest}, buttons={NEXT: turn_page, PREVIOUS: turn_page})
