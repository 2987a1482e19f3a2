"""Lines as blocks, and the same lines as text."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bot.slack.blocks.elements import actions, bulleted, button, line_text, ordered, section, select
from bot.text.lines import Channel, Line, Moment, Person, Words

MORNING = datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC)
TOKEN = "<!date^1641980184^{date_short_pretty} {time}|2022-01-12 09:36 UTC>"


def text(words: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": words, **({"style": style} if style else {})}


@pytest.mark.parametrize(
    ("line", "elements", "aloud"),
    [
        pytest.param(("A & B",), [text("A & B")], "A &amp; B", id="words are literal in blocks, escaped in text"),
        pytest.param(("> A",), [text("> A")], "\u2060&gt; A", id="a line never reads as a quotation"),
        pytest.param((Words("Evelyn", "bold"),), [text("Evelyn", bold=True)], "Evelyn", id="bold is for the eye only"),
        pytest.param((Words("→", aloud="to"),), [text("→")], "to", id="a sign is said in words"),
        pytest.param((Words("→", aloud=""),), [text("→")], "", id="a sign that is not said"),
        pytest.param((Words("", "bold"),), [], "", id="nothing, in bold"),
        pytest.param((Words("", aloud="From"),), [], "From", id="no element is ever empty"),
        pytest.param(
            (Moment(MORNING),),
            [
                {
                    "type": "date",
                    "timestamp": 1641980184,
                    "format": "{date_short_pretty} {time}",
                    "fallback": "2022-01-12 09:36 UTC",
                }
            ],
            TOKEN,
            id="a time is each reader's own, with UTC to fall back on",
        ),
        pytest.param(
            (Moment(datetime(1969, 12, 31, 23, 59, tzinfo=UTC)),),
            [text("1969-12-31 23:59 UTC")],
            "1969-12-31 23:59 UTC",
            id="Slack knows no time before 1970",
        ),
        pytest.param(
            (Moment(datetime(1970, 1, 1, tzinfo=UTC)),),
            [
                {
                    "type": "date",
                    "timestamp": 0,
                    "format": "{date_short_pretty} {time}",
                    "fallback": "1970-01-01 00:00 UTC",
                }
            ],
            "<!date^0^{date_short_pretty} {time}|1970-01-01 00:00 UTC>",
            id="the first time that Slack knows",
        ),
        pytest.param(
            (Moment(MORNING + timedelta(seconds=0.9), "{time}"),),
            [{"type": "date", "timestamp": 1641980184, "format": "{time}", "fallback": "2022-01-12 09:36 UTC"}],
            "<!date^1641980184^{time}|2022-01-12 09:36 UTC>",
            id="a second that has begun",
        ),
        pytest.param((Words("→ & <!here>", aloud="<!here>"),), [text("→ & <!here>")], "&lt;!here&gt;", id="hostile"),
        pytest.param((Person("U1>&"),), [{"type": "user", "user_id": "U1>&"}], "<@U1&gt;&amp;>", id="an odd id"),
        pytest.param(
            (Channel("C1>&"),), [{"type": "channel", "channel_id": "C1>&"}], "<#C1&gt;&amp;>", id="an odd channel"
        ),
        pytest.param((Person("U1"),), [{"type": "user", "user_id": "U1"}], "<@U1>", id="a person"),
        pytest.param((Channel("C1"),), [{"type": "channel", "channel_id": "C1"}], "<#C1>", id="a channel"),
    ],
)
def test_a_line_shown_and_said(line: Line, elements: list[dict[str, Any]], aloud: str) -> None:
    assert section([line])["elements"] == elements
    assert line_text(line) == aloud


def test_the_fallback_is_utc_whatever_zone_the_time_is_in() -> None:
    tokyo = MORNING.astimezone(timezone(timedelta(hours=9)))
    assert Moment(tokyo).utc == "2022-01-12 09:36 UTC"


def test_lines_stand_one_under_the_other() -> None:
    assert section([("one",), ("two",)])["elements"] == [text("one"), text("\n"), text("two")]


def test_a_list_is_numbered_from_the_first_position() -> None:
    assert ordered([("a",)], first=11) == {
        "type": "rich_text_list",
        "style": "ordered",
        "offset": 10,
        "elements": [{"type": "rich_text_section", "elements": [text("a")]}],
    }
    assert bulleted([("a",)])["style"] == "bullet"


def test_a_button_says_where_it_leads_and_parses_nothing() -> None:
    assert actions(button("Next", "next.v1", value="7", spoken_label="x" * 80)) == {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "next.v1",
                "text": {"type": "plain_text", "text": "Next", "emoji": False},
                "accessibility_label": "x" * 74 + "…",
                "value": "7",
            }
        ],
    }


def test_a_button_without_a_value_carries_none() -> None:
    assert "value" not in button("Close", "close.v1", spoken_label="Close")


def test_a_menu_parses_nothing() -> None:
    menu = select("Open…", "open.v1", [(":smile: <!here>", "7")])
    assert menu["options"] == [
        {"text": {"type": "plain_text", "text": ":smile: <!here>", "emoji": False}, "value": "7"}
    ]
    assert menu["placeholder"]["text"] == "Open…"
