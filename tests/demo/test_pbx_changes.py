"""What happens to the list of a PBX: late ids, changed rows, other rows, a clock that jumps, and all of it together."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.demo.calls import Direction
from bot.demo.pbx import CLIENT_ID, CLIENT_SECRET, PbxStandIn

API = "/openapi/v1.0/"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
PARTIES: tuple[str, str, Direction, int] = ("Evelyn<5566>", "Dave Harris<5556>", "Internal", 20)

Ask = Callable[..., Any]


@pytest.fixture
def pbx() -> PbxStandIn:
    return PbxStandIn(clock=lambda: NOON)


@pytest.fixture
async def ask(pbx: PbxStandIn) -> AsyncIterator[Ask]:
    """Somebody logged in, who asks as any HTTP client would."""
    transport = httpx.ASGITransport(app=pbx.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://pbx") as http:
        login = {"username": CLIENT_ID, "password": CLIENT_SECRET}
        token = (await http.post(API + "get_token", json=login)).json()["access_token"]

        async def asked(path: str, **params: object) -> dict[str, Any]:
            query = {name: str(value) for name, value in params.items()}
            told: dict[str, Any] = (await http.get(API + path, params={"access_token": token, **query})).json()
            return told

        yield asked


def held(pbx: PbxStandIn) -> list[int]:
    return [row.id for row in pbx.calls]


async def test_an_id_that_appears_late_stands_below_its_neighbours(pbx: PbxStandIn, ask: Ask) -> None:
    pbx.place(*PARTIES)
    late = pbx.skip()
    pbx.place(*PARTIES)
    assert [row["id"] for row in (await ask("recording/list"))["data"]] == [1, 3]
    pbx.place_late(late, *PARTIES, at=NOON - timedelta(minutes=5))
    told = await ask("recording/list", order_by="desc")
    assert ([row["id"] for row in told["data"]], told["total_number"]) == ([3, 2, 1], 3)
    by_time = await ask("recording/list", sort_by="time")
    assert [row["id"] for row in by_time["data"]] == [2, 1, 3]
    assert (await ask("recording/download", file=pbx.row(late)["file"]))["errcode"] == 0


def _given_to_a_call(pbx: PbxStandIn) -> int:
    return pbx.place(*PARTIES)


def _placed_late(pbx: PbxStandIn) -> int:
    number = pbx.skip()
    pbx.place_late(number, *PARTIES)
    return number


def _deleted(pbx: PbxStandIn) -> int:
    number = pbx.place(*PARTIES)
    pbx.delete([number])
    return number


def _lost_in_a_reset(pbx: PbxStandIn) -> int:
    number = pbx.skip()
    pbx.reset_ids()
    return number


@pytest.mark.parametrize("make", [_given_to_a_call, _placed_late, _deleted, _lost_in_a_reset, lambda _: 99])
def test_an_id_that_was_not_skipped_cannot_be_had(pbx: PbxStandIn, make: Callable[[PbxStandIn], int]) -> None:
    number = make(pbx)
    before = held(pbx)
    with pytest.raises(ValueError, match=f"id {number} was not skipped"):
        pbx.place_late(number, *PARTIES)
    assert held(pbx) == before


def test_a_skipped_id_below_the_one_restored_to_may_still_come(pbx: PbxStandIn) -> None:
    late = pbx.skip()
    pbx.place(*PARTIES)
    pbx.place(*PARTIES)
    pbx.reset_ids(restore_to=2)
    pbx.place_late(late, *PARTIES)
    assert held(pbx) == [1, 2]
    assert pbx.skip() == 3


@pytest.mark.parametrize("edition", ["seed", "new"])
async def test_a_duration_filled_in_later_changes_nothing_else(pbx: PbxStandIn, ask: Ask, edition: str) -> None:
    pbx.setup.edition = "new" if edition == "new" else "seed"
    number = pbx.place(*PARTIES)
    (before,) = (await ask("recording/list"))["data"]
    pbx.amend(number, seconds=52)
    (after,) = (await ask("recording/list"))["data"]
    assert after == {**before, "duration": 52}
    assert before["duration"] != 52


def test_a_duration_may_be_withheld_at_first_in_the_new_edition_too(pbx: PbxStandIn) -> None:
    pbx.setup.edition = "new"
    number = pbx.place(*PARTIES)
    pbx.amend(number, seconds=0)
    assert pbx.row(number)["duration"] == 0
    pbx.amend(number, seconds=20)
    assert pbx.row(number)["duration"] == 20


async def test_another_recording_under_the_same_id(pbx: PbxStandIn, ask: Ask) -> None:
    number = pbx.place(*PARTIES)
    (before,) = (await ask("recording/list"))["data"]
    pbx.replace(number, "Zoë<+442079460100>", "Evelyn<5566>", "Inbound", 9)
    (after,) = (await ask("recording/list"))["data"]
    assert (after["id"], after["call_from"], after["call_type"]) == (number, "Zoë<+442079460100>", "Inbound")
    assert after["uid"] != before["uid"]
    assert after["file"] != before["file"]
    assert (await ask("recording/download", file=before["file"]))["errcode"] == 60001
    assert (await ask("recording/download", file=after["file"]))["errcode"] == 0


@pytest.mark.parametrize("change", [lambda pbx: pbx.replace(7, *PARTIES), lambda pbx: pbx.amend(7, seconds=1)])
def test_what_is_not_listed_cannot_change(pbx: PbxStandIn, change: Callable[[PbxStandIn], None]) -> None:
    pbx.place(*PARTIES)
    with pytest.raises(KeyError):
        change(pbx)
    assert held(pbx) == [1]


@pytest.mark.parametrize("hours", [5, -5])
async def test_a_clock_that_jumps(pbx: PbxStandIn, ask: Ask, hours: int) -> None:
    right = (await ask("system/information"))["data"]
    pbx.shift_clock(timedelta(hours=hours))
    wrong = (await ask("system/information"))["data"]
    assert wrong["timestamp"] - right["timestamp"] == hours * 3600
    assert wrong["system_time"] == pbx.setup.display.time(NOON + timedelta(hours=hours))
    assert wrong["up_time"] == right["up_time"]
    number = pbx.place(*PARTIES)
    assert pbx.row(number)["time"] == wrong["system_time"]
    pbx.shift_clock(timedelta(hours=-hours))
    assert (await ask("system/information"))["data"] == right


async def test_an_empty_pbx(pbx: PbxStandIn, ask: Ask) -> None:
    nothing = {"errcode": 0, "errmsg": "SUCCESS", "total_number": 0, "data": []}
    for path in ("recording/list", "recording/search"):
        assert await ask(path, page=1, page_size=100, sort_by="time", order_by="desc") == nothing
        assert await ask(path, page=2) == nothing
    assert (await ask("recording/download", id=1))["errcode"] == 60001
    pbx.wipe_older_than(NOON)
    pbx.delete([1, 2])
    pbx.faults.lying_total, pbx.faults.delete_between_pages, pbx.faults.bad_row = -3, 5, "null"
    assert await ask("recording/list") == nothing
    pbx.faults.lying_total = 3
    assert await ask("recording/list") == {**nothing, "total_number": 3}


async def test_a_pbx_emptied_counts_on_and_one_reset_starts_again(pbx: PbxStandIn) -> None:
    pbx.place(*PARTIES)
    pbx.wipe_older_than(NOON + timedelta(seconds=1))
    assert held(pbx) == []
    assert pbx.place(*PARTIES) == 2
    pbx.reset_ids()
    assert (held(pbx), pbx.place(*PARTIES)) == ([], 1)


class Everything(RuleBasedStateMachine):
    """All that can happen to a PBX, in any order, beside the uids that ought to be listed."""

    choices = st.integers(0, 1_000)

    @initialize()
    def install(self) -> None:
        self.pbx = PbxStandIn(clock=lambda: NOON)
        self.uids: dict[int, str] = {}
        self.skipped: list[int] = []

    def _some(self, choice: int, ids: list[int]) -> int | None:
        return ids[choice % len(ids)] if ids else None

    def _note(self, number: int) -> None:
        self.uids[number] = self.pbx.row(number)["uid"]

    @rule(ago=st.integers(0, 600))
    def place(self, ago: int) -> None:
        number = self.pbx.place(*PARTIES, at=NOON - timedelta(minutes=ago))
        assert number > max([0, *self.uids, *self.skipped])
        self._note(number)

    @rule()
    def skip(self) -> None:
        self.skipped.append(self.pbx.skip())

    @rule(choice=choices)
    def place_late(self, choice: int) -> None:
        if number := self._some(choice, self.skipped):
            self.skipped.remove(number)
            self.pbx.place_late(number, *PARTIES)
            self._note(number)

    @rule(choice=choices)
    def replace(self, choice: int) -> None:
        if number := self._some(choice, list(self.uids)):
            self.pbx.replace(number, *PARTIES)
            assert self.pbx.row(number)["uid"] != self.uids[number]
            self._note(number)

    @rule(choice=choices)
    def amend(self, choice: int) -> None:
        if number := self._some(choice, list(self.uids)):
            self.pbx.amend(number, seconds=choice)
            assert self.pbx.row(number)["duration"] == choice

    @rule(choice=choices)
    def delete(self, choice: int) -> None:
        if number := self._some(choice, list(self.uids)):
            self.pbx.delete([number, 10**6])
            del self.uids[number]

    @rule(ago=st.integers(0, 600))
    def wipe(self, ago: int) -> None:
        moment = NOON - timedelta(minutes=ago)
        kept = {row.id for row in self.pbx.calls if row.started_at >= moment}
        self.pbx.wipe_older_than(moment)
        self.uids = {number: uid for number, uid in self.uids.items() if number in kept}

    @rule(restore_to=st.integers(0, 10))
    def reset(self, restore_to: int) -> None:
        self.pbx.reset_ids(restore_to=restore_to)
        self.uids = {number: uid for number, uid in self.uids.items() if number <= restore_to}
        self.skipped = [number for number in self.skipped if number <= restore_to]

    @rule(minutes=st.integers(-600, 600))
    def shift_clock(self, minutes: int) -> None:
        self.pbx.shift_clock(timedelta(minutes=minutes))

    @invariant()
    def the_list_is_what_it_ought_to_be(self) -> None:
        by_id, by_time = self.pbx.calls, self.pbx._store.by_time
        assert {row.id: self.pbx.setup.uid(row) for row in by_id} == self.uids
        assert [row.id for row in by_id] == sorted(self.uids)
        assert by_time == sorted(by_id, key=lambda row: (row.started_at, row.id))
        assert all(row in self.pbx._store.like_file(self.pbx.setup.file(row)) for row in by_id)


TestEverything = Everything.TestCase
