"""The one access token that a whole process asks with.

The PBX has room for 8 live tokens of an application (60002), and five bad logins block the address (70004).
Source: P-Series developer guide, "Get Access Token", "Error Code and Error Message".
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from bot.errors import PbxAddressBlocked, PbxError, PbxLoginRefused, PbxUnreachable
from bot.single_flight import SingleFlight
from bot.yeastar.grant import Grant
from bot.yeastar.kept import Kept
from bot.yeastar.line import Line
from bot.yeastar.refusals import MAX_LIMITATION_EXCEEDED, login_refusal
from bot.yeastar.secrecy import Secret
from bot.yeastar.wire import read_tokens

BLOCKED_PAUSE = timedelta(minutes=10)
"""Without a login after 70004 and 70087, unless the PBX tells how long it blocks."""
FULL_PAUSE = timedelta(seconds=60)
"""Without a login after 60002: tokens of others must end first."""
RENEWAL_PAUSE = timedelta(seconds=60)
"""Before a renewal that failed is tried again, while the old token still holds."""
REVOKE_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Session:
    """Fetches, renews and revokes the token. However many wait for it, one request is made.

    Once the client id or secret is refused it is stopped: every later call raises that same PbxLoginRefused at once
    and asks nothing of the PBX, until a new session is made. After 70004, 70087 and 60002 the same holds for a while.
    """

    def __init__(
        self, line: Line, *, client_id: str, client_secret: Secret, kept: Kept, now: Callable[[], datetime]
    ) -> None:
        self._line = line
        self._login_fields = {"username": Secret(client_id), "password": client_secret}
        self._kept = kept
        self._now = now
        self._grant: Grant | None = None
        self._renew_at: datetime | None = None
        self._refused: PbxError | None = None
        self._refused_until: datetime | None = None
        self._flight: SingleFlight[str, Grant] = SingleFlight()

    @property
    def token_until(self) -> datetime | None:
        """When the token in use ends; None without one."""
        return self._grant.ends_at if self._grant else None

    async def token(self) -> Secret:
        """The token to ask with now; renewed before it ends. Raises a PbxError."""
        if self._grant is not None and self._renew_at is not None and self._now() < self._renew_at:
            return self._grant.access
        grant = await self._flight.share("token", self._due)
        return grant.access

    async def after(self, failed: Secret) -> Secret:
        """The token to ask with once the PBX has called `failed` expired (10004). Raises a PbxError.

        Another caller may have renewed it meanwhile: only the current token is ever given up.
        """
        if self._grant is not None and self._grant.access != failed:
            return self._grant.access
        grant = await self._flight.share("token", lambda: self._renewed(failed))
        if grant.access == failed:  # joined a call that was under way for another reason
            grant = await self._flight.share("token", lambda: self._renewed(failed))
        return grant.access

    async def aclose(self) -> None:
        """Revoke the token, so that it frees its place among the 8. Takes 1 s at most and raises nothing."""
        await self._flight.close()
        grant, self._grant = self._grant, None
        if grant is None or self._now() >= grant.ends_at:
            return
        try:
            async with asyncio.timeout(REVOKE_SECONDS):
                await self._line.get("del_token", token=grant.access, tries=1)
                await self._kept.forget(grant)
        except (PbxError, TimeoutError) as error:
            log.info("pbx_token_not_revoked", problem=str(error))

    async def _due(self) -> Grant:
        """A first token, or a renewal before the end; should that fail, the old token serves until its end."""
        grant = self._grant
        try:
            return await self._renewed(None)
        except PbxError as error:
            if grant is None or self._now() >= grant.ends_at or isinstance(error, PbxLoginRefused):
                raise
            log.warning("pbx_token_not_renewed", problem=str(error))
            self._renew_at = min(self._now() + RENEWAL_PAUSE, grant.ends_at)
            return grant

    async def _renewed(self, failed: Secret | None) -> Grant:
        """A new token.

        1. What another process has left.
        2. The refresh token.
        3. What another process has left meanwhile: it may have been quicker with the same refresh token.
        4. One login.
        """
        self._raise_if_refused()
        stale = failed or (self._grant.access if self._grant else None)
        kept = await self._taken_up(stale)
        if kept is not None:
            return kept
        refreshed = await self._refreshed()
        if refreshed is not None:
            return await self._adopt(refreshed)
        kept = await self._taken_up(stale)
        return kept or await self._adopt(await self._logged_in())

    async def _taken_up(self, stale: Secret | None) -> Grant | None:
        """The kept token, if it is another than the stale one and not due. One that is due lends its refresh token."""
        kept = await self._kept.load()
        if kept is None or (self._grant is not None and kept.ends_at < self._grant.ends_at):
            return None
        self._grant, self._renew_at = kept, kept.renew_at
        return kept if kept.access != stale and self._now() < kept.renew_at else None

    async def _refreshed(self) -> Grant | None:
        """New tokens for the refresh token; None when the PBX does not take it, and a login is next."""
        grant = self._grant
        if grant is None or grant.refresh is None or self._now() >= grant.refresh_until:
            return None
        try:
            return await self._granted("refresh_token", {"refresh_token": grant.refresh})
        except (PbxUnreachable, PbxAddressBlocked) as error:
            self._remember(error)
            raise
        except PbxError as error:
            log.info("pbx_token_not_refreshed", errcode=error.errcode, problem=str(error))
            return None

    async def _logged_in(self) -> Grant:
        try:
            return await self._granted("get_token", self._login_fields)
        except PbxError as error:
            refused = login_refusal(error)
            self._remember(refused)
            raise refused from None

    async def _granted(self, path: str, fields: Mapping[str, Secret]) -> Grant:
        asked_at = self._now()
        answer = await self._line.post(path, fields)
        try:
            return Grant.of(read_tokens(answer, asked=path), now=asked_at)
        finally:
            del answer  # no frame of an error shows it

    async def _adopt(self, grant: Grant) -> Grant:
        """Saved before it is used: a process killed right after leaves it to its successor."""
        await self._kept.save(grant)
        self._grant, self._renew_at = grant, grant.renew_at
        return grant

    def _remember(self, error: PbxError) -> None:
        match error:
            case PbxLoginRefused():
                self._refused, self._refused_until = error, None
            case PbxAddressBlocked(retry_after=told):
                self._refused, self._refused_until = error, self._now() + (told or BLOCKED_PAUSE)
            case PbxError(errcode=code) if code == MAX_LIMITATION_EXCEEDED:
                self._refused, self._refused_until = error, self._now() + FULL_PAUSE
            case _:
                return
        log.error("pbx_login_refused", errcode=error.errcode, problem=str(error))

    def _raise_if_refused(self) -> None:
        if self._refused is None:
            return
        if self._refused_until is None or self._now() < self._refused_until:
            raise self._refused.with_traceback(None)
        self._refused = self._refused_until = None
