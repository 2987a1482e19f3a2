"""A Slack workspace as plain state: people, channels, messages, views and files. It knows no HTTP and no bot."""

import asyncio
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Message = dict[str, Any]
"""A message as Slack stores it, with `channel` beside it; an ephemeral one also has `is_ephemeral` and `to`, and the
public answer to a command `typed`, the line that Slack shows above it.
"""

PRIVATE_KEYS = ("channel", "is_ephemeral", "to", "typed")
"""What `Message` holds for us and Slack does not send inside a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """The workspace."""

    id: str
    name: str
    domain: str


@dataclass(slots=True, kw_only=True)
class User:
    """A member of the workspace, or the bot's own user."""

    id: str
    name: str
    real_name: str
    tz: str = "Europe/London"
    title: str = ""
    """The job title in the profile."""
    phone: str = ""
    """As the person typed it into the profile; empty where they did not."""
    email: str = ""
    is_admin: bool = False
    is_owner: bool = False
    is_guest: bool = False
    is_bot: bool = False
    deleted: bool = False


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel, or a direct message when `dm_with` names a user."""

    id: str
    name: str
    members: set[str]
    is_private: bool = False
    is_archived: bool = False
    is_general: bool = False
    is_ext_shared: bool = False
    topic: str = ""
    dm_with: str | None = None
    messages: list[Message] = field(default_factory=list)
    """Oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """The app's ids in this workspace."""

    user_id: str
    bot_id: str
    app_id: str
    name: str


def ts_number(ts: str) -> Decimal:
    """A `ts` that can be compared. Raises ArithmeticError for what is not a number from 0 up."""
    number = Decimal(ts)
    if not number.is_finite() or number < 0:
        raise ArithmeticError(ts)
    return number


class World:
    """One workspace. Every change counts up `version` and wakes everything that waits for it.

    `clock` gives seconds since the epoch.
    """

    def __init__(
        self,
        *,
        team: Team,
        bot: Bot,
        users: Iterable[User],
        channels: Iterable[Channel],
        groups: dict[str, list[str]],
        clock: Callable[[], float],
    ) -> None:
        self.team = team
        self.bot = bot
        self.clock = clock
        self.users = {user.id: user for user in users}
        self.channels = {channel.id: channel for channel in channels}
        self.groups = groups
        self.whispers: list[Message] = []
        """Ephemeral messages on screen, oldest first."""
        self.views: dict[str, dict[str, Any]] = {}
        """Every view by id."""
        self.modals: dict[str, list[str]] = {}
        """The stack of open modals by user, the one in front last."""
        self.homes: dict[str, dict[str, Any]] = {}
        """App Home by user."""
        self.files: dict[str, dict[str, Any]] = {}
        self.version = 0
        self._numbers = itertools.count(1)
        self._last_ts = 0
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """Count a change and wake everything that waits for one."""
        self.version += 1
        waiters, self._changed = self._changed, asyncio.Event()
        waiters.set()

    async def wait_for(self, predicate: Callable[[], bool], seconds: float) -> None:
        """Return once the predicate holds; it is checked after every change. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not predicate():
                await self._changed.wait()

    def new_id(self, prefix: str) -> str:
        """An id never given before."""
        return f"{prefix}{next(self._numbers):08X}"

    def new_ts(self) -> str:
        """A message's time in microseconds, unique and growing though the clock may stand still."""
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def channel_named(self, name: str) -> Channel | None:
        """The channel with this name, written with or without `#`."""
        plain = name.removeprefix("#")
        return next((channel for channel in self.channels.values() if channel.name == plain), None)

    def dm(self, user_id: str) -> Channel:
        """The bot's direct messages with a user, opened when there are none yet."""
        for channel in self.channels.values():
            if channel.dm_with == user_id:
                return channel
        channel = Channel(id=self.new_id("D"), name="", members={user_id, self.bot.user_id}, dm_with=user_id)
        self.channels[channel.id] = channel
        self.changed()
        return channel

    def say(self, channel_id: str, content: dict[str, Any], *, user: str | None = None) -> Message:
        """Store a message: of the bot, or of the person `user`."""
        message = self._message(channel_id, content)
        if user is not None:
            for key in ("bot_id", "app_id", "bot_profile"):
                del message[key]
            message["user"] = user
        self.channels[channel_id].messages.append(message)
        self.changed()
        return message

    def whisper(self, user_id: str, channel_id: str, content: dict[str, Any]) -> Message:
        """Show an ephemeral message to one person. It is in no history."""
        message = {**self._message(channel_id, content), "is_ephemeral": True, "to": user_id}
        self.whispers.append(message)
        self.changed()
        return message

    def edit(self, message: Message, content: dict[str, Any]) -> None:
        """Put new content into a message, under the same `ts`."""
        for key in ("text", "metadata"):
            if key in content:
                message[key] = content[key]
        message["blocks"] = self.with_ids(content.get("blocks", []))
        if not message.get("is_ephemeral"):
            message["edited"] = {"user": self.bot.bot_id, "ts": self.new_ts()}
        self.changed()

    def remove(self, message: Message) -> None:
        """Take a message off the screen, ephemeral or not."""
        messages = self.whispers if message.get("is_ephemeral") else self.channels[message["channel"]].messages
        messages.remove(message)
        self.changed()

    def find(self, channel_id: str, ts: str) -> Message | None:
        """The stored message, or None. Ephemeral ones are never found: Slack does not keep them."""
        channel = self.channels.get(channel_id)
        return next((message for message in channel.messages if message["ts"] == ts), None) if channel else None

    def find_whisper(self, channel_id: str, ts: str) -> Message | None:
        """The ephemeral message still on screen, or None."""
        return next((w for w in self.whispers if w["channel"] == channel_id and w["ts"] == ts), None)

    def _message(self, channel_id: str, content: dict[str, Any]) -> Message:
        kept = {k: content[k] for k in ("metadata", "thread_ts", "files") if content.get(k) is not None}
        return {
            "type": "message",
            "user": self.bot.user_id,
            "bot_id": self.bot.bot_id,
            "app_id": self.bot.app_id,
            "team": self.team.id,
            "bot_profile": self._bot_profile(),
            "text": content.get("text") or "",
            "blocks": self.with_ids(content.get("blocks") or []),
            "ts": self.new_ts(),
            "channel": channel_id,
            **kept,
        }

    def _bot_profile(self) -> dict[str, Any]:
        return {
            "id": self.bot.bot_id,
            "app_id": self.bot.app_id,
            "name": self.bot.name,
            "icons": {},
            "deleted": False,
            "updated": 0,
            "team_id": self.team.id,
        }

    def with_ids(self, blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Slack names the blocks that came without a `block_id`."""
        return [block if "block_id" in block else {**block, "block_id": self.new_id("b")} for block in blocks]


def sent(message: Message, *, whole_metadata: bool = True) -> dict[str, Any]:
    """The message as Slack sends it. Without `whole_metadata` only its `event_type` is told, as in a history
    asked for without `include_all_metadata` (Slack, "Using message metadata").
    """
    told = {key: value for key, value in message.items() if key not in PRIVATE_KEYS}
    if not whole_metadata and "metadata" in told:
        told["metadata"] = {"event_type": told["metadata"]["event_type"]}
    return told
