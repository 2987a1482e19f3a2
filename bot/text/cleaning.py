"""Outside text made harmless: cleaned, cut to size and escaped.

Lengths are in UTF-16 units, the larger of the two things Slack may mean by "characters".
"""

import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from unicodedata import bidirectional, category

JOINER = "\u2060"
"""Takes no room and breaks no line, yet parts what Slack would otherwise read as one."""
LEFT_TO_RIGHT = "\u200e"
ZERO_WIDTH_JOINER = "\u200d"
LEAST_HELD = 4
"""Room for a mark on each side, a letter and `…`."""
MOST_MARKS = 6
"""Marks on one letter, more than any script needs; a tower of them would cover the rows around it."""

BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u2800]+")
"""Whitespace, control characters, and what overrides or isolates the direction of text."""
UNSEEN = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"
    r"\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
"""What takes no room on the screen; the joiners that scripts and emoji need are not in it."""
SURROGATES = re.compile(r"[\ud800-\udfff]")
READ_AS_ONE = re.compile(
    r"(?<=@)(?=channel|here|everyone)|(?<=:)(?=//)|(?<=www)(?=\.)|(?<=`)(?=`)", re.IGNORECASE | re.ASCII
)
"""Where bare text could ping a channel, become a link, or open a code block that swallows the rows below."""


def units(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """One line of visible text, without what could reorder, hide or overlap anything; "" when nothing is visible."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    visible = UNSEEN.sub("", BLANKS.sub(" ", SURROGATES.sub("\ufffd", text)))
    calm = " ".join(_without_towers(visible).split()).strip(" \u200c" + ZERO_WIDTH_JOINER)
    return calm if any(category(char) not in {"Cf", "Mn", "Me", "Zs"} for char in calm) else ""


def shorten(text: str, most: int) -> str:
    """At most `most` units, cut between what people see as characters; a cut text ends with `…`."""
    return text if units(text) <= most else _cut(text, most, units)


def escape(text: str) -> str:
    """Text for where Slack parses: `& < >` become entities, nothing else does.

    Source: Slack, "Formatting message text". A word joiner parts `@channel`, `://` and the like.
    """
    entities = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return READ_AS_ONE.sub(JOINER, entities)


def plain(text: str, most: int) -> str:
    """Outside text for where Slack parses nothing: cleaned, at most `most` units."""
    return _in_place(clean(text), most, shorten)


def fit(text: str, most: int) -> str:
    """Outside text for where Slack parses: cleaned and escaped, at most `most` units after that."""
    return _in_place(clean(text), most, _shorten_escaped)


def trim(text: str, most: int) -> str:
    """Outside text for where Slack parses nothing, whose escaped form is at most `most` units as well."""
    return _in_place(clean(text), most, _shorten_unescaped)


def share(first: str, second: str, most: int, cut: Callable[[str, int], str]) -> tuple[str, str]:
    """Two texts cut by `cut` to at most `most` units together; a short one leaves its room to the other."""
    half = (most + 1) // 2
    taken = [min(units(cut(text, most)), half) for text in (first, second)]
    return cut(first, most - taken[1]), cut(second, most - taken[0])


def clusters(text: str) -> Iterator[str]:
    """What people see as one character each: a letter with its marks, a joined emoji, a flag."""
    cluster = ""
    for char in text:
        if cluster and not _belongs(char, cluster):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _belongs(char: str, cluster: str) -> bool:
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


def _without_towers(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if category(char).startswith("M") else 0
        if marks <= MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def _in_place(text: str, most: int, cut: Callable[[str, int], str]) -> str:
    """Cut, and keep right-to-left text from turning round the arrow and the numbers beside it."""
    if text.isascii() or most < LEAST_HELD or not any(bidirectional(char) in {"R", "AL", "AN"} for char in text):
        return cut(text, most)
    return LEFT_TO_RIGHT + cut(text, most - 2) + LEFT_TO_RIGHT


def _shorten_unescaped(text: str, most: int) -> str:
    return text if units(escape(text)) <= most else _cut(text, most, _most_escaped)


def _shorten_escaped(text: str, most: int) -> str:
    return escape(_shorten_unescaped(text, most))


def _most_escaped(cluster: str) -> int:
    """The most units that a cluster can take once it is escaped, whatever stands beside it."""
    return units(escape(cluster)) + sum(char in "@:`." for char in cluster)


def _cut(text: str, most: int, size: Callable[[str], int]) -> str:
    room = most - 1

    def fits(cluster: str) -> bool:
        nonlocal room
        room -= size(cluster)
        return room >= 0

    return "".join(takewhile(fits, clusters(text))).rstrip() + "…"
