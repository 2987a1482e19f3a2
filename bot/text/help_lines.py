"""The answers to `help` and `help filters`, and the welcome to a channel, as lines; each fits a phone screen."""

from collections.abc import Sequence

from bot.language.examples import Asks, Example
from bot.text.cleaning import plain
from bot.text.lines import Line, Words

COMMAND = "/recordings"
LINE_ROOM = 120
EXAMPLE_ROWS = 50
"""Newest recordings whose names and numbers the examples are made of."""

WELCOME: tuple[Line, ...] = (
    (Words("New call recordings are posted here.", "bold"),),
    ("Type ", Words(COMMAND, "code"), " to see the latest ten. Only you see the answer, until you share it."),
    (Words(f"{COMMAND} help", "code"), " tells what else you can ask."),
)
INTRO: Line = (Words(COMMAND, "code"), " lists the latest ten calls, for you alone. Type after it, or press:")
MORE: Line = (Words("status", "code"), " tells whether all is well, ", Words("help filters", "code"), " the rest.")
GOOD_FOR = {
    Asks.NAME: "a part of a name, number or file",
    Asks.NUMBER: "a number, however it is written",
    Asks.WAY: "which way, and since when",
    Asks.LENGTH: "who called, and how long",
    Asks.ONE: "one recording in full",
    Asks.STATS: "how many, as a chart",
}

FILTERS_INTRO: Line = (Words("What you can ask for", "bold"), ", as much of it at once as you like")
FILTERS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("from:evelyn", "to:5566", "with:55xx"), "who called, who was called, either"),
    (("type:inbound",), "or outbound, internal"),
    (("after:yesterday", "before:monday", "on:2026-11-23"), "from that day on, up to it, on it; also 3d, 2h, 9:30"),
    (("longer:2m", "shorter:1h30m"), "how long the call was"),
    (("id:600..614",), "by the PBX's numbers"),
    (("-from:reception", "-test"), "leaves those out"),
    (('"dave harris"',), "quotes hold words together"),
    (("sort:duration", "order:asc"), "also size, time, id; asc turns it round"),
    (("count:25", "page:2"), "so many at once, up to 100; the second page"),
    (("stats by:hour",), "or day, weekday, person, direction"),
)
"""Pieces of a line as one types them, and their meaning."""
FILTERS_END: Line = ("Two of one kind mean either of them; different kinds must all be true.",)


def help_(examples: Sequence[Example]) -> list[Line]:
    """Show what to type, by example."""
    return [(Words(plain(example.line, LINE_ROOM), "code"), f" – {GOOD_FOR[example.asks]}") for example in examples]


def filters() -> list[Line]:
    """Show every filter, date and order, by example."""
    return [(*_codes(pieces), f" – {meaning}") for pieces, meaning in FILTERS]


def _codes(pieces: Sequence[str]) -> Line:
    return [span for piece in pieces for span in (" ", Words(piece, "code"))][1:]
