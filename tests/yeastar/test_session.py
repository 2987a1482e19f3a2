import asyncio
import logging
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from bot.domain.query import Order, Sort
from bot.domain.recording import Listing
from bot.errors import PbxAddressBlocked, PbxError, PbxLoginRefused, PbxRefused, PbxUnreachable
from bot.yeastar import PbxClient
from tests.yeastar.stand_in import CLIENT_SECRET, StandIn, path_of, token_of

EXPIRED = {"errcode": 10004, "errmsg": "TOKEN EXPIRED"}
LISTED = {"errcode": 0, "total_number": 0, "data": []}


class Store:
    """A token store in memory, which tells what was done with it."""

    def __init__(self, pbx: StandIn, sealed: bytes | None = None) -> None:
        self.pbx = pbx
        self.sealed = sealed
        self.saved_after: list[list[str]] = []

    async def load(self) -> bytes | None:
        return self.sealed

    async def save(self, sealed: bytes | None) -> None:
        self.sealed = sealed
        self.saved_after.append(self.pbx.asked)


class BrokenStore:
    async def load(self) -> bytes | None:
        raise OSError("disk on fire")

    async def save(self, sealed: bytes | None) -> None:
        raise OSError("disk on fire")


async def listing(client: PbxClient, page: int = 1) -> Listing:
    return await client.recordings(page=page, size=10, sort=Sort.ID, order=Order.DESC)


async def failure(client: PbxClient) -> PbxError:
    with pytest.raises(PbxError) as caught:
        await listing(client)
    return caught.value


async def test_fifty_callers_share_one_login() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await asyncio.gather(*(listing(client, page) for page in range(1, 51)))
    assert pbx.asked.count("get_token") == 1
    assert pbx.asked.count("recording/list") == 50


async def test_nothing_is_asked_before_it_is_needed() -> None:
    pbx = StandIn()
    async with pbx.open():
        pass
    assert pbx.asked == []


async def test_a_token_serves_until_it_is_due_and_is_then_refreshed() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await listing(client)
        pbx.watch.pass_(minutes=24)
        await listing(client)
        pbx.watch.pass_(minutes=2)
        await asyncio.gather(*(listing(client, page) for page in range(1, 6)))
    assert pbx.asked == [
        "get_token",
        "recording/list",
        "recording/list",
        "refresh_token",
        *["recording/list"] * 5,
        "del_token",
    ]


async def test_it_is_revoked_on_close() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await listing(client)
    assert path_of(pbx.requests[-1]) == "del_token"
    assert token_of(pbx.requests[-1]) == "access-1"


@pytest.mark.parametrize("said", [httpx.ConnectError("gone"), httpx.Response(502), {"errcode": 10004}], ids=repr)
async def test_closing_raises_nothing_and_tries_once(said: Any) -> None:
    pbx = StandIn()
    pbx.says("del_token", said)
    async with pbx.open() as client:
        await listing(client)
    assert pbx.asked.count("del_token") == 1


async def test_a_token_that_ended_is_not_revoked() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await listing(client)
        pbx.watch.pass_(hours=1)
    assert "del_token" not in pbx.asked


async def test_on_10004_many_callers_renew_it_once() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await listing(client)
        pbx.tokens.clear()
        await asyncio.gather(*(listing(client, page) for page in range(1, 9)))
    assert pbx.asked.count("refresh_token") == 1
    assert pbx.asked.count("get_token") == 1


async def test_a_caller_who_comes_late_with_the_old_token_does_not_end_the_new_one() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await listing(client)
        old = await client._session.token()
        pbx.tokens.clear()
        await listing(client)
        new = await client._session.after(old)
    assert new.reveal() == "access-2"
    assert pbx.asked.count("refresh_token") == 1


async def test_one_login_follows_when_refreshing_fails() -> None:
    pbx = StandIn()
    pbx.says("refresh_token", EXPIRED)
    async with pbx.open() as client:
        await listing(client)
        pbx.tokens.clear()
        await listing(client)
    assert pbx.asked[2:] == ["recording/list", "refresh_token", "get_token", "recording/list", "del_token"]


async def test_a_pbx_that_calls_every_token_expired_is_asked_twice() -> None:
    pbx = StandIn()
    pbx.says("recording/list", EXPIRED)
    async with pbx.open() as client:
        error = await failure(client)
    assert type(error) is PbxRefused
    assert error.errcode == 10004
    assert pbx.asked.count("recording/list") == 2


async def test_no_login_when_the_pbx_is_silent_at_refreshing() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await listing(client)
        pbx.tokens.clear()
        pbx.says("refresh_token", httpx.ReadTimeout(""))
        assert type(await failure(client)) is PbxUnreachable
    assert pbx.asked.count("get_token") == 1


async def test_while_the_old_token_holds_a_failed_renewal_stops_nobody() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await listing(client)
        pbx.says("refresh_token", httpx.Response(502))
        pbx.watch.pass_(minutes=26)
        await listing(client)
        await listing(client)
        assert pbx.asked.count("refresh_token") == 1
        pbx.watch.pass_(minutes=2)
        await listing(client)
        assert pbx.asked.count("refresh_token") == 2


async def test_wrong_credentials_stop_the_client() -> None:
    pbx = StandIn()
    async with pbx.open(client_secret="wrong") as client:
        first = await failure(client)
        pbx.watch.pass_(days=3)
        second = await failure(client)
        with pytest.raises(PbxLoginRefused):
            await client.information()
    assert type(first) is PbxLoginRefused
    assert first is second
    assert first.errcode == 20002
    assert pbx.asked == ["get_token"]


