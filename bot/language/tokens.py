"""Cut a line into words that remember their position in it."""

import re
from dataclasses import dataclass

MINUS = "–—−-"
"""The hyphen, and the dashes that phones make of it."""
PIECE = re.compile(
    rf"""(?P<space>\s+)
    |"(?P<quoted>(?:[^"]|"")*+)"?   # an unclosed quote runs to the end
    |(?P<colon>[:：])
    |(?P<minus>[{MINUS}])
    |(?P<plain>[^\s:："{MINUS}]+)""",
    re.VERBOSE,
)
KEY = re.compile(rf"[{MINUS}]?[^\W\d_]+[:：]")
"""The beginning of a word with a key."""


@dataclass(frozen=True, slots=True)
class Word:
    """`key:value`, or a bare word whose key is empty. Keys are lower case."""

    key: str
    value: str
    """Without the quotes, and with single blanks between its parts."""
    text: str
    """The whole word as typed."""
    value_text: str
    """The value as typed, with its quotes."""
    position: tuple[int, int]
    """Start and end in the line: characters from 0, the end excluded."""
    is_excluded: bool = False
    """Whether a minus precedes the word. The minus is in neither key nor value."""
    is_quoted: bool = False
    """Whether the value begins with a quote."""


def split(line: str) -> tuple[Word, ...]:
    """Cut a line at the white space outside quotes. Inside quotes, `""` is a quote character.

    A colon at the end of a word takes the next word as its value, because phones insert a blank there;
    unless the next word has a key itself.
    """
    words: list[Word] = []
    pieces: list[re.Match[str]] = []
    for piece in PIECE.finditer(line):
        if piece.lastgroup != "space":
            pieces.append(piece)
        elif pieces and not _needs_value(pieces, line, piece.end()):
            words.append(_word(line, pieces))
            pieces = []
    if pieces:
        words.append(_word(line, pieces))
    return tuple(words)


def _needs_value(pieces: list[re.Match[str]], line: str, next_word: int) -> bool:
    if pieces[-1].lastgroup != "colon" or KEY.match(line, next_word):
        return False
    return sum(piece.lastgroup == "colon" for piece in pieces) == 1


def _word(line: str, pieces: list[re.Match[str]]) -> Word:
    start, end = pieces[0].start(), pieces[-1].end()
    is_excluded = len(pieces) > 1 and pieces[0].lastgroup == "minus"
    pieces = pieces[1:] if is_excluded else pieces
    colon = next((index for index, piece in enumerate(pieces) if piece.lastgroup == "colon"), None)
    key, values = (_value(pieces[:colon]).casefold(), pieces[colon + 1 :]) if colon else ("", pieces)
    return Word(
        key=key,
        value=_value(values),
        text=line[start:end],
        value_text=line[values[0].start() : end] if values else "",
        position=(start, end),
        is_excluded=is_excluded,
        is_quoted=bool(values) and values[0].lastgroup == "quoted",
    )


def _value(pieces: list[re.Match[str]]) -> str:
    """Return the text of pieces, without the quotes around them; `：` becomes `:`."""
    text = ""
    for piece in pieces:
        match piece.lastgroup:
            case "quoted":
                text += piece["quoted"].replace('""', '"')
            case "colon":
                text += ":"
            case _:
                text += piece[0]
    return " ".join(text.split())
