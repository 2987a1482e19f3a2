"""The sentences the bot says, as they are heard."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.found import Found, Stale
from bot.domain.query import Order, Query, Sort
from bot.domain.recording import Recording
from bot.domain.status import ChannelState, Status
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

MORNING = datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC)
TOKEN = "<!date^1641980184^{date_short_pretty} {time}|2022-01-12 09:36 UTC>"
TELL = "Please tell whoever looks after the PBX."


def found(*, query: Query | None = None, rows: int = 10, total: int = 184, first: int = 1) -> Found:
    recordings = tuple(Recording(id=number, started_at=MORNING) for number in range(rows))
    return Found(query=query or Query(), rows=recordings, total=total, first=first if rows else 0)


def status(**told: Any) -> Status:
    usual: dict[str, Any] = {
        "now": MORNING,
        "looked_at": MORNING,
        "problem": "",
        "held": 1_184,
        "total": 1_184,
        "skipped": 0,
        "renewed_at": None,
        "history_done": True,
        "history_back_to": MORNING,
        "channels": (channel(),),
        "given_up": 0,
    }
    return Status(**(usual | told))


def channel(**told: Any) -> ChannelState:
    usual: dict[str, Any] = {
        "channel": "C1",
        "owed": 0,
        "oldest_owed_at": None,
        "last_sent_at": MORNING,
        "problem": "",
    }
    return ChannelState(**(usual | told))


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
    ("state", "expected"),
    [
        pytest.param(status(), f"PBX answers, last asked {TOKEN}", id="the PBX is well"),
        pytest.param(status(looked_at=None), "PBX has not been asked yet", id="just started"),
        pytest.param(
            status(problem="no answer in 5 s."),
            f"PBX is not well: no answer in 5 s. It last answered {TOKEN}",
            id="the PBX is not well",
        ),
        pytest.param(
            status(problem="login refused", looked_at=None), "PBX is not well: login refused", id="it never answered"
        ),
        pytest.param(status(), "Recordings: 1,184 held, 1,184 on the PBX", id="all are held"),
        pytest.param(status(total=0), "Recordings: 1,184 held", id="the PBX's number is not known yet"),
        pytest.param(
            status(history_done=False),
            "Recordings: 1,184 held, 1,184 on the PBX; read in back to"
            " <!date^1641980184^{date_short}|2022-01-12 09:36 UTC> so far",
            id="history is still being read in",
        ),
        pytest.param(
            status(history_done=False, history_back_to=None, held=0),
            "Recordings: 0 held, 1,184 on the PBX; older ones are still being read in",
            id="history has not begun",
        ),
        pytest.param(
            status(skipped=1),
            "1 row of the PBX's newest page could not be read; the log says why.",
            id="a row that could not be read",
        ),
        pytest.param(status(), f"<#C1>: everything posted, last {TOKEN}", id="a channel has all"),
        pytest.param(status(channels=(channel(last_sent_at=None),)), "<#C1>: everything posted", id="a channel is new"),
        pytest.param(
            status(channels=(channel(owed=3, oldest_owed_at=MORNING, problem="not in channel"),)),
            f"<#C1>: 3 recordings waiting since {TOKEN}: not in channel",
            id="a channel waits",
        ),
        pytest.param(status(channels=()), "No channel is told of new recordings.", id="no channel"),
        pytest.param(status(channels=(channel(),) * 22), "… and 2 more channels.", id="many channels"),
        pytest.param(
            status(given_up=2), "2 messages given up: Slack would not take them in any form.", id="messages given up"
        ),
    ],
)
def test_status_says(state: Status, expected: str) -> None:
    assert expected in [spoken(line) for line in texts.status(state)]


def test_a_status_without_trouble_is_three_lines() -> None:
    assert len(texts.status(status())) == 3