@pytest.mark.parametrize(
    ("said", "kind", "minutes"),
    [
        pytest.param({"errcode": 70004, "block_expire_time": 180}, PbxAddressBlocked, 3, id="blocked, told for 3 min"),
        pytest.param({"errcode": 70004}, PbxAddressBlocked, 10, id="blocked, not told"),
        pytest.param({"errcode": 70087}, PbxAddressBlocked, 10, id="address not allowed"),
        pytest.param({"errcode": 60002}, PbxRefused, 1, id="8 tokens in use"),
    ],
)
async def test_no_login_for_a_while_after_some_refusals(
    said: dict[str, Any], kind: type[PbxError], minutes: int
) -> None:
    pbx = StandIn()
    pbx.says("get_token", said)
    async with pbx.open() as client:
        first = await failure(client)
        pbx.watch.pass_(seconds=minutes * 60 - 1)
        assert await failure(client) is first
        assert type(first) is kind
        assert pbx.asked == ["get_token"]
        del pbx.answers["get_token"]
        pbx.watch.pass_(seconds=1)
        await listing(client)


async def test_a_stored_error_does_not_grow_with_each_raise() -> None:
    pbx = StandIn()
    async with pbx.open(client_secret="wrong") as client:
        depths = [frames(await failure(client)) for _ in range(4)]
    assert depths[1] == depths[2] == depths[3]


def frames(error: BaseException) -> int:
    trace, count = error.__traceback__, 0
    while trace is not None:
        trace, count = trace.tb_next, count + 1
    return count


async def test_a_killed_process_leaves_its_token_to_the_next() -> None:
    pbx = StandIn()
    store = Store(pbx)
    async with pbx.open(tokens=store) as client:
        await listing(client)
        assert store.saved_after == [["get_token"]], "saved before it is first used"
        killed = store.sealed
    assert store.sealed is None, "a token that was revoked is not left behind"
    pbx = StandIn(pbx.watch)
    pbx.says("recording/list", LISTED)
    async with pbx.open(tokens=Store(pbx, killed)) as client:
        await listing(client)
    assert pbx.asked[0] == "recording/list"
    assert token_of(pbx.requests[0]) == "access-1"


async def test_a_token_taken_up_that_has_ended_is_refreshed() -> None:
    pbx = StandIn()
    store = Store(pbx)
    async with pbx.open(tokens=store) as client:
        await listing(client)
        killed = store.sealed
    store.sealed = killed
    pbx.requests.clear()
    pbx.watch.pass_(hours=2)
    async with pbx.open(tokens=store) as client:
        await listing(client)
    assert pbx.asked == ["refresh_token", "recording/list", "del_token"]


@pytest.mark.parametrize("options", [{"client_secret": "another"}, {"base_url": "https://10.0.0.9"}], ids=str)
async def test_a_token_sealed_otherwise_is_left_alone(options: dict[str, str]) -> None:
    pbx = StandIn()
    store = Store(pbx)
    async with pbx.open(tokens=store) as client:
        await listing(client)
        killed = store.sealed
    other = StandIn(pbx.watch)
    other.says("get_token", {"errcode": 60002})
    async with other.open(tokens=Store(other, killed), **options) as client:
        await failure(client)
    assert other.asked == ["get_token"]


async def test_on_10004_another_processs_token_is_taken_first() -> None:
    pbx = StandIn()
    store = Store(pbx)
    async with pbx.open(tokens=store) as first, pbx.open(tokens=store) as second:
        await listing(first)
        await listing(second)
        pbx.tokens.clear()
        await listing(first)
        await listing(second)
        assert pbx.asked.count("get_token") == 1
        assert pbx.asked.count("refresh_token") == 1


async def test_closing_leaves_another_processs_newer_token_in_the_store() -> None:
    pbx = StandIn()
    store = Store(pbx)
    async with pbx.open(tokens=store) as first:
        async with pbx.open(tokens=store) as second:
            await listing(second)
            pbx.tokens.clear()
            await listing(first)
            assert store.sealed is not None
            newer = store.sealed
            pbx.tokens.clear()
            await listing(first)
            assert store.sealed != newer
            newer = store.sealed
        assert store.sealed == newer
        assert path_of(pbx.requests[-1]) == "del_token"


async def test_a_store_that_fails_stops_nobody() -> None:
    pbx = StandIn()
    with capture_logs() as logs:
        async with pbx.open(tokens=BrokenStore()) as client:
            assert (await listing(client)).total == 3
    assert {entry["event"] for entry in logs} >= {"pbx_token_not_loaded", "pbx_token_not_saved"}


async def test_what_is_stored_holds_no_secret() -> None:
    pbx = StandIn()
    store = Store(pbx)
    async with pbx.open(tokens=store) as client:
        await listing(client)
        assert store.sealed is not None
        for secret in (b"access-1", b"refresh-1", CLIENT_SECRET.encode()):
            assert secret not in store.sealed


async def test_a_refused_login_is_logged_once_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    pbx = StandIn()
    with capture_logs() as logs:
        async with pbx.open(client_secret="wrong-but-secret") as client:
            await failure(client)
            await failure(client)
    assert [entry["event"] for entry in logs] == ["pbx_login_refused"]
    assert "wrong-but-secret" not in caplog.text + str(logs)
