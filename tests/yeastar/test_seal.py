from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet

from bot.yeastar.grant import Grant
from bot.yeastar.seal import Seal
from bot.yeastar.secrecy import Secret
from bot.yeastar.wire import Tokens
from tests.yeastar.stand_in import START

ORIGIN = "https://192.168.5.150:8088"
SEAL = Seal("id", Secret("secret"), origin=ORIGIN)
TOKENS = Tokens(Secret("ACCESS"), Secret("REFRESH"), timedelta(minutes=30), timedelta(days=1))


def test_a_grant_is_renewed_after_25_of_30_minutes() -> None:
    grant = Grant.of(TOKENS, now=START)
    assert grant.renew_at == START + timedelta(minutes=25)
    assert grant.ends_at == START + timedelta(minutes=30)
    assert grant.refresh_until == START + timedelta(days=1)


@pytest.mark.parametrize("refresh", [Secret("REFRESH"), None])
def test_what_is_sealed_opens_again(refresh: Secret | None) -> None:
    grant = Grant.of(Tokens(Secret("ACCESS"), refresh, timedelta(1), timedelta(2)), now=START)
    sealed = SEAL.close(grant)
    assert SEAL.open(sealed) == grant
    assert b"ACCESS" not in sealed
    assert b"REFRESH" not in sealed


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Seal("id", Secret("another"), origin=ORIGIN), id="another secret"),
        pytest.param(Seal("di", Secret("secret"), origin=ORIGIN), id="another client id"),
        pytest.param(Seal("id", Secret("secret"), origin="https://10.0.0.9"), id="another PBX"),
    ],
)
def test_it_does_not_open_for(other: Seal) -> None:
    assert other.open(SEAL.close(Grant.of(TOKENS, now=START))) is None


@pytest.mark.parametrize(
    "broken",
    [b"", b"no seal", b"\xff\xfe", Fernet(Fernet.generate_key()).encrypt(b"{}")],
    ids=["nothing", "no seal", "no text", "sealed by somebody else"],
)
def test_what_is_broken_does_not_open(broken: bytes) -> None:
    assert SEAL.open(broken) is None


class Odd:
    """A time that another version wrote in its own way."""

    def __init__(self, written: object) -> None:
        self._written = written

    def isoformat(self) -> Any:
        return self._written


@pytest.mark.parametrize("name", ["renew_at", "ends_at", "refresh_until"])
@pytest.mark.parametrize("written", ["soon", "", 5, None], ids=repr)
def test_what_another_version_sealed_does_not_open(name: str, written: object) -> None:
    times: dict[str, Any] = {name: Odd(written)}
    assert SEAL.open(SEAL.close(replace(Grant.of(TOKENS, now=START), **times))) is None


@pytest.mark.parametrize("content", [b"[]", b"{}", b"null"])
def test_nor_does_another_shape(content: bytes) -> None:
    assert SEAL.open(SEAL._fernet.encrypt(content)) is None  # only the seal has the key
