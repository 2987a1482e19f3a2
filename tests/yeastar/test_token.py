import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.domain.query import Order, Sort
from bot.domain.recording import RecordingPage
from bot.errors import PbxAddressBlocked, PbxError, PbxForbidden, PbxLoginRefused, PbxRefused, PbxUnreachable
from bot.yeastar import PbxClient
from bot.yeastar.token import AccessToken, EncryptedTokens
from bot.yeastar.wire import Tokens, WebPage
from tests.yeastar.stand_in import CLIENT_SECRET, START, Gate, StandIn, path_of, seconds_for, token_of, turns

EXPIRED = {"errcode": 10004, "errmsg": "TOKEN EXPIRED"}
LISTED = {"errcode": 0, "total_number": 0, "data": []}


class Store:
    """A token store in memory, which tells what was done with it."""

    def __init__(self, pbx: StandIn, encrypted: bytes | None = None) -> None:
        self.pbx = pbx
        self.encrypted = encrypted
        self.saved_after: list[list[str]] = []

    async def load(self) -> bytes | None:
        return self.encrypted

    async def save(self, encrypted: bytes | None) -> None:
        self.encrypted = encrypted
        self.saved_after.append(self.pbx.paths)


class BrokenStore:
    async def load(self) -> bytes | None:
        raise OSError("disk on fire")

    async def save(self, encrypted: bytes | None) -> None:
        raise OSError("disk on fire")


async def listing(client: PbxClient, page: int = 1) -> RecordingPage:
    return await client.recordings(page=page, size=10, sort=Sort.ID, order=Order.DESC)


async def failure(client: PbxClient) -> PbxError:
    with pytest.raises(PbxError) as caught:
        await listing(client)
    return caught.value


async def test_fifty_callers_share_one_login() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await asyncio.gather(*(listing(client, page) for page in range(1, 51)))
    assert pbx.paths.count("get_token") == 1
    assert pbx.paths.count("recording/list") == 50


async def test_no_token_is_requested_before_it_is_needed() -> None:
    pbx = StandIn()
    async with pbx.open():
        pass
    assert pbx.paths == []


@pytest.mark.parametrize(
    ("age", "requests"),
    [
        pytest.param(timedelta(minutes=24, seconds=59), [], id="it serves for 25 of its 30 minutes"),
        pytest.param(timedelta(minutes=25), ["refresh_token"], id="then it is refreshed"),
        pytest.param(timedelta(hours=23, minutes=59, seconds=59), ["refresh_token"], id="even when it has ended"),
        pytest.param(timedelta(hours=24), ["get_token"], id="unless the refresh token has ended, too"),
    ],
)
async def test_a_token_is_renewed_before_it_ends(age: timedelta, requests: list[str]) -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await listing(client)
        pbx.requests.clear()
        pbx.clock.time += age
        await asyncio.gather(*(listing(client, page) for page in range(1, 6)))
        assert pbx.paths == [*requests, *["recording/list"] * 5]


async def test_a_token_without_a_refresh_token_is_followed_by_a_login() -> None:
    pbx = StandIn()
    pbx.set_answers("get_token", {"errcode": 0, "access_token": "lone"})
    pbx.set_answers("recording/list", LISTED)
    async with pbx.open() as client:
        await listing(client)
        pbx.clock.advance(minutes=25)
        await listing(client)
    assert pbx.paths == ["get_token", "recording/list", "get_token", "recording/list", "del_token"]


async def test_a_tokens_lifetime_begins_with_its_request() -> None:
    pbx = StandIn()
    asked_at = pbx.clock.now()

    def slow(_: httpx.Request) -> httpx.Response:
        pbx.clock.advance(seconds=9)
        return httpx.Response(200, json={"errcode": 0, "access_token": "slow", "access_token_expire_time": 600})

    pbx.answers["get_token"] = slow
    pbx.set_answers("recording/list", LISTED)
    async with pbx.open() as client:
        assert client.token_until is None
        await listing(client)
        assert client.token_until == asked_at + timedelta(minutes=10)


