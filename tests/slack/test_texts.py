"""The sentences the bot says, as they are heard."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.found import Found, Stale
from bot.domain.query import Order, Query, Sort
from bot.domain.recording import Direction, Recording
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
from bot.slack import texts
from bot.slack.blocks import spoken
from tests.slack.makers import MORNING, TOKEN, recording

THREE_HOURS_ON = "<!date^1641990984^{date_short_pretty} {time}|2022-01-12 12:36 UTC>"
TELL = "Please tell whoever looks after the PBX."


def call(*, minutes: int = 0, **told: Any) -> Recording:
    """A recording that many minutes after the first one."""
    return recording(started_at=MORNING + timedelta(minutes=minutes), **told)


def found(*, query: Query | None = None, rows: int = 10, total: int = 184, first: int = 1) -> Found:
    recordings = tuple(Recording(id=number, started_at=MORNING) for number in range(rows))
    return Found(query=query or Query(), rows=recordings, total=total, first=first if rows else 0)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(found(first=11), "Latest recordings · 11–20 of 184", id="the usual order goes without saying"),
        pytest.param(found(query=Query(order=Order.ASC)), "Oldest recordings · 1–10 of 184", id="oldest first"),
        pytest.param(
            found(query=Query(sort=Sort.ID)), "Recordings by number, highest first · 1–10 of 184", id="by number"
        ),
        pytest.param(
            found(query=Query(sort=Sort.ID, order=Order.ASC)),
            "Recordings by number, lowest first · 1–10 of 184",
            id="by number, upwards",
        ),
        pytest.param(
            found(rows=1, total=12_345, first=1_001), "Latest recordings · 1,001 of 12,345", id="a single row"
        ),
        pytest.param(found(total=3), "Latest recordings · 1–10 of 10", id="a total that lags behind the rows"),
        pytest.param(
            found(query=Query(ids=(600, 614)), total=12), "Recordings 600 to 614 · 1–10 of 12", id="certain numbers"
        ),
        pytest.param(
            found(query=Query(ids=(600, 614), order=Order.ASC), total=12),
            "Recordings 600 to 614, oldest first · 1–10 of 12",
            id="certain numbers, oldest first",
        ),
        pytest.param(
            found(query=Query(ids=(600, 614), sort=Sort.ID), total=12),
            "Recordings 600 to 614, highest first · 1–10 of 12",
            id="certain numbers, by number",
        ),
        pytest.param(
            found(query=Query(ids=(600, 614), sort=Sort.ID, order=Order.ASC), total=12),
            "Recordings 600 to 614, lowest first · 1–10 of 12",
            id="certain numbers, by number, upwards",
        ),
        pytest.param(found(query=Query(ids=(614, 614)), rows=1, total=1), "Recording 614 · 1 of 1", id="one number"),
    ],
)
def test_heading(answer: Found, expected: str) -> None:
    assert spoken(texts.heading(answer)) == expected


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        pytest.param(Stale(MORNING, "PBX not reachable"), f"PBX not reachable, as of {TOKEN}", id="as of then"),
        pytest.param(Stale(None, "no longer on the PBX"), "No longer on the PBX, and never reached so far", id="never"),
        pytest.param(Stale(None, "<!here>"), "&lt;!here&gt;, and never reached so far", id="hostile"),
    ],
)
def test_stale(why: Stale, expected: str) -> None:
    assert spoken(texts.stale(why)) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(found(rows=0, total=0), "There are no recordings yet.", id="nothing at all"),
        pytest.param(
            found(rows=0, query=Query(page=99)),
            "There is nothing on page 99: 184 recordings in all.",
            id="past the end",
        ),
        pytest.param(
            found(rows=0, total=1, query=Query(page=2)),
            "There is nothing on page 2: 1 recording in all.",
            id="just one",
        ),
        pytest.param(found(rows=0), "There are no more recordings this way.", id="a turn into nothing"),
        pytest.param(
            found(rows=0, total=0, query=Query(ids=(600, 614))),
            "There are no recordings from 600 to 614; they may have been deleted.",
            id="none of certain numbers",
        ),
        pytest.param(
            found(rows=0, total=0, query=Query(ids=(614, 614))),
            "There is no recording 614; it may have been deleted.",
            id="not the one number",
        ),
        pytest.param(
            found(rows=0, total=12, query=Query(ids=(600, 614), page=3)),
            "There is nothing on page 3: 12 recordings in all.",
            id="past the end of certain numbers",
        ),
    ],
)
def test_nothing(answer: Found, expected: str) -> None:
    assert spoken(texts.nothing(answer)) == expected


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
    assert spoken(texts.query_error(error)) == expected


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
    assert spoken(texts.pbx_problem(error, "k3x9")) == f"{expected} Reference k3x9"


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
    assert [spoken(line) for line in texts.digest(rows)] == expected


def test_what_to_type_where_there_is_no_button() -> None:
    line = spoken(texts.to_list(str(Query(count=25, ids=(600, 614)))))
    assert line == "/recordings latest 25 sort:time id:600..614 lists them."
