"""A recording's row as the PBX stand-in lists it, in the PBX's time zone, date format and file names."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot.demo.audio import mp3, mp3_size, wav, wav_size
from bot.demo.calls import Call, Leg

Edition = Literal["seed", "new"]
"""`seed`: nine fields and duration 0, as on the page "Query Recording List". `new`: also separate names and numbers."""
Container = Literal["wav", "mp3"]

DATE_FORMATS = {"MM/DD/YYYY": "%m/%d/%Y", "DD/MM/YYYY": "%d/%m/%Y", "YYYY/MM/DD": "%Y/%m/%d"}
NOON = 12
UNSAFE = re.compile(r"[^\w+*#@.]")
"""Characters of a number that are replaced in a file name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One recording on the PBX: a leg of a call, with its id."""

    id: int
    call: Call
    leg: Leg
    told_seconds: int | None = None
    """The listed duration, when it was changed; None for the edition's default."""

    @property
    def started_at(self) -> datetime:
        """Start of the call, the same for all its legs. Aware, UTC."""
        return self.call.started_at

    @property
    def call_id(self) -> str:
        """Epoch seconds of the call's start and the channel's sequence number: `1641980184.14`."""
        return f"{int(self.call.started_at.timestamp())}.{self.call.channel}"


@dataclass(frozen=True, slots=True)
class Display:
    """The PBX's format for dates and times, chosen by its administrator."""

    zone: ZoneInfo
    date_format: str
    twelve_hour: bool = False

    def time(self, moment: datetime) -> str:
        """Return `01/12/2022 17:36:24` or `01/12/2022 05:36:24 PM`, in one of the three orders of day and month."""
        local = moment.astimezone(self.zone)
        date = local.strftime(DATE_FORMATS[self.date_format])
        if not self.twelve_hour:
            return f"{date} {local:%H:%M:%S}"
        return f"{date} {local:%I:%M:%S} {'PM' if local.hour >= NOON else 'AM'}"

    def stamp(self, moment: datetime) -> str:
        """Return a time such as `20220112173624`, the first part of uids and file names."""
        return f"{moment.astimezone(self.zone):%Y%m%d%H%M%S}"


@dataclass(slots=True)
class Setup:
    """Settings that the administrator may change at run time. A new zone also changes file names and uids."""

    display: Display
    edition: Edition
    container: Container

    def uid(self, row: Row) -> str:
        """Return the call's uid, which all its legs share."""
        return self.display.stamp(row.started_at) + row.call.mark

    def file(self, row: Row) -> str:
        """Return a file name such as `20220112173629-1641980184.14-5566-5556-Internal.wav`.

        It consists of the start of the recording, the call's id, both numbers and the direction.
        """
        begins = self.display.stamp(row.started_at + row.leg.begins)
        ends = f"{_in_file_name(row.leg.caller)}-{_in_file_name(row.leg.callee)}"
        return f"{begins}-{row.call_id}-{ends}-{row.call.direction}.{self.container}"

    def size(self, row: Row) -> int:
        """Return the number of bytes of `sound`."""
        return wav_size(row.leg.length) if self.container == "wav" else mp3_size(row.leg.length)

    def sound(self, row: Row) -> bytes:
        """Return the content of the recording's file."""
        return wav(row.leg.length) if self.container == "wav" else mp3(row.leg.length)

    def duration(self, row: Row) -> int:
        """Return whole seconds; the seed edition lists 0 until the duration is changed."""
        if row.told_seconds is not None:
            return row.told_seconds
        return 0 if self.edition == "seed" else int(row.leg.length.total_seconds())

    def render(self, row: Row) -> dict[str, Any]:
        """Return the row as this edition lists it, including empty fields."""
        listed = {
            "id": row.id,
            "time": self.display.time(row.started_at),
            "uid": self.uid(row),
            "call_from": row.leg.caller,
            "call_to": row.leg.callee,
            "duration": self.duration(row),
            "size": self.size(row),
            "call_type": row.call.direction,
            "file": self.file(row),
        }
        return listed if self.edition == "seed" else listed | self._newer_fields(row)

    def _newer_fields(self, row: Row) -> dict[str, Any]:
        return {
            "call_from_number": number_of(row.leg.caller),
            "call_from_name": name_of(row.leg.caller),
            "call_to_number": number_of(row.leg.callee),
            "call_to_name": name_of(row.leg.callee),
            "archive_status": "jump_over",
            "archive_path": "",
            "archive_type": "",
            "file_path": f"autorecords/{self.display.stamp(row.started_at)[:8]}",
        }


def number_of(party: str) -> str:
    """Return 5566 for `Evelyn<5566>`. A party without brackets is a number when it looks like one."""
    _, bracket, rest = party.rpartition("<")
    if bracket and rest.endswith(">"):
        return rest[:-1]
    return party if party.lstrip("+*#").isdigit() else ""


def name_of(party: str) -> str:
    """Return Evelyn for `Evelyn<5566>`, or the whole party when it has no number."""
    number = number_of(party)
    return party.removesuffix(f"<{number}>") if number != party else ""


def _in_file_name(party: str) -> str:
    return UNSAFE.sub("_", number_of(party)) or "unknown"


def vendor_rows() -> tuple[Call, ...]:
    """Return the three example rows of the vendor's page "Query Recording List".

    Their ids are 614, 615 and 618, and their times are listed in Asia/Shanghai.
    """
    return (
        _example(614, "Evelyn<5566>", 1641980184, 14, "46627", begins=5, length=timedelta(seconds=51.5965)),
        _example(615, "Leo Ball<5555>", 1642054144, 17, "3E81A", begins=2, length=timedelta(seconds=0.2565)),
        _example(618, "Leo Ball<5555>", 1643092326, 23, "3097C", begins=6, length=timedelta(seconds=11.0965)),
    )


def _example(number: int, caller: str, epoch: int, channel: int, mark: str, *, begins: int, length: timedelta) -> Call:
    leg = Leg(caller=caller, callee="Dave Harris<5556>", begins=timedelta(seconds=begins), length=length)
    started_at = datetime.fromtimestamp(epoch, tz=UTC)
    return Call(id=number, started_at=started_at, direction="Internal", legs=(leg,), channel=channel, mark=mark)
