from datetime import timedelta
from typing import Any

import pytest

from bot.domain.recording import Direction, Party, Recording
from bot.yeastar.rows import BadRow, read_row
from tests.yeastar.stand_in import row


def read(**facts: Any) -> Recording:
    recording = read_row(0, row(614, **facts))
    assert isinstance(recording, Recording)
    return recording


@pytest.mark.parametrize("told", ["614", " 614 ", 614, 614.0])
def test_an_id_may_be_written_in_several_ways(told: object) -> None:
    assert read(id=told).id == 614


@pytest.mark.parametrize("told", [0, 1, 2**63 - 1, str(2**63 - 1)])
def test_an_id_is_a_number_that_a_database_holds(told: int | str) -> None:
    assert read(id=told).id == int(told)


@pytest.mark.parametrize(
    "told",
    [None, "", "x", -1, "-1", 1.5, True, [614], 2**63, str(2**63), "9" * 30, "٦١٤", "6_1_4", float("inf")],
    ids=repr,
)
def test_a_row_without_usable_id_is_bad(told: object) -> None:
    bad = read_row(3, row(0, id=told))
    assert isinstance(bad, BadRow)
    assert (bad.index, bad.problem) == (3, "no usable id")


@pytest.mark.parametrize("told", [None, 7, "614", [614]], ids=repr)
def test_what_is_no_object_is_a_bad_row(told: object) -> None:
    assert read_row(3, told) == BadRow(3, "not an object", mark=0)


def test_what_is_bad_says_nothing_of_people() -> None:
    assert "Evelyn" not in repr(read_row(0, row(0, id=None)))


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        pytest.param({}, True, id="the same row in another place"),
        pytest.param({"uid": "another"}, False, id="another call"),
        pytest.param({"file": "another.wav"}, False, id="another file"),
        pytest.param({"time": "01/12/2022 17:36:25"}, False, id="another time"),
    ],
)
def test_the_same_bad_row_has_the_same_mark(changes: dict[str, str], same: bool) -> None:
    one, other = read_row(1, row(0, id=None)), read_row(2, row(0, id=None, **changes))
    assert isinstance(one, BadRow)
    assert isinstance(other, BadRow)
    assert (one.mark == other.mark) is same


@pytest.mark.parametrize(
    ("told", "direction"),
    [
        ("Inbound", Direction.INBOUND),
        ("OUTBOUND", Direction.OUTBOUND),
        (" internal ", Direction.INTERNAL),
        ("Conference", None),
        ("", None),
        (7, None),
    ],
)
def test_directions(told: object, direction: Direction | None) -> None:
    assert read(call_type=told).direction is direction


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (52, 52),
        ("52", 52),
        (1, 1),
        (0, 0),
        (-3, 0),
        ("-3", 0),
        (31 * 24 * 3600, 31 * 24 * 3600),
        (31 * 24 * 3600 + 1, 0),
        (10**12, 0),
        ("long", 0),
        (None, 0),
    ],
)
def test_durations(told: object, seconds: int) -> None:
    assert read(duration=told).duration == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("told", "size"),
    [
        (825588, 825588),
        ("825588", 825588),
        (1, 1),
        (0, 0),
        (-1, 0),
        (2**40, 2**40),
        (2**40 + 1, 0),
        (2**70, 0),
        ({}, 0),
    ],
)
def test_sizes(told: object, size: int) -> None:
    assert read(size=told).size == size


@pytest.mark.parametrize(
    ("facts", "party"),
    [
        pytest.param({"call_from": "Evelyn<5566>"}, Party("Evelyn", "5566"), id="the older edition"),
        pytest.param(
            {"call_from": "x", "call_from_name": "Eve <VIP>", "call_from_number": "5566"},
            Party("Eve <VIP>", "5566"),
            id="the newer edition tells them apart",
        ),
        pytest.param(
            {"call_from": "Evelyn<5566>", "call_from_name": "", "call_from_number": ""},
            Party("Evelyn", "5566"),
            id="newer fields, empty",
        ),
        pytest.param(
            {"call_from": "Evelyn<5566>", "call_from_number": "5566"},
            Party("Evelyn", "5566"),
            id="a newer number, its name left out",
        ),
        pytest.param(
            {"call_from": "Evelyn<5566>", "call_from_name": "Eve"},
            Party("Eve", "5566"),
            id="a newer name, its number left out",
        ),
        pytest.param(
            {"call_from": "Evelyn", "call_from_number": "5566"},
            Party("Evelyn", "5566"),
            id="a newer number beside a name alone",
        ),
        pytest.param({"call_from": "<1002>"}, Party("", "1002"), id="a number in brackets"),
        pytest.param({"call_from": 5566}, Party("", "5566"), id="a number that is one"),
        pytest.param({"call_from": None}, Party(), id="nobody"),
        pytest.param({"call_from": ["Evelyn"]}, Party(), id="a list"),
        pytest.param({"call_from": "Eve\x00lyn\ud800<5566>"}, Party("Eve lyn", "5566"), id="what no database takes"),
        pytest.param({"call_from": "Eve\x1flyn\x7fM\udfff<5566>"}, Party("Eve lyn M", "5566"), id="nor these"),
        pytest.param({"call_from": "Eve\u200blyn\xad<5566>"}, Party("Eve\u200blyn\xad", "5566"), id="what it does"),
        pytest.param({"call_from": True}, Party(), id="a yes"),
        pytest.param({"call_from": 10**20}, Party(), id="a number that is too long"),
        pytest.param({"call_from": "王小明<5566>"}, Party("王小明", "5566"), id="any script"),
    ],
)
def test_parties(facts: dict[str, Any], party: Party) -> None:
    assert read(**facts).caller == party
    facts = {key.replace("call_from", "call_to"): value for key, value in facts.items()}
    assert read(**facts).callee == party
    assert read(**facts).caller == Party("Evelyn", "5566")


def test_every_field_but_the_id_may_be_missing() -> None:
    assert read_row(0, {"id": 9}) == Recording(id=9, started_at=None)


def test_unknown_fields_do_not_matter() -> None:
    assert read(archive_status="success", archive_path="/mnt/nas") == read()
