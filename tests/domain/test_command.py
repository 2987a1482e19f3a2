import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.command import AskHelp, AskStatus, Command, Latest, Show, read_command
from bot.domain.query import MOST_ROWS, Order, Query, Sort
from bot.errors import QueryError

QUERIES = st.builds(
    Query,
    count=st.integers(1, MOST_ROWS),
    sort=st.sampled_from(Sort),
    order=st.sampled_from(Order),
    page=st.integers(1, 10_000),
    ids=st.none() | st.lists(st.integers(0, 10**18 - 1), min_size=2, max_size=2).map(sorted).map(tuple),
)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        pytest.param("", Latest(Query()), id="nothing is the latest ten"),
        pytest.param("  \u00a0 ", Latest(Query()), id="so is white space of any kind"),
        pytest.param("latest 10 sort:time", Latest(Query(count=10, sort=Sort.TIME)), id="the main job"),
        pytest.param("latest", Latest(Query()), id="latest alone"),
        pytest.param("25", Latest(Query(count=25)), id="a number alone"),
        pytest.param("sort:id", Latest(Query(sort=Sort.ID)), id="an option alone"),
        pytest.param("LATEST 5 Sort:ID", Latest(Query(count=5, sort=Sort.ID)), id="a phone's capitals"),
        pytest.param("latest sort:id 5 page:2", Latest(Query(count=5, sort=Sort.ID, page=2)), id="any order"),
        pytest.param("latest 5 sort: id", Latest(Query(count=5, sort=Sort.ID)), id="a phone's space after the colon"),
        pytest.param("latest 5 sort:“id”", Latest(Query(count=5, sort=Sort.ID)), id="curly quotes"),
        pytest.param('latest "5" order:"asc', Latest(Query(count=5, order=Order.ASC)), id="an unclosed quote"),
        pytest.param("latest 100 order:asc", Latest(Query(count=100, order=Order.ASC)), id="the most rows"),
        pytest.param("latest id:600..614", Latest(Query(ids=(600, 614))), id="certain numbers"),
        pytest.param("id:600..614", Latest(Query(ids=(600, 614))), id="certain numbers alone"),
        pytest.param("id:614..600", Latest(Query(ids=(600, 614))), id="certain numbers, the higher one first"),
        pytest.param("id:614", Latest(Query(ids=(614, 614))), id="one number in a list"),
        pytest.param("25 id: 600..614 page:2", Latest(Query(count=25, ids=(600, 614), page=2)), id="a page of them"),
        pytest.param("show 614", Show(614), id="show"),
        pytest.param("show #614", Show(614), id="show with a hash"),
        pytest.param("show <tel:614|614>", Show(614), id="a number that Slack made a link"),
        pytest.param("status", AskStatus(), id="status"),
        pytest.param("Help", AskHelp(), id="help"),
    ],
)
def test_a_line_is_read(line: str, command: Command) -> None:
    assert read_command(line) == command


@pytest.mark.parametrize(
    ("line", "word", "nearest"),
    [
        pytest.param("latest 10 sort:tme", "sort:tme", "latest 10 sort:time", id="a slip in a value"),
        pytest.param("latest 10 srt:time", "srt:time", "latest 10 sort:time", id="a slip in a key"),
        pytest.param("latst 10", "latst", "latest 10", id="a slip in the verb"),
        pytest.param("latest 10 time", "time", "latest 10 sort:time", id="a key forgotten"),
        pytest.param("latest 101", "101", "latest 100", id="too many rows"),
        pytest.param("latest 0", "0", "latest 1", id="no row"),
        pytest.param("latest page:0", "page:0", "latest page:1", id="no page"),
        pytest.param("latest page:x", "page:x", None, id="a page that is no number"),
        pytest.param("latest 5 6", "6", "latest 5", id="two counts"),
        pytest.param("latest sort:id sort:time", "sort:time", "latest sort:id", id="one key twice"),
        pytest.param("latest \u0661\u0660", "\u0661\u0660", None, id="digits of another script"),
        pytest.param("latest 99999999999999999999", "99999999999999999999", None, id="a number past all bounds"),
        pytest.param("latest id:x", "id:x", None, id="numbers that are none"),
        pytest.param("latest id:..614", "id:..614", None, id="numbers without a first one"),
        pytest.param("latest id:1..2..3", "id:1..2..3", None, id="three numbers"),
        pytest.param("latest id:-5", "id:-5", None, id="a number below nothing"),
        pytest.param("latest id:", "id:", None, id="no numbers"),
        pytest.param(f"latest id:1..{10**18}", f"id:1..{10**18}", None, id="numbers past all bounds"),
        pytest.param("id:1 id:2", "id:2", "id:1", id="numbers twice"),
        pytest.param("harris", "harris", None, id="a word that is no verb"),
        pytest.param("show", "", None, id="show without a number"),
        pytest.param("show me", "me", None, id="show with a word"),
        pytest.param("show 614 615", "615", "show 614", id="show with two numbers"),
        pytest.param("status please", "please", "status", id="status with more"),
        pytest.param("<!channel>", "<!channel>", None, id="a mention"),
        pytest.param("&lt;b&gt;", "&lt;b&gt;", None, id="escaped text"),
    ],
)
def test_a_wrong_word_is_pointed_at(line: str, word: str, nearest: str | None) -> None:
    with pytest.raises(QueryError) as caught:
        read_command(line)
    error = caught.value
    assert (error.word, line[slice(*error.span)], error.nearest) == (word, word, nearest)


@given(QUERIES)
def test_a_query_gives_its_line_back(query: Query) -> None:
    assert read_command(str(query)) == Latest(query)


@pytest.mark.parametrize(
    ("query", "line"),
    [
        pytest.param(Query(count=25, ids=(600, 614)), "latest 25 sort:time id:600..614", id="of a digest"),
        pytest.param(Query(ids=(614, 614)), "latest 10 sort:time id:614..614", id="one number"),
    ],
)
def test_the_line_of_certain_numbers(query: Query, line: str) -> None:
    assert str(query) == line
    assert read_command(line) == Latest(query)


def test_the_main_jobs_line_stays_as_it_is() -> None:
    assert str(Query(count=10, sort=Sort.TIME)) == "latest 10 sort:time"


@given(
    st.text()
    | st.lists(st.sampled_from(["latest", "show", "sort:", "“", "<", ">", "|", "&lt;", ":", "7"])).map(" ".join)
)
def test_any_line_is_read_or_refused(line: str) -> None:
    try:
        read_command(line)
    except QueryError as error:
        start, end = error.span
        assert line[start:end] == error.word


@given(st.text())
def test_the_nearest_line_is_never_the_same_error(line: str) -> None:
    try:
        read_command(line)
    except QueryError as error:
        assert error.nearest != line
