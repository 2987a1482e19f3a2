"""The telephone numbers in a text that somebody wrote to somebody."""

import re

import phonenumbers

from bot.language.tokens import ENTITIES

LINK = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
ENTITY = re.compile("|".join(ENTITIES))
BLANKS = r"[^\S\n]*"
"""On one line: looking on over line ends takes the square of their number."""
EXTENSION = re.compile(
    rf"""\b(?:ext(?:n|ensions?)?|phone|tel|dial)\b\.?:?{BLANKS}\#?([0-9]{{3,6}})(?!\w|{BLANKS}[-/.]?{BLANKS}[0-9])
    |\bcall\b:?{BLANKS}\#?([0-9]{{3,6}})(?={BLANKS}(?:$|[.,;!?)](?![0-9])))
    |^{BLANKS}[*_`\#]*([0-9]{{3,6}})[*_`]*[.!?]?{BLANKS}$""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
"""A short number only where it is said to be one, or stands alone on its line: `call 300 people` names none."""
MOST = 10


def numbers_in(text: str, region: str | None) -> tuple[str, ...]:
    """Each number once, in the order of the text, as it can be looked for; at most ten.

    `text` is a message as Slack sends it, with its escapes and links. `region` is the country of numbers that are
    written without one; without a region only numbers with a `+` and extensions are found, and what is a number in
    no country at all.
    """
    plain = ENTITY.sub(lambda found: ENTITIES[found[0]], LINK.sub(_shown, text))
    found = {match.start: (match.end, _full(match.number)) for match in phonenumbers.PhoneNumberMatcher(plain, region)}
    taken = [range(start, end) for start, (end, _) in found.items()]
    for match in EXTENSION.finditer(plain):
        place = match.start(match.lastindex or 0)
        if not any(place in span for span in taken):
            found[place] = (match.end(), match[match.lastindex or 0])
    return tuple(dict.fromkeys(number for _, (_, number) in sorted(found.items())))[:MOST]


def _full(number: phonenumbers.PhoneNumber) -> str:
    """With its country and without an extension behind it: `+442079460000`."""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _shown(link: re.Match[str]) -> str:
    target, label = link[1], link[2] or ""
    if target.startswith("tel:"):
        return f" tel {target.removeprefix('tel:')} "  # the label may lack the country, and a short one is one too
    return f" {label} " if "://" not in label else " "  # the digits of an address are nobody's number