async def test_the_token_is_revoked_on_close() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await listing(client)
    assert path_of(pbx.requests[-1]) == "del_token"
    assert token_of(pbx.requests[-1]) == "access-1"


@pytest.mark.parametrize("answer", [httpx.ConnectError("gone"), httpx.Response(502), {"errcode": 10004}], ids=repr)
async def test_closing_raises_nothing_and_tries_once(answer: Any) -> None:
    pbx = StandIn()
    pbx.set_answers("del_token", answer)
    store = Store(pbx)
    async with pbx.open(tokens=store) as client:
        await listing(client)
    assert pbx.paths.count("del_token") == 1
    assert store.encrypted is not None, "a token that still takes a place is left to the next process"


def test_closing_waits_at_most_a_second_for_the_pbx() -> None:
    async def silence(request: httpx.Request) -> httpx.Response:
        if path_of(request) == "del_token":
            await asyncio.Event().wait()
        return pbx.answer(request)

    async def closed() -> None:
        async with pbx.open(transport=httpx.MockTransport(silence)) as client:
            await listing(client)

    pbx = StandIn()
    assert seconds_for(closed()) == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize(
    ("age", "revoked"),
    [
        pytest.param(timedelta(minutes=29, seconds=59), True, id="a second before its end"),
        pytest.param(timedelta(minutes=30), False, id="at its end"),
    ],
)
async def test_a_token_that_has_ended_is_not_revoked(age: timedelta, revoked: bool) -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await listing(client)
        pbx.clock.time += age
    assert ("del_token" in pbx.paths) is revoked


async def test_closing_cancels_a_login_in_flight() -> None:
    pbx = StandIn()
    gate = Gate(pbx, "get_token")
    async with pbx.open(transport=gate) as client:
        request = asyncio.create_task(client.information())
        await gate.reached.wait()
    await turns()
    assert request.cancelled()
    assert pbx.paths == []


async def test_on_10004_many_callers_renew_it_once() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await listing(client)
        pbx.tokens.clear()
        await asyncio.gather(*(listing(client, page) for page in range(1, 9)))
    assert pbx.paths.count("refresh_token") == 1
    assert pbx.paths.count("get_token") == 1


async def test_a_late_caller_with_the_old_token_does_not_replace_the_new_one() -> None:
    pbx = StandIn()
    gate = Gate(pbx, "recording/list")
    async with pbx.open(transport=gate) as client:
        late = asyncio.create_task(listing(client, 1))
        await gate.reached.wait()
        pbx.tokens.clear()
        await listing(client, 2)
        gate.open()
        await late
    assert pbx.paths.count("refresh_token") == 1
    assert token_of(pbx.requests[-2]) == "access-2"


async def test_a_caller_who_joins_a_failed_renewal_starts_another() -> None:
    """One caller's token is due, another's is called expired meanwhile: the old token serves only the first."""
    pbx = StandIn()
    pbx.set_answers("system/information", {"errcode": 0, "data": {}})

    async def carry(request: httpx.Request) -> httpx.Response:
        return await (renewal if path_of(request) == "refresh_token" else listed).handle_async_request(request)

    renewal, listed = Gate(pbx, "refresh_token"), Gate(pbx, "recording/list")

    def fails_once(_: httpx.Request) -> httpx.Response:
        del pbx.answers["refresh_token"]
        return httpx.Response(502)

    async with pbx.open(transport=httpx.MockTransport(carry)) as client:
        await client.information()
        refused = asyncio.create_task(listing(client))
        await listed.reached.wait()
        pbx.clock.advance(minutes=26)
        pbx.answers["refresh_token"] = fails_once
        due = asyncio.create_task(client.information())
        await renewal.reached.wait()
        pbx.tokens.clear()
        listed.open()
        await turns()
        renewal.open()
        await due
        assert (await refused).total == 3
    assert pbx.paths.count("refresh_token") == 2


