"""One person's view of the workspace: channels, messages, modals and App Home. Pure functions."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from bot.demo.slack.world import Channel, Message, User, World

MOST_MESSAGES = 200
"""Number of newest messages shown per channel; limited because a demo may run for weeks."""
SHOWN_AS_STORED = ("ts", "user", "text")
SHOWN_WHEN_THERE = ("blocks", "files", "thread_ts", "typed")

Shown = dict[str, Any]


def user_view(world: World, user_id: str) -> Shown:
    """Return one person's view: me, people, channels, messages, home, modals. Raises LookupError."""
    me = person(world, user_id)
    mine = [channel for channel in world.channels.values() if user_id in channel.members]
    return {
        "me": _show_user(me),
        "people": {user.id: _show_user(user) for user in world.users.values()},
        "channels": [_show_channel(world, channel) for channel in mine],
        "messages": {channel.id: _messages(world, channel, user_id) for channel in mine},
        "home": world.homes.get(user_id),
        "modals": [world.views[view_id] for view_id in world.modals.get(user_id, [])],
    }


def person(world: World, user_id: str) -> User:
    """Return a user whom the page can act as. Raises LookupError for the bot, and for an unknown id."""
    user = world.users.get(user_id)
    if user is None or user.is_bot:
        raise LookupError(f"there is nobody called {user_id}")
    return user


def channel_of(world: World, user_id: str, channel_id: str | None) -> Channel:
    """Return a channel that this person is a member of. Raises LookupError."""
    channel = world.channels.get(channel_id or "")
    if channel is None or person(world, user_id).id not in channel.members:
        raise LookupError(f"{user_id} is in no channel {channel_id}")
    return channel


def message_of(world: World, user_id: str, channel_id: str | None, ts: str | None) -> Message:
    """Return a message that this person sees. Raises LookupError."""
    channel = channel_of(world, user_id, channel_id)
    whisper = world.find_whisper(channel.id, ts or "")
    found = whisper if whisper and whisper["to"] == user_id else world.find(channel.id, ts or "")
    if found is None:
        raise LookupError(f"message {ts} is gone")
    return found


def view_of(world: World, user_id: str, view_id: str) -> dict[str, Any]:
    """Return a modal that this person has open, or their App Home. Raises LookupError."""
    home = world.homes.get(user_id)
    if home and home["id"] == view_id:
        return home
    if view_id not in world.modals.get(user_id, []):
        raise LookupError(f"view {view_id} is not open")
    return world.views[view_id]


def _show_user(user: User) -> Shown:
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "tz": user.tz,
        "role": user.title,
        "is_bot": user.is_bot,
    }


def _show_channel(world: World, channel: Channel) -> Shown:
    shown = {
        "id": channel.id,
        "name": channel.name,
        "kind": _kind(channel),
        "topic": channel.topic,
        "is_member": True,
        "is_archived": channel.is_archived,
    }
    return shown if channel.dm_with is None else {**shown, "with": world.bot.user_id}


def _kind(channel: Channel) -> str:
    if channel.dm_with is not None:
        return "dm"
    return "private" if channel.is_private else "channel"


def _messages(world: World, channel: Channel, user_id: str) -> list[Shown]:
    """Return the newest messages, oldest first, including this person's ephemeral messages."""
    whispers = [w for w in world.whispers if w["channel"] == channel.id and w["to"] == user_id]
    replies = Counter(message["thread_ts"] for message in channel.messages if "thread_ts" in message)
    seen = sorted([*channel.messages, *whispers], key=lambda message: _moment(message["ts"]))
    return [_show_message(message, replies) for message in seen[-MOST_MESSAGES:]]


def _moment(ts: str) -> tuple[int, int]:
    seconds, _, count = ts.partition(".")
    return int(seconds), int(count)


def _show_message(message: Message, replies: Mapping[str, int]) -> Shown:
    shown = {key: message[key] for key in SHOWN_AS_STORED}
    shown |= {key: message[key] for key in SHOWN_WHEN_THERE if message.get(key)}
    if message["ts"] in replies:
        shown["reply_count"] = replies[message["ts"]]
    if "edited" in message:
        shown["edited"] = True
    if message.get("is_ephemeral"):
        shown["ephemeral"] = True
    return shown
