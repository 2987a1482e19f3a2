import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.demo.pbx.faults import Faults
from bot.demo.pbx.tokens import Logins
from bot.demo.pbx.wire import Refusal

HERE = "192.168.5.20"
RIGHT = json.dumps({"username": "id", "password": "secret"}).encode()
WRONG = json.dumps({"username": "id", "password": "guess"}).encode()


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, time: timedelta) -> None:
        self.now += time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def logins(clock: Clock, faults: Faults) -> Logins:
    return Logins("id", "secret", clock=clock, faults=faults)


def renewed(logins: Logins, refresh: str) -> dict[str, Any]:
    return logins.refresh_token(json.dumps({"refresh_token": refresh}).encode())


def refusal(logins: Logins, body: bytes, address: str = HERE) -> Refusal:
    with pytest.raises(Refusal) as caught:
        logins.get_token(body, address)
    return caught.value


def test_a_login_gives_two_tokens_of_32_letters_and_their_lives_in_seconds(logins: Logins) -> None:
    told = logins.get_token(RIGHT, HERE)
    assert (told["access_token_expire_time"], told["refresh_token_expire_time"]) == (1800, 86400)
    assert {len(told["access_token"]), len(told["refresh_token"])} == {32}
    assert told["access_token"].isalnum()


def test_an_access_token_dies_after_thirty_minutes(logins: Logins, clock: Clock) -> None:
    access = logins.get_token(RIGHT, HERE)["access_token"]
    clock.pass_(timedelta(minutes=29, seconds=59))
    assert logins.tokens.knows(access)
    clock.pass_(timedelta(seconds=1))
    assert not logins.tokens.knows(access)


def test_a_refresh_renews_both_and_kills_the_old_ones(logins: Logins) -> None:
    old = logins.get_token(RIGHT, HERE)
    new = renewed(logins, old["refresh_token"])
    assert not logins.tokens.knows(old["access_token"])
    assert logins.tokens.knows(new["access_token"])
    with pytest.raises(Refusal) as caught:
        renewed(logins, old["refresh_token"])
    assert caught.value.errcode == 10004


def test_the_old_access_token_can_be_told_to_live_out_its_time(logins: Logins, faults: Faults, clock: Clock) -> None:
    faults.keep_old_access = True
    old = logins.get_token(RIGHT, HERE)
    clock.pass_(timedelta(minutes=20))
    renewed(logins, old["refresh_token"])
    assert logins.tokens.knows(old["access_token"])
    assert logins.tokens.alive == 1
    clock.pass_(timedelta(minutes=10))
    assert not logins.tokens.knows(old["access_token"])


def test_a_refresh_token_outlives_its_access_token_by_a_day_at_most(logins: Logins, clock: Clock) -> None:
    first = logins.get_token(RIGHT, HERE)
    clock.pass_(timedelta(hours=23))
    second = renewed(logins, first["refresh_token"])
    clock.pass_(timedelta(hours=24))
    with pytest.raises(Refusal) as caught:
        renewed(logins, second["refresh_token"])
    assert caught.value.errcode == 10004


def test_the_ninth_live_token_is_refused(logins: Logins) -> None:
    told = [logins.get_token(RIGHT, HERE) for _ in range(8)]
    assert refusal(logins, RIGHT).errcode == 60002
    renewed(logins, told[0]["refresh_token"])
    logins.tokens.revoke(told[1]["access_token"])
    assert logins.get_token(RIGHT, HERE)


def test_places_are_free_again_after_thirty_minutes(logins: Logins, clock: Clock) -> None:
    for _ in range(8):
        logins.get_token(RIGHT, HERE)
    clock.pass_(timedelta(minutes=30))
    assert logins.tokens.alive == 0
    assert logins.get_token(RIGHT, HERE)


def test_five_bad_logins_block_the_address_for_ten_minutes(logins: Logins, clock: Clock) -> None:
    assert [refusal(logins, WRONG).errcode for _ in range(5)] == [20002] * 5
    blocked = refusal(logins, RIGHT)
    assert blocked.errcode == 70004
    assert blocked.extra == {"block_expire_time": int((clock.now + timedelta(minutes=10)).timestamp())}
    assert logins.get_token(RIGHT, "192.168.5.21")
    clock.pass_(timedelta(minutes=10))
    assert logins.get_token(RIGHT, HERE)


def test_a_good_login_forgives_the_bad_ones_before_it(logins: Logins) -> None:
    for _ in range(4):
        refusal(logins, WRONG)
    logins.get_token(RIGHT, HERE)
    refusal(logins, WRONG)
    assert logins.get_token(RIGHT, HERE)


def test_the_code_for_a_bad_login_can_be_chosen(logins: Logins, faults: Faults) -> None:
    faults.bad_login_errcode = 1
    assert refusal(logins, WRONG).errcode == 1


@pytest.mark.parametrize(
    ("body", "errcode", "value"),
    [
        pytest.param(b"client=1", -2, "invalid character 'c' looking for beginning of value", id="a form"),
        pytest.param(b"", -2, "EOF", id="nothing"),
        pytest.param(b"[]", 40002, "username", id="a list"),
        pytest.param(b'{"username": "id", "password": 7}', 40002, "password", id="a number for the secret"),
    ],
)
def test_a_body_that_cannot_be_read_says_why_and_is_no_bad_login(
    logins: Logins, body: bytes, errcode: int, value: str
) -> None:
    for _ in range(6):
        refused = refusal(logins, body)
        assert refused.errcode == errcode
        assert refused.extra["invalid_param_list"][0]["value"] == value
