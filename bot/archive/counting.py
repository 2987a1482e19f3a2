"""What is being counted, row after row of grouped recordings."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from heapq import nsmallest
from typing import Any

from sqlalchemy import Row

from bot.archive.filters import UNITS
from bot.domain.number import compact
from bot.domain.recording import Direction
from bot.domain.statistics import Bucket

MOST_PEOPLE = 15
WAYS = (*Direction, None)


@dataclass(slots=True)
class Count:
    """Of all that is found, or of a bucket. Lengths are in `UNITS` a second."""

    ways: Counter[Direction | None] = field(default_factory=Counter)
    length: int = 0
    longest: int = 0
    measured: int = 0

    def add(self, row: Row[Any]) -> None:
        """Take in a row."""
        self.ways[_direction(row.direction)] += row.recordings
        self.length += row.length
        self.longest = max(self.longest, row.longest)
        self.measured += row.measured

    def bucket(self, label: str) -> Bucket:
        """The bucket, as it is now."""
        return Bucket(label=label, ways=dict(self.ways), length=talk(self.length))


@dataclass(slots=True)
class People:
    """Ends of calls by number, or by name where there is none; a number's name is the one that it has most often.

    All is flat: of a hundred thousand objects that hold others, the garbage collector would make a pause to be felt.
    """

    calls: Counter[str] = field(default_factory=Counter)
    ways: dict[Direction | None, Counter[str]] = field(default_factory=lambda: {way: Counter() for way in WAYS})
    names: Counter[tuple[str, str]] = field(default_factory=Counter)
    lengths: Counter[str] = field(default_factory=Counter)
    """In `UNITS` a second."""

    def add(self, row: Row[Any]) -> None:
        """Take in a row."""
        key = compact(row.number) or row.name
        if key:
            self.calls[key] += row.recordings
            self.ways[_direction(row.direction)][key] += row.recordings
            self.names[key, row.name or row.number] += row.recordings
            self.lengths[key] += row.length

    def buckets(self) -> tuple[list[Bucket], int]:
        """The most frequent, and how many are left out."""
        most = nsmallest(MOST_PEOPLE, self.calls, key=lambda key: (-self.calls[key], key))
        names: dict[str, Counter[str]] = {key: Counter() for key in most}
        for (key, name), calls in self.names.items():
            if key in names:
                names[key][name] = calls
        return [self._bucket(key, names[key].most_common(1)[0][0]) for key in most], len(self.calls) - len(most)

    def _bucket(self, key: str, name: str) -> Bucket:
        ways = {way: calls[key] for way, calls in self.ways.items() if key in calls}
        return Bucket(label=name, ways=ways, length=talk(self.lengths[key]))


def talk(units: int) -> timedelta:
    """A length, to the second."""
    return timedelta(seconds=round(units / UNITS))


def _direction(told: str | None) -> Direction | None:
    return Direction(told) if told else None
