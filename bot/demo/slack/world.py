"""The state of a Slack workspace: people, channels, messages, views and files. It uses neither HTTP nor the bot."""

import asyncio
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Message = dict[str, Any]
"""A message as Slack stores it, with an additional key `channel`.

An ephemeral message also has `is_ephemeral` and `to`. The public answer to a command also has `typed`, the line that
Slack shows above it.
"""

PRIVATE_KEYS = ("channel", "is_ephemeral", "to", "typed")
"""Keys of `Message` that Slack does not send inside a message."""


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
    """The number as typed into the profile; empty when there is none."""
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
    """Return a `ts` as a number that can be compared. Raises ArithmeticError unless it is a number from 0 up."""
    number = Decimal(ts)
    if not number.is_finite() or number < 0:
        raise ArithmeticError(ts)
    return number


class World:
    """One workspace. Every change increments `version` and wakes everything that waits for a change.

    `clock` returns seconds since the epoch.
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
        """The stack of open modals by user, with the top one last."""
        self.homes: dict[str, dict[str, Any]] = {}
        """App Home by user."""
        self.files: dict[str, dict[str, Any]] = {}
        self.version = 0
        self._numbers = itertools.count(1)
        self._last_ts = 0
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """Increment `version` and wake everything that waits for a change."""
        self.version += 1
        waiters, self._changed = self._changed, asyncio.Event()
        waiters.set()

    async def wait_for(self, predicate: Callable[[], bool], seconds: float) -> None:
        """Wait until the predicate holds; it is checked after every change. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not predicate():
                await self._changed.wait()

    def new_id(self, prefix: str) -> str:
        """Return an id that was never used before."""
        return f"{prefix}{next(self._numbers):08X}"

    def new_ts(self) -> str:
        """Return a message's time in seconds with six decimals.

        It is unique and increases with each call, even when the clock does not advance.
        """
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def channel_named(self, name: str) -> Channel | None:
        """Return the channel with this name, written with or without `#`, or None."""
        plain = name.removeprefix("#")
        return next((channel for channel in self.channels.values() if channel.name == plain), None)

    def dm(self, user_id: str) -> Channel:
        """Return the bot's direct messages with a user, and open them when there are none yet."""
        for channel in self.channels.values():
            if channel.dm_with == user_id:
                return channel
        channel = Channel(id=self.new_id("D"), name="", members={user_id, self.bot.user_id}, dm_with=user_id)
        self.channels[channel.id] = channel
        self.changed()
        return channel

    def say(self, channel_id: str, content: dict[str, Any], *, user: str | None = None) -> Message:
        """Store a message of the bot, or of the person `user`."""
        message = self._message(channel_id, content)
        if user is not None:
            for key in ("bot_id", "app_id", "bot_profile"):
                del message[key]
            message["user"] = user
        self.channels[channel_id].messages.append(message)
        self.changed()
        return message

    def whisper(self, user_id: str, channel_id: str, content: dict[str, Any]) -> Message:
        """Show an ephemeral message to one person. It is not in the channel's history."""
        message = {**self._message(channel_id, content), "is_ephemeral": True, "to": user_id}
        self.whispers.append(message)
        self.changed()
        return message

    def edit(self, message: Message, content: dict[str, Any]) -> None:
        """Replace the content of a message and keep its `ts`."""
        for key in ("text", "metadata"):
            if key in content:
                message[key] = content[key]
        message["blocks"] = self.with_ids(content.get("blocks", []))
        if not message.get("is_ephemeral"):
            message["edited"] = {"user": self.bot.bot_id, "ts": self.new_ts()}
        self.changed()

    def remove(self, message: Message) -> None:
        """Remove a message, ephemeral or not."""
        messages = self.whispers if message.get("is_ephemeral") else self.channels[message["channel"]].messages
        messages.remove(message)
        self.changed()

    def find(self, channel_id: str, ts: str) -> Message | None:
        """Return the stored message, or None. Ephemeral messages are never found: Slack does not store them."""
        channel = self.channels.get(channel_id)
        return next((message for message in channel.messages if message["ts"] == ts), None) if channel else None

    def find_whisper(self, channel_id: str, ts: str) -> Message | None:
        """Return the ephemeral message if it is still on screen, or None."""
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
        """Return the blocks, with a new `block_id` for each block without one, as Slack does."""
        return [block if "block_id" in block else {**block, "block_id": self.new_id("b")} for block in blocks]


def sent(message: Message, *, whole_metadata: bool = True) -> dict[str, Any]:
    """Return the message as Slack sends it.

    Without `whole_metadata`, the metadata has only its `event_type`, as in a history that was requested without
    `include_all_metadata` (Slack, "Using message metadata").
    """
    told = {key: value for key, value in message.items() if key not in PRIVATE_KEYS}
    if not whole_metadata and "metadata" in told:
        told["metadata"] = {"event_type": told["metadata"]["event_type"]}
    return told
