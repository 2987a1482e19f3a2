"""The sentences the bot says, as they are heard."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.recording import Direction, Recording
from bot.domain.results import Stale, StaleReason
from bot.errors import (
    PbxAddressBlocked,
    PbxError,
    PbxForbidden,
    PbxLoginRefused,
    PbxNotFound,
    PbxNotUnderstood,
    PbxRefused,
    PbxUnreachable,
    PbxUntrusted,
    QueryError,
)
from bot.slack.blocks.elements import line_text
from bot.text import sentences
from bot.text.lines import Words
from tests.slack.makers import MORNING, TOKEN, recording

THREE_HOURS_ON = "<!date^1641990984^{date_short_pretty} {time}|2022-01-12 12:36 UTC>"
TELL = "Please tell whoever looks after the PBX."


def call(*, minutes: int = 0, **told: Any) -> Recording:
    """A recording that many minutes after the first one."""
    return recording(started_at=MORNING + timedelta(minutes=minutes), **told)


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        pytest.param(Stale(MORNING, StaleReason.SLOW), f"PBX slow to answer, as of {TOKEN}", id="slow"),
        pytest.param(Stale(MORNING, StaleReason.UNREACHABLE), f"PBX not reachable, as of {TOKEN}", id="unreachable"),
        pytest.param(Stale(MORNING, StaleReason.REFUSED), f"PBX refuses to answer, as of {TOKEN}", id="refused"),
        pytest.param(Stale(None, StaleReason.DELETED), "No longer on the PBX, and never reached so far", id="never"),
    ],
)
def test_stale(why: Stale, expected: str) -> None:
    assert line_text(sentences.stale(why)) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(
            QueryError(
                "“sort:” takes time or id, not “tme”", word="sort:tme", span=(10, 18), nearest="latest sort:time"
            ),
            "“sort:” takes time or id, not “tme”. Did you mean /recordings latest sort:time?",
            id="the nearest right line is offered",
        ),
        pytest.param(
            QueryError("“foo” is too much", word="foo", span=(7, 10), nearest=""),
            "“foo” is too much. Did you mean /recordings?",
            id="nothing but the command itself",
        ),
        pytest.param(
            QueryError("I do not know “frob”.", word="frob", span=(0, 4)),
            "I do not know “frob”. /recordings help shows what I understand.",
            id="nothing is near",
        ),
        pytest.param(
            QueryError(f"I do not know “{'x' * 900}”", word="x" * 900, span=(0, 900)),
            f"I do not know “{'x' * 39}…”. /recordings help shows what I understand.",
            id="a long word is cut, not the sentence",
        ),
        pytest.param(
            QueryError("I do not know “<!here>”", word="<!here>", span=(0, 7)),
            "I do not know “&lt;!here&gt;”. /recordings help shows what I understand.",
            id="what was typed pings nobody",
        ),
    ],
)
def test_words_that_cannot_be_read(error: QueryError, expected: str) -> None:
    assert line_text(sentences.query_error(error)) == expected


@pytest.mark.parametrize(
    ("message", "word", "marked"),
    [
        pytest.param("I do not know “frob”", "frob", ["frob"], id="the word itself"),
        pytest.param("“sort:” takes time or id, not “tme”", "sort:tme", ["sort:", "tme"], id="both halves of it"),
        pytest.param("I do not know “a “b” c”", "a “b” c", ["a “b” c"], id="a word with quotes in it"),
        pytest.param("“latest” does not know “frob”", "frob", ["frob"], id="not the verb, which is right"),
        pytest.param("“show” needs a number", "", [], id="a word that is missing"),
    ],
)
def test_the_word_that_is_wrong_stands_out(message: str, word: str, marked: list[str]) -> None:
    line = sentences.query_error(QueryError(message, word=word, span=(0, len(word)), nearest="help"))
    words = [span.text for span in line if isinstance(span, Words)]
    assert words == [*marked, "/recordings help"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(
            PbxUntrusted("", fingerprint=None),
            f"I do not trust the certificate that the PBX shows, so I asked it nothing. {TELL}",
            id="untrusted, though it is a kind of unreachable",
        ),
        pytest.param(
            PbxUnreachable(""), "The PBX does not answer just now. Please try again in a minute.", id="unreachable"
        ),
        pytest.param(PbxLoginRefused(""), f"The PBX does not accept my login. {TELL}", id="login refused"),
        pytest.param(PbxAddressBlocked(""), f"The PBX has blocked me. {TELL}", id="blocked"),
        pytest.param(
            PbxAddressBlocked("", retry_after=timedelta(seconds=20)),
            f"The PBX has blocked me. The block ends in about 1 minute. {TELL}",
            id="blocked for a while",
        ),
        pytest.param(PbxForbidden(""), f"The PBX does not allow me to read recordings. {TELL}", id="forbidden"),
        pytest.param(
            PbxAddressBlocked("", retry_after=timedelta(seconds=100)),
            f"The PBX has blocked me. The block ends in about 2 minutes. {TELL}",
            id="blocked for minutes, rounded",
        ),
        pytest.param(
            PbxRefused("", errcode=40002, errmsg="PARAMETER ERROR", meaning="a parameter is wrong"),
            "The PBX refused to answer this. It said: a parameter is wrong. Please try again in a minute.",
            id="the vendor's meaning before its word",
        ),
        pytest.param(
            PbxRefused("", errmsg="x" * 200),
            f"The PBX refused to answer this. It said: {'x' * 119}…. Please try again in a minute.",
            id="refused at length",
        ),
        pytest.param(
            PbxNotFound(""),
            "The PBX does not have this recording any more. Its file may have been cleaned up.",
            id="not found",
        ),
        pytest.param(
            PbxNotUnderstood(""),
            f"The PBX gave an answer that I do not understand, perhaps after an update. {TELL}",
            id="not understood",
        ),
        pytest.param(
            PbxRefused("", errcode=40002, errmsg="ERR", meaning="a parameter is <wrong>."),
            "The PBX refused to answer this. It said: a parameter is &lt;wrong&gt;. Please try again in a minute.",
            id="refused, in the vendor's meaning",
        ),
        pytest.param(
            PbxRefused("", errmsg="BUSY"),
            "The PBX refused to answer this. It said: BUSY. Please try again in a minute.",
            id="refused, in the PBX's words",
        ),
        pytest.param(
            PbxError(""), "The PBX refused to answer this. Please try again in a minute.", id="refused without a word"
        ),
    ],
)
def test_what_is_wrong_with_the_pbx(error: PbxError, expected: str) -> None:
    assert line_text(sentences.pbx_problem(error, "k3x9")) == f"{expected} Reference k3x9"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [call(), call(minutes=180, direction=Direction.OUTBOUND, duration=timedelta(minutes=12))],
            [
                f"2 new recordings · {TOKEN} – <!date^1641990984^{{time}}|2022-01-12 12:36 UTC>",
                "1 inbound, 1 outbound",
                f"Longest: Outbound: Harris to Evelyn · {THREE_HOURS_ON} · 12:00",
            ],
            id="of one morning: the day is said once",
        ),
        pytest.param(
            [call(), call(minutes=60 * 24)],
            [
                f"2 new recordings · {TOKEN} – <!date^1642066584^{{date_short_pretty}} {{time}}|2022-01-13 09:36 UTC>",
                "2 inbound",
                f"Longest: Inbound: Harris to Evelyn · {TOKEN} · 3:12",
            ],
            id="of two days",
        ),
        pytest.param(
            [call(minutes=60 * 12, duration=timedelta(0), size=0), call()],
            [
                f"2 new recordings · {TOKEN} – <!date^1642023384^{{date_short_pretty}} {{time}}|2022-01-12 21:36 UTC>",
                "2 inbound",
                f"Longest: Inbound: Harris to Evelyn · {TOKEN} · 3:12",
            ],
            id="twelve hours apart, the newest first",
        ),
        pytest.param(
            [call(), call(minutes=1, duration=timedelta(seconds=9))],
            [
                f"2 new recordings · {TOKEN} – <!date^1641980244^{{time}}|2022-01-12 09:37 UTC>",
                "2 inbound",
                f"Longest: Inbound: Harris to Evelyn · {TOKEN} · 3:12",
            ],
            id="a minute apart",
        ),
        pytest.param(
            [call(), call()],
            [f"2 new recordings · {TOKEN}", "2 inbound", f"Longest: Inbound: Harris to Evelyn · {TOKEN} · 3:12"],
            id="of one minute",
        ),
        pytest.param(
            [call(duration=timedelta(0), size=0), call(duration=timedelta(0), size=0, direction=None)],
            [f"2 new recordings · {TOKEN}", "1 inbound, 1 of unknown direction"],
            id="without a length",
        ),
        pytest.param(
            [Recording(id=1, started_at=None), Recording(id=2, started_at=None)],
            ["2 new recordings"],
            id="of which nothing is known",
        ),
    ],
)
def test_a_digest(rows: list[Recording], expected: list[str]) -> None:
    assert [line_text(line) for line in sentences.digest(rows)] == expected