async def test_one_login_follows_when_refreshing_fails() -> None:
    pbx = StandIn()
    pbx.set_answers("refresh_token", EXPIRED)
    async with pbx.open() as client:
        await listing(client)
        pbx.tokens.clear()
        await listing(client)
    assert pbx.paths[2:] == ["recording/list", "refresh_token", "get_token", "recording/list", "del_token"]


async def test_a_request_is_sent_twice_to_a_pbx_that_calls_every_token_expired() -> None:
    pbx = StandIn()
    pbx.set_answers("recording/list", EXPIRED)
    async with pbx.open() as client:
        error = await failure(client)
    assert type(error) is PbxRefused
    assert error.errcode == 10004
    assert pbx.paths.count("recording/list") == 2


async def test_a_pbx_that_calls_every_new_token_expired_is_left_alone_for_15_minutes() -> None:
    pbx = StandIn()
    pbx.set_answers("recording/list", EXPIRED)
    async with pbx.open() as client:
        await failure(client)
        error = await failure(client)
        pbx.requests.clear()
        pbx.clock.advance(minutes=14, seconds=59)
        assert await failure(client) is error
        assert pbx.paths == []
        del pbx.answers["recording/list"]
        pbx.clock.advance(seconds=1)
        await listing(client)


async def test_renewals_that_help_are_no_reason_for_a_pause() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        for _ in range(4):
            pbx.set_answers("recording/list", EXPIRED)
            await failure(client)
            del pbx.answers["recording/list"]
            await listing(client)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(httpx.ReadTimeout(""), PbxUnreachable, id="the PBX is silent"),
        pytest.param({"errcode": 70004}, PbxAddressBlocked, id="this address is blocked"),
        pytest.param({"errcode": 70087}, PbxAddressBlocked, id="this address is not allowed"),
    ],
)
async def test_no_login_follows_a_refresh_that_failed_for_another_reason_than_its_token(
    answer: Any, kind: type[PbxError]
) -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await listing(client)
        pbx.tokens.clear()
        pbx.set_answers("refresh_token", answer)
        assert type(await failure(client)) is kind
    assert pbx.paths.count("get_token") == 1


@pytest.mark.parametrize("silent", [httpx.Response(502), httpx.ReadTimeout("")], ids=repr)
async def test_a_failed_renewal_is_ignored_while_the_old_token_is_valid(silent: Any) -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await listing(client)
        pbx.set_answers("refresh_token", silent)
        pbx.clock.advance(minutes=29, seconds=59)
        await listing(client)
        pbx.clock.advance(seconds=1)
        pbx.requests.clear()
        assert type(await failure(client)) is PbxUnreachable
        assert pbx.paths == ["refresh_token"], "no request with an expired token"


@pytest.mark.parametrize(
    ("failed_at", "not_yet", "again_at"),
    [
        pytest.param(
            timedelta(minutes=26), timedelta(minutes=26, seconds=59), timedelta(minutes=27), id="a minute later"
        ),
        pytest.param(
            timedelta(minutes=29, seconds=30),
            timedelta(minutes=29, seconds=59),
            timedelta(minutes=30),
            id="at the token's end, if that is sooner",
        ),
    ],
)
async def test_a_renewal_that_failed_is_tried_again(
    failed_at: timedelta, not_yet: timedelta, again_at: timedelta
) -> None:
    pbx = StandIn()
    start = pbx.clock.now()
    async with pbx.open() as client:
        await listing(client)
        pbx.set_answers("refresh_token", httpx.Response(502))
        for age, tries in ((failed_at, 1), (not_yet, 1)):
            pbx.clock.time = start + age
            await listing(client)
            assert pbx.paths.count("refresh_token") == tries
        del pbx.answers["refresh_token"]
        pbx.clock.time = start + again_at
        pbx.requests.clear()
        await listing(client)
        assert pbx.paths == ["refresh_token", "recording/list"]


