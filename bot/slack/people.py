"""The people who ask: their time zones from Slack, and their extensions from the PBX, both cached."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

import structlog

from bot.domain.extension import Extension, extension_of
from bot.errors import BotError
from bot.ports import Clock, Extensions
from bot.single_flight import SingleFlight
from bot.slack.clients import Clients
from bot.slack.errors import slack_errors

PROFILE_AGE = timedelta(hours=1)
EXTENSIONS_AGE = timedelta(minutes=10)
"""How long what was read is used."""
AFTER_FAILURE = timedelta(minutes=1)
"""How long a failed read is not tried again."""
MAX_ENTRIES = 5_000
PATIENCE = timedelta(seconds=0.5)
"""How long an answer may wait for the asker's zone. Then it uses UTC."""
MENTION_PATIENCE = timedelta(seconds=1.2)
"""How long a line that mentions people may wait for their extensions."""

log = structlog.get_logger(__name__)

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Cache(Generic[Key, Value]):
    """A cache that raises nothing, waits for a limited time, and reads once for concurrent callers.

    After a failed read the old value stays; each kind of failure is logged once. cachetools and async-lru have neither.
    """

    def __init__(
        self, read: Callable[[Key], Awaitable[Value]], clock: Clock, *, max_age: timedelta, source: str
    ) -> None:
        """`read` may raise BotError. `source` names it in the log."""
        self._read = read
        self._clock = clock
        self._max_age = max_age
        self._source = source
        self._entries: dict[Key, tuple[Value | None, datetime]] = {}
        """The value, and until when it is used; oldest first."""
        self._flight: SingleFlight[Key, Value | None] = SingleFlight()
        self._logged: set[str] = set()

    async def get(self, key: Key, patience: timedelta) -> Value | None:
        """Return the value, or None where there is none within `patience`; the read goes on then."""
        value, until = self._entries.get(key, (None, None))
        if until is not None and self._clock.now() < until:
            return value
        try:
            async with asyncio.timeout(patience.total_seconds()):
                return await self._flight.share(key, lambda: self._renew(key))
        except TimeoutError:
            return value

    async def close(self) -> None:
        """Cancel every read."""
        await self._flight.close()

    async def _renew(self, key: Key) -> Value | None:
        value, _ = self._entries.pop(key, (None, None))
        age = self._max_age
        try:
            value = await self._read(key)
        except Exception as error:  # noqa: BLE001 - logged, a bug with its traceback
            self._log(error)
            age = AFTER_FAILURE
        self._entries[key] = (value, self._clock.now() + age)
        while len(self._entries) > MAX_ENTRIES:
            del self._entries[next(iter(self._entries))]
        return value

    def _log(self, error: Exception) -> None:
        kind = f"{type(error).__name__} {getattr(error, 'code', '')}"
        if kind in self._logged:
            return
        self._logged.add(kind)
        if isinstance(error, BotError):
            log.warning("not_known", what=self._source, error=str(error))
        else:
            log.error("not_known", what=self._source, exc_info=error)


@dataclass(frozen=True, slots=True)
class Profile:
    """Part of Slack's user object. `phone` is as the person typed it; it and `email` may be empty."""

    zone: tzinfo
    phone: str
    email: str


class People:
    """The `AskedPeople` of the features. A fact that cannot be read in time is left out: nothing raises.

    Needs the scopes users:read and, to find an extension by e-mail, users:read.email; and the PBX's permission to
    list extensions. Source: Slack, "users.info" and "User object".
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
        self._profiles = Cache(self._read_profile, clock, max_age=PROFILE_AGE, source="Slack's users")
        self._extensions = Cache(self._read_extensions, clock, max_age=EXTENSIONS_AGE, source="the PBX's extensions")

    async def zone(self, user: str) -> tzinfo:
        """Return the user's time zone; UTC where it is unknown."""
        profile = await self._profiles.get(user, self._patience) if user else None
        return profile.zone if profile else UTC

    async def extensions_of(self, users: Iterable[str]) -> Mapping[str, str]:
        """Return the extension numbers of those users who have one, by user id."""
        users = tuple(users)
        numbers = await asyncio.gather(*map(self.extension, users))
        return {user: number for user, number in zip(users, numbers, strict=True) if number}

    async def extension(self, user: str) -> str | None:
        """Return the number of the user's extension; None where it is unknown."""
        patience = self._mention_patience
        profile, extensions = await asyncio.gather(
            self._profiles.get(user, patience), self._extensions.get("", patience)
        )
        if profile is None:
            return None
        found = extension_of(extensions or (), phone=profile.phone, email=profile.email, region=self._region)
        return found.number if found else None

    async def close(self) -> None:
        """Cancel every read."""
        await self._profiles.close()
        await self._extensions.close()

    async def _read_profile(self, user: str) -> Profile:
        with slack_errors("users.info"):
            answer = await self._reads.users_info(user=user)
        return read_profile(answer.get("user") or {})

    async def _read_extensions(self, _: str) -> Sequence[Extension]:
        return await self._pbx.extensions()


def read_profile(user: Mapping[str, Any]) -> Profile:
    """Read Slack's user object. Bots and people from elsewhere may have no zone: UTC then."""
    profile = user.get("profile") or {}
    return Profile(zone=_zone(user), phone=str(profile.get("phone") or ""), email=str(profile.get("email") or ""))


def _zone(user: Mapping[str, Any]) -> tzinfo:
    """Return the zone by its name, or by today's offset where this machine does not have that name."""
    try:
        return ZoneInfo(str(user["tz"]))
    except (KeyError, ValueError, OSError):
        pass
    offset = user.get("tz_offset")
    if type(offset) is int and abs(offset) < timedelta(days=1).total_seconds():
        return timezone(timedelta(seconds=offset))
    return UTC
