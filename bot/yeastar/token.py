"""The access token of one PBX: fetch, renew and revoke it, and save it encrypted for the next process.

The PBX allows 8 live tokens per application (60002, live), and five bad logins block the address (70004, live). So all
callers share one token, and a process that was killed leaves its token to the next one.
Sources: P-Series developer guide, "Get Access Token", "Refresh Access Token", "Error Code and Error Message".
"""

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from bot.errors import PbxAddressBlocked, PbxError, PbxLoginRefused, PbxUnreachable
from bot.single_flight import SingleFlight
from bot.yeastar.errcodes import API_UNAVAILABLE, MAX_LIMITATION_EXCEEDED, TOKEN_EXPIRED, login_error
from bot.yeastar.transport import Transport
from bot.yeastar.wire import Tokens, WebPage, read_tokens

RENEW_AFTER = 5 / 6
"""Part of its lifetime after which a token is renewed: 25 of 30 minutes."""
BLOCKED_PAUSE = timedelta(minutes=10)
"""Without a login after 70004 and 70087, unless the PBX sends how long it blocks."""
LIMIT_PAUSE = timedelta(seconds=60)
"""Without a login after 60002: tokens of other programs must expire first."""
UNAVAILABLE_PAUSE = timedelta(minutes=15)
"""Without a login while the API is switched off, lacks a permission, or calls every new token expired."""
MAX_REJECTED = 2
"""New tokens in a row that the PBX calls expired at once."""
RENEWAL_PAUSE = timedelta(seconds=60)
"""Before a failed renewal is tried again while the old token is valid."""
REVOKE_SECONDS = 1.0
KEY_PURPOSE = b"recordings-bot pbx token v1"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token with its refresh token. Times are aware, UTC."""

    access: SecretStr
    refresh: SecretStr | None
    renew_at: datetime
    expires_at: datetime
    refresh_expires_at: datetime

    @classmethod
    def of(cls, tokens: Tokens, *, requested_at: datetime) -> "AccessToken":
        """Compute the times of tokens that were requested at that moment."""
        return cls(
            access=tokens.access,
            refresh=tokens.refresh,
            renew_at=requested_at + tokens.access_lifetime * RENEW_AFTER,
            expires_at=requested_at + tokens.access_lifetime,
            refresh_expires_at=requested_at + tokens.refresh_lifetime,
        )


class TokenStore(Protocol):
    """Stores one encrypted token. Both methods may raise anything: the client works without a store."""

    async def load(self) -> bytes | None:
        """Return what was saved last, or None."""

    async def save(self, encrypted: bytes | None, /) -> None:
        """Replace what was saved; None removes it."""


class EncryptedTokens:
    """Saves and loads the token of one PBX, encrypted with a key derived from client id and secret.

    Errors of the store are logged and not raised.
    """

    def __init__(self, store: TokenStore | None, *, client_id: str, client_secret: SecretStr, origin: str) -> None:
        self._store = store
        info = b"\0".join([KEY_PURPOSE, origin.encode(), client_id.encode()])
        derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=info)
        key = derivation.derive(client_secret.get_secret_value().encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    async def load(self) -> AccessToken | None:
        """Return the token that this or another process saved last; None when there is none that decrypts."""
        if self._store is None:
            return None
        try:
            encrypted = await self._store.load()
        except Exception:
            log.exception("pbx_token_not_loaded")
            return None
        return None if encrypted is None else self.decrypt(encrypted)

    async def save(self, token: AccessToken) -> None:
        """Replace the saved token."""
        await self._write(self.encrypt(token))

    async def remove(self, token: AccessToken) -> None:
        """Remove this token, but not a newer one that another process has saved meanwhile."""
        if await self.load() == token:
            await self._write(None)

    async def _write(self, encrypted: bytes | None) -> None:
        if self._store is None:
            return
        try:
            await self._store.save(encrypted)
        except Exception:
            log.exception("pbx_token_not_saved")

    def encrypt(self, token: AccessToken) -> bytes:
        """Return the token, encrypted and signed."""
        fields = {
            "access": token.access.get_secret_value(),
            "refresh": token.refresh.get_secret_value() if token.refresh else None,
            "renew_at": token.renew_at.isoformat(),
            "expires_at": token.expires_at.isoformat(),
            "refresh_expires_at": token.refresh_expires_at.isoformat(),
        }
        return self._fernet.encrypt(json.dumps(fields).encode())

    def decrypt(self, encrypted: bytes) -> AccessToken | None:
        """Return the token; None when it is broken, or was encrypted with another secret or for another PBX."""
        try:
            fields = json.loads(self._fernet.decrypt(encrypted))
            return AccessToken(
                access=SecretStr(fields["access"]),
                refresh=SecretStr(fields["refresh"]) if fields["refresh"] else None,
                renew_at=datetime.fromisoformat(fields["renew_at"]),
                expires_at=datetime.fromisoformat(fields["expires_at"]),
                refresh_expires_at=datetime.fromisoformat(fields["refresh_expires_at"]),
            )
        except (InvalidToken, ValueError, KeyError, TypeError):
            return None


class TokenProvider:
    """Provides the access token; concurrent callers share one request for it.

    After PbxLoginRefused it is stopped for good: every later call raises that error at once, without a request, until
    the process restarts. After 70004, 70087, 60002, a web page and the codes of `API_UNAVAILABLE` the same holds for a
    while.
    """

    def __init__(
        self,
        transport: Transport,
        saved: EncryptedTokens,
        *,
        client_id: str,
        client_secret: SecretStr,
        now: Callable[[], datetime],
    ) -> None:
        self._transport = transport
        self._saved = saved
        self._credentials = {"username": SecretStr(client_id), "password": client_secret}
        self._now = now
        self._token: AccessToken | None = None
        self._renew_at: datetime | None = None
        self._refusal: PbxError | None = None
        self._refused_until: datetime | None = None
        self._rejected: set[SecretStr] = set()
        self._flight: SingleFlight[str, AccessToken] = SingleFlight()

    @property
    def expires_at(self) -> datetime | None:
        """When the current token expires; None without one."""
        return self._token.expires_at if self._token else None

    async def get(self) -> SecretStr:
        """Return a valid access token; it is renewed before it expires. Raises a PbxError."""
        if self._token is not None and self._renew_at is not None and self._now() < self._renew_at:
            return self._token.access
        token = await self._flight.share("token", self._renew_if_due)
        return token.access

    async def replace(self, expired: SecretStr) -> SecretStr:
        """Return another access token, after the PBX has called this one expired (10004). Raises a PbxError.

        Only the current token is replaced: another caller may have done it meanwhile.
        """
        if self._token is not None and self._token.access != expired:
            return self._token.access
        token = await self._flight.share("token", lambda: self._renew(expired))
        if token.access == expired:  # joined a renewal that began before the token expired
            token = await self._flight.share("token", lambda: self._renew(expired))
        return token.access

    def accepted(self) -> None:
        """Record that the PBX accepted the current token."""
        self._rejected.clear()

    def rejected(self, token: SecretStr, error: PbxError) -> None:
        """Record that the PBX called a token expired that `replace` has just returned; after two in a row, pause."""
        self._rejected.add(token)
        if len(self._rejected) >= MAX_REJECTED:
            self._rejected.clear()
            self._token = None
            self._record_refusal(error)

    async def aclose(self) -> None:
        """Revoke the token, which makes room for another of the 8. Takes 1 s at most and raises nothing."""
        await self._flight.close()
        token, self._token = self._token, None
        if token is None or self._now() >= token.expires_at:
            return
        try:
            async with asyncio.timeout(REVOKE_SECONDS):
                await self._transport.get("del_token", token=token.access, tries=1)
                await self._saved.remove(token)
        except (PbxError, TimeoutError) as error:
            log.info("pbx_token_not_revoked", problem=str(error))

    async def _renew_if_due(self) -> AccessToken:
        """Return a first or a renewed token; if renewing fails, the old token until it expires."""
        token = self._token
        try:
            return await self._renew(None)
        except PbxError as error:
            if token is None or self._now() >= token.expires_at or isinstance(error, PbxLoginRefused):
                raise
            log.warning("pbx_token_not_renewed", problem=str(error))
            self._renew_at = min(self._now() + RENEWAL_PAUSE, token.expires_at)
            return token

    async def _renew(self, expired: SecretStr | None) -> AccessToken:
        """Return a new token: one that another process saved, else by the refresh token, else by one login."""
        self._raise_if_refused()
        old = expired or (self._token.access if self._token else None)
        token = await self._load_saved(old)
        if token is not None:
            return token
        token = await self._refresh()
        if token is None:
            # another process may have used the same refresh token before us, and saved its new token
            token = await self._load_saved(old)
            if token is not None:
                return token
            token = await self._log_in()
        await self._saved.save(token)  # before its first use: if this process is killed, the next one finds it
        self._token, self._renew_at = token, token.renew_at
        return token

    async def _load_saved(self, old: SecretStr | None) -> AccessToken | None:
        """Make the saved token the current one unless it is older; return it if it is usable and not the old one."""
        saved = await self._saved.load()
        if saved is None or (self._token is not None and saved.expires_at < self._token.expires_at):
            return None
        self._token, self._renew_at = saved, saved.renew_at
        return saved if saved.access != old and self._now() < saved.renew_at else None

    async def _refresh(self) -> AccessToken | None:
        """Return a new token for the refresh token; None without one, or when the PBX refuses it."""
        token = self._token
        if token is None or token.refresh is None or self._now() >= token.refresh_expires_at:
            return None
        try:
            return await self._request("refresh_token", {"refresh_token": token.refresh})
        except (PbxUnreachable, PbxAddressBlocked) as error:  # a login would fail in the same way
            self._record_refusal(error)
            raise
        except PbxError as error:
            log.info("pbx_token_not_refreshed", errcode=error.errcode, problem=str(error))
            return None

    async def _log_in(self) -> AccessToken:
        try:
            return await self._request("get_token", self._credentials)
        except PbxError as error:
            refusal = login_error(error)
            self._record_refusal(refusal)
            raise refusal from None

    async def _request(self, path: str, fields: Mapping[str, SecretStr]) -> AccessToken:
        requested_at = self._now()
        answer = await self._transport.post(path, fields)
        try:
            return AccessToken.of(read_tokens(answer, request=path), requested_at=requested_at)
        finally:
            del answer  # a logged traceback may print the locals of this frame

    def _record_refusal(self, error: PbxError) -> None:
        """Store an error that a next login would meet again, and for how long; others are ignored."""
        if isinstance(error, PbxLoginRefused):
            pause = None
        elif isinstance(error, PbxAddressBlocked):
            pause = error.retry_after or BLOCKED_PAUSE
        elif error.errcode == MAX_LIMITATION_EXCEEDED:
            pause = LIMIT_PAUSE
        elif isinstance(error, WebPage) or error.errcode == TOKEN_EXPIRED or error.errcode in API_UNAVAILABLE:
            pause = UNAVAILABLE_PAUSE
        else:
            return
        self._refusal = error
        self._refused_until = None if pause is None else self._now() + pause
        log.error("pbx_login_refused", errcode=error.errcode, problem=str(error))

    def _raise_if_refused(self) -> None:
        if self._refusal is None:
            return
        if self._refused_until is None or self._now() < self._refused_until:
            raise self._refusal.with_traceback(None)
        self._refusal = self._refused_until = None
