"""Every message: as it is, and within Slack's limits for any input."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from bot.domain.delivery import Kind, Post
from bot.domain.found import Found, FoundOne, Stale
from bot.domain.query import Order, Query, Side, Sort
from bot.domain.recording import Direction, Party, Recording
from bot.domain.status import ChannelState, Status
from bot.errors import PbxRefused, PbxUnreachable, QueryError
from bot.slack import messages, values
from bot.slack.messages import Message

MORNING = datetime(2022, 1, 12, 9, 36, 24, tzinfo=UTC)
HOSTILE = Party("<!channel> <https://x|Bank> @here\n> ``` *", "<!everyone>5566")
CHANNELS = (
    ChannelState(channel="C1", owed=0, oldest_owed_at=None, last_sent_at=MORNING, problem=""),
    ChannelState(channel="C2", owed=3, oldest_owed_at=MORNING, last_sent_at=None, problem="not in channel"),
)


def recording(number: int = 614, **told: Any) -> Recording:
    usual: dict[str, Any] = {
        "started_at": MORNING - timedelta(minutes=37 * (614 - number)),
        "uid": "20220112173624.14",
        "caller": Party("Harris", "+44 20 7946 0000"),
        "callee": Party("Evelyn", "5566"),
        "direction": Direction.INBOUND,
        "duration": timedelta(seconds=192),
        "size": 825_588,
        "file": "20220112173629-1641980184.14-5566-1002-Inbound.wav",
    }
    return Recording(id=number, **(usual | told))


ROWS = (
    recording(614),
    recording(613, direction=Direction.INTERNAL, caller=Party("", "1002"), duration=timedelta(0)),
    recording(612, direction=Direction.OUTBOUND, caller=Party("Evelyn", "5566"), callee=Party("علي", "77")),
    recording(611, direction=None, caller=Party(), started_at=None, local_time="01/12/2022 05:36 PM"),
    recording(610, caller=HOSTILE),
)


def found(rows: tuple[Recording, ...] = ROWS, **told: Any) -> Found:
    usual: dict[str, Any] = {"query": Query(count=5), "total": 184, "first": 11}
    return Found(rows=rows, **(usual | told))


def post(*legs: Recording, **told: Any) -> Post:
    usual: dict[str, Any] = {"key": "k", "workspace": "T1", "channel": "C1", "kind": Kind.RECORDINGS, "site": "main"}
    return Post(**(usual | told), recordings=legs or (recording(),))


def status(**told: Any) -> Status:
    usual: dict[str, Any] = {
        "now": MORNING,
        "looked_at": MORNING,
        "problem": "",
        "held": 180,
        "total": 184,
        "skipped": 0,
        "renewed_at": None,
        "history_done": False,
        "history_back_to": MORNING,
        "channels": CHANNELS,
        "given_up": 1,
    }
    return Status(**(usual | told))


def unreadable(nearest: str | None) -> QueryError:
    return QueryError("“sort:” takes time or id, not “tme”", word="sort:tme", span=(10, 18), nearest=nearest)


AS_OF = Stale(MORNING, "PBX not reachable")
MESSAGES = {
    "a page in the middle": messages.listing(found()),
    "a page from the archive": messages.listing(found(first=1, total=5, stale=AS_OF)),
    "a shared page": messages.listing(found(query=Query(sort=Sort.ID, order=Order.ASC)), shared_by="U1"),
    "an empty list": messages.listing(found((), first=0, total=0)),
    "an empty page from the archive": messages.listing(found((), first=0, query=Query(page=99), stale=AS_OF)),
    "one recording": messages.one(FoundOne(recording())),
    "one recording that is gone": messages.one(FoundOne(ROWS[3], Stale(MORNING, "no longer on the PBX"))),
    "a shared recording": messages.one(FoundOne(recording()), shared_by="U1"),
    "a new recording": messages.announcement(post()),
    "a new recording of a hostile caller": messages.announcement(post(ROWS[4])),
    "the legs of one call": messages.announcement(post(*ROWS[:2])),
    "a new recording, plain": messages.announcement(post(plain=True)),
    "welcome": messages.welcome(),
    "help": messages.help_(),
    "status": messages.status(status()),
    "words that cannot be read": messages.query_error(unreadable("latest 10 sort:time")),
    "words with nothing near": messages.query_error(unreadable(None)),
    "the PBX refuses": messages.pbx_problem(PbxRefused("", meaning="a parameter is wrong"), "k3x9"),
    "no such recording": messages.not_found(614),
    "a fault of ours": messages.failed("k3x9"),
    "still asking": messages.still_asking(),
    "not shared": messages.share_failed(),
    "too old": messages.too_old(),
}


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in MESSAGES])
def test_message(name: str, snapshot: SnapshotAssertion) -> None:
    assert MESSAGES[name].payload() == snapshot


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in MESSAGES])
def test_message_is_within_the_limits(name: str) -> None:
    assert list(faults(MESSAGES[name])) == []


def test_a_payload_is_fresh_every_time() -> None:
    message = messages.listing(found())
    message.payload()["blocks"][0]["elements"].clear()
    assert message.payload() == messages.listing(found()).payload()


@pytest.mark.parametrize(
    ("answer", "labels"),
    [
        pytest.param(found(), ["Open…", "Previous", "Next", "Share to channel"], id="in the middle"),
        pytest.param(found(first=1), ["Open…", "Next", "Share to channel"], id="at the start"),
        pytest.param(found(first=180), ["Open…", "Previous", "Share to channel"], id="at the end"),
        pytest.param(found(first=1, total=5), ["Open…", "Share to channel"], id="all there is"),
    ],
)
def test_only_buttons_that_lead_somewhere(answer: Found, labels: list[str]) -> None:
    assert [words(element) for element in controls(messages.listing(answer))] == labels


def test_a_shared_list_is_not_turned_for_everybody() -> None:
    assert [words(element) for element in controls(messages.listing(found(), shared_by="U1"))] == ["Open…"]


def test_what_the_controls_of_a_list_carry() -> None:
    opener, previous, following, share = controls(messages.listing(found()))
    assert [values.read_open(option["value"]) for option in opener["options"]] == [614, 613, 612, 611, 610]
    back, on, shared = values.read_page(previous["value"]), values.read_page(following["value"]), share["value"]
    assert back
    assert on
    assert (back.query, back.turn.side, back.turn.id, back.turn.position) == (
        "latest 5 sort:time",
        Side.BEFORE,
        614,
        11,
    )
    assert (on.turn, on.turn.id, on.turn.position) == (found().next, 610, 15)
    assert values.read_share(shared) == values.ShareValue(
        ids=(614, 613, 612, 611, 610), query="latest 5 sort:time", first=11, total=184
    )


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(found(), ["Previous page, 6–10 of 184", "Next page, 16–20 of 184"], id="in the middle"),
        pytest.param(found(first=3, total=9), ["Previous page, 1–2 of 9", "Next page, 8–9 of 9"], id="short pages"),
        pytest.param(found(first=2, total=7), ["Previous page, 1 of 7", "Next page, 7 of 7"], id="pages of one"),
    ],
)
def test_page_buttons_say_where_they_lead(answer: Found, said: list[str]) -> None:
    elements = controls(messages.listing(answer))
    assert [element["accessibility_label"] for element in elements[1:3]] == said


def test_a_query_too_long_for_a_button_has_none() -> None:
    assert controls(messages.query_error(unreadable("x" * 3_000))) == []


def test_one_recording_is_shared_as_one_recording() -> None:
    share, close = controls(messages.one(FoundOne(recording())))
    assert values.read_share(share["value"]) == values.ShareValue(ids=(614,))
    assert close["action_id"] == values.CLOSE


def test_a_refused_announcement_says_the_same_in_text_alone() -> None:
    plain = messages.announcement(post(plain=True))
    assert plain == Message(messages.announcement(post()).text)


def test_a_new_recording_is_three_lines_with_its_button() -> None:
    message = messages.announcement(post())
    assert len(message.text.splitlines()) == 2
    assert [values.read_open(element["value"]) for element in controls(message)] == [614]


@pytest.mark.parametrize("rows", [pytest.param(10, id="ten rows"), pytest.param(100, id="a hundred rows")])
def test_the_text_has_a_line_for_every_row(rows: int) -> None:
    answer = found(tuple(recording(10_000 - number) for number in range(rows)), first=1, total=rows)
    lines = messages.listing(answer).text.splitlines()[-rows:]
    assert [int(re.split(r"\D", line)[0]) for line in lines] == list(range(1, rows + 1))
    assert all("Har" in line and "Eve" in line for line in lines)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("W" * 300, id="wide letters"),
        pytest.param("&" * 300, id="all to be escaped"),
        pytest.param("ع" * 300, id="right to left"),
        pytest.param("👨\u200d👩\u200d👧" * 40, id="families"),
    ],
)
def test_a_hundred_rows_of_the_longest_names_lose_no_row(name: str) -> None:
    row = replace(recording(), id=9_999_999_999, caller=Party(name), callee=Party(name), duration=timedelta(hours=99))
    rows = tuple(replace(row, started_at=MORNING + timedelta(days=number)) for number in range(100))
    message = messages.listing(found(rows, first=98_901, total=99_000, stale=AS_OF), shared_by="U1")
    assert list(faults(message)) == []
    assert len(message.text.splitlines()) == 4 + 100


def test_a_call_of_endless_legs_stays_within_the_limits() -> None:
    message = messages.announcement(post(*(recording(number) for number in range(1, 131))))
    assert list(faults(message)) == []
    assert message.text.startswith("One call · 130 recordings\n")


def test_a_status_too_long_for_the_text_ends_with_an_ellipsis() -> None:
    waiting = replace(CHANNELS[1], problem="&" * 200)
    message = messages.status(status(channels=(waiting,) * 40))
    assert list(faults(message)) == []
    assert message.text.endswith("\n…")


# Slack's limits, by hand from its pages.


def controls(message: Message) -> list[dict[str, Any]]:
    return [element for block in message.blocks if block["type"] == "actions" for element in block["elements"]]


def words(element: Mapping[str, Any]) -> str:
    return str((element.get("text") or element["placeholder"])["text"])


def long(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def said_in(node: Any) -> Iterator[str]:
    """Every text that a reader of the blocks may meet."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key in {"text", "fallback", "accessibility_label"} and isinstance(value, str):
                yield value
            yield from said_in(value)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from said_in(item)


