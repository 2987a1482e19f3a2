"""The recordings that the PBX stand-in holds: by id, by time, and quick with 200,000 of them."""

import re
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from operator import attrgetter

from bot.demo.calls import Call
from bot.demo.pbx.rows import Row

CALL_ID = re.compile(r"-(\d+\.\d+)-")
BY_ID = attrgetter("id")
FEW = 100
"""So many rows are taken away one by one; for more it is quicker to sort anew."""


def _moment(row: Row) -> tuple[datetime, int]:
    return row.started_at, row.id


class RecordingStore:
    """Rows in order of id and in order of time."""

    def __init__(self) -> None:
        self.by_id: list[Row] = []
        self.by_time: list[Row] = []
        """Oldest call first; the legs of one call, which share its time, by id."""
        self._by_call_id: defaultdict[str, list[Row]] = defaultdict(list)
        self._last_id = 0
        self._skipped: set[int] = set()

    def add(self, call: Call) -> int:
        """List a call's recordings, each under the next id, and return the last of the ids."""
        for row in self._rows(call):
            self._put(row)
        return self._last_id

    def skip(self) -> int:
        """Give the next id to nothing yet, and return it."""
        self._last_id += 1
        self._skipped.add(self._last_id)
        return self._last_id

    def add_late(self, row: Row) -> None:
        """List a row under an id that was skipped. Raises ValueError for any other: it is taken, or was never given."""
        if row.id not in self._skipped:
            raise ValueError(f"id {row.id} was not skipped")
        self._skipped.remove(row.id)
        self._put(row)

    def exchange(self, row: Row) -> None:
        """Let this row stand where another stood under the same id. Raises KeyError when none did."""
        old = self.with_id(row.id)
        if old is None:
            raise KeyError(row.id)
        self._take(old)
        self._put(row)

    def fill(self, calls: Iterable[Call]) -> None:
        """`add` for many calls, sorted once."""
        rows = [row for call in calls for row in self._rows(call)]
        self._hold(self.by_id + rows)

    def delete(self, ids: Collection[int]) -> None:
        """Take these recordings away; their ids are never given again."""
        gone = set(ids)
        if len(gone) > FEW:
            self._hold([row for row in self.by_id if row.id not in gone])
            return
        for row in filter(None, map(self.with_id, gone)):
            self._take(row)

    def delete_oldest(self, count: int) -> None:
        """Take away the recordings of the oldest calls, as the PBX's own clean-up does."""
        self.delete([row.id for row in self.by_time[:count]])

    def wipe_older_than(self, moment: datetime) -> None:
        """Take away every recording of a call that started before the moment."""
        self._hold([row for row in self.by_id if row.started_at >= moment])

    def fall_back_to(self, last_id: int) -> None:
        """Lose what is above the id, listed or skipped, and count on from there."""
        self._hold([row for row in self.by_id if row.id <= last_id])
        self._skipped = {number for number in self._skipped if number <= last_id}
        self._last_id = last_id

    def with_id(self, wanted: int) -> Row | None:
        """The row under this id."""
        place = bisect_left(self.by_id, wanted, key=BY_ID)
        return self.by_id[place] if place < len(self.by_id) and self.by_id[place].id == wanted else None

    def like_file(self, name: str) -> Sequence[Row]:
        """The rows whose call id is in this file name."""
        found = CALL_ID.search(name)
        return self._by_call_id.get(found[1], ()) if found else ()

    def between(self, start: datetime | None, end: datetime | None) -> list[Row]:
        """The rows of calls that started from `start` to `end`, both included, oldest first."""
        first = bisect_left(self.by_time, start, key=_started_at) if start else 0
        last = bisect_right(self.by_time, end, key=_started_at) if end else len(self.by_time)
        return self.by_time[first:last]

    def _rows(self, call: Call) -> list[Row]:
        """The call's rows. Raises ValueError when it wants an id that is not above every id given so far."""
        first = call.id or self._last_id + 1
        if first <= self._last_id:
            raise ValueError(f"id {first} is not above {self._last_id}")
        self._last_id = first + len(call.legs) - 1
        return [Row(id=first + place, call=call, leg=leg) for place, leg in enumerate(call.legs)]

    def _put(self, row: Row) -> None:
        insort(self.by_id, row, key=BY_ID)
        insort(self.by_time, row, key=_moment)
        self._by_call_id[row.call_id].append(row)

    def _take(self, row: Row) -> None:
        del self.by_id[bisect_left(self.by_id, row.id, key=BY_ID)]
        del self.by_time[bisect_left(self.by_time, _moment(row), key=_moment)]
        self._by_call_id[row.call_id].remove(row)

    def _hold(self, rows: list[Row]) -> None:
        self.by_id = rows
        self.by_time = sorted(rows, key=_moment)
        self._by_call_id.clear()
        for row in rows:
            self._by_call_id[row.call_id].append(row)


def _started_at(row: Row) -> datetime:
    return row.started_at