async def test_a_refused_login_stops_the_client_although_its_token_is_valid() -> None:
    """The credentials were changed: the old token would hide it for minutes, and each further login counts."""
    pbx = StandIn()
    async with pbx.open() as client:
        await listing(client)
        pbx.set_answers("refresh_token", EXPIRED)
        pbx.set_answers("get_token", {"errcode": 20002, "errmsg": "INVALID"})
        pbx.clock.advance(minutes=26)
        first = await failure(client)
        assert type(first) is PbxLoginRefused
        pbx.clock.advance(minutes=2)
        assert await failure(client) is first
    assert pbx.paths == ["get_token", "recording/list", "refresh_token", "get_token", "del_token"]


async def test_no_renewal_is_tried_while_the_address_is_blocked() -> None:
    pbx = StandIn()
    async with pbx.open() as client:
        await listing(client)
        pbx.set_answers("refresh_token", {"errcode": 70004, "block_expire_time": 600})
        pbx.clock.advance(minutes=26)
        await listing(client)
        pbx.clock.advance(minutes=3)
        await listing(client)
        pbx.clock.advance(minutes=1)
        assert type(await failure(client)) is PbxAddressBlocked
    assert pbx.paths.count("refresh_token") == 1
    assert pbx.paths.count("get_token") == 1


async def test_wrong_credentials_stop_the_client() -> None:
    pbx = StandIn()
    async with pbx.open(client_secret="wrong") as client:
        first = await failure(client)
        pbx.clock.advance(days=3)
        second = await failure(client)
        with pytest.raises(PbxLoginRefused):
            await client.information()
    assert type(first) is PbxLoginRefused
    assert first is second
    assert first.errcode == 20002
    assert pbx.paths == ["get_token"]


@pytest.mark.parametrize(
    ("answer", "kind", "minutes"),
    [
        pytest.param({"errcode": 70004, "block_expire_time": 180}, PbxAddressBlocked, 3, id="blocked for 3 min"),
        pytest.param({"errcode": 70004}, PbxAddressBlocked, 10, id="blocked without a time"),
        pytest.param({"errcode": 70087}, PbxAddressBlocked, 10, id="address not allowed"),
        pytest.param({"errcode": 60002}, PbxRefused, 1, id="8 tokens in use"),
        pytest.param({"errcode": 10009}, PbxRefused, 15, id="a feature that is off"),
        pytest.param({"errcode": 10005}, PbxForbidden, 15, id="no permission"),
        pytest.param({"errcode": 40002}, PbxRefused, 15, id="a login request that is not understood"),
        pytest.param({"errcode": 70123}, PbxRefused, 15, id="no API"),
        pytest.param({"errcode": 70656}, PbxRefused, 15, id="an API that is off"),
        pytest.param({"errcode": 10001}, PbxRefused, 15, id="no such interface"),
        pytest.param(httpx.Response(200, text="<html>"), WebPage, 15, id="a web page"),
    ],
)
async def test_no_login_for_a_while_after_some_refusals(answer: Any, kind: type[PbxError], minutes: int) -> None:
    pbx = StandIn()
    pbx.set_answers("get_token", answer)
    async with pbx.open() as client:
        first = await failure(client)
        pbx.clock.advance(seconds=minutes * 60 - 1)
        assert await failure(client) is first
        assert type(first) is kind
        assert pbx.paths == ["get_token"]
        del pbx.answers["get_token"]
        pbx.clock.advance(seconds=1)
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
        killed = store.encrypted
    assert store.encrypted is None, "a token that was revoked is not left behind"
    pbx = StandIn(pbx.clock)
    pbx.set_answers("recording/list", LISTED)
    async with pbx.open(tokens=Store(pbx, killed)) as client:
        await listing(client)
    assert pbx.paths[0] == "recording/list"
    assert token_of(pbx.requests[0]) == "access-1"