def nodes(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        if "type" in node:
            yield node
        for value in node.values():
            yield from nodes(value)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from nodes(item)


def faults(message: Message) -> Iterator[str]:
    yield from text_faults(message.text)
    if sum(long(text) for text in said_in(message.blocks)) >= 12_000:
        yield "too much text in the blocks"
    if len(message.blocks) > 50:
        yield "too many blocks"
    for node in nodes(message.blocks):
        yield from node_faults(node)


def text_faults(text: str) -> Iterator[str]:
    text.encode()
    if not 1 <= long(text) <= 3_900:
        yield f"text of {long(text)} characters"
    bare = re.sub(r"<!date\^\d+\^[{}a-z_ ]+\|[0-9: -]+ UTC>|<#C\d>|<@U\d>", "", text)
    if "<" in bare or ">" in bare:
        yield "an angle bracket that is not ours"
    if re.search(r"&(?!amp;|lt;|gt;)", bare):
        yield "an entity cut in two"
    if re.search(r"@(channel|here|everyone)|://|www\.|``", bare, re.IGNORECASE):
        yield "a ping, a link or a code block"
    if any(line.startswith("&gt;") for line in text.split("\n")):
        yield "a line that reads as a quotation"


def node_faults(node: Mapping[str, Any]) -> Iterator[str]:
    match node["type"]:
        case "rich_text" | "rich_text_section" | "rich_text_list" | "actions":
            yield from container_faults(node)
        case "text":
            yield from [] if node["text"] else ["an empty text element"]
            yield from unseen_faults(node["text"])
        case "date":
            if type(node["timestamp"]) is not int or node["timestamp"] < 0 or "UTC" not in node["fallback"]:
                yield "a date that Slack does not take"
        case "button":
            yield from button_faults(node)
        case "static_select":
            yield from select_faults(node)
        case "plain_text":
            yield from [] if node["emoji"] is False and node["text"] else ["a plain text that is parsed or empty"]
            yield from unseen_faults(node["text"])
        case "user" | "channel":
            pass
        case kind:
            yield f"a {kind}, which we never send"


def container_faults(node: Mapping[str, Any]) -> Iterator[str]:
    if not node["elements"]:
        yield f"an empty {node['type']}"
    if node["type"] == "actions" and len(node["elements"]) > 25:
        yield "too many controls"
    if node["type"] == "rich_text_list" and node.get("offset", 0) < 0:
        yield "a list numbered below 1"


def unseen_faults(text: str) -> Iterator[str]:
    if re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069\u200b\ud800-\udfff]", text):
        yield "a character that reorders or hides text"


