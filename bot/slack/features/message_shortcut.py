"""*Calls with this number*, in the menu of any message: the calls with the telephone numbers in it.

It works also where the bot is no member: the answer goes through the `response_url`.
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from bot.domain.access import Asker
from bot.domain.query import Query, Term
from bot.language.grammar import Latest
from bot.language.numbers import numbers_in
from bot.slack.answering import Answer, Body, Feature, Services
from bot.slack.blocks.message import text_message
from bot.slack.features import listing
from bot.slack.unescape import link_text, unescape_message
from bot.text.lines import Line

NO_NUMBER: Line = ("I find no telephone number in this message.",)
MAX_TEXT = 12_000
"""Characters that are read: a message may have 40,000, and a number is on its first pages."""
MAX_DEPTH = 12
ATTACHMENT_TEXTS = ("text", "pretext", "title", "value", "fallback", "footer")
"""Source: Slack, "Legacy attachments"."""


async def calls_with_number(asker: Asker, body: Body, services: Services) -> Answer:
    """List the calls with any of the numbers."""
    numbers = await asyncio.to_thread(numbers_in, text_of(body.get("message") or {}), services.region)
    if not numbers:
        return Answer(message=text_message([NO_NUMBER]))
    return await listing.latest(asker, Latest(Query(parties=tuple(map(Term, numbers)))), services)


def text_of(message: Mapping[str, Any]) -> str:
    """Return the plain text of a message, its blocks and its attachments; at most 12,000 characters.

    Most of it is there twice: the text repeats the blocks.
    """
    pieces: list[str] = []
    room = MAX_TEXT
    for piece in _pieces(message):
        pieces.append(piece[:room])
        room -= len(piece) + 1
        if room <= 0:
            break
    return "\n".join(pieces)


def _pieces(message: Mapping[str, Any]) -> Iterator[str]:
    yield unescape_message(str(message.get("text") or ""))
    yield from _block_texts(message.get("blocks"), MAX_DEPTH)
    for attachment in _mappings(message.get("attachments")):
        texts = (attachment[key] for key in ATTACHMENT_TEXTS if isinstance(attachment.get(key), str))
        yield from map(unescape_message, texts)
        yield from _block_texts(attachment.get("fields"), MAX_DEPTH)
        yield from _block_texts(attachment.get("blocks"), MAX_DEPTH)


def _mappings(nodes: Any) -> Iterator[Mapping[str, Any]]:
    return (node for node in nodes if isinstance(node, Mapping)) if isinstance(nodes, list) else iter(())


def _block_texts(node: Any, depth: int) -> Iterator[str]:
    """Return every text below a node. A line of rich text is one text, however its parts are styled."""
    if depth == 0:
        return
    if isinstance(node, list):
        for item in node:
            yield from _block_texts(item, depth - 1)
    elif isinstance(node, Mapping):
        if str(node.get("type", "")).startswith("rich_text_") and node["type"] != "rich_text_list":
            yield "".join(map(_element_text, _mappings(node.get("elements"))))
            return
        for key in ("text", "title") if "type" in node else ("text", "value", "title"):  # a button hides its value
            if isinstance(node.get(key), str):
                yield unescape_message(node[key]) if node.get("type") == "mrkdwn" else node[key]
        for key, value in node.items():
            if key in {"text", "fields", "elements", "rows", "title"} and not isinstance(value, str):
                yield from _block_texts(value, depth - 1)


def _element_text(element: Mapping[str, Any]) -> str:
    text, url = str(element.get("text") or ""), element.get("url")
    return link_text(url, text) if isinstance(url, str) and url else text


FEATURE = Feature(shortcuts={"calls_with_number": calls_with_number})
