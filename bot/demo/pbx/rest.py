"""The PBX stand-in's endpoints: access checks, routing, and the JSON envelope.

A failure also has status 200: only `errcode` shows it. Source: P-Series developer guide, "API Request Overview".
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request

from bot.demo.pbx.downloads import FOLDER, Downloads
from bot.demo.pbx.extensions import list_extensions
from bot.demo.pbx.faults import Faults
from bot.demo.pbx.listing import Listing
from bot.demo.pbx.rows import Setup
from bot.demo.pbx.tokens import Logins
from bot.demo.pbx.wire import Answer, Refusal, envelope, refused

API = "/openapi/v1.0/"
FIRMWARE = {"seed": "83.6.0.24", "new": "83.20.0.128"}


class Rest:
    """All endpoints under `/openapi/v1.0/`, and the downloads at the root of the host."""

    def __init__(
        self,
        *,
        logins: Logins,
        listing: Listing,
        downloads: Downloads,
        setup: Setup,
        faults: Faults,
        clock: Callable[[], datetime],
        shown: Callable[[], datetime],
    ) -> None:
        """Create the endpoints. `shown` returns the date and time of the PBX's clock, `clock` measures elapsed time."""
        self.logins = logins
        self._listing = listing
        self._downloads = downloads
        self._setup = setup
        self._faults = faults
        self._clock = clock
        self._shown = shown
        self._started_at = clock()

    def reboot(self) -> None:
        """Delete every token and restart the up-time."""
        self.logins.tokens.forget()
        self._started_at = self._clock()

    async def answer(self, request: Request) -> Answer:
        """Return the PBX's answer to one request."""
        try:
            self._check_caller(request)
            return await self._find_endpoint(request)
        except Refusal as refusal:
            return refused(refusal)

    def _check_caller(self, request: Request) -> None:
        allowed = self._faults.allowed_addresses
        if allowed is not None and _address(request) not in allowed:
            raise Refusal(70087)
        if self._faults.refuse_user_agentless and not request.headers.get("user-agent"):
            raise Refusal(10005)

    async def _find_endpoint(self, request: Request) -> Answer:
        match request.method, request.url.path.removeprefix(API):
            case "POST", "get_token":
                return envelope(self.logins.get_token(await request.body(), _address(request)))
            case "POST", "refresh_token":
                return envelope(self.logins.refresh_token(await request.body()))
            case "GET", name:
                return self._with_token(name, dict(request.query_params))
            case _:
                raise Refusal(10001)

    def _with_token(self, name: str, params: dict[str, str]) -> Answer:
        """Check the access token, then answer. Raises Refusal 10004 for an unknown or expired token."""
        token = params.pop("access_token", "")
        if not self.logins.tokens.knows(token):
            raise Refusal(10004)
        if name.startswith(FOLDER):
            return self._downloads.file(name)
        return envelope(self._told(name, token, params))

    def _told(self, name: str, token: str, params: dict[str, str]) -> dict[str, Any]:
        match name:
            case "del_token":
                self.logins.tokens.revoke(token)
                return {}
            case "recording/list":
                return self._listing.everything(params)
            case "recording/search":
                return self._listing.search(params)
            case "recording/download":
                return self._downloads.link(params)
            case "extension/list":
                return list_extensions(params, self._faults)
            case "system/information":
                return {"data": self._information()}
            case _:
                raise Refusal(10001)

    def _information(self) -> dict[str, Any]:
        """Return the answer of `system/information`.

        Source: "Query PBX Information", which shows the time format `hh:mm:ss` for a 24-hour clock.
        """
        now = self._shown()
        told = {
            "device_name": "Demo PBX",
            "model_name": "P-Series Software Edition",
            "sn": "3631A0000000",
            "firmware_version": FIRMWARE[self._setup.edition],
            "system_time": self._setup.display.time(now),
            "up_time": int((self._clock() - self._started_at).total_seconds()),
        }
        if self._faults.no_formats:
            return told
        return told | {
            "system_date_format": self._setup.display.date_format,
            "system_time_format": "hh:mm:ss",
            "timestamp": int(now.timestamp()),
        }


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
