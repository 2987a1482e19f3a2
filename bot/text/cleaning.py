"""Clean, shorten and escape text from outside.

Lengths are in UTF-16 units: Slack does not say what it means by "characters", and they are the larger measure.
"""

import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from unicodedata import bidirectional, category

JOINER = "\u2060"
"""The word joiner: invisible, breaks no line, and separates what Slack would otherwise read as one token."""
LEFT_TO_RIGHT = "\u200e"
ZERO_WIDTH_JOINER = "\u200d"
LEAST_MARKED = 4
"""Room for a direction mark on each side, a letter and `…`."""
MOST_MARKS = 6
"""Combining marks on one letter: more than any script needs. Hundreds would cover the rows above and below."""

BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u2800]+")
"""Whitespace, control characters, and characters that override or isolate the direction of text."""
INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"
    r"\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
"""Characters of no width, except the joiners that scripts and emoji need."""
SURROGATES = re.compile(r"[\ud800-\udfff]")
TOKENS = re.compile(
    r"(?<=@)(?=channel|here|everyone)|(?<=:)(?=//)|(?<=www)(?=\.)|(?<=`)(?=`)", re.IGNORECASE | re.ASCII
)
"""Positions inside `@channel`, `://`, `www.` and code fences, which Slack would turn into mentions, links and code."""


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """Return one line of visible text that cannot reorder, hide or overlap other text; "" if nothing is visible."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    visible = INVISIBLE.sub("", BLANKS.sub(" ", SURROGATES.sub("\ufffd", text)))
    line = " ".join(_limit_marks(visible).split()).strip(" \u200c" + ZERO_WIDTH_JOINER)
    return line if any(category(char) not in {"Cf", "Mn", "Me", "Zs"} for char in line) else ""


def shorten(text: str, most: int) -> str:
    """Cut a text to at most `most` units, between grapheme clusters; a cut text ends with `…`."""
    return text if units(text) <= most else _cut(text, most, units)


def escape_entities(text: str) -> str:
    """Replace `& < >` by entities. Source: Slack, "Formatting message text"."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape(text: str) -> str:
    """Escape text for where Slack parses: entities for `& < >`, and a word joiner inside `@channel`, `://` etc."""
    return TOKENS.sub(JOINER, escape_entities(text))


def plain(text: str, most: int) -> str:
    """Clean and shorten text for where Slack parses nothing."""
    return _keep_direction(clean(text), most, shorten)


def escaped(text: str, most: int) -> str:
    """Clean, shorten and escape text for where Slack parses: at most `most` units once escaped."""
    return _keep_direction(clean(text), most, lambda text, most: escape(_shorten_for_escaping(text, most)))


def plain_for_escaping(text: str, most: int) -> str:
    """Clean and shorten text so that its escaped form, too, has at most `most` units."""
    return _keep_direction(clean(text), most, _shorten_for_escaping)


def share(first: str, second: str, most: int, cut: Callable[[str, int], str]) -> tuple[str, str]:
    """Shorten two texts with `cut` to at most `most` units together; a short one leaves its room to the other."""
    half = (most + 1) // 2
    used = [min(units(cut(text, most)), half) for text in (first, second)]
    return cut(first, most - used[1]), cut(second, most - used[0])


def clusters(text: str) -> Iterator[str]:
    """Split a text into grapheme clusters: a letter with its marks, a joined emoji, a flag."""
    cluster = ""
    for char in text:
        if cluster and not _extends(char, cluster):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _extends(char: str, cluster: str) -> bool:
    if _is_flag_half(char):
        return len(cluster) == 1 and _is_flag_half(cluster)
    return (
        category(char).startswith("M")
        or char in {"\u200c", ZERO_WIDTH_JOINER}
        or cluster.endswith(ZERO_WIDTH_JOINER)
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
        or "\u1161" <= char <= "\u11ff"  # the vowel and the end of a Hangul syllable
    )


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _limit_marks(text: str) -> str:
    limited: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if category(char).startswith("M") else 0
        if marks <= MOST_MARKS:
            limited.append(char)
    return "".join(limited)


def _keep_direction(text: str, most: int, cut: Callable[[str, int], str]) -> str:
    """Cut a text; put marks around right-to-left text, so that it does not reorder the arrow and numbers beside it."""
    if text.isascii() or most < LEAST_MARKED or not any(bidirectional(char) in {"R", "AL", "AN"} for char in text):
        return cut(text, most)
    return LEFT_TO_RIGHT + cut(text, most - 2) + LEFT_TO_RIGHT


def _shorten_for_escaping(text: str, most: int) -> str:
    return text if units(escape(text)) <= most else _cut(text, most, _most_escaped_units)


def _most_escaped_units(cluster: str) -> int:
    """The largest length of an escaped cluster, whatever stands beside it."""
    return units(escape(cluster)) + sum(char in "@:`." for char in cluster)


def _cut(text: str, most: int, size: Callable[[str], int]) -> str:
    room = most - 1

    def fits(cluster: str) -> bool:
        nonlocal room
        room -= size(cluster)
        return room >= 0

    return "".join(takewhile(fits, clusters(text))).rstrip() + "…"