def button_faults(node: Mapping[str, Any]) -> Iterator[str]:
    if long(node["text"]["text"]) > 75 or not 1 <= long(node["accessibility_label"]) <= 75:
        yield "a label that is too long"
    if not 1 <= len(node.get("value", "x")) <= 2_000 or len(node["action_id"]) > 255:
        yield "a value that is too long"


def select_faults(node: Mapping[str, Any]) -> Iterator[str]:
    if not 1 <= len(node["options"]) <= 100 or long(node["placeholder"]["text"]) > 150:
        yield "too many options"
    for option in node["options"]:
        if not 1 <= long(option["text"]["text"]) <= 75 or not 1 <= len(option["value"]) <= 150:
            yield "an option that is too long"


# Any input at all.

NASTY = st.sampled_from(
    (
        "",
        "<!channel>",
        "<https://x|Bank>",
        "@everyone",
        "http://x.example",
        "&" * 300,
        "<" * 300,
        "```",
        "> quoted",
        "&gt;",
        "\u202eevil\u2066",
        "علي بن محمد " * 20,
        "\u200b",
        "👨\u200d👩\u200d👧" * 40,
        "e" + "\u0301" * 400,
        "\ud800",
        "W" * 500,
    )
)
NAMES = NASTY | st.text(max_size=30)
RECORDINGS = st.builds(
    Recording,
    id=st.integers(1, 10**10 - 1),
    started_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    local_time=NAMES,
    uid=NAMES,
    caller=st.builds(Party, NAMES, NAMES),
    callee=st.builds(Party, NAMES, NAMES),
    direction=st.none() | st.sampled_from(Direction),
    duration=st.timedeltas(min_value=timedelta(0)),
    size=st.integers(0, 2**50),
    file=NAMES.map(lambda name: f"{name}.wav"),
)
STALE = st.none() | st.builds(Stale, st.none() | st.just(MORNING), NAMES)
FEW_ROWS = st.lists(RECORDINGS, max_size=6)
MANY_ROWS = st.builds(
    lambda rows, count: (rows * 100)[:count], st.lists(RECORDINGS, min_size=1, max_size=3), st.integers(1, 100)
)
BROAD = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)


