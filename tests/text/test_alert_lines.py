"""What the bot tells of itself: what has happened, what it means, what to do."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.alert import Alert, Happening
from bot.domain.delivery import Impact
from bot.domain.health import Part
from bot.slack.blocks.elements import line_text
from bot.slack.errors import RULES
from bot.text.alert_lines import alert, channel_name, reason_sentence
from bot.text.lines import Channel
from bot.text.remedies import SLACK_PROBLEMS
from tests.slack.makers import MORNING, TOKEN

LATER = MORNING + timedelta(hours=2, minutes=10)
THREADS = {"restricted_action_non_threadable_channel", "restricted_action_thread_locked"}
"""We never post in one."""


def told(happening: Happening, **facts: Any) -> list[str]:
    return [line_text(line) for line in alert(Alert(happening=happening, **facts))]


def closed(reason: str) -> list[str]:
    return told(Happening.CLOSED, channel="C1", reason=reason, since=MORNING)


def back(part: Part = Part.PBX, **facts: Any) -> list[str]:
    return told(Happening.BACK, part=part, since=MORNING, until=LATER, **facts)


@pytest.mark.parametrize(
    ("part", "reason", "expected"),
    [
        pytest.param(
            Part.PBX,
            "The PBX at 192.168.5.150 gives no answer to get_token (refused).",
            [
                f"The PBX is down, since {TOKEN}. The PBX at 192.168.5.150 gives no answer to get_token (refused).",
                "New calls are posted once it answers again. Until then look-ups show what is held.",
                "Check that it runs and can be reached. python -m bot doctor says more.",
            ],
            id="the PBX",
        ),
        pytest.param(
            Part.SLACK,
            "the socket has lost its connection",
            [
                f"Slack is down, since {TOKEN}. The socket has lost its connection.",
                "Commands may get no answer. Posts wait until Slack takes them; none is lost.",
                "Check Slack's own status page. python -m bot doctor says more.",
            ],
            id="Slack, in words that begin small and end without a stop",
        ),
        pytest.param(
            Part.DATABASE,
            "",
            [
                f"The database is down, since {TOKEN}.",
                "Nothing is posted and commands may fail until it works again. Then everything is caught up.",
                "Check its disk, and who else has it open. python -m bot doctor says more.",
            ],
            id="the database, without a reason",
        ),
        pytest.param(
            Part.BOT,
            "",
            [
                f"The bot is down, since {TOKEN}. It was not running.",
                "Nothing is posted until it runs again. Then everything is caught up.",
                "Start it: python -m bot run",
            ],
            id="the bot itself",
        ),
    ],
)
def test_a_part_is_down(part: Part, reason: str, expected: list[str]) -> None:
    assert told(Happening.DOWN, part=part, reason=reason, since=MORNING) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(
            back(came=12),
            ["The PBX is back after 2 h 10 min; 12 recordings came meanwhile, all posted."],
            id="all posted",
        ),
        pytest.param(
            back(came=1),
            ["The PBX is back after 2 h 10 min; 1 recording came meanwhile and is posted."],
            id="one, posted",
        ),
        pytest.param(
            back(came=1, waiting=1),
            ["The PBX is back after 2 h 10 min; 1 recording came meanwhile and follows now."],
            id="one that waits",
        ),
        pytest.param(
            back(Part.SLACK, came=12, waiting=12),
            ["Slack is back after 2 h 10 min; 12 recordings came meanwhile and follow now."],
            id="all wait",
        ),
        pytest.param(
            back(Part.SLACK, came=1_200, waiting=3),
            ["Slack is back after 2 h 10 min; 1,200 recordings came meanwhile, 1,197 posted and 3 to follow."],
            id="some wait",
        ),
        pytest.param(
            back(Part.DATABASE),
            ["The database is back after 2 h 10 min; no recording came meanwhile."],
            id="nothing came",
        ),
        pytest.param(
            back(Part.BOT, came=2),
            [
                "The bot is back after 2 h 10 min; 2 recordings came meanwhile, all posted.",
                "It was not running. If nobody stopped it, its log says why.",
            ],
            id="the bot itself",
        ),
        pytest.param(
            told(Happening.BACK, part=Part.PBX),
            ["The PBX is back; no recording came meanwhile."],
            id="nobody knows since when",
        ),
    ],
)
def test_a_part_is_back(lines: list[str], expected: list[str]) -> None:
    assert lines == expected


def test_of_trouble_that_nobody_knows_the_start_of_no_time_is_told() -> None:
    assert told(Happening.DOWN, part=Part.PBX, reason="no answer")[0] == "The PBX is down. No answer."
    assert told(Happening.BACK, part=Part.PBX, until=LATER)[0] == "The PBX is back; no recording came meanwhile."
    assert told(Happening.OPEN, channel="C1", since=MORNING) == ["I can post again in <#C1>."]
    assert told(Happening.RENEWED)[0].startswith("The PBX's numbers have started again. It was reset")


def test_more_may_wait_than_came_meanwhile() -> None:
    (line,) = back(came=2, waiting=5)
    assert line.endswith("; 2 recordings came meanwhile and follow now.")


def test_a_channel_is_closed() -> None:
    assert closed("not_in_channel") == [
        "I cannot post in <#C1>. I am not in it.",
        "Type /invite @Recordings there.",
        "Its recordings wait. I try again every 2 min, or when you press the button.",
    ]


def test_a_channel_is_closed_for_a_reason_that_we_do_not_know() -> None:
    assert closed("closed & <!here>")[:2] == [
        "I cannot post in <#C1>. Slack says: closed &amp; &lt;!here&gt;.",
        "Ask an owner of the workspace to let me post there, or name another channel in the settings.",
    ]
    assert closed("x" * 300)[0] == f"I cannot post in <#C1>. Slack says: {'x' * 199}…."


@pytest.mark.parametrize(
    "code", sorted(code for rule in RULES if rule.stops is Impact.CHANNEL for code in rule.codes - THREADS)
)
def test_why_a_channel_is_closed_is_said_in_words(code: str) -> None:
    assert code not in " ".join(closed(code))


def test_no_words_stand_for_an_error_that_closes_no_channel() -> None:
    described = {code for code, problem in SLACK_PROBLEMS.items() if problem.problem}
    assert described <= {code for rule in RULES if rule.stops is Impact.CHANNEL for code in rule.codes}


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        pytest.param(0, "I can post again in <#C1> after 2 h 10 min.", id="nothing waited"),
        pytest.param(
            1, "I can post again in <#C1> after 2 h 10 min; 1 recording that waited is posted now.", id="one waited"
        ),
        pytest.param(
            12,
            "I can post again in <#C1> after 2 h 10 min; 12 recordings that waited are posted now.",
            id="many waited",
        ),
    ],
)
def test_a_channel_is_open(came: int, expected: str) -> None:
    assert told(Happening.OPEN, channel="C1", since=MORNING, until=LATER, came=came) == [expected]


@pytest.mark.parametrize(
    ("ids", "what", "see"),
    [
        pytest.param((614,), "Recording 614", " To see it: /recordings show 614", id="one"),
        pytest.param((614, 612), "Recordings 614, 612", " To see them: /recordings id:612..614", id="two"),
        pytest.param(
            tuple(range(1, 11)),
            "Recordings 1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
            " To see them: /recordings id:1..10",
            id="as many as are named",
        ),
        pytest.param(
            tuple(range(1, 12)),
            "Recordings 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 …",
            " To see them: /recordings id:1..11",
            id="one more",
        ),
        pytest.param((), "The welcome", "", id="a message without any"),
    ],
)
def test_a_message_was_given_up(ids: tuple[int, ...], what: str, see: str) -> None:
    reason = "Slack refuses the post (msg_too_long)"
    assert told(Happening.REFUSED, channel="C1", reason=reason, recordings=ids) == [
        f"{what} not posted in <#C1>: Slack took the message in no form.",
        f"It is not tried again; what comes after it is posted as usual.{see}",
        "The fault is mine, please report it. Slack refuses the post (msg_too_long).",
    ]


def test_the_numbers_have_started_again() -> None:
    assert told(Happening.RENEWED, since=MORNING) == [
        f"The PBX's numbers have started again, noticed {TOKEN}. It was reset, or a backup was restored.",
        "New calls are posted as before, none twice, and what was still to be posted follows.",
        "A number from before may now stand for another recording, or for none.",
        "Nothing needs doing here. If nobody did that on purpose, have the PBX looked at.",
    ]


@pytest.mark.parametrize(
    ("channel", "shown"),
    [
        pytest.param("C012AB", Channel("C012AB"), id="a channel"),
        pytest.param("G012AB", Channel("G012AB"), id="a private one of old"),
        pytest.param("C012AB\n<!here>", "the direct message C012AB <!here>", id="hostile behind an id"),
        pytest.param("D012AB", "the direct message D012AB", id="direct messages, which have no name"),
        pytest.param("C<!here>", "the direct message C<!here>", id="hostile"),
    ],
)
def test_a_place(channel: str, shown: object) -> None:
    assert channel_name(channel) == shown


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        pytest.param("", "", id="none"),
        pytest.param("no answer", " No answer.", id="a few words"),
        pytest.param("The disk is full.", " The disk is full.", id="a sentence"),
        pytest.param("x" * 300, f" X{'x' * 198}…", id="a long one is cut"),
    ],
)
def test_a_reason_follows_as_a_sentence(reason: str, said: str) -> None:
    assert reason_sentence(reason) == said
