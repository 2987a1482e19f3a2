"""A recorded call. Only `bot.yeastar` uses the field names of the PBX."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

NUMBER = re.compile(r"[+*#]*\d[\d +*#()./-]*")
"""A number without a name: `5566`, `*97`, `+44 20 7946 0000`."""
ADDRESS = re.compile(r"[+*#\w.@-]*\d[+*#\w.@ ()/-]*")
"""The text between `<` and `>`: a number, or a SIP user with a digit in it."""

WAV_HEADER = 44
WAV_BYTES_A_SECOND = 16_000
"""By default Yeastar records 8 kHz, 16 bit, one channel. The 825,588 bytes of the vendor's example are 51.6 s."""


class Direction(StrEnum):
    """The direction of a call, seen from the company."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Party:
    """Caller or callee. The name or the number may be empty; the name is never the same as the number."""

    name: str = ""
    number: str = ""

    @classmethod
    def read(cls, text: str) -> "Party":
        """Parse `Evelyn<5566>`, `5566`, `<1002>`, `Evelyn`, or an empty text.

        The name may contain `<`, `>`, quotes, commas and any script. The number is in the last `<…>`, at the end of the
        text. `anonymous<anonymous>` is a repeated name, without a number.
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
        """Return a party. A name that is the same as the number is dropped."""
        name, number = name.strip(), number.strip()
        return cls("" if name == number else name, number)

    def __str__(self) -> str:
        return f"{self.name}<{self.number}>" if self.name and self.number else self.name or self.number


@dataclass(frozen=True, slots=True)
class Length:
    """The length of a recording; `approximate` if it is computed from the file size."""

    value: timedelta
    approximate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One row of the PBX's list: one leg of a call. Legs of one call share `uid`."""

    id: int
    """The id that the PBX assigned, in increasing order."""
    started_at: datetime | None
    """When the call started. Aware, UTC; None if the PBX gave no time."""
    local_time: str = ""
    """The start time as text from the PBX, in the format and time zone that its administrator has set."""
    uid: str = ""
    caller: Party = Party()
    callee: Party = Party()
    direction: Direction | None = None
    duration: timedelta = timedelta(0)
    """0 if the PBX did not give it."""
    size: int = 0
    """Bytes on the PBX's disk; 0 if the PBX did not give it."""
    file: str = ""

    @property
    def length(self) -> Length | None:
        """The duration; if unknown, the length computed from the size of a PCM WAV file; otherwise None."""
        if self.duration > timedelta(0):
            return Length(self.duration)
        if self.size > WAV_HEADER and self.file.lower().endswith(".wav"):
            return Length(timedelta(seconds=(self.size - WAV_HEADER) / WAV_BYTES_A_SECOND), approximate=True)
        return None

    def is_other_than(self, stored: "Recording") -> bool:
        """Return whether `stored`, with the same id, is another recording, because the PBX's ids have started again."""
        return bool(self.uid and stored.uid and self.uid != stored.uid and self.file != stored.file)


@dataclass(frozen=True, slots=True)
class RecordingPage:
    """One page of the PBX's list."""

    rows: tuple[Recording, ...]
    """In the requested order."""
    total: int
    """The number of recordings on the PBX, as counted by the PBX."""
    skipped: int = 0
    """Number of rows of this page that could not be read; the reasons are in the log."""

    @property
    def read(self) -> int:
        """The number of rows that the PBX sent, including unreadable ones. Positions in the list count all of them."""
        return len(self.rows) + self.skipped
