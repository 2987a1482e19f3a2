"""How the bot is, line by line."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.health import Level, Part
from bot.domain.reconciliation import Reconciliation
from bot.domain.status import SILENT, Status
from bot.slack.blocks.elements import line_text
from bot.text import status_lines
from tests.slack.makers import MORNING, TOKEN, channel, health, status

EARLIER = MORNING - timedelta(minutes=34)
EARLIER_TOKEN = "<!date^1641978144^{date_short_pretty} {time}|2022-01-12 09:02 UTC>"
PROOF = Reconciliation(at=MORNING, listed=1_284, stored=1_284, late=0, deleted=3)
SILENT_SINCE = MORNING - SILENT - timedelta(minutes=10)
CLOSED = "Slack refuses the post (not_in_channel): invite the bot there"


def lines(state: Status) -> list[str]:
    return [line_text(line) for line in status_lines.status(state)]


def in_trouble(part: Part, **told: Any) -> Status:
    """One part is not well, the others are."""
    others = tuple(health(other) for other in (Part.PBX, Part.SLACK, Part.DATABASE) if other is not part)
    return status(healths=(*others, health(part, **told)))


def test_a_status_without_trouble_fits_a_phone() -> None:
    assert lines(status(reconciliation=PROOF)) == [
        "PBX ok · Slack ok · database ok",
        "Last look at the PBX 4 s ago, next look in 6 s; login holds 25 min",
        "Recordings: 1,184 held, 1,184 on the PBX",
        f"Proof {TOKEN}: 1,284 of 1,284 held, 0 found late",
        "<#C1>: all posted; last post 3 min ago, 9 s after its call",
    ]


def test_a_status_before_anything_has_run() -> None:
    new = status(looked_at=None, next_look_at=None, token_until=None, healths=(), watched_at=None, channels=())
    assert lines(new) == [
        "Nothing is posted: no process follows the PBX yet.",
        "PBX unknown · Slack unknown · database ok",
        "Recordings: 1,184 held, 1,184 on the PBX",
        "No channel is told of new recordings.",
    ]


@pytest.mark.parametrize(
    ("state", "levels", "trouble"),
    [
        pytest.param(
            in_trouble(Part.SLACK, level=Level.DOWN, since=EARLIER, reason="the socket has lost its connection"),
            "PBX ok · Slack down · database ok",
            f"Slack has been down since {EARLIER_TOKEN}. The socket has lost its connection.",
            id="Slack is down",
        ),
        pytest.param(
            in_trouble(Part.DATABASE, level=Level.DEGRADED, since=EARLIER, reason="The disk is full."),
            "PBX ok · Slack ok · database degraded",
            f"The database has been degraded since {EARLIER_TOKEN}. The disk is full.",
            id="the database's trouble is young",
        ),
        pytest.param(
            in_trouble(Part.SLACK, level=Level.DEGRADED, since=EARLIER, well_since=MORNING),
            "PBX ok · Slack degraded · database ok",
            f"Slack seems well again since {TOKEN}, after trouble since {EARLIER_TOKEN}.",
            id="Slack's trouble seems over",
        ),
        pytest.param(
            in_trouble(Part.PBX, level=Level.DOWN, since=EARLIER, reason="no answer"),
            "PBX down · Slack ok · database ok",
            f"The PBX has been down since {EARLIER_TOKEN}. No answer.",
            id="the PBX is down for the process that follows it",
        ),
        pytest.param(
            status(problem="no answer in 5 s"),
            "PBX degraded · Slack ok · database ok",
            "The PBX is degraded. No answer in 5 s.",
            id="the PBX gave this process no answer just now",
        ),
        pytest.param(
            status(
                problem="no answer in 5 s",
                healths=(health(Part.PBX, level=Level.DOWN, since=EARLIER, reason="x", well_since=MORNING),),
            ),
            "PBX down · Slack unknown · database ok",
            f"The PBX has been down since {EARLIER_TOKEN}. No answer in 5 s.",
            id="the newest reason counts",
        ),
        pytest.param(
            in_trouble(Part.BOT, level=Level.DEGRADED, since=EARLIER, well_since=MORNING),
            "PBX ok · Slack ok · database ok",
            f"The bot seems well again since {TOKEN}, after trouble since {EARLIER_TOKEN}.",
            id="the bot itself has just come back",
        ),
    ],
)
def test_a_part_that_is_not_well_has_a_line(state: Status, levels: str, trouble: str) -> None:
    assert lines(state)[:2] == [levels, trouble]


def test_a_process_that_was_seen_just_in_time_is_believed() -> None:
    state = status(watched_at=MORNING - SILENT, healths=(health(Part.SLACK, level=Level.DOWN, since=EARLIER),))
    assert lines(state)[0] == "PBX ok · Slack down · database ok"


def test_a_process_that_is_about_to_look_for_the_first_time_is_no_silence() -> None:
    assert lines(status(watched_at=None))[0] == "PBX ok · Slack unknown · database ok"


def test_what_ended_since_nobody_knows_when_is_told_without_it() -> None:
    state = in_trouble(Part.SLACK, level=Level.DEGRADED, well_since=MORNING)
    assert lines(state)[1] == f"Slack seems well again since {TOKEN}."


def test_what_a_process_that_is_gone_has_noted_is_not_believed() -> None:
    state = status(watched_at=SILENT_SINCE, healths=(health(Part.SLACK, level=Level.DOWN, since=EARLIER),))
    assert lines(state)[:2] == [
        "Nothing is posted: the process that follows the PBX was last seen 12 min ago. Start it.",
        "PBX ok · Slack unknown · database ok",
    ]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({"next_look_at": MORNING}, "Last look at the PBX 4 s ago, next look now", id="the next is due"),
        pytest.param(
            {"looked_at": MORNING - timedelta(seconds=2), "next_look_at": MORNING + timedelta(seconds=2)},
            "Last look at the PBX 2 s ago, next look now",
            id="two seconds",
        ),
        pytest.param(
            {"looked_at": MORNING - timedelta(seconds=1.9), "next_look_at": MORNING + timedelta(seconds=3)},
            "Last look at the PBX just now, next look in 3 s",
            id="a second less, a second more",
        ),
        pytest.param(
            {"token_until": MORNING + timedelta(seconds=2)},
            "Last look at the PBX 4 s ago, next look in 6 s; login to be renewed",
            id="a login that is about to end",
        ),
        pytest.param({"next_look_at": None}, "Last look at the PBX 4 s ago", id="another process follows the PBX"),
        pytest.param({"looked_at": None}, "Next look in 6 s", id="none so far"),
        pytest.param({"looked_at": MORNING}, "Last look at the PBX just now, next look in 6 s", id="this moment"),
        pytest.param(
            {"looked_at": MORNING + timedelta(hours=1)},
            "Last look at the PBX just now, next look in 6 s",
            id="a clock that was set back",
        ),
        pytest.param(
            {"problem": "no answer", "looked_at": EARLIER},
            "The PBX last answered 34 min ago, next look in 6 s",
            id="no answer",
        ),
        pytest.param(
            {"token_until": EARLIER},
            "Last look at the PBX 4 s ago, next look in 6 s; login to be renewed",
            id="a login that has ended",
        ),
        pytest.param(
            {"looked_at": None, "next_look_at": None, "token_until": MORNING + timedelta(minutes=5)},
            "Login holds 5 min",
            id="a login alone",
        ),
    ],
)
def test_the_looks_at_the_pbx(told: dict[str, Any], expected: str) -> None:
    assert expected in lines(status(**{"token_until": None} | told))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({"total": 0}, "Recordings: 1,184 held", id="the PBX's number is not known yet"),
        pytest.param(
            {"deleted": 12}, "Recordings: 1,184 held, 1,184 on the PBX, 12 more that it has deleted", id="some are gone"
        ),
        pytest.param(
            {"history_done": False},
            "Recordings: 1,184 held, 1,184 on the PBX; read in back to"
            " <!date^1641980184^{date_short}|2022-01-12 09:36 UTC> so far",
            id="history is still being read in",
        ),
        pytest.param(
            {"history_done": False, "history_back_to": None, "stored": 0},
            "Recordings: 0 held, 1,184 on the PBX; older ones are still being read in",
            id="history has not begun",
        ),
        pytest.param(
            {"skipped": 1},
            "1 row of the PBX's newest page could not be read; the log says why.",
            id="a row that could not be read",
        ),
        pytest.param(
            {"renewed_at": MORNING},
            f"The PBX's numbers started again {TOKEN}. New calls are posted.",
            id="the ids started again",
        ),
        pytest.param(
            {"renewed_at": MORNING - timedelta(days=6, hours=23)},
            "The PBX's numbers started again <!date^1641378984^{date_short_pretty} {time}|2022-01-05 10:36 UTC>."
            " New calls are posted.",
            id="the ids started again nearly a week ago",
        ),
        pytest.param(
            {"given_up": 1},
            "1 message given up: Slack took them in no form; the log says why.",
            id="a message given up",
        ),
        pytest.param(
            {"given_up": 2},
            "2 messages given up: Slack took them in no form; the log says why.",
            id="messages given up",
        ),
    ],
)
def test_what_is_held(told: dict[str, Any], expected: str) -> None:
    assert expected in lines(status(**told))


def test_after_a_week_it_is_no_news_that_the_numbers_started_again() -> None:
    assert lines(status(renewed_at=MORNING - timedelta(days=7))) == lines(status())


def test_the_proof_is_one_line() -> None:
    proof = Reconciliation(
        at=datetime(2025, 11, 24, 3, tzinfo=UTC), listed=1_284, stored=1_282, late=2, deleted=0, skipped=1
    )
    token = "<!date^1763953200^{date_short_pretty} {time}|2025-11-24 03:00 UTC>"
    assert f"Proof {token}: 1,282 of 1,284 held, 2 found late, 1 row unreadable" in lines(status(reconciliation=proof))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({"last_sent_at": None}, ["<#C1>: nothing posted yet"], id="a new channel"),
        pytest.param(
            {"last_delay": timedelta(0)},
            ["<#C1>: all posted; last post 3 min ago, 0 s after its call"],
            id="a post that came at once",
        ),
        pytest.param(
            {"pending": 1, "last_sent_at": None, "problem": "x" * 130},
            ["<#C1>: 1 waiting", f"<#C1>: the last try failed. X{'x' * 118}…"],
            id="a long reason is cut",
        ),
        pytest.param(
            {"last_delay": None}, ["<#C1>: all posted; last post 3 min ago"], id="a call whose time is not known"
        ),
        pytest.param(
            {"pending": 1_200, "oldest_pending_at": EARLIER},
            ["<#C1>: 1,200 waiting, the oldest for 34 min; last post 3 min ago, 9 s after its call"],
            id="some wait",
        ),
        pytest.param(
            {"pending": 3, "oldest_pending_at": EARLIER, "last_sent_at": None, "problem": "Slack limits the post"},
            ["<#C1>: 3 waiting, the oldest for 34 min", "<#C1>: the last try failed. Slack limits the post."],
            id="some wait, and why",
        ),
        pytest.param(
            {"pending": 3, "last_sent_at": None, "paused_since": EARLIER, "problem": CLOSED},
            ["<#C1>: 3 waiting", f"<#C1> has taken no posts since {EARLIER_TOKEN}. {CLOSED}."],
            id="it is paused",
        ),
        pytest.param(
            {"problem": "a message was given up"},
            ["<#C1>: all posted; last post 3 min ago, 9 s after its call"],
            id="a problem of the past",
        ),
    ],
)
def test_a_channel(told: dict[str, Any], expected: list[str]) -> None:
    assert lines(status(channels=(channel(**told),)))[3:] == expected


@pytest.mark.parametrize(
    ("count", "last"),
    [
        pytest.param(20, "<#C19>: all posted; last post 3 min ago, 9 s after its call", id="all of twenty"),
        pytest.param(21, "… and 1 more channel.", id="one is left out"),
    ],
)
def test_twenty_channels_are_named(count: int, last: str) -> None:
    told = lines(status(channels=tuple(channel(channel=f"C{number}") for number in range(count))))[3:]
    assert told[-1] == last
    assert sum(line.startswith("<#C") for line in told) == 20


def test_a_paused_channel_comes_first_also_where_nothing_waits() -> None:
    channels = (channel(channel="CWAITING", pending=1), channel(channel="CPAUSED", paused_since=EARLIER))
    assert lines(status(channels=channels))[3].startswith("<#CPAUSED>")


def test_channels_in_trouble_come_first_and_the_last_ones_are_counted() -> None:
    well = tuple(channel(channel=f"C{number}") for number in range(20))
    paused = channel(channel="CPAUSED", pending=1, paused_since=EARLIER)
    waiting = channel(channel="CWAITING", pending=1)
    shown = [line.split(">")[0] for line in lines(status(channels=(*well, waiting, paused)))[3:]]
    assert shown[:4] == ["<#CPAUSED", "<#CPAUSED", "<#CWAITING", "<#C0"]
    assert shown[-1] == "… and 2 more channels."
