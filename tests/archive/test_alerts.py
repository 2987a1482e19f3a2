from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.archive import Database, SqlArchive, SqlOutbox
from bot.archive.alerts import create_alert, read_alert, write_alert
from bot.domain.alert import Alert, Happening
from bot.domain.delivery import Kind, Retry
from bot.domain.health import Part
from bot.domain.recording import Recording
from tests.archive.posting import claimed, send, send_all

Maker = Callable[..., Recording]
Owe = Callable[..., Any]
SECOND = timedelta(seconds=1)

MS = timedelta(milliseconds=1)
MOMENTS = st.none() | st.integers(0, 4_000_000_000_000).map(lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + ms * MS)
COUNTS = st.integers(0, 10**9)
ALERTS = st.builds(
    Alert,
    happening=st.sampled_from(Happening),
    part=st.none() | st.sampled_from(Part),
    channel=st.text(max_size=12),
    reason=st.text(st.characters(), max_size=40),
    since=MOMENTS,
    until=MOMENTS,
    came=COUNTS,
    waiting=COUNTS,
    recordings=st.lists(st.integers(0, 2**63 - 1), max_size=5).map(tuple),
)

DOWN = Alert(happening=Happening.DOWN, part=Part.PBX, reason="no answer")
BACK = Alert(happening=Happening.BACK, part=Part.PBX)
CLOSED = Alert(happening=Happening.CLOSED, channel="C7", reason="is_archived")
OPEN = Alert(happening=Happening.OPEN, channel="C7")
REFUSED = Alert(happening=Happening.REFUSED, channel="C7", reason="invalid_blocks")


@pytest.fixture
def owe(database: Database, noon: datetime) -> Owe:
    async def now(alert: Alert, *, but: int | None = None, site: str = "main") -> None:
        await database.write(partial(create_alert, alert=alert, site=site, now=noon, except_channel=but))

    return now


@pytest.fixture
async def told(outbox: SqlOutbox, noon: datetime) -> SqlOutbox:
    """C1 and C2 are told of alerts, C3 of recordings."""
    await outbox.subscribe("T1", "C3", now=noon)
    await outbox.set_alert_channels("T1", ["C1", "C2"], now=noon)
    return outbox


async def _waiting(outbox: SqlOutbox, now: datetime, channel: str) -> list[Alert | None]:
    return [post.alert for post in await send_all(outbox, now, channel)]


@given(ALERTS)
def test_an_alert_comes_back_as_it_went_in(alert: Alert) -> None:
    assert read_alert(write_alert(alert)) == alert


def test_half_a_character_is_no_obstacle() -> None:
    alert = Alert(happening=Happening.DOWN, reason="no \ud83d answer")
    assert write_alert(alert).isascii()
    assert read_alert(write_alert(alert)) == alert


async def test_an_alert_is_owed_to_every_channel_that_is_told_of_alerts(
    told: SqlOutbox, owe: Owe, noon: datetime
) -> None:
    await owe(DOWN)
    assert await told.due_channels(now=noon) == ("C1", "C2"), "also before the first look at the PBX"
    post = await claimed(told, noon)
    assert (post.kind, post.alert, post.recordings, post.is_current) == (Kind.ALERT, DOWN, (), True)


async def test_one_channel_can_be_left_out(told: SqlOutbox, owe: Owe, noon: datetime) -> None:
    await owe(CLOSED, but=2)
    assert await told.alert_channels() == ("C1", "C2")
    assert await told.due_channels(now=noon) == ("C2",), "C3 is subscription 1"


async def test_alerts_go_before_the_welcome_and_recordings_in_their_own_order(
    archive: SqlArchive, outbox: SqlOutbox, owe: Owe, recording: Maker, noon: datetime
) -> None:
    await archive.set_baseline([], baseline=0, total=0, now=noon)
    await outbox.subscribe("T1", "C1", now=noon)
    await outbox.set_alert_channels("T1", ["C1"], now=noon)
    await archive.store([recording(1)], now=noon, synced=1)
    await owe(DOWN)
    await owe(CLOSED)
    posts = await send_all(outbox, noon)
    assert [post.kind for post in posts] == [Kind.ALERT, Kind.ALERT, Kind.WELCOME, Kind.RECORDINGS]
    assert [post.alert for post in posts[:2]] == [DOWN, CLOSED]


async def test_no_alert_passes_the_message_under_way(
    archive: SqlArchive, welcomed: SqlOutbox, owe: Owe, recording: Maker, noon: datetime
) -> None:
    await welcomed.set_alert_channels("T1", ["C1"], now=noon)
    await archive.store([recording(1), recording(2)], now=noon, synced=2)
    first = await claimed(welcomed, noon)
    await owe(DOWN)
    assert (await claimed(welcomed, noon)).key == first.key, "its process died"
    await welcomed.failed(first, Retry(at=noon + SECOND), problem="busy", now=noon)
    assert await welcomed.claim_next("C1", now=noon) is None
    posts = await send_all(welcomed, noon + SECOND)
    assert [post.kind for post in posts] == [Kind.RECORDINGS, Kind.ALERT, Kind.RECORDINGS]


