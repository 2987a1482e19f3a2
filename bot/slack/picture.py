"""A picture that is sent: its bytes, and what is said of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture and what is said of it."""

    name: str
    """Of the file, such as `recordings-by-hour.png`."""
    content: bytes
    title: str
    """Plain text, shown above it."""
    alt: str
    """Plain text for those who do not see it, at most 1,000 characters."""
    words: str
    """What is said with it, escaped: Slack parses it as it does a message's text."""
