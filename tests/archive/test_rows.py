from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.archive.rows import facts_of, merged, millis, moment_of, recording_of
from bot.domain.recording import Direction, Party, Recording

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
PARTIES = st.builds(Party, TEXT, TEXT)
SECONDS = st.integers(1, 4_000_000_000)
RECORDINGS = st.builds(
    Recording,
    id=st.integers(0, 2**63 - 1),
    started_at=st.none() | SECONDS.map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    local_time=TEXT,
    uid=TEXT,
    caller=PARTIES,
    callee=PARTIES,
    direction=st.none() | st.sampled_from(Direction),
    duration=st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
    size=st.integers(0, 2**40),
    file=TEXT,
)


@given(RECORDINGS)
def test_a_recording_comes_back_as_it_went_in(recording: Recording) -> None:
    assert recording_of(facts_of(recording)) == recording


def test_a_character_that_postgresql_cannot_store_is_replaced() -> None:
    assert recording_of(facts_of(Recording(id=1, started_at=None, file="a\0.wav"))).file == "a\ufffd.wav"


@pytest.mark.parametrize("where", ["local_time", "uid", "caller", "callee", "file"])
def test_half_a_character_becomes_a_question_mark(where: str) -> None:
    text, stored = "Ev\ud83dlyn", "Ev?lyn"
    if where in {"caller", "callee"}:
        pairs = ((Party(text, "5"), Party(stored, "5")), (Party("E", text), Party("E", stored)))
    else:
        pairs = ((text, stored),)  # type: ignore[assignment]
    for told, held in pairs:
        recording = Recording(id=1, started_at=None, **{where: told})  # type: ignore[arg-type]
        assert getattr(recording_of(facts_of(recording)), where) == held


def test_a_part_of_a_second_is_left_out() -> None:
    recording = Recording(
        id=1, started_at=datetime(2026, 11, 24, 12, 0, 0, 900_000, tzinfo=UTC), duration=timedelta(seconds=9.9)
    )
    stored = recording_of(facts_of(recording))
    assert (stored.started_at, stored.duration) == (datetime(2026, 11, 24, 12, tzinfo=UTC), timedelta(seconds=9))


@given(RECORDINGS, RECORDINGS)
def test_what_the_pbx_does_not_tell_takes_nothing_back(held: Recording, told: Recording) -> None:
    result = recording_of(merged(facts_of(held), facts_of(told)))
    assert result.started_at == (told.started_at or held.started_at)
    assert result.duration == (told.duration or held.duration)
    assert result.size == (told.size or held.size)
    assert result.direction == (told.direction or held.direction)
    assert (result.uid, result.file, result.local_time) == (told.uid, told.file, told.local_time)
    assert (result.caller, result.callee) == (told.caller, told.callee)


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), id="the first moment"),
        pytest.param(datetime(2026, 11, 24, 12, 0, 0, 123_000, tzinfo=UTC), id="with milliseconds"),
    ],
)
def test_a_moment_comes_back_to_the_millisecond(moment: datetime) -> None:
    assert moment_of(millis(moment)) == moment
    assert millis(moment + timedelta(microseconds=999)) == millis(moment)
