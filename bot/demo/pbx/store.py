"""The recordings of the PBX stand-in, sorted by id and by time; fast also with 200,000 of them."""

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
"""Maximum number of rows to delete one by one; for more rows, sorting again is faster."""


def _moment(row: Row) -> tuple[datetime, int]:
    return row.started_at, row.id


class RecordingStore:
    """Rows sorted by id and by time."""

    def __init__(self) -> None:
        self.by_id: list[Row] = []
        self.by_time: list[Row] = []
        """Oldest call first; the legs of one call have the same time and are sorted by id."""
        self._by_call_id: defaultdict[str, list[Row]] = defaultdict(list)
        self._last_id = 0
        self._skipped: set[int] = set()

    def add(self, call: Call) -> int:
        """List a call's recordings, each under the next id, and return the last id."""
        for row in self._rows(call):
            self._put(row)
        return self._last_id

    def skip(self) -> int:
        """Reserve the next id without a row, and return it."""
        self._last_id += 1
        self._skipped.add(self._last_id)
        return self._last_id

    def add_late(self, row: Row) -> None:
        """List a row under a skipped id. Raises ValueError for an id that is in use or was never skipped."""
        if row.id not in self._skipped:
            raise ValueError(f"id {row.id} was not skipped")
        self._skipped.remove(row.id)
        self._put(row)

    def exchange(self, row: Row) -> None:
        """Replace the row that has the same id. Raises KeyError when there is none."""
        old = self.with_id(row.id)
        if old is None:
            raise KeyError(row.id)
        self._take(old)
        self._put(row)

    def fill(self, calls: Iterable[Call]) -> None:
        """Add many calls, and sort only once."""
        rows = [row for call in calls for row in self._rows(call)]
        self._hold(self.by_id + rows)

    def delete(self, ids: Collection[int]) -> None:
        """Delete these recordings; their ids are never used again."""
        gone = set(ids)
        if len(gone) > FEW:
            self._hold([row for row in self.by_id if row.id not in gone])
            return
        for row in filter(None, map(self.with_id, gone)):
            self._take(row)

    def delete_oldest(self, count: int) -> None:
        """Delete the `count` oldest recordings, as the PBX's own clean-up does."""
        self.delete([row.id for row in self.by_time[:count]])

    def wipe_older_than(self, moment: datetime) -> None:
        """Delete every recording of a call that started before the moment."""
        self._hold([row for row in self.by_id if row.started_at >= moment])

    def fall_back_to(self, last_id: int) -> None:
        """Delete every id above `last_id`, listed or skipped, and continue counting from it."""
        self._hold([row for row in self.by_id if row.id <= last_id])
        self._skipped = {number for number in self._skipped if number <= last_id}
        self._last_id = last_id

    def with_id(self, wanted: int) -> Row | None:
        """Return the row with this id, or None."""
        place = bisect_left(self.by_id, wanted, key=BY_ID)
        return self.by_id[place] if place < len(self.by_id) and self.by_id[place].id == wanted else None

    def like_file(self, name: str) -> Sequence[Row]:
        """Return the rows whose call id is in this file name."""
        found = CALL_ID.search(name)
        return self._by_call_id.get(found[1], ()) if found else ()

    def between(self, start: datetime | None, end: datetime | None) -> list[Row]:
        """Return the rows of calls that started from `start` to `end`, both inclusive, oldest first."""
        first = bisect_left(self.by_time, start, key=_started_at) if start else 0
        last = bisect_right(self.by_time, end, key=_started_at) if end else len(self.by_time)
        return self.by_time[first:last]

    def _rows(self, call: Call) -> list[Row]:
        """Return the call's rows. Raises ValueError when the call's id is not above all ids used so far."""
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
