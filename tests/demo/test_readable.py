"""Messages as terminal text."""

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.demo.readable import readable

STAMP = 1_764_000_000  # 2025-11-24 16:00 UTC
ZURICH = ZoneInfo("Europe/Zurich")


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def words(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def part(kind: str, *elements: Any, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "elements": list(elements), **fields}


def rich(*parts: Any) -> dict[str, Any]:
    return part("rich_text", *parts)


def row(text: str) -> dict[str, Any]:
    return part("rich_text_section", words(text))


DATE = {"type": "date", "timestamp": STAMP, "format": "{date_short_pretty} {time}", "fallback": "then"}
OPTION = {"text": plain("Call 614"), "value": "614"}


@pytest.mark.parametrize(
    ("block", "text"),
    [
        pytest.param(
            part("actions", {"type": "button", "text": plain("Next")}, {"type": "button", "text": plain("Share")}),
            "[Next]  [Share]",
            id="buttons",
        ),
        pytest.param(
            part("actions", {"type": "static_select", "placeholder": plain("Open…"), "options": [OPTION]}),
            "[Open… ▾]",
            id="a select, closed",
        ),
        pytest.param(
            rich(part("rich_text_section", DATE, words("  "), words("Ana"))), "24 Nov 2025 17:00  Ana", id="a date here"
        ),
        pytest.param(
            rich(
                part(
                    "rich_text_section",
                    {"type": "user", "user_id": "U1"},
                    {"type": "channel", "channel_id": "C1"},
                )
            ),
            "@U1#C1",
            id="rich text's own names",
        ),
        pytest.param(
            rich(part("rich_text_list", row("a"), row("b"), style="ordered", offset=8)),
            " 9. a\n10. b",
            id="numbers go on from the page before",
        ),
        pytest.param(rich(part("rich_text_list", row("a"), style="bullet")), "• a", id="bullets"),
        pytest.param({"type": "data_visualization", "title": "Calls by hour"}, "[Calls by hour]", id="a chart"),
        pytest.param(rich(part("rich_text_preformatted", words("a\nb"))), "a\nb", id="code"),
        pytest.param({"type": "video"}, "[video]", id="what a terminal cannot show"),
    ],
)
def test_a_block(block: dict[str, Any], text: str) -> None:
    assert readable({"text": "never seen", "blocks": [block]}, zone=ZURICH) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("&lt;!channel&gt; &amp;amp;", "<!channel> &amp;", id="entities, once"),
        pytest.param("<@U1> <@U1|ana> <#C1|calls>", "@U1 @ana #calls", id="mentions"),
        pytest.param(f"<!date^{STAMP}^{{date_pretty}} {{time}}|then>", "24 November 2025 16:00", id="a date"),
        pytest.param(f"<!date^{STAMP}^{{time}}^https://a.b|then>", "16:00", id="a date with a link"),
        pytest.param("two  \nlines ", "two\nlines", id="no spaces at the ends"),
    ],
)
def test_text_alone(text: str, shown: str) -> None:
    assert readable({"text": text}, zone=UTC) == shown


def test_blocks_stand_under_each_other() -> None:
    assert readable({"text": "", "blocks": [rich(row("a")), rich(row("b"))]}, zone=UTC) == "a\nb"
