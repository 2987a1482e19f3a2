from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.query import DirectionFilter, Order, Query, Sort, Term
from bot.domain.recording import Direction
from bot.domain.statistics import GroupBy
from bot.domain.time_range import TimeRange
from bot.errors import QueryError
from bot.language.dates import LineContext
from bot.language.grammar import (
    Command,
    HelpCommand,
    ListCommand,
    ShowCommand,
    StatsCommand,
    StatusCommand,
    read_command,
)
from bot.language.writing import line_of
from tests.domain.queries import QUERIES

HOUR = timedelta(hours=1)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ASKER = LineContext(now=NOON, zone=ZoneInfo("Europe/Zurich"))
"""It is Tuesday, 13:00 in Zurich."""


def zurich(text: str) -> datetime:
    """A moment by Zurich's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=ASKER.zone).astimezone(UTC)


def words(*texts: str) -> tuple[Term, ...]:
    return tuple(Term(text) for text in texts)


def since(text: str) -> tuple[TimeRange, ...]:
    return (TimeRange(start=zurich(text)),)


TUESDAY = TimeRange(start=zurich("2026-11-24"), end=zurich("2026-11-25"))
MONDAY = TimeRange(start=zurich("2026-11-23"), end=zurich("2026-11-24"))
INBOUND, OUTBOUND, INTERNAL = (
    DirectionFilter(Direction.INBOUND),
    DirectionFilter(Direction.OUTBOUND),
    DirectionFilter(Direction.INTERNAL),
)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        pytest.param("", ListCommand(Query()), id="nothing is the latest ten"),
        pytest.param("  \u00a0 ", ListCommand(Query()), id="so is white space of any kind"),
        pytest.param("latest 10 sort:time", ListCommand(Query(count=10, sort=Sort.TIME)), id="the main job"),
        pytest.param("latest", ListCommand(Query()), id="latest alone"),
        pytest.param("25", ListCommand(Query(count=25)), id="a number alone"),
        pytest.param("sort:id", ListCommand(Query(sort=Sort.ID)), id="an option alone"),
        pytest.param("LATEST 5 Sort:ID", ListCommand(Query(count=5, sort=Sort.ID)), id="a phone's capitals"),
        pytest.param("latest sort:id 5 page:2", ListCommand(Query(count=5, sort=Sort.ID, page=2)), id="any order"),
        pytest.param(
            "latest 5 sort: id", ListCommand(Query(count=5, sort=Sort.ID)), id="a phone's space after the colon"
        ),
        pytest.param('latest 5 sort:"id"', ListCommand(Query(count=5, sort=Sort.ID)), id="a quoted value"),
        pytest.param('latest "5" order:"asc', ListCommand(Query(count=5, order=Order.ASC)), id="an unclosed quote"),
        pytest.param("latest 100 order:asc", ListCommand(Query(count=100, order=Order.ASC)), id="the most rows"),
        pytest.param("latest id:600..614", ListCommand(Query(ids=(600, 614))), id="certain numbers"),
        pytest.param("id:600..614", ListCommand(Query(ids=(600, 614))), id="certain numbers alone"),
        pytest.param("id:614..600", ListCommand(Query(ids=(600, 614))), id="certain numbers, the higher one first"),
        pytest.param("id:614", ListCommand(Query(ids=(614, 614))), id="one number in a list"),
        pytest.param(
            "25 id: 600..614 page:2", ListCommand(Query(count=25, ids=(600, 614), page=2)), id="a page of them"
        ),
        pytest.param("id:600-614", ListCommand(Query(ids=(600, 614))), id="as others write them"),
        pytest.param("id:#614…#600", ListCommand(Query(ids=(600, 614))), id="as phones write them"),
        pytest.param("sort:Length order:asc", ListCommand(Query(sort=Sort.DURATION, order=Order.ASC)), id="a synonym"),
        pytest.param("100", ListCommand(Query(count=100)), id="the most rows, alone"),
        pytest.param("latest 1", ListCommand(Query(count=1)), id="the fewest rows"),
        pytest.param("count:100 page:1", ListCommand(Query(count=100, page=1)), id="the most rows, and the first page"),
        pytest.param("count:1 page:1000000", ListCommand(Query(count=1, page=1_000_000)), id="the last page"),
        pytest.param(f"id:{10**18 - 1}", ListCommand(Query(ids=(10**18 - 1, 10**18 - 1))), id="the highest number"),
        pytest.param(f"show {10**18 - 1}", ShowCommand(10**18 - 1), id="the highest number, shown"),
        *(
            pytest.param(f"sort:{name}", ListCommand(Query(sort=sort)), id=f"sort:{name}")
            for name, sort in {"time": Sort.TIME, "date": Sort.TIME, "id": Sort.ID, "number": Sort.ID}.items()
        ),
        pytest.param(
            "sort:size order:DESC", ListCommand(Query(sort=Sort.SIZE, order=Order.DESC)), id="the largest first"
        ),
        pytest.param("Show 614", ShowCommand(614), id="show with a capital"),
        pytest.param("show 614", ShowCommand(614), id="show"),
        pytest.param("show #614", ShowCommand(614), id="show with a hash"),
        pytest.param("status", StatusCommand(), id="status"),
        pytest.param("Help", HelpCommand(filters=False), id="help"),
    ],
)
def test_a_line_is_read(line: str, command: Command) -> None:
    assert read_command(line) == command


@pytest.mark.parametrize(
    ("line", "query"),
    [
        pytest.param("harris", Query(words=words("harris")), id="a first word that is no verb is searched"),
        pytest.param("search harris 5566", Query(words=words("harris", "5566")), id="all of several words"),
        pytest.param("5566", Query(words=words("5566")), id="a number that is no count"),
        pytest.param("101", Query(words=words("101")), id="more than a page holds is no count either"),
        pytest.param("007", Query(words=words("007")), id="nor is one with zeros before it"),
        pytest.param("shaw", Query(words=words("shaw")), id="a name that is a little like a verb"),
        pytest.param("search @", Query(words=words("@")), id="a sign that mentions nobody"),
        pytest.param('search "@ana"', Query(words=words("@ana")), id="a sign in quotes"),
        pytest.param("-to:5566", Query(callees=(Term("5566", excluded=True),)), id="who was not called"),
        pytest.param("-with:5566", Query(parties=(Term("5566", excluded=True),)), id="who was not there"),
        *(
            pytest.param(f"type:{name}", Query(directions=(way,)), id=f"type:{name}")
            for name, way in {
                "in": INBOUND,
                "incoming": INBOUND,
                "out": OUTBOUND,
                "outgoing": OUTBOUND,
                "outbound": OUTBOUND,
                "int": INTERNAL,
                "internal": INTERNAL,
            }.items()
        ),
        pytest.param("after:monday before:today", Query(time_ranges=(MONDAY,)), id="between two moments"),
        pytest.param("on:today after:monday", Query(time_ranges=(TUESDAY,)), id="a day, and since before it"),
        pytest.param("on:monday before:today", Query(time_ranges=(MONDAY,)), id="a day, and before its end"),
        pytest.param(
            "on:today before:22:00",
            Query(time_ranges=(TimeRange(start=TUESDAY.start, end=zurich("2026-11-24 22:00")),)),
            id="a part of it",
        ),
        pytest.param(
            "on:2026-11-24T12:00Z..",
            Query(time_ranges=(TimeRange(start=NOON),)),
            id="a stretch without an end, as we write it",
        ),
        pytest.param("on:..", Query(time_ranges=(TimeRange(),)), id="a stretch without ends"),
        pytest.param("-help", Query(words=(Term("help", excluded=True),)), id="a verb left out is none"),
        pytest.param('search "a  b "', Query(words=words("a b")), id="blanks in quotes count once"),
        pytest.param('search "Yesterday"', Query(words=words("Yesterday")), id="a day in quotes is a word"),
        pytest.param("search <!here>", Query(words=words("<!here>")), id="signs that mean something elsewhere"),
        pytest.param('"10"', Query(words=words("10")), id="quotes make a count a word"),
        pytest.param('"latest" 10', Query(words=words("latest", "10")), id="and a verb"),
        pytest.param('search "dave harris"', Query(words=words("dave harris")), id="quotes hold words together"),
        pytest.param("search -test", Query(words=(Term("test", excluded=True),)), id="a word left out"),
        pytest.param("search –test", Query(words=(Term("test", excluded=True),)), id="a phone's dash"),
        pytest.param('search "-test"', Query(words=words("-test")), id="a minus in quotes is a minus"),
        pytest.param("search harris count:25 page:2", Query(words=words("harris"), count=25, page=2), id="a count"),
        pytest.param("search brown & sons", Query(words=words("brown", "&", "sons")), id="a sign alone"),
        pytest.param('search "the ""old"" depot"', Query(words=words('the "old" depot')), id="a doubled quote"),
        pytest.param('search "+44 20 7946 0000"', Query(words=words("+44 20 7946 0000")), id="a full number"),
        pytest.param("from:harris", Query(callers=words("harris")), id="who called"),
        pytest.param('-from:"Reception"', Query(callers=(Term("Reception", excluded=True),)), id="who did not"),
        pytest.param("to:5566 to:5556", Query(callees=words("5566", "5556")), id="either of two"),
        pytest.param("with:55xx", Query(parties=words("55xx")), id="a pattern"),
        pytest.param("type:inbound", Query(directions=(INBOUND,)), id="a direction"),
        pytest.param("type:Out type:int", Query(directions=(OUTBOUND, INTERNAL)), id="directions, short"),
        pytest.param(
            "-type:internal", Query(directions=(DirectionFilter(Direction.INTERNAL, excluded=True),)), id="one left out"
        ),
        pytest.param("after:yesterday", Query(time_ranges=since("2026-11-23")), id="since yesterday"),
        pytest.param("after:monday", Query(time_ranges=since("2026-11-23")), id="the latest Monday"),
        pytest.param("after:tue", Query(time_ranges=since("2026-11-24")), id="today's weekday is today"),
        pytest.param("after:wed", Query(time_ranges=since("2026-11-18")), id="tomorrow's is last week's"),
        pytest.param("after:2026-11-01", Query(time_ranges=since("2026-11-01")), id="a date"),
        pytest.param('after:"23 Nov"', Query(time_ranges=since("2026-11-23")), id="a date with its month's name"),
        pytest.param("after:nov-23", Query(time_ranges=since("2026-11-23")), id="the American way"),
        pytest.param("after:25Nov", Query(time_ranges=since("2025-11-25")), id="one that has not come is last year's"),
        pytest.param("after:23Nov2024", Query(time_ranges=since("2024-11-23")), id="with its year"),
        pytest.param("after:2h", Query(time_ranges=(TimeRange(start=NOON - timedelta(hours=2)),)), id="two hours ago"),
        pytest.param("after:3d", Query(time_ranges=(TimeRange(start=NOON - timedelta(days=3)),)), id="three days ago"),
        pytest.param("after:9:30", Query(time_ranges=since("2026-11-24 09:30")), id="a time of today"),
        pytest.param("after:2026-11-23T09:30", Query(time_ranges=since("2026-11-23 09:30")), id="a date and a time"),
        pytest.param("before:today", Query(time_ranges=(TimeRange(end=zurich("2026-11-24")),)), id="until yesterday"),
        pytest.param("on:yesterday", Query(time_ranges=(MONDAY,)), id="a day"),
        pytest.param("on:monday on:today", Query(time_ranges=(MONDAY, TUESDAY)), id="either of two days"),
        pytest.param(
            "on:today after:9:30",
            Query(time_ranges=(TimeRange(start=zurich("2026-11-24 09:30"), end=TUESDAY.end),)),
            id="both",
        ),
        pytest.param("longer:2m", Query(longer=timedelta(minutes=2)), id="a length"),
        pytest.param("longer:1h30m shorter:2h", Query(longer=1.5 * HOUR, shorter=2 * HOUR), id="two lengths"),
        pytest.param("longer:90", Query(longer=timedelta(seconds=90)), id="seconds"),
        pytest.param("longer:1:30", Query(longer=timedelta(seconds=90)), id="minutes and seconds"),
        pytest.param("sort:duration", Query(sort=Sort.DURATION), id="the longest"),
        pytest.param(
            "latest 5 sort:size from:harris", Query(count=5, sort=Sort.SIZE, callers=words("harris")), id="all"
        ),
        pytest.param(
            'with:5566 after:yesterday type:inbound longer:2m -from:"Reception"',
            Query(
                parties=words("5566"),
                time_ranges=since("2026-11-23"),
                directions=(INBOUND,),
                longer=timedelta(minutes=2),
                callers=(Term("Reception", excluded=True),),
            ),
            id="the design's own",
        ),
    ],
)
def test_a_query_is_read(line: str, query: Query) -> None:
    assert read_command(line, ASKER) == ListCommand(query)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        pytest.param("stats", StatsCommand(Query(), GroupBy.DAY), id="by day"),
        pytest.param("stats by:hour", StatsCommand(Query(), GroupBy.HOUR), id="by hour"),
        pytest.param(
            "stats harris by:person", StatsCommand(Query(words=words("harris")), GroupBy.PERSON), id="of a search"
        ),
        pytest.param("stats type:inbound", StatsCommand(Query(directions=(INBOUND,))), id="of a filter"),
        *(
            pytest.param(f"stats by:{by.value.title()}", StatsCommand(Query(), by), id=f"stats by:{by}")
            for by in GroupBy
        ),
        pytest.param('stats "hour"', StatsCommand(Query(words=words("hour")), GroupBy.DAY), id="a word in quotes"),
        pytest.param("help filters", HelpCommand(filters=True), id="all that can be asked"),
        pytest.param("help Filter", HelpCommand(filters=True), id="of one of them"),
        pytest.param("help all", HelpCommand(filters=True), id="of all"),
    ],
)
def test_other_commands_are_read(line: str, command: Command) -> None:
    assert read_command(line, ASKER) == command


@pytest.mark.parametrize(
    ("line", "word", "nearest"),
    [
        pytest.param("latest 10 sort:tme", "sort:tme", "latest 10 sort:time", id="a slip in a value"),
        pytest.param("latest 10 srt:time", "srt:time", "latest 10 sort:time", id="a slip in a key"),
        pytest.param("latst 10", "latst", "latest 10", id="a slip in the verb"),
        pytest.param("latest 10 time", "time", "latest 10 sort:time", id="a key forgotten"),
        pytest.param("latest 101", "101", "latest 100", id="too many rows"),
        pytest.param("latest 0", "0", "latest 1", id="no row"),
        pytest.param("0", "0", "1", id="no row, alone"),
        pytest.param("count:0", "count:0", "count:1", id="no row by its key"),
        pytest.param("count:101", "count:101", "count:100", id="too many by its key"),
        pytest.param("count:x", "count:x", None, id="a count that is no number"),
        pytest.param("page:1000001", "page:1000001", "page:1000000", id="a page past the last"),
        pytest.param("latest 5 count:6", "count:6", "latest 5", id="a count twice, the second with its key"),
        pytest.param("latest count:6 5", "5", "latest count:6", id="a count twice, the first with its key"),
        *(
            pytest.param(f"{each} {each} 5", each, f"{each} 5", id=f"{each} twice")
            for each in ("before:today", "longer:1m", "shorter:1m", "order:asc", "page:1")
        ),
        *(
            pytest.param(f"latest {word}", word, f"latest {right}", id=f"{word} after latest")
            for word, right in {
                "sort": "sort:time",
                "id": "sort:id",
                "duration": "sort:duration",
                "size": "sort:size",
                "order": "order:desc",
                "asc": "order:asc",
                "DESC": "order:desc",
                "page": "page:2",
                "inbound": "type:inbound",
                "outbund": "type:outbound",
                "intenal": "type:internal",
                "today": "on:today",
                "wednsday": "on:wednesday",
            }.items()
        ),
        *(
            pytest.param(f"harris {day}", day, f"harris on:{day.lower()}", id=f"{day} among words")
            for day in ("Monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "Sunday")
        ),
        pytest.param("-before:today", "-before:today", "after:today", id="a minus is the other end of time, too"),
        pytest.param("-shorter:2m", "-shorter:2m", "longer:2m", id="and of lengths"),
        pytest.param("-on:today", "-on:today", "on:today", id="a day cannot be left out"),
        pytest.param("after:2026-11-24T12:00Z..", "after:2026-11-24T12:00Z..", None, id="a stretch is no moment"),
        pytest.param("on:2h", "on:2h", "after:2h", id="a moment is no day"),
        pytest.param("shows 614", "shows", "show 614", id="a slip in show"),
        pytest.param("show -614", "-614", None, id="a number left out"),
        pytest.param(f"show {10**18}", str(10**18), None, id="a number past all bounds, shown"),
        pytest.param("show id:x", "id:x", None, id="show with a key and no number"),
        pytest.param("stats by:zzz", "by:zzz", None, id="stats by nothing that is counted"),
        pytest.param("latest 10 harris", "harris", "search harris", id="a name after the usual count"),
        pytest.param('latest "10 years"', '"10 years"', 'search "10 years"', id="a time in quotes is a word"),
        pytest.param("latest page:0", "page:0", "latest page:1", id="no page"),
        pytest.param("latest page:x", "page:x", None, id="a page that is no number"),
        pytest.param("latest 5 6", "6", "latest 5", id="two counts"),
        pytest.param("latest sort:id sort:time", "sort:time", "latest sort:id", id="one key twice"),
        pytest.param("latest \u0661\u0660", "\u0661\u0660", "search \u0661\u0660", id="digits of another script"),
        pytest.param("latest 9" + "9" * 19, "9" * 20, "search " + "9" * 20, id="a number past all bounds"),
        pytest.param("latest id:x", "id:x", None, id="numbers that are none"),
        pytest.param("latest id:..614", "id:..614", None, id="numbers without a first one"),
        pytest.param("latest id:1..2..3", "id:1..2..3", None, id="three numbers"),
        pytest.param("latest id:-5", "id:-5", None, id="a number below nothing"),
        pytest.param("latest id:", "id:", None, id="no numbers"),
        pytest.param(f"latest id:1..{10**18}", f"id:1..{10**18}", None, id="numbers past all bounds"),
        pytest.param("id:1 id:2", "id:2", "id:1", id="numbers twice"),
        pytest.param("latest harris", "harris", "search harris", id="a name after latest"),
        pytest.param("latest 25 dave harris", "dave", "search dave harris count:25", id="two of them, and a count"),
        pytest.param('latest 10 "dave harris"', '"dave harris"', 'search "dave harris"', id="one in quotes"),
        pytest.param("type:inbound harris", "harris", "search type:inbound harris", id="a name after a filter"),
        pytest.param("5 -test", "-test", "search -test count:5", id="a word left out of a listing"),
        pytest.param("latest 5566", "5566", "search 5566", id="a number that nobody counts to"),
        pytest.param("latest tim", "tim", "search tim", id="a name that is like an option"),
        pytest.param('latest ""', '""', "latest", id="nothing in quotes"),
        pytest.param('search "" harris', '""', "search harris", id="nothing in quotes beside a word"),
        pytest.param("latest 2h", "2h", "latest after:2h", id="a time after latest"),
        pytest.param("latest 23Nov", "23Nov", "latest on:23Nov", id="a date after latest"),
        pytest.param("latest 9:30", "9:30", "latest after:9:30", id="a time of day after latest"),
        pytest.param("harris yesterday", "yesterday", "harris on:yesterday", id="a day among words"),
        pytest.param("Today", "Today", "on:today", id="a day alone"),
        pytest.param("search:harris", "search:harris", "search harris", id="a verb with a colon"),
        pytest.param("sip:5566", "sip:5566", 'search "sip:5566"', id="a word with a colon"),
        pytest.param("harris sip:5566", "sip:5566", 'search harris "sip:5566"', id="among others"),
        pytest.param("latest by:day", "by:day", "stats by:day", id="what belongs to stats"),
        pytest.param("harris by:day count:5", "by:day", "stats harris by:day", id="the same in a search"),
        pytest.param('-form:"dave harris"', '-form:"dave harris"', '-from:"dave harris"', id="with minus and quotes"),
        pytest.param("from: type:inbound", "from:", None, id="a filter does not swallow the next"),
        pytest.param("-longer:2m", "-longer:2m", "shorter:2m", id="a minus is the other end of lengths"),
        pytest.param("-sort:id", "-sort:id", "sort:id", id="a minus where it means nothing"),
        pytest.param("from:@ana", "from:@ana", "from:ana", id="somebody without an extension"),
        pytest.param("from:#sales", "from:#sales", None, id="a channel"),
        pytest.param('from:"\u0301"', 'from:"\u0301"', "", id="nothing but an accent"),
        pytest.param("after:0001-01-01", "after:0001-01-01", None, id="a year before telephones"),
        pytest.param("show id:614", "id:614", "show 614", id="show with a key"),
        pytest.param("stats hour", "hour", "stats by:hour", id="stats without its key"),
        pytest.param(
            "stats by Hour harris", "by Hour", "stats by:hour harris", id="stats with a blank in place of the colon"
        ),
        pytest.param("stats -by:hour", "-by:hour", "stats by:hour", id="stats with a minus"),
        pytest.param("stats by:hour by:day", "by:day", "stats by:hour", id="stats by two"),
        pytest.param("help me", "me", "help", id="help with more"),
        pytest.param("latest 10 yesterday", "yesterday", "latest 10 on:yesterday", id="a day after latest"),
        pytest.param("latest 10 yesteday", "yesteday", "latest 10 on:yesterday", id="with a slip"),
        pytest.param("form:harris", "form:harris", "from:harris", id="a slip in a filter"),
        pytest.param("type:inbuond", "type:inbuond", "type:inbound", id="a slip in a direction"),
        pytest.param("-type:inbuond", "-type:inbuond", "-type:inbound", id="a slip behind a minus"),
        pytest.param("after:yesteday", "after:yesteday", "after:yesterday", id="a slip in a day"),
        pytest.param("after:01/02/2026", "after:01/02/2026", None, id="a date that means two things"),
        pytest.param("after:2026-02-30", "after:2026-02-30", None, id="a day that there is not"),
        pytest.param("on:9:30", "on:9:30", "after:9:30", id="a time is no day"),
        pytest.param("longer:soon", "longer:soon", None, id="a length that is none"),
        pytest.param("from:", "from:", None, id="a filter without a value"),
        pytest.param("-after:today", "-after:today", "before:today", id="a minus is the other end of time"),
        pytest.param("after:today after:monday", "after:monday", "after:today", id="two beginnings"),
        pytest.param("-with:@leo", "-with:@leo", "-with:leo", id="the same behind a minus"),
        pytest.param('search ""', '""', None, id="nothing between quotes"),
        pytest.param("search", "", None, id="search without words"),
        pytest.param("stats by:days", "by:days", "stats by:day", id="a slip in stats"),
        pytest.param("stats sort:id", "sort:id", "stats", id="an order in stats"),
        pytest.param("serch harris", "serch", "search harris", id="a slip in search"),
        pytest.param("show", "", None, id="show without a number"),
        pytest.param("show me", "me", None, id="show with a word"),
        pytest.param("show 614 615", "615", "show 614", id="show with two numbers"),
        pytest.param("status please", "please", "status", id="status with more"),
    ],
)
def test_an_error_has_the_word_its_position_and_a_correction(line: str, word: str, nearest: str | None) -> None:
    with pytest.raises(QueryError) as caught:
        read_command(line, ASKER)
    error = caught.value
    assert (error.word, line[slice(*error.position)], error.nearest) == (word, word, nearest)


@given(QUERIES, st.sampled_from(["Asia/Kathmandu", "America/St_Johns", "Europe/Zurich"]))
def test_the_line_of_a_query_reads_back(query: Query, zone: str) -> None:
    """Whoever reads it, and wherever."""
    assert read_command(line_of(query), LineContext(now=NOON, zone=ZoneInfo(zone))) == ListCommand(query)


@pytest.mark.parametrize(
    ("query", "line"),
    [
        pytest.param(Query(count=25, ids=(600, 614)), "latest 25 sort:time id:600..614", id="of a digest"),
        pytest.param(Query(ids=(614, 614)), "latest 10 sort:time id:614..614", id="one number"),
    ],
)
def test_the_line_of_a_query_for_ids(query: Query, line: str) -> None:
    assert line_of(query) == line
    assert read_command(line) == ListCommand(query)


def test_the_line_of_the_default_query() -> None:
    assert line_of(Query(count=10, sort=Sort.TIME)) == "latest 10 sort:time"


PIECES = st.sampled_from(
    [
        *(
            "latest",
            "search",
            "show",
            "stats",
            "status",
            "help",
            "filters",
            "latst",
            "harris",
            "yesterday",
            "2h",
            "9:30",
        ),
        *("from:", "to:", "with:", "type:", "after:", "before:", "on:", "longer:", "shorter:", "id:", "by:", "sip:"),
        *(
            "sort:",
            "order:",
            "page:",
            "count:",
            "inbound",
            "time",
            "day",
            "today",
            "yesterday",
            "9:30",
            "2026-11-23",
            "23 Nov",
            "monday",
        ),
        *("-", "–", "“", '"', '""', "<", "&lt;", ":", "：", "..", "7", "614", "5566", "+44 20 7946 0000"),
        *("@ana", "#sales", "@", "#", "\u0301", "\ud800", "99999999999999999999", "\n", "\x00"),
    ]
)
LINES = st.text() | st.lists(PIECES, max_size=12).map("".join) | st.lists(PIECES, max_size=12).map(" ".join)
BLANKS = st.text(" \t\n\u00a0\u3000", max_size=3)


def outcome(line: str) -> Command | str:
    """What is read, or what is said instead."""
    try:
        return read_command(line, ASKER)
    except QueryError as error:
        return str(error)


@given(LINES)
def test_any_line_gives_a_command_or_an_error(line: str) -> None:
    try:
        read_command(line, ASKER)
    except QueryError as error:
        start, end = error.position
        assert line.encode(errors="replace").decode()[start:end] == error.word
        assert str(error)


@given(LINES)
def test_following_corrections_ends(line: str) -> None:
    """And not round in a circle, however often."""
    seen: set[str] = set()
    nearest: str | None = line
    while nearest is not None:
        assert nearest not in seen
        seen.add(nearest)
        try:
            read_command(nearest, ASKER)
        except QueryError as error:
            nearest = error.nearest
        else:
            return


@given(LINES, BLANKS, BLANKS)
def test_blanks_around_a_line_are_ignored(line: str, before: str, after: str) -> None:
    assert outcome(before + line + after) == outcome(line)


@pytest.mark.parametrize(
    "key",
    [
        "from",
        "to",
        "with",
        "type",
        "after",
        "before",
        "on",
        "longer",
        "shorter",
        "id",
        "sort",
        "order",
        "page",
        "count",
    ],
)
def test_the_error_for_a_filter_without_a_value_has_a_readable_example(key: str) -> None:
    refusal = outcome(f"{key}:")
    assert isinstance(refusal, str)
    message, _, example = refusal.partition(", such as ")
    assert message == f"“{key}:” needs a value"
    assert example.startswith(f"{key}:")
    assert isinstance(outcome(example), ListCommand)


@pytest.mark.parametrize("text", ["a", "-", '"', "<", "a:", "23 ", "yesterday ", "on:", '""', "after:1 "])
def test_a_long_line_is_read_in_linear_time(text: str) -> None:
    """The suite's own time-out tells."""
    outcome(text * 10_000)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("latest 10 sort:tme", "“sort:” takes time, id, duration or size, not “tme”"),
        ("latst", "I do not know “latst”"),
        ("latest harris", "To look for “harris”, use “search”"),
        ("latest 5566", "“latest” lists from 1 to 100; to look for “5566”, use “search”"),
        ("latest page:0", "“page:” goes from 1 to 1,000,000, not 0"),
        ("frm:harris", "There is no “frm:”"),
        ("9:30", "“9:30” needs “after:” or “before:”"),
        ("from:", "“from:” needs a value, such as from:harris"),
        ("-after:today", "“after:” cannot be turned round with a minus"),
        ("on:9:30", "“on:” takes a day, not “9:30”"),
        ("after:soon", "I cannot read “soon” as a date: try 2026-11-23, 23Nov, yesterday, monday, 2h or 9:30"),
        ("longer:soon", "I cannot read “soon” as a length: try 2m, 1h30m, 90s or 1:30"),
        ("harris today", "“today” is a day, not a name"),
        ("with:@leo", "I do not know the extension of @leo: type the number instead"),
        ("search @leo", "I do not know the extension of @leo: type the number instead"),
        ("with:#sales", "#sales is nobody's telephone: name a person or a number"),
        ("show me", "“me” is not a recording's number"),
        ("stats day", "“day” needs “by:”"),
        ("stats by:soon", "“by:” takes hour, day, weekday, person or direction, not “soon”"),
        ("type:odd", "“type:” takes inbound, outbound or internal, not “odd”"),
        ("count:101", "“count:” lists from 1 to 100, not 101"),
        ("search", "“search” needs what to look for, such as search harris"),
        ("sort:id by:day", "“by:” belongs to “stats”"),
        ("stats page:2", "“stats” counts everything; “page:2” is too much"),
        ("status please", "“status” stands alone; “please” is too much"),
        ("sort:id sort:id", "“sort:id” is one too many"),
    ],
)
def test_the_message_of_an_error(line: str, message: str) -> None:
    assert outcome(line) == message


@pytest.mark.parametrize(
    ("line", "nearest"),
    [
        pytest.param("latest inbound", "latest type:inbound", id="a bare word is a filter"),
        pytest.param('latest "inbound"', 'search "inbound"', id="a quoted word is a text"),
        pytest.param("latest -inbound", "search -inbound", id="an excluded word is a text"),
    ],
)
def test_only_a_bare_word_is_taken_for_a_filter(line: str, nearest: str) -> None:
    with pytest.raises(QueryError) as refused:
        read_command(line, ASKER)
    assert refused.value.nearest == nearest