@pytest.mark.parametrize(
    ("age", "requests"),
    [
        pytest.param(timedelta(minutes=24, seconds=59), [], id="not yet due"),
        pytest.param(timedelta(minutes=25), ["refresh_token"], id="due"),
        pytest.param(timedelta(hours=2), ["refresh_token"], id="ended"),
        pytest.param(timedelta(hours=24), ["get_token"], id="its refresh token ended, too"),
    ],
)
async def test_a_token_of_an_earlier_process_is_renewed_when_it_is_due(age: timedelta, requests: list[str]) -> None:
    pbx = StandIn()
    store = Store(pbx)
    async with pbx.open(tokens=store) as client:
        await listing(client)
        killed = store.encrypted
    store.encrypted = killed
    pbx.set_answers("recording/list", LISTED)
    pbx.requests.clear()
    pbx.clock.time += age
    async with pbx.open(tokens=store) as client:
        await listing(client)
    assert pbx.paths == [*requests, "recording/list", "del_token"]


@pytest.mark.parametrize("options", [{"client_secret": "another"}, {"base_url": "https://10.0.0.9"}], ids=str)
async def test_a_token_encrypted_with_another_key_is_not_used(options: dict[str, str]) -> None:
    pbx = StandIn()
    store = Store(pbx)
    async with pbx.open(tokens=store) as client:
        await listing(client)
        killed = store.encrypted
    other = StandIn(pbx.clock)
    other.set_answers("get_token", {"errcode": 60002})
    async with other.open(tokens=Store(other, killed), **options) as client:
        await failure(client)
    assert other.paths == ["get_token"]


async def test_on_10004_the_token_of_another_process_is_used_first() -> None:
    pbx = StandIn()
    store = Store(pbx)
    async with pbx.open(tokens=store) as first, pbx.open(tokens=store) as second:
        await listing(first)
        await listing(second)
        pbx.tokens.clear()
        await listing(first)
        await listing(second)
        assert pbx.paths.count("get_token") == 1
        assert pbx.paths.count("refresh_token") == 1


async def test_the_token_of_a_process_that_refreshed_first_is_used() -> None:
    pbx = StandIn()
    store = Store(pbx)
    async with pbx.open(tokens=store) as first, pbx.open(tokens=store) as second:
        await listing(first)
        await listing(second)
        old = store.encrypted
        pbx.clock.advance(minutes=26)
        await listing(first)
        new, store.encrypted = store.encrypted, old

        def too_late(_: httpx.Request) -> httpx.Response:
            store.encrypted = new
            return httpx.Response(200, json=EXPIRED)

        pbx.answers["refresh_token"] = too_late
        pbx.requests.clear()
        await listing(second)
        assert pbx.paths == ["refresh_token", "recording/list"]
        assert token_of(pbx.requests[-1]) == "access-2"


async def test_a_saved_token_older_than_the_current_one_is_not_used() -> None:
    pbx = StandIn()
    store = Store(pbx)
    async with pbx.open(tokens=store) as client:
        await listing(client)
        old = store.encrypted
        pbx.clock.advance(minutes=20)
        pbx.tokens.clear()
        await listing(client)
        store.encrypted = old  # as where saving the second one failed
        pbx.tokens.clear()
        pbx.requests.clear()
        await listing(client)
        assert pbx.paths == ["recording/list", "refresh_token", "recording/list"]
        assert token_of(pbx.requests[-1]) == "access-3"


async def test_closing_leaves_another_processs_newer_token_in_the_store() -> None:
    pbx = StandIn()
    store = Store(pbx)
    async with pbx.open(tokens=store) as first:
        async with pbx.open(tokens=store) as second:
            await listing(second)
            pbx.clock.advance(minutes=26)
            await listing(first)
            newer = store.encrypted
        assert (path_of(pbx.requests[-1]), token_of(pbx.requests[-1])) == ("del_token", "access-1")
        assert store.encrypted == newer
    assert token_of(pbx.requests[-1]) == "access-2"
    assert store.encrypted is None


