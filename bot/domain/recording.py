"""A recorded call. The PBX's own field names stay in `bot.yeastar`."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

NUMBER = re.compile(r"[+*#]*\d[\d +*#()./-]*")
"""A number alone: `5566`, `*97`, `+44 20 7946 0000`."""
ADDRESS = re.compile(r"[+*#\w.@-]*\d[+*#\w.@ ()/-]*")
"""What may stand between `<` and `>`: a number, or a SIP user with a digit in it."""

WAV_HEADER = 44
WAV_BYTES_A_SECOND = 16_000
"""Yeastar records 8 kHz, 16 bit, one channel by default: 825,588 bytes, the vendor's example, are 51.6 s."""


class Direction(StrEnum):
    """The direction of a call, seen from the company."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a call. Either part may be empty; a number never repeats as name."""

    name: str = ""
    number: str = ""

    @classmethod
    def read(cls, text: str) -> "Party":
        """Read `Evelyn<5566>`, a bare number, `<1002>`, a name alone, or nothing.

        The name may contain `<`, `>`, quotes, commas and any script: only the last `<…>` counts, and only when it
        ends the text and has a number. `anonymous<anonymous>` is a name, repeated.
        """
        text = text.strip()
        name, opening, rest = text.rpartition("<")
        inner = rest.removesuffix(">").strip()
        if opening and rest.endswith(">") and ADDRESS.fullmatch(inner):
            return cls.of(name, inner)
        if opening and rest.endswith(">") and inner == name.strip():
            return cls.of(inner, "")
        return cls.of("", text) if NUMBER.fullmatch(text) else cls.of(text, "")

    @classmethod
    def of(cls, name: str, number: str) -> "Party":
        """Return a party; a name that only repeats the number is dropped."""
        name, number = name.strip(), number.strip()
        return cls("" if name == number else name, number)

    def __str__(self) -> str:
        return f"{self.name}<{self.number}>" if self.name and self.number else self.name or self.number


@dataclass(frozen=True, slots=True)
class Length:
    """How long a recording is; `approximate` when worked out from the file's size."""

    value: timedelta
    approximate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One row of the PBX's list: one leg of a call. Legs of one call share `uid`."""

    id: int
    """The PBX's number for it; grows with every recording."""
    started_at: datetime | None
    """When the call started. Aware, UTC; None when the PBX gave no time."""
    local_time: str = ""
    """The PBX's own string, in its administrator's format and zone."""
    uid: str = ""
    caller: Party = Party()
    callee: Party = Party()
    direction: Direction | None = None
    duration: timedelta = timedelta(0)
    """0 when the PBX did not give it."""
    size: int = 0
    """Bytes on the PBX's disk; 0 when the PBX did not give it."""
    file: str = ""

    @property
    def length(self) -> Length | None:
        """The duration, otherwise the one worked out from a PCM WAV file's size, otherwise None."""
        if self.duration > timedelta(0):
            return Length(self.duration)
        if self.size > WAV_HEADER and self.file.lower().endswith(".wav"):
            return Length(timedelta(seconds=(self.size - WAV_HEADER) / WAV_BYTES_A_SECOND), approximate=True)
        return None

    def is_other_than(self, stored: "Recording") -> bool:
        """Return whether the stored one with its id is another recording: the PBX's ids have started again."""
        return bool(self.uid and stored.uid and self.uid != stored.uid and self.file != stored.file)


@dataclass(frozen=True, slots=True)
class RecordingPage:
    """One page of the PBX's list."""

    rows: tuple[Recording, ...]
    """In the order asked for."""
    total: int
    """How many recordings the PBX has, by its own count."""
    skipped: int = 0
    """Rows of this page that could not be read; the log has the reasons."""

    @property
    def read(self) -> int:
        """How many rows the PBX sent, readable or not; page positions count all of them."""
        return len(self.rows) + self.skipped