@pytest.mark.parametrize(
    ("waiting", "ending", "left"),
    [
        pytest.param(DOWN, BACK, [BACK], id="a part that is back"),
        pytest.param(CLOSED, OPEN, [OPEN], id="a channel that is open"),
        pytest.param(
            DOWN,
            Alert(happening=Happening.BACK, part=Part.SLACK),
            [DOWN, Alert(happening=Happening.BACK, part=Part.SLACK)],
            id="another part",
        ),
        pytest.param(
            CLOSED,
            Alert(happening=Happening.OPEN, channel="C8"),
            [CLOSED, Alert(happening=Happening.OPEN, channel="C8")],
            id="another channel",
        ),
        pytest.param(BACK, DOWN, [BACK, DOWN], id="a beginning takes nothing back"),
        pytest.param(REFUSED, OPEN, [REFUSED, OPEN], id="a message lost in a channel that is open again"),
    ],
)
async def test_what_an_end_takes_out_of_the_queue(
    told: SqlOutbox, owe: Owe, noon: datetime, *, waiting: Alert, ending: Alert, left: list[Alert]
) -> None:
    await owe(waiting)
    await owe(ending)
    assert await _waiting(told, noon, "C1") == left
    assert await _waiting(told, noon, "C2") == left


async def test_what_somebody_may_have_seen_is_not_taken_back(told: SqlOutbox, owe: Owe, noon: datetime) -> None:
    await owe(DOWN)
    await claimed(told, noon, "C1")
    await owe(BACK)
    assert await _waiting(told, noon, "C1") == [DOWN, BACK]
    assert await _waiting(told, noon, "C2") == [BACK]


@pytest.mark.parametrize(
    ("look", "left"),
    [
        pytest.param(True, [DOWN, BACK], id="perhaps it arrived"),
        pytest.param(False, [BACK], id="it surely did not"),
    ],
)
async def test_what_was_tried_is_taken_back_when_it_surely_did_not_arrive(
    told: SqlOutbox, owe: Owe, noon: datetime, *, look: bool, left: list[Alert]
) -> None:
    await owe(DOWN)
    await told.failed(await claimed(told, noon), Retry(at=noon, look=look), problem="no answer", now=noon)
    await owe(BACK)
    assert await _waiting(told, noon, "C1") == left


async def test_channels_that_are_told_no_more_get_nothing_that_waits(told: SqlOutbox, owe: Owe, noon: datetime) -> None:
    await owe(DOWN)
    under_way = await claimed(told, noon, "C2")
    await told.set_alert_channels("T1", ["C3"], now=noon)
    assert await told.alert_channels() == ("C3",)
    assert await told.due_channels(now=noon) == ("C2",)
    assert (await claimed(told, noon, "C2")).key == under_way.key, "it may be there already: it is looked for"
    await owe(BACK)
    assert await _waiting(told, noon, "C3") == [BACK]


async def test_channels_that_are_told_as_before_get_what_waits_for_them(
    told: SqlOutbox, owe: Owe, noon: datetime
) -> None:
    await owe(DOWN)
    await told.set_alert_channels("T1", ["C1"], now=noon)
    assert await _waiting(told, noon, "C1") == [DOWN]
    assert await _waiting(told, noon, "C2") == []


async def test_each_site_takes_back_its_own_alerts(
    database: Database, told: SqlOutbox, owe: Owe, noon: datetime
) -> None:
    await owe(DOWN, site="branch")
    await owe(BACK)
    assert await _waiting(told, noon, "C1") == [BACK]
    branch = SqlOutbox(database, site="branch")
    assert await branch.due_channels(now=noon) == ("C1", "C2")
    assert await _waiting(branch, noon, "C1") == [DOWN]


async def test_nobody_need_be_told(archive: SqlArchive, welcomed: SqlOutbox, owe: Owe, noon: datetime) -> None:
    await welcomed.set_alert_channels("T1", [], now=noon)
    await owe(DOWN)
    assert await welcomed.due_channels(now=noon) == ()


async def test_an_alert_does_not_count_as_a_post_of_recordings(
    archive: SqlArchive, welcomed: SqlOutbox, owe: Owe, noon: datetime
) -> None:
    await welcomed.set_alert_channels("T1", ["C1"], now=noon)
    await owe(DOWN)
    assert await send(welcomed, noon) == []
    assert [state.last_sent_at for state in await welcomed.channel_states()] == [None]


async def test_alerts_that_wait_for_another_workspace_stay(told: SqlOutbox, owe: Owe, noon: datetime) -> None:
    await owe(DOWN)
    await told.set_alert_channels("T2", ["C9"], now=noon)
    assert await told.alert_channels() == ("C1", "C2", "C9")
    assert await _waiting(told, noon, "C1") == [DOWN]
    await told.set_alert_channels("T2", [], now=noon)
    assert await told.alert_channels() == ("C1", "C2")