async def test_errors_of_the_store_are_only_logged() -> None:
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
        assert store.encrypted is not None
        for secret in (b"access-1", b"refresh-1", CLIENT_SECRET.encode()):
            assert secret not in store.encrypted


async def test_a_refused_login_is_logged_once_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    pbx = StandIn()
    with capture_logs() as logs:
        async with pbx.open(client_secret="wrong-but-secret") as client:
            await failure(client)
            await failure(client)
    assert [entry["event"] for entry in logs] == ["pbx_login_refused"]
    assert "wrong-but-secret" not in caplog.text + str(logs)


ORIGIN = "https://192.168.5.150:8088"


def encrypted_tokens(client_id: str = "id", secret: str = "secret", origin: str = ORIGIN) -> EncryptedTokens:
    return EncryptedTokens(None, client_id=client_id, client_secret=SecretStr(secret), origin=origin)


SAVED = encrypted_tokens()
TOKENS = Tokens(SecretStr("ACCESS"), SecretStr("REFRESH"), timedelta(minutes=30), timedelta(days=1))


def test_a_token_is_renewed_after_25_of_30_minutes() -> None:
    token = AccessToken.of(TOKENS, requested_at=START)
    assert token.renew_at == START + timedelta(minutes=25)
    assert token.expires_at == START + timedelta(minutes=30)
    assert token.refresh_expires_at == START + timedelta(days=1)


@pytest.mark.parametrize("refresh", [SecretStr("REFRESH"), None])
def test_what_is_encrypted_decrypts_again(refresh: SecretStr | None) -> None:
    token = AccessToken.of(Tokens(SecretStr("ACCESS"), refresh, timedelta(1), timedelta(2)), requested_at=START)
    encrypted = SAVED.encrypt(token)
    assert SAVED.decrypt(encrypted) == token
    assert b"ACCESS" not in encrypted
    assert b"REFRESH" not in encrypted


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(encrypted_tokens(secret="another"), id="another secret"),
        pytest.param(encrypted_tokens("di"), id="another client id"),
        pytest.param(encrypted_tokens(origin="https://10.0.0.9"), id="another PBX"),
    ],
)
def test_it_does_not_decrypt_for(other: EncryptedTokens) -> None:
    assert other.decrypt(SAVED.encrypt(AccessToken.of(TOKENS, requested_at=START))) is None


@pytest.mark.parametrize(
    "broken",
    [b"", b"no token", b"\xff\xfe", Fernet(Fernet.generate_key()).encrypt(b"{}")],
    ids=["nothing", "not encrypted", "no text", "encrypted by somebody else"],
)
def test_what_is_broken_does_not_decrypt(broken: bytes) -> None:
    assert SAVED.decrypt(broken) is None


class Odd:
    """A time that another version wrote in its own way."""

    def __init__(self, written: object) -> None:
        self._written = written

    def isoformat(self) -> Any:
        return self._written


@pytest.mark.parametrize("name", ["renew_at", "expires_at", "refresh_expires_at"])
@pytest.mark.parametrize("written", ["soon", "", 5, None], ids=repr)
def test_what_another_version_wrote_does_not_decrypt(name: str, written: object) -> None:
    times: dict[str, Any] = {name: Odd(written)}
    assert SAVED.decrypt(SAVED.encrypt(replace(AccessToken.of(TOKENS, requested_at=START), **times))) is None


@pytest.mark.parametrize("content", [b"[]", b"{}", b"null"])
def test_another_shape_does_not_decrypt(content: bytes) -> None:
    assert SAVED.decrypt(SAVED._fernet.encrypt(content)) is None  # `encrypt` takes no other shape
