"""Telephone numbers in a text of somebody's."""

import re

import phonenumbers

BLANKS = r"[^\S\n]*"
"""On one line only: a search across line ends takes quadratic time."""
EXTENSION = re.compile(
    rf"""\b(?:ext(?:n|ensions?)?|phone|tel|dial)\b\.?:?{BLANKS}\#?([0-9]{{3,6}})(?!\w|{BLANKS}[-/.]?{BLANKS}[0-9])
    |\bcall\b:?{BLANKS}\#?([0-9]{{3,6}})(?={BLANKS}(?:$|[.,;!?)](?![0-9])))
    |^{BLANKS}[*_`\#]*([0-9]{{3,6}})[*_`]*[.!?]?{BLANKS}$""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
"""A short number counts only behind such a word or alone on its line: `call 300 people` has none."""
MAXIMUM = 10


def numbers_in(text: str, region: str | None) -> tuple[str, ...]:
    """Find the telephone numbers in a plain text: each once, in their order, at most ten.

    Full numbers come with their country and without an extension (`+442079460000`).
    `region` is the country of numbers that are written without one. Without a region only numbers with a `+` and
    extensions are found.
    """
    found = {
        match.start: (match.end, phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164))
        for match in phonenumbers.PhoneNumberMatcher(text, region)
    }
    full_numbers = [range(start, end) for start, (end, _) in found.items()]
    for match in EXTENSION.finditer(text):
        group = match.lastindex or 0
        if not any(match.start(group) in full_number for full_number in full_numbers):
            found[match.start(group)] = (match.end(), match[group])
    return tuple(dict.fromkeys(number for _, (_, number) in sorted(found.items())))[:MAXIMUM]
