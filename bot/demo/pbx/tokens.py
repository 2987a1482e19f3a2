"""Login to the PBX stand-in: eight tokens, valid for 30 minutes, and a block after five failed logins.

Source: P-Series developer guide, "Get Access Token", "Refresh Access Token", "Revoke Access Token"; the limit of eight
and the block as observed on live PBXs.
"""

import json
import secrets
import string
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.demo.pbx.faults import Faults
from bot.demo.pbx.wire import Refusal

ACCESS_LIFE = timedelta(minutes=30)
REFRESH_LIFE = timedelta(days=1)
MOST_TOKENS = 8
MOST_BAD_LOGINS = 5
BLOCK = timedelta(minutes=10)
"""Duration of a block. Other clients wait 11 minutes; the vendor documents no time."""

TOKEN_LETTERS = string.ascii_letters + string.digits
TOKEN_LENGTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One login: its two tokens and their expiry times."""

    access: str
    access_until: datetime
    refresh: str | None
    """None after it was used, while the access token is still valid."""
    refresh_until: datetime

    @property
    def until(self) -> datetime:
        """Time after which none of its tokens is valid."""
        return self.access_until if self.refresh is None else self.refresh_until


class Tokens:
    """The issued tokens. A new login does not end earlier ones; it uses one of eight slots."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._sessions: list[Session] = []

    def take(self) -> Session:
        """Create a login. Raises Refusal 60002 while eight access tokens are valid."""
        now = self._clock()
        self._sessions = [session for session in self._sessions if session.until > now]
        if self.alive >= MOST_TOKENS:
            raise Refusal(60002)
        self._sessions.append(_session(now))
        return self._sessions[-1]

    def renew(self, refresh: str, *, keep_old_access: bool) -> Session:
        """Replace both tokens of a login. Raises Refusal 10004 for a refresh token that is not the latest."""
        now = self._clock()
        old = next((session for session in self._sessions if session.refresh == refresh and session.until > now), None)
        if old is None:
            raise Refusal(10004)
        self._sessions.remove(old)
        if keep_old_access:
            self._sessions.append(replace(old, refresh=None))
        return self.take()

    def revoke(self, access: str) -> None:
        """End the login with this access token, including its refresh token."""
        self._sessions = [session for session in self._sessions if session.access != access]

    def forget(self) -> None:
        """End every login."""
        self._sessions.clear()

    def knows(self, access: str) -> bool:
        """Return whether the access token is valid."""
        now = self._clock()
        return any(session.access == access and session.access_until > now for session in self._sessions)

    @property
    def alive(self) -> int:
        """Number of used slots: logins whose access token is valid, except those replaced by a refresh."""
        now = self._clock()
        return sum(session.access_until > now for session in self._sessions if session.refresh is not None)


class Logins:
    """The three token endpoints of one application, with protection against guessing its secret."""

    def __init__(self, client_id: str, client_secret: str, *, clock: Callable[[], datetime], faults: Faults) -> None:
        self.tokens = Tokens(clock)
        self._expected = client_id, client_secret
        self._clock = clock
        self._faults = faults
        self._bad: defaultdict[str, int] = defaultdict(int)
        self._blocked: dict[str, datetime] = {}

    def get_token(self, body: bytes, address: str) -> dict[str, Any]:
        """Log in with client id and secret. Raises Refusal: -2, 40002, 70004, 60002 or the code for a bad login."""
        self._check_block(address)
        given = _read_fields(body, "username", "password")
        if given != self._expected:
            self._count_bad(address)
            raise Refusal(self._faults.bad_login_errcode)
        self._bad.pop(address, None)
        return self._told(self.tokens.take())

    def refresh_token(self, body: bytes) -> dict[str, Any]:
        """Return two new tokens. Raises Refusal: -2, 40002, or 10004 for a token that is not the latest."""
        (refresh,) = _read_fields(body, "refresh_token")
        return self._told(self.tokens.renew(refresh, keep_old_access=self._faults.keep_old_access))

    def _told(self, session: Session) -> dict[str, Any]:
        return {
            "access_token_expire_time": int(ACCESS_LIFE.total_seconds()),
            "access_token": session.access,
            "refresh_token_expire_time": int(REFRESH_LIFE.total_seconds()),
            "refresh_token": session.refresh,
        }

    def _check_block(self, address: str) -> None:
        """Raise Refusal 70004 for a blocked address, even with the right secret. A try does not extend the block."""
        until = self._blocked.get(address)
        if until and until > self._clock():
            raise Refusal(70004, block_expire_time=int(until.timestamp()))

    def _count_bad(self, address: str) -> None:
        self._bad[address] += 1
        if self._bad[address] >= MOST_BAD_LOGINS:
            del self._bad[address]
            self._blocked[address] = self._clock() + BLOCK


def _session(now: datetime) -> Session:
    return Session(access=_token(), access_until=now + ACCESS_LIFE, refresh=_token(), refresh_until=now + REFRESH_LIFE)


def _token() -> str:
    return "".join(secrets.choice(TOKEN_LETTERS) for _ in range(TOKEN_LENGTH))


def _read_fields(body: bytes, *names: str) -> tuple[str, ...]:
    """Return string fields of a JSON body. Raises Refusal: -2 when it is not JSON, 40002 when a field is missing."""
    try:
        value = json.loads(body)
    except ValueError:
        raise Refusal(-2, invalid_param_list=[{"value": _complaint(body)}]) from None
    fields = value if isinstance(value, dict) else {}
    missing = [name for name in names if not isinstance(fields.get(name), str)]
    if missing:
        problems = [{"value": name, "validation_type": "required"} for name in missing]
        raise Refusal(40002, invalid_param_list=problems)
    return tuple(fields[name] for name in names)


def _complaint(body: bytes) -> str:
    """Return the message of the PBX's JSON parser, as observed on a P560 with firmware 37.23.0.123."""
    text = body.decode(errors="replace").strip()
    return f"invalid character '{text[0]}' looking for beginning of value" if text else "EOF"
