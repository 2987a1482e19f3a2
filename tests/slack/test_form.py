"""The search form: what Slack takes, the line that it stands for, and what is wrong with a field."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.slack.blocks import check_view, view_too_large
from bot.domain.query import Query, Term
from bot.language.context import LineContext
from bot.language.grammar import Latest, read_command
from bot.slack.answering import FieldError
from bot.slack.features import search_form as form
from tests.slack.limits import nodes

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HERE = {form.WHERE: {form.FILL: {"type": "conversations_select", "selected_conversation": "C0GENERAL"}}}
TEXTS = (form.WORDS, form.WITH, form.FROM, form.TO, form.LONGER)


def values(**told: str | None) -> dict[str, Any]:
    """What Slack sends of a form that is filled in so; a conversation is chosen, as it is when the form opens."""
    return HERE | {field: {form.FILL: state(field, value)} for field, value in told.items()}


def state(field: str, value: str | None) -> dict[str, Any]:
    if field in TEXTS:
        return {"type": "plain_text_input", "value": value}
    if field == form.DAY:
        return {"type": "datepicker", "selected_date": value}
    option = {"text": {"type": "plain_text", "text": "x", "emoji": False}, "value": value}
    return {"type": "static_select", "selected_option": option}


def filled(**told: str | None) -> form.Filled:
    return form.read(values(**told))


def query(what: form.Filled) -> Query:
    command = read_command(what.line, LineContext(now=NOW))
    assert isinstance(command, Latest)
    return command.query


def inputs() -> dict[str, dict[str, Any]]:
    """What can be filled in, by block_id."""
    return {block["block_id"]: block for block in form.view()["blocks"] if block["type"] == "input"}


def line_shown(view: dict[str, Any]) -> str:
    return str(view["blocks"][-1]["elements"][0]["text"])


@pytest.mark.parametrize(
    ("told", "line"),
    [
        pytest.param({}, "latest", id="nothing: the latest ten"),
        pytest.param({"words": None, "type": "any", "when": "any", "sort": "any"}, "latest", id="nothing chosen"),
        pytest.param({"words": " harris  5566 "}, "search harris 5566", id="words"),
        pytest.param({"words": '"dave harris'}, 'search "dave harris"', id="a quote that is not closed"),
        pytest.param({"words": "harris:", "type": "inbound"}, "search harris type:inbound", id="a colon at the end"),
        pytest.param({"words": "harris ： "}, "search harris", id="a wide colon and a blank at the end"),
        pytest.param({"from": '" "'}, "latest", id="nothing but quotes"),
        pytest.param({"with": "Dave Harris"}, 'latest with:"Dave Harris"', id="a name of two words"),
        pytest.param({"with": "“Dave Harris”"}, 'latest with:"Dave Harris"', id="in quotes already"),
        pytest.param({"from": "5566", "to": "55xx"}, "latest from:5566 to:55xx", id="both ends"),
        pytest.param({"with": "+44 20 7946 0000"}, 'latest with:"+44 20 7946 0000"', id="a number with blanks"),
        pytest.param({"with": "AT&T"}, 'latest with:"AT&T"', id="what Slack escapes"),
        pytest.param({"when": "on:yesterday", "longer": "2m"}, "latest on:yesterday longer:2m", id="when, how long"),
        pytest.param({"day": "2026-11-23"}, "latest on:2026-11-23", id="a day"),
        pytest.param({"sort": "sort:duration order:asc"}, "latest sort:duration order:asc", id="an order"),
        pytest.param({"type": "sideways", "sort": "sort:colour"}, "latest", id="options of another version"),
    ],
)
def test_the_line_that_it_stands_for(told: dict[str, str | None], line: str) -> None:
    what = filled(**told)
    assert what.line == line
    assert line_shown(form.view(what)) == f"The same as a line: /recordings {line}"
    form.check(what)


@pytest.mark.parametrize(
    ("field", "option", "line"),
    [
        pytest.param(form.TYPE, "Any", "latest", id="any direction"),
        pytest.param(form.TYPE, "Inbound", "latest type:inbound", id="a direction"),
        pytest.param(form.WHEN, "Any time", "latest", id="any time"),
        pytest.param(form.WHEN, "Today", "latest on:today", id="today"),
        pytest.param(form.WHEN, "Yesterday", "latest on:yesterday", id="yesterday"),
        pytest.param(form.WHEN, "The last 7 days", "latest after:7d", id="a week"),
        pytest.param(form.WHEN, "The last 30 days", "latest after:30d", id="a month"),
        pytest.param(form.SORT, "Newest first", "latest", id="the usual order"),
        pytest.param(form.SORT, "Oldest first", "latest order:asc", id="oldest first"),
        pytest.param(form.SORT, "Longest first", "latest sort:duration", id="longest first"),
        pytest.param(form.SORT, "Shortest first", "latest sort:duration order:asc", id="shortest first"),
        pytest.param(form.SORT, "Largest first", "latest sort:size", id="largest first"),
    ],
)
def test_an_option_does_what_it_says(field: str, option: str, line: str) -> None:
    element = inputs()[field]["element"]
    (value,) = [told["value"] for told in element["options"] if told["text"]["text"] == option]
    assert filled(**{field: value}).line == line
    assert element["initial_option"] == element["options"][0], "which is no choice"


def test_the_answer_goes_where_the_person_is_unless_they_choose_otherwise() -> None:
    """Slack gives a response_url for that conversation alone."""
    element = inputs()[form.WHERE]["element"]
    assert (element["default_to_current_conversation"], element["response_url_enabled"]) == (True, True)


def test_a_field_takes_as_much_as_the_line_can_hold() -> None:
    most = {field: block["element"]["max_length"] for field, block in inputs().items() if field in TEXTS}
    assert most == {"words": 200, "with": 80, "from": 80, "to": 80, "longer": 80}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param('Acme "Spare" Parts', id="quotes inside"),
        pytest.param("<!channel> & <https://x|Bank>", id="what Slack would parse"),
        pytest.param("&#34; &amp;", id="what is escaped already"),
        pytest.param("-5566", id="a minus in front"),
        pytest.param("from:to:with", id="colons"),
        pytest.param("#5566", id="a sign in front"),
    ],
)
def test_a_name_is_looked_for_as_it_is_typed(name: str) -> None:
    assert query(filled(**{"with": name})) == Query(parties=(Term(name),))


def test_every_choice_can_be_read() -> None:
    for field, choices in ((form.TYPE, form.DIRECTIONS), (form.WHEN, form.TIMES), (form.SORT, form.SORTS)):
        lines = {filled(**{field: value}).line for value in choices}
        assert len(lines) == len(choices)
        for line in lines:
            read_command(line)


def test_all_of_it_at_once() -> None:
    found = query(
        filled(words="harris", type="inbound", when="after:7d", longer="90", sort="order:asc", **{"from": "5566"})
    )
    assert (found.words, found.callers) == ((Term("harris"),), (Term("5566"),))
    assert found.spans[0].start == NOW - timedelta(days=7)
    assert (found.longer, found.order) == (timedelta(seconds=90), "asc")


@pytest.mark.parametrize(
    ("told", "field", "message"),
    [
        pytest.param({"longer": "long"}, "longer", "I cannot read “long” as a length", id="a length"),
        pytest.param({"words": "sort:tme"}, "words", "“sort:” takes", id="a filter among the words"),
        pytest.param({"words": "harris", "longer": "x", "with": "a b"}, "longer", "as a length", id="behind others"),
        pytest.param({"words": "harris longer:2m", "longer": "3m"}, "longer", "one too many", id="twice"),
        pytest.param({"when": "on:today", "day": "2026-11-23"}, "day", "either a time above or a day", id="two times"),
        pytest.param({"words": '""'}, "words", "nothing to look for", id="nothing between quotes"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(told: dict[str, str | None], field: str, message: str) -> None:
    with pytest.raises(FieldError, match=message) as caught:
        form.check(filled(**told))
    assert caught.value.field == field


def test_every_place_of_the_line_belongs_to_its_field() -> None:
    what = filled(words="harris", to="55", type="inbound", longer="2m", sort="order:asc")
    fields = {"harris": "words", "to:55": "to", "type:inbound": "type", "longer:2m": "longer", "order:asc": "sort"}
    for piece, field in fields.items():
        start = what.line.index(piece)
        assert {what.field_at(place) for place in range(start, start + len(piece))} == {field}
        assert what.field_at(start - 1) == field, "the blank before it, where something is missing"
    assert what.field_at(len(what.line)) == form.WORDS, "behind all of them"


def test_without_a_conversation_it_says_what_to_do() -> None:
    with pytest.raises(FieldError, match="Choose a conversation") as caught:
        form.check(form.read({}))
    assert caught.value.field == form.WHERE


@given(st.dictionaries(st.sampled_from(TEXTS), st.text(max_size=3000)))
def test_slack_takes_the_form_whatever_it_holds(told: dict[str, str]) -> None:
    what = filled(**told)
    view = form.view(what)
    assert check_view(view) == ()
    assert not view_too_large(view)
    try:
        form.check(what)
    except FieldError as error:
        inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
        assert error.field in inputs
        assert 0 < len(str(error)) <= 300


def test_everything_to_fill_in_has_a_label_and_tells_of_a_change() -> None:
    inputs = [block for block in form.view()["blocks"] if block["type"] == "input"]
    assert all(block["label"]["text"] for block in inputs)
    assert [block["block_id"] for block in inputs if not block.get("dispatch_action")] == [form.WHERE]
    assert [block["block_id"] for block in inputs if not block.get("optional")] == [form.WHERE]


def test_the_first_field_has_the_focus_until_something_is_filled_in() -> None:
    told = (form.EMPTY, filled(**{"with": "5566"}))
    assert [form.view(what)["blocks"][0]["element"]["focus_on_load"] for what in told] == [True, False]


def test_no_text_of_it_is_parsed() -> None:
    assert not [node for node in nodes(form.view(filled(words="<!channel> *x*"))) if node["type"] == "mrkdwn"]
