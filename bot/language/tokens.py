"""A typed line, cut into words that know where they stood."""

import re
import sys
from dataclasses import dataclass

QUOTES = '"“”„‟«»'
"""Straight, and what Slack's composer and phones make of it."""
MINUS = "–—−-"
"""Typed, and what phones make of it."""

PIECE = re.compile(
    rf"""(?P<space>\s+)
    |<(?P<target>[^<>|]+)(?:\|(?P<label>[^<>]*))?>   # Slack's link or mention, `<tel:+41…|+41 …>`
    |(?P<entity>&(?:amp|lt|gt|\#[0-9]{{1,7}});)      # Slack escapes three and no other; our own lines escape quotes too
    |[{QUOTES}](?P<quoted>[^{QUOTES}]*)[{QUOTES}]?   # an unclosed quote runs to the end
    |(?P<colon>[:：])
    |(?P<minus>[{MINUS}])
    |(?P<plain>[^\s<&:：{QUOTES}{MINUS}]+|.)""",
    re.VERBOSE | re.DOTALL,
)
INSIDE = re.compile(r"<(?P<target>[^<>|]+)(?:\|(?P<label>[^<>]*))?>|(?P<entity>&(?:amp|lt|gt|#[0-9]{1,7});)")
"""What Slack puts into quoted text as well."""
ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
MENTION = re.compile(r"<([@#!])([^<>|]+)>")
LABEL = re.compile(r"\|([^<>|]+)>")
KEY = re.compile(rf"[{MINUS}]?[^\W\d_]+[:：]")
"""How a word with a key begins."""
HALVES = range(0xD800, 0xE000)
"""Of characters, in UTF-16: none is a character."""


@dataclass(frozen=True, slots=True)
class Word:
    """`key:value`, or a bare word whose key is empty. Keys are lower case."""

    key: str
    value: str
    """What is meant: without quotes and Slack's escapes, a single blank between two words."""
    typed: str
    """As it stands in the line."""
    span: tuple[int, int]
    """Where it stands in the line: characters from 0, the end excluded."""
    written: str
    """The value as it stands in the line, with its quotes."""
    is_excluded: bool = False
    """Whether a minus stands before it; it is in neither key nor value."""
    is_quoted: bool = False
    """Whether the value begins with a quote."""

    @property
    def mention(self) -> str | None:
        """Slack's id of the user that the value mentions."""
        found = self._mention()
        return found[2] if found and found[1] == "@" else None

    @property
    def is_group(self) -> bool:
        """Whether the value mentions a channel or a group of people."""
        found = self._mention()
        return found is not None and found[1] != "@"

    @property
    def called(self) -> str:
        """What Slack calls who is mentioned, `@ana`; empty where it does not tell."""
        label = LABEL.search(self.typed)
        return f"@{label[1].lstrip('@#')}" if label else ""

    def _mention(self) -> re.Match[str] | None:
        return None if self.is_quoted else MENTION.fullmatch(self.value)


def split(line: str) -> tuple[Word, ...]:
    """Cut at white space, outside quotes; undo Slack's escapes and links on the way.

    A colon that ends a word takes the next word as its value, unless that has a key itself: phones put a space there.
    """
    words: list[Word] = []
    open_word: list[re.Match[str]] = []
    for piece in PIECE.finditer(line):
        if piece.lastgroup != "space":
            open_word.append(piece)
        elif open_word and not _waits_for_value(open_word, line, piece.end()):
            words.append(_word(line, open_word))
            open_word = []
    if open_word:
        words.append(_word(line, open_word))
    return tuple(words)


def _waits_for_value(pieces: list[re.Match[str]], line: str, then: int) -> bool:
    if pieces[-1].lastgroup != "colon" or KEY.match(line, then):
        return False
    return sum(piece.lastgroup == "colon" for piece in pieces) == 1


def _word(line: str, pieces: list[re.Match[str]]) -> Word:
    start, end = pieces[0].start(), pieces[-1].end()
    excluded = len(pieces) > 1 and pieces[0].lastgroup == "minus"
    pieces = pieces[1:] if excluded else pieces
    colon = next((index for index, piece in enumerate(pieces) if piece.lastgroup == "colon"), None)
    key = _text(pieces[:colon]).casefold() if colon else ""
    values = pieces[colon + 1 :] if colon else pieces
    return Word(
        key=key,
        value=_text(values),
        typed=line[start:end],
        span=(start, end),
        written=line[values[0].start() : end] if values else "",
        is_excluded=excluded,
        is_quoted=bool(values) and values[0].lastgroup == "quoted",
    )


def _text(pieces: list[re.Match[str]]) -> str:
    return " ".join("".join(_meant(piece) for piece in pieces).split())


def _meant(piece: re.Match[str]) -> str:
    match piece.lastgroup:
        case "quoted":
            return INSIDE.sub(_undone, piece["quoted"])
        case "target" | "label" | "entity":
            return _undone(piece)
        case "colon":
            return ":"
    return piece[0]


def _undone(piece: re.Match[str]) -> str:
    """What was typed before Slack escaped it."""
    if piece["entity"] is not None:
        return ENTITIES.get(piece["entity"]) or _char(int(piece["entity"][2:-1]))
    is_mention = piece["target"][0] in "@#!"
    return f"<{piece['target']}>" if is_mention else piece["label"] or piece["target"]


def _char(code: int) -> str:
    return chr(code) if 0 < code <= sys.maxunicode and code not in HALVES else ""
