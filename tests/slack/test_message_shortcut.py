"""What a message of somebody else's says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.features.message_shortcut import MAX_TEXT, text_of

LINE = {
    "type": "rich_text_section",
    "elements": [
        {"type": "text", "text": "+44 20 "},
        {"type": "text", "text": "7946", "style": {"bold": True}},
        {"type": "user", "user_id": "U0ANA"},
        {"type": "text", "text": " 0000 & Co"},
        {"type": "link", "url": "tel:+442079460001", "text": "call"},
    ],
}
PLAIN = {"type": "plain_text", "text": "a <b> & c"}
MRKDWN = {"type": "mrkdwn", "text": "<tel:5566|x> &amp;"}


@pytest.mark.parametrize(
    ("message", "said"),
    [
        pytest.param({"text": "hello &amp; <tel:5566>"}, "hello &  tel 5566 ", id="its text, without escapes"),
        pytest.param(
            {"text": "t", "blocks": [{"type": "rich_text", "elements": [LINE]}]},
            "t\n+44 20 7946 0000 & Co tel +442079460001 ",
            id="a line, however it is styled",
        ),
        pytest.param(
            {"blocks": [{"type": "rich_text", "elements": [{"type": "rich_text_list", "elements": [LINE, LINE]}]}]},
            "\n" + "\n".join(["+44 20 7946 0000 & Co tel +442079460001 "] * 2),
            id="a list",
        ),
        pytest.param(
            {"blocks": [{"type": "section", "text": MRKDWN, "fields": [PLAIN]}]},
            "\n tel 5566  &\na <b> & c",
            id="a section and its fields",
        ),
        pytest.param(
            {"attachments": [{"title": "Lead", "fields": [{"title": "Phone", "value": "5566", "short": True}]}]},
            "\nLead\n5566\nPhone",
            id="an attachment",
        ),
        pytest.param(
            {"blocks": [{"type": "actions", "elements": [{"type": "button", "text": PLAIN, "value": "02079460000"}]}]},
            "\na <b> & c",
            id="a button, without its value",
        ),
        pytest.param(
            {
                "attachments": [
                    {
                        "text": "a",
                        "pretext": "b",
                        "title": "c",
                        "value": "d",
                        "fallback": "e",
                        "footer": "f",
                        "color": "g",
                        "blocks": [{"type": "section", "text": PLAIN}],
                    }
                ]
            },
            "\na\nb\nc\nd\ne\nf\na <b> & c",
            id="wherever an attachment says something",
        ),
        pytest.param(
            {"blocks": [{"type": "table", "rows": [[{"type": "rich_text", "elements": [LINE]}, PLAIN]]}]},
            "\n+44 20 7946 0000 & Co tel +442079460001 \na <b> & c",
            id="a table",
        ),
        pytest.param({"blocks": [{"type": "image", "title": PLAIN}]}, "\na <b> & c", id="a picture's title"),
        pytest.param(
            {
                "blocks": [
                    {
                        "type": "rich_text_section",
                        "elements": [{"type": "link", "url": "tel:1|2>"}, {"type": "link", "url": "", "text": "5566"}],
                    }
                ]
            },
            "\n tel 1|2> 5566",
            id="a link without words, and one without an address",
        ),
        pytest.param({}, "", id="nothing"),
        pytest.param({"text": None, "blocks": 7, "attachments": ["x"]}, "", id="nothing of that shape"),
    ],
)
def test_all_that_it_says(message: dict[str, Any], said: str) -> None:
    assert text_of(message) == said


JSON = st.recursive(
    st.none()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["rich_text_section", "mrkdwn", "rich_text_list"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "elements", "fields", "url", "title", "value"]), inner)
    ),
    max_leaves=20,
)


@given(JSON)
def test_a_message_of_any_shape_is_read(blocks: Any) -> None:
    text_of({"text": "x", "blocks": blocks, "attachments": [blocks, {"blocks": blocks}]})


def test_a_long_message_is_cut() -> None:
    assert len(text_of({"text": "x" * 40_000, "blocks": [{"type": "section", "text": PLAIN}]})) == MAX_TEXT
    assert len(text_of({"text": "x" * (MAX_TEXT - 9), "blocks": [{"type": "section", "text": PLAIN}]})) == MAX_TEXT
    assert text_of({"text": "x" * (MAX_TEXT - 1), "blocks": [PLAIN]}) == "x" * (MAX_TEXT - 1)


def test_a_number_a_few_pages_down_is_read() -> None:
    assert "5566" in text_of({"text": "x" * 11_000, "blocks": [{"type": "plain_text", "text": "5566"}]})


def test_blocks_inside_blocks_without_end_are_read_to_some_depth() -> None:
    block: dict[str, Any] = {"type": "section", "text": "5566"}
    for _ in range(5_000):
        block = {"type": "section", "elements": [block]}
    assert text_of({"text": "x", "blocks": [block]}) == "x"