@BROAD
@given(FEW_ROWS | MANY_ROWS, st.integers(1, 99_000), STALE, st.sampled_from([None, "U1"]))
def test_any_listing_is_within_the_limits(
    rows: list[Recording], first: int, stale: Stale | None, shared_by: str | None
) -> None:
    answer = found(tuple(rows), first=first if rows else 0, total=10**5, stale=stale)
    message = messages.listing(answer, shared_by=shared_by)
    assert list(faults(message)) == []
    assert len(message.text.splitlines()) >= len(rows) + 1


@BROAD
@given(RECORDINGS, STALE, st.sampled_from([None, "U1"]))
def test_any_recording_is_within_the_limits(told: Recording, stale: Stale | None, shared_by: str | None) -> None:
    assert list(faults(messages.one(FoundOne(told, stale), shared_by=shared_by))) == []


@BROAD
@given(st.lists(RECORDINGS, min_size=1, max_size=4))
def test_any_announcement_is_within_the_limits(legs: list[Recording]) -> None:
    message = messages.announcement(post(*legs))
    assert list(faults(message)) == []
    assert len(message.text.splitlines()) == len(legs) + 1 or len(legs) == 1


@BROAD
@given(NAMES, NAMES, st.none() | NAMES)
def test_any_complaint_is_within_the_limits(message: str, word: str, nearest: str | None) -> None:
    error = QueryError(f"“{word}” {message}", word=word, span=(0, 1), nearest=nearest)
    assert list(faults(messages.query_error(error))) == []
    assert list(faults(messages.pbx_problem(PbxRefused(message, errmsg=word), "k3x9"))) == []
    assert list(faults(messages.pbx_problem(PbxUnreachable(message), "k3x9"))) == []
    assert list(faults(messages.status(status(problem=message, channels=(replace(CHANNELS[1], problem=word),))))) == []
