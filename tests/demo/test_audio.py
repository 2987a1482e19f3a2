import io
import struct
import wave
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.audio import FRAME, mp3, mp3_size, wav, wav_size

LENGTHS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(seconds=90))


def test_a_wav_is_8_khz_16_bit_one_channel_and_as_long_as_told() -> None:
    with wave.open(io.BytesIO(wav(timedelta(seconds=7.5)))) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (8000, 2, 1)
        assert sound.getnframes() == 60_000


@settings(max_examples=30)
@given(length=LENGTHS)
def test_the_size_told_is_the_size_made(length: timedelta) -> None:
    assert len(wav(length)) == wav_size(length)
    assert len(mp3(length)) == mp3_size(length)


@pytest.mark.parametrize(
    ("length", "size"),
    [
        pytest.param(timedelta(seconds=0), 44, id="no sound: the header"),
        pytest.param(timedelta(seconds=1), 16_044, id="16,000 bytes a second"),
        pytest.param(timedelta(seconds=51.5965), 825_588, id="the vendor's 614"),
        pytest.param(timedelta(seconds=0.2565), 4_148, id="the vendor's 615"),
        pytest.param(timedelta(minutes=25), 24_000_044, id="the longest call"),
    ],
)
def test_size_of_a_wav(length: timedelta, size: int) -> None:
    assert wav_size(length) == size


def test_both_voices_are_heard_gently() -> None:
    sound = wav(timedelta(seconds=4))[44:]
    samples = struct.unpack(f"<{len(sound) // 2}h", sound)
    for turn in (samples[:16_000], samples[16_000:]):
        assert 4000 < max(turn) < 12_000
    assert crossings(samples[:16_000]) > 1.3 * crossings(samples[16_000:])


def crossings(samples: tuple[int, ...]) -> int:
    """How often the wave passes zero upwards: twice the pitch, twice the count."""
    return sum(before < 0 <= after for before, after in pairwise(samples))


def test_an_mp3_is_whole_frames() -> None:
    sound = mp3(timedelta(seconds=10))
    assert len(sound) % 72 == 0
    assert {sound[at : at + 4] for at in range(0, len(sound), 72)} == {b"\xff\xe3\x18\xc4"}
    assert len(sound) // 72 * FRAME >= timedelta(seconds=10)
