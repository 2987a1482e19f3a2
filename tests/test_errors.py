"""Errors: a sentence for people, facts on attributes."""

from datetime import timedelta

import pytest

from bot import errors
from bot.errors import (
    BotError,
    PbxAddressBlocked,
    PbxError,
    PbxUnreachable,
    PbxUntrusted,
    QueryError,
    SettingsError,
    SlackBusy,
    SlackError,
)


@pytest.mark.parametrize(
    ("error", "sentence", "facts"),
    [
        pytest.param(
            SettingsError(("A is missing", "B is no address")),
            "A is missing\nB is no address",
            {"problems": ("A is missing", "B is no address")},
            id="settings: a line for each problem",
        ),
        pytest.param(
            QueryError("unknown word", word="lastest", position=(0, 7), nearest="latest 10"),
            "unknown word",
            {"word": "lastest", "position": (0, 7), "nearest": "latest 10"},
            id="a query: the word, its place, the nearest right line",
        ),
        pytest.param(
            PbxError("refused", errcode=10005, errmsg="NO PERMISSION", meaning="not allowed"),
            "refused",
            {"errcode": 10005, "errmsg": "NO PERMISSION", "meaning": "not allowed"},
            id="the PBX: its code, its words, the vendor's meaning",
        ),
        pytest.param(
            PbxAddressBlocked("blocked", errcode=70004, retry_after=timedelta(minutes=10)),
            "blocked",
            {"errcode": 70004, "retry_after": timedelta(minutes=10)},
            id="a blocked address: for how long",
        ),
        pytest.param(
            PbxUntrusted("untrusted", fingerprint="0A:0B"),
            "untrusted",
            {"fingerprint": "0A:0B", "errcode": None, "errmsg": ""},
            id="a certificate: the fingerprint to pin",
        ),
        pytest.param(SlackError("no", code="is_archived"), "no", {"code": "is_archived"}, id="Slack: its error name"),
        pytest.param(
            SlackBusy("busy", retry_after=timedelta(seconds=3)),
            "busy",
            {"code": "ratelimited", "retry_after": timedelta(seconds=3)},
            id="a busy Slack: how long to wait",
        ),
    ],
)
def test_an_error_carries_its_facts(error: BotError, sentence: str, facts: dict[str, object]) -> None:
    assert str(error) == sentence
    assert {name: getattr(error, name) for name in facts} == facts


def test_an_untrusted_certificate_is_handled_where_an_unreachable_pbx_is() -> None:
    with pytest.raises(PbxUnreachable):
        raise PbxUntrusted("untrusted", fingerprint=None)


def test_every_error_of_ours_is_a_bot_error() -> None:
    classes = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
    assert classes
    assert all(issubclass(error, BotError) for error in classes)
