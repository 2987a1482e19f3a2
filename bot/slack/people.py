"""The people who ask, as Slack and the PBX know them: their time zones, and their extensions."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.extension import Extension, extension_of
from bot.ports import Clock, Extensions
from bot.slack.cache import Cache
from bot.slack.clients import Clients
from bot.slack.errors import slack_error

PROFILE_KEEPS = timedelta(hours=1)
EXTENSIONS_KEEP = timedelta(minutes=10)
PATIENCE = timedelta(seconds=0.5)
"""How long an answer may wait for the asker's zone; it is told in UTC then."""
MENTION_PATIENCE = timedelta(seconds=1.2)
"""How long a line that mentions people may wait for their extensions: without them it cannot be answered."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What Slack tells of a user, as far as we need it. `phone` is as they typed it; it and `email` may be empty."""

    zone: tzinfo
    phone: str
    email: str


class People:
    """Fills `PeopleKnown`. What Slack or the PBX does not tell in time, or at all, is not known: nothing raises.

    Needs the scopes users:read and, to know people by their e-mail, users:read.email; and of the PBX the permission
    to list extensions. Source: Slack, "users.info" and "User object".
    """

    def __init__(
        self,
        clients: Clients,
        extensions: Extensions,
        clock: Clock,
        *,
        region: str | None = None,
        patience: timedelta = PATIENCE,
        mention_patience: timedelta = MENTION_PATIENCE,
    ) -> None:
        """`region` is the country of telephone numbers that are written without one."""
        self._reads = clients.reads
        self._pbx = extensions
        self._region = region
        self._patience = patience
        self._mention_patience = mention_patience
        self._profiles = Cache(self._read_profile, clock, keeps=PROFILE_KEEPS, what="Slack's users")
        self._extensions = Cache(self._read_extensions, clock, keeps=EXTENSIONS_KEEP, what="the PBX's extensions")

    async def zone(self, user: str) -> tzinfo:
        """The user's own; UTC where it is not told in time."""
        profile = await self._profiles.get(user, self._patience) if user else None
        return profile.zone if profile else UTC

    async def extensions_of(self, users: Iterable[str]) -> Mapping[str, str]:
        """Return the extension numbers of those users who have one, by user id."""
        users = tuple(users)
        numbers = await asyncio.gather(*map(self.extension, users))
        return {user: number for user, number in zip(users, numbers, strict=True) if number}

    async def extension(self, user: str) -> str | None:
        """The number of the user's extension; None where there is none, or nobody tells in time."""
        patience = self._mention_patience
        profile, extensions = await asyncio.gather(
            self._profiles.get(user, patience), self._extensions.get("", patience)
        )
        if profile is None:
            return None
        found = extension_of(extensions or (), phone=profile.phone, email=profile.email, region=self._region)
        return found.number if found else None

    async def close(self) -> None:
        """Give up what is under way."""
        await self._profiles.close()
        await self._extensions.close()

    async def _read_profile(self, user: str) -> Profile:
        try:
            answer = await self._reads.users_info(user=user)
        except Exception as error:
            raise slack_error(error, "users.info") from error
        return read_profile(answer.get("user") or {})

    async def _read_extensions(self, _: str) -> Sequence[Extension]:
        return await self._pbx.extensions()


def read_profile(user: Mapping[str, Any]) -> Profile:
    """A user object of Slack's. Bots and people whom Slack does not tell of have no zone: UTC then."""
    told = user.get("profile") or {}
    return Profile(zone=_zone(user), phone=str(told.get("phone") or ""), email=str(told.get("email") or ""))


def _zone(user: Mapping[str, Any]) -> tzinfo:
    """By name; where this machine does not know that, as far from UTC as Slack says it is now."""
    try:
        return ZoneInfo(str(user["tz"]))
    except (KeyError, ValueError, OSError):
        pass
    offset = user.get("tz_offset")
    if type(offset) is int and abs(offset) < timedelta(days=1).total_seconds():
        return timezone(timedelta(seconds=offset))
    return UTC
