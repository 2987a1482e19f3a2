"""`recording/list` and `recording/search` of the PBX stand-in.

Source: P-Series developer guide, "Query Recording List" and "Search Specific Recording".
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.demo.pbx.faults import Faults
from bot.demo.pbx.rows import Row, Setup, number_of
from bot.demo.pbx.store import BY_ID, RecordingStore
from bot.demo.pbx.wire import Refusal, bad_parameter

Params = Mapping[str, str]
LATEST_MOMENT = 253_402_300_799
"""Epoch seconds of the last second of the year 9999, the last year with four digits."""


class Listing:
    """Pages of rows. `ring` lists one more call, for the fault `insert_between_pages`."""

    def __init__(self, store: RecordingStore, setup: Setup, faults: Faults, *, ring: Callable[[], object]) -> None:
        self._store = store
        self._setup = setup
        self._faults = faults
        self._ring = ring

    def everything(self, params: Params) -> dict[str, Any]:
        """Return one page of all recordings. Parameters other than page, size, sort and order are ignored."""
        self._check_allowed()
        by_time = _choice(params, "sort_by", ("id", "time")) == "time"
        return self._page(self._store.by_time if by_time else self._store.by_id, params)

    def search(self, params: Params) -> dict[str, Any]:
        """Return one page of the recordings that match all given filters.

        `start_time` and `end_time` are epoch seconds, both inclusive; `caller` and `callee` are exact numbers; `ids`
        are separated by commas.
        """
        if self._faults.old_firmware:
            raise Refusal(10001)
        self._check_allowed()
        found = self._matching(params)
        if _choice(params, "sort_by", ("id", "time")) == "id":
            found.sort(key=BY_ID)
        return self._page(found, params)

    def _check_allowed(self) -> None:
        if self._faults.deny_listing:
            raise Refusal(10005)
        if self._faults.errcode:
            raise Refusal(self._faults.errcode)

    def _matching(self, params: Params) -> list[Row]:
        rows = self._store.between(_moment(params, "start_time"), _moment(params, "end_time"))
        if caller := params.get("caller"):
            rows = [row for row in rows if number_of(row.leg.caller) == caller]
        if callee := params.get("callee"):
            rows = [row for row in rows if number_of(row.leg.callee) == callee]
        if ids := _ids(params):
            rows = [row for row in rows if row.id in ids]
        return rows

    def _page(self, ascending: Sequence[Row], params: Params) -> dict[str, Any]:
        number = _whole(params, "page", 1)
        size = min(_whole(params, "page_size", self._faults.page_size_cap), self._faults.page_size_cap)
        descending = _choice(params, "order_by", ("asc", "desc")) == "desc"
        rows = _cut_out(ascending, (number - 1) * size, size, descending=descending)
        answer = {"total_number": max(0, len(ascending) + self._faults.lying_total), **self._data(rows)}
        self._time_passes()
        return answer

    def _data(self, rows: Sequence[Row]) -> dict[str, Any]:
        if self._faults.data_null:
            return {"data": None}
        if rows:
            return {"data": self._broken([self._written(row) for row in rows])}
        return self._past_the_end()

    def _past_the_end(self) -> dict[str, Any]:
        match self._faults.past_the_end:
            case "60001":
                raise Refusal(60001)
            case "absent":
                return {}
            case "null":
                return {"data": None}
            case "empty":
                return {"data": []}

    def _written(self, row: Row) -> dict[str, Any]:
        fields = self._setup.render(row)
        if self._faults.keep_empty_fields:
            return fields
        return {name: value for name, value in fields.items() if value != ""}

    def _broken(self, data: list[Any]) -> list[Any]:
        """Return the page with its middle row made invalid when `Faults.bad_row` is set."""
        middle = len(data) // 2
        match self._faults.bad_row:
            case "number":
                data[middle] = 42
            case "null":
                data[middle] = None
            case "no id":
                del data[middle]["id"]
        return data

    def _time_passes(self) -> None:
        for _ in range(self._faults.insert_between_pages):
            self._ring()
        if self._faults.delete_between_pages:
            self._store.delete_oldest(self._faults.delete_between_pages)


def _cut_out(ascending: Sequence[Row], start: int, size: int, *, descending: bool) -> Sequence[Row]:
    """Return one page, without reversing the whole list."""
    if not descending:
        return ascending[start : start + size]
    end = max(0, len(ascending) - start)
    return ascending[max(0, end - size) : end][::-1]


def _whole(params: Params, name: str, default: int) -> int:
    """Return a whole number from 1, or the default when absent. Raises Refusal 40002 for anything else."""
    text = params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and int(text)):
        raise bad_parameter(name, text)
    return int(text)


def _choice(params: Params, name: str, allowed: tuple[str, ...]) -> str:
    """Return an allowed word, the first one when none is given. Raises Refusal 40002 for any other."""
    text = params.get(name, "") or allowed[0]
    if text not in allowed:
        raise bad_parameter(name, text)
    return text


def _moment(params: Params, name: str) -> datetime | None:
    """Return a time given in epoch seconds, or None when absent.

    Raises Refusal 40002 for anything else, such as a date in the PBX's own format: a live PBX does the same.
    """
    text = params.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= LATEST_MOMENT):
        raise bad_parameter(name, text)
    return datetime.fromtimestamp(int(text), tz=UTC)


def _ids(params: Params) -> set[int]:
    parts = [part.strip() for part in params.get("ids", "").split(",") if part.strip()]
    for part in parts:
        if not (part.isascii() and part.isdigit()):
            raise bad_parameter("ids", part)
    return {int(part) for part in parts}
