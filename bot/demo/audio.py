"""Audio files for the PBX stand-in's recordings, generated on request and as long as the call."""

import math
from array import array
from datetime import timedelta
from functools import lru_cache
from struct import pack

RATE = 8000
"""Samples per second, as a P-Series PBX records (16 bit, one channel: 16,000 bytes per second)."""
HEADER_BYTES = 44
SAMPLE_BYTES = 2
LOUDEST = 9000
"""Peak amplitude, which is quiet: the maximum is 32,767."""
VOICES = (176.0, 112.0)
"""Pitches of the two voices, in hertz."""
TURN_SECONDS = 2
"""Time that one voice speaks before the other one answers."""
SYLLABLES = 4
"""Syllables per second."""
OVERTONES = ((1, 0.6), (2, 0.25), (3, 0.15))

SILENT_FRAME = b"\xff\xe3\x18\xc4" + bytes(68)
"""One silent frame of MPEG-2.5 layer III: 8 kbit/s, 8 kHz, one channel."""
FRAME = timedelta(milliseconds=72)


def wav_size(length: timedelta) -> int:
    """Return the number of bytes of `wav(length)`."""
    return HEADER_BYTES + SAMPLE_BYTES * _samples(length)


def wav(length: timedelta) -> bytes:
    """Return two voices that speak alternately, as PCM WAV: 8 kHz, 16 bit, one channel."""
    sound = SAMPLE_BYTES * _samples(length)
    talk = _talk()
    return _header(sound) + (talk * (sound // len(talk) + 1))[:sound]


def mp3_size(length: timedelta) -> int:
    """Return the number of bytes of `mp3(length)`."""
    return len(SILENT_FRAME) * _frames(length)


def mp3(length: timedelta) -> bytes:
    """Return silence as MP3, in whole frames of 72 ms.

    The standard library has no MP3 encoder, and silence is enough for a player.
    """
    return SILENT_FRAME * _frames(length)


def _samples(length: timedelta) -> int:
    return round(RATE * length.total_seconds())


def _frames(length: timedelta) -> int:
    return max(1, -(-length // FRAME))


def _header(sound: int) -> bytes:
    riff = pack("<4sI4s", b"RIFF", HEADER_BYTES - 8 + sound, b"WAVE")
    layout = pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE * SAMPLE_BYTES, SAMPLE_BYTES, 8 * SAMPLE_BYTES)
    return riff + layout + pack("<4sI", b"data", sound)


@lru_cache(maxsize=1)
def _talk() -> bytes:
    """Return one turn of each voice. It starts and ends in silence, so that repeating it causes no click."""
    samples = array("h")
    for pitch in VOICES:
        samples.extend(_sample(pitch, index / RATE) for index in range(RATE * TURN_SECONDS))
    return b"".join(sample.to_bytes(SAMPLE_BYTES, "little", signed=True) for sample in samples)


def _sample(pitch: float, at: float) -> int:
    """Return the sample `at` seconds into a voice's turn: overtones that get louder and softer with each syllable."""
    tone = sum(share * math.sin(2 * math.pi * pitch * multiple * at) for multiple, share in OVERTONES)
    syllable = math.sin(math.pi * ((at * SYLLABLES) % 1)) ** 2
    turn = math.sqrt(math.sin(math.pi * at / TURN_SECONDS))
    return round(LOUDEST * tone * syllable * turn)
