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


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


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
        pytest.param({"type": "section", "text": mrkdwn("*Hello*")}, "*Hello*", id="a section"),
        pytest.param({"type": "section", "fields": [plain("a"), plain("b")]}, "a\nb", id="fields, a line each"),
        pytest.param({"type": "header", "text": plain("Calls")}, "Calls\n=====", id="a header is underlined"),
        pytest.param(part("context", plain("57 calls"), mrkdwn("as of now")), "57 calls  as of now", id="a context"),
        pytest.param({"type": "divider"}, "─" * 40, id="a divider"),
        pytest.param({"type": "image", "image_url": "x", "alt_text": "a chart"}, "[image: a chart]", id="an image"),
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
            part("actions", {"type": "overflow", "options": [OPTION, OPTION]}), "[… Call 614 / Call 614]", id="a menu"
        ),
        pytest.param({"type": "section", "text": plain("<@U1> &amp;")}, "<@U1> &amp;", id="plain text is left alone"),
        pytest.param(
            rich(part("rich_text_section", DATE, words("  "), words("Ana"))), "24 Nov 2025 17:00  Ana", id="a date here"
        ),
        pytest.param(
            rich(
                part(
                    "rich_text_section",
                    {"type": "user", "user_id": "U1"},
                    {"type": "channel", "channel_id": "C1"},
                    {"type": "broadcast", "range": "here"},
                    {"type": "emoji", "name": "phone"},
                    {"type": "link", "url": "https://a.b", "text": "play"},
                )
            ),
            "@U1#C1@here:phone:play (https://a.b)",
            id="rich text's own names",
        ),
        pytest.param(
            rich(part("rich_text_list", row("a"), row("b"), style="ordered", offset=8)),
            " 9. a\n10. b",
            id="numbers go on from the page before",
        ),
        pytest.param(rich(part("rich_text_list", row("a"), style="bullet", indent=1)), "   ◦ a", id="bullets by depth"),
        pytest.param(rich(part("rich_text_quote", words("a\nb"))), "> a\n> b", id="a quote"),
        pytest.param(
            {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}, {"type": "raw_number", "value": 3}]]},
            "a | 3",
            id="a table",
        ),
        pytest.param({"type": "markdown", "text": "**x**"}, "**x**", id="markdown as it is"),
        pytest.param({"type": "video"}, "[video]", id="what a terminal cannot show"),
    ],
)
def test_a_block(block: dict[str, Any], text: str) -> None:
    assert readable({"text": "never seen", "blocks": [block]}, zone=ZURICH) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("&lt;!channel&gt; &amp;amp;", "<!channel> &amp;", id="entities, once"),
        pytest.param("<@U1> <@U1|ana> <#C1|calls> <!here>", "@U1 @ana #calls @here", id="mentions"),
        pytest.param(
            "<https://a.b|play> <https://a.b>", "play (https://a.b) https://a.b", id="links show their target"
        ),
        pytest.param(f"<!date^{STAMP}^{{date_num}} {{time}}|then>", "2025-11-24 16:00", id="a date"),
        pytest.param(f"<!date^{STAMP}^{{time}}^https://a.b|then>", "16:00", id="a date with a link"),
        pytest.param("two  \nlines ", "two\nlines", id="no spaces at the ends"),
    ],
)
def test_text_alone(text: str, shown: str) -> None:
    assert readable({"text": text}, zone=UTC) == shown


def test_blocks_stand_under_each_other() -> None:
    blocks = [{"type": "header", "text": plain("A")}, rich(row("b"))]
    assert readable({"text": "", "blocks": blocks}, zone=UTC) == "A\n=\nb"
