"""What the stand-in takes as Block Kit, and where it says what is wrong."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.slack.blocks import block_text, check_message, check_metadata, check_view, view_too_large

PLAIN = {"type": "plain_text", "text": "Words"}
OPTION = {"text": PLAIN, "value": "1"}
BUTTON = {"type": "button", "text": PLAIN, "action_id": "go", "value": "1"}
SELECT = {"type": "static_select", "action_id": "open", "placeholder": PLAIN, "options": [OPTION]}
INPUT = {"type": "input", "block_id": "name", "label": PLAIN, "element": {"type": "plain_text_input"}}
DATE = {"type": "date", "timestamp": 1764000000, "format": "{date} {time}", "fallback": "then"}
MODAL = {"type": "modal", "title": PLAIN, "blocks": [{"type": "divider"}]}


def rich(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(nodes)}]}


def words(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, **style}


def section(**fields: Any) -> dict[str, Any]:
    return {"type": "section", **fields}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def listed(**fields: Any) -> dict[str, Any]:
    items = [{"type": "rich_text_section", "elements": [words("x")]}]
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_list", "style": "ordered", "elements": items} | fields],
    }


def chart(**fields: Any) -> dict[str, Any]:
    pie = {"type": "pie", "segments": [{"label": "In", "value": 4}]}
    return {"type": "data_visualization", "title": "Calls", "chart": pie} | fields


def pie(*segments: tuple[str, Any]) -> dict[str, Any]:
    return chart(chart={"type": "pie", "segments": [{"label": label, "value": value} for label, value in segments]})


def bars(
    count: int, *, names: Sequence[str] = "A", categories: list[str] | None = None, **fields: Any
) -> dict[str, Any]:
    data = [{"label": str(number), "value": number} for number in range(count)]
    axes = {"categories": [str(number) for number in range(count)] if categories is None else categories}
    series = [{"name": name, "data": data} for name in names]
    return chart(chart={"type": "bar", "series": series, "axis_config": axes}, **fields)


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(section(text={"type": "mrkdwn", "text": "*x*", "verbatim": True}), id="a section"),
        pytest.param({"type": "context", "elements": [PLAIN]}, id="a context"),
        pytest.param(actions(BUTTON, SELECT), id="a button and a select"),
        pytest.param(rich(words("x", style={"bold": True}), DATE), id="rich text with a date"),
        pytest.param(listed(offset=10, indent=1, border=0), id="a numbered list from eleven"),
        pytest.param(
            rich({"type": "user", "user_id": "U1"}, {"type": "channel", "channel_id": "C1"}), id="a user and a channel"
        ),
        pytest.param(
            {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [words("x")]}]}, id="code"
        ),
        pytest.param(chart(), id="a pie"),
        pytest.param(bars(20), id="twenty bars"),
        pytest.param(bars(1, title="x" * 50), id="one bar"),
        pytest.param(actions(SELECT | {"initial_option": OPTION}), id="a select with a first choice"),
    ],
)
def test_slack_takes(block: dict[str, Any]) -> None:
    assert check_message([block]) == ()


@pytest.mark.parametrize(
    ("block", "pointer", "sentence"),
    [
        pytest.param("x", "/blocks/0", "must provide an object", id="a block that is a string"),
        pytest.param({}, "/blocks/0", "missing required field: type", id="a block without a type"),
        pytest.param({"type": "poem"}, "/blocks/0/type", "unsupported type: poem", id="an unknown block"),
        pytest.param({"type": "alert", "text": PLAIN}, "/blocks/0/type", "unsupported type: alert", id="an alert"),
        pytest.param(section(), "/blocks/0", "missing required field: text", id="a section that says nothing"),
        pytest.param(section(text=PLAIN, colour=1), "/blocks/0", "invalid additional property", id="an unknown key"),
        pytest.param(section(text=PLAIN | {"text": ""}), "/blocks/0/text/text", "more than 0", id="empty text"),
        pytest.param(
            section(text=PLAIN | {"text": "x" * 3001}), "/blocks/0/text/text", "less than 3001", id="a long section"
        ),
        pytest.param(
            section(text=PLAIN | {"verbatim": True}), "/blocks/0/text", "invalid additional", id="verbatim plain text"
        ),
        pytest.param(actions(), "/blocks/0/elements", "no fewer than 1", id="no actions"),
        pytest.param(
            actions(*(BUTTON | {"action_id": str(n)} for n in range(26))),
            "/blocks/0/elements",
            "no more than 25",
            id="26 actions",
        ),
        pytest.param(actions(BUTTON, BUTTON), "/blocks/0", "action_id values must be unique", id="one action_id twice"),
        pytest.param(
            actions(BUTTON | {"text": PLAIN | {"text": "x" * 76}}),
            "/blocks/0/elements/0/text/text",
            "less than 76",
            id="a long button",
        ),
        pytest.param(
            actions(BUTTON | {"value": "x" * 2001}),
            "/blocks/0/elements/0/value",
            "less than 2001",
            id="a long button value",
        ),
        pytest.param(
            actions(BUTTON | {"style": "default"}), "/blocks/0/elements/0/style", "enum", id="a button style of our own"
        ),
        pytest.param(
            actions(SELECT | {"options": []}), "/blocks/0/elements/0/options", "no fewer than 1", id="no options"
        ),
        pytest.param(
            actions(SELECT | {"options": [OPTION | {"value": str(n)} for n in range(101)]}),
            "/blocks/0/elements/0/options",
            "no more than 100",
            id="101 options",
        ),
        pytest.param(
            actions(SELECT | {"options": [OPTION | {"value": "x" * 151}]}),
            "/blocks/0/elements/0/options/0/value",
            "less than 151",
            id="a long option value",
        ),
        pytest.param(
            actions(SELECT | {"options": [OPTION, OPTION]}),
            "/blocks/0/elements/0/options",
            "unique values",
            id="one option twice",
        ),
        pytest.param(
            actions(SELECT | {"initial_option": OPTION | {"value": "2"}}),
            "/blocks/0/elements/0",
            "initial_option must match",
            id="a first choice that is not offered",
        ),
        pytest.param(
            rich(words("x", style={"bold": 1})),
            "/blocks/0/elements/0/elements/0/style/bold",
            "must provide a boolean",
            id="bold as a number",
        ),
        pytest.param(
            rich(words("x", style={"loud": True})),
            "/blocks/0/elements/0/elements/0/style",
            "invalid additional property: loud",
            id="a style of our own",
        ),
        pytest.param(
            rich(words("")), "/blocks/0/elements/0/elements/0/text", "more than 0 characters", id="an empty text node"
        ),
        pytest.param(
            rich(DATE | {"timestamp": "1764000000"}),
            "/blocks/0/elements/0/elements/0/timestamp",
            "must provide an integer",
            id="a date in a string",
        ),
        pytest.param(
            rich({"type": "mrkdwn", "text": "x"}),
            "/blocks/0/elements/0/elements/0/type",
            "unsupported type: mrkdwn",
            id="mrkdwn in rich text",
        ),
        pytest.param(listed(offset=-1), "/blocks/0/elements/0/offset", "must be between", id="a list from zero"),
        pytest.param(chart(title="x" * 51), "/blocks/0/title", "less than 51", id="a long chart title"),
        pytest.param(pie(("In", 0)), "/blocks/0/chart/segments/0/value", "more than 0", id="a segment of nothing"),
        pytest.param(
            pie(*((str(n), 1) for n in range(7))), "/blocks/0/chart/segments", "no more than 6", id="seven segments"
        ),
        pytest.param(
            pie(("x" * 21, 1)), "/blocks/0/chart/segments/0/label", "less than 21", id="a segment of a long name"
        ),
        pytest.param(pie(("In", "4")), "/blocks/0/chart/segments/0/value", "a number", id="a figure in a string"),
        pytest.param(bars(21), "/blocks/0/chart/series/0/data", "no more than 20", id="21 bars"),
        pytest.param(bars(0), "/blocks/0/chart/series/0/data", "no fewer than 1", id="no bars"),
        pytest.param(bars(1, names=("A", "A")), "/blocks/0/chart/series", "unique names", id="two series of one name"),
        pytest.param(bars(1, names="ABCDEFG"), "/blocks/0/chart/series", "no more than 6", id="seven series"),
        pytest.param(
            bars(2, categories=["0"]), "/blocks/0/chart/series/0/data", "each category", id="a bar without a category"
        ),
        pytest.param(
            chart(chart={"type": "line"}), "/blocks/0/chart/type", "unsupported type: line", id="a line chart"
        ),
    ],
)
def test_slack_refuses(block: Any, pointer: str, sentence: str) -> None:
    (complaint, *_) = check_message([block])
    assert complaint.pointer == pointer
    assert sentence in complaint.sentence


@pytest.mark.parametrize(
    ("blocks", "pointer", "sentence"),
    [
        pytest.param({}, "/blocks", "must provide an array", id="an object for blocks"),
        pytest.param([{"type": "divider"}] * 51, "/blocks", "no more than 50", id="51 blocks"),
        pytest.param(
            [{"type": "divider", "block_id": "a"}] * 2, "/blocks/0/block_id", "must be unique", id="one block_id twice"
        ),
        pytest.param([chart()] * 3, "/blocks", "no more than 2 data_visualization", id="three charts"),
    ],
)
def test_slack_refuses_together(blocks: Any, pointer: str, sentence: str) -> None:
    (complaint, *_) = check_message(blocks)
    assert complaint.pointer == pointer
    assert sentence in complaint.sentence


@pytest.mark.parametrize(
    ("view", "pointer", "sentence"),
    [
        pytest.param([], "/view", "must provide an object", id="a list"),
        pytest.param({"type": "page"}, "/view/type", "unsupported type: page", id="neither modal nor home"),
        pytest.param({"type": "modal", "blocks": []}, "/view", "missing required field: title", id="without a title"),
        pytest.param(
            MODAL | {"title": PLAIN | {"text": "x" * 25}}, "/view/title/text", "less than 25", id="a long title"
        ),
        pytest.param(MODAL | {"blocks": [INPUT]}, "/view", "missing required field: submit", id="input, no submit"),
        pytest.param(
            {"type": "home", "blocks": [INPUT], "submit": PLAIN}, "/view", "additional property: submit", id="home"
        ),
        pytest.param(
            MODAL | {"blocks": [{"type": "markdown", "text": "x"}]}, "/view/blocks/0/type", "markdown", id="markdown"
        ),
        pytest.param(
            MODAL | {"private_metadata": "x" * 3001}, "/view/private_metadata", "less than 3001", id="long metadata"
        ),
    ],
)
def test_slack_refuses_a_view(view: Any, pointer: str, sentence: str) -> None:
    (complaint, *_) = check_view(view)
    assert complaint.pointer == pointer
    assert sentence in complaint.sentence


@pytest.mark.parametrize(
    "view",
    [
        pytest.param(MODAL | {"submit": PLAIN, "blocks": [INPUT], "callback_id": "find"}, id="a form"),
        pytest.param({"type": "home", "blocks": [rich(words("x"))]}, id="a home"),
    ],
)
def test_slack_takes_a_view(view: dict[str, Any]) -> None:
    assert check_view(view) == ()


def test_a_view_is_limited_in_bytes() -> None:
    assert not view_too_large({"x": "é" * 124_000})
    assert view_too_large({"x": "é" * 125_000})


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        pytest.param({"event_type": "x", "event_payload": {"ids": [1]}}, None, id="as it should be"),
        pytest.param({"event_type": "x"}, "invalid_metadata_format", id="without a payload"),
        pytest.param({"event_type": 1, "event_payload": {}}, "invalid_metadata_format", id="a type that is no string"),
        pytest.param({"event_type": "x", "event_payload": []}, "invalid_metadata_format", id="a list for a payload"),
        pytest.param("x", "invalid_metadata_format", id="a string"),
        pytest.param({"event_type": "x", "event_payload": {"a": "b" * 8000}}, "metadata_too_large", id="too much"),
    ],
)
def test_metadata(metadata: Any, error: str | None) -> None:
    assert check_metadata(metadata) == error


def test_text_is_counted_over_all_blocks() -> None:
    assert block_text([section(text=PLAIN), actions(BUTTON), rich(words("four"))]) == len("WordsWordsfour")


def test_a_complaint_reads_as_slacks_own() -> None:
    (complaint,) = check_message([section(text=PLAIN | {"text": ""})])
    assert str(complaint) == "[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]"


KEYS = st.sampled_from(["type", "text", "elements", "options", "style", "rows", "chart", "accessory", "element"])
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from(["section", "actions", "rich_text", "static_select", ""])
)
JSON = st.recursive(
    VALUES, lambda part: st.lists(part, max_size=3) | st.dictionaries(KEYS, part, max_size=4), max_leaves=12
)


@given(JSON)
def test_whatever_comes_it_complains_and_never_fails(value: Any) -> None:
    assert isinstance(check_message(value), tuple)
    assert isinstance(check_view({"type": "modal", "title": value, "blocks": [value]}), tuple)
