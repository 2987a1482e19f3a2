from datetime import datetime

import pytest

from bot.archive.marks import Marks, Moves

BEGUN = Marks(site="main").begun(91, baseline=100, total=100)


@pytest.mark.parametrize(
    ("moves", "synced", "history", "total"),
    [
        pytest.param(Moves(), 100, 91, 100, id="nothing given: nothing moves"),
        pytest.param(Moves(synced=105), 105, 91, 100, id="synced rises"),
        pytest.param(Moves(synced=95), 100, 91, 100, id="synced never falls"),
        pytest.param(Moves(history=81), 100, 81, 100, id="history falls"),
        pytest.param(Moves(history=95), 100, 91, 100, id="history never rises"),
        pytest.param(Moves(history_done=True), 100, None, 100, id="history is complete"),
        pytest.param(Moves(history=1, history_done=True), 100, None, 100, id="complete wins over a mark"),
        pytest.param(Moves(total=7), 100, 91, 7, id="total goes both ways"),
        pytest.param(Moves(total=0), 100, 91, 0, id="an emptied PBX"),
    ],
)
def test_where_the_marks_go(moves: Moves, synced: int, history: int | None, total: int) -> None:
    moved = BEGUN.moved(moves)
    assert (moved.synced, moved.history, moved.total) == (synced, history, total)


def test_a_new_generation_begins_anew(noon: datetime) -> None:
    marks = BEGUN.moved(Moves(synced=200)).renewed(3, lowest=2, total=9, now=noon)
    state = marks.state
    assert (state.generation, state.baseline, state.synced, state.history, state.total) == (2, 3, 3, 2, 9)
    assert (BEGUN.state.renewed_at, state.renewed_at) == (None, noon)


def test_a_complete_history_stays_complete() -> None:
    done = BEGUN.moved(Moves(history_done=True))
    assert done.moved(Moves(history=5)) == done


def test_no_history_is_marked_before_the_first_look() -> None:
    assert Marks(site="main").moved(Moves(history=5)).state.history is None
