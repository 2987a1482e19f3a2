"""A typed line, cut into words that know where they stood."""

import re
from dataclasses import dataclass

QUOTES = '"“”„‟«»'
"""Straight, and what Slack's composer and phones make of it."""

PIECE = re.compile(
    rf"""(?P<space>\s+)
    |<(?P<target>[^<>|]+)(?:\|(?P<label>[^<>]*))?>   # Slack's link or mention, `<tel:+41…|+41 …>`
    |(?P<entity>&(?:amp|lt|gt);)                     # Slack escapes these three and no other
    |[{QUOTES}](?P<quoted>[^{QUOTES}]*)[{QUOTES}]?   # an unclosed quote runs to the end
    |(?P<colon>[:：])
    |(?P<plain>.)""",
    re.VERBOSE | re.DOTALL,
)
ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}


@dataclass(frozen=True, slots=True)
class Word:
    """`key:value`, or a bare word whose key is empty. Keys are lower case."""

    key: str
    value: str
    typed: str
    """As it stands in the line."""
    span: tuple[int, int]
    """Where it stands in the line: characters from 0, the end excluded."""


def split(line: str) -> tuple[Word, ...]:
    """Cut at white space, outside quotes; undo Slack's escapes and links on the way.

    A colon that ends a word takes the next word as its value: phones put a space after it.
    """
    words: list[Word] = []
    open_word: list[re.Match[str]] = []
    for piece in PIECE.finditer(line):
        if piece["space"] is None:
            open_word.append(piece)
        elif open_word and not _waits_for_value(open_word):
            words.append(_word(line, open_word))
            open_word = []
    if open_word:
        words.append(_word(line, open_word))
    return tuple(words)


def _waits_for_value(pieces: list[re.Match[str]]) -> bool:
    return pieces[-1]["colon"] is not None and sum(piece["colon"] is not None for piece in pieces) == 1


def _word(line: str, pieces: list[re.Match[str]]) -> Word:
    span = (pieces[0].start(), pieces[-1].end())
    colon = next((index for index, piece in enumerate(pieces) if piece["colon"] is not None), None)
    key = "" if colon is None else _text(pieces[:colon]).casefold()
    value = _text(pieces if colon is None else pieces[colon + 1 :])
    return Word(key, value, line[slice(*span)], span)


def _text(pieces: list[re.Match[str]]) -> str:
    return "".join(_meant(piece) for piece in pieces)


def _meant(piece: re.Match[str]) -> str:
    if piece["target"] is not None:
        is_mention = piece["target"][0] in "@#!"
        return f"<{piece['target']}>" if is_mention else piece["label"] or piece["target"]
    if piece["entity"] is not None:
        return ENTITIES[piece["entity"]]
    if piece["quoted"] is not None:
        return piece["quoted"]
    return ":" if piece["colon"] is not None else piece["plain"]
