"""Undo what Slack does to text: escapes, links, mentions and typographic quotes.

Source: Slack, "Formatting message text" and "Slash commands".
"""

import re
import sys
from collections.abc import Mapping
from types import MappingProxyType

from bot.language.writing import quoted

CURLY = "“”„‟«»"
STRAIGHT = str.maketrans(CURLY, '"' * len(CURLY))
PIECE = re.compile(
    rf"""<(?P<target>[^<>|]+)(?:\|(?P<label>[^<>]*))?>
    |&(?P<entity>amp|lt|gt|\#[0-9]{{1,7}});   # numbers: in the lines of buttons that earlier versions made
    |(?P<quote>["{CURLY}])""",
    re.VERBOSE,
)
MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")
MOST_MENTIONS = 10
"""Of one line: each needs a request to Slack."""
ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}
SURROGATES = range(0xD800, 0xE000)
NO_NUMBERS: Mapping[str, str] = MappingProxyType({})


def mentioned_users(text: str) -> tuple[str, ...]:
    """Return the ids of the users whom a line mentions, each once, at most ten."""
    return tuple(dict.fromkeys(MENTION.findall(text)))[:MOST_MENTIONS]


def unescape_line(text: str, numbers: Mapping[str, str] = NO_NUMBERS) -> str:
    """Return the plain line for `read_command`.

    `numbers` are the extensions of the people mentioned, by user id; a person without one becomes `@name`.
    """
    is_quoted = False

    def plain(piece: re.Match[str]) -> str:
        nonlocal is_quoted
        if piece["quote"]:
            is_quoted = not is_quoted
            return '"'
        if piece["entity"]:
            char = _char(piece["entity"])
            return '""' if char == '"' and is_quoted else char
        target, label = piece["target"], piece["label"]
        if target.startswith("@"):
            number = numbers.get(target[1:])
            return number or f"@{(label or target).lstrip('@')}"
        if target[0] in "#!":
            return label or target if target[0] == "!" else f"#{label or target[1:]}"
        return (label or target) if is_quoted else quoted(label or target)

    return PIECE.sub(plain, text)


def unescape_message(text: str) -> str:
    """Return a message as plain text, for a search for telephone numbers."""
    return PIECE.sub(_plain_piece, text)


def straighten(text: str) -> str:
    """Replace typographic quotes by straight ones."""
    return text.translate(STRAIGHT)


def link_text(target: str, label: str) -> str:
    """Return a link as plain text, for a search for telephone numbers."""
    if target.startswith("tel:"):
        return f" tel {target.removeprefix('tel:')} "  # the label may lack the country, and a short number needs "tel"
    return f" {label} " if "://" not in label else " "  # digits in an address are no telephone number


def _plain_piece(piece: re.Match[str]) -> str:
    if piece["target"] is None:
        return _char(piece["entity"]) if piece["entity"] else piece[0]
    return link_text(piece["target"], piece["label"] or "")


def _char(entity: str) -> str:
    if entity in ENTITIES:
        return ENTITIES[entity]
    code = int(entity[1:])
    return chr(code) if 0 < code <= sys.maxunicode and code not in SURROGATES else ""
