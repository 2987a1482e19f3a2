"""Sound for the stand-in's recordings: real files, made at once, as long as the call was."""

import math
from array import array
from datetime import timedelta
from functools import lru_cache
from struct import pack

RATE = 8000
"""Samples a second: what a P-Series PBX records (16 bit, one channel, hence 16,000 bytes a second)."""
HEADER_BYTES = 44
SAMPLE_BYTES = 2
LOUDEST = 9000
"""Of 32,767: gentle."""
VOICES = (176.0, 112.0)
"""The pitch of either voice, in hertz."""
TURN_SECONDS = 2
"""How long one voice speaks before the other answers."""
SYLLABLES = 4
"""A second."""
OVERTONES = ((1, 0.6), (2, 0.25), (3, 0.15))

SILENT_FRAME = b"\xff\xe3\x18\xc4" + bytes(68)
"""One frame of MPEG-2.5 layer III: 8 kbit/s, 8 kHz, one channel, nothing in it."""
FRAME = timedelta(milliseconds=72)


def wav_size(length: timedelta) -> int:
    """How many bytes `wav(length)` has."""
    return HEADER_BYTES + SAMPLE_BYTES * _samples(length)


def wav(length: timedelta) -> bytes:
    """Two people talking in turns, as PCM WAV: 8 kHz, 16 bit, one channel."""
    sound = SAMPLE_BYTES * _samples(length)
    talk = _talk()
    return _header(sound) + (talk * (sound // len(talk) + 1))[:sound]


def mp3_size(length: timedelta) -> int:
    """How many bytes `mp3(length)` has."""
    return len(SILENT_FRAME) * _frames(length)


def mp3(length: timedelta) -> bytes:
    """Silence as MP3, in whole frames of 72 ms: the standard library has no encoder, and a player needs no more."""
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
    """Each voice once, ready to be repeated: it starts and ends in silence, so no seam is heard."""
    samples = array("h")
    for pitch in VOICES:
        samples.extend(_sample(pitch, index / RATE) for index in range(RATE * TURN_SECONDS))
    return b"".join(sample.to_bytes(SAMPLE_BYTES, "little", signed=True) for sample in samples)


def _sample(pitch: float, at: float) -> int:
    """The voice `at` seconds into its turn: a few overtones that swell and fade with every syllable."""
    tone = sum(share * math.sin(2 * math.pi * pitch * multiple * at) for multiple, share in OVERTONES)
    syllable = math.sin(math.pi * ((at * SYLLABLES) % 1)) ** 2
    turn = math.sqrt(math.sin(math.pi * at / TURN_SECONDS))
    return round(LOUDEST * tone * syllable * turn)
